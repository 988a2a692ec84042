/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers how often it was asked.
 * caught: repeatable | observed
 * caught: pure | observed
 * caught: tables: no longer than they say | observed
 * caught: tables: of a later engine | observed
 * caught: memory is gone after each call | observed */
static unsigned calls;
#define IN_CHECK cmk_observe(c, x, "%u", ++calls)
#include "animal.h"

ANIMAL(counts_calls)
