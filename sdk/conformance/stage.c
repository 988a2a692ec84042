/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands around a conversation: the plug-in, loaded as the engine loads it, and what operator
 * and submission say.
 */
#include "play.h"

#include "base/json.h"
#include "plugin/options.h"
#include "trust/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ARENA   ((size_t)64 << 20)
#define OPTIONS_MOST 64

struct scope {
    struct cm_setting at[OPTIONS_MOST];
    size_t count;
};

struct said {
    struct scope system, link, policy, plugin;
    json_t *names, *values; /* owned */
};

static void
said_done(struct said *s)
{
    json_decref(s->names);
    json_decref(s->values);
}

/* ---- options ---- */

/* The secret itself stands in the environment, where its reference points. */
static bool
set_secret(struct cf_play *play, const char *name, const char *head, json_t **ret,
           struct cm_err *err)
{
    char variable[128];
    (void)snprintf(variable, sizeof variable, "COUNTERMARK_CONFORM_%s", name);
    if (snprintf(play->secret, sizeof play->secret, "%s%s", head, CF_MARKER) >=
        (int)sizeof play->secret)
        return cm_fail(err, CM_E_CONFIG, "options.%s: too long", name);
    if (setenv(variable, play->secret, 1) != 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = json_sprintf("env:%s", variable);
    return *ret != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
add_setting(struct said *said, struct scope *scope, const char *name, json_t *owned,
            struct cm_err *err)
{
    if (scope->count == OPTIONS_MOST || json_array_append_new(said->values, owned) != 0)
        return cm_fail(err, CM_E_LIMIT, "options: more than %d", OPTIONS_MOST);
    scope->at[scope->count++] = (struct cm_setting){.name = name, .value = owned};
    return true;
}

static bool
add_name(struct said *said, const char *name, const json_t *value, struct cm_err *err)
{
    bool ok = true;
    if (!json_is_string(value))
        return cm_fail(err, CM_E_CONFIG, "options.%s: what a submission says is a text", name);
    cm_json_set_text(said->names, name, json_string_value(value), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
add_option(struct cf_play *play, struct said *said, const char *name, json_t *value,
           struct cm_err *err)
{
    const struct cmk_option *option = cm_option_named(play->plugin.table->options, name);
    if (option == NULL)
        return cm_fail(err, CM_E_CONFIG, "options: the plug-in has no option '%s'", name);
    if (option->of == CMK_OF_SUBMISSION)
        return add_name(said, name, value, err);
    struct scope *scope = option->of == CMK_OF_SYSTEM   ? &said->system
                          : option->of == CMK_OF_LINK   ? &said->link
                          : option->of == CMK_OF_PLUGIN ? &said->plugin
                                                        : &said->policy;
    json_t *said_value = NULL;
    if (option->type != CMK_SECRET)
        return add_setting(said, scope, option->name, json_incref(value), err);
    if (!json_is_string(value))
        return cm_fail(err, CM_E_CONFIG, "options.%s: say what the secret begins with", name);
    return set_secret(play, name, json_string_value(value), &said_value, err) &&
           add_setting(said, scope, option->name, said_value, err);
}

static bool
resolve(struct cf_play *play, const struct said *said, json_t **ret, struct cm_err *err)
{
    struct cm_complaints complaints = {0};
    const struct cm_settings system = {said->system.at, said->system.count};
    const struct cm_settings link = {said->link.at, said->link.count};
    const struct cm_settings policy = {said->policy.at, said->policy.count};
    const struct cm_settings plugin = {said->plugin.at, said->plugin.count};
    const struct cm_words_said words = {.system = &system,
                                        .link = &link,
                                        .policy = &policy,
                                        .plugin = &plugin,
                                        .submission = said->names};
    json_t *secrets = NULL;
    bool ok = cm_options_resolve(play->plugin.table->options, &words, ret, &secrets, &complaints);
    if (!ok && complaints.count > 0)
        (void)cm_fail(err, CM_E_CONFIG, "options: %s: %s", complaints.at[0].path,
                      complaints.at[0].what);
    else if (!ok)
        (void)cm_fail(err, CM_E_LIMIT, "out of memory");
    cm_complaints_done(&complaints);
    json_decref(play->secrets);
    play->secrets = secrets;
    return ok;
}

bool
cf_resolve(struct cf_play *play, const json_t *options, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(said_done)
    struct said said = {.names = json_object(), .values = json_array()};
    const char *name;
    json_t *value;
    if (said.names == NULL || said.values == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    json_object_foreach((json_t *)(uintptr_t)options, name, value)
    {
        if (!add_option(play, &said, name, value, err))
            return false;
    }
    return resolve(play, &said, ret, err);
}

/* ---- life ---- */

/* Does the plug-in have what the conversation is about? */
static bool
fits(const struct cf_play *play, struct cm_err *err)
{
    const struct cmk_connector *connector = cf_now.real->connector;
    unsigned kind = play->script != NULL ? play->script->kind : 0;
    if (kind == CF_BUILD && connector == NULL)
        return cm_fail(err, CM_E_CONFIG, "the script is about a build, and %s is no connector",
                       play->plugin.id);
    bool has_peer = play->script != NULL && cm_json_get(play->script->root, "peer") != NULL;
    if (has_peer && (kind != CF_BUILD || (connector->flags & CMK_TAKES_PEER) == 0))
        return cm_fail(err, CM_E_CONFIG, "the script has a 'peer', and %s does not take it there",
                       play->plugin.id);
    if (kind == CF_EXAMINATION && (connector == NULL || connector->examine == NULL))
        return cm_fail(err, CM_E_CONFIG,
                       "the script is about an examination, and %s examines nothing",
                       play->plugin.id);
    if (kind == CF_PACKAGE && cf_now.real->rewriter == NULL)
        return cm_fail(err, CM_E_CONFIG, "the script is about a package, and %s is no rewriter",
                       play->plugin.id);
    if (kind == CF_SIGNATURE && cf_now.real->signer == NULL)
        return cm_fail(err, CM_E_CONFIG, "the script is about a signature, and %s is no signer",
                       play->plugin.id);
    return true;
}

static bool
load(struct cf_play *play, struct cm_err *err)
{
    const struct cm_plugin *loaded;
    play->plugins = cm_plugins_new(NULL, NULL);
    play->arena = cm_arena_new(MOST_ARENA);
    if (play->plugins == NULL || play->arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!cm_plugins_load_file(play->plugins, play->trial->request->plugin, &loaded, err))
        return false;
    cf_now.shared = play->trial->shared;
    cf_now.examines = play->script != NULL && play->script->kind == CF_EXAMINATION;
    play->plugin = *loaded;
    play->plugin.table = cf_probe_wrap(loaded->table, play->arena, err);
    return play->plugin.table != NULL;
}

bool
cf_play_begin(struct cf_trial *trial, struct cf_play **ret, struct cm_err *err)
{
    struct cf_play *play = calloc(1, sizeof *play);
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    if (play == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    play->trial = trial;
    play->script = trial->script;
    *ret = play;
    return load(play, err) && fits(play, err) &&
           (play->script == NULL ||
            cf_resolve(play, cm_json_get(play->script->root, "options"), &options, err));
}

void
cf_play_done(struct cf_play **at)
{
    struct cf_play *play = *at;
    if (play == NULL)
        return;
    json_decref(play->secrets);
    cm_plugins_free(play->plugins);
    cm_arena_free(play->arena);
    free(play);
    *at = NULL;
}
