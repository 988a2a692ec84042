/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/effective.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/url.h"

#include <string.h>

static json_t *
words_json(const struct cm_words *words)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; ok && i < words->count; i++)
        ok = json_array_append_new(array, json_string(words->at[i])) == 0;
    if (!ok)
        cm_json_done(&array);
    return array;
}

static bool
is_among(const json_t *texts, const char *text)
{
    size_t i;
    const json_t *one;
    json_array_foreach(texts, i, one)
    {
        if (strcmp(json_string_value(one), text) == 0)
            return true;
    }
    return false;
}

/* Adds the normal form of a repository, and its host if paths on it are folded. */
static bool
add_repository(const struct cm_trust *trust, const char *url, json_t *repositories, json_t *hosts)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 17);
    const struct cm_host *host = cm_trust_host(trust, url);
    bool fold = host != NULL && host->case_insensitive;
    struct cm_err err = CM_ERR_INIT;
    const char *normal;
    if (arena == NULL || !cm_url_repository(arena, url, fold, &normal, &err))
        return false;
    if (fold && !is_among(hosts, host->name) &&
        json_array_append_new(hosts, json_string(host->name)) != 0)
        return false;
    return json_array_append_new(repositories, json_string(normal)) == 0;
}

static json_t *
project_json(const struct cm_trust *trust, const struct cm_project *project)
{
    json_t *object = json_object();
    json_t *repositories = json_array(), *hosts = json_array();
    bool ok = object != NULL && repositories != NULL && hosts != NULL;
    for (size_t i = 0; ok && i < project->repository_count; i++)
        ok = add_repository(trust, project->repositories[i].url, repositories, hosts);
    cm_json_set_text(object, "slug", project->slug, &ok);
    cm_json_set(object, "repositories", repositories, &ok);
    cm_json_set(object, "fold_hosts", hosts, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

static json_t *
waiver_json(const struct cm_waiver *waiver)
{
    char until[CM_TIME_SIZE];
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_format_time(waiver->until, until);
    cm_json_set_text(object, "check", waiver->check, &ok);
    cm_json_set_text(object, "reason", waiver->reason, &ok);
    cm_json_set_text(object, "author", waiver->author, &ok);
    cm_json_set_text(object, "until", until, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

static json_t *
waivers_json(const struct cm_policy *policy)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; ok && i < policy->waiver_count; i++)
        ok = json_array_append_new(array, waiver_json(&policy->waivers[i])) == 0;
    if (!ok)
        cm_json_done(&array);
    return array;
}

/* What an origin has to be; without one, that nobody asks for it. */
static void
put_refs(json_t *object, const struct cm_policy *policy, bool *ok)
{
    if (policy->system_only) {
        cm_json_set_text(object, "origin", "none", ok);
        return;
    }
    cm_json_set(object, "refs", words_json(&policy->refs), ok);
    cm_json_set(object, "tag_branches", words_json(&policy->tag_branches), ok);
}

static void
put_repository(json_t *object, const struct cm_policy *policy, bool *ok)
{
    if (policy->system_only)
        return;
    cm_json_set_text(object, "repository", policy->repository_any ? "any" : "public", ok);
    cm_json_set_int(object, "max_age", policy->max_age / CM_SECOND, ok);
}

static json_t *
policy_json(const struct cm_policy *policy)
{
    if (policy == NULL)
        return json_null();
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "slug", policy->slug, &ok);
    cm_json_set(object, "systems", words_json(&policy->systems), &ok);
    put_refs(object, policy, &ok);
    cm_json_set(object, "submitters", words_json(&policy->submitters), &ok);
    cm_json_set(object, "optional", words_json(&policy->optional), &ok);
    cm_json_set(object, "waivers", waivers_json(policy), &ok);
    put_repository(object, policy, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

static json_t *
link_json(const struct cm_link *link)
{
    if (link == NULL)
        return json_null();
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "system", link->system, &ok);
    cm_json_set(object, "assume", words_json(&link->assume), &ok);
    cm_json_set_text(object, "assume_reason", link->assume_reason, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

static json_t *
system_json(const struct cm_system *system)
{
    if (system == NULL)
        return json_null();
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "slug", system->slug, &ok);
    cm_json_set_text(object, "connector", system->connector, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

json_t *
cm_effective(const struct cm_trust *trust, const struct cm_project *project,
             const struct cm_policy *policy, const struct cm_link *link,
             const struct cm_system *system)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "organization", trust->organization, &ok);
    cm_json_set(object, "project", project_json(trust, project), &ok);
    cm_json_set(object, "policy", policy_json(policy), &ok);
    cm_json_set(object, "link", link_json(link), &ok);
    cm_json_set(object, "system", system_json(system), &ok);
    cm_json_set(object, "options", json_object(), &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

json_t *
cm_effective_artifact(const struct cm_artifact_configuration *artifact)
{
    json_t *object = json_object();
    json_t *rewriters = json_array();
    bool ok = object != NULL && rewriters != NULL;
    for (size_t i = 0; ok && i < artifact->rewriters.count; i++)
        ok = json_array_append_new(rewriters, json_pack("{s:s, s:{}}", "plugin",
                                                        artifact->rewriters.at[i], "options")) == 0;
    cm_json_set_text(object, "slug", artifact->slug, &ok);
    cm_json_set(object, "rewriters", rewriters, &ok);
    cm_json_set(object, "packages", words_json(&artifact->packages), &ok);
    if (artifact->signer != NULL)
        cm_json_set(object, "signer",
                    json_pack("{s:s, s:{}}", "plugin", artifact->signer, "options"), &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}
