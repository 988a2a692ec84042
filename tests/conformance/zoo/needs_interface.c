/* SPDX-License-Identifier: Apache-2.0 */
/* Takes an optional interface for granted.
 * caught: tables: no optional interfaces | Segmentation fault */
#include <countermark/text.h>

#define IN_COLLECT                                                                                 \
    const struct cmk_text_answers *t = c->base->query(c, CMK_TEXT_ANSWERS, sizeof *t);             \
    if (c->base->status(c) == CMK_OK)                                                              \
    (void)t->body(c, x)
#include "animal.h"

ANIMAL(needs_interface)
