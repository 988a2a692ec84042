/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/token.h: keys that sign in hardware (PKCS#11) and never leave it.
 *
 * All that speaks to tokens (p11-kit, and through it the token's own module) sits in one module of
 * ours, countermark-token.so, which is loaded when a key is on a token and never else; the table
 * below is what passes between the two. It is one build with the engine: no promise of stability.
 */
#ifndef CM_ATTEST_TOKEN_H
#define CM_ATTEST_TOKEN_H

#include "attest/key.h"

#include <stdint.h>

#define CM_TOKEN_SCHEME "pkcs11:"

/* Where a key is. Borrowed texts. */
struct cm_token_place {
    const char *uri;    /* RFC 7512, without a query: the two below are said beside it */
    const char *module; /* absolute path of the token's PKCS#11 module, guarded as plug-ins are */
    const char *pin;    /* a secret's reference (trust/secret.h); NULL: none */
    bool public;        /* only the public half is wanted: it signs nothing */
};

/* The key at that place: the one that the URI names, of the one token that it names; two are
 * CM_E_CONFIG. `loaded` is the path of countermark-token.so. A PIN that the token refuses
 * (CM_E_AUTH) is tried once; where one more wrong PIN might lock the token, none is tried.
 *
 * It signs on the token, and each signature is verified by the public half before it is given away.
 * A token that is gone, or has forgotten the session, is CM_E_TRANSIENT; the next signature begins
 * a new session. Not for several threads at once; of no use behind a fork. Owned. */
bool cm_attest_key_token(const struct cm_token_place *place, const char *loaded,
                         struct cm_attest_key **ret, struct cm_err *err) CM_MUST;

bool cm_attest_key_is_on_token(const struct cm_attest_key *key);

/* ---- the table ---- */

#define CM_TOKEN_SYMBOL  "cm_token_table"
#define CM_TOKEN_VERSION 1u

struct cm_token;

struct cm_token_table {
    uint32_t version;  /* CM_TOKEN_VERSION */
    const char *build; /* CM_VERSION of the module: must be the engine's */

    bool (*open)(const struct cm_token_place *, struct cm_token **ret, struct cm_err *);
    /* SubjectPublicKeyInfo, DER. Borrowed. */
    const struct cm_buf *(*public_half)(const struct cm_token *);
    /* Appends a signature of these bytes, ECDSA in DER; `digest` as cm_attest_key_digest(). */
    bool (*sign)(struct cm_token *, const char *digest, const void *at, size_t size,
                 struct cm_buf *to, struct cm_err *);
    void (*close)(struct cm_token *); /* NULL is fine */
};

#endif
