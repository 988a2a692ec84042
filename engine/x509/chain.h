/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/chain.h: is a certificate good for TLS client authentication, at a given time, by what the
 * operator trusts? No clock, no store of the system's, nothing remembered between two questions.
 */
#ifndef CM_X509_CHAIN_H
#define CM_X509_CHAIN_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_CHAIN_OTHERS_MOST  32
#define CM_CHAIN_ANCHORS_MOST 1000
#define CM_CHAIN_LISTS_MOST   1000

/* DER; borrowed. */
struct cm_chain_piece {
    const void *at;
    size_t size;
};

struct cm_chain_ask {
    int64_t at;      /* ns since 1970 */
    int strength;    /* least bits of each key and signature; 0: CM_STRENGTH_LEAST */
    bool revocation; /* each link below the anchor must stand in a list of its issuer's */
    bool lax;        /* without what RFC 5280 demands beyond validity */
    struct cm_chain_piece leaf;
    const struct cm_chain_piece *others, *anchors, *lists;
    size_t other_count, anchor_count, list_count;
};

/* What struct cmk_certificates says of chain(). False only for what is malformed (it is said which)
 * or too much; all else is an answer. Owned. */
bool cm_chain_judge(const struct cm_chain_ask *, json_t **ret, struct cm_err *err) CM_MUST;

#endif
