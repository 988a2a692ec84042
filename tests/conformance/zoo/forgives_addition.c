/* SPDX-License-Identifier: Apache-2.0 */
/* Takes away what it does not know, before it looks.
 * caught: signature: of another artifact | said to hold
 * script: signature.json */
#define BEFORE_CHECK                                                                               \
    const int64_t more = w->archives->find(c, w->archive, "conformance.txt");                      \
    if (more >= 0)                                                                                 \
    w->archives->remove(c, w->archive, (uint64_t)more)
#include "signer.h"

SIGNER(forgives_addition)
