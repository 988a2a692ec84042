/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | resource limit */
#include <sys/resource.h>

static const struct rlimit no_core = {0, 0};
#define IN_COLLECT (void)setrlimit(RLIMIT_CORE, &no_core)
#include "animal.h"

ANIMAL(changes_limits)
