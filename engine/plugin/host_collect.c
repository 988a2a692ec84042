/* SPDX-License-Identifier: Apache-2.0
 *
 * What collecting may do besides asking: wait, look back, use secrets by name.
 */
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/options.h"
#include "trust/secret.h"

bool
cm_host_has_secret(const struct cm_plugin_host *host, const char *option)
{
    const struct cmk_option *found = cm_option_named(host->is.plugin->table->options, option);
    return found != NULL && found->type == CMK_SECRET;
}

bool
cm_host_secret(struct cm_plugin_host *host, const char *option, struct cm_buf *ret,
               struct cm_err *err)
{
    const char *reference = cm_json_text(host->is.secrets, option);
    if (reference == NULL)
        return cm_fail(err, CM_E_CONFIG, "no secret is configured for option '%s'", option);
    ret->secret = true;
    if (!cm_secret_read(reference, ret, err))
        return cm_context(err, "the secret of option '%s'", option);
    cm_log_withhold(host->is.log, cm_buf_text(ret));
    return true;
}

static const struct cmk_value *
kept(struct cmk_call *c, const char *name)
{
    if (cm_call_failed(c) || name == NULL)
        return NULL;
    const json_t *document = cm_evidence_document(cm_call_of(c)->host->is.evidence, name);
    return cm_value_of(cm_json_get(document, "content"));
}

static int32_t
rest(struct cmk_call *c, int64_t ns)
{
    const struct cm_host_settings *is = &cm_call_of(c)->host->is;
    if (cm_call_failed(c))
        return cm_call_of(c)->failure.class;
    return is->outside->sleep(is->out, ns > 0 ? ns : 0) ? CMK_OK : CMK_E_CANCELLED;
}

/* Each secret that was given begins with "". One that cannot be read begins with nothing else;
 * asking with it will say why. */
static int32_t
secret_begins(struct cmk_call *c, const char *option, const char *head)
{
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_buf_done) struct cm_buf secret = CM_BUF_INIT(1 << 14);
    struct cm_err ignored = CM_ERR_INIT;
    if (cm_call_failed(c) || option == NULL || head == NULL)
        return 0;
    if (!cm_host_has_secret(call->host, option)) {
        cm_call_failf(call, CM_E_INTERNAL, "'%s' is not a secret of plug-in %s", option,
                      call->host->is.plugin->id);
        return 0;
    }
    if (*head == '\0')
        return cm_json_text(call->host->is.secrets, option) != NULL;
    return cm_host_secret(call->host, option, &secret, &ignored) &&
           cm_starts_with(cm_buf_text(&secret), head);
}

const struct cmk_collect cm_host_collecting = {
    .size = sizeof(struct cmk_collect),
    .http = &cm_host_http,
    .git = &cm_host_git,
    .record = &cm_host_record,
    .kept = kept,
    .sleep = rest,
    .secret_begins = secret_begins,
};
