/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/jws_algorithm.h: how a JWS is signed. Private to jws*.c.
 */
#ifndef CM_X509_JWS_ALGORITHM_H
#define CM_X509_JWS_ALGORITHM_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

struct cm_jws_algorithm {
    const char *name, *type, *curve, *digest; /* of OpenSSL; NULL: none */
    size_t half;                              /* bytes of r and of s; 0: no ECDSA */
    bool pss;
};

/* That of this name, if it is one for this key. Static. */
bool cm_jws_algorithm(const EVP_PKEY *key, const char *name, const struct cm_jws_algorithm **ret,
                      struct cm_err *err) CM_MUST;

/* The one that we write with this key. Static. */
bool cm_jws_algorithm_of(const EVP_PKEY *key, const struct cm_jws_algorithm **ret,
                         struct cm_err *err) CM_MUST;

/* A signature as JWS has it, appended. */
bool cm_jws_make(const struct cm_jws_algorithm *, EVP_PKEY *key, const void *text, size_t size,
                 struct cm_buf *to, struct cm_err *err) CM_MUST;
bool cm_jws_holds(const struct cm_jws_algorithm *, EVP_PKEY *key, const void *text, size_t size,
                  const struct cm_buf *signature) CM_MUST;

#endif
