/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/resource.h: what an artifact is called where others look for it: a purl, or another URI.
 *
 * An artifact configuration says how: file_name = "Acme.Widget.{version}.nupkg" tells where in a
 * file's name its version stands, and resource = "pkg:generic/acme/widget@{version}" where to put
 * it.
 */
#ifndef CM_TRUST_RESOURCE_H
#define CM_TRUST_RESOURCE_H

#include "base/err.h"
#include "trust/model.h"

#include <stdbool.h>

/* A pattern of file names, with at most one {version}; a URI, likewise. CM_E_CONFIG. */
bool cm_file_name_check(const char *text, struct cm_err *err) CM_MUST;
bool cm_resource_check(const char *text, struct cm_err *err) CM_MUST;

/* Does it have a place for the version? */
bool cm_has_version(const char *text);

/* The URI of a file of that name. Without a `resource`: "pkg:generic/ORGANIZATION/PROJECT@BUILD",
 * BUILD the origin's (NULL: none), or without the part from @ on. CM_E_DENIED for a file whose name
 * is not the configuration's. `artifact` may be NULL. Arena. */
bool cm_resource_of(const struct cm_artifact_configuration *artifact, const char *organization,
                    const char *project, const char *build, const char *file_name,
                    struct cm_arena *arena, const char **ret, struct cm_err *err) CM_MUST;

#endif
