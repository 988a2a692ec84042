/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/asking.h: a question to the process with the keys, about one request.
 */
#ifndef CM_PROGRAMS_ASKING_H
#define CM_PROGRAMS_ASKING_H

#include "programs/session.h"
#include "signing/ask.h"

/* The policy that the request of an evidence names; NULL: the configuration has none. Borrowed. */
const struct cm_policy *cm_asking_policy(const struct cm_session *, const json_t *request);

struct cm_asking {
    struct cm_ask ask; /* but for artifact and built */
    int evidence;      /* owned */
};
void cm_asking_done(struct cm_asking *); /* for CM_CLEANUP; begin with {.evidence = -1} */

/* `sealed`: the evidence file. All that is borrowed lives longer than the question. */
bool cm_asking_begin(const struct cm_session *, const json_t *request, const struct cm_buf *sealed,
                     const char *key, struct cm_asking *ret, struct cm_err *err) CM_MUST;

#endif
