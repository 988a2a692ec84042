/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to chain*.c: one question about a chain.
 */
#ifndef CM_X509_CHAIN_INSIDE_H
#define CM_X509_CHAIN_INSIDE_H

#include "x509/chain.h"
#include "x509/openssl.h"

struct cm_chain {
    const struct cm_chain_ask *is;
    int64_t at; /* seconds */
    int strength;
    X509 *leaf;
    STACK_OF(X509) * others, *anchors, *built; /* built: leaf first, as far as it came */
    STACK_OF(X509_CRL) * lists;
    json_t *used; /* lists that were looked into, as they are told */

    const char *class; /* why it is not valid, static; NULL: it is */
    int index;         /* in `built` */
    char why[700];
};

/* Says why the chain is not valid, unless that was said; returns false. */
bool cm_chain_refuse(struct cm_chain *, int index, const char *class, const char *format, ...)
    CM_PRINTF(4, 5);

/* The subject of a certificate, to be shown: at most that much of it. */
#define CM_CHAIN_NAME_SIZE 200
const char *cm_chain_name(X509 *certificate, char room[CM_CHAIN_NAME_SIZE]);

/* ---- chain_lists.c ---- */

/* Is one link revoked, by the list of its issuer? False if the chain has been refused. */
bool cm_chain_look_up(struct cm_chain *, int index);

#endif
