/* SPDX-License-Identifier: Apache-2.0 */
/* Judges while it collects, by what the system calls withheld.
 * caught: fault: a forged mark | nobody notices
 * caught: fault: only forged marks | nobody notices */
#include <countermark/plugin.h>

static int
has_none(struct cmk_call *c, const struct cmk_value *answer)
{
    const struct cmk_value *given = cmk_get(c, answer, "parameters");
    return given != NULL && c->json->count(c, given) == 0;
}

#define IN_COLLECT                                                                                 \
    x = ask(c, k, cmk_url(c, cmk_text(c, c->options, "url"), "parameters", number));               \
    k->record->absent(c, "parameters",                                                             \
                      has_none(c, k->http->json(c, x)) ? CMK_E_NOT_FOUND : CMK_E_DENIED,           \
                      "as Acme says")
#define THE_BUILD x->evidence->document_if_any(c, "parameters")
#define COUNTED   given == NULL &&count == 0 ? CMK_PASS : CMK_UNKNOWN
#include "animal.h"

ANIMAL(believes_marks)
