/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rewriters an artifact gets, and what they are told.
 */
#include "base/json.h"
#include "pipeline/admit.h"
#include "pipeline/rewrite.h"
#include "plugin/host.h"
#include "plugin/options.h"
#include "trust/pattern.h"

#include <string.h>

#define MOST_REWRITERS 32
#define TEXT_MOST      ((size_t)1 << 20)

void
cm_rewriters_done(struct cm_rewriters *rewriters)
{
    cm_json_done(&rewriters->options);
    rewriters->arena = cm_arena_free(rewriters->arena);
}

static bool
begin(struct cm_rewriters *to, struct cm_err *err)
{
    static const char *const none[] = {NULL};
    to->packages.at = none;
    to->arena = cm_arena_new(TEXT_MOST);
    to->options = json_array();
    if (to->arena != NULL)
        to->at = cm_arena_alloc(to->arena, MOST_REWRITERS * sizeof *to->at);
    return (to->at != NULL && to->options != NULL) || cm_fail(err, CM_E_LIMIT, "out of memory");
}

bool
cm_rewriters_add(struct cm_rewriters *to, const struct cm_plugin *plugin, json_t *owned_options,
                 struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *options = owned_options;
    if (to->count == MOST_REWRITERS)
        return cm_fail(err, CM_E_LIMIT, "more than %d rewriters", MOST_REWRITERS);
    if (!cm_options_complete(plugin->table->options, options) ||
        json_array_append(to->options, options) != 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    to->at[to->count++] = (struct cm_rewriter){plugin, options};
    return true;
}

static bool
add_recorded(struct cm_rewriters *to, const json_t *recorded, struct cm_plugins *plugins,
             struct cm_err *err)
{
    const struct cm_plugin *plugin;
    const char *id = cm_json_text(recorded, "plugin");
    const json_t *options = cm_json_get(recorded, "options");
    if (id == NULL || !json_is_object(options))
        return cm_fail(err, CM_E_MALFORMED, "the evidence names a rewriter without id or options");
    return cm_find_rewriter(plugins, id, &plugin, err) &&
           cm_rewriters_add(to, plugin, json_deep_copy(options), err);
}

static bool
add_packages(struct cm_rewriters *to, const json_t *recorded, struct cm_err *err)
{
    size_t count = json_array_size(recorded);
    const char **at = cm_arena_alloc(to->arena, (count + 1) * sizeof *at);
    if (at == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < count; i++) {
        at[i] = cm_arena_text(to->arena, json_string_value(json_array_get(recorded, i)));
        if (at[i] == NULL)
            return cm_fail(err, CM_E_MALFORMED, "the evidence names packages by what is no text");
    }
    to->packages = (struct cm_words){.at = at, .count = count};
    return true;
}

bool
cm_rewriters_of(const json_t *evidence, struct cm_plugins *plugins, struct cm_rewriters *ret,
                struct cm_err *err)
{
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters found = {.arena = NULL};
    const json_t *artifact = cm_json_path(evidence, "effective.artifact");
    const json_t *recorded = cm_json_get(artifact, "rewriters");
    if (!begin(&found, err) || !add_packages(&found, cm_json_get(artifact, "packages"), err))
        return false;
    found.configuration = cm_arena_text(found.arena, cm_json_text(artifact, "slug"));
    for (size_t i = 0; i < json_array_size(recorded); i++)
        if (!add_recorded(&found, json_array_get(recorded, i), plugins, err))
            return false;
    *ret = found;
    found = (struct cm_rewriters){.arena = NULL};
    return true;
}

static bool
configure(const struct cm_rewriter *rewriter, struct cm_log *log, struct cm_err *err)
{
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    const struct cm_host_settings settings = {
        .plugin = rewriter->plugin, .options = rewriter->options, .evidence = evidence, .log = log};
    bool done = cm_host_new(&settings, &host, err) && cm_host_configure(host, CM_REWRITER, err);
    cm_host_free(host);
    return done;
}

bool
cm_rewriters_check(const struct cm_rewriters *rewriters, struct cm_log *log, struct cm_err *err)
{
    for (size_t i = 0; i < rewriters->count; i++)
        if (!configure(&rewriters->at[i], log, err))
            return false;
    return true;
}

bool
cm_rewriter_matches(const struct cm_plugin *plugin, const char *file_name)
{
    const char *const *patterns = plugin->table->rewriter->patterns;
    for (; *patterns != NULL; patterns++)
        if (cm_pattern_matches(*patterns, file_name))
            return true;
    return false;
}

bool
cm_packages_match(const struct cm_words *packages, const char *entry)
{
    for (size_t i = 0; i < packages->count; i++)
        if (cm_pattern_matches(packages->at[i], entry))
            return true;
    return false;
}
