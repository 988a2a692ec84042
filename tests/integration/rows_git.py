# SPDX-License-Identifier: Apache-2.0
"""Attacks by a git server: what it may say, and what may be in its packs."""

import os

from packs import (ADVERTISEMENT, DELIM, FLUSH, RESULT, advertised, bands, fetched, lines,
                   object_id, pack, page, pkt)
from repository import git_bytes
from row import FILES, REPOSITORY, Row, fails, lost, unknown
from rows_repository import NOT_PUBLIC

LS_REFS, FETCH, HISTORY = "command=ls-refs", "command=fetch", "want {tip}"
PERSON = "A <a@example.invalid> 1790000000 +0000"
ZERO = "0" * 40
USUAL = ["version 2", "ls-refs", "fetch=shallow filter", "object-format=sha1"]


class Ids(dict):
    """The ids of commits by name, and of the tree of the one that was built."""

    def __init__(self, repository):
        super().__init__(repository.commits, tree=repository.tree)
        self.repository = repository

    def raw(self, kind, name):
        return git_bytes(self.repository.folder, "cat-file", kind, self[name])


def answers(line, content, kind=RESULT):
    """To requests that hold this line; {ids} of commits by name."""
    def change(w):
        ids = Ids(w.repository)
        made = content(ids) if callable(content) else content
        w.git_faults.append({"method": "POST", "lines": [line.format(**ids)],
                             "do": page(kind, made)})
    return change


def offers(*capabilities, raw=None):
    made = advertised(*capabilities) if raw is None else raw

    def change(w):
        w.git_faults.append({"method": "GET", "do": page(ADVERTISEMENT, made)})
    return change


def lists(*texts, end=FLUSH):
    """Refs by hand; {tip} and others are ids of commits."""
    return answers(LS_REFS, lambda ids: lines(*(text.format(**ids) for text in texts)) + end)


def fetches(content):
    """The answer to a fetch of anything."""
    return answers(FETCH, content)


def built(kind, make):
    """The commit that was built is an object that git would not have made."""
    def change(w):
        content = make(Ids(w.repository))
        name = object_id(kind, content)
        w.builds(name)
        answers("want " + name, fetched(pack((kind, content))))(w)
    return change


def commit(text):
    return built("commit", lambda ids: text.format(
        tree=ids["tree"], parent=ids["old"], person=PERSON).encode())


def tree_of(*entries):
    """The commit's tree by hand, (mode, name, id) each or bytes."""
    def change(w):
        content = b"".join(e if isinstance(e, bytes) else
                           f"{e[0]} {e[1]}\0".encode() + bytes.fromhex(e[2]) for e in entries)
        name = object_id("tree", content)
        text = f"tree {name}\nauthor {PERSON}\ncommitter {PERSON}\n\nx\n".encode()
        built("commit", lambda _: text)(w)
        answers("want " + name, fetched(pack(("tree", content))))(w)
    return change


def history(make):
    """The answer to the question for all commits of main; make(ids) gives it."""
    return answers("want {tip}", make)


def keeps_recent_back(w):
    """To the question for what is as new as the commit; all that there is it gives out."""
    w.builds("before-merge")
    commit_id = Ids(w.repository)["before-merge"]
    date = int(git_bytes(w.repository.folder, "log", "-1", "--format=%ct", commit_id))
    answers(f"deepen-since {date - 86400}", fetched(pack()))(w)


def branch_at_a_tree(w):
    lists("{tree} refs/heads/main")(w)
    answers("want {tree}", lambda ids: fetched(pack(("tree", ids.raw("tree", "tree")))))(w)


def pack_with(*more):
    """Beside the commit that was asked for."""
    return answers("want {built}", lambda ids: fetched(
        pack(("commit", ids.raw("commit", "built")), *more)))


def raw_commit(tree, *parents):
    text = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {PERSON}",
            f"committer {PERSON}", "", "x", ""]
    return "\n".join(text).encode()


def branches(count, name="refs/heads/main{}"):
    return lambda ids: lines(*(f"{ids['tip']} {name.format(i)}" for i in range(count))) + FLUSH


def tag_of_many_branches(w):
    w.tag("v1.0")
    w.policy["tag_branches"] = ["refs/heads/many*"]
    answers(LS_REFS, lambda ids: lines(f"{ids['built']} refs/tags/v1.0") + branches(
        65, "refs/heads/many{}")(ids))(w)


