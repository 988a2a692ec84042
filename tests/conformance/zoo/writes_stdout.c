/* SPDX-License-Identifier: Apache-2.0 */
/* Talks to whoever called the program.
 * caught: silent | standard output */
#include <stdio.h>

#define IN_COLLECT (void)printf("collected\n")
#include "animal.h"

ANIMAL(writes_stdout)
