/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8, and writing text so that it can be shown.
 */
#include "base/text.h"

#include <string.h>

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

bool
cm_is_control(uint32_t code)
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
    escape_some(to, text, size, cm_is_control, put_escape);
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
