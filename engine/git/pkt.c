/* SPDX-License-Identifier: Apache-2.0 */
#include "git/pkt.h"

#include <string.h>

#define DIGITS 4u

static bool
digit_of(unsigned char c, size_t *ret)
{
    if (c >= '0' && c <= '9')
        *ret = (size_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *ret = (size_t)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        *ret = (size_t)(c - 'A') + 10;
    else
        return false;
    return true;
}

bool
cm_pkt_size(const unsigned char digits[4], size_t *ret)
{
    size_t size = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        size_t digit = 0;
        if (!digit_of(digits[i], &digit))
            return false;
        size = size * 16 + digit;
    }
    if (size == 3 || size > CM_PKT_MOST)
        return false;
    *ret = size;
    return true;
}

bool
cm_pkt_next(struct cm_cursor *cursor, struct cm_pkt *ret, struct cm_err *err)
{
    if (cm_cursor_left(cursor) == 0 && !cursor->failed) {
        *ret = (struct cm_pkt){.kind = CM_PKT_END};
        return true;
    }
    const unsigned char *digits = cm_cursor_take(cursor, DIGITS);
    size_t size = 0;
    if (!digits || !cm_pkt_size(digits, &size))
        return cm_fail(err, CM_E_MALFORMED, "a packet has no size that can be read");
    if (size < DIGITS) {
        *ret = (struct cm_pkt){.kind = CM_PKT_FLUSH + (enum cm_pkt_kind)size};
        return true;
    }
    const unsigned char *at = cm_cursor_take(cursor, size - DIGITS);
    if (!at)
        return cm_fail(err, CM_E_MALFORMED, "the answer ends inside a packet");
    *ret = (struct cm_pkt){.kind = CM_PKT_DATA, .at = at, .size = size - DIGITS};
    return true;
}

bool
cm_pkt_line(const struct cm_pkt *pkt, const char **ret, size_t *ret_size)
{
    if (pkt->kind != CM_PKT_DATA || memchr(pkt->at, '\0', pkt->size))
        return false;
    bool ended = pkt->size > 0 && pkt->at[pkt->size - 1] == '\n';
    *ret = (const char *)pkt->at;
    *ret_size = pkt->size - (ended ? 1 : 0);
    return true;
}

void
cm_pkt_put(struct cm_buf *to, const char *text)
{
    size_t size = strlen(text) + 1;
    if (size > CM_PKT_DATA_MOST)
        to->failed = true;
    cm_buf_printf(to, "%04zx%s\n", size + DIGITS, text);
}

void
cm_pkt_put_mark(struct cm_buf *to, enum cm_pkt_kind mark)
{
    cm_buf_puts(to, mark == CM_PKT_FLUSH ? "0000" : mark == CM_PKT_DELIM ? "0001" : "0002");
}
