/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connector makes of the address of a page: proposals for a configuration, each looked
 * through before a person sees it.
 */
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/option_value.h"
#include "plugin/options.h"
#include "trust/pattern.h"
#include "trust/url.h"

#include <string.h>

/* ---- options of the plug-in's own ---- */

/* What comes out of an address can be wrong by the address alone: that is no fault of a program. */
static void
setting(struct cmk_call *c, const char *name, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    const char *id = call->host->is.plugin->id;
    struct cm_err why = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    bool ok = true;
    if (cm_call_failed(c) || name == NULL || text == NULL)
        return;
    const struct cmk_option *option = cm_option_named(call->host->is.plugin->table->options, name);
    if (option == NULL || option->type == CMK_SECRET) {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s proposes '%s', which is no option, or a secret", id, name);
        return;
    }
    if (!cm_option_written(option, text, &value, &why)) {
        cm_call_failf(call, CM_E_MALFORMED, "what would be '%s' %s", name, why.text);
        return;
    }
    cm_json_set_text(call->settings, name, text, &ok);
    if (!ok)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
}

/* ---- what the engine's own part of a configuration says ---- */

static bool
is_words(const char *text)
{
    return strlen(text) <= CM_OPTION_MOST_TEXT && cm_is_utf8(text, strlen(text));
}

static bool
is_repository(const char *text)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 17);
    struct cm_err ignored = CM_ERR_INIT;
    const char *normal;
    return arena != NULL && cm_url_repository(arena, text, false, &normal, &ignored);
}

static const struct {
    const char *field;
    bool (*is_sound)(const char *text);
} fields[] = {
    {"organization", is_words},
    {"project", is_words},
    {"repository", is_repository},
    {"ref", cm_ref_is_valid},
};

static void
about(struct cmk_call *c, const char *field, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    bool ok = true;
    size_t i = 0;
    if (cm_call_failed(c) || field == NULL || text == NULL)
        return;
    while (i < CM_COUNT(fields) && strcmp(fields[i].field, field) != 0)
        i++;
    if (i == CM_COUNT(fields)) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s tells '%s', which no configuration has",
                      call->host->is.plugin->id, field);
        return;
    }
    if (!fields[i].is_sound(text)) {
        cm_call_failf(call, CM_E_MALFORMED, "what would be the %s is none", field);
        return;
    }
    cm_json_set_text(call->about, field, text, &ok);
    if (!ok)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
}

/* ---- the hook ---- */

/* Where only a document was missing, what was proposed before that stands. */
bool
cm_host_start(struct cm_plugin_host *host, const char *address, bool was_asked,
              struct cm_start *ret, struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    const struct cmk_starter starter = {
        .size = sizeof starter,
        .address = address,
        .evidence = was_asked ? &cm_host_evidence : NULL,
        .setting = setting,
        .about = about,
    };
    CM_CLEANUP(cm_start_done) struct cm_start found = {json_object(), json_object()};
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    if (connector == NULL || connector->start == NULL)
        return cm_fail(err, CM_E_NOT_FOUND, "plug-in %s knows no addresses of pages",
                       host->is.plugin->id);
    if (found.settings == NULL || found.about == NULL || !cm_call_begin(&call, host, err))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    call.settings = found.settings;
    call.about = found.about;
    int32_t status = connector->start(&call.face, &starter);
    if (!cm_call_result(&call, "start", status, err) && call.cause == NULL)
        return false;
    *ret = found;
    found = (struct cm_start){NULL, NULL};
    return true;
}

void
cm_start_done(struct cm_start *start)
{
    cm_json_done(&start->settings);
    cm_json_done(&start->about);
}
