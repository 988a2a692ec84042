/* SPDX-License-Identifier: Apache-2.0 */
/* Does not look at what alloc() gives.
 * caught: each allocation fails | Segmentation fault
 * caught: each service fails | Segmentation fault */
#define IN_COLLECT memset(c->base->alloc(c, 10), 'x', 10)
#include "animal.h"

ANIMAL(trusts_alloc)
