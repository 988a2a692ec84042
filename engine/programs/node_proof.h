/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/node_proof.h: --node-proof, what a build node signed to show that it delivers this.
 */
#ifndef CM_PROGRAMS_NODE_PROOF_H
#define CM_PROGRAMS_NODE_PROOF_H

#include "programs/session.h"

#define CM_NODE_PROOF_MOST ((size_t)64 << 10) /* bytes of the file */

struct cm_node_proof {
    struct cm_buf jws, challenge; /* as they came, the challenge as what was signed */
    json_t *chain;                /* owned; base64 of DER; NULL: no proof was given */
};
void cm_node_proof_done(struct cm_node_proof *); /* for CM_CLEANUP; begin with {0} */

/* A file that programs hand around, "-": standard input; one end of a line behind it is not its
 * own. `to` has its maximum. */
bool cm_node_read(const char *path, struct cm_buf *to, struct cm_err *err) CM_MUST;

/* Reads it, if one is said and the connector judges who delivers; nothing of it is verified. 0, or
 * the exit status (everything was said). */
int cm_node_proof_read(const struct cm_session *, const struct cm_admitted *,
                       struct cm_node_proof *ret);

/* Uses up its challenge, and says what is known then; or why nothing is. */
bool cm_node_proof_use(const struct cm_session *, const struct cm_node_proof *,
                       struct cm_delivery *ret, struct cm_err *err) CM_MUST;

#endif
