/* SPDX-License-Identifier: Apache-2.0
 *
 * net/find.h: every place where a text stands in a stream, without keeping the stream.
 */
#ifndef CM_NET_FIND_H
#define CM_NET_FIND_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/outside.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_FIND_MOST       1024 /* bytes of the text that is looked for */
#define CM_FIND_AFTER_MOST 4096 /* bytes kept behind it */
#define CM_FIND_MATCHES    1000

struct cm_finder {
    struct cm_arena *arena; /* borrowed; matches live in it */
    const char *text;       /* borrowed */
    size_t size, after;
    struct cm_buf window;     /* the end of what came: what may still become part of a match */
    uint64_t offset;          /* of the window in the stream */
    size_t from;              /* where in the window to look on */
    struct cm_match *matches; /* arena */
    size_t count, room;
};

/* `text` is not empty; it and `after` keep to the bounds above. Ended with cm_finder_done. */
void cm_finder_begin(struct cm_finder *finder, struct cm_arena *arena, const char *text,
                     size_t after);
void cm_finder_done(struct cm_finder *finder);

/* More of the stream. Places may overlap. More than CM_FIND_MATCHES are CM_E_LIMIT. */
bool cm_finder_add(struct cm_finder *finder, const void *at, size_t size, struct cm_err *err)
    CM_MUST;
/* The stream is over: matches near its end have less behind them. */
bool cm_finder_end(struct cm_finder *finder, struct cm_err *err) CM_MUST;

#endif
