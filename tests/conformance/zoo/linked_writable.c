/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: code | writable and executable */
__asm__(".section .both,\"awx\"\n.byte 0xc3\n.text\n");
#include "animal.h"

ANIMAL(linked_writable)
