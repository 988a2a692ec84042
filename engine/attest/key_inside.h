/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/key_inside.h: what only key.c, key_name.c and signature.c know of a key.
 */
#ifndef CM_ATTEST_KEY_INSIDE_H
#define CM_ATTEST_KEY_INSIDE_H

#include "attest/key.h"

#include <openssl/types.h>

struct cm_attest_key {
    EVP_PKEY *pkey; /* owned */
    enum cm_key_kind kind;
    const char *digest; /* NULL: Ed25519 */
    bool secret;
    char id[CM_KEY_ID_SIZE];
};

/* Bytes of one coordinate; 0 if it is not on a curve of ECDSA. */
size_t cm_attest_key_coordinate(const struct cm_attest_key *key);

#endif
