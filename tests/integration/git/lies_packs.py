# SPDX-License-Identifier: Apache-2.0
"""Packs that are not what was asked for, or that nobody could read.

PACKS are functions of (objects, facts): another pack than the true one of these (kind, content),
made by somebody who knows the facts (see lies.py).
"""

import functools
import hashlib
import struct
import zlib

from packs import entry, head_of, object_id, pack, packed

MEBIBYTE = 1 << 20
BLOCK = 65536
COPY_MOST = (1 << 24) - 1  # bytes that a delta says in one instruction

# ---- entries


def number(value):
    """As deltas write sizes."""
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def copy(offset, size):
    """An instruction of a delta, with three bytes for each."""
    return b"\xf7" + struct.pack("<I", offset)[:3] + struct.pack("<I", size)[:3]


def insert(text):
    return bytes([len(text)]) + text


def delta(base, result, *instructions):
    return number(base) + number(result) + b"".join(instructions)


def head(kind, size):
    """Also of kinds that there are not."""
    made = bytearray(head_of("blob", size))
    made[0] = made[0] & 0x8f | kind << 4
    return bytes(made)


def by_offset(distance, content):
    shown, distance = bytes([distance & 127]), distance >> 7
    while distance:
        distance -= 1
        shown, distance = bytes([distance & 127 | 128]) + shown, distance >> 7
    return head(6, len(content)) + shown + zlib.compress(content)


def by_name(base, content):
    return head(7, len(content)) + bytes.fromhex(base) + zlib.compress(content)


def entries(objects):
    return [entry(kind, content) for kind, content in objects]


