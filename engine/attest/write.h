/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/write.h: statements of ours: structs in, canonical JSON out. Pure: no clock, no file, no
 * key.
 *
 * What is missing and has to be there is CM_E_MALFORMED; optional texts are NULL, optional times
 * CM_NO_TIME, optional objects NULL. What is written is read again by the strict readers before it
 * is given out. Everything handed in is borrowed.
 */
#ifndef CM_ATTEST_WRITE_H
#define CM_ATTEST_WRITE_H

#include "attest/levels.h"
#include "attest/statement.h"

#include <stdint.h>

/* A file, or what else a digest can name. */
struct cm_resource {
    const char *name;
    const char *uri;
    const char *media_type; /* never of a subject */
    const struct cm_known_digest *digests;
    size_t digest_count;
};

struct cm_resources {
    const struct cm_resource *at;
    size_t count;
};

struct cm_provenance {
    struct cm_resources subjects; /* each with a digest */
    const char *build_type;
    const json_t *external; /* an object: all that the tenant controls, and only that */
    const json_t *internal;
    struct cm_resources dependencies; /* each with a uri or a digest */
    const char *builder_id;
    const json_t *builder_version; /* name to version, of the builder's parts */
    const char *invocation_id;
    int64_t started, finished;
    struct cm_resources byproducts;
};

bool cm_provenance_write(const struct cm_provenance *provenance, struct cm_buf *to,
                         struct cm_err *err) CM_MUST;

struct cm_summary {
    struct cm_resources subjects;
    const char *verifier_id;
    const json_t *verifier_version; /* name to version, of the verifier's parts */
    int64_t time_verified;          /* needed; written in whole seconds */
    const char *resource_uri;
    struct cm_resource policy;  /* with a uri */
    struct cm_resources inputs; /* all attestations that it rests on, each with a digest */
    bool passed;
    /* The build level: what the builder claims, and never more than the operator's word on that
     * key and builder (cm_level_of()). A level of the source is never said: it is not ours to give.
     */
    const char *builder_key_id, *builder_id;
    int claimed_level;
    const struct cm_root_of_trust *roots;
    size_t root_count;
    /* What else was seen to hold: capitals, digits and '_', not beginning with SLSA_. */
    const char *const *properties;
    size_t property_count;
};

/* Of a verdict that was not accepted `verifiedLevels` is FAILED alone. */
bool cm_summary_write(const struct cm_summary *summary, struct cm_buf *to, struct cm_err *err)
    CM_MUST;

#endif
