/* SPDX-License-Identifier: Apache-2.0 */
/* Exports a function that others might find.
 * caught: symbols: one is exported | 'helper_of_mine' */
__attribute__((visibility("default"))) int helper_of_mine(void);

int
helper_of_mine(void)
{
    return 7;
}
#include "animal.h"

ANIMAL(exports_more)
