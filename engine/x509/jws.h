/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/jws.h: a text signed with the key of a certificate: compact JWS (RFC 7515) with x5c.
 *
 * The algorithm is no choice of the sender's but follows from the key: ES256, ES384, ES512 for the
 * curve of that size, EdDSA for Ed25519, PS256 or RS256 for RSA of 2048 to 8192 bits (written:
 * PS256). Nothing else is a key here. Of the header only "alg", "x5c" and "typ" are known; whatever
 * else stands there ("crit", "b64", "jwk", "kid", "x5u", ...) is refused, because somebody meant
 * something by it.
 */
#ifndef CM_X509_JWS_H
#define CM_X509_JWS_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_JWS_HEADER_MOST  ((size_t)64 << 10) /* bytes of a header, decoded */
#define CM_JWS_PAYLOAD_MOST ((size_t)64 << 10)
#define CM_JWS_CHAIN_MOST   8 /* certificates in x5c */

/* Signs and appends. `x5c`: certificates as base64 of their DER, that of the key first (checked),
 * then those that it was issued by. `type` becomes "typ"; NULL: none. */
bool cm_jws_sign(struct cm_buf *to, EVP_PKEY *key, const char *type, const char *const *x5c,
                 size_t count, const void *payload, size_t size, struct cm_err *err) CM_MUST;

/* What was signed. */
struct cm_jws {
    const char *algorithm; /* static */
    struct cm_buf payload; /* owned; no secret */
    json_t *header;        /* owned; "alg", "x5c", and "typ" if there is one: all checked */
};
void cm_jws_done(struct cm_jws *); /* for CM_CLEANUP */

/* Verified with the key of `leaf`, which must be the first of x5c, byte for byte, and, if it says
 * what its key is for, say that it signs. Does not judge the leaf. */
bool cm_jws_verify(const char *compact, size_t size, const X509 *leaf, struct cm_jws *ret,
                   struct cm_err *err) CM_MUST;

/* The certificates of x5c (base64, in their order) without verifying anything, for whoever has to
 * know first who says that he signed: { "alg", "x5c", "typ" } as above. Owned. */
bool cm_jws_peek(const char *compact, size_t size, json_t **ret_header, struct cm_err *err) CM_MUST;

/* Appends what is said to be signed, as unverified. */
bool cm_jws_payload(const char *compact, size_t size, struct cm_buf *to, struct cm_err *err)
    CM_MUST;

#endif
