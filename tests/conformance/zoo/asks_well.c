/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for any table of that name, and looks what is in it: nothing is caught. */
#include <countermark/text.h>

#define IN_COLLECT                                                                                 \
    const struct cmk_text_answers *t = c->base->query(c, CMK_TEXT_ANSWERS, 0);                     \
    if (t != NULL && CMK_HAS(t, body))                                                             \
    (void)t->body(c, x)
#include "animal.h"

ANIMAL(asks_well)
