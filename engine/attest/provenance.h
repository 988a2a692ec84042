/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/provenance.h: SLSA provenance v1: what a builder says of a build.
 */
#ifndef CM_ATTEST_PROVENANCE_H
#define CM_ATTEST_PROVENANCE_H

#include "attest/statement.h"

#define CM_PROVENANCE_TYPE   "https://slsa.dev/provenance/v1"
#define CM_MOST_DEPENDENCIES 4096

/* Borrowed from the statement. */
struct cm_provenance_read {
    const char *build_type;
    const char *builder_id;
    const json_t *external;     /* parameters: objects */
    const json_t *dependencies; /* NULL: none */
};

/* CM_E_DENIED if the statement says something else than provenance v1, CM_E_MALFORMED if it is not
 * of that form. */
bool cm_provenance_of(const struct cm_statement *statement, const char *where,
                      struct cm_provenance_read *ret, struct cm_err *err) CM_MUST;

/* NULL: whatever it is. A ref is whole: refs/heads/..., refs/tags/...; so that a branch is never
 * taken for a tag. A source is github.com/owner/name, https://..., or git+https://.... */
struct cm_provenance_wanted {
    const char *source;
    const char *ref;
    const char *builder_id;
};

/* May such a source be asked for? CM_E_NOT_FOUND. */
bool cm_source_check(const char *source, struct cm_err *err) CM_MUST;

/* Does it say that? CM_E_DENIED with what it says instead.
 *
 * Where the source stands is a matter of the build type; known are `repository` and `ref`, the same
 * in `workflow`, and `source` (uri "git+https://...@ref") among the external parameters. All that
 * are there have to agree, one at least is there, and the repository is among the resolved
 * dependencies by a gitCommit. */
bool cm_provenance_satisfies(const struct cm_provenance_read *provenance,
                             const struct cm_provenance_wanted *wanted, const char *where,
                             struct cm_err *err) CM_MUST;

#endif
