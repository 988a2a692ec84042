/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for any table of that name, and takes it for the one of its own header.
 * caught: tables: no more than is asked for | Segmentation fault */
#include <countermark/text.h>

#define IN_COLLECT                                                                                 \
    const struct cmk_text_answers *t = c->base->query(c, CMK_TEXT_ANSWERS, 0);                     \
    if (t != NULL)                                                                                 \
    (void)t->body(c, x)
#include "animal.h"

ANIMAL(asks_too_little)
