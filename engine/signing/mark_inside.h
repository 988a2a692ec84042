/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/mark_inside.h: what the two statements share. Private to signing/mark*.c.
 */
#ifndef CM_SIGNING_MARK_INSIDE_H
#define CM_SIGNING_MARK_INSIDE_H

#include "attest/write.h"
#include "signing/mark.h"

/* A field of the origin; NULL: it was not stated. Borrowed. */
const char *cm_mark_origin(const struct cm_accepted *accepted, const char *field);

/* VERIFIER/REST. Arena of what was accepted; NULL without memory. */
const char *cm_mark_under(const struct cm_mark *mark, const char *rest);

/* Engine and plug-ins that decided, with their versions. Owned; NULL without memory. */
json_t *cm_mark_versions(const struct cm_accepted *accepted);

/* The submodules of the commit that was built, as the evidence has them: mark_submodules.c. In the
 * arena of what was accepted. Not known, and then none: where they were not asked for, could not be
 * had, or stand there in a form that is not ours, or of another commit. CM_E_LIMIT without memory.
 */
struct cm_mark_submodules {
    bool known;
    struct cm_resource *at; /* each with name (its path), uri and gitCommit */
    size_t count;
};
bool cm_mark_submodules(const struct cm_accepted *accepted, struct cm_mark_submodules *ret,
                        struct cm_err *err) CM_MUST;

#endif
