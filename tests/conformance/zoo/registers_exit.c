/* SPDX-License-Identifier: Apache-2.0 */
/* Wants to be called when the process ends.
 * caught: process unchanged | atexit
 * caught: repeated | memory */
#include <stdlib.h>

static void
at_the_end(void)
{
}

#define IN_COLLECT (void)atexit(at_the_end)
#include "animal.h"

ANIMAL(registers_exit)
