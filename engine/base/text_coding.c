/* SPDX-License-Identifier: Apache-2.0
 *
 * Hexadecimal and base64.
 */
#include "base/text.h"

#include <string.h>

void
cm_hex(const void *at, size_t size, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = at;
    for (size_t i = 0; i < size; i++) {
        *ret++ = digits[bytes[i] >> 4];
        *ret++ = digits[bytes[i] & 15];
    }
    *ret = '\0';
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
cm_unhex(const char *text, size_t text_size, void *ret)
{
    if (text_size % 2 != 0)
        return false;
    for (size_t i = 0; i < text_size; i++)
        if (hex_value(text[i]) < 0)
            return false;
    unsigned char *to = ret;
    for (size_t i = 0; i < text_size; i += 2)
        *to++ = (unsigned char)(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
    return true;
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void
encode(struct cm_buf *to, const void *at, size_t size, const char *letters)
{
    const unsigned char *bytes = at;
    char *text = size / 3 < SIZE_MAX / 4 - 1 ? cm_buf_extend(to, (size + 2) / 3 * 4) : NULL;
    if (!text) {
        to->failed = true;
        return;
    }
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        bits |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= left > 2 ? bytes[i + 2] : 0;
        *text++ = letters[bits >> 18];
        *text++ = letters[bits >> 12 & 63];
        *text++ = left > 1 ? letters[bits >> 6 & 63] : '=';
        *text++ = left > 2 ? letters[bits & 63] : '=';
    }
}

void
cm_base64(struct cm_buf *to, const void *at, size_t size)
{
    encode(to, at, size, LETTERS "+/");
}

void
cm_base64url(struct cm_buf *to, const void *at, size_t size)
{
    size_t before = to->size;
    encode(to, at, size, LETTERS "-_");
    while (to->size > before && to->at[to->size - 1] == '=')
        cm_buf_cut(to, to->size - 1);
}

static int
base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Letters only but for `pad` of '=' at the end, and no bit set that decoding would drop. */
static bool
is_base64(const char *text, size_t size, size_t pad)
{
    for (size_t i = 0; i < size - pad; i++)
        if (base64_value(text[i]) < 0)
            return false;
    if (pad == 0)
        return true;
    int dropped = pad == 2 ? 15 : 3;
    return (base64_value(text[size - pad - 1]) & dropped) == 0;
}

static size_t
padding(const char *text, size_t size)
{
    if (size == 0 || text[size - 1] != '=')
        return 0;
    return text[size - 2] == '=' ? 2 : 1;
}

bool
cm_unbase64(const char *text, size_t text_size, struct cm_buf *to)
{
    if (text_size % 4 != 0)
        return false;
    size_t pad = padding(text, text_size);
    if (!is_base64(text, text_size, pad))
        return false;
    size_t size = text_size / 4 * 3 - pad;
    char *bytes = cm_buf_extend(to, size);
    if (!bytes)
        return false;
    uint32_t bits = 0;
    for (size_t i = 0; i < text_size - pad; i++) {
        bits = bits << 6 | (uint32_t)base64_value(text[i]);
        if (i % 4 > 0)
            *bytes++ = (char)(unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return true;
}

/* As the other alphabet, with what was left off: one way to decode, and so one way to be strict. */
bool
cm_unbase64url(const char *text, size_t text_size, struct cm_buf *to)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf plain = CM_BUF_INIT(SIZE_MAX / 2);
    plain.secret = to->secret;
    cm_buf_add(&plain, text, text_size);
    for (size_t i = 0; i < plain.size; i++) {
        char c = plain.at[i];
        if (c == '+' || c == '/' || c == '=')
            return false;
        plain.at[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    for (size_t i = text_size; i % 4 != 0; i++)
        cm_buf_putc(&plain, '=');
    return !plain.failed && cm_unbase64(cm_buf_text(&plain), plain.size, to);
}
