/* SPDX-License-Identifier: Apache-2.0
 *
 * base/pem.h: asymmetric keys as they stand in files, and the names that they go by.
 *
 * A text holds one key and nothing behind it: of two keys nobody would know which one counts.
 */
#ifndef CM_BASE_PEM_H
#define CM_BASE_PEM_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

#include <openssl/types.h>
#include <stdbool.h>

#define CM_PEM_MOST    16384
#define CM_KEY_ID_SIZE (sizeof "sha256:" - 1 + CM_SHA256_HEX) /* with its NUL */

void cm_pkey_done(EVP_PKEY **pkey); /* for CM_CLEANUP */

/* Is it the PEM of a secret key, or of one that takes a pass phrase, as far as it tells? */
bool cm_pem_is_secret(const struct cm_buf *pem);
bool cm_pem_is_encrypted(const struct cm_buf *pem);

/* PKCS#8, encrypted or not, or the older forms of OpenSSL. `pass_phrase` NULL: there is none, and
 * nobody is asked for one. `name` is for messages. Owned. */
bool cm_pem_read_secret(const struct cm_buf *pem, const char *pass_phrase, const char *name,
                        EVP_PKEY **ret, struct cm_err *err) CM_MUST;
/* SubjectPublicKeyInfo, or the PKCS#1 form of RSA. Owned. */
bool cm_pem_read_public(const struct cm_buf *pem, const char *name, EVP_PKEY **ret,
                        struct cm_err *err) CM_MUST;

/* PKCS#8, encrypted (AES-256; PBKDF2 in 600,000 rounds) if there is a pass phrase;
 * SubjectPublicKeyInfo. */
bool cm_pem_put_secret(const EVP_PKEY *pkey, const char *pass_phrase, struct cm_buf *to) CM_MUST;
bool cm_pem_put_public(const EVP_PKEY *pkey, struct cm_buf *to) CM_MUST;

/* "sha256:..." of the SubjectPublicKeyInfo, in hexadecimal. */
bool cm_pkey_id(const EVP_PKEY *pkey, char ret[CM_KEY_ID_SIZE]) CM_MUST;

/* Is the file its owner's alone? CM_E_DENIED with the command that mends it. `what` is for the
 * message: "the evidence key". */
bool cm_secret_file_check(int fd, const char *path, const char *what, struct cm_err *err) CM_MUST;

#endif
