# SPDX-License-Identifier: Apache-2.0
"""Answers of a git server by hand: packets, objects that git would not write, and packs of them."""

import base64
import hashlib
import struct
import zlib

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
RESULT = "application/x-git-upload-pack-result"
KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
FLUSH, DELIM = b"0000", b"0001"


def bytes_of(text):
    return text if isinstance(text, bytes) else text.encode()


def pkt(text):
    content = bytes_of(text)
    return b"%04x%s" % (len(content) + 4, content)


def lines(*texts):
    return b"".join(pkt(bytes_of(text) + b"\n") for text in texts)


def page(kind, content):
    """What the git server is to do."""
    return {"page": kind, "base64": base64.b64encode(content).decode()}


def object_id(kind, content):
    return hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(content), content)).hexdigest()


def head_of(kind, size):
    byte, size = KINDS[kind] << 4 | size & 15, size >> 4
    head = b""
    while size:
        head, byte, size = head + bytes([byte | 0x80]), size & 127, size >> 7
    return head + bytes([byte])


def entry(kind, content):
    """An object as it stands in a pack."""
    return head_of(kind, len(content)) + zlib.compress(content)


def packed(entries, count=None):
    """A pack of what entry() gives, or of what it would not; `count` is what its head claims."""
    count = len(entries) if count is None else count
    body = b"".join([b"PACK" + struct.pack(">II", 2, count), *entries])
    return body + hashlib.sha1(body).digest()


def pack(*objects):
    """Of (kind, content) each."""
    return packed([entry(kind, content) for kind, content in objects])


def bands(content, band=1):
    pieces = [content[at:at + 60000] for at in range(0, len(content), 60000)]
    return b"".join(pkt(bytes([band]) + piece) for piece in pieces)


def fetched(content, before=b""):
    """The answer to a fetch: the pack alone, if nothing else stands before it."""
    return before + lines("packfile") + bands(content) + FLUSH


def advertised(*capabilities):
    usual = ["version 2", "agent=git/2.39", "ls-refs=unborn", "fetch=shallow filter",
             "object-format=sha1"]
    return (lines("# service=git-upload-pack") + FLUSH
            + lines(*(capabilities or usual)) + FLUSH)
