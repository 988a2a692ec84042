/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file, and forgets it.
 * caught: repeated | descriptors */
#include <fcntl.h>

#define IN_COLLECT (void)open("/dev/null", O_RDONLY | O_CLOEXEC)
#include "animal.h"

ANIMAL(leaks_descriptor)
