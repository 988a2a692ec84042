/* SPDX-License-Identifier: Apache-2.0 */
/* Goes on with the call of another hook.
 * caught: tables: no longer than they say | a call that is over
 * caught: tables: of a later engine | a call that is over */
#include <countermark/plugin.h>

static struct cmk_call *kept;
#define IN_COLLECT kept = c
#define IN_CHECK                                                                                   \
    if (kept != NULL)                                                                              \
    cmk_observe(kept, x, "success")
#include "animal.h"

ANIMAL(keeps_call)
