/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/members.h: members of objects that strangers wrote and other tools read, too.
 *
 * `where` is for messages: "widget.vsa: the predicate". What is absent, null or empty text is the
 * same, as in-toto has it; a wrong type is CM_E_MALFORMED, whether anybody asks for it or not.
 */
#ifndef CM_ATTEST_MEMBERS_H
#define CM_ATTEST_MEMBERS_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

/* Is it an object, and does none of its members merely look like one of `known` (NULL at the end)?
 * Go's reader takes "verificationresult" and "verificationRe\u017fult" for "verificationResult":
 * what another tool would read there must not be what we have not seen. Unknown names are fine. */
bool cm_members_check(const json_t *object, const char *const *known, const char *where,
                      struct cm_err *err) CM_MUST;

/* Borrowed; NULL if there is none. */
bool cm_member_text(const json_t *object, const char *key, const char *where, const char **ret,
                    struct cm_err *err) CM_MUST;
bool cm_member_object(const json_t *object, const char *key, const char *where, const json_t **ret,
                      struct cm_err *err) CM_MUST;
bool cm_member_array(const json_t *object, const char *key, const char *where, const json_t **ret,
                     struct cm_err *err) CM_MUST;

/* The same, and CM_E_MALFORMED if there is none: an empty list or object is one. */
bool cm_member_text_needed(const json_t *object, const char *key, const char *where,
                           const char **ret, struct cm_err *err) CM_MUST;
bool cm_member_object_needed(const json_t *object, const char *key, const char *where,
                             const json_t **ret, struct cm_err *err) CM_MUST;
bool cm_member_array_needed(const json_t *object, const char *key, const char *where,
                            const json_t **ret, struct cm_err *err) CM_MUST;

#endif
