/* SPDX-License-Identifier: Apache-2.0
 *
 * codec_near.h: what the files of the plug-in's end share.
 */
#ifndef CODEC_NEAR_H
#define CODEC_NEAR_H

#include "codec.h"
#include "plugin/call.h"
#include "wire.h"

struct near {
    struct cm_call call; /* first: &call.face is what the plug-in holds */
    struct cm_plugin_host host;
    struct heap heap; /* texts that have come; gone with the call */
    bool told;        /* the other end knows that the call has failed */
};

/* A message that asks for a service; then what is put behind it is carried, and the answer comes.
 */
struct wire near_ask(enum codec_service what);
void near_done(struct cmk_call *, struct wire *asked);
int64_t near_number(struct cmk_call *, struct wire *asked);
const char *near_text(struct cmk_call *, struct wire *asked);
struct cmk_bytes near_bytes(struct cmk_call *, struct wire *asked);
const struct cmk_value *near_value(struct cmk_call *, struct wire *asked);
struct cmk_exchange *near_exchange(struct cmk_call *, struct wire *asked);
void near_put_exchange(struct wire *, const struct cmk_exchange *);

/* ---- codec_near_more.c ---- */

/* The table of an optional interface; NULL: there are no messages for it. */
const void *near_interface(const char *name);

/* ---- codec_near_work.c ---- */

/* Reads what goes with a call about an artifact, and runs the rewriter's hook; `archive` is where
 * what the plug-in takes for it points to. */
struct near_work {
    const char *name;
    bool has_archive;
    const struct cmk_value *origin, *attachments;
};
void near_get_work(struct near *, struct wire *call, struct near_work *ret);
int32_t near_run_work(const struct cmk_rewriter *, enum codec_hook hook, struct near *,
                      const struct near_work *);

#endif
