/* SPDX-License-Identifier: Apache-2.0
 *
 * Two trips to the outside. The order of lines is the schedule: starting never waits, recording
 * waits for that one answer while all others go on.
 */
#include "appveyor.h"

#define SECOND       INT64_C(1000000000)
#define FIRST_PAUSE  (2 * SECOND)
#define LAST_PAUSE   (30 * SECOND)
#define MOST_LOG     (64u << 20)
#define MOST_YML     (256u << 10)
#define BEHIND_MATCH 41 /* a commit id and what ends it; the next line may hold a secret */

static const struct cmk_http_request plain = {.size = sizeof plain};

/* ---- the first trip: who is asked about what? ---- */

/* By its id; or, if only a job is named, the project's last build, which may be the one. */
static struct av_ask
ask_build(struct cmk_call *c, const struct cmk_collect *k, const char *id)
{
    const char *account = cmk_text(c, c->options, "account");
    const char *project = cmk_text(c, c->options, "project");
    if (id == NULL)
        return av_path(c, k, &plain, "projects", account, project);
    return av_path(c, k, &plain, "projects", account, project, "builds", id);
}

/* Shown to nobody without a key: then not asked at all. */
static struct av_ask
ask_settings(struct cmk_call *c, const struct cmk_collect *k)
{
    if (!av_has_key(c, k))
        return (struct av_ask){.otherwise = NULL};
    return av_path(c, k, &plain, "projects", cmk_text(c, c->options, "account"),
                   cmk_text(c, c->options, "project"), "settings");
}

static void
record_settings(struct cmk_call *c, const struct cmk_collect *k, const char *name,
                const struct av_ask *settings)
{
    if (av_has_key(c, k))
        k->record->exchange(c, name, settings->exchange, av_keep_settings);
    else
        av_without_key(c, k, name);
}

/* Without our key: what everybody sees. */
static struct cmk_exchange *
ask_publicly(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_http_request ask = plain;
    ask.url = cmk_url(c, av_base(c), "api", "projects", cmk_text(c, c->options, "account"),
                      cmk_text(c, c->options, "project"));
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &ask);
}

/* Asks again, with growing pauses, until the build is over or the submitter's patience is. */
static void
await_end(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *build)
{
    int64_t left = cmk_integer(c, c->options, "wait", 0), pause = FIRST_PAUSE;
    while (left > 0) {
        const struct cmk_value *answer = k->http->json(c, build->exchange);
        const char *id = av_shown(c, answer, "build.buildId");
        if (id == NULL || av_is_final(av_shown(c, answer, "build.status")))
            return;
        pause = pause < left ? pause : left;
        cmk_log(c, CMK_LOG_INFO, "build %s is %s; asking again in %lld s", id,
                cmk_show(c, answer, "build.status"), (long long)(pause / SECOND));
        if (k->sleep(c, pause) != CMK_OK)
            return;
        left -= pause;
        pause = pause * 3 / 2 < LAST_PAUSE ? pause * 3 / 2 : LAST_PAUSE;
        *build = ask_build(c, k, id);
        av_settle(c, k, build);
    }
}

/* The project's last build is meant only if it holds the job that was named. */
static bool
is_meant(struct cmk_call *c, const struct cmk_collect *k, const struct av_ask *build)
{
    struct av_names names = av_names_of(c);
    if (names.build != NULL)
        return true;
    const struct cmk_value *answer = k->http->json(c, build->exchange);
    struct av_job job = av_job_of(c, answer);
    if (answer == NULL || job.job != NULL)
        return true;
    k->record->absent(c, "build", CMK_E_NOT_FOUND,
                      cmk_printf(c, "the project's last build, %s, has no job %s: give --build ID",
                                 cmk_show(c, answer, "build.buildId"), names.job));
    return false;
}

static void
record_build(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *build)
{
    if (!is_meant(c, k, build))
        return;
    await_end(c, k, build);
    k->record->exchange(c, "build", build->exchange, av_keep_build);
}

/* Does AppVeyor know us, the project and the build? Three questions at once. */
int32_t
av_authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    struct av_names names = av_names_of(c);
    struct av_ask build = {.otherwise = NULL};
    if (names.wrong == NULL)
        build = ask_build(c, k, names.build);
    struct av_ask settings = ask_settings(c, k);
    struct cmk_exchange *project = ask_publicly(c, k);

    if (names.wrong == NULL)
        av_settle(c, k, &build);
    av_settle(c, k, &settings);
    if (names.wrong == NULL)
        record_build(c, k, &build);
    else
        k->record->absent(c, "build", CMK_E_NOT_FOUND, names.wrong);
    record_settings(c, k, "settings", &settings);
    k->record->exchange(c, "project", project, av_keep_project);
    return c->base->status(c);
}

