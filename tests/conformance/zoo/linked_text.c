/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: hardening: text relocations | its own code */
__asm__(".text\n.globl moved_text\n.hidden moved_text\nmoved_text: .quad moved_text\n");
extern const char moved_text[];
static const char *volatile seen;
#define IN_CHECK seen = moved_text
#include "animal.h"

ANIMAL(linked_text)
