/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence/seal.h: the evidence key and the seal.
 *
 * A sealed file is a DSSE envelope: payload type CM_SEAL_TYPE, payload the canonical evidence,
 * one Ed25519 signature over the pre-authentication encoding. An unsealed file is the bare evidence
 * (any JSON form of it).
 */
#ifndef CM_EVIDENCE_SEAL_H
#define CM_EVIDENCE_SEAL_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/pem.h"

#include <jansson.h>
#include <stdbool.h>

#define CM_SEAL_TYPE "application/vnd.countermark.evidence+json"

struct cm_key; /* Ed25519, secret or public */
struct cm_key *cm_key_free(struct cm_key *key);
void cm_key_done(struct cm_key **key);

/* The evidence key of a state directory: STATE/evidence-key.pem (PKCS#8), made on first use, 0600,
 * never replaced; made so that two processes at once end with one key. The folder is made 0700.
 * A file that others can read, or could have put there, is CM_E_DENIED with the command that mends
 * it; a folder that cannot be written (with no key in it yet) is CM_E_CONFIG. Owned. */
bool cm_key_of_state(const char *state, struct cm_key **ret, struct cm_err *err) CM_MUST;

/* Is it there, or could it be made, as far as the folder tells? Makes nothing. */
bool cm_key_may_be_had(const char *state, struct cm_err *err) CM_MUST;

/* A public key from a PEM file (SubjectPublicKeyInfo), or the public half of a secret one. Owned.
 */
bool cm_key_read_public(const char *path, struct cm_key **ret, struct cm_err *err) CM_MUST;

/* "sha256:..." of the SubjectPublicKeyInfo; the public half as PEM. */
bool cm_key_id(const struct cm_key *key, char ret[CM_KEY_ID_SIZE]) CM_MUST;
bool cm_key_public_pem(const struct cm_key *key, struct cm_buf *to) CM_MUST;

/* The sealed file's bytes, one line. */
bool cm_seal(const json_t *evidence, const struct cm_key *key, struct cm_buf *to,
             struct cm_err *err) CM_MUST;

enum cm_seal_state {
    CM_UNSEALED,     /* bare evidence */
    CM_SEALED,       /* by one of the given keys */
    CM_SEAL_UNKNOWN, /* well-formed, but no given key made it (or none was given) */
    CM_SEAL_BROKEN,  /* by the id a given key's, and the signature does not verify; or a given key's
                        under the id of another; or malformed */
};

struct cm_opened {
    json_t *evidence; /* owned; NULL: not to be read, under a broken seal */
    enum cm_seal_state seal;
    char key_id[CM_KEY_ID_SIZE]; /* of the key that verified, or the one the envelope names; "" */
};

/* Reads a file's bytes. CM_E_MALFORMED if it is neither a sealed nor a bare evidence (by its
 * format; the rest of its form is cm_evidence_check()'s); a broken seal is not an error here but a
 * state (its evidence is read all the same, to be shown). */
bool cm_seal_open(const void *at, size_t size, struct cm_key *const *keys, size_t key_count,
                  struct cm_opened *ret, struct cm_err *err) CM_MUST;

#endif
