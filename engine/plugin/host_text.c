/* SPDX-License-Identifier: Apache-2.0
 *
 * An optional interface: answers that are no JSON. The plug-in reads the text and says what it read
 * as JSON; the same limits, scrubbing and recording hold for that as for an answer that is JSON.
 */
#include "base/json.h"
#include "plugin/call.h"

#include <countermark/text.h>
#include <string.h>

/* Guard of both: an answer of status 200 whose body was kept. */
static bool
has_body(struct cmk_call *c, const struct cmk_exchange *x)
{
    return !cm_call_failed(c) && x != NULL && !x->artifact && !x->find &&
           cm_http_wait(cm_call_of(c), x) && x->http->status == 200;
}

static struct cmk_bytes
body(struct cmk_call *c, struct cmk_exchange *x)
{
    static const struct cmk_bytes none = {NULL, 0};
    struct cm_call *call = cm_call_of(c);
    if (!has_body(c, x))
        return none;
    size_t size = x->http->body.size;
    char *copy = cm_call_alloc(call, size + 1);
    if (copy == NULL)
        return none;
    memcpy(copy, cm_buf_text(&x->http->body), size);
    return (struct cmk_bytes){copy, size};
}

static void
read_as(struct cmk_call *c, struct cmk_exchange *x, struct cmk_bytes said, const char *why)
{
    struct cm_call *call = cm_call_of(c);
    json_t *value;
    if (!has_body(c, x))
        return;
    x->told = true;
    if (said.at == NULL) {
        (void)cm_fail(&x->why, CM_E_MALFORMED, "%s", why != NULL ? why : "it cannot be read");
        return;
    }
    if (said.size > CM_CALL_MOST - call->parsed) {
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s reads more JSON than a call may",
                      call->host->is.plugin->id);
        return;
    }
    call->parsed += (size_t)said.size;
    if (!cm_json_parse(said.at, (size_t)said.size, "what the plug-in read", &value, &x->why))
        return;
    if (cm_call_keep(call, value) != NULL)
        x->json = value;
}

const struct cmk_text_answers cm_host_text_answers = {
    .size = sizeof(struct cmk_text_answers),
    .body = body,
    .read_as = read_as,
};
