/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | working directory */
#include <unistd.h>

#define IN_COLLECT (void)(chdir("/") == 0)
#include "animal.h"

ANIMAL(changes_folder)
