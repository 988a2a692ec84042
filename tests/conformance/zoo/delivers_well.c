/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right: nothing is caught.
 * script: operator.json */

#include "operator.h"

ANIMAL(delivers_well)
