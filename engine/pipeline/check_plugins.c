/* SPDX-License-Identifier: Apache-2.0
 *
 * What the configuration says of plug-ins, held against what the plug-ins say of themselves. */
#include "pipeline/admit.h"

#include "base/json.h"
#include "base/text.h"
#include "plugin/host.h"
#include "plugin/options.h"
#include "trust/proxy.h"

#include <stdio.h>
#include <string.h>

struct checking {
    const struct cm_trust *trust;
    struct cm_plugins *plugins;
    struct cm_log *log;
    struct cm_complaints *complaints;
};

/* A setting of a system is seen once for each link and policy: complained of once. */
static void
drop_repeated(struct cm_complaints *complaints)
{
    size_t kept = 0;
    for (size_t i = 0; i < complaints->count; i++) {
        const struct cm_complaint *one = &complaints->at[i];
        bool repeated = false;
        for (size_t j = 0; j < kept && !repeated; j++)
            repeated = complaints->at[j].place.line == one->place.line &&
                       complaints->at[j].place.file == one->place.file &&
                       strcmp(complaints->at[j].what, one->what) == 0;
        if (!repeated)
            complaints->at[kept++] = *one;
    }
    complaints->count = kept;
}

#define HINT_SIZE 128

/* In `hint`; NULL if there is nothing near. */
static const char *
did_you_mean(const char *near, char hint[HINT_SIZE])
{
    if (near == NULL)
        return NULL;
    (void)snprintf(hint, HINT_SIZE, "did you mean '%s'?", near);
    return hint;
}

static void
check_assumptions(const struct checking *c, const struct cm_link *link,
                  const struct cm_plugin *plugin)
{
    const char *const none[] = {NULL};
    const char *const *known = plugin->table->connector->assumptions;
    known = known != NULL ? known : none;
    for (size_t i = 0; i < link->assume.count; i++) {
        bool found = false;
        char hint[HINT_SIZE];
        for (const char *const *k = known; *k != NULL && !found; k++)
            found = strcmp(*k, link->assume.at[i]) == 0;
        if (found)
            continue;
        cm_complain(c->complaints, link->assume.place, "assume",
                    did_you_mean(cm_nearest(link->assume.at[i], known), hint),
                    "%s knows no assumption '%s'", plugin->id, link->assume.at[i]);
    }
}

/* Do the options fit together, by the plug-in's own word? */
static void
check_configure(const struct checking *c, struct cm_place place, const struct cm_plugin *plugin,
                enum cm_part part, const json_t *options)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    const struct cm_host_settings settings = {
        .plugin = plugin, .options = options, .evidence = evidence, .log = c->log};
    if (!cm_host_new(&settings, &host, &err) || !cm_host_configure(host, part, &err))
        cm_complain(c->complaints, place, "", NULL, "%s", err.text);
    cm_host_free(host);
}

static void
check_url(const struct checking *c, struct cm_place place, const char *option, const json_t *value)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_proxy_check(c->trust->proxy, json_string_value(value), &err))
        cm_complain(c->complaints, place, option, NULL, "%s", err.text);
}

/* Is what would be asked asked through the proxy, or left out? */
static void
check_urls(const struct checking *c, const struct cm_words_said *said,
           const struct cmk_option *table, const json_t *options)
{
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++) {
        struct cm_place place = o->of == CMK_OF_LINK     ? said->link_place
                                : o->of == CMK_OF_POLICY ? said->policy_place
                                                         : said->system_place;
        const json_t *value = cm_json_get(options, o->name);
        size_t i;
        json_t *one;
        if (!cm_option_is_url(o))
            continue;
        check_url(c, place, o->name, value);
        json_array_foreach(value, i, one)
        {
            check_url(c, place, o->name, one);
        }
    }
}

static void
check_pair(const struct checking *c, const struct cm_link *link, const struct cm_policy *policy,
           const struct cm_system *system, const struct cm_plugin *plugin)
{
    const struct cm_words_said said = {
        .system = &system->settings,
        .link = &link->settings,
        .policy = policy != NULL ? &policy->settings : NULL,
        .system_place = system->place,
        .link_place = link->place,
        .policy_place = policy != NULL ? policy->place : link->place,
    };
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    if (!cm_options_resolve(plugin->table->options, &said, &options, &secrets, c->complaints))
        return;
    check_urls(c, &said, plugin->table->options, options);
    check_configure(c, link->place, plugin, CM_CONNECTOR, options);
}

