/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/documenting.h: an accepted artifact, documented and delivered.
 */
#ifndef CM_PROGRAMS_DOCUMENTING_H
#define CM_PROGRAMS_DOCUMENTING_H

#include "pipeline/rewrite.h"
#include "programs/session.h"
#include "programs/signing_output.h"

struct cm_documenting {
    const json_t *evidence;
    const struct cm_verdict *verdict;
    const struct cm_rewriters *rewriters;
    int from;           /* the artifact */
    const char *name;   /* of it, if the origin tells none; NULL */
    const char *target; /* the file to be written */
    bool skip_contents;
    bool needs_rewriter; /* an artifact that no rewriter is for is not delivered as it is */
    struct cm_signing_output *signing; /* signs what was made; NULL: nobody does */
};

/* Rewrites, and puts the outcome in the target's place. *ret_documentation (owned, unless that
 * fails before anything is known): what was done, for the report. 0, or the exit status, everything
 * said: 1 refused, 2 another input, 5 not written; then nothing is. */
int cm_document(struct cm_session *, const struct cm_documenting *, json_t **ret_documentation);

#endif
