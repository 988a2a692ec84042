/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right: nothing is caught. */

#include "animal.h"

ANIMAL(well_behaved)
