/* SPDX-License-Identifier: Apache-2.0 */
/* Uses a library that it does not name, and that the engine happens to have.
 * caught: symbols: none is undefined | 'json_object_size' */
extern unsigned long json_object_size(const void *object);
#define IN_COLLECT (void)json_object_size(0)
#include "animal.h"

ANIMAL(wants_library)
