/* SPDX-License-Identifier: Apache-2.0
 *
 * store/decision.h: what was decided once is not decided again.
 *
 * STATE/decisions/NAME.json, one file each, there whole or not at all. Of several who decide the
 * same at once, one is the first; the others are given what the first one decided.
 */
#ifndef CM_STORE_DECISION_H
#define CM_STORE_DECISION_H

#include "base/compiler.h"
#include "base/digest.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

#define CM_DECISION_FORMAT "countermark-decision/1"
#define CM_DECISION_MOST   ((size_t)4 << 20) /* bytes of one file */

/* What makes two decisions one: { "organization", "system", "build", "job", "artifact" (SHA-256),
 * "policy" (digest of all that is effective), "engine" (SHA-256), "plugins": [ SHA-256 ] }.
 * `artifact` is the verdict's, see cm_verdict_artifact(); `build` and `job` are the origin's; NULL:
 * it states none. CM_E_MALFORMED if the evidence lacks one of the others, or is about no artifact
 * or several. Owned. */
bool cm_decision_key(const json_t *evidence, const char *artifact, const char *build,
                     const char *job, json_t **ret, struct cm_err *err) CM_MUST;

/* The file's name without its ending: SHA-256 of the key's canonical form. */
bool cm_decision_name(const json_t *key, char ret[CM_SHA256_HEX]) CM_MUST;

/* The decision that was kept; true and *ret NULL if there is none. A file that others could have
 * written is CM_E_DENIED, one of another form or another key CM_E_MALFORMED. Owned. */
bool cm_decision_find(const char *state, const json_t *key, json_t **ret, struct cm_err *err)
    CM_MUST;

/* Keeps { "format", "key", "decided": decided } unless one is there already. *ret_first: the
 * `decided` of the one that is there now; owned. *ret_ours: is that this one? Of several at once,
 * even if they decide the same to the letter, it is for one alone. */
bool cm_decision_keep(const char *state, const json_t *key, const json_t *decided,
                      json_t **ret_first, bool *ret_ours, struct cm_err *err) CM_MUST;

#endif
