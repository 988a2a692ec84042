/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/evidence_file.h: evidence from a file, who vouches for it, and what follows from it.
 */
#ifndef CM_PROGRAMS_EVIDENCE_FILE_H
#define CM_PROGRAMS_EVIDENCE_FILE_H

#include "evidence/seal.h"
#include "programs/session.h"

#define CM_KEYS_MOST 16

struct cm_keys {
    struct cm_key *at[CM_KEYS_MOST]; /* owned */
    size_t count;
};
void cm_keys_done(struct cm_keys *); /* for CM_CLEANUP; begin with {0} */

/* Those of --evidence-key. */
bool cm_keys_said(const struct cm_session *, struct cm_keys *ret, struct cm_err *err) CM_MUST;

void cm_opened_done(struct cm_opened *); /* for CM_CLEANUP; begin with {0} */

/* Reads and opens it with these keys; evidence that could be read has the form of one. 0, or the
 * exit status, everything said: a broken seal is one. */
int cm_evidence_open(const struct cm_session *, const char *path, const struct cm_keys *,
                     struct cm_opened *ret);

/* The verdict that follows from it now. A plug-in that is not there is CM_E_CONFIG: no fault of the
 * file's. */
bool cm_evidence_judge(struct cm_session *, const struct cm_opened *, struct cm_arena *,
                       struct cm_verdict *ret, struct cm_err *err) CM_MUST;

/* "sealed by KEY", "unsealed", ... Arena, or static. */
const char *cm_seal_text(struct cm_arena *, const struct cm_opened *);

#endif
