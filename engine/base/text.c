/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, ASCII and words. Times are in text_time.c, codings in text_coding.c, UTF-8 and escaping
 * in text_escape.c.
 */
#include "base/text.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

void
cm_text_done(char **text)
{
    free(*text);
    *text = NULL;
}

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
    *ret_ns = seconds * CM_SECOND;
    return true;
}

bool
cm_parse_size(const char *text, int64_t *ret_bytes)
{
    static const int64_t factors[] = {1, 1 << 10, 1 << 20, 1 << 30};
    return parse_with_unit(text, " kMG", factors, ret_bytes);
}

char
cm_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
cm_ascii_equal_fold(const char *a, const char *b)
{
    for (; *a && cm_ascii_lower(*a) == cm_ascii_lower(*b); a++)
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
            size_t best = up[j - 1] + (cm_ascii_lower(a[i - 1]) != cm_ascii_lower(b[j - 1]));
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
