/* SPDX-License-Identifier: Apache-2.0
 *
 * Two trips to the outside. The order of lines is the schedule: starting never waits, recording
 * waits for that one answer while all others go on.
 */
#include "jenkins.h"

#include <countermark/text.h>
#include <string.h>

#define SECOND       INT64_C(1000000000)
#define FIRST_PAUSE  (2 * SECOND)
#define LAST_PAUSE   (30 * SECOND)
#define MOST_SIDECAR 4096
#define MOST_CONFIG  (1u << 20)

/* ---- answers that are no JSON ---- */

static const struct cmk_text_answers *
texts(struct cmk_call *c)
{
    const struct cmk_text_answers *t =
        c->base->query(c, CMK_TEXT_ANSWERS, sizeof(struct cmk_text_answers));
    if (t == NULL)
        cmk_fail(c, CMK_E_UNSUPPORTED, "this engine cannot read answers that are no JSON");
    return t;
}

typedef struct jk_json reader(struct cmk_call *c, const char *text, size_t size);

static const struct cmk_value *
record_read(struct cmk_call *c, const struct cmk_collect *k, const char *name,
            struct cmk_exchange *x, reader *read, const char *const *keep)
{
    const struct cmk_text_answers *t = texts(c);
    struct cmk_bytes body = {NULL, 0};
    if (t != NULL)
        body = t->body(c, x);
    if (body.at != NULL) {
        struct jk_json json = read(c, body.at, (size_t)body.size);
        t->read_as(c, x, (struct cmk_bytes){json.text, json.size}, json.wrong);
    }
    return k->record->exchange(c, name, x, keep);
}

const struct cmk_value *
jk_record_config(struct cmk_call *c, const struct cmk_collect *k, const char *name,
                 struct cmk_exchange *x)
{
    return record_read(c, k, name, x, jk_xml_read, jk_keep_config);
}

static struct cmk_exchange *
ask_config(struct cmk_call *c, const struct cmk_collect *k, const char *job)
{
    return jk_ask(c, k, cmk_url(c, jk_job_url(c, job), "config.xml"));
}

/* What the controller calls itself stands in the head of its pages, and on none that is JSON. */
static void
record_instance(struct cmk_call *c, const struct cmk_collect *k, struct cmk_exchange *page)
{
    const struct cmk_text_answers *t = texts(c);
    const char *identity = k->http->header(c, page, "X-Instance-Identity");
    const char *version = k->http->header(c, page, "X-Jenkins");
    const char *json = cmk_printf(c, "{\"identity\":%s,\"version\":%s}",
                                  identity != NULL ? jk_quoted(c, identity) : "null",
                                  version != NULL ? jk_quoted(c, version) : "null");
    if (t != NULL)
        t->read_as(c, page, (struct cmk_bytes){json, strlen(json)}, NULL);
    k->record->exchange(c, "instance", page, jk_keep_instance);
}

/* ---- the first trip: who is asked about what? ---- */

/* Older Jenkins does not know the second state. */
bool
jk_is_over(struct cmk_call *c, const struct cmk_value *build)
{
    return cmk_truth(c, build, "building", 1) == 0 && cmk_truth(c, build, "inProgress", 0) == 0;
}

static struct cmk_exchange *
ask_build(struct cmk_call *c, const struct cmk_collect *k, const struct jk_names *names)
{
    const char *url = cmk_url(c, jk_job_url(c, names->job), names->build);
    return jk_ask_tree(c, k, url, jk_tree_build);
}

/* Asks again, with growing pauses, until the build is over or the submitter's patience is. */
static struct cmk_exchange *
await_end(struct cmk_call *c, const struct cmk_collect *k, const struct jk_names *names)
{
    struct cmk_exchange *build = ask_build(c, k, names);
    int64_t left = cmk_integer(c, c->options, "wait", 0), pause = FIRST_PAUSE;
    while (left > 0) {
        const struct cmk_value *answer = k->http->json(c, build);
        if (answer == NULL || jk_is_over(c, answer))
            break;
        pause = pause < left ? pause : left;
        cmk_log(c, CMK_LOG_INFO, "build %s has not ended; asking again in %lld s", names->build,
                (long long)(pause / SECOND));
        if (k->sleep(c, pause) != CMK_OK)
            break;
        left -= pause;
        pause = pause * 3 / 2 < LAST_PAUSE ? pause * 3 / 2 : LAST_PAUSE;
        build = ask_build(c, k, names);
    }
    return build;
}

/* Does Jenkins know us, the job and the build? Three questions at once. */
int32_t
jk_authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    struct jk_names names = jk_names_of(c);
    const struct cmk_http_request login = {
        .size = sizeof login, .url = cmk_url(c, jk_base(c), "login"), .most = MOST_CONFIG};
    struct cmk_exchange *instance = k->http->start(c, &login);
    if (names.wrong != NULL) {
        k->record->absent(c, "job", CMK_E_NOT_FOUND, names.wrong);
        k->record->absent(c, "build", CMK_E_NOT_FOUND, names.wrong);
    } else {
        struct cmk_exchange *job = jk_ask_tree(c, k, jk_job_url(c, names.job), jk_tree_job);
        struct cmk_exchange *build = await_end(c, k, &names);
        k->record->exchange(c, "job", job, jk_keep_job);
        k->record->exchange(c, "build", build, jk_keep_build);
    }
    record_instance(c, k, instance);
    return c->base->status(c);
}

/* ---- the second trip: what did it build, of which source, by whose word? ---- */

