/* SPDX-License-Identifier: Apache-2.0
 *
 * git/pkt_stream.h: packets out of bytes that come in pieces of any size.
 *
 *     struct cm_cursor cursor = cm_cursor(at, size);
 *     while (cm_pkt_stream_next(&stream, &cursor, &pkt, err) && pkt.kind != CM_PKT_END) ...
 */
#ifndef CM_GIT_PKT_STREAM_H
#define CM_GIT_PKT_STREAM_H

#include "git/pkt.h"

struct cm_pkt_stream {
    struct cm_buf held; /* what came of the next packet, its digits included */
    bool given;         /* that packet was whole, and is out */
};

void cm_pkt_stream_begin(struct cm_pkt_stream *stream);
void cm_pkt_stream_done(struct cm_pkt_stream *stream);

/* The next packet, borrowed until the next call; CM_PKT_END when the piece is used up. */
bool cm_pkt_stream_next(struct cm_pkt_stream *stream, struct cm_cursor *piece, struct cm_pkt *ret,
                        struct cm_err *err) CM_MUST;

/* Does what came so far end with a packet? */
bool cm_pkt_stream_is_between(const struct cm_pkt_stream *stream);

#endif
