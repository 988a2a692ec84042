/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence/scrub.h: keep what a list allows; keep the shape of all the rest.
 *
 * A member that is not kept stays by name, with its value replaced by the mark
 *     { "withheld": "string", "empty": false, "count": n }
 * where "withheld" is string, number, boolean, array or object, "empty" is true for "", [] and {},
 * and "count" stands only for arrays and objects. null stays null.
 *
 * Of a text that is kept, who logs in at an address is not: "scheme://user:password@host" becomes
 * "scheme://[withheld]@host". What is masked so counts as withheld.
 */
#ifndef CM_EVIDENCE_SCRUB_H
#define CM_EVIDENCE_SCRUB_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* `keep` ends with NULL. A path of segments joined by dots: a member's name, a pattern of names
 * (trust/pattern.h's '*' and '?'), "[]" behind a name for each element of an array (or as first
 * segment: "[].name"), "**" as last segment for all below. Containers on the way to something kept
 * are kept as containers.
 * Refused as CM_E_MALFORMED: a body that already contains a mark (an object with a member
 * "withheld"); a member whose name is equal to a name of the list at that place but for the case of
 * ASCII letters. A path of the list that is none is CM_E_INTERNAL. *ret_withheld: was anything
 * withheld? *ret is owned. */
bool cm_scrub(const json_t *body, const char *const *keep, json_t **ret, bool *ret_withheld,
              struct cm_err *err) CM_MUST;

/* ---- reading, with the rules for marks ---- */

bool cm_is_withheld(const json_t *value);
/* Was it, or anything below it? */
bool cm_holds_withheld(const json_t *value);

/* Each gives false with an err (class CM_E_UNSUPPORTED, "... was withheld from the evidence") where
 * the rules say that reading fails; *ret is NULL/0 for absent and null. `name` is for the message.
 */
bool cm_read_path(const json_t *value, const char *path, const json_t **ret, struct cm_err *err)
    CM_MUST;
bool cm_read_member(const json_t *value, const char *key, const json_t **ret, struct cm_err *err)
    CM_MUST;
bool cm_read_count(const json_t *value, uint64_t *ret, struct cm_err *err) CM_MUST;
bool cm_read_at(const json_t *value, uint64_t index, const json_t **ret, struct cm_err *err)
    CM_MUST;
bool cm_read_key(const json_t *value, uint64_t index, const char **ret, struct cm_err *err) CM_MUST;

/* Where the last look at an object's member by its index ended: whoever goes through an object in
 * order takes one step for each. Zeroed at first; void once the object changes. */
struct cm_member_walk {
    const json_t *object;
    uint64_t index;
    void *at;
};
bool cm_walk_at(struct cm_member_walk *walk, const json_t *value, uint64_t index,
                const json_t **ret, struct cm_err *err) CM_MUST;
bool cm_walk_key(struct cm_member_walk *walk, const json_t *value, uint64_t index, const char **ret,
                 struct cm_err *err) CM_MUST;

bool cm_read_text(const json_t *value, const char **ret, struct cm_err *err) CM_MUST;
bool cm_read_integer(const json_t *value, int64_t if_absent, int64_t *ret, struct cm_err *err)
    CM_MUST;
bool cm_read_truth(const json_t *value, bool if_absent, bool *ret, struct cm_err *err) CM_MUST;

#endif
