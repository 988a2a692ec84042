/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things about texts.
 */
#include "nuget.h"

#include <string.h>

#define MOST_SHOWN 240

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
nu_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
nu_same_but_case(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return false;
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

const char *
nu_lower(struct cmk_call *c, const char *text)
{
    size_t size = strlen(text);
    char *copy = c->base->alloc(c, size + 1);
    for (size_t i = 0; copy != NULL && i < size; i++)
        copy[i] = lower(text[i]);
    return copy != NULL ? copy : "";
}

bool
nu_begins(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

bool
nu_ends(const char *text, const char *tail)
{
    size_t size = strlen(text), of = strlen(tail);
    return size >= of && nu_same_but_case(text + size - of, tail);
}

bool
nu_is_commit(const char *text)
{
    size_t size = strlen(text);
    return (size == 40 || size == 64) && strspn(text, "0123456789abcdefABCDEF") == size;
}

const char *
nu_shown(struct cmk_call *c, const char *text)
{
    size_t size = strlen(text);
    if (size <= MOST_SHOWN)
        return text;
    for (size = MOST_SHOWN; ((unsigned char)text[size] & 0xc0) == 0x80;)
        size--;
    return cmk_printf(c, "%.*s...", (int)size, text);
}
