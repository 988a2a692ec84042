/* SPDX-License-Identifier: Apache-2.0 */
/* Believes that an option is given which is not required.
 * caught: options | Segmentation fault */
#define IN_COLLECT                                                                                 \
    if (c->base->status(c) == CMK_OK && strlen(number) > 100)                                      \
    cmk_fail(c, CMK_E_CONFIG, "too long")
#include "animal.h"

ANIMAL(trusts_option)
