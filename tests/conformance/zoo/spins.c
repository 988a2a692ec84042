/* SPDX-License-Identifier: Apache-2.0 */
/* Does not look at the clock any more.
 * caught: deadline: zero | did not end within
 * caught: cancelled at each service | did not end within
 * caught: each service fails | did not end within */
static volatile int turns;
#define IN_COLLECT                                                                                 \
    while (c->base->status(c) == CMK_OK && c->base->remaining(c) == 0)                             \
        for (;;)                                                                                   \
    turns = 1
#include "animal.h"

ANIMAL(spins)
