/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include <string.h>

struct cm_cursor
cm_cursor(const void *at, size_t size)
{
    const unsigned char *bytes = at ? at : (const unsigned char *)"";
    return (struct cm_cursor){.at = bytes, .end = at ? bytes + size : bytes};
}

size_t
cm_cursor_left(const struct cm_cursor *cursor)
{
    return cursor->failed ? 0 : (size_t)(cursor->end - cursor->at);
}

const unsigned char *
cm_cursor_take(struct cm_cursor *cursor, size_t size)
{
    if (cursor->failed || size > cm_cursor_left(cursor)) {
        cursor->failed = true;
        return NULL;
    }
    const unsigned char *at = cursor->at;
    cursor->at += size;
    return at;
}

const unsigned char *
cm_cursor_until(struct cm_cursor *cursor, char mark, size_t *ret_size)
{
    const unsigned char *found =
        cursor->failed ? NULL : memchr(cursor->at, (unsigned char)mark, cm_cursor_left(cursor));
    if (!found) {
        cursor->failed = true;
        return NULL;
    }
    const unsigned char *at = cursor->at;
    cursor->at = found + 1;
    *ret_size = (size_t)(found - at);
    return at;
}

bool
cm_cursor_skip(struct cm_cursor *cursor, const char *text)
{
    size_t size = strlen(text);
    if (cursor->failed || size > cm_cursor_left(cursor) || memcmp(cursor->at, text, size) != 0)
        return false;
    cursor->at += size;
    return true;
}

/* The next `size` (at most 8) bytes as a little-endian number. */
static uint64_t
little_endian(struct cm_cursor *cursor, unsigned size)
{
    const unsigned char *at = cm_cursor_take(cursor, size);
    uint64_t value = 0;
    for (unsigned i = 0; at && i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

uint8_t
cm_cursor_u8(struct cm_cursor *cursor)
{
    return (uint8_t)little_endian(cursor, 1);
}

uint16_t
cm_cursor_le16(struct cm_cursor *cursor)
{
    return (uint16_t)little_endian(cursor, 2);
}

uint32_t
cm_cursor_le32(struct cm_cursor *cursor)
{
    return (uint32_t)little_endian(cursor, 4);
}

uint64_t
cm_cursor_le64(struct cm_cursor *cursor)
{
    return little_endian(cursor, 8);
}
