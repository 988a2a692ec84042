/* SPDX-License-Identifier: Apache-2.0
 *
 * codec_far.h: what the files of the engine's end share.
 */
#ifndef CODEC_FAR_H
#define CODEC_FAR_H

#include "codec.h"
#include "wire.h"

int64_t far_handle_of(struct cmk_exchange *);
struct cmk_exchange *far_exchange_of(int64_t handle);
void far_put_value(struct wire *, const struct cmk_value *);
struct cmk_bytes far_get_bytes(struct wire *, struct heap *);

/* ---- codec_far_more.c ---- */

/* A service of an optional interface, which the host is asked for anew. */
void far_serve_more(struct cmk_call *, enum codec_service what, struct wire *w, struct heap *h,
                    struct wire *to);

#endif
