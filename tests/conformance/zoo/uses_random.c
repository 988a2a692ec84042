/* SPDX-License-Identifier: Apache-2.0 */
/* Says something else each time.
 * caught: repeatable | observed
 * caught: pure | observed
 * caught: tables: no longer than they say | observed
 * caught: tables: of a later engine | observed
 * caught: memory is gone after each call | observed */
#include <sys/random.h>

static unsigned
any_number(void)
{
    unsigned number = 0;
    return getrandom(&number, sizeof number, 0) > 0 ? number : 0;
}

#define IN_CHECK cmk_observe(c, x, "%u", any_number())
#include "animal.h"

ANIMAL(uses_random)
