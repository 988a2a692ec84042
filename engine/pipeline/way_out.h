/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/way_out.h: through which proxy the outside is asked, as one request needs it.
 */
#ifndef CM_PIPELINE_WAY_OUT_H
#define CM_PIPELINE_WAY_OUT_H

#include "base/buf.h"
#include "pipeline/pipeline.h"

struct cm_way_out {
    struct cm_arena *arena;
    const struct cm_proxy *proxy; /* borrowed; NULL: none, and then the rest is empty */
    struct cm_buf password;
    struct cm_words named; /* hosts that the configuration names for this request: those of `hosts`,
                              of the project's repositories and of the URL options of the system,
                              the link and the policy; "host" or "host:port" */
};

/* Reads the proxy's password, and registers it with the log. Ended with cm_way_out_done. */
bool cm_way_out_find(const struct cm_admitted *, struct cm_log *, struct cm_way_out *ret,
                     struct cm_err *err) CM_MUST;
/* The same for one URL of the configuration. */
bool cm_way_out_to(const struct cm_trust *, const char *url, struct cm_log *,
                   struct cm_way_out *ret, struct cm_err *err) CM_MUST;
void cm_way_out_done(struct cm_way_out *);

#endif
