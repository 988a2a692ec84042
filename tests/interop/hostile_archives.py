# SPDX-License-Identifier: Apache-2.0
"""Archives that leave readers something to disagree about, and some that do not.

Each case: a name, the bytes, and what the refusal must say; None: it is accepted."""

import struct
import zlib

from zips import DEFLATED, DESCRIPTOR, UTF8, Entry, build, deflate, extra, zip64_end

GOOD, EVIL = Entry(b"good.txt"), Entry(b"evil.txt", b"evil\n")
TEXT = b"hello hello hello hello\n" * 20
LINK, DEVICE = 0o120777 << 16, 0o020666 << 16
UNIX = 0x0314


def honest():
    unix = {"made": UNIX, "mode": 0o100644 << 16}
    yield "stored", build([GOOD, EVIL]), None
    yield "deflated", build([Entry(b"a", TEXT, DEFLATED), GOOD]), None
    yield "deflated, with its level in the flags", build([Entry(b"a", TEXT, DEFLATED, 2)]), None
    for size in ("12", "16"):
        yield f"a data descriptor of {size} bytes", build(
            [Entry(b"a", TEXT, DEFLATED, DESCRIPTOR, descriptor=size), GOOD]), None
    yield "a name in UTF-8", build([Entry("\u00e4.txt".encode(), flags=UTF8)]), None
    yield "a comment", build([GOOD], comment=b"a comment"), None
    yield "a comment of an entry", build([Entry(b"a", central={"comment": b"c"})]), None
    yield "modes of Unix", build([Entry(b"a", **unix)]), None
    yield "a time stamp of Unix", build([Entry(b"a", extra=extra(0x5455, b"\1" + bytes(4)))]), None
    yield "a folder", build([Entry(b"d/", b"", made=UNIX, mode=0o040755 << 16), Entry(b"d/a")]), None
    yield "a per cent sign and what follows it", build([Entry(b"50%41 [1].txt")]), None
    yield "empty files", build([Entry(b"a", b""), Entry(b"b", b"")]), None


def ends():
    inner = build([EVIL])
    yield "an end record in the comment", build([GOOD], comment=b"PK\5\6" + bytes(18)), "two end records"
    yield "a second archive in the comment", build([GOOD], comment=inner), "two end records"
    yield "a second archive behind", build([GOOD], behind=inner), "two end records"
    yield "garbage behind", build([GOOD], behind=b"garbage"), "bytes of comment follow"
    yield "one byte behind", build([GOOD], behind=b"\n"), "bytes of comment follow"
    yield "a gap between directory and end", build([GOOD], between=b"gap"), "directory"
    yield "a gap before the directory", build([GOOD], before=b"gap"), "belong to no entry"
    yield "bytes in front, offsets as they are", build([GOOD], prefix=b"MZ" * 20), "in front of the first entry"
    yield "bytes in front, offsets as without", build([GOOD], b"MZ" * 20, -40), "the directory ends at"
    yield "a count too low", build([GOOD, EVIL], here=1, count=1), "holds more than its 1 records"
    yield "a count too high", build([GOOD], here=2, count=2), "fewer than the 2"
    yield "two counts", build([GOOD, EVIL], here=1), "1 entries, and 2"
    yield "another disk", build([GOOD], disk=1), "disk"
    yield "a directory on another disk", build([GOOD], start=1), "disk"
    yield "an entry on another disk", build([Entry(b"a", central={"disk": 1})]), "disk"
    yield "a directory that is said shorter", build([GOOD], size=10), "the directory ends at"
    yield "a directory that is said longer", build([GOOD], size=1000), "the directory ends at"
    yield "a directory elsewhere", build([GOOD, EVIL], offset=1), "the directory ends at"
    yield "a comment that is said longer", build([GOOD], comment=b"c", comment_size=2), "bytes of comment follow"
    yield "a comment that is said shorter", build([GOOD], comment=b"cc", comment_size=1), "bytes of comment follow"
    yield "no end record", build([GOOD])[:-22], "no end record"
    yield "half an archive", build([GOOD, EVIL])[:50], "no end record"
    yield "an empty file", b"", "no end record"
    yield "ZIP64", zip64_end([GOOD]), "ZIP64"
    yield "ZIP64 that counts otherwise", zip64_end([GOOD, EVIL], count=1), "ZIP64"
    yield "ZIP64 with another directory", zip64_end([GOOD, EVIL], offset=3), "ZIP64"
    yield "ZIP64 by the count", build([GOOD], here=0xffff, count=0xffff), "ZIP64"
    yield "ZIP64 by an offset", build([GOOD], offset=0xffffffff), "ZIP64"


