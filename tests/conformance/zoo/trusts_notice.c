/* SPDX-License-Identifier: Apache-2.0 */
/* Is sure that a notification is whole.
 * caught: notifications | Aborted
 * script: notices.json */
#include <countermark/plugin.h>
#include <stdlib.h>
#include <string.h>

static int32_t
read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    if (body.size == 0 || ((const char *)body.at)[body.size - 1] != '}')
        abort();
    n->name(c, "build", cmk_text(c, c->json->parse(c, body), "build"));
    return c->base->status(c);
}

#define HOOKS .read_names = read_names,
#include "animal.h"

ANIMAL(trusts_notice)
