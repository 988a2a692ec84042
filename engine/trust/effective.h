/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/effective.h: the part of the configuration that one decision rests on, as one value.
 *
 * This is what stands in the evidence and what is judged by; judging never looks at a struct
 * cm_trust. Its canonical digest is "the policy's digest".
 *
 *   { "organization": "acme",
 *     "project":  { "slug", "repositories": [ normal forms ], "fold_hosts": [ "host[:port]" ] },
 *     "policy":   { "slug", "systems": [], "refs": [], "tag_branches": [], "submitters": [],
 *                   "optional": [], "waivers": [ { "check","reason","author","until" } ],
 *                   "repository": "public" | "any", "max_age": seconds (0: any) } or null,
 *                 where only the system is verified, "origin": "none" in place of refs,
 *                 tag_branches, repository and max_age
 *     "link":     { "system", "assume": [], "assume_reason" } or null,
 *     "system":   { "slug", "connector" } or null,
 *     "options":  { },      the connector's, put in by plugin/options.h
 *     "artifact": { "slug", "rewriters": [ { "plugin", "options": { } } ], "packages": [],
 *                   "signer": { "plugin", "options": { } } } }
 *
 * `artifact` is there only if an artifact configuration was chosen, and `signer` if it names one;
 * their options are put in likewise. `fold_hosts` are those of the project's repositories that are
 * `case_insensitive`; `until` is a time in text, and ages are seconds, because neither fits the
 * integers of JSON in ns.
 */
#ifndef CM_TRUST_EFFECTIVE_H
#define CM_TRUST_EFFECTIVE_H

#include "base/compiler.h"
#include "trust/model.h"

#include <jansson.h>

/* `policy`, `link` and `system` may be NULL. Owned; NULL without memory. */
json_t *cm_effective(const struct cm_trust *, const struct cm_project *, const struct cm_policy *,
                     const struct cm_link *, const struct cm_system *) CM_MUST;

/* Its member `artifact`. Owned; NULL without memory. */
json_t *cm_effective_artifact(const struct cm_artifact_configuration *) CM_MUST;

#endif
