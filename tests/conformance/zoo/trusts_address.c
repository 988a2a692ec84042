/* SPDX-License-Identifier: Apache-2.0 */
/* Is sure that an address is one.
 * caught: addresses | Aborted
 * script: notices.json */
#include <countermark/plugin.h>
#include <stdlib.h>
#include <string.h>

static int32_t
start(struct cmk_call *c, const struct cmk_starter *s)
{
    if (strncmp(s->address, "https://", 8) != 0)
        abort();
    s->setting(c, "url", s->address);
    return c->base->status(c);
}

#define HOOKS .start = start,
#include "animal.h"

ANIMAL(trusts_address)
