/* SPDX-License-Identifier: Apache-2.0
 *
 * The origin that is stated. It reads what was kept, by the same functions as collecting does, so
 * that both cannot come to read different things.
 */
#include "jenkins.h"

#include <time.h>

#define THOUSAND 1000

/* Milliseconds since 1970, as RFC 3339. */
static const char *
time_of(struct cmk_call *c, const struct cmk_value *build)
{
    int64_t at = jk_scheduled_at(c, build);
    time_t seconds = (time_t)(at / THOUSAND);
    struct tm utc;
    char text[32];
    if (at == 0 || gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        return NULL;
    return cmk_printf(c, "%s.%03dZ", text, (int)(at % THOUSAND));
}

/* A configuration that we may not read is no reason to say nothing at all. */
static const struct cmk_value *
config_if_shown(struct cmk_call *c, const struct cmk_statement *s, const char *name)
{
    if (s->evidence->refused(c, name) != CMK_OK)
        return NULL;
    return s->evidence->document(c, name);
}

static void
state_source(struct cmk_call *c, const struct cmk_statement *s, const struct cmk_value *build)
{
    const struct cmk_value *config = config_if_shown(c, s, "config");
    const struct cmk_value *project = config_if_shown(c, s, "project-config");
    struct jk_config read = jk_config_of(c, config, project);
    struct jk_checkout checkout = jk_checkout_of(c, build, read.remote);
    const char *source = read.kind == JK_MULTIBRANCH ? "project-config" : "config";
    if (read.remote != NULL)
        s->origin(c, "repository", jk_remote(c, read.remote), source, "body");
    s->origin(c, "commit", checkout.commit, "build", checkout.path);
    s->origin(c, "ref", jk_ref_of(c, build, &read, &checkout), "build", "actions");
    if (read.script != NULL)
        s->parameter(c, "script", read.script, "config", "body");
}

/* By name; what they were is withheld, because any of them may be a secret. */
static void
state_parameters(struct cmk_call *c, const struct cmk_statement *s, const struct cmk_value *build)
{
    const struct cmk_value *actions = cmk_get(c, build, "actions");
    uint64_t count = c->json->count(c, actions);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *list = c->json->member(c, c->json->at(c, actions, i), "parameters");
        uint64_t parameters = c->json->count(c, list);
        for (uint64_t n = 0; n < parameters; n++) {
            const char *path = cmk_printf(c, "actions.%llu.parameters.%llu", (unsigned long long)i,
                                          (unsigned long long)n);
            const char *name = cmk_text(c, c->json->at(c, list, n), "name");
            s->parameter(c, cmk_printf(c, "parameter %s", name != NULL ? name : ""), NULL, "build",
                         path);
        }
    }
}

/* A build is as old as its scheduling: what it builds is chosen after that. */
int32_t
jk_state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    const struct cmk_value *build = s->evidence->document(c, "build");
    const struct cmk_value *job = s->evidence->document(c, "job");
    struct jk_names names = jk_names_of(c);
    struct jk_artifact artifact = jk_artifact_of(c, build);
    s->origin(c, "build", jk_shown(c, build, "number"), "build", "number");
    s->origin(c, "job", cmk_text(c, job, "fullName"), "job", "fullName");
    s->origin(c, "url", cmk_url(c, jk_job_url(c, names.job), jk_shown(c, build, "number")), "build",
              "number");
    s->origin(c, "built_at", time_of(c, build), "build", "timestamp");
    if (artifact.path != NULL)
        s->origin(c, "artifact", artifact.name, "build",
                  cmk_printf(c, "artifacts.%llu.relativePath", (unsigned long long)artifact.index));
    state_source(c, s, build);
    state_parameters(c, s, build);
    s->attach(c, "JenkinsJob.json", "config");
    s->attach(c, "JenkinsProject.json", "project-config");
    /* last, because without it all else still holds */
    if (artifact.digest_alone)
        s->origin(c, "artifact_sha256", cmk_text(c, s->evidence->document(c, "sidecar"), "sha256"),
                  "sidecar", "sha256");
    return c->base->status(c);
}
