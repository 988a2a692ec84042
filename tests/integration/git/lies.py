# SPDX-License-Identifier: Apache-2.0
"""What a git server can say that is not so; packs that are not so are in lies_packs.py.

    ANSWERS   of (answer, facts): the pieces of another answer to a fetch
    REFS      of (lines, facts): the pieces of another answer to ls-refs
    LISTS     of (lines, facts): the same for the list of version 0, its head left out
    PROBES    of (content, facts): the pieces of another advertisement of version 2

Pieces go out as they are made: some never end, and none is ever held in memory as a whole.
"""

import itertools
import random
import zlib

from packs import (DELIM, FLUSH, advertised, bands, entry, head_of, lines, object_id, pack,
                   packed, pkt)

MEBIBYTE = 1 << 20
REFS_MANY = 10000000


class Facts:
    """What a liar knows: ids by name, true commits, and some that no repository has."""

    def __init__(self, ids, commits):
        self.ids, self.commits = ids, commits  # commits: {id: content}
        self.aliens = [self.alien(i) for i in range(500)]

    def alien(self, i):
        """One that names true commits as its parents, as if they belonged together."""
        above = (self.ids["tip"], self.ids["dangling"])[i % 2]
        return (f"tree {object_id('tree', b'')}\nparent {above}\nauthor A <a@test> {1700000000 + i}"
                f" +0000\ncommitter A <a@test> {1700000000 + i} +0000\n\nalien {i}\n").encode()


class Answer:
    """A true answer to a fetch: the packets before its pack, and the pack."""

    def __init__(self, content):
        self.before, self.pack, at = [], b"", 0
        while at + 4 <= len(content):
            size = max(int(content[at:at + 4], 16), 4)
            packet, at = content[at:at + size], at + size
            if self.pack or packet[4:5] == b"\1":
                self.pack += packet[5:] if packet[4:5] == b"\1" else b""
            elif packet[4:5] != b"\2":
                self.before.append(packet)

    def with_pack(self, content):
        return b"".join(self.before) + bands(content) + FLUSH

    def without_shallow(self):
        """Its sections, but that of shallow commits."""
        return lines("packfile") if pkt("packfile\n") in self.before else b"".join(self.before)


# ---- answers to a fetch


def once(make):
    """A lie that is short enough to be said at once."""
    return lambda answer, facts: iter([make(answer, facts)])


def endless(piece):
    """The same for ever, behind the beginning of an answer."""
    def lie(answer, facts):
        yield answer.without_shallow()
        yield from itertools.repeat(piece)
    return lie


