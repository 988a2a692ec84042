/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/key_inside.h: what only key.c, key_name.c, signature.c and token_key.c know of a
 * key.
 */
#ifndef CM_ATTEST_KEY_INSIDE_H
#define CM_ATTEST_KEY_INSIDE_H

#include "attest/key.h"
#include "attest/token.h"

#include <openssl/types.h>

struct cm_attest_key {
    EVP_PKEY *pkey; /* owned */
    enum cm_key_kind kind;
    const char *digest; /* NULL: Ed25519 */
    bool secret;
    char id[CM_KEY_ID_SIZE];
    struct cm_token *token; /* owned: who signs; NULL: `pkey` does */
    const struct cm_token_table *table;
};

/* Takes a key over, if it is one of those that are taken. `name` is for messages. Owned. */
bool cm_attest_key_wrap(EVP_PKEY **pkey, bool secret, const char *name, struct cm_attest_key **ret,
                        struct cm_err *err) CM_MUST;

/* Bytes of one coordinate; 0 if it is not on a curve of ECDSA. */
size_t cm_attest_key_coordinate(const struct cm_attest_key *key);

/* ---- token_key.c ---- */
void cm_attest_key_close_token(struct cm_attest_key *key);
bool cm_attest_key_sign_on_token(const struct cm_attest_key *key, const void *at, size_t size,
                                 struct cm_buf *to, struct cm_err *err) CM_MUST;

#endif
