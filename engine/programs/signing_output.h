/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/signing_output.h: the last step of an artifact that is delivered: its signature.
 */
#ifndef CM_PROGRAMS_SIGNING_OUTPUT_H
#define CM_PROGRAMS_SIGNING_OUTPUT_H

#include "base/fd.h"
#include "pipeline/sign.h"
#include "programs/session.h"

struct cm_signing_output {
    const json_t *evidence;
    const struct cm_verdict *verdict;
    const struct cm_buf *sealed; /* the evidence's file */
    const struct cm_signer *signer;
    int built;          /* the artifact as it was built, where another is signed; -1 */
    const char *target; /* the file to be written */
    json_t *signature;  /* owned: what the report says of it, once it is there */
};

/* Could an artifact of this configuration have to be signed? Before anything is asked. */
bool cm_signing_may_be(const struct cm_session *);

/* Signs what is in the draft, and puts the outcome in the target's place, after the signature if
 * that has a file of its own. 0, or the exit status, everything said; then nothing is written. */
int cm_sign_and_publish(struct cm_session *, struct cm_signing_output *, struct cm_draft *draft);

/* The same of an artifact as it was built. */
int cm_sign_and_write(struct cm_session *, struct cm_signing_output *, int artifact);

#endif
