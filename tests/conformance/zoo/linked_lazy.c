/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: BIND_NOW | bound late */

#include "animal.h"

ANIMAL(linked_lazy)