static struct cmk_exchange *
ask_archived(struct cmk_call *c, const struct cmk_collect *k, const char *path, uint32_t flags)
{
    struct jk_names names = jk_names_of(c);
    const char *parts[JK_MOST_PARTS] = {NULL};
    uint32_t count = jk_split(c, path, '/', parts, JK_MOST_PARTS);
    const char *url = cmk_url(c, jk_job_url(c, names.job), names.build, "artifact");
    struct cmk_http_request ask = {
        .size = sizeof ask, .flags = flags, .most = flags != 0 ? 0 : MOST_SIDECAR};
    ask.url = path != NULL ? c->base->url(c, url, parts, count) : NULL;
    if (jk_has_token(c, k)) {
        ask.auth = CMK_AUTH_BASIC;
        ask.user = cmk_text(c, c->options, "user");
        ask.secret = "api_token";
    }
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &ask);
}

/* Of the job of a branch the project around it tells; else the history of the job itself. */
static const struct cmk_value *
collect_around(struct cmk_call *c, const struct cmk_collect *k, const char *job,
               const struct cmk_value *config)
{
    if (config == NULL || jk_is_branch_job(c, config)) {
        k->record->absent(c, "history", CMK_E_NOT_FOUND,
                          config != NULL ? "it is the job of a branch"
                                         : "the job's configuration is missing");
    } else {
        const char *page = cmk_url(c, jk_job_url(c, job), "jobConfigHistory");
        k->record->absent(c, "project-config", CMK_E_NOT_FOUND, "it is not the job of a branch");
        k->record->exchange(c, "history", jk_ask_tree(c, k, page, jk_tree_history),
                            jk_keep_history);
    }
    if (config == NULL)
        k->record->absent(c, "project-config", CMK_E_NOT_FOUND,
                          "the job's configuration is missing");
    else if (jk_is_branch_job(c, config))
        return jk_record_config(c, k, "project-config", ask_config(c, k, jk_parent(c, job)));
    return NULL;
}

static void
ask_repository(struct cmk_call *c, const struct cmk_collect *k, const struct cmk_value *config,
               const struct cmk_value *project)
{
    const struct cmk_value *build = k->kept(c, "build");
    struct jk_config read = jk_config_of(c, config, project);
    struct jk_checkout checkout = jk_checkout_of(c, build, read.remote);
    (void)k->git->commit(c, jk_remote(c, read.remote), jk_ref_of(c, build, &read, &checkout),
                         checkout.commit);
}

/* Is all still as it was before the download? */
static void
look_again(struct cmk_call *c, const struct cmk_collect *k, const struct jk_names *names)
{
    struct cmk_exchange *build = ask_build(c, k, names);
    struct cmk_exchange *config = ask_config(c, k, names->job);
    bool around = k->kept(c, "project-config") != NULL;
    struct cmk_exchange *project = around ? ask_config(c, k, jk_parent(c, names->job)) : NULL;
    k->record->exchange(c, "build-after", build, jk_keep_build);
    (void)jk_record_config(c, k, "config-after", config);
    if (around)
        (void)jk_record_config(c, k, "project-config-after", project);
    else
        k->record->absent(c, "project-config-after", CMK_E_NOT_FOUND, "there was none before");
}

static void
without_build(struct cmk_call *c, const struct cmk_collect *k, int32_t status, const char *why)
{
    static const char *const names[] = {
        "config",  "project-config", "history",      "download",
        "sidecar", "build-after",    "config-after", "project-config-after"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        k->record->absent(c, names[i], status, why);
}

static void
record_download(struct cmk_call *c, const struct cmk_collect *k, const struct jk_artifact *artifact,
                struct cmk_exchange *download)
{
    if (artifact->path == NULL)
        k->record->absent(c, "download", artifact->status, artifact->why);
    else if (artifact->digest_alone)
        k->record->absent(c, "download", CMK_E_NOT_FOUND,
                          "the artifact is not archived, only its digest is");
    else
        k->record->exchange(c, "download", download, NULL);
}

static void
collect_finished(struct cmk_call *c, const struct cmk_collect *k, const struct cmk_value *build)
{
    struct jk_names names = jk_names_of(c);
    struct jk_artifact artifact = jk_artifact_of(c, build);
    const char *beside = jk_sidecar_of(c, build, &artifact);
    struct cmk_exchange *config_asked = ask_config(c, k, names.job);
    const char *path = artifact.digest_alone ? NULL : artifact.path;
    struct cmk_exchange *download = ask_archived(c, k, path, CMK_HTTP_ARTIFACT);
    struct cmk_exchange *sidecar = ask_archived(c, k, beside, 0);
    const struct cmk_value *config = jk_record_config(c, k, "config", config_asked);
    ask_repository(c, k, config, collect_around(c, k, names.job, config));
    record_download(c, k, &artifact, download);
    if (beside != NULL)
        (void)record_read(c, k, "sidecar", sidecar, jk_sidecar_read, jk_keep_sidecar);
    else
        k->record->absent(c, "sidecar", CMK_E_NOT_FOUND, "none is archived beside the artifact");
    look_again(c, k, &names);
}

int32_t
jk_collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_value *build = k->kept(c, "build");
    if (build == NULL)
        without_build(c, k, CMK_E_NOT_FOUND, "the build is missing");
    else if (!jk_is_over(c, build))
        without_build(c, k, CMK_E_TRANSIENT,
                      "the build has not ended: submit again when it has, or give --wait DURATION");
    else
        collect_finished(c, k, build);
    return c->base->status(c);
}
