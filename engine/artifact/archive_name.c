/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_name.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define SHORT_MOST     8 /* of ABCDEF~1.TXT: in front of the dot */
#define SHORT_EXT_MOST 3 /* and behind it */

static bool
no_name(struct cm_err *err, const char *why)
{
    return cm_fail(err, CM_E_MALFORMED, "its name %s", why);
}

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for the names of an archive");
}

/* ---- parts: what stands between slashes ---- */

static bool
is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t
part_size(const char *at, size_t size)
{
    size_t part = 0;
    while (part < size && !is_slash(at[part]))
        part++;
    return part;
}

/* ABCDEF~1.TXT, and no longer. */
static bool
is_short_name(const char *at, size_t size)
{
    if (size > SHORT_MOST + 1 + SHORT_EXT_MOST)
        return false;
    const char *dot = memchr(at, '.', size);
    size_t stem = dot ? (size_t)(dot - at) : size;
    if (stem > SHORT_MOST || size - stem > 1 + SHORT_EXT_MOST || memrchr(at, '.', size) != dot)
        return false;
    size_t digits = 0;
    while (digits < stem && is_digit(at[stem - digits - 1]))
        digits++;
    return digits > 0 && digits + 1 < stem && at[stem - digits - 1] == '~';
}

/* '\0': it cannot stand in a name. */
static char
folded(char c)
{
    switch (c) {
    case '"':
    case '*':
    case '<':
    case '>':
    case '?':
    case '|':
        return '_';
    case ':':
    case 0x7f:
        return '\0';
    default:
        if (c >= 'A' && c <= 'Z')
            return (char)(c - 'A' + 'a');
        return (unsigned char)c < 0x20 ? '\0' : c;
    }
}

static bool
refuse_empty_part(const char *at, size_t size, struct cm_err *err)
{
    if (size == 0)
        return no_name(err, "has nothing between two slashes, or at an end");
    if (size == 1 && at[0] == '.')
        return no_name(err, "has a part \".\", which some readers leave out");
    if (size == 2 && at[0] == '.' && at[1] == '.')
        return no_name(err, "leads out of its folder");
    return no_name(err, "has a part of dots and spaces alone, which Windows drops");
}

static bool
add_part(const char *at, size_t size, struct cm_buf *key, struct cm_err *err)
{
    size_t kept = size;
    while (kept > 0 && (at[kept - 1] == '.' || at[kept - 1] == ' '))
        kept--;
    if (kept == 0)
        return refuse_empty_part(at, size, err);
    if (is_short_name(at, kept))
        return no_name(err, "has a part like ABCDEF~1.TXT, which Windows calls other files by");
    char *to = cm_buf_extend(key, kept);
    if (!to)
        return no_memory(err);
    for (size_t i = 0; i < kept; i++) {
        to[i] = folded(at[i]);
        if (to[i] == '\0')
            return no_name(err, at[i] == ':' ? "has a colon: a drive, or a stream that hides"
                                             : "has a control character");
    }
    return true;
}

/* The key of a name that is decoded already. */
static bool
add_parts(const char *at, size_t size, struct cm_buf *key, struct cm_err *err)
{
    if (size > 0 && is_slash(at[0]))
        return no_name(err, "is absolute");
    for (;;) {
        size_t part = part_size(at, size);
        if (!add_part(at, part, key, err))
            return false;
        if (part == size)
            return true;
        if (part + 1 == size && at[part] == '\\')
            return no_name(err, "ends in \\: a folder to some readers, a file to others");
        cm_buf_putc(key, '/');
        at += part + 1;
        size -= part + 1;
    }
}

/* ---- %41 ---- */

static bool
is_escape(const char *at, size_t size, char *ret)
{
    return size >= 3 && at[0] == '%' && cm_unhex(at + 1, 2, ret);
}

/* Readers do not agree where the next escape may begin behind one that is none. */
static bool
is_unclear(const char *at, size_t size)
{
    return (size > 1 && at[1] == '%') || (size > 2 && at[2] == '%');
}

static bool
decode(const char *at, size_t size, struct cm_buf *to, struct cm_err *err)
{
    while (size > 0) {
        char c = at[0];
        size_t step = is_escape(at, size, &c) ? 3 : 1;
        if (step == 1 && c == '%' && is_unclear(at, size))
            return no_name(err, "has a % that begins nothing, next to another one");
        cm_buf_putc(to, c);
        at += step;
        size -= step;
    }
    return true;
}

static bool
has_escape(const char *at, size_t size)
{
    char ignored = '\0';
    for (size_t i = 0; i < size; i++)
        if (is_escape(at + i, size - i, &ignored))
            return true;
    return false;
}

/* ---- what is not ASCII ---- */

static bool
is_plain(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)at[i] >= 0x80 || at[i] == '%')
            return false;
    return true;
}

/* C1, and what ends lines. The others are looked for with the parts. */
static bool
has_wide_control(const char *at, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t length = cm_utf8_next(at + i, size - i, &code);
        if (length == 0 || (code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029)
            return true;
        i += length;
    }
    return false;
}

/* Some compare the large forms, some the small ones: dotless i is an I to the former only. */
static utf8proc_int32_t
through_both_cases(utf8proc_int32_t code, void *data)
{
    (void)data;
    return utf8proc_tolower(utf8proc_toupper(code));
}

/* NFC, folded, without what cannot be seen. malloc'ed; NULL without memory. */
static char *
fold_case(const char *at, size_t size, size_t *ret_size)
{
    utf8proc_uint8_t *text = NULL;
    utf8proc_ssize_t got = utf8proc_map_custom(
        (const utf8proc_uint8_t *)at, (utf8proc_ssize_t)size, &text,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
        through_both_cases, NULL);
    if (got < 0)
        return NULL;
    *ret_size = (size_t)got;
    return (char *)text;
}

/* Percent signs, and what is not ASCII. */
static bool
add_coded(const char *at, size_t size, struct cm_buf *key, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(size);
    if (!cm_is_utf8(at, size))
        return no_name(err, "is not UTF-8");
    if (!decode(at, size, &text, err))
        return false;
    if (text.failed)
        return no_memory(err);
    if (!cm_is_utf8(text.at, text.size))
        return no_name(err, "is not UTF-8, or has a zero byte, when it is percent-decoded");
    if (has_wide_control(text.at, text.size))
        return no_name(err, "has a control character");
    size_t folded_size = 0;
    CM_CLEANUP(cm_text_done) char *folded_text = fold_case(text.at, text.size, &folded_size);
    if (!folded_text)
        return no_memory(err);
    if (has_escape(folded_text, folded_size))
        return no_name(err, "is percent-encoded twice");
    return add_parts(folded_text, folded_size, key, err);
}

bool
cm_archive_name_key(const char *name, size_t size, struct cm_buf *key, struct cm_err *err)
{
    cm_buf_clear(key);
    if (size == 0)
        return no_name(err, "is empty");
    if (size > 1 && name[size - 1] == '/')
        size--;
    return is_plain(name, size) ? add_parts(name, size, key, err) : add_coded(name, size, key, err);
}
