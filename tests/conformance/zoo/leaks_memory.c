/* SPDX-License-Identifier: Apache-2.0 */
/* Never frees what it takes.
 * caught: repeated | memory */
#include <stdlib.h>

static void *volatile lost;
#define IN_COLLECT lost = malloc(100)
#include "animal.h"

ANIMAL(leaks_memory)
