/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_name.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define SHORT_MOST     8 /* of ABCDEF~1.TXT: in front of the dot */
#define SHORT_EXT_MOST 3 /* and behind it */
#define CODES_A_BYTE   4 /* more than folding and decomposing make of one */

static bool
no_name(struct cm_err *err, const char *why)
{
    return cm_fail(err, CM_E_MALFORMED, "its name %s", why);
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

/* ABCDEF~1.TXT, and no longer, as most are. */
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

/* Writes the part to `to`, which may be where it stands. */
static bool
fold_part(const char *at, size_t size, char *to, size_t *ret_size, struct cm_err *err)
{
    size_t kept = size;
    while (kept > 0 && (at[kept - 1] == '.' || at[kept - 1] == ' '))
        kept--;
    if (kept == 0)
        return refuse_empty_part(at, size, err);
    if (is_short_name(at, kept))
        return no_name(err, "has a part like ABCDEF~1.TXT, which Windows calls other files by");
    for (size_t i = 0; i < kept; i++) {
        char c = at[i];
        to[i] = folded(c);
        if (to[i] == '\0')
            return no_name(err, c == ':' ? "has a colon: a drive, or a stream that hides"
                                         : "has a control character");
    }
    *ret_size = kept;
    return true;
}

/* The key of a name that is decoded already; it is never longer. */
static bool
fold_parts(struct cm_name_key *key, const char *at, size_t size, char *to, struct cm_err *err)
{
    key->at = to;
    if (size > 0 && is_slash(at[0]))
        return no_name(err, "is absolute");
    for (;;) {
        size_t part = part_size(at, size), kept = 0;
        if (!fold_part(at, part, to, &kept, err))
            return false;
        to += kept;
        if (part == size)
            break;
        if (part + 1 == size && at[part] == '\\')
            return no_name(err, "ends in \\: a folder to some readers, a file to others");
        *to++ = '/';
        at += part + 1;
        size -= part + 1;
    }
    key->size = (size_t)(to - key->at);
    return true;
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
decode(const char *at, size_t size, char *to, size_t *ret_size, struct cm_err *err)
{
    const char *begin = to;
    while (size > 0) {
        char c = at[0];
        size_t step = is_escape(at, size, &c) ? 3 : 1;
        if (c == '%' && is_unclear(at, size))
            return no_name(err, "has a % that begins nothing, next to another one");
        *to++ = c;
        at += step;
        size -= step;
    }
    *ret_size = (size_t)(to - begin);
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

/* NFC, folded, without what cannot be seen: from key->text into key->codes. NULL: it does not fit,
 * which no character is known to need. */
static char *
fold_case(struct cm_name_key *key, size_t size, size_t *ret_size)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_ssize_t codes = utf8proc_decompose_custom(
        (const utf8proc_uint8_t *)key->text, (utf8proc_ssize_t)size, key->codes,
        (utf8proc_ssize_t)key->room, options, through_both_cases, NULL);
    if (codes < 0 || (size_t)codes > key->room)
        return NULL;
    utf8proc_ssize_t bytes = utf8proc_reencode(key->codes, codes, options);
    if (bytes < 0)
        return NULL;
    *ret_size = (size_t)bytes;
    return (char *)key->codes;
}

/* Percent signs, and what is not ASCII. */
static bool
make_coded(struct cm_name_key *key, const char *at, size_t size, struct cm_err *err)
{
    size_t decoded = 0, length = 0;
    if (!cm_is_utf8(at, size))
        return no_name(err, "is not UTF-8");
    if (!decode(at, size, key->text, &decoded, err))
        return false;
    if (!cm_is_utf8(key->text, decoded))
        return no_name(err, "is not UTF-8, or has a zero byte, when it is percent-decoded");
    if (has_wide_control(key->text, decoded))
        return no_name(err, "has a control character");
    char *text = fold_case(key, decoded, &length);
    if (!text)
        return no_name(err, "cannot be folded");
    if (has_escape(text, length))
        return no_name(err, "is percent-encoded twice");
    return fold_parts(key, text, length, text, err);
}

bool
cm_name_key_make(struct cm_name_key *key, const char *name, size_t size, struct cm_err *err)
{
    if (size == 0)
        return no_name(err, "is empty");
    if (size > key->most)
        return cm_fail(err, CM_E_LIMIT, "its name is longer than %zu bytes", key->most);
    if (size > 1 && name[size - 1] == '/')
        size--;
    return is_plain(name, size) ? fold_parts(key, name, size, key->text, err)
                                : make_coded(key, name, size, err);
}

bool
cm_name_key_begin(struct cm_name_key *key, size_t most, struct cm_err *err)
{
    key->most = most;
    key->room = most * CODES_A_BYTE;
    key->text = malloc(most + 1);
    key->codes = calloc(key->room + 1, sizeof *key->codes); /* and one for a NUL */
    return (key->text && key->codes) ||
           cm_fail(err, CM_E_LIMIT, "no memory for the names of an archive");
}

void
cm_name_key_done(struct cm_name_key *key)
{
    free(key->text);
    free(key->codes);
    *key = (struct cm_name_key){.at = NULL};
}
