/* SPDX-License-Identifier: Apache-2.0
 *
 * git/pkt.h: the pkt-line framing of git's protocol: four hexadecimal digits, then so many bytes
 * (the digits included); 0000, 0001 and 0002 are marks without content.
 */
#ifndef CM_GIT_PKT_H
#define CM_GIT_PKT_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_PKT_MOST      65520u /* bytes of one packet, its digits included */
#define CM_PKT_DATA_MOST (CM_PKT_MOST - 4u)

enum cm_pkt_kind {
    CM_PKT_DATA,
    CM_PKT_FLUSH,        /* 0000 */
    CM_PKT_DELIM,        /* 0001 */
    CM_PKT_RESPONSE_END, /* 0002 */
    CM_PKT_END,          /* the bytes end here */
};

struct cm_pkt {
    enum cm_pkt_kind kind;
    const unsigned char *at; /* borrowed; NULL unless CM_PKT_DATA */
    size_t size;
};

/* The size of a packet by its four digits (marks: 0, 1, 2); false if they are none, or say 3 or
 * more than CM_PKT_MOST. */
bool cm_pkt_size(const unsigned char digits[4], size_t *ret) CM_MUST;

/* The next packet of bytes that are all there; CM_PKT_END behind the last. */
bool cm_pkt_next(struct cm_cursor *cursor, struct cm_pkt *ret, struct cm_err *err) CM_MUST;

/* The packet's text without one line feed at its end; false if it holds a NUL or is no data. */
bool cm_pkt_line(const struct cm_pkt *pkt, const char **ret, size_t *ret_size) CM_MUST;

/* ---- writing; whatever does not fit sets to->failed ---- */
void cm_pkt_put(struct cm_buf *to, const char *text); /* adds the line feed */
void cm_pkt_put_mark(struct cm_buf *to, enum cm_pkt_kind mark);

#endif
