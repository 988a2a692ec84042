/* SPDX-License-Identifier: Apache-2.0
 *
 * base/json.h: strict reading and canonical writing of JSON; the tree itself is jansson's.
 *
 * What the house adds: no duplicate members (also after unescaping), no two members of one object
 * that differ only in the case of ASCII letters, depth at most 64, valid UTF-8 without NUL, no lone
 * surrogate, nothing behind the value, integers within +-(2^53 - 1), finite numbers. A real number
 * whose canonical form would be an integer beyond that (1e20) is refused like the integer, so what
 * was read can always be written and read again. Readers of JSON, whoever wrote it, come through
 * here.
 */
#ifndef CM_BASE_JSON_H
#define CM_BASE_JSON_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/digest.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CM_JSON_DEPTH    64
#define CM_JSON_SAFE_INT INT64_C(9007199254740991) /* 2^53 - 1 */

void cm_json_done(json_t **json); /* json_decref; for CM_CLEANUP */

/* Reads one value. CM_E_MALFORMED or CM_E_LIMIT with line, column and what is wrong. `name` is for
 * the message. Owned by the caller. */
bool cm_json_parse(const void *at, size_t size, const char *name, json_t **ret, struct cm_err *err)
    CM_MUST;

/* RFC 8785: members in the order of their UTF-16 code units, ES6 numbers, shortest escapes, no
 * white space. Appends to `to`. False, and `to` failed, if it does not fit or the value could not
 * be read again: deeper than CM_JSON_DEPTH, or an integer beyond CM_JSON_SAFE_INT. */
bool cm_json_canonical(const json_t *json, struct cm_buf *to) CM_MUST;

/* Indented by 2, members in the order they have, no line feed at the end; for people and reports.
 */
bool cm_json_pretty(const json_t *json, struct cm_buf *to) CM_MUST;

/* SHA-256 of the canonical form. */
bool cm_json_sha256(const json_t *json, char ret_hex[CM_SHA256_HEX]) CM_MUST;

/* Readers: absent, null and NULL give NULL (or `otherwise`); so does a wrong type. Borrowed. */
json_t *cm_json_get(const json_t *object, const char *key);
/* "build.jobs.0.status": members and indices joined by dots; "" is the value itself. */
json_t *cm_json_path(const json_t *value, const char *path);
const char *cm_json_text(const json_t *object, const char *key);
int64_t cm_json_int(const json_t *object, const char *key, int64_t otherwise);
bool cm_json_bool(const json_t *object, const char *key, bool otherwise);

/* Writers that never leave half an object: on NULL or failure *ok becomes false and nothing is set.
 * `text` may be NULL: the member is then left out. */
void cm_json_set(json_t *object, const char *key, json_t *owned_value, bool *ok);
void cm_json_set_text(json_t *object, const char *key, const char *text, bool *ok);
void cm_json_set_int(json_t *object, const char *key, int64_t value, bool *ok);
void cm_json_set_bool(json_t *object, const char *key, bool value, bool *ok);

#endif
