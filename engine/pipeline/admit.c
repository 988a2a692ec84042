/* SPDX-License-Identifier: Apache-2.0
 *
 * Stage admit: whom and what a submission is about, by the configuration alone. */
#include "pipeline/admit.h"

#include "base/json.h"
#include "plugin/options.h"
#include "trust/effective.h"

void
cm_admitted_done(struct cm_admitted *admitted)
{
    cm_json_done(&admitted->effective);
    cm_json_done(&admitted->names);
    cm_json_done(&admitted->secrets);
}

/* "release, nightly": what there is, for a message about what there is not. */
static const char *
listed(struct cm_buf *to, size_t count, const char *(*slug)(const void *of, size_t index),
       const void *of)
{
    for (size_t i = 0; i < count; i++)
        cm_buf_printf(to, "%s%s", i > 0 ? ", " : "", slug(of, i));
    return count > 0 ? cm_buf_text(to) : "none";
}

static const char *
project_slug(const void *trust, size_t index)
{
    return ((const struct cm_trust *)trust)->projects[index].slug;
}

static const char *
policy_slug(const void *project, size_t index)
{
    return ((const struct cm_project *)project)->policies[index].slug;
}

static const char *
artifact_slug(const void *project, size_t index)
{
    return ((const struct cm_project *)project)->artifacts[index].slug;
}

static const char *
link_system(const void *project, size_t index)
{
    return ((const struct cm_project *)project)->links[index].system;
}

static bool
find_project(const struct cm_trust *trust, const char *slug, const struct cm_project **ret,
             struct cm_err *err)
{
    if (trust->project_count == 0)
        return cm_fail(err, CM_E_CONFIG,
                       "the configuration has no project: declare one in projects = ( ... )");
    if (slug == NULL && trust->project_count == 1) {
        *ret = &trust->projects[0];
        return true;
    }
    const struct cm_project *found = slug != NULL ? cm_trust_project(trust, slug) : NULL;
    if (found == NULL) {
        CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
        const char *there = listed(&names, trust->project_count, project_slug, trust);
        return slug == NULL
                   ? cm_fail(err, CM_E_NOT_FOUND, "name the project: --project, one of: %s", there)
                   : cm_fail(err, CM_E_NOT_FOUND, "there is no project '%s'; there is: %s", slug,
                             there);
    }
    *ret = found;
    return true;
}

static bool
find_policy(const struct cm_project *project, const char *slug, const struct cm_policy **ret,
            struct cm_err *err)
{
    if (project->policy_count == 0)
        return cm_fail(err, CM_E_CONFIG, "project %s has no signing policy: declare one in %s",
                       project->slug, "signing_policies = ( ... )");
    if (slug == NULL && project->policy_count == 1) {
        *ret = &project->policies[0];
        return true;
    }
    const struct cm_policy *found = slug != NULL ? cm_project_policy(project, slug) : NULL;
    if (found == NULL) {
        CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
        const char *there = listed(&names, project->policy_count, policy_slug, project);
        return slug == NULL ? cm_fail(err, CM_E_NOT_FOUND,
                                      "name the signing policy of %s: --policy, one of: %s",
                                      project->slug, there)
                            : cm_fail(err, CM_E_NOT_FOUND,
                                      "project %s has no signing policy '%s'; it has: %s",
                                      project->slug, slug, there);
    }
    *ret = found;
    return true;
}

/* A project that has none is fine, and so are several if nobody needs one. */
static bool
find_artifact(const struct cm_project *project, const struct cm_submission *submission,
              const struct cm_artifact_configuration **ret, struct cm_err *err)
{
    const char *slug = submission->artifact;
    CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
    *ret = project->artifact_count == 1 ? &project->artifacts[0] : NULL;
    if (slug != NULL)
        *ret = cm_project_artifact(project, slug);
    if (*ret != NULL ||
        (slug == NULL && (project->artifact_count == 0 || !submission->wants_artifact)))
        return true;
    const char *there = listed(&names, project->artifact_count, artifact_slug, project);
    return slug == NULL
               ? cm_fail(err, CM_E_NOT_FOUND,
                         "name the artifact configuration of %s: --artifact-configuration, "
                         "one of: %s",
                         project->slug, there)
               : cm_fail(err, CM_E_NOT_FOUND,
                         "project %s has no artifact configuration '%s'; it has: %s", project->slug,
                         slug, there);
}

