/* SPDX-License-Identifier: Apache-2.0 */
/* Has another name as a file.
 * caught: loaded | it must be named */

#include "animal.h"

ANIMAL(named_so)
