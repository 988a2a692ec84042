/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: dlopen | nodlopen */

#include "animal.h"

ANIMAL(linked_not_opened)