/* Nothing can be documented in a package that nobody asked for. */
static bool
may_be_documented(const struct cm_policy *policy, const struct cm_artifact_configuration *artifact,
                  const struct cm_submission *submission, struct cm_err *err)
{
    if (!policy->system_only || artifact == NULL || artifact->rewriters.count == 0 ||
        !submission->wants_artifact)
        return true;
    return cm_fail(err, CM_E_CONFIG,
                   "artifact configuration %s documents the origin, and signing policy %s asks for "
                   "none: take an artifact configuration without rewriters, or a policy with "
                   "origin = \"required\"",
                   artifact->slug, policy->slug);
}

/* Of several linked ones, the only one that the policy (if one is meant) allows. NULL if that
 * leaves a choice. */
static const char *
only_system(const struct cm_project *project, const struct cm_policy *policy)
{
    const char *only = NULL;
    if (project->link_count == 1)
        return project->links[0].system;
    for (size_t i = 0; i < project->link_count; i++) {
        const char *system = project->links[i].system;
        if (policy != NULL && !cm_policy_allows(policy, system))
            continue;
        if (only != NULL)
            return NULL;
        only = system;
    }
    return only;
}

static bool
find_slug_of_system(const struct cm_project *project, const struct cm_policy *policy,
                    const char *slug, const char **ret, struct cm_err *err)
{
    const char *system = slug != NULL ? slug : only_system(project, policy);
    if (system == NULL) {
        CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
        return cm_fail(err, CM_E_NOT_FOUND,
                       "name the trusted build system: --system; project %s is linked to: %s",
                       project->slug, listed(&names, project->link_count, link_system, project));
    }
    *ret = system;
    return true;
}

bool
cm_find_system(const struct cm_trust *trust, struct cm_plugins *plugins, const char *slug,
               struct cm_system *stand_in, const struct cm_system **ret,
               const struct cm_plugin **ret_plugin, struct cm_err *err)
{
    const struct cm_system *declared = cm_trust_system(trust, slug);
    const struct cm_plugin *plugin;
    if (!cm_plugins_load(plugins, declared != NULL ? declared->connector : slug, &plugin, err)) {
        if (declared == NULL && err->class == CM_E_NOT_FOUND)
            return cm_fail(err, CM_E_CONFIG,
                           "there is no trusted build system '%s', and no plug-in stands in for "
                           "it: declare it in systems = ( ... )",
                           slug);
        if (err->class == CM_E_NOT_FOUND)
            err->class = CM_E_CONFIG; /* what is not there is the plug-in, not what was asked for */
        return cm_context(err, "system %s", slug);
    }
    const struct cmk_connector *connector = plugin->table->connector;
    if (connector == NULL)
        return cm_fail(err, CM_E_CONFIG, "system %s: plug-in %s is not a connector", slug,
                       plugin->id);
    if (declared == NULL && (connector->flags & CMK_PREDEFINED) == 0)
        return cm_fail(err, CM_E_CONFIG,
                       "there is no trusted build system '%s': declare it in systems = ( ... )",
                       slug);
    if (declared == NULL) {
        *stand_in =
            (struct cm_system){.slug = plugin->id, .connector = plugin->id, .predefined = true};
        declared = stand_in;
    }
    *ret = declared;
    *ret_plugin = plugin;
    return true;
}

/* Options of a submission are no part of the policy: they go to `names`. */
static bool
split_names(const struct cmk_option *table, json_t *options, json_t **ret_names)
{
    json_t *names = json_object();
    bool ok = names != NULL;
    for (const struct cmk_option *o = table; ok && o != NULL && o->name != NULL; o++) {
        json_t *value = json_object_get(options, o->name);
        if (o->of != CMK_OF_SUBMISSION || value == NULL)
            continue;
        cm_json_set(names, o->name, json_incref(value), &ok);
        ok = ok && json_object_del(options, o->name) == 0;
    }
    if (!ok) {
        json_decref(names);
        return false;
    }
    *ret_names = names;
    return true;
}

/* ---- rewriters ---- */

/* What is not there is the plug-in, not what was asked for. */
static bool
load_tool(struct cm_plugins *plugins, const char *id, const char *what,
          const struct cm_plugin **ret, struct cm_err *err)
{
    if (cm_plugins_load(plugins, id, ret, err))
        return true;
    if (err->class == CM_E_NOT_FOUND)
        err->class = CM_E_CONFIG;
    return cm_context(err, "%s %s", what, id);
}