def middle(objects):
    """The place of a commit that others stand on both sides of."""
    places = [i for i, (kind, _) in enumerate(objects) if kind == "commit"]
    return places[len(places) // 2] if places else 0


def replaced(objects, change):
    """The one in the middle is another."""
    at = middle(objects)
    if not objects:
        return []
    return [*objects[:at], (objects[at][0], change(objects[at][1])), *objects[at + 1:]]


def with_parents(content, parents):
    rest = [line for line in content.split(b"\n") if not line.startswith(b"parent ")]
    return b"\n".join([rest[0], *(b"parent " + name.encode() for name in parents), *rest[1:]])


def tip_first(objects, facts):
    """The objects with the tip, or else the first commit, at the beginning."""
    tip = ("commit", facts.commits[facts.ids["tip"]])
    return [tip, *(other for other in objects if other != tip)] if tip in objects else objects


# ---- other objects, and entries of other sizes and kinds

def grown(make):
    """Extra objects in front of the true ones and behind them."""
    def lie(objects, facts):
        more = make(facts)
        half = len(more) // 2
        return packed([*more[:half], *entries(objects), *more[half:]])
    return lie


@functools.lru_cache
def blobs(count):
    return [entry("blob", b"extra %d" % i) for i in range(count)]


def claimed(more):
    return lambda objects, facts: packed(entries(objects), max(0, len(objects) + more))


def headed(magic, version):
    def lie(objects, facts):
        body = magic + struct.pack(">I", version) + packed(entries(objects))[8:-20]
        return body + hashlib.sha1(body).digest()
    return lie


def flipped(objects, facts):
    """A byte of what is compressed."""
    body = bytearray(pack(*objects)[:-20])
    body[len(body) // 2] ^= 0xff
    return bytes(body) + hashlib.sha1(body).digest()


def other_parents(parents):
    """The tip, or another commit, with other parents than its name stands for."""
    def lie(objects, facts):
        objects = tip_first(objects, facts)
        names = [facts.ids[name] for name in parents]
        return pack(*((kind, with_parents(content, names)) if i == 0 else (kind, content)
                      for i, (kind, content) in enumerate(objects)))
    return lie


def as_kind(kind):
    return lambda objects, facts: pack(*((kind, content) for _, content in objects))


def with_entries(*more):
    """The true ones, and something that nobody can read."""
    return lambda objects, facts: packed([*entries(objects), *more])


def thin(objects, facts):
    """The tip as a change of its parent, which is not there."""
    content = facts.commits[facts.ids["tip"]]
    base = content.split(b"\n")[1].split()[1].decode()
    made = delta(len(facts.commits[base]), len(content), *(
        insert(content[at:at + 100]) for at in range(0, len(content), 100)))
    return packed([by_name(base, made), *entries(objects[1:])])


# ---- bombs

def grows(levels):
    """Each delta says the one before it 240 times over."""
    size, found = BLOCK, [entry("blob", b"\0" * BLOCK)]
    for _ in range(levels):
        part = min(size, COPY_MOST)
        found.append(by_offset(len(found[-1]), delta(size, part * 240, *[copy(0, part)] * 240)))
        size = part * 240
    return found


@functools.lru_cache
def many_large(count):
    """One small base, and very many deltas that make 100 MB of it each."""
    found, distance = [entry("blob", b"\0" * BLOCK)], 0
    for i in range(count):
        distance += len(found[-1])
        found.append(by_offset(distance, delta(
            BLOCK, 1600 * BLOCK + 8, *[copy(0, BLOCK)] * 1600, insert(b"%08d" % i))))
    return found


def chain(count):
    found = [entry("blob", b"0" * 1000)]
    for i in range(count):
        found.append(by_offset(len(found[-1]), delta(
            1000 + i, 1001 + i, copy(0, 1000 + i), insert(b"1"))))
    return found


@functools.lru_cache
def inflates(claim, size):
    """`size` bytes of nothing that say to be `claim` bytes."""
    press = zlib.compressobj(9)
    body = b"".join(press.compress(b"\0" * MEBIBYTE) for _ in range(size // MEBIBYTE))
    return head_of("blob", claim) + body + press.flush()


def built(make):
    """A pack of entries that are large to make: only when they are asked for."""
    return lambda objects, facts: packed([*entries(objects), *make()])


BASE = entry("blob", b"base" * 100)
UNKNOWN = "fedcba9876543210fedcba9876543210fedcba98"
HUGE = 1 << 40

PACKS = {
    "another": lambda objects, facts: pack(("commit", facts.aliens[0])),
    "another that is true": lambda objects, facts: pack(
        ("commit", facts.commits[facts.ids["root"]])),
    "nothing": lambda objects, facts: pack(),
    "one missing": lambda objects, facts: pack(*(
        other for i, other in enumerate(objects) if i != middle(objects))),
    "first missing": lambda objects, facts: pack(*objects[1:]),
    "tip missing": lambda objects, facts: pack(*tip_first(objects, facts)[1:]),
    "root missing": lambda objects, facts: pack(*(
        other for other in objects if other[0] != "commit" or b"\nparent " in other[1])),
    "half missing": lambda objects, facts: pack(*objects[::2]),
    "extra commits": grown(lambda facts: [entry("commit", alien) for alien in facts.aliens]),
    "extra true commits": grown(lambda facts: [
        entry("commit", content) for content in facts.commits.values()]),
    "extra blobs": grown(lambda facts: blobs(300)),
    "extra blobs, ten thousands": grown(lambda facts: blobs(40000)),
    "extra tags": grown(lambda facts: [entry("tag", b"object %s\ntype commit\ntag x\n\nx\n" %
                                             facts.ids["dangling"].encode())]),
    "twice": lambda objects, facts: pack(*objects, *objects),
    "altered": lambda objects, facts: pack(*replaced(
        objects, lambda content: content.replace(b"@test", b"@evil"))),
    "all altered": lambda objects, facts: pack(*(
        (kind, content.replace(b"@test", b"@evil")) for kind, content in objects)),
    "another parent": other_parents(["elsewhere"]),
    "two other parents": other_parents(["dangling", "unknown"]),
    "no parent": other_parents([]),
    "as blobs": as_kind("blob"),
    "as tags": as_kind("tag"),
    "as trees": as_kind("tree"),
    "flipped": flipped,
    "trailer": lambda objects, facts: pack(*objects)[:-20] + b"\0" * 20,
    "no trailer": lambda objects, facts: pack(*objects)[:-20],
    "truncated": lambda objects, facts: pack(*objects)[:len(pack(*objects)) // 2],
    "only its head": lambda objects, facts: pack(*objects)[:12],
    "something behind": lambda objects, facts: pack(*objects) + b"x" * 1000,
    "two packs": lambda objects, facts: pack(*objects) * 2,
    "four billion": lambda objects, facts: packed(entries(objects), (1 << 32) - 1),
    "millions": lambda objects, facts: packed(entries(objects), 9999999),
    "one more": claimed(1),
    "one less": claimed(-1),
    "no pack": lambda objects, facts: b"<html>no pack at all</html>",
    "another magic": headed(b"PACX", 2),
    "version 4": headed(b"PACK", 4),
    "kind 0": with_entries(head(0, 4) + zlib.compress(b"what")),
    "kind 5": with_entries(head(5, 4) + zlib.compress(b"what")),
    "huge, it says": with_entries(head_of("commit", 1 << 60) + zlib.compress(b"what")),
    "larger than it says": built(lambda: [inflates(10, 256 * MEBIBYTE)]),
    "large": built(lambda: [inflates(256 * MEBIBYTE, 256 * MEBIBYTE)]),
    "within limits": built(lambda: [inflates(120 * MEBIBYTE, 120 * MEBIBYTE)]),
    "size without end": with_entries(b"\xbf" + b"\xff" * 4000),
    "thin": thin,
    "change of nothing": with_entries(by_name(UNKNOWN, delta(4, 4, insert(b"what")))),
    "changes of each other": with_entries(by_name(UNKNOWN, delta(4, 4, insert(b"what"))), by_name(
        object_id("blob", b"what"), delta(4, 8, copy(0, 4), insert(b"more")))),
    "change of itself": with_entries(by_offset(0, delta(4, 4, insert(b"what")))),
    "change from before": with_entries(by_offset(1 << 30, delta(4, 4, insert(b"what")))),
    "change from within": with_entries(BASE, by_offset(3, delta(4, 4, insert(b"what")))),
    "change beyond its base": with_entries(BASE, by_offset(len(BASE), delta(
        400, 5000, copy(0, 5000)))),
    "change of another size": with_entries(BASE, by_offset(len(BASE), delta(
        9, 4, insert(b"what")))),
    "change to less than it says": with_entries(BASE, by_offset(len(BASE), delta(
        400, 4000, copy(0, 400)))),
    "change to more than it says": with_entries(BASE, by_offset(len(BASE), delta(
        400, 4, copy(0, 400)))),
    "reserved instruction": with_entries(BASE, by_offset(len(BASE), delta(400, 4, b"\0"))),
    "huge change, by offset": with_entries(BASE, by_offset(len(BASE), delta(
        400, HUGE, copy(0, 400)))),
    "huge change, by name": with_entries(BASE, by_name(object_id("blob", b"base" * 100), delta(
        400, HUGE, copy(0, 400)))),
    "bomb of two levels": built(lambda: grows(2)),
    "bomb of four levels": built(lambda: grows(4)),
    "bombs": built(lambda: many_large(400)),
    "bombs alone": lambda objects, facts: packed(many_large(400)),
    "chain": built(lambda: chain(900)),
    "long chain": built(lambda: chain(5000)),
}
