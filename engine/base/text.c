/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, UTF-8, escaping and words. Times are in text_time.c, codings in text_coding.c.
 */
#include "base/text.h"

#include <string.h>

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decimal digits at *text, no leading zero but "0" itself; moves *text behind them. */
static bool
take_digits(const char **text, uint64_t *ret)
{
    const char *at = *text;
    if (!is_digit(at[0]) || (at[0] == '0' && is_digit(at[1])))
        return false;
    uint64_t value = 0;
    for (; is_digit(*at); at++)
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    *text = at;
    *ret = value;
    return true;
}

bool
cm_parse_int(const char *text, int64_t least, int64_t most, int64_t *ret)
{
    if (!text)
        return false;
    bool negative = text[0] == '-';
    const char *at = text + negative;
    uint64_t size = 0;
    if (!take_digits(&at, &size) || *at != '\0' || (negative && size == 0))
        return false;
    if (size > (uint64_t)INT64_MAX + negative)
        return false;
    int64_t value = negative ? -(int64_t)(size - 1) - 1 : (int64_t)size;
    if (value < least || value > most)
        return false;
    *ret = value;
    return true;
}

/* A number and a unit of one letter, which may be missing if `units` has a space in it. */
static bool
parse_with_unit(const char *text, const char *units, const int64_t *factors, int64_t *ret)
{
    uint64_t value = 0;
    if (!text || !take_digits(&text, &value) || value > INT64_MAX)
        return false;
    const char *found = strchr(units, *text == '\0' ? ' ' : *text);
    if (!found || *text == ' ' || (*text != '\0' && text[1] != '\0'))
        return false;
    int64_t product = 0;
    if (__builtin_mul_overflow((int64_t)value, factors[found - units], &product))
        return false;
    *ret = product;
    return true;
}

bool
cm_parse_duration(const char *text, int64_t *ret_ns)
{
    static const int64_t factors[] = {1, 60, 3600, 86400};
    const int64_t most = INT64_C(36500) * 86400;
    int64_t seconds = 0;
    if (!parse_with_unit(text, "smhd", factors, &seconds) || seconds > most)
        return false;
    *ret_ns = seconds * INT64_C(1000000000);
    return true;
}

bool
cm_parse_size(const char *text, int64_t *ret_bytes)
{
    static const int64_t factors[] = {1, 1 << 10, 1 << 20, 1 << 30};
    return parse_with_unit(text, " kMG", factors, ret_bytes);
}

/* What follows a leading byte: how many bytes, the bits of the code point in the first one, and
 * the least code point that needs so many. */
static size_t
lead_of(unsigned char lead, uint32_t *ret_bits, uint32_t *ret_least)
{
    if (lead >= 0xc2 && lead <= 0xdf) {
        *ret_bits = lead & 0x1fU;
        *ret_least = 0x80;
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        *ret_bits = lead & 0x0fU;
        *ret_least = 0x800;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *ret_bits = lead & 0x07U;
        *ret_least = 0x10000;
        return 4;
    }
    return 0;
}

size_t
cm_utf8_next(const void *at, size_t size, uint32_t *ret_code)
{
    const unsigned char *bytes = at;
    if (size == 0)
        return 0;
    if (bytes[0] < 0x80) {
        *ret_code = bytes[0];
        return 1;
    }
    uint32_t code = 0;
    uint32_t least = 0;
    size_t length = lead_of(bytes[0], &code, &least);
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fU);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return length;
}

bool
cm_is_utf8(const void *at, size_t size)
{
    const unsigned char *bytes = at;
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t length = cm_utf8_next(bytes + i, size - i, &code);
        if (length == 0 || code == 0)
            return false;
        i += length;
    }
    return true;
}

static void
put_escape(struct cm_buf *to, uint32_t code)
{
    switch (code) {
    case '\n':
        cm_buf_puts(to, "\\n");
        break;
    case '\r':
        cm_buf_puts(to, "\\r");
        break;
    case '\t':
        cm_buf_puts(to, "\\t");
        break;
    case '\\':
        cm_buf_puts(to, "\\\\");
        break;
    default:
        cm_buf_printf(to, code < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)code);
    }
}