bool
cm_find_rewriter(struct cm_plugins *plugins, const char *id, const struct cm_plugin **ret,
                 struct cm_err *err)
{
    const struct cm_plugin *plugin;
    if (!load_tool(plugins, id, "rewriter", &plugin, err))
        return false;
    if (plugin->table->rewriter == NULL)
        return cm_fail(err, CM_E_CONFIG, "plug-in %s is not a rewriter", id);
    *ret = plugin;
    return true;
}

bool
cm_find_signer(struct cm_plugins *plugins, const char *id, const struct cm_plugin **ret,
               struct cm_err *err)
{
    const struct cm_plugin *plugin;
    if (!load_tool(plugins, id, "signer", &plugin, err))
        return false;
    if (plugin->table->signer == NULL)
        return cm_fail(err, CM_E_CONFIG, "plug-in %s is not a signer", id);
    *ret = plugin;
    return true;
}

bool
cm_tool_options(const struct cm_plugin *plugin, const struct cm_artifact_configuration *artifact,
                json_t **ret, struct cm_complaints *complaints)
{
    const struct cm_told told = cm_artifact_told(artifact, plugin->id);
    const struct cm_words_said said = {.plugin = &told.settings, .plugin_place = told.place};
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    return cm_options_resolve(plugin->table->options, &said, ret, &secrets, complaints);
}

