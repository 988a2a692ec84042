/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a file as UTF-8, and places in the one found in the other.
 */
#include "xml.h"

#include <string.h>

static const struct {
    const char *bytes;
    uint32_t size;
    enum nu_encoding encoding;
} marks[] = {
    {"\xef\xbb\xbf", 3, NU_UTF8},
    {"\xff\xfe", 2, NU_UTF16_LE},
    {"\xfe\xff", 2, NU_UTF16_BE},
};

/* ---- characters ---- */

bool
nu_is_xml(uint32_t code)
{
    if (code < 0x20)
        return code == '\t' || code == '\n' || code == '\r';
    return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) ||
           (code >= 0x10000 && code <= 0x10ffff);
}

uint32_t
nu_utf8(const char *at, uint32_t size, uint32_t *ret_code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *u = (const unsigned char *)at;
    if (size == 0)
        return 0;
    uint32_t count = u[0] < 0x80 ? 1 : u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    if (count == 0 || count > size || u[0] >= 0xf8)
        return 0;
    uint32_t code = count == 1 ? u[0] : u[0] & (0x7fu >> count);
    for (uint32_t i = 1; i < count; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (u[i] & 0x3fu);
    }
    if (code < least[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return count;
}

uint32_t
nu_utf8_put(uint32_t code, char ret[4])
{
    if (code < 0x80) {
        ret[0] = (char)code;
        return 1;
    }
    uint32_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (uint32_t i = count - 1; i > 0; i--, code >>= 6)
        ret[i] = (char)(0x80 | (code & 0x3f));
    ret[0] = (char)(uint8_t)(0xf00u >> count | code);
    return count;
}

static uint32_t
unit_at(const struct nu_xml *x, uint64_t at)
{
    const unsigned char *u = (const unsigned char *)x->file.at + at;
    return x->encoding == NU_UTF16_LE ? u[0] | (uint32_t)u[1] << 8 : u[1] | (uint32_t)u[0] << 8;
}

/* The size in bytes of the character that stands in the file there; 0: there is none. */
static uint32_t
utf16(const struct nu_xml *x, uint64_t at, uint32_t *ret_code)
{
    uint64_t left = x->file.size - at;
    uint32_t first = left >= 2 ? unit_at(x, at) : 0xdc00;
    if (first < 0xd800 || first > 0xdfff) {
        *ret_code = first;
        return 2;
    }
    uint32_t second = first < 0xdc00 && left >= 4 ? unit_at(x, at + 2) : 0;
    if (second < 0xdc00 || second > 0xdfff)
        return 0;
    *ret_code = 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
    return 4;
}

static uint32_t
next_in_file(const struct nu_xml *x, uint64_t at, uint32_t *ret_code)
{
    if (x->encoding != NU_UTF8)
        return utf16(x, at, ret_code);
    return nu_utf8((const char *)x->file.at + at, (uint32_t)(x->file.size - at), ret_code);
}

/* ---- files ---- */

static void
find_mark(struct nu_xml *x)
{
    x->encoding = NU_UTF8;
    x->mark = 0;
    for (uint32_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (x->file.size < marks[i].size || memcmp(x->file.at, marks[i].bytes, marks[i].size) != 0)
            continue;
        x->encoding = marks[i].encoding;
        x->mark = marks[i].size;
        return;
    }
}

static const char *
called(const struct nu_xml *x)
{
    return x->encoding == NU_UTF8 ? "UTF-8" : "UTF-16";
}

bool
nu_text_read(struct cmk_call *c, struct nu_xml *x, struct nu_why *why)
{
    find_mark(x);
    /* two bytes of UTF-16 become three of UTF-8 at the most, four become four */
    uint64_t room = x->encoding == NU_UTF8 ? x->file.size : x->file.size / 2 * 3;
    char *text = c->base->alloc(c, room + 4);
    if (text == NULL)
        return nu_refuse(c, why, CMK_E_LIMIT, "%s: no memory", x->name);
    x->size = 0;
    for (uint64_t at = x->mark; at < x->file.size;) {
        uint32_t code = 0;
        uint32_t size = next_in_file(x, at, &code);
        if (size == 0)
            return nu_refuse(c, why, CMK_E_MALFORMED, "%s, byte %llu: this is not %s", x->name,
                             (unsigned long long)at, called(x));
        if (!nu_is_xml(code))
            return nu_refuse(c, why, CMK_E_MALFORMED,
                             "%s, byte %llu: the character U+%04X, which XML does not have",
                             x->name, (unsigned long long)at, code);
        x->size += nu_utf8_put(code, text + x->size);
        at += size;
    }
    x->text = text;
    return true;
}

uint32_t
nu_text_place(const struct nu_xml *x, uint32_t at)
{
    if (x->encoding == NU_UTF8)
        return x->mark + at;
    uint32_t place = x->mark;
    for (uint32_t i = 0; i < at;) {
        uint32_t code = 0;
        uint32_t size = nu_utf8(x->text + i, x->size - i, &code);
        i += size > 0 ? size : 1;
        place += code < 0x10000 ? 2 : 4;
    }
    return place;
}

static uint32_t
put_unit(const struct nu_xml *x, uint32_t unit, unsigned char *to)
{
    bool little = x->encoding == NU_UTF16_LE;
    to[little ? 0 : 1] = (unsigned char)(unit & 0xff);
    to[little ? 1 : 0] = (unsigned char)(unit >> 8);
    return 2;
}

struct cmk_bytes
nu_text_write(struct cmk_call *c, const struct nu_xml *x, const char *text)
{
    if (text == NULL) /* of a call that has failed: what comes of it is not used */
        return (struct cmk_bytes){"", 0};
    uint32_t size = (uint32_t)strlen(text), written = 0;
    unsigned char *to = x->encoding == NU_UTF8 ? NULL : c->base->alloc(c, 2 * (uint64_t)size + 1);
    if (to == NULL)
        return (struct cmk_bytes){text, x->encoding == NU_UTF8 ? size : 0};
    for (uint32_t i = 0; i < size;) {
        uint32_t code = 0;
        uint32_t used = nu_utf8(text + i, size - i, &code);
        i += used > 0 ? used : 1;
        if (code >= 0x10000) {
            written += put_unit(x, 0xd800 + ((code - 0x10000) >> 10), to + written);
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        written += put_unit(x, code, to + written);
    }
    return (struct cmk_bytes){to, written};
}
