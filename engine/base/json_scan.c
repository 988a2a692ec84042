/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include "base/cursor.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The exact decimal expansion of a double can have 767 digits; nobody needs more. */
#define MOST_NUMBER 1000

struct scan {
    struct cm_cursor cursor;
    const unsigned char *begin;
    const char *name;
    size_t depth;
};

bool
cm_json_fail_at(const void *at, size_t offset, const char *name, enum cm_class class,
                const char *what, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, offset);
    size_t line = 1;
    size_t column = 1;
    while (cm_cursor_left(&cursor) > 0) {
        uint8_t c = cm_cursor_u8(&cursor);
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xc0) != 0x80) {
            column++;
        }
    }
    return cm_fail(err, class, "%s: line %zu, column %zu: %s", name, line, column, what);
}

static bool
fail_at(const struct scan *scan, const unsigned char *at, enum cm_class class, const char *what,
        struct cm_err *err)
{
    return cm_json_fail_at(scan->begin, (size_t)(at - scan->begin), scan->name, class, what, err);
}

/* Bytes that a string is made of in the main: all but '"', '\', controls and what is not ASCII. */
static bool
is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static bool
skip_character(struct scan *scan, struct cm_err *err)
{
    uint32_t code = 0;
    const unsigned char *at = scan->cursor.at;
    size_t length = cm_utf8_next(at, cm_cursor_left(&scan->cursor), &code);
    if (length == 0)
        return fail_at(scan, at, CM_E_MALFORMED, "not UTF-8", err);
    if (code < 0x20)
        return fail_at(scan, at, CM_E_MALFORMED, "a control character in a string", err);
    (void)cm_cursor_take(&scan->cursor, length);
    return true;
}

/* Behind the opening quote. What an escape means is jansson's to judge; here it matters only that
 * an escaped quote does not end the string. */
static bool
skip_string(struct scan *scan, struct cm_err *err)
{
    struct cm_cursor *cursor = &scan->cursor;
    const unsigned char *begin = cursor->at - 1;
    for (;;) {
        while (cursor->at < cursor->end && is_plain(*cursor->at))
            cursor->at++;
        if (cm_cursor_left(cursor) == 0)
            return fail_at(scan, begin, CM_E_MALFORMED, "a string that does not end", err);
        if (cm_cursor_skip(cursor, "\""))
            return true;
        if (cm_cursor_skip(cursor, "\\") && cm_cursor_left(cursor) == 0)
            continue;
        if (!skip_character(scan, err))
            return false;
    }
}

static bool
is_of_number(unsigned char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Also refuses what RFC 8785 writes as an integer that is refused here: reading would not be the
 * inverse of writing. */
static const char *
wrong_with_number(const char *text)
{
    int64_t integer = 0;
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (strspn(digits, "0123456789") == strlen(digits)) {
        /* leading zeros and the like are for the grammar to refuse */
        bool fits = strlen(digits) < 16 ||
                    cm_parse_int(text, -CM_JSON_SAFE_INT, CM_JSON_SAFE_INT, &integer);
        return fits ? NULL : "an integer beyond 9007199254740991 (2^53 - 1)";
    }
    if (!strpbrk(text, "eE") && strspn(digits, "0123456789") <= 15)
        return NULL; /* the usual case, without the cost of converting */
    double real = fabs(strtod(text, NULL));
    if (!isfinite(real))
        return "a number that is too large";
    return real > (double)CM_JSON_SAFE_INT && real < 1e21
               ? "a whole number beyond 9007199254740991 (2^53 - 1)"
               : NULL;
}

static bool
skip_number(struct scan *scan, struct cm_err *err)
{
    struct cm_cursor *cursor = &scan->cursor;
    const unsigned char *begin = cursor->at;
    char text[MOST_NUMBER + 1];
    size_t size = 0;
    while (cm_cursor_left(cursor) > 0 && is_of_number(*cursor->at)) {
        if (size == MOST_NUMBER)
            return fail_at(scan, begin, CM_E_LIMIT, "a number of more than 1000 characters", err);
        text[size++] = (char)cm_cursor_u8(cursor);
    }
    text[size] = '\0';
    const char *wrong = wrong_with_number(text);
    return wrong ? fail_at(scan, begin, CM_E_LIMIT, wrong, err) : true;
}

static bool
skip_token(struct scan *scan, struct cm_err *err)
{
    const unsigned char *at = scan->cursor.at;
    if ((*at >= '0' && *at <= '9') || *at == '-')
        return skip_number(scan, err);
    switch (cm_cursor_u8(&scan->cursor)) {
    case '"':
        return skip_string(scan, err);
    case '{':
    case '[':
        return ++scan->depth <= CM_JSON_DEPTH
                   ? true
                   : fail_at(scan, at, CM_E_LIMIT, "nested deeper than 64 levels", err);
    case '}':
    case ']':
        scan->depth -= scan->depth > 0; /* one too many is for the grammar to refuse */
        return true;
    default:
        return *at >= 0x80 || *at == 0 ? fail_at(scan, at, CM_E_MALFORMED, "not JSON", err) : true;
    }
}

bool
cm_json_scan(const void *at, size_t size, const char *name, struct cm_err *err)
{
    struct scan scan = {.cursor = cm_cursor(at, size), .name = name};
    scan.begin = scan.cursor.at;
    while (cm_cursor_left(&scan.cursor) > 0)
        if (!skip_token(&scan, err))
            return false;
    return true;
}

/* Moves behind the next string and gives where it began. */
static const unsigned char *
next_string(struct cm_cursor *cursor)
{
    size_t skipped = 0;
    const unsigned char *before = cm_cursor_until(cursor, '"', &skipped);
    while (before && cm_cursor_left(cursor) > 0) {
        uint8_t c = cm_cursor_u8(cursor);
        if (c == '"')
            return before + skipped;
        if (c == '\\')
            (void)cm_cursor_u8(cursor);
    }
    return NULL;
}

size_t
cm_json_find_key(const void *at, size_t size, size_t n)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    const unsigned char *begin = cursor.at;
    for (const unsigned char *key; (key = next_string(&cursor));) {
        struct cm_cursor after = cursor;
        while (cm_cursor_skip(&after, " ") || cm_cursor_skip(&after, "\t") ||
               cm_cursor_skip(&after, "\r") || cm_cursor_skip(&after, "\n"))
            continue;
        if (cm_cursor_skip(&after, ":") && n-- == 0)
            return (size_t)(key - begin);
    }
    return 0;
}
