/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/signing_output.h: the last step of an artifact that is delivered: its signature.
 */
#ifndef CM_PROGRAMS_SIGNING_OUTPUT_H
#define CM_PROGRAMS_SIGNING_OUTPUT_H

#include "programs/outgoing.h"
#include "programs/session.h"

struct cm_signing_output {
    const json_t *evidence;
    const struct cm_verdict *verdict;
    const struct cm_buf *sealed; /* the evidence's file */
    const struct cm_signer *signer;
    int built; /* the artifact as it was built, where another is signed; -1 */
};

/* Could an artifact of this configuration have to be signed? Before anything is asked. */
bool cm_signing_may_be(const struct cm_session *);

/* Signs what is on its way out. 0, or the exit status, everything said. */
int cm_sign_outgoing(struct cm_session *, const struct cm_signing_output *, struct cm_outgoing *);

#endif
