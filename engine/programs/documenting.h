/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/documenting.h: an accepted artifact, documented.
 */
#ifndef CM_PROGRAMS_DOCUMENTING_H
#define CM_PROGRAMS_DOCUMENTING_H

#include "pipeline/rewrite.h"
#include "programs/outgoing.h"
#include "programs/session.h"

struct cm_documenting {
    const json_t *evidence;
    const struct cm_verdict *verdict;
    const struct cm_rewriters *rewriters;
    int from;           /* the artifact */
    const char *name;   /* of it, if the origin tells none; NULL */
    const char *target; /* the file to be written */
    bool skip_contents;
    bool needs_rewriter; /* an artifact that no rewriter is for is not delivered as it is */
};

/* Rewrites; what came of it is to be published by the caller. 0, or the exit status, everything
 * said: 1 refused, 2 another input, 5 not written; then there is nothing to publish, but maybe a
 * documentation for the report. */
int cm_document(struct cm_session *, const struct cm_documenting *, struct cm_outgoing *ret);

/* Says that there was no room for it, or no way to its place. CM_EXIT_OUTPUT. */
int cm_not_documented(const struct cm_session *, struct cm_err *err);

#endif
