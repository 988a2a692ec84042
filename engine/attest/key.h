/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/key.h: the keys of attestations: ECDSA on P-256, P-384 and P-521, RSA (PKCS#1 v1.5, from
 * 2048 bits), Ed25519.
 *
 * What a key signs with is a matter of the key and never of what it is said to have signed: SHA-256
 * for RSA and P-256, SHA-384 for P-384, SHA-512 for P-521; Ed25519 signs the bytes themselves. Some
 * tools sign with SHA-256 on every curve: the operator may say so of a key.
 */
#ifndef CM_ATTEST_KEY_H
#define CM_ATTEST_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pem.h"

#include <stdbool.h>
#include <stddef.h>

enum cm_key_kind { CM_KEY_P256 = 0, CM_KEY_P384, CM_KEY_P521, CM_KEY_RSA, CM_KEY_ED25519 };

#define CM_KEY_SSH_SIZE  sizeof "SHA256:0123456789012345678901234567890123456789012"
#define CM_KEY_HINT_SIZE sizeof "01234567890123456789012345678901234567890123"

struct cm_attest_key;
struct cm_attest_key *cm_attest_key_free(struct cm_attest_key *key);
void cm_attest_key_done(struct cm_attest_key **key); /* for CM_CLEANUP */

/* A public key's text (PEM); a secret one is refused. `name` is for messages. Owned. */
bool cm_attest_key_public(const struct cm_buf *pem, const char *name, struct cm_attest_key **ret,
                          struct cm_err *err) CM_MUST;
/* A secret key's. `pass_phrase`: NULL if there is none. Owned. */
bool cm_attest_key_secret(const struct cm_buf *pem, const char *pass_phrase, const char *name,
                          struct cm_attest_key **ret, struct cm_err *err) CM_MUST;

/* The same from files. That of a secret key must be its owner's alone, and nobody else may be able
 * to put another one there (CM_E_DENIED); `pass_phrase` is a reference (trust/secret.h) or NULL.
 * Owned. */
bool cm_attest_key_read_public(const char *path, struct cm_attest_key **ret, struct cm_err *err)
    CM_MUST;
bool cm_attest_key_read_secret(const char *path, const char *pass_phrase,
                               struct cm_attest_key **ret, struct cm_err *err) CM_MUST;

/* A new one, secret. RSA has 3072 bits. Owned. */
bool cm_attest_key_make(enum cm_key_kind kind, struct cm_attest_key **ret, struct cm_err *err)
    CM_MUST;

/* As PEM. `pass_phrase` is the phrase itself, or NULL. False also of a secret that is not here: a
 * public key's, or one's on a token (attest/token.h). */
bool cm_attest_key_put_public(const struct cm_attest_key *key, struct cm_buf *to) CM_MUST;
bool cm_attest_key_put_secret(const struct cm_attest_key *key, const char *pass_phrase,
                              struct cm_buf *to) CM_MUST;

enum cm_key_kind cm_attest_key_kind(const struct cm_attest_key *key);
bool cm_attest_key_is_secret(const struct cm_attest_key *key);
const char *cm_attest_key_name(const struct cm_attest_key *key); /* "ECDSA P-256", ... */
const char *cm_attest_key_id(const struct cm_attest_key *key);   /* "sha256:...", of the SPKI */

/* "SHA256:...": the fingerprint that OpenSSH shows, and slsa-verifier expects in a keyid. */
bool cm_attest_key_ssh(const struct cm_attest_key *key, char ret[CM_KEY_SSH_SIZE]) CM_MUST;
/* The same digest as the id, in base64: the hint of a sigstore bundle. */
void cm_attest_key_hint(const struct cm_attest_key *key, char ret[CM_KEY_HINT_SIZE]);
/* The same of a key that is not here, by its id. False: that is none; NULL is none, too. */
bool cm_attest_key_hint_of(const char *key_id, char ret[CM_KEY_HINT_SIZE]);

/* Is it the same key, however it was written? */
bool cm_attest_key_same(const struct cm_attest_key *a, const struct cm_attest_key *b);

/* "sha256", "sha384", "sha512"; NULL of Ed25519. */
const char *cm_attest_key_digest(const struct cm_attest_key *key);
/* The operator's word that it signs with SHA-256 whatever its curve. */
void cm_attest_key_use_sha256(struct cm_attest_key *key);

/* Is that its signature of these bytes? ECDSA in DER, or r and s one behind the other. */
bool cm_attest_key_verifies(const struct cm_attest_key *key, const void *at, size_t size,
                            const void *signature, size_t signature_size);
/* The same of bytes whose digest (cm_attest_key_digest()) is at hand; never true of Ed25519. */
bool cm_attest_key_verifies_digest(const struct cm_attest_key *key, const void *digest,
                                   size_t digest_size, const void *signature,
                                   size_t signature_size);

/* Appends its signature; ECDSA in DER. CM_E_CONFIG of a public key; of a key on a token also what
 * attest/token.h says. */
bool cm_attest_key_sign(const struct cm_attest_key *key, const void *at, size_t size,
                        struct cm_buf *to, struct cm_err *err) CM_MUST;
/* The same over SHA-256, whatever the key's own digest: as signatures in CMS have it.
 * CM_E_UNSUPPORTED of Ed25519, which has none. */
bool cm_attest_key_sign_sha256(const struct cm_attest_key *key, const void *at, size_t size,
                               struct cm_buf *to, struct cm_err *err) CM_MUST;

#endif