/* ---- ids of checks ---- */

struct known_checks {
    struct cm_arena *arena;
    const char **ids; /* ends with NULL */
    bool *binding;
    size_t count, room;
};

static void
know(struct known_checks *known, const char *id, bool binding)
{
    if (known->count + 1 >= known->room)
        return;
    known->ids[known->count] = cm_arena_text(known->arena, id);
    known->binding[known->count++] = binding;
}

static void
know_connector(struct known_checks *known, const struct cm_plugin *plugin)
{
    for (const struct cmk_check *k = plugin->table->connector->verify; k->id != NULL; k++) {
        const char *id = cm_arena_printf(known->arena, "%s.%s", plugin->id, k->id);
        know(known, id, (k->flags & CMK_BINDING) != 0);
    }
}

static void
know_engine(struct known_checks *known, const struct cm_policy *policy)
{
    size_t count;
    const struct cm_check *checks = cm_engine_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (!policy->system_only || !checks[i].of_origin)
            know(known, checks[i].id, checks[i].binding);
}

static bool
is_of_origin(const char *id)
{
    size_t count;
    const struct cm_check *checks = cm_engine_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return checks[i].of_origin;
    return false;
}

static void
check_id(const struct checking *c, const struct known_checks *known, const char *id,
         struct cm_place place, const char *path)
{
    char hint[HINT_SIZE];
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->ids[i], id) != 0)
            continue;
        if (known->binding[i])
            cm_complain(c->complaints, place, path, "remove it from here",
                        "%s is binding: no policy can make it optional or waive it", id);
        return;
    }
    if (is_of_origin(id)) {
        cm_complain(c->complaints, place, path, "remove it from here",
                    "%s is not asked: this policy asks for no origin", id);
        return;
    }
    cm_complain(c->complaints, place, path, did_you_mean(cm_nearest(id, known->ids), hint),
                "no plug-in of this policy has a check '%s'", id);
}

static void
check_policy(const struct checking *c, const struct cm_project *project,
             const struct cm_policy *policy)
{
    const char *ids[600] = {NULL};
    bool binding[600];
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    struct known_checks known = {arena, ids, binding, 0, CM_COUNT(ids)};
    if (arena == NULL)
        return;
    know_engine(&known, policy);
    for (size_t i = 0; i < policy->systems.count; i++) {
        const struct cm_system *system;
        const struct cm_plugin *plugin;
        struct cm_system stand_in;
        struct cm_err err = CM_ERR_INIT;
        const struct cm_link *link = cm_project_link(project, policy->systems.at[i]);
        if (link == NULL)
            continue; /* complained of by the reader */
        if (!cm_find_system(c->trust, c->plugins, policy->systems.at[i], &stand_in, &system,
                            &plugin, &err)) {
            cm_complain(c->complaints, policy->systems.place, "systems", NULL, "%s", err.text);
            continue;
        }
        know_connector(&known, plugin);
        check_pair(c, link, policy, system, plugin);
    }
    for (size_t i = 0; i < policy->optional.count; i++)
        check_id(c, &known, policy->optional.at[i], policy->optional.place, "optional");
    for (size_t i = 0; i < policy->waiver_count; i++)
        if (policy->waivers[i].check != NULL)
            check_id(c, &known, policy->waivers[i].check, policy->waivers[i].place,
                     "waivers.check");
}

static void
check_link(const struct checking *c, const struct cm_link *link)
{
    const struct cm_system *system;
    const struct cm_plugin *plugin;
    struct cm_system stand_in;
    struct cm_err err = CM_ERR_INIT;
    if (link->system == NULL)
        return; /* complained of by the reader */
    if (!cm_find_system(c->trust, c->plugins, link->system, &stand_in, &system, &plugin, &err)) {
        cm_complain(c->complaints, link->place, "system", NULL, "%s", err.text);
        return;
    }
    check_assumptions(c, link, plugin);
    check_pair(c, link, NULL, system, plugin);
}

static void
check_rewriter(const struct checking *c, const struct cm_artifact_configuration *artifact,
               const char *id)
{
    const struct cm_plugin *plugin;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    if (!cm_find_rewriter(c->plugins, id, &plugin, &err))
        cm_complain(c->complaints, artifact->rewriters.place, "rewriters", NULL, "%s", err.text);
    else if (cm_tool_options(plugin, artifact, &options, c->complaints))
        check_configure(c, cm_artifact_told(artifact, id).place, plugin, CM_REWRITER, options);
}

