/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | name */
#include <sys/prctl.h>

#define IN_COLLECT (void)prctl(PR_SET_NAME, "animal", 0, 0, 0)
#include "animal.h"

ANIMAL(changes_name)
