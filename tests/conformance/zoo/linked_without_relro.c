/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: RELRO | writable */

#include "animal.h"

ANIMAL(linked_without_relro)
