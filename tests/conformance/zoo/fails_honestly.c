/* SPDX-License-Identifier: Apache-2.0 */
/* Does not accept what its own script says.
 * caught: honest | known: fail */
#define NAME "alice"
#include "animal.h"

ANIMAL(fails_honestly)
