/* SPDX-License-Identifier: Apache-2.0
 *
 * store/challenge.h: what a build node signs to show that it has the key of its certificate, where
 * no connection shows it.
 *
 *   { "artifact_sha256": hexadecimal, "expires": time,
 *     "format": "countermark-node-challenge/1", "issued": time, "nonce": 32 bytes, hexadecimal,
 *     "organization", "policy", "project", "system": slugs, "verifier": URI }
 *
 * in canonical form (RFC 8785): the very bytes are signed, kept and compared. Each is good once,
 * and for ten minutes at most. It is kept as STATE/challenges/SHA256; taking the file away, which
 * of all who try only one can do, is what uses it.
 */
#ifndef CM_STORE_CHALLENGE_H
#define CM_STORE_CHALLENGE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_CHALLENGE_FORMAT "countermark-node-challenge/1"
#define CM_CHALLENGE_MOST   ((size_t)4096)    /* bytes */
#define CM_CHALLENGE_VALID  (600 * CM_SECOND) /* no longer */
#define CM_CHALLENGES_MOST  10000             /* open ones in a state directory */

/* ---- challenge_form.c: the text ---- */

struct cm_challenge {
    const char *verifier, *organization, *project, *policy, *system, *artifact_sha256;
};

/* Appends a new one, good from `now` for `valid` ns, in whole seconds. CM_E_LIMIT if it would be
 * too large. */
bool cm_challenge_write(const struct cm_challenge *, int64_t now, int64_t valid, struct cm_buf *to,
                        struct cm_err *err) CM_MUST;

/* Is it one, in canonical form, with these members and no others? CM_E_MALFORMED says what is not
 * so. Owned. */
bool cm_challenge_read(const void *at, size_t size, json_t **ret, struct cm_err *err) CM_MUST;

/* Is it good at that time? Else CM_E_DENIED. One that was read. A clock that is up to a minute
 * behind that of the verifier is fine. */
bool cm_challenge_is_good(const json_t *challenge, int64_t now, struct cm_err *err) CM_MUST;

/* ---- challenge.c: those that are open ---- */

/* Keeps it, and sweeps away those that are past. CM_E_LIMIT: there are too many. What is wrong with
 * the folder keeps its class. */
bool cm_challenge_keep(const char *state, const struct cm_buf *text, int64_t now,
                       struct cm_err *err) CM_MUST;

/* Uses it: it is one of ours, was not used before, not even by somebody else at this moment or
 * before a crash, and is good now. CM_E_DENIED if that is not so. Where it could be that it is used
 * for a second time later, because the folder cannot be written, it fails too. */
bool cm_challenge_use(const char *state, const void *text, size_t size, int64_t now,
                      struct cm_err *err) CM_MUST;

#endif
