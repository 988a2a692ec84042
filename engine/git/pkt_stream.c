/* SPDX-License-Identifier: Apache-2.0 */
#include "git/pkt_stream.h"

#include <string.h>

#define DIGITS 4u

void
cm_pkt_stream_begin(struct cm_pkt_stream *stream)
{
    *stream = (struct cm_pkt_stream){.held = CM_BUF_INIT(CM_PKT_MOST)};
}

void
cm_pkt_stream_done(struct cm_pkt_stream *stream)
{
    cm_buf_done(&stream->held);
}

/* How many bytes must be held for the next step: its digits, then what they say. */
static bool
needs(const struct cm_buf *held, size_t *ret, struct cm_err *err)
{
    *ret = DIGITS;
    if (held->size < DIGITS)
        return true;
    unsigned char digits[DIGITS];
    memcpy(digits, held->at, DIGITS);
    size_t size = 0;
    if (!cm_pkt_size(digits, &size))
        return cm_fail(err, CM_E_MALFORMED, "a packet has no size that can be read");
    if (size > DIGITS)
        *ret = size;
    return true;
}

bool
cm_pkt_stream_next(struct cm_pkt_stream *stream, struct cm_cursor *piece, struct cm_pkt *ret,
                   struct cm_err *err)
{
    if (stream->given)
        cm_buf_clear(&stream->held);
    stream->given = false;
    for (;;) {
        size_t need = 0, left = cm_cursor_left(piece);
        if (!needs(&stream->held, &need, err))
            return false;
        if (need == stream->held.size)
            break;
        if (left == 0) {
            *ret = (struct cm_pkt){.kind = CM_PKT_END};
            return true;
        }
        need -= stream->held.size;
        cm_buf_add(&stream->held, cm_cursor_take(piece, need < left ? need : left),
                   need < left ? need : left);
        if (stream->held.failed)
            return cm_fail(err, CM_E_LIMIT, "no memory for a packet");
    }
    stream->given = true;
    struct cm_cursor whole = cm_cursor(stream->held.at, stream->held.size);
    return cm_pkt_next(&whole, ret, err);
}

bool
cm_pkt_stream_is_between(const struct cm_pkt_stream *stream)
{
    return stream->given || stream->held.size == 0;
}