UNREADABLE = lost("repository-refs", *REPOSITORY, *FILES)
NO_OBJECTS = lost(*REPOSITORY, *FILES)
NO_COMMIT_ALONE = lost("repository-commit", *FILES)
NO_REFS = unknown("repository.public", "repository.commit-on-ref")
NO_REFS_OF_TAG = NO_REFS | unknown("repository.tag-on-branch")
# What came for the commit's id is no commit, and main does not hold it.
NO_COMMIT = NO_OBJECTS | fails("repository.commit-on-ref")
NO_FILES = fails("repository.commit-on-ref") | lost(*FILES)

HONEST = [
    Row("git server of the first protocol", lambda w: w.git_faults.append({"do": {"version": ""}})),
    Row("git server that turns to the first protocol", lambda w: w.git_faults.append(
        {"method": "GET", "do": {"version": ""}})),
    Row("git server with neither filters nor depth", offers("version 2", "ls-refs", "fetch")),
    Row("git server without filters", offers("version 2", "ls-refs", "fetch=shallow")),
    Row("git server without depth", offers("version 2", "ls-refs", "fetch=filter")),
    Row("git server that keeps what is recent back", keeps_recent_back),
    # What came for the commit alone hangs below the tip, whoever sent it.
    Row("history whose commit came alone", history(lambda ids: fetched(pack(
        ("commit", ids.raw("commit", "tip")))))),
    Row("refs that nobody asked for", lists(
        "{tip} refs/heads/main", "{evil} refs/pull/1/head", "{evil} refs/heads/other..evil")),
    Row("ref that is no text", answers(LS_REFS, lambda ids: (
        lines(f"{ids['tip']} refs/heads/main") + pkt(f"{ids['evil']} refs/heads/main".encode()
                                                     + b"\xff\n") + FLUSH))),
]

