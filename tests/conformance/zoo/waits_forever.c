/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeps on, whatever sleep() says.
 * caught: deadline: zero | does not end
 * caught: cancelled at each service | does not end */
#define IN_COLLECT                                                                                 \
    while (k->sleep(c, 1) != CMK_OK && c->base->status(c) == CMK_OK)                               \
    continue
#include "animal.h"

ANIMAL(waits_forever)
