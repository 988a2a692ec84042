/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence/key.h: what only key.c and seal.c know of a key.
 */
#ifndef CM_EVIDENCE_KEY_H
#define CM_EVIDENCE_KEY_H

#include "evidence/seal.h"

#include <openssl/evp.h>

#define CM_ED25519_SIGNATURE 64

struct cm_key {
    EVP_PKEY *pkey; /* owned */
    char id[CM_KEY_ID_SIZE];
};

#endif
