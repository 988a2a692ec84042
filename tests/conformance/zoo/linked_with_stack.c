/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: stack | executable stack */

#include "animal.h"

ANIMAL(linked_with_stack)
