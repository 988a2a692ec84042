/* SPDX-License-Identifier: Apache-2.0 */
/* Has a hook that none of its scripts runs.
 * caught: hooks: each is run | examine */
#include <countermark/plugin.h>

static int32_t
examine(struct cmk_call *c, const struct cmk_collect *k)
{
    return k != NULL ? c->base->status(c) : CMK_E_INTERNAL;
}

static int32_t
nothing(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)c;
    return x != NULL ? CMK_UNKNOWN : CMK_E_INTERNAL;
}

static const struct cmk_check examination[] = {
    {.id = "nothing", .question = "Is it?", .expected = "it", .remedy = "Nothing.", .ask = nothing},
    {.id = NULL}};

#define HOOKS .examine = examine, .examination = examination,
#include "animal.h"

ANIMAL(hides_hook)
