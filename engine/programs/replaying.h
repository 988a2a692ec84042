/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/replaying.h: what a replay has to say beside the verdict.
 */
#ifndef CM_PROGRAMS_REPLAYING_H
#define CM_PROGRAMS_REPLAYING_H

#include "programs/session.h"

#include <jansson.h>

#define CM_MOST_REMARKS 600

struct cm_remarks {
    struct cm_arena *arena;
    const char *at[CM_MOST_REMARKS]; /* ends with NULL */
    size_t count;
};

void cm_remark(struct cm_remarks *, const char *format, ...) CM_PRINTF(2, 3);

/* Engine and plug-in are others than those that recorded. */
bool cm_remark_versions(struct cm_session *, const json_t *evidence, struct cm_remarks *,
                        struct cm_err *err) CM_MUST;
/* Each answer that differs from the recorded one; evidence without recorded answers is fine. */
bool cm_remark_answers(const json_t *evidence, const struct cm_verdict *, struct cm_remarks *,
                       struct cm_err *err) CM_MUST;
/* With --config: is the policy of that name still the same, by its digest? */
bool cm_remark_policy(struct cm_session *, const json_t *evidence, struct cm_remarks *,
                      struct cm_err *err) CM_MUST;
/* With --artifact: is it the evidence's? */
bool cm_remark_artifact(struct cm_session *, const json_t *evidence, const struct cm_verdict *,
                        bool *ret_matches, struct cm_remarks *, struct cm_err *err) CM_MUST;

#endif
