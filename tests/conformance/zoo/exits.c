/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the program when it is at a loss.
 * caught: fault: 503 Service Unavailable | exit status 3 */
#include <stdlib.h>

#define IN_COLLECT                                                                                 \
    if (k->http->status(c, x) == 503)                                                              \
    exit(3)
#include "animal.h"

ANIMAL(exits)