ROWS = [
    # ---- what it says that it can
    Row("git server that does not list refs", offers("version 2", "fetch=shallow filter"),
        UNREADABLE, says="protocol v2"),
    Row("git server that does not fetch", offers("version 2", "ls-refs"), UNREADABLE,
        says="protocol v2"),
    Row("git server of other ids", offers("version 2", "ls-refs", "fetch=shallow filter",
                                          "object-format=sha256"), UNREADABLE, says="SHA-1"),
    Row("capability with an escape sequence", offers(*USUAL, "agent=\x1b[2J"), UNREADABLE,
        says="capabilities cannot be read"),
    Row("capability with a NUL", offers(*USUAL, "agent=a\0b"), UNREADABLE,
        says="capabilities cannot be read"),
    Row("capabilities without end", offers(*USUAL, *(f"x{i}" for i in range(70))), UNREADABLE,
        says="too many capabilities"),
    Row("capability without end", offers(*USUAL, "x" * 1001), UNREADABLE,
        says="too many capabilities"),
    Row("something behind the capabilities", offers(raw=advertised() + lines("more")), UNREADABLE,
        says="stands behind"),
    Row("service line without its end",
        offers(raw=lines("# service=git-upload-pack", "version 2", "ls-refs")), UNREADABLE,
        says="service line has no end"),
    Row("packet of a size that there is not", offers(raw=advertised()[:-4] + b"0003" + FLUSH),
        UNREADABLE, says="no size that can be read"),
    Row("packet of a size beyond the most",
        offers(raw=lines("# service=git-upload-pack") + FLUSH + b"fff1" + b"x" * 65517),
        UNREADABLE, says="no size that can be read"),
    Row("packet that is cut", offers(raw=advertised()[:-4] + b"0040x"), UNREADABLE,
        says="ends inside a packet"),
    Row("git server that is gone", lambda w: w.git_faults.append(
        {"method": "POST", "do": {"status": 410}}), UNREADABLE, says="answers 410"),

    Row("packet whose size is no number", offers(raw=advertised()[:-4] + b"000z"), UNREADABLE,
        says="no size that can be read"),
    Row("service line and nothing of git behind it",
        offers(raw=lines("evil") + advertised()), NOT_PUBLIC, says="the service line is missing"),

    Row("git server that refuses at once",
        offers(raw=lines("# service=git-upload-pack") + FLUSH + pkt("ERR not for you") + FLUSH),
        UNREADABLE, says="the server says: not for you"),
    Row("git server that refuses between its capabilities",
        offers(raw=advertised()[:-4] + pkt("ERR not for you") + FLUSH), UNREADABLE,
        says="the server says: not for you"),

    # ---- refs
    Row("refs of another media type", answers(
        LS_REFS, lambda ids: lines(f"{ids['tip']} refs/heads/main") + FLUSH, "text/html"),
        NO_REFS, says="text/html"),
    Row("git server that will not list", answers(LS_REFS, pkt("ERR go away")), NO_REFS,
        says="go away"),
    Row("ref that cannot be named so", lists("{tip} refs/heads/main", "{tip} refs/heads/main..x"),
        NO_REFS, says="as no ref can be named"),
    Row("ref twice, with two commits", lists("{built} refs/heads/main", "{evil} refs/heads/main"),
        NO_REFS, says="twice"),
    Row("ref without an id", lists("main refs/heads/main"), NO_REFS,
        says="without a readable id"),
    Row("ref with a short id", lists("0123"), NO_REFS, says="without a readable id"),
    Row("ref with an id in upper case", lists("A" * 40 + " refs/heads/main"), NO_REFS,
        says="without a readable id"),
    Row("tag with an object that is no id",
        lambda w: (w.tag("v1.0"), lists("{tip} refs/tags/v1.0 peeled:x", "{tip} refs/heads/main")(w)),
        NO_REFS_OF_TAG, says="cannot be read"),
    Row("tag with two commits",
        lambda w: (w.tag("v1.0"), lists("{tip} refs/tags/v1.0 peeled:{tip} peeled:{built}",
                                        "{tip} refs/heads/main")(w)),
        NO_REFS_OF_TAG, says="cannot be read"),
    Row("ref with a NUL", lists("{tip} refs/heads/main\0evil"), NO_REFS,
        says="list of refs cannot be read"),
    Row("something behind the refs", lists("{tip} refs/heads/main", end=FLUSH + lines("more")),
        NO_REFS, says="stands behind"),
    Row("refs without end", answers(LS_REFS, branches(65537)), NO_REFS, says="more than"),
    Row("tag whose commit more branches hold than are looked at", tag_of_many_branches,
        unknown("repository.tag-on-branch"), says="branches match"),
    Row("policy of more branches than can be asked for", lambda w: w.policy.update(
        refs=["refs/heads/main", *(f"refs/heads/x{i:03}" for i in range(70))]), NO_REFS,
        says="beginnings of ref names"),

    # ---- the answer around a pack
    Row("pack in a section out of place",
        fetches(lines("wanted-refs") + DELIM + lines("shallow-info")), NO_OBJECTS,
        says="out of place"),
    Row("section of no kind", fetches(lines("evil")), NO_OBJECTS, says="out of place"),
    Row("answer that ends before its pack", fetches(lines("shallow-info") + FLUSH), NO_OBJECTS,
        says="ends before its pack"),
    Row("answer that ends inside its pack", fetches(lines("packfile") + pkt(b"\1PACK")),
        NO_OBJECTS, says="ends before its pack"),
    Row("pack behind the end of an answer", answers("want {built}", lambda ids: fetched(
        pack(("commit", ids.raw("commit", "built"))), lines("acknowledgments", "NAK") + FLUSH)),
        NO_COMMIT_ALONE, says="ends before its pack"),
    Row("tip that the server does not give out",
        lambda w: (w.builds("tip"), fetches(pkt("ERR not for you"))(w)), NO_OBJECTS,
        says="not for you"),
    Row("something behind the pack", fetches(fetched(pack()) + lines("more")), NO_OBJECTS,
        says="stands behind"),
    Row("pack that the server gives up", fetches(lines("packfile") + pkt(b"\3no more")),
        NO_OBJECTS, says="no more"),
    Row("words that write to a terminal, in the place of a pack",
        fetches(lines("packfile") + pkt(b"\3\x1b]0;owned\a\r\0\xff \xe2\x80\xae"
                                        + b"\x1b" * 900)),
        NO_OBJECTS, says=r"says: \x1b]0;owned\x07\r\x00\xff \u{202e}\x1b\x1b"),
    Row("words that write to a terminal, in the place of refs",
        answers(LS_REFS, pkt(b"ERR \x1b[2J\xc2\x9b31m" + b"\xc3\xa4" * 900)), NO_REFS,
        says=r"says: \x1b[2J\u{9b}31m" + "\u00e4" * 140 + "..."),
    Row("pack in no band", fetches(lines("packfile") + pkt(b"\4PACK") + FLUSH), NO_OBJECTS,
        says="not in its band"),
    Row("empty packet in a pack", fetches(lines("packfile") + pkt(b"") + FLUSH), NO_OBJECTS,
        says="not in its band"),
    Row("line of an answer with a NUL", fetches(pkt(b"pack\0file\n")), NO_OBJECTS,
        says="answer cannot be read"),
    Row("shallow commit without an id", fetches(lines("shallow-info", "shallow main")),
        NO_OBJECTS, says="without an id"),
    Row("shallow commit with more than an id",
        fetches(lines("shallow-info", f"shallow {ZERO} x")), NO_OBJECTS, says="without an id"),
    Row("shallow commits of no kind", fetches(lines("shallow-info", "evil")), NO_OBJECTS,
        says="shallow commits cannot be read"),
    Row("lines without end", fetches(lines("acknowledgments") + lines("NAK") * 100001),
        NO_OBJECTS, says="too many lines"),

    # ---- packs
    Row("pack that is none", fetches(fetched(b"this is no pack" * 10)), NO_OBJECTS,
        says="the pack cannot be indexed"),
    Row("pack that is cut", fetches(lambda ids: fetched(pack(("blob", b"x" * 5000))[:-30])),
        NO_OBJECTS, says="the pack cannot be indexed"),
    Row("pack with another sum", fetches(lambda ids: fetched(pack(("blob", b"x"))[:-1] + b"x")),
        NO_OBJECTS, says="the pack cannot be indexed"),
    Row("pack of more objects than were asked for", pack_with(
        *(("blob", b"%d" % i) for i in range(1001))), NO_COMMIT_ALONE,
        says="the pack cannot be indexed"),
    Row("pack of more bytes than were asked for", pack_with(("blob", os.urandom(3 << 20))),
        NO_COMMIT_ALONE, says="larger than"),
    Row("pack without the commit", fetches(fetched(pack(("blob", b"x")))), NO_OBJECTS,
        says="does not hold"),

    # ---- commits
    Row("commit without a tree", commit("author {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="does not begin with its tree"),
    Row("commit whose tree is not called one",
        commit("{tree}\nauthor {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="does not begin with its tree"),
    Row("commit with more than an id for its tree",
        commit("tree {tree}x\nauthor {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="does not begin with its tree"),
    Row("commit without an author", commit("tree {tree}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="no author"),
    Row("commit without a committer", commit("tree {tree}\nauthor {person}\n\nx\n"),
        NO_COMMIT, says="no committer"),
    Row("commit with a parent that is no id",
        commit("tree {tree}\nparent main\nauthor {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="parent line without an id"),
    Row("commit with a tree that is no id",
        commit("tree main\nauthor {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="does not begin with its tree"),
    Row("commit with parents without end",
        commit("tree {tree}\n" + "parent {parent}\n" * 129
               + "author {person}\ncommitter {person}\n\nx\n"),
        NO_COMMIT, says="parents"),

    Row("commit whose time is none",
        commit("tree {tree}\nauthor {person}\ncommitter somebody\n\nx\n"),
        fails("repository.commit-on-ref")),
    Row("commit whose time has digits without end", commit(
        "tree {tree}\nauthor {person}\ncommitter A <a> " + "1" * 4000 + " +0000\n\nx\n"),
        fails("repository.commit-on-ref")),

    # ---- trees
    Row("two files of one name", tree_of(("100644", "appveyor.yml", ZERO),
                                         ("100644", "appveyor.yml", "1" * 40)),
        NO_FILES, says="two entries of one name"),
    Row("tree that is cut", tree_of(("100644", "a", ZERO), b"100644 b\0short"),
        NO_FILES, says="read to its end"),
    Row("tree with a slash in a name", tree_of(("100644", "a/b", ZERO)),
        NO_FILES, says="read to its end"),
    Row("tree with an empty name", tree_of(("100644", "", ZERO)),
        NO_FILES, says="read to its end"),
    Row("tree with a mode that is none", tree_of(("1006449", "a", ZERO)),
        NO_FILES, says="read to its end"),
    Row("submodule in the place of the file", tree_of(("160000", "appveyor.yml", ZERO)),
        NO_FILES, says="is a submodule"),

    # ---- histories
    Row("history that lacks commits", history(lambda ids: fetched(pack(
        ("commit", raw_commit(ids["tree"], ids["built"]))))), unknown("repository.commit-on-ref"),
        says="missing"),
    Row("history whose commit is only named", lambda w: (
        answers("want {built}", pkt("ERR not for you"))(w),
        history(lambda ids: fetched(pack(("commit", ids.raw("commit", "tip")))))(w)),
        NO_OBJECTS, says="missing"),
    Row("branch at a tree", branch_at_a_tree, unknown("repository.commit-on-ref"),
        says="is no commit"),
    Row("history that a shallow server lacks", history(lambda ids: fetched(
        pack(("commit", raw_commit(ids["tree"], ids["built"]))),
        lines("shallow-info", "shallow " + ids["tip"]) + DELIM)),
        unknown("repository.commit-on-ref"), says="not the whole history"),
]
