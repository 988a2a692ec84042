/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/mark_inside.h: what the two statements share. Private to signing/mark*.c.
 */
#ifndef CM_SIGNING_MARK_INSIDE_H
#define CM_SIGNING_MARK_INSIDE_H

#include "signing/mark.h"

/* A field of the origin; NULL: it was not stated. Borrowed. */
const char *cm_mark_origin(const struct cm_accepted *accepted, const char *field);

/* VERIFIER/REST. Arena of what was accepted; NULL without memory. */
const char *cm_mark_under(const struct cm_mark *mark, const char *rest);

/* Engine and plug-ins that decided, with their versions. Owned; NULL without memory. */
json_t *cm_mark_versions(const struct cm_accepted *accepted);

#endif