static bool
resolve_signer(const struct cm_artifact_configuration *artifact, struct cm_plugins *plugins,
               json_t *to, struct cm_complaints *complaints, struct cm_err *err)
{
    bool ok = true;
    const struct cm_plugin *plugin;
    json_t *options = NULL;
    if (!cm_find_signer(plugins, artifact->signer, &plugin, err))
        return false;
    if (!cm_tool_options(plugin, artifact, &options, complaints))
        return cm_fail(err, CM_E_CONFIG, "the options of %s do not hold", plugin->id);
    cm_json_set(to, "options", options, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* What a rewriter or signer was told is part of what is recorded, so that rewriting later is done
 * by it. */
static bool
resolve_artifact(struct cm_admitted *a, struct cm_plugins *plugins,
                 struct cm_complaints *complaints, struct cm_err *err)
{
    const struct cm_artifact_configuration *artifact = a->artifact;
    bool ok = true;
    if (artifact == NULL)
        return true;
    json_t *value = cm_effective_artifact(artifact);
    cm_json_set(a->effective, "artifact", value, &ok);
    for (size_t i = 0; ok && i < artifact->rewriters.count; i++) {
        const struct cm_plugin *plugin;
        json_t *options = NULL;
        if (!cm_find_rewriter(plugins, artifact->rewriters.at[i], &plugin, err))
            return false;
        if (!cm_tool_options(plugin, artifact, &options, complaints))
            return cm_fail(err, CM_E_CONFIG, "the options of %s do not hold", plugin->id);
        cm_json_set(json_array_get(json_object_get(value, "rewriters"), i), "options", options,
                    &ok);
    }
    if (ok && artifact->signer != NULL &&
        !resolve_signer(artifact, plugins, json_object_get(value, "signer"), complaints, err))
        return false;
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- the options of all ---- */

/* Without a link nothing can be asked: there are no options, and request.linked says so. */
static bool
resolve_unlinked(struct cm_admitted *a, struct cm_err *err)
{
    a->names = json_object();
    a->secrets = json_object();
    a->effective = cm_effective(a->trust, a->project, a->policy, NULL, a->system);
    bool ok = a->names != NULL && a->secrets != NULL && a->effective != NULL;
    cm_json_set(a->effective, "options", json_object(), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
resolve(struct cm_admitted *a, const struct cm_submission *submission,
        struct cm_complaints *complaints, struct cm_err *err)
{
    const struct cm_policy *policy = a->policy;
    const struct cm_words_said said = {
        .system = &a->system->settings,
        .link = &a->link->settings,
        .policy = policy != NULL ? &policy->settings : NULL,
        .submission = submission->names,
        .system_place = a->system->place,
        .link_place = a->link->place,
        .policy_place = policy != NULL ? policy->place : a->link->place,
    };
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    if (!cm_options_resolve(a->plugin->table->options, &said, &options, &a->secrets, complaints))
        return cm_fail(err, CM_E_CONFIG, "the options of %s do not hold", a->system->slug);
    if (!split_names(a->plugin->table->options, options, &a->names))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    a->effective = cm_effective(a->trust, a->project, a->policy, a->link, a->system);
    bool ok = a->effective != NULL;
    cm_json_set(a->effective, "options", CM_TAKE(options), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* A system that only the submission names, and nobody declares, is a slip of the pen. */
static bool
explain_system(const struct cm_project *project, const char *said, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
    if (said == NULL || cm_project_link(project, said) != NULL)
        return false;
    return cm_fail(err, CM_E_NOT_FOUND,
                   "there is no trusted build system '%s'; project %s is linked to: %s", said,
                   project->slug, listed(&names, project->link_count, link_system, project));
}

bool
cm_admit(const struct cm_trust *trust, struct cm_plugins *plugins,
         const struct cm_submission *submission, struct cm_admitted *ret,
         struct cm_complaints *complaints, struct cm_err *err)
{
    const char *system = NULL;
    *ret = (struct cm_admitted){.trust = trust};
    if (!find_project(trust, submission->project, &ret->project, err) ||
        !find_policy(ret->project, submission->policy, &ret->policy, err) ||
        !find_artifact(ret->project, submission, &ret->artifact, err) ||
        !may_be_documented(ret->policy, ret->artifact, submission, err) ||
        !find_slug_of_system(ret->project, ret->policy, submission->system, &system, err))
        return false;
    if (!cm_find_system(trust, plugins, system, &ret->stand_in, &ret->system, &ret->plugin, err))
        return explain_system(ret->project, submission->system, err);
    ret->link = cm_project_link(ret->project, system);
    bool resolved =
        ret->link != NULL ? resolve(ret, submission, complaints, err) : resolve_unlinked(ret, err);
    return resolved && resolve_artifact(ret, plugins, complaints, err);
}

bool
cm_takes_peer(const struct cm_plugin *plugin)
{
    const struct cmk_connector *connector = plugin->table->connector;
    return connector != NULL && (connector->flags & CMK_TAKES_PEER) != 0;
}

static bool
may_deliver(const struct cm_admitted *a, const char *system, struct cm_err *err)
{
    if (!cm_policy_allows(a->policy, system))
        return cm_fail(err, CM_E_NOT_FOUND,
                       "signing policy %s does not allow system %s: name another --policy or "
                       "--system, or add it to `systems` of the policy",
                       a->policy->slug, system);
    if (a->link == NULL)
        return cm_fail(err, CM_E_CONFIG, "project %s has no link to %s: add it to `links`",
                       a->project->slug, system);
    return cm_takes_peer(a->plugin) ||
           cm_fail(err, CM_E_NOT_FOUND,
                   "system %s (connector %s) does not judge who delivers a submission: nothing is "
                   "to be signed for it",
                   system, a->plugin->id);
}

bool
cm_admit_peer(const struct cm_trust *trust, struct cm_plugins *plugins,
              const struct cm_submission *submission, struct cm_admitted *ret, struct cm_err *err)
{
    const char *system = NULL;
    *ret = (struct cm_admitted){.trust = trust};
    if (!find_project(trust, submission->project, &ret->project, err) ||
        !find_policy(ret->project, submission->policy, &ret->policy, err) ||
        !find_slug_of_system(ret->project, ret->policy, submission->system, &system, err))
        return false;
    if (!cm_find_system(trust, plugins, system, &ret->stand_in, &ret->system, &ret->plugin, err))
        return explain_system(ret->project, submission->system, err);
    ret->link = cm_project_link(ret->project, system);
    return may_deliver(ret, system, err);
}

/* What was said on the command line, or the only one; a link must be there. */
bool
cm_admit_link(const struct cm_trust *trust, struct cm_plugins *plugins, const char *project,
              const char *said, struct cm_admitted *ret, struct cm_complaints *complaints,
              struct cm_err *err)
{
    static const struct cm_submission nothing = {.names = NULL};
    const char *system = NULL;
    *ret = (struct cm_admitted){.trust = trust};
    if (!find_project(trust, project, &ret->project, err) ||
        !find_slug_of_system(ret->project, NULL, said, &system, err))
        return false;
    if (cm_project_link(ret->project, system) == NULL) {
        CM_CLEANUP(cm_buf_done) struct cm_buf names = CM_BUF_INIT(512);
        return cm_fail(err, CM_E_NOT_FOUND, "project %s has no link to '%s'; it is linked to: %s",
                       ret->project->slug, system,
                       listed(&names, ret->project->link_count, link_system, ret->project));
    }
    ret->link = cm_project_link(ret->project, system);
    return cm_find_system(trust, plugins, system, &ret->stand_in, &ret->system, &ret->plugin,
                          err) &&
           resolve(ret, &nothing, complaints, err);
}
