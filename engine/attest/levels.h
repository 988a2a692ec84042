/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/levels.h: names of SLSA levels, SLSA_<TRACK>_LEVEL_<N>, and who may claim which.
 */
#ifndef CM_ATTEST_LEVELS_H
#define CM_ATTEST_LEVELS_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_UNEVALUATED (-1)

struct cm_level_name {
    const char *track; /* borrowed, not ended by a NUL */
    size_t track_size;
    int number; /* CM_UNEVALUATED: SLSA_<TRACK>_LEVEL_UNEVALUATED */
};

/* False: the text is none of these names. A number has no leading zero and at most three digits. */
bool cm_level_parse(const char *text, struct cm_level_name *ret) CM_MUST;
bool cm_level_same_track(const struct cm_level_name *a, const struct cm_level_name *b);

/* The operator's word on how far a builder is trusted: by the key that its statements are signed
 * with, and its id. */
struct cm_root_of_trust {
    const char *key_id; /* "sha256:..." */
    const char *builder_id;
    int build_level; /* 0 to 3 */
};

/* The level that may be said of a build: what the builder claims, and never more than the operator
 * says of it, the lowest if that is said twice; 1 of a builder that the operator does not name.
 * Never below 0. */
int cm_level_of(const struct cm_root_of_trust *roots, size_t count, const char *key_id,
                const char *builder_id, int claimed);

#endif
