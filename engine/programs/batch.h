/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/batch.h: verify-vsa --batch: questions on standard input, answers on standard output.
 *
 * A question is one line of JSON, an object of these members and no others:
 *
 *   attestation     the envelope or bundle itself; needed
 *   subject_digest  "sha256:...", or a list of such; needed
 *   verifier_id, resource_uri, verified_level (a text or a list), max_age
 *                   as the options; each is said once, here or on the command line. What is not
 *                   demanded is left out: nothing of these is empty or null
 *   id              a text of at most CM_BATCH_ID_MOST bytes, or a whole number; given back
 *
 * Its answer is one line, {"id", "line", "reason", "result"}; result is "accepted", "rejected" or
 * "malformed", and there is a reason for the latter two. Answers come in the order of the
 * questions, as soon as there is no more input to be had at once. Blank lines are passed over.
 */
#ifndef CM_PROGRAMS_BATCH_H
#define CM_PROGRAMS_BATCH_H

#include "attest/check.h"
#include "programs/session.h"

#define CM_BATCH_ID_MOST 4096

struct cm_batch {
    const struct cm_asked_signers *signers;
    const struct cm_vsa_wanted *wanted; /* what was said on the command line */
};

/* All of standard input, by --jobs threads. 0 if there was a question and all were accepted, 1
 * if not, or another exit status. */
int cm_batch_run(const struct cm_session *, const struct cm_batch *);

/* One question. The answer without id and line: the result; its reason is in err. */
const char *cm_batch_judge(const struct cm_batch *, const json_t *question,
                           const struct cm_dsse_apart *apart, struct cm_err *err);

#endif
