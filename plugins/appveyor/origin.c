/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts that collecting and judging both read, and the origin that is stated from them. Both read
 * what was kept, so they cannot come to read different things.
 */
#include "appveyor.h"

#include <string.h>

/* A tag's build says `branch`, too, but AppVeyor itself cannot tell it reliably. What speaks of a
 * tag and of none at once is neither. */
const char *
av_ref_of(struct cmk_call *c, const struct cmk_value *build)
{
    const char *branch = cmk_text(c, build, "build.branch");
    const char *tag = cmk_text(c, build, "build.tag");
    if (cmk_truth(c, build, "build.isTag", 0))
        return tag != NULL ? cmk_printf(c, "refs/tags/%s", tag) : NULL;
    return tag == NULL && branch != NULL ? cmk_printf(c, "refs/heads/%s", branch) : NULL;
}

bool
av_is_final(const char *status)
{
    return av_same(status, "success") || av_same(status, "failed") || av_same(status, "cancelled");
}

/* ---- the job ---- */

static struct av_job
job_at(struct cmk_call *c, const struct cmk_value *jobs, uint64_t index)
{
    const struct cmk_value *job = c->json->at(c, jobs, index);
    return (struct av_job){.job = job, .id = av_shown(c, job, "jobId"), .index = index};
}

static struct av_job
named_job(struct cmk_call *c, const struct cmk_value *jobs, const char *id)
{
    uint64_t count = c->json->count(c, jobs), times = 0, index = 0;
    for (uint64_t i = 0; i < count; i++)
        if (av_same(av_shown(c, c->json->at(c, jobs, i), "jobId"), id)) {
            index = i;
            times++;
        }
    if (times == 1)
        return job_at(c, jobs, index);
    if (times > 1) /* which of them made the artifact? */
        return (struct av_job){.why =
                                   cmk_printf(c, "the build has %llu jobs of the id %s: build anew",
                                              (unsigned long long)times, id)};
    return (struct av_job){.foreign = count > 0,
                           .why = cmk_printf(c,
                                             "the build has no job %s: give one of its own with "
                                             "--job",
                                             id)};
}

struct av_job
av_job_of(struct cmk_call *c, const struct cmk_value *build)
{
    const char *named = av_names_of(c).job;
    const struct cmk_value *jobs = cmk_get(c, build, "build.jobs");
    uint64_t count = c->json->count(c, jobs);
    if (named != NULL)
        return named_job(c, jobs, named);
    if (count == 1)
        return job_at(c, jobs, 0);
    return (struct av_job){.why = cmk_printf(c,
                                             "the build has %llu jobs: name the one that made "
                                             "the artifact with --job",
                                             (unsigned long long)count)};
}

/* ---- the artifacts ---- */

/* Control characters of ASCII, and those of ISO 8859-1 in UTF-8. */
static bool
has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
            return true;
    return false;
}

static const char *
wrong_with_name(struct cmk_call *c, const char *name)
{
    const char *parts[16] = {NULL};
    uint32_t count = av_split(c, name, '/', parts, 16);
    if (name == NULL)
        return "has no name that can be read";
    if (strchr(name, '\\') != NULL)
        return "has a backslash";
    if (has_control(name))
        return "has a control character";
    if (count > 16)
        return "has too many folders";
    for (uint32_t i = 0; i < count; i++)
        if (*parts[i] == '\0' || av_same(parts[i], ".") || av_same(parts[i], ".."))
            return "has an empty part, '.' or '..'";
    return NULL;
}

uint32_t
av_times_listed(struct cmk_call *c, const struct cmk_value *list, const char *name)
{
    uint32_t times = 0;
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        times += av_same_but_case(av_shown(c, c->json->at(c, list, i), "fileName"), name);
    return times;
}

static void
take(struct cmk_call *c, struct av_artifacts *taken, const struct cmk_value *list, uint64_t index)
{
    const struct cmk_value *item = c->json->at(c, list, index);
    const char *name = av_shown(c, item, "fileName");
    const char *wrong = wrong_with_name(c, name);
    int64_t size = cmk_integer(c, item, "size", -1);
    if (wrong == NULL && av_times_listed(c, list, name) > 1)
        wrong = "is listed more than once (or differs from another only in case)";
    if (wrong == NULL && size < 0)
        wrong = "is listed without a size";
    if (wrong != NULL || taken->count == AV_MOST_ARTIFACTS) {
        taken->status = wrong != NULL ? CMK_E_MALFORMED : CMK_E_LIMIT;
        taken->why = wrong != NULL ? cmk_printf(c, "artifact '%s' %s", name, wrong)
                                   : "more than 32 artifacts match the link's pattern";
        return;
    }
    taken->names[taken->count] = name;
    taken->sizes[taken->count] = size;
    taken->indices[taken->count++] = index;
}

