/* SPDX-License-Identifier: Apache-2.0 */
/* Uses a member that its host does not have.
 * caught: tables: no longer than they say | Segmentation fault */
#include <countermark/plugin.h>

static volatile char seen;
#define IN_COLLECT seen = ((const char *)c->base)[c->base->size]
#include "animal.h"

ANIMAL(reads_beyond)