static void
check_signer(const struct checking *c, const struct cm_artifact_configuration *artifact)
{
    const struct cm_told told = cm_artifact_told(artifact, artifact->signer);
    const struct cm_plugin *plugin;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    if (artifact->signer == NULL)
        return;
    if (!cm_find_signer(c->plugins, artifact->signer, &plugin, &err))
        cm_complain(c->complaints, told.place, "signer", NULL, "%s", err.text);
    else if (cm_tool_options(plugin, artifact, &options, c->complaints))
        check_configure(c, told.place, plugin, CM_SIGNER, options);
}

static void
check_artifact(const struct checking *c, const struct cm_artifact_configuration *artifact)
{
    for (size_t i = 0; i < artifact->rewriters.count; i++)
        check_rewriter(c, artifact, artifact->rewriters.at[i]);
    check_signer(c, artifact);
}

/* A signer without any policy that would let it sign is a mistake that is found late otherwise. */
static void
check_signers(const struct checking *c, const struct cm_project *project)
{
    bool any = false;
    for (size_t i = 0; i < project->policy_count; i++)
        any = any || project->policies[i].sign != NULL;
    for (size_t i = 0; !any && i < project->artifact_count; i++)
        if (project->artifacts[i].signer != NULL)
            cm_complain(c->complaints, project->artifacts[i].place, "signer",
                        "name the key in a signing policy: sign = \"SLUG\"",
                        "no policy of project %s names a key to sign with", project->slug);
}

static void
check_system(const struct checking *c, const struct cm_system *system)
{
    const struct cm_plugin *plugin;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    const struct cm_words_said said = {.system = &system->settings, .system_place = system->place};
    if (system->connector == NULL)
        return; /* complained of by the reader */
    if (!cm_plugins_load(c->plugins, system->connector, &plugin, &err))
        cm_complain(c->complaints, system->place, "connector", NULL, "%s", err.text);
    else if (plugin->table->connector == NULL)
        cm_complain(c->complaints, system->place, "connector", NULL,
                    "plug-in %s is not a connector", plugin->id);
    else if (!cm_options_resolve(plugin->table->options, &said, &options, &secrets, c->complaints))
        return; /* complained of already, which is all that is wanted here */
}

bool
cm_check_policy(const struct cm_trust *trust, struct cm_plugins *plugins, struct cm_log *log,
                const struct cm_project *project, const struct cm_policy *policy,
                struct cm_complaints *complaints)
{
    const struct checking c = {trust, plugins, log, complaints};
    size_t before = complaints->count;
    for (size_t i = 0; i < project->link_count; i++)
        if (cm_policy_allows(policy, project->links[i].system))
            check_link(&c, &project->links[i]);
    check_policy(&c, project, policy);
    drop_repeated(complaints);
    return complaints->count == before;
}

bool
cm_check_artifact(const struct cm_trust *trust, struct cm_plugins *plugins, struct cm_log *log,
                  const struct cm_artifact_configuration *artifact,
                  struct cm_complaints *complaints)
{
    const struct checking c = {trust, plugins, log, complaints};
    size_t before = complaints->count;
    check_artifact(&c, artifact);
    return complaints->count == before;
}

bool
cm_check_link(const struct cm_trust *trust, struct cm_plugins *plugins, struct cm_log *log,
              const struct cm_link *link, struct cm_complaints *complaints)
{
    const struct checking c = {trust, plugins, log, complaints};
    size_t before = complaints->count;
    check_link(&c, link);
    return complaints->count == before;
}

bool
cm_check_plugins(const struct cm_trust *trust, struct cm_plugins *plugins, struct cm_log *log,
                 struct cm_complaints *complaints)
{
    const struct checking c = {trust, plugins, log, complaints};
    for (size_t i = 0; i < trust->system_count; i++)
        check_system(&c, &trust->systems[i]);
    for (size_t i = 0; i < trust->project_count; i++) {
        const struct cm_project *project = &trust->projects[i];
        for (size_t j = 0; j < project->link_count; j++)
            check_link(&c, &project->links[j]);
        for (size_t j = 0; j < project->artifact_count; j++)
            check_artifact(&c, &project->artifacts[j]);
        check_signers(&c, project);
        for (size_t j = 0; j < project->policy_count; j++)
            check_policy(&c, project, &project->policies[j]);
    }
    drop_repeated(complaints);
    return complaints->count == 0;
}