/* Nothing is taken in part: if something is wrong with one, none is. */
struct av_artifacts
av_artifacts_of(struct cmk_call *c, const struct cmk_value *list)
{
    struct av_artifacts taken = {.status = CMK_OK};
    const char *pattern = cmk_text(c, c->options, "artifact");
    bool each = av_same(cmk_text(c, c->options, "artifacts"), "each");
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count && taken.status == CMK_OK; i++)
        if (c->base->match(c, pattern, av_shown(c, c->json->at(c, list, i), "fileName")) == 1)
            take(c, &taken, list, i);
    if (taken.status == CMK_OK && (taken.count == 0 || (taken.count > 1 && !each))) {
        taken.status = taken.count == 0 ? CMK_E_NOT_FOUND : CMK_E_CONFIG;
        taken.why =
            cmk_printf(c,
                       "%u of the job's %llu artifacts match '%s': correct the link's "
                       "artifact pattern%s",
                       taken.count, (unsigned long long)count, pattern != NULL ? pattern : "",
                       taken.count > 1 ? ", or say artifacts = \"each\"" : "");
    }
    if (taken.status != CMK_OK)
        taken.count = 0;
    return taken;
}

const char *
av_download_name(struct cmk_call *c, uint32_t index)
{
    return index == 0 ? "download" : cmk_printf(c, "download-%u", index + 1);
}

/* ---- what is stated ---- */

static const char *
page_of(struct cmk_call *c, const char *build, const char *job)
{
    return cmk_url(c, av_base(c), "project", cmk_text(c, c->options, "account"),
                   cmk_text(c, c->options, "project"), "builds", build, "job", job);
}

/* Of several, the one that was submitted; without a submission none of them is more meant. */
static bool
is_meant(struct cmk_call *c, const struct cmk_statement *s, const struct av_artifacts *all,
         uint32_t index)
{
    if (all->count == 1)
        return true;
    const struct cmk_value *given = s->evidence->document_if_any(c, "submitted");
    if (given == NULL)
        return false;
    const struct cmk_value *got = s->evidence->facts(c, av_download_name(c, index));
    return av_same(cmk_text(c, got, "sha256"), cmk_text(c, given, "sha256"));
}

static void
state_artifact(struct cmk_call *c, const struct cmk_statement *s)
{
    const struct cmk_value *list = s->evidence->document_if_any(c, "artifacts");
    struct av_artifacts all = av_artifacts_of(c, list);
    for (uint32_t i = 0; i < all.count; i++) {
        const char *slash = strrchr(all.names[i], '/');
        if (!is_meant(c, s, &all, i))
            continue;
        s->origin(c, "artifact", slash != NULL ? slash + 1 : all.names[i], "artifacts",
                  cmk_printf(c, "%llu.fileName", (unsigned long long)all.indices[i]));
        return;
    }
}

/* A build is as old as its making, not as its last job: a job can be run again years later. */
int32_t
av_state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    const struct cmk_value *build = s->evidence->document(c, "build");
    bool tagged = cmk_truth(c, build, "build.isTag", 0);
    const char *id = av_shown(c, build, "build.buildId");
    struct av_job job = av_job_of(c, build);
    const char *job_path = cmk_printf(c, "build.jobs.%llu.jobId", (unsigned long long)job.index);
    s->origin(c, "repository", av_repository_of(c, build).url, "build", "project.repositoryName");
    s->origin(c, "commit", cmk_text(c, build, "build.commitId"), "build", "build.commitId");
    s->origin(c, "ref", av_ref_of(c, build), "build", tagged ? "build.tag" : "build.branch");
    s->origin(c, "build", id, "build", "build.buildId");
    s->origin(c, "built_at", cmk_text(c, build, "build.created"), "build", "build.created");
    if (job.id != NULL) {
        s->origin(c, "job", job.id, "build", job_path);
        s->origin(c, "url", page_of(c, id, job.id), "build", job_path);
    }
    s->attach(c, "AppVeyorSettings.json", "settings");
    state_artifact(c, s);
    return c->base->status(c);
}
