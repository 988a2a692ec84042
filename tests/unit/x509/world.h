/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h: a root, an issuing authority, a leaf, and questions about their chain.
 */
#ifndef WORLD_H
#define WORLD_H

#include "base/clock.h"
#include "base/json.h"
#include "maker.h"
#include "x509/chain.h"

struct world {
    EVP_PKEY *key, *other_key; /* of the three below; of another root of the same name */
    X509 *root, *issuing, *leaf;
};

struct world world_begin(void);
void world_done(struct world *); /* for CM_CLEANUP */

/* Another leaf of the issuing authority's. */
X509 *world_leaf(const struct world *, const char *const *extensions);

/* An answer about a chain. Certificates end with NULL; `at` in seconds, 0: MADE_AT. */
struct asking {
    X509 *leaf; /* NULL: the world's */
    X509 *const *others, *const *anchors;
    X509_CRL *const *lists; /* NULL: none */
    int64_t at;
    int strength;
    bool revocation, lax;
};
json_t *world_judge(const struct world *, const struct asking *);

#define X509S(...) ((X509 *const[]){__VA_ARGS__, NULL})
#define LISTS(...) ((X509_CRL *const[]){__VA_ARGS__, NULL})

/* `class` NULL: valid. Takes the answer. */
void assert_judged(json_t *owned, const char *class, const char *says);

#endif
