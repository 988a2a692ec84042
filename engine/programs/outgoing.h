/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/outgoing.h: an artifact on its way out: documented, signed and attested where nobody
 * sees it, and put in the target's place once all of that is granted.
 */
#ifndef CM_PROGRAMS_OUTGOING_H
#define CM_PROGRAMS_OUTGOING_H

#include "base/fd.h"
#include "pipeline/sign.h"

struct cm_outgoing {
    const char *target;     /* the file to be written; borrowed */
    struct cm_draft *draft; /* owned: documented, or as it was built */
    struct cm_signed made;  /* owned: what a signer made of that */
    json_t *documentation;  /* owned: for reports; NULL: nobody documents it */
};
void cm_outgoing_done(struct cm_outgoing *); /* for CM_CLEANUP; begin with {.draft = NULL} */

/* An artifact that nobody documents: as it is. */
bool cm_outgoing_begin(const char *target, int artifact, struct cm_outgoing *ret,
                       struct cm_err *err) CM_MUST;

/* As it will be delivered. Borrowed; -1: nothing will be. */
int cm_outgoing_fd(const struct cm_outgoing *);

/* The signature first, if it has a file of its own: an artifact that is there has one. Once. */
bool cm_outgoing_publish(struct cm_outgoing *, struct cm_err *err) CM_MUST;

#endif
