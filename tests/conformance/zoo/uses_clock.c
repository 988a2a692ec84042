/* SPDX-License-Identifier: Apache-2.0 */
/* Judges by a clock of its own.
 * caught: repeatable | succeeded.observed */
#include <time.h>

#define IN_CHECK cmk_observe(c, x, "on day %ld", (long)(time(NULL) / 86400))
#include "animal.h"

ANIMAL(uses_clock)