static bool
is_not_plain(uint32_t code)
{
    return code < 0x20 || code > 0x7e || code == '\\';
}

/* What could move a terminal's cursor, end a line or turn the direction of what follows. */
static bool
is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Line ends and tabs, which readers of XML would turn into spaces or into one another, and what
 * would be markup. */
static bool
is_markup(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || code == '&' || code == '<' ||
           code == '>' || code == '"' || code == '\'';
}

static bool
is_not_xml(uint32_t code)
{
    return code < 0x20 || code == 0xfffe || code == 0xffff || is_markup(code);
}

static void
put_xml_escape(struct cm_buf *to, uint32_t code)
{
    if (is_markup(code))
        cm_buf_printf(to, "&#%u;", (unsigned)code);
    else
        put_escape(to, code);
}

static void
escape_some(struct cm_buf *to, const char *text, size_t size, bool (*is_escaped)(uint32_t),
            void (*put)(struct cm_buf *, uint32_t))
{
    size_t before = to->size;
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t length = cm_utf8_next(text + i, size - i, &code);
        if (length == 0) {
            cm_buf_printf(to, "\\x%02x", (unsigned)(unsigned char)text[i]);
            i++;
            continue;
        }
        if (is_escaped(code))
            put(to, code);
        else
            cm_buf_add(to, text + i, length);
        i += length;
    }
    if (to->failed)
        cm_buf_cut(to, before);
}

void
cm_escape_to(struct cm_buf *to, const char *text, size_t size)
{
    escape_some(to, text, size, is_not_plain, put_escape);
}

void
cm_escape_controls_to(struct cm_buf *to, const char *text, size_t size)
{
    escape_some(to, text, size, is_control, put_escape);
}

void
cm_escape_xml_to(struct cm_buf *to, const char *text, size_t size)
{
    escape_some(to, text, size, is_not_xml, put_xml_escape);
}

char *
cm_escape(struct cm_arena *arena, const char *text)
{
    if (!text)
        return NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(SIZE_MAX / 2);
    escaped.secret = true; /* as an arena is: nobody knows what is in the text */
    cm_escape_to(&escaped, text, strlen(text));
    if (escaped.failed)
        return NULL;
    return cm_arena_bytes(arena, cm_buf_text(&escaped), escaped.size);
}

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
cm_ascii_equal_fold(const char *a, const char *b)
{
    for (; *a && fold(*a) == fold(*b); a++)
        b++;
    return *a == *b;
}

bool
cm_starts_with(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

bool
cm_ends_with(const char *text, const char *tail)
{
    size_t text_size = strlen(text);
    size_t tail_size = strlen(tail);
    return tail_size <= text_size && memcmp(text + text_size - tail_size, tail, tail_size) == 0;
}

#define MOST_WORD 64

/* How many letters must be put in, left out, replaced or swapped with their neighbour to make b
 * of a; letter case counts for nothing. Both at most MOST_WORD long. */
static size_t
distance(const char *a, const char *b)
{
    size_t rows[3][MOST_WORD + 1];
    size_t b_size = strlen(b);
    size_t *two_up = rows[0];
    size_t *up = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_size; j++)
        up[j] = two_up[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = up[j - 1] + (fold(a[i - 1]) != fold(b[j - 1]));
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && two_up[j - 2] + 1 < best)
                best = two_up[j - 2] + 1;
            row[j] = best;
        }
        size_t *spare = two_up;
        two_up = up;
        up = row;
        row = spare;
    }
    return up[b_size];
}

const char *
cm_nearest(const char *word, const char *const *words)
{
    size_t size = strlen(word);
    if (size == 0 || size > MOST_WORD)
        return NULL;
    const char *nearest = NULL;
    size_t least = size / 3 + 1; /* a third of the letters may be wrong, and always one */
    for (; *words; words++) {
        if (strlen(*words) > MOST_WORD)
            continue;
        size_t far = distance(word, *words);
        if (far < size && (far < least || (far == least && !nearest))) {
            nearest = *words;
            least = far;
        }
    }
    return nearest;
}
