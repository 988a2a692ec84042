/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what is not there, which is nothing.
 * caught: fault: an empty object | no-parameters passes */
#define COUNTED cmk_passes(count == 0)
#include "animal.h"

ANIMAL(counts_nothing)
