# SPDX-License-Identifier: Apache-2.0
"""ZIP archives, built byte by byte, so that any part of one can lie."""

import dataclasses
import struct
import zlib

STORED, DEFLATED = 0, 8
UTF8 = 0x800
DESCRIPTOR = 8
EPOCH = (0, 0x21)  # time and date: 1980-01-01


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@dataclasses.dataclass
class Entry:
    """What is None follows from the rest. `local` and `central` are fields that one header has
    otherwise than the other: name, flags, method, crc, packed, size, extra, needed, offset, made,
    mode, disk, comment."""

    name: bytes
    data: bytes = b"hello\n"
    method: int = STORED
    flags: int = 0
    packed: bytes | None = None      # the packed bytes themselves
    descriptor: bytes | str = ""     # "12", "16" or the bytes
    mode: int = 0                    # external attributes
    made: int = 20
    extra: bytes = b""
    before: bytes = b""              # between the entry before and this one
    hidden: bool = False             # no record in the directory
    absent: bool = False             # a record without an entry of its own (say where: offset)
    local: dict = dataclasses.field(default_factory=dict)
    central: dict = dataclasses.field(default_factory=dict)

    def content(self):
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.method == DEFLATED else self.data

    def fields(self):
        return {"name": self.name, "flags": self.flags, "method": self.method,
                "crc": zlib.crc32(self.data), "packed": len(self.content()),
                "size": len(self.data), "extra": self.extra, "needed": 20, "made": self.made,
                "mode": self.mode, "disk": 0, "comment": b"", "signature": None}

    def local_bytes(self):
        f = {**self.fields(), **self.local}
        if f["flags"] & DESCRIPTOR and "crc" not in self.local:
            f.update(crc=0, packed=0, size=0)
        head = struct.pack("<4sHHHHHIIIHH", f["signature"] or b"PK\3\4", f["needed"], f["flags"],
                           f["method"], *EPOCH, f["crc"], f["packed"], f["size"],
                           len(f["name"]), len(f["extra"]))
        return head + f["name"] + f["extra"] + self.content() + self.descriptor_bytes()

    def descriptor_bytes(self):
        f = self.fields()
        values = struct.pack("<III", f["crc"], f["packed"], f["size"])
        return {"": b"", "12": values, "16": b"PK\7\10" + values}.get(self.descriptor,
                                                                      self.descriptor)

    def record(self, offset):
        f = {**self.fields(), "offset": offset, **self.central}
        return struct.pack("<4sHHHHHHIIIHHHHHII", f["signature"] or b"PK\1\2", f["made"],
                           f["needed"], f["flags"], f["method"], *EPOCH, f["crc"], f["packed"],
                           f["size"], len(f["name"]), len(f["extra"]), len(f["comment"]),
                           f["disk"], 0, f["mode"], f["offset"]) \
            + f["name"] + f["extra"] + f["comment"]


def build(entries, prefix=b"", shift=0, before=b"", between=b"", comment=b"", behind=b"", **end):
    """`shift` is added to all offsets; `before` the directory and `between` it and the end record;
    `end` has fields of that record that are not as they follow: disk, start, here, count, size,
    offset, comment_size."""
    body, records, count = prefix, b"", 0
    for entry in entries:
        body += entry.before
        offset = len(body) + shift
        if not entry.absent:
            body += entry.local_bytes()
        if not entry.hidden:
            records += entry.record(offset)
            count += 1
    body += before
    f = {"disk": 0, "start": 0, "here": count, "count": count, "size": len(records),
         "offset": len(body) + shift, "comment_size": len(comment), **end}
    record = struct.pack("<4sHHHHIIH", b"PK\5\6", f["disk"], f["start"], f["here"], f["count"],
                         f["size"], f["offset"], f["comment_size"])
    return body + records + between + record + comment + behind


def extra(number, data):
    return struct.pack("<HH", number, len(data)) + data


def zip64_end(entries, count=None, offset=None):
    """An archive with a ZIP64 end record and its locator; by default they say what is so."""
    plain = build(entries)
    size, at = struct.unpack("<II", plain[-10:-2])
    number = len(entries) if count is None else count
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, number, number, size,
                         at if offset is None else offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    return plain[:-22] + record + locator + plain[-22:]
