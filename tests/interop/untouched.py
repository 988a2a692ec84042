# SPDX-License-Identifier: Apache-2.0
"""What a documented package has otherwise than the one before, byte by byte, and whether that is just
what the report says."""

import base64
import struct
import zipfile


class Layout:
    """Where the entries of an archive lie: read by Python, and cut by their offsets."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            self.contents = {info.filename: archive.read(info) for info in infos}
            self.start = archive.start_dir
        assert len(self.contents) == len(infos), "two entries of one name"
        self.names = [info.filename for info in infos]
        offsets = sorted(info.header_offset for info in infos) + [self.start]
        following = dict(zip(offsets, offsets[1:]))
        self.raw = {info.filename: self.bytes[info.header_offset:following[info.header_offset]]
                    for info in infos}
        self.order = [info.filename for info in sorted(infos, key=lambda i: i.header_offset)]
        self.records = dict(zip(self.names, self.cut_records()))
        self.comment = self.bytes[-len(archive.comment):] if archive.comment else b""

    def cut_records(self):
        """Without their offsets, which follow from what lies before."""
        at = self.start
        for _ in self.names:
            sizes = struct.unpack("<HHH", self.bytes[at + 28:at + 34])
            whole = self.bytes[at:at + 46 + sum(sizes)]
            yield whole[:42] + whole[46:]
            at += len(whole)
        assert self.bytes[at:at + 4] == b"PK\5\6", "the directory does not end at the end record"


def text_of(splice, which):
    if which in splice:
        return splice[which].encode()
    return base64.b64decode(splice[which + "_base64"])


def spliced(content, splices):
    """With what the report says put in."""
    parts, at = [], 0
    for splice in sorted(splices, key=lambda s: s["offset"]):
        old = text_of(splice, "old")
        assert content[splice["offset"]:splice["offset"] + len(old)] == old, splice
        parts += [content[at:splice["offset"]], text_of(splice, "new")]
        at = splice["offset"] + len(old)
    return b"".join([*parts, content[at:]])


def restored(content, splices):
    """With what the report says taken out again."""
    parts, at, shift = [], 0, 0
    for splice in sorted(splices, key=lambda s: s["offset"]):
        old, new = text_of(splice, "old"), text_of(splice, "new")
        place = splice["offset"] + shift
        assert content[place:place + len(new)] == new, splice
        parts += [content[at:place], old]
        at, shift = place + len(new), shift + len(new) - len(old)
    return b"".join([*parts, content[at:]])


def check(before, after, rewriter):
    """`rewriter`: what the report says that one rewriter did. Gives the names that changed."""
    old, new = Layout(before), Layout(after)
    added = [entry["entry"] for entry in rewriter["added"]]
    removed = [entry["entry"] for entry in rewriter["removed"]]
    splices = {}
    for splice in rewriter["spliced"]:
        splices.setdefault(splice["entry"], []).append(splice)
    kept = [name for name in old.names if name not in removed]
    assert new.names == kept + added, "the directory has another order, or other names"
    assert new.order == [n for n in old.order if n not in removed] + added, "another order"
    assert old.comment == new.comment
    for name in kept:
        if name in splices:
            assert spliced(old.contents[name], splices[name]) == new.contents[name], name
            assert restored(new.contents[name], splices[name]) == old.contents[name], name
        else:
            assert old.raw[name] == new.raw[name], f"{name}: other bytes in front of or in it"
            assert old.records[name] == new.records[name], f"{name}: another record"
    return [*splices, *added]
