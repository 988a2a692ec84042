/* SPDX-License-Identifier: Apache-2.0 */
/* Does not look at what malloc() gives.
 * caught: each malloc fails | Segmentation fault */
#include <stdint.h>
#include <stdlib.h>

static void
copy_something(void)
{
    volatile char *copy = malloc(10);
    *copy = 'x';
    free((void *)(uintptr_t)copy);
}

#define IN_COLLECT copy_something()
#include "animal.h"

ANIMAL(trusts_malloc)
