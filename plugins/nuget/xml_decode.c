/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in XML for a text, and a text as it stands in XML.
 */
#include "xml.h"

#include <string.h>

/* ---- to read ---- */

static uint32_t
named_reference(const char *at, uint32_t size, uint32_t *ret_code)
{
    static const struct {
        const char *text;
        uint32_t size;
        uint32_t code;
    } known[] = {
        {"&lt;", 4, '<'},   {"&gt;", 4, '>'},    {"&amp;", 5, '&'},
        {"&quot;", 6, '"'}, {"&apos;", 6, '\''},
    };
    for (uint32_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (size < known[i].size || memcmp(at, known[i].text, known[i].size) != 0)
            continue;
        *ret_code = known[i].code;
        return known[i].size;
    }
    return 0;
}

static uint32_t
digit_of(char c, uint32_t base)
{
    uint32_t digit = base;
    if (c >= '0' && c <= '9')
        digit = (uint32_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        digit = (uint32_t)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        digit = (uint32_t)(c - 'A') + 10;
    return digit < base ? digit : NU_NONE;
}

uint32_t
nu_reference(const char *at, uint32_t size, uint32_t *ret_code)
{
    if (size < 4 || at[1] != '#')
        return named_reference(at, size, ret_code);
    uint32_t base = at[2] == 'x' ? 16 : 10;
    uint32_t i = base == 16 ? 3 : 2, code = 0;
    for (; i < size && digit_of(at[i], base) != NU_NONE && code <= 0x10ffff; i++)
        code = code * base + digit_of(at[i], base);
    if (i == size || at[i] != ';' || !nu_is_xml(code))
        return 0;
    *ret_code = code;
    return i + 1;
}

uint32_t
nu_decode(const struct nu_xml *x, uint32_t *at, uint32_t end, enum nu_form form, char ret[4])
{
    uint32_t code = 0, size;
    const char *from = x->text + *at;
    if (*from == '&' && form != NU_PLAIN && (size = nu_reference(from, end - *at, &code)) > 0) {
        *at += size;
        return nu_utf8_put(code, ret);
    }
    size = nu_utf8(from, end - *at, &code);
    size = size > 0 ? size : 1;
    if (code == '\r') {
        code = '\n';
        size = *at + 1 < end && from[1] == '\n' ? 2 : 1;
    }
    if (form == NU_VALUE && (code == '\n' || code == '\t'))
        code = ' ';
    *at += size;
    return nu_utf8_put(code, ret);
}

/* ---- to write ---- */

static const char *
written_as(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

const char *
nu_encode(struct cmk_call *c, const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    char *to = c->base->alloc(c, 6 * (uint64_t)size + 1);
    uint32_t used = 0, step = 0;
    for (uint32_t i = 0; to != NULL && i < size; i += step) {
        uint32_t code = 0;
        step = nu_utf8(text + i, size - i, &code);
        if (!nu_is_xml(code))
            return NULL;
        const char *as = written_as(code), *end = text + i + step;
        for (const char *from = as != NULL ? as : text + i; *from != '\0' && from != end; from++)
            to[used++] = *from;
    }
    return to;
}
