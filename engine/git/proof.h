/* SPDX-License-Identifier: Apache-2.0
 *
 * git/proof.h: commits that were shown to be reachable from tips, each hashed again: pure.
 *
 * A commit counts once its raw object was seen and hashes to a tip, or to an id that a commit which
 * counts already names as its parent. So nobody can slip one in, whoever hands the objects over,
 * and many paths below one set of tips share what was shown of their beginnings.
 */
#ifndef CM_GIT_PROOF_H
#define CM_GIT_PROOF_H

#include "base/err.h"
#include "git/object.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_GIT_PROOF_MOST 10000000u /* commits */

struct cm_git_proof;

/* The tips are borrowed. Owned; NULL without memory. */
struct cm_git_proof *cm_git_proof_new(const char *const *tips, size_t count) CM_MUST;
void cm_git_proof_free(struct cm_git_proof *proof); /* NULL is fine */

/* A path is shown from its beginning (a tip, or a commit that counts) to its end. */
void cm_git_proof_begin(struct cm_git_proof *proof);

/* The next commit of the path; its id is in *ret_id. CM_E_INTERNAL if it does not belong there. */
bool cm_git_proof_step(struct cm_git_proof *proof, const void *at, size_t size,
                       char ret_id[CM_GIT_ID], struct cm_err *err) CM_MUST;

/* Was it shown? */
bool cm_git_proof_holds(const struct cm_git_proof *proof, const char *id);

#endif
