/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | environment */
#include <stdlib.h>

#define IN_COLLECT (void)setenv("ZOO", "1", 1)
#include "animal.h"

ANIMAL(changes_environment)