def headers():
    sizes = {"size": 4, "packed": 4}
    yield "another name in the local header", build([Entry(b"good.txt", local={"name": b"evil.txt"})]), "name"
    yield "a longer name there", build([Entry(b"good.txt", local={"name": b"good.txt.exe"})]), "name"
    yield "other sizes there", build([Entry(b"a", b"good good", local=sizes)]), "another size"
    yield "another method there", build([Entry(b"a", TEXT, DEFLATED, local={"method": 0})]), "method"
    yield "other flags there", build([Entry(b"a", local={"flags": UTF8})]), "flags"
    yield "another CRC there", build([Entry(b"a", local={"crc": 1})]), "another CRC"
    yield "no local header", build([Entry(b"a", local={"signature": b"PK\0\0"})]), "no local header"
    yield "no record", build([Entry(b"a", central={"signature": b"PK\0\0"})]), "no record of an entry"
    yield "two records of one entry", build(
        [GOOD, Entry(b"other.txt", absent=True, central={"offset": 0})]), "shares its local header"
    yield "an entry without a record", build([GOOD, Entry(b"evil.txt", hidden=True), Entry(b"b")]), "does not know"
    yield "an entry without a record, last", build([GOOD, Entry(b"evil.txt", hidden=True)]), "does not know"
    yield "an entry without a record, first", build([Entry(b"evil.txt", hidden=True), GOOD]), "in front of the first entry"
    yield "bytes between entries", build([GOOD, Entry(b"b", before=b"gap")]), "belong to no entry"
    yield "an offset into another entry", build([GOOD, Entry(b"b", central={"offset": 5})]), "reaches into what follows"
    yield "an offset behind everything", build([Entry(b"b", central={"offset": 0x7fffffff})]), "in the directory or behind"
    yield "encrypted, by the record only", build([Entry(b"a", central={"flags": 1})]), "is encrypted"
    yield "encrypted", build([Entry(b"a", flags=1)]), "encrypt"
    yield "strongly encrypted", build([Entry(b"a", flags=0x41)]), "is encrypted"
    yield "a patch", build([Entry(b"a", flags=0x20)]), "is a patch"
    yield "masked headers", build([Entry(b"a", flags=0x2000)]), "is encrypted"


def overlaps():
    """The data of each entry is the next one, quoted in a stored block, and the last file."""
    kernel = deflate(b"x" * 1000)
    last = Entry(b"b", b"x" * 1000, DEFLATED, packed=kernel)
    quoted = last.local_bytes()
    block = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xffff)
    first = Entry(b"a", quoted + b"x" * 1000, DEFLATED, packed=block + quoted + kernel)
    data = first.local_bytes()
    body = data[:len(data) - len(quoted) - len(kernel)] + quoted
    start = len(body) - len(quoted)
    records = first.record(0) + last.record(start)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 2, 2, len(records), len(body), 0)
    yield "entries that quote each other", body + records + end, "reaches into what follows"


def descriptors():
    def of(descriptor, flags=DESCRIPTOR):
        return build([Entry(b"a", TEXT, DEFLATED, flags, descriptor=descriptor), GOOD])
    packed = len(deflate(TEXT))
    yield "no descriptor where one is said", of(b""), "descriptor"
    yield "a descriptor with another CRC", of(struct.pack("<III", 1, packed, len(TEXT))), "descriptor"
    yield "a descriptor with another size", of(
        b"PK\7\10" + struct.pack("<III", zlib.crc32(TEXT), packed, 5)), "descriptor"
    yield "a descriptor with sizes of 64 bits", of(
        b"PK\7\10" + struct.pack("<IQQ", zlib.crc32(TEXT), packed, len(TEXT))), "24 bytes that belong to no entry"
    yield "a descriptor where none is said", of("16", 0), "16 bytes that belong to no entry"
    yield "half a descriptor", of(b"PK\7\10" + bytes(4)), "no descriptor"


def contents():
    def of(**fields):
        return build([Entry(b"a", TEXT, DEFLATED, **fields), GOOD])
    packed = deflate(TEXT)
    less, more = ({"size": size} for size in (10, len(TEXT) + 10))
    yield "more content than is said", of(local=less, central=less), "holds more bytes"
    yield "less content than is said", of(local=more, central=more), "holds 480 bytes, 490"
    wrong = {"crc": 1}
    yield "another CRC, in both headers", of(local=wrong, central=wrong), "CRC"
    yield "another CRC of what is stored", build([Entry(b"a", local=wrong, central=wrong)]), "CRC"
    yield "garbage behind the packed data", of(packed=packed + b"garbage"), "behind the end of its packed content"
    yield "packed data that are cut", of(packed=packed[:-3]), "in the middle of its packed content"
    yield "packed data that are none", of(packed=b"\xff" * 20), "not what deflate writes"
    yield "stored, with two sizes", build([Entry(b"a", local={"size": 4}, central={"size": 4})]), "two sizes"
    for method, packer in ((9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "Zstandard"), (99, "AES")):
        yield f"packed by {packer}", build([Entry(b"a", method=method)]), "method"
    zeros = bytes(20 << 20)
    yield "a bomb", build([Entry(b"a", zeros, DEFLATED)]), "is the limit"
    said = {"size": 0xf0000000}
    yield "a bomb by what is said", build(
        [Entry(b"%d" % i, TEXT, DEFLATED, local=said, central=said) for i in range(8)]), "is the limit"


