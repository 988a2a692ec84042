/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a refusal of the outside for a fault of its own.
 * caught: fault: 503 Service Unavailable | ends with internal */
#define IN_COLLECT                                                                                 \
    if (k->http->status(c, x) == 503)                                                              \
    cmk_fail(c, CMK_E_INTERNAL, "this cannot be")
#include "animal.h"

ANIMAL(blames_engine)
