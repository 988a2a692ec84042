/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/pattern.h"

#include "base/text.h"

#include <string.h>

#define REF_MOST   512
#define SLUG_MOST  63
#define COMMIT_HEX 40
#define LOWER      "abcdefghijklmnopqrstuvwxyz"
#define DIGITS     "0123456789"

/* reached[j]: what was read of the pattern so far matches the first j bytes of the text. One step
 * reads one item of the pattern and goes over the text once, so that no pattern takes longer than
 * |pattern| * |text|. */

/* '*' and '**': what was reached is reached still, and so is each byte behind it. */
static void
step_star(bool *reached, const char *text, size_t size, bool crosses)
{
    for (size_t j = 0; j < size; j++)
        reached[j + 1] = reached[j + 1] || (reached[j] && (crosses || text[j] != '/'));
}

/* '?' (c is 0) or a byte that stands for itself. */
static void
step_byte(bool *reached, const char *text, size_t size, char c)
{
    for (size_t j = size; j > 0; j--)
        reached[j] = reached[j - 1] && (c != 0 ? text[j - 1] == c : text[j - 1] != '/');
    reached[0] = false;
}

bool
cm_pattern_matches(const char *pattern, const char *text)
{
    if (pattern == NULL || text == NULL)
        return false;
    size_t size = strnlen(text, CM_PATTERN_MOST + 1);
    if (size > CM_PATTERN_MOST || strnlen(pattern, CM_PATTERN_MOST + 1) > CM_PATTERN_MOST)
        return false;
    bool reached[CM_PATTERN_MOST + 1] = {true};
    while (*pattern != 0) {
        size_t stars = strspn(pattern, "*");
        if (stars > 0)
            step_star(reached, text, size, stars > 1);
        else
            step_byte(reached, text, size, *pattern == '?' ? (char)0 : *pattern);
        pattern += stars > 0 ? stars : 1;
    }
    return reached[size];
}

size_t
cm_pattern_literal(const char *pattern)
{
    return pattern != NULL ? strcspn(pattern, "*?") : 0;
}

/* ---- refs ---- */

/* git-check-ref-format(1), for one component. */
static bool
is_component(const char *at, size_t size)
{
    static const char lock[] = ".lock";
    size_t tail = sizeof lock - 1;
    if (size == 0 || at[0] == '.' || at[size - 1] == '.')
        return false;
    if (size >= tail && memcmp(at + size - tail, lock, tail) == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)at[i];
        if (c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c) != NULL)
            return false;
    }
    return memmem(at, size, "..", 2) == NULL && memmem(at, size, "@{", 2) == NULL;
}

static bool
are_components(const char *text)
{
    for (;;) {
        size_t size = strcspn(text, "/");
        if (!is_component(text, size))
            return false;
        if (text[size] == 0)
            return true;
        text += size + 1;
    }
}

bool
cm_ref_is_valid(const char *ref)
{
    if (ref == NULL || strnlen(ref, REF_MOST + 1) > REF_MOST || !cm_is_utf8(ref, strlen(ref)))
        return false;
    return (cm_starts_with(ref, "refs/heads/") || cm_starts_with(ref, "refs/tags/")) &&
           are_components(ref);
}

bool
cm_ref_is_branch(const char *ref)
{
    return cm_ref_is_valid(ref) && cm_starts_with(ref, "refs/heads/");
}

bool
cm_ref_is_tag(const char *ref)
{
    return cm_ref_is_valid(ref) && cm_starts_with(ref, "refs/tags/");
}

bool
cm_ref_pattern_check(const char *pattern, struct cm_err *err)
{
    char filled[REF_MOST + 1];
    size_t size = 0;
    if (pattern == NULL || strnlen(pattern, REF_MOST + 1) > REF_MOST)
        return cm_fail(err, CM_E_CONFIG, "longer than %d bytes", REF_MOST);
    if (!cm_starts_with(pattern, "refs/heads/") && !cm_starts_with(pattern, "refs/tags/"))
        return cm_fail(err, CM_E_CONFIG, "begins with neither refs/heads/ nor refs/tags/");
    while (*pattern != 0) {
        size_t wild = strspn(pattern, "*?");
        filled[size++] = wild > 0 ? 'x' : *pattern;
        pattern += wild > 0 ? wild : 1;
    }
    filled[size] = 0;
    return cm_ref_is_valid(filled) ||
           cm_fail(err, CM_E_CONFIG, "no name of a branch or tag can match this");
}

/* ---- other names ---- */

bool
cm_is_commit_id(const char *text)
{
    return text != NULL && strnlen(text, COMMIT_HEX + 1) == COMMIT_HEX &&
           strspn(text, DIGITS "abcdef") == COMMIT_HEX;
}

bool
cm_is_slug(const char *text)
{
    size_t size = text != NULL ? strnlen(text, SLUG_MOST + 1) : 0;
    if (size == 0 || size > SLUG_MOST || strchr("._-", text[0]) != NULL)
        return false;
    return strspn(text, LOWER DIGITS "._-") == size;
}