def names():
    def pair(first, second, flags=0):
        return build([Entry(first, flags=flags), Entry(second, b"evil\n", flags=flags)])
    unicode_path = extra(0x7075, b"\1" + struct.pack("<I", zlib.crc32(b"good.txt")) + b"evil.txt")
    yield "a NUL in a name", build([Entry(b"good.txt\0.exe")]), "control character"
    yield "another name in an extra field", build([Entry(b"good.txt", extra=unicode_path)]), "second name"
    yield "the same name twice", pair(b"a.txt", b"a.txt"), "another entry of that name"
    yield "the same name in another case", pair(b"AppVeyorSettings.json", b"appveyorsettings.JSON"), "for the same"
    yield "the same name, an escape decoded", pair(b"Settings.json", b"Settings%2Ejson"), "for the same"
    yield "the same name behind ./", pair(b"a.txt", b"./a.txt"), 'has a part "."'
    yield "the same name behind a slash", pair(b"a.txt", b"/a.txt"), "is absolute"
    yield "the same name with other slashes", pair(b"d/a.txt", b"d\\a.txt"), "for the same"
    yield "the same name with a dot behind", pair(b"a.txt", b"a.txt."), "for the same"
    yield "the same name with a space behind", pair(b"a.txt", b"a.txt "), "for the same"
    yield "the same name, composed and not", pair("\u00e4".encode(), "a\u0308".encode(), UTF8), "for the same"
    yield "the same name, by folded case", pair("stra\u00dfe".encode(), b"STRASSE", UTF8), "for the same"
    yield "a file and a folder", pair(b"a", b"a/b"), "which is a file"
    yield "a folder with content", build([Entry(b"d/", b"content")]), "has a content"
    for name, why in (
            (b"../evil.txt", "leads out"), (b"a/../../evil.txt", "leads out"),
            (b"..%2F..%2Fevil.txt", "leads out"), (b"..\\evil.txt", "leads out"),
            (b"%2e%2e/evil.txt", "leads out"), (b"..", "leads out"), (b"/etc/evil", "is absolute"),
            (b"C:\\evil.txt", "a colon"), (b"C:evil.txt", "a colon"), (b"a.txt::$DATA", "a colon"),
            (b"a//b", "between two slashes"), (b"a/./b", 'a part "."'), (b".", 'a part "."'),
            (b"", "is empty"), (b"a%00.txt", "a zero byte"), (b"a\nb", "control character"),
            (b"\x1b[2J", "control character")):
        yield f"the name {name.decode()!r}", build([Entry(name)]), why
    yield "a name of 300 bytes", build([Entry(b"n" * 300)]), "260 are the limit"
    yield "a name that is no UTF-8 and says so", build([Entry(b"\xff\xfe", flags=UTF8)]), "is not UTF-8"
    yield "a name in an unnamed code page", build([Entry(b"\x84.txt")]), "not said to be UTF-8"
    yield "a name in UTF-8 that does not say so", build([Entry("\u00e4".encode())]), "not said to be UTF-8"
    yield "a link", build([Entry(b"a", b"/etc/passwd", made=UNIX, mode=LINK)]), "symbolic link"
    yield "a device", build([Entry(b"a", b"", made=UNIX, mode=DEVICE)]), "a device"


def extras():
    def of(**fields):
        return build([Entry(b"a", **fields)])
    yield "an extra field that is cut", of(extra=b"\x55\x54\x09\x00\x01"), "is cut off"
    yield "half the head of an extra field", of(extra=b"\x55"), "is cut off"
    yield "ZIP64 in the record", of(central={"extra": extra(1, bytes(8))}), "ZIP64"
    yield "ZIP64 in the local header", of(local={"extra": extra(1, bytes(16))}), "ZIP64"
    yield "a size in ZIP64", of(local={"size": 0xffffffff}, central={
        "size": 0xffffffff, "extra": extra(1, struct.pack("<Q", 6))}), "ZIP64"
    yield "encrypted by an extra field", of(extra=extra(0x9901, b"\2\0AE\3\0\0")), "is encrypted"
    yield "strong encryption by an extra field", of(extra=extra(0x0017, bytes(8))), "is encrypted"


CASES = [case for group in (honest, ends, headers, overlaps, descriptors, contents, names, extras)
         for case in group()]