def endless_pack(first, piece):
    """A pack that does not end."""
    def lie(answer, facts):
        yield answer.without_shallow() + bands(first)
        yield from itertools.repeat(bands(piece * (MEBIBYTE // len(piece))))
    return lie


def endless_object(answer, facts):
    """One object; what it becomes is zeros without end."""
    press = zlib.compressobj(9)
    yield answer.without_shallow() + bands(packed([], 1)[:12] + head_of("blob", 1 << 36))
    while True:
        yield bands(press.compress(b"\0" * MEBIBYTE) + press.flush(zlib.Z_SYNC_FLUSH))


def endless_commits(answer, facts):
    """Each is another one, and each is a child of the tip."""
    yield answer.without_shallow() + bands(packed([], (1 << 32) - 1)[:12])
    for i in itertools.count(0, 500):
        yield bands(b"".join(entry("commit", facts.alien(j)) for j in range(i, i + 500)))


def shallow(names, word="shallow"):
    """Says of commits that they have no parents here; the pack is the true one."""
    def lie(answer, facts):
        found = facts.commits if names is None else [facts.ids[name] for name in names]
        yield lines("shallow-info", *(f"{word} {name}" for name in found)) + DELIM
        yield lines("packfile") + bands(answer.pack) + FLUSH
    return lie


def cut_off(answer, facts):
    """The tip alone, and that it is shallow."""
    tip = facts.ids["tip"]
    yield lines("shallow-info", f"shallow {tip}") + DELIM + lines("packfile") + bands(
        pack(("commit", facts.commits[tip]))) + FLUSH


def many_shallow(answer, facts):
    yield lines("shallow-info")
    for i in range(0, 300000, 1000):
        yield lines(*(f"shallow {j:040x}" for j in range(i, i + 1000)))
    yield DELIM + lines("packfile") + bands(answer.pack) + FLUSH


CONTROLS = b"\x1b[2J\x1b]0;gone\7\r\xff\xfe\xc2\x9b\xe2\x80\xae" + bytes(range(255, -1, -1))
WHY = "the quota is used up"
LONG_TEXT = (WHY.encode() + b": " + CONTROLS * 300)[:60 * 1024]

ANSWERS = {
    "pack before the rest": once(lambda answer, facts: lines("packfile") + bands(
        answer.pack) + DELIM + lines("shallow-info", f"shallow {facts.ids['tip']}") + FLUSH),
    "pack twice": once(lambda answer, facts: answer.with_pack(answer.pack) + lines(
        "packfile") + bands(answer.pack) + FLUSH),
    "sections turned round": once(lambda answer, facts: lines("wanted-refs") + DELIM + lines(
        "shallow-info", f"shallow {facts.ids['tip']}") + DELIM + lines(
            "acknowledgments", "NAK") + DELIM + lines("packfile") + bands(answer.pack) + FLUSH),
    "sections twice": once(lambda answer, facts: (lines("shallow-info") + DELIM) * 2 + lines(
        "packfile") + bands(answer.pack) + FLUSH),
    "an unknown section": once(lambda answer, facts: lines("surprise", "x") + DELIM + lines(
        "packfile") + bands(answer.pack) + FLUSH),
    "acknowledgments alone": once(lambda answer, facts: lines(
        "acknowledgments", "NAK") + FLUSH),
    "acknowledgments of everything": once(lambda answer, facts: lines(
        "acknowledgments", *(f"ACK {name}" for name in facts.commits), "ready") + DELIM + lines(
            "packfile") + bands(pack()) + FLUSH),
    "nothing": once(lambda answer, facts: b""),
    "a flush": once(lambda answer, facts: FLUSH),
    "no end": once(lambda answer, facts: answer.with_pack(answer.pack)[:-4]),
    "something behind": once(lambda answer, facts: answer.with_pack(answer.pack) + pkt("more")),
    "a flush in the pack": once(lambda answer, facts: answer.without_shallow() + bands(
        answer.pack[:20]) + FLUSH + bands(answer.pack[20:]) + FLUSH),
    "cut": once(lambda answer, facts: answer.with_pack(answer.pack)[:-24]),
    "size 3": once(lambda answer, facts: answer.without_shallow() + b"0003" + FLUSH),
    "size zzzz": once(lambda answer, facts: answer.without_shallow() + b"zzzz" + FLUSH),
    "size ffff": once(lambda answer, facts: answer.without_shallow() + b"ffff\1" + b"x" * 65530),
    "empty packets": once(lambda answer, facts: answer.without_shallow() + b"0004" * 1000 + bands(
        answer.pack) + FLUSH),
    "band 4": once(lambda answer, facts: answer.without_shallow() + bands(answer.pack, 4) + FLUSH),
    "band 0": once(lambda answer, facts: answer.without_shallow() + bands(answer.pack, 0) + FLUSH),
    "band 3": once(lambda answer, facts: answer.without_shallow() + bands(
        LONG_TEXT, 3) + FLUSH),
    "band 3 in the middle": once(lambda answer, facts: answer.without_shallow() + bands(
        answer.pack[:30]) + bands(LONG_TEXT, 3) + FLUSH),
    "band 3, controls": once(lambda answer, facts: answer.without_shallow() + bands(
        CONTROLS, 3) + FLUSH),
    "band 3, empty": once(lambda answer, facts: answer.without_shallow() + pkt(b"\3") + FLUSH),
    "an error": once(lambda answer, facts: pkt(b"ERR " + LONG_TEXT)),
    "an error, empty": once(lambda answer, facts: pkt("ERR ")),
    "an error of old": once(lambda answer, facts: pkt(b"ERR " + LONG_TEXT) + FLUSH),
    "shallow: all": shallow(None),
    "shallow: the tip": shallow(["tip"]),
    "shallow: unknown": shallow(["unknown", "dangling"]),
    "shallow: no more": shallow(["tip", "old", "unknown"], "unshallow"),
    "shallow: cut off": cut_off,
    "shallow: without an id": once(lambda answer, facts: lines(
        "shallow-info", "shallow main") + DELIM + lines("packfile") + bands(
            answer.pack) + FLUSH),
    "shallow: not said": once(lambda answer, facts: answer.without_shallow() + bands(
        answer.pack) + FLUSH),
    "shallow: very many": many_shallow,
    "not our ref": once(lambda answer, facts: pkt(
        f"ERR upload-pack: not our ref {facts.ids['old']}")),
    "endless progress": endless(pkt(b"\2" + b"p" * 60000)),
    "endless keepalive": endless(pkt(b"\1") * 10000),
    "endless shallow": lambda answer, facts: itertools.chain(
        [lines("shallow-info")], itertools.repeat(lines(f"shallow {facts.ids['old']}") * 1000)),
    "endless acknowledgments": lambda answer, facts: itertools.chain(
        [lines("acknowledgments")], itertools.repeat(lines(f"ACK {facts.ids['old']}") * 1000)),
    "endless pack: blobs": endless_pack(packed([], (1 << 32) - 1)[:12], entry("blob", b"x" * 99)),
    "endless pack: few were said": endless_pack(packed([], 3)[:12], entry("blob", b"x" * 99)),
    "endless pack: rubbish": endless_pack(packed([], 3)[:12], random.Random(1).randbytes(9999)),
    "endless pack: one object": endless_object,
    "endless pack: commits": endless_commits,
}

SAYS_NOT_FOUND = {"not our ref"}  # which is its own word on an object
SAYS_WHY = {"band 3", "band 3 in the middle", "an error", "an error of old"}

# ---- lists of refs


def refs(change):
    """`change` is given the lines and gives others."""
    return lambda rows, facts: iter([lines(*change(rows, facts)) + FLUSH])


def main_as(change):
    """Another line for main: `change` is given facts."""
    return refs(lambda rows, facts: [
        change(facts) if row.endswith(b" refs/heads/main") else row for row in rows])


def many(rows, facts):
    """Ten million."""
    old = facts.ids["old"]
    for i in range(0, REFS_MANY, 2000):
        yield b"".join(b"004a%s refs/heads/many/%08d\n" % (old.encode(), j)
                       for j in range(i, i + 2000))
    yield FLUSH


def same_for_ever(rows, facts):
    return itertools.repeat(lines(*rows) * 50)


def without_end(rows, facts):
    """A packet of blanks; and there is always another."""
    return itertools.repeat(pkt(b" " * 60000))


REFS = {
    "many": many,
    "the same for ever": same_for_ever,
    "blanks for ever": without_end,
    "each twice": refs(lambda rows, facts: [row for row in rows for _ in range(2)]),
    "all twice": refs(lambda rows, facts: [*rows, *rows]),
    "main twice": refs(lambda rows, facts: [
        *rows, f"{facts.ids['dangling']} refs/heads/main".encode()]),
    "no such tips": refs(lambda rows, facts: [b"f" * 40 + row[40:] for row in rows]),
    "no such tip": main_as(lambda facts: b"f" * 40 + b" refs/heads/main"),
    "a tip of zeros": main_as(lambda facts: b"0" * 40 + b" refs/heads/main"),
    "a tip that is a tag": main_as(
        lambda facts: f"{facts.ids['tag-object']} refs/heads/main".encode()),
    "a tip that is a tree": main_as(
        lambda facts: f"{object_id('tree', b'')} refs/heads/main".encode()),
    "an id too short": main_as(lambda facts: b"f" * 39 + b" refs/heads/main"),
    "an id too long": main_as(lambda facts: b"f" * 64 + b" refs/heads/main"),
    "an id in capitals": main_as(
        lambda facts: f"{facts.ids['tip'].upper()} refs/heads/main".encode()),
    "no id": main_as(lambda facts: b" refs/heads/main"),
    "no name": main_as(lambda facts: facts.ids["tip"].encode()),
    "unborn": main_as(lambda facts: b"unborn refs/heads/main"),
    "peeled rubbish": main_as(
        lambda facts: f"{facts.ids['tip']} refs/heads/main peeled:rubbish".encode()),
    "peeled to nothing": main_as(
        lambda facts: f"{facts.ids['tip']} refs/heads/main peeled:{'f' * 40}".encode()),
    "peeled twice": main_as(
        lambda facts: f"{facts.ids['tip']} refs/heads/main peeled:{facts.ids['tip']} "
                      f"peeled:{facts.ids['dangling']}".encode()),
    "names that git has not": refs(lambda rows, facts: [*rows, *(
        f"{facts.ids['dangling']} {name}".encode() for name in (
            "refs/heads/../main", "refs/heads/a b", "refs/heads/a\x07", "refs/heads//x"))]),
    "other name spaces": refs(lambda rows, facts: [*rows, *(
        f"{facts.ids['dangling']} {name}".encode() for name in (
            "HEAD", "refs/pull/7/head", "refs/changes/1/1/1", "main", "heads/main"))]),
    "names like main": refs(lambda rows, facts: [*rows, *(
        f"{facts.ids['dangling']} refs/heads/{name}".encode() for name in (
            "main2", "Main", "main/x", "m\u0430in"))]),
    "symbolic": refs(lambda rows, facts: [
        row + b" symref-target:refs/pull/1/head" for row in rows]),
    "turned round": refs(lambda rows, facts: rows[::-1]),
    "no end": lambda rows, facts: iter([lines(*rows)]),
    "something behind": lambda rows, facts: iter([lines(*rows) + FLUSH + lines(*rows)]),
    "a delimiter": lambda rows, facts: iter([lines(*rows) + DELIM + lines(*rows) + FLUSH]),
    "an error": lambda rows, facts: iter([pkt(b"ERR " + LONG_TEXT)]),
    "long lines": refs(lambda rows, facts: [row + b" x:" + b"y" * 60000 for row in rows]),
    "nothing": lambda rows, facts: iter([b""]),
}

# Of version 0 one line is a ref, the first with capabilities behind a NUL.
CAPABILITIES = (b"\0 multi_ack ofs-delta side-band-64k no-progress shallow"
                b" symref=HEAD:refs/heads/main")


def listed(rows):
    return lines(rows[0] + CAPABILITIES, *rows[1:]) if rows else b""


def many_listed(rows, facts):
    yield listed(rows)
    yield from many(rows, facts)


LISTS = {
    "many": many_listed,
    "each twice": lambda rows, facts: iter([listed(
        [row for row in rows for _ in range(2)]) + FLUSH]),
    "no such tips": lambda rows, facts: iter([listed(
        [b"f" * 40 + row[40:] for row in rows]) + FLUSH]),
    "ids that are none": lambda rows, facts: iter([listed(
        [b"x" * 40 + row[40:] for row in rows]) + FLUSH]),
    "peeled to nothing": lambda rows, facts: iter([listed(
        [new for row in rows for new in (row, b"f" * 40 + row[40:] + b"^{}")]) + FLUSH]),
    "names that git has not": lambda rows, facts: iter([listed([*rows, *(
        f"{facts.ids['dangling']} {name}".encode() for name in (
            "refs/heads/../main", "refs/heads/a b", "refs/heads//x"))]) + FLUSH]),
    "shallow": lambda rows, facts: iter([listed(rows) + lines(
        f"shallow {facts.ids['tip']}", f"shallow {facts.ids['old']}") + FLUSH]),
    "another hash": lambda rows, facts: iter([
        listed(rows).replace(b" shallow", b"  object-format=sha256")[:-1] + FLUSH]),
    "no end": lambda rows, facts: iter([listed(rows)]),
    "an error": lambda rows, facts: iter([pkt(b"ERR " + LONG_TEXT)]),
    "blanks for ever": without_end,
}

# ---- advertisements

PROBES = {
    "capabilities for ever": lambda content, facts: itertools.chain(
        [content[:-4]], itertools.repeat(lines(*(f"x{i}=y" for i in range(5000))))),
    "one for ever": lambda content, facts: itertools.chain(
        [content[:-4]], itertools.repeat(pkt(b"x" * 60000))),
    "many refs of version 0": lambda content, facts: itertools.chain(
        [lines("# service=git-upload-pack") + FLUSH], many([], facts)),
    "no filters": lambda content, facts: iter([advertised(
        "version 2", "ls-refs", "fetch=shallow", "object-format=sha1")]),
    "nothing but the version": lambda content, facts: iter([advertised("version 2")]),
    "version 3": lambda content, facts: iter([advertised("version 3", "ls-refs", "fetch")]),
    "another hash": lambda content, facts: iter([advertised(
        "version 2", "ls-refs", "fetch=shallow filter", "object-format=sha256")]),
    "two hashes": lambda content, facts: iter([advertised(
        "version 2", "ls-refs", "fetch=shallow filter", "object-format=sha256",
        "object-format=sha1")]),
    "controls": lambda content, facts: iter([content[:-4] + pkt(CONTROLS) + FLUSH]),
    "no end": lambda content, facts: iter([content[:-4]]),
    "something behind": lambda content, facts: iter([content + content]),
    "nothing": lambda content, facts: iter([b""]),
    "an error": lambda content, facts: iter([pkt(b"ERR " + LONG_TEXT)]),
}

