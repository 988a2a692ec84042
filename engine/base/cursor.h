/* SPDX-License-Identifier: Apache-2.0
 *
 * base/cursor.h: the one way in which parsers of foreign bytes read.
 *
 * A cursor never reads past its end: when something is missing, `failed` is set, numbers are 0 and
 * pieces are NULL, and it stays so. So a parser reads in straight lines and looks once.
 */
#ifndef CM_BASE_CURSOR_H
#define CM_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_cursor {
    const unsigned char *at; /* the next byte; borrowed */
    const unsigned char *end;
    bool failed;
};

struct cm_cursor cm_cursor(const void *at, size_t size);
size_t cm_cursor_left(const struct cm_cursor *cursor);

/* The next `size` bytes, borrowed; NULL if there are not so many. */
const unsigned char *cm_cursor_take(struct cm_cursor *cursor, size_t size);

/* The bytes up to the next `mark`, which is skipped; NULL if there is none. Size in *ret_size. */
const unsigned char *cm_cursor_until(struct cm_cursor *cursor, char mark, size_t *ret_size);

/* Skips `text` if it comes next and says so. */
bool cm_cursor_skip(struct cm_cursor *cursor, const char *text);

uint8_t cm_cursor_u8(struct cm_cursor *cursor);
uint16_t cm_cursor_le16(struct cm_cursor *cursor);
uint32_t cm_cursor_le32(struct cm_cursor *cursor);
uint64_t cm_cursor_le64(struct cm_cursor *cursor);

#endif
