/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/model.h"

#include "base/json.h"
#include "trust/url.h"

#include <stdlib.h>
#include <string.h>

#define TRUST_MOST ((size_t)256 << 20)

struct cm_trust *
cm_trust_new(void)
{
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL)
        return NULL;
    trust->arena = cm_arena_new(TRUST_MOST);
    trust->values = json_array();
    trust->mirrors = CM_MIRRORS_DEFAULT;
    return trust->arena != NULL && trust->values != NULL ? CM_TAKE(trust) : NULL;
}

struct cm_trust *
cm_trust_free(struct cm_trust *trust)
{
    if (trust == NULL)
        return NULL;
    cm_json_done(&trust->values);
    trust->arena = cm_arena_free(trust->arena);
    free(trust);
    return NULL;
}

void
cm_trust_done(struct cm_trust **trust)
{
    *trust = cm_trust_free(*trust);
}

static bool
is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

const struct cm_project *
cm_trust_project(const struct cm_trust *trust, const char *slug)
{
    for (size_t i = 0; i < trust->project_count; i++) {
        if (is(trust->projects[i].slug, slug))
            return &trust->projects[i];
    }
    return NULL;
}

const struct cm_system *
cm_trust_system(const struct cm_trust *trust, const char *slug)
{
    for (size_t i = 0; i < trust->system_count; i++) {
        if (is(trust->systems[i].slug, slug))
            return &trust->systems[i];
    }
    return NULL;
}

const struct cm_signing_key *
cm_trust_key(const struct cm_trust *trust, const char *slug)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        if (is(trust->keys[i].slug, slug))
            return &trust->keys[i];
    }
    return NULL;
}

const struct cm_policy *
cm_project_policy(const struct cm_project *project, const char *slug)
{
    for (size_t i = 0; i < project->policy_count; i++) {
        if (is(project->policies[i].slug, slug))
            return &project->policies[i];
    }
    return NULL;
}

const struct cm_link *
cm_project_link(const struct cm_project *project, const char *system)
{
    for (size_t i = 0; i < project->link_count; i++) {
        if (is(project->links[i].system, system))
            return &project->links[i];
    }
    return NULL;
}

const struct cm_artifact_configuration *
cm_project_artifact(const struct cm_project *project, const char *slug)
{
    for (size_t i = 0; i < project->artifact_count; i++) {
        if (is(project->artifacts[i].slug, slug))
            return &project->artifacts[i];
    }
    return NULL;
}

struct cm_told
cm_artifact_told(const struct cm_artifact_configuration *artifact, const char *plugin)
{
    for (size_t i = 0; i < artifact->told_count; i++) {
        if (is(artifact->told[i].plugin, plugin))
            return artifact->told[i];
    }
    return (struct cm_told){.plugin = plugin, .place = artifact->place};
}

bool
cm_policy_allows(const struct cm_policy *policy, const char *system)
{
    for (size_t i = 0; i < policy->systems.count; i++) {
        if (is(policy->systems.at[i], system))
            return true;
    }
    return false;
}

/* Without memory: that a host is not found would mean that its key is not pinned. */
const struct cm_host *
cm_trust_host(const struct cm_trust *trust, const char *url)
{
    char room[CM_URL_HOST_SIZE], name[CM_URL_HOST_SIZE];
    struct cm_err err = CM_ERR_INIT;
    struct cm_url parsed;
    if (!cm_url_parse_origin(url, room, &parsed, &err))
        return NULL;
    cm_url_host(&parsed, name);
    for (size_t i = 0; i < trust->host_count; i++) {
        if (is(trust->hosts[i].name, name))
            return &trust->hosts[i];
    }
    return NULL;
}
