# SPDX-License-Identifier: Apache-2.0
"""DER, written and read value by value, so that tests can make what no tool makes."""

import time


def tlv(tag, *contents):
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(long)]) + long + content


def seq(*contents):
    return tlv(0x30, *contents)


def set_of(*contents):
    return tlv(0x31, *sorted(contents))


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def enumerated(number):
    return tlv(0x0A, bytes([number]))


def boolean(truth):
    return tlv(0x01, b"\xff" if truth else b"\x00")


def octets(content):
    return tlv(0x04, content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def named_bits(*numbers):
    """A BIT STRING of these bits, without zeros at its end."""
    size = max(numbers) // 8 + 1
    value = sum(1 << (size * 8 - 1 - n) for n in numbers)
    return bits(value.to_bytes(size, "big"), size * 8 - 1 - max(numbers))


def explicit(number, *contents):
    return tlv(0xA0 | number, *contents)


def implicit(number, content):
    return tlv(0x80 | number, content)


NULL = tlv(0x05)


def oid(text):
    first, second, *rest = (int(arc) for arc in text.split("."))
    out = b""
    for arc in (40 * first + second, *rest):
        part = [arc & 127]
        while arc > 127:
            arc >>= 7
            part.append(128 | (arc & 127))
        out += bytes(reversed(part))
    return tlv(0x06, out)


def utf8(text):
    return tlv(0x0C, text.encode())


def printable(text):
    return tlv(0x13, text.encode("latin-1"))


def ia5(text):
    return tlv(0x16, text.encode("latin-1"))


def t61(text):
    return tlv(0x14, text.encode("latin-1"))


def bmp(text):
    return tlv(0x1E, text.encode("utf-16-be"))


def universal(text):
    return tlv(0x1C, text.encode("utf-32-be"))


def generalized(seconds):
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def point_in_time(seconds):
    """As RFC 5280 demands: UTCTime up to 2049."""
    at = time.gmtime(seconds)
    if at.tm_year >= 2050:
        return generalized(seconds)
    return tlv(0x17, time.strftime("%y%m%d%H%M%SZ", at).encode())


# ---- reading


def read(data, at=0):
    """(tag, content, where the next value begins)"""
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 128:
        start += size & 127
        size = int.from_bytes(data[at + 2:start], "big")
    return tag, data[start:start + size], start + size


def children(content):
    """[(tag, content)] of a constructed value's content."""
    found, at = [], 0
    while at < len(content):
        tag, inner, at = read(content, at)
        found.append((tag, inner))
    return found
