/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a pointer into a call that is over.
 * caught: memory is gone after each call | Segmentation fault */
#include <stddef.h>

static const char *volatile kept;
static volatile char seen;
#define IN_COLLECT kept = cmk_printf(c, "build %s", cmk_show(c, c->options, "build"))
#define IN_CHECK   seen = kept != NULL ? *kept : '\0'
#include "animal.h"

ANIMAL(keeps_pointer)
