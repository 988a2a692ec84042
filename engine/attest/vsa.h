/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/vsa.h: SLSA verification summaries (VSA) v1: what a verifier says that it has verified.
 */
#ifndef CM_ATTEST_VSA_H
#define CM_ATTEST_VSA_H

#include "attest/statement.h"

#include <stdint.h>

#define CM_VSA_TYPE    "https://slsa.dev/verification_summary/v1"
#define CM_MOST_LEVELS 64

/* Borrowed from the statement. */
struct cm_vsa {
    const char *verifier_id;
    int64_t time_verified; /* ns since 1970; CM_NO_TIME: it does not say */
    const char *resource_uri;
    const char *policy_uri; /* NULL: it does not say */
    const char *result;
    const json_t *levels; /* texts, at most CM_MOST_LEVELS; not empty where the result is PASSED */
};

/* CM_E_DENIED if the statement says something else than a VSA; CM_E_MALFORMED if it is none of
 * that form, or contradicts itself: two levels of one track, PASSED with the level FAILED. */
bool cm_vsa_read(const struct cm_statement *statement, const char *where, struct cm_vsa *ret,
                 struct cm_err *err) CM_MUST;

/* What somebody wants to be told. */
struct cm_vsa_wanted {
    const char *verifier_id;
    const char *resource_uri;
    const char *levels[CM_MOST_LEVELS]; /* each has to be there; of SLSA_<TRACK>_LEVEL_<N>, one of
                                           that track that is not lower */
    size_t level_count;
    int64_t max_age; /* ns; 0: any */
    int64_t now;
};

/* May it be asked for? CM_E_NOT_FOUND: nobody says that (SLSA_..._LEVEL_UNEVALUATED, FAILED). */
bool cm_vsa_level_check(const char *level, struct cm_err *err) CM_MUST;

/* Does it say that? CM_E_DENIED with what it does not say. Its subjects are the caller's to
 * compare. */
bool cm_vsa_satisfies(const struct cm_vsa *vsa, const struct cm_vsa_wanted *wanted,
                      const char *where, struct cm_err *err) CM_MUST;

#endif
