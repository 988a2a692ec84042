/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | umask */
#include <sys/stat.h>

#define IN_COLLECT (void)umask(077)
#include "animal.h"

ANIMAL(changes_umask)