/* ---- the second trip: what did the job make, and of which source? ---- */

static struct av_ask
ask_artifacts(struct cmk_call *c, const struct cmk_collect *k, const char *job)
{
    return av_path(c, k, &plain, "buildjobs", job, "artifacts");
}

static struct av_ask
ask_log(struct cmk_call *c, const struct cmk_collect *k, const char *job)
{
    struct cmk_http_request how = plain;
    how.most = MOST_LOG;
    how.find = AV_GIT_CHECKOUT;
    how.find_after = BEHIND_MATCH;
    return av_path(c, k, &how, "buildjobs", job, "log");
}

/* At the address that the list was found at; no more of it than was listed. */
static struct cmk_exchange *
ask_download(struct cmk_call *c, const struct cmk_collect *k, const struct av_ask *list,
             const char *name, int64_t size)
{
    const char *parts[16] = {NULL};
    uint32_t count = av_split(c, name, '/', parts, 16);
    struct cmk_http_request ask = list->request;
    ask.url = c->base->url(c, list->request.url, parts, count);
    ask.flags = CMK_HTTP_ARTIFACT;
    ask.most = size > 0 ? (uint64_t)size : 1;
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &ask);
}

static void
download(struct cmk_call *c, const struct cmk_collect *k, const struct av_ask *from,
         const struct cmk_value *list)
{
    struct cmk_exchange *asked[AV_MOST_ARTIFACTS] = {NULL};
    struct av_artifacts wanted = av_artifacts_of(c, list);
    for (uint32_t i = 0; i < wanted.count; i++)
        asked[i] = ask_download(c, k, from, wanted.names[i], wanted.sizes[i]);
    for (uint32_t i = 0; i < wanted.count; i++)
        k->record->exchange(c, av_download_name(c, i), asked[i], NULL);
    if (list == NULL)
        k->record->absent(c, "download", CMK_E_NOT_FOUND, "the list of artifacts is missing");
    else if (wanted.status != CMK_OK)
        k->record->absent(c, "download", wanted.status, wanted.why);
}

/* Is all still as it was before the download? */
static void
look_again(struct cmk_call *c, const struct cmk_collect *k, const struct cmk_value *build)
{
    const char *id = av_shown(c, build, "build.buildId");
    struct av_ask build_again = ask_build(c, k, id);
    struct av_ask settings_again = ask_settings(c, k);
    av_settle(c, k, &build_again);
    av_settle(c, k, &settings_again);
    k->record->exchange(c, "build-after", build_again.exchange, av_keep_build);
    record_settings(c, k, "settings-after", &settings_again);
}

static void
collect_job(struct cmk_call *c, const struct cmk_collect *k, const struct cmk_value *build)
{
    const char *job = av_job_of(c, build).id;
    struct av_ask list_asked = ask_artifacts(c, k, job);
    struct av_ask log = ask_log(c, k, job);
    av_settle(c, k, &list_asked);
    av_settle(c, k, &log);
    const struct cmk_value *list =
        k->record->exchange(c, "artifacts", list_asked.exchange, av_keep_artifacts);
    download(c, k, &list_asked, list);
    look_again(c, k, build);
    k->record->exchange(c, "log", log.exchange, av_keep_log);
}

/* There is no list, which is no fault of the list: the rest of the origin can be stated. */
static void
without_job(struct cmk_call *c, const struct cmk_collect *k, int32_t status, const char *why)
{
    static const char *const names[] = {"download", "log", "build-after", "settings-after"};
    k->record->absent(c, "artifacts", CMK_E_NOT_FOUND, why);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        k->record->absent(c, names[i], status, why);
}

int32_t
av_collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_value *build = k->kept(c, "build");
    struct cmk_exchange *commit =
        k->git->commit(c, av_repository_of(c, build).url, av_ref_of(c, build),
                       cmk_text(c, build, "build.commitId"));
    struct cmk_exchange *plain_yml = k->git->file(c, commit, "appveyor.yml", MOST_YML);
    struct cmk_exchange *dot_yml = k->git->file(c, commit, ".appveyor.yml", MOST_YML);
    struct av_job job = av_job_of(c, build);

    if (build == NULL)
        without_job(c, k, CMK_E_NOT_FOUND, "the build is missing");
    else if (job.job == NULL)
        without_job(c, k, CMK_E_CONFIG, job.why);
    else if (!av_is_final(cmk_text(c, build, "build.status")))
        without_job(c, k, CMK_E_TRANSIENT,
                    "the build has not ended: submit again when it has, or give --wait DURATION");
    else
        collect_job(c, k, build);
    k->record->exchange(c, "appveyor-yml", plain_yml, av_keep_all);
    k->record->exchange(c, "dot-appveyor-yml", dot_yml, av_keep_all);
    return c->base->status(c);
}
