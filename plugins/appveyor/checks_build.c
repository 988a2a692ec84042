/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the build and the job that made the artifact.
 */
#include "appveyor.h"

#include <string.h>

static int32_t
ended_well(struct cmk_call *c, const struct cmk_exam *x, const char *status)
{
    if (!av_is_final(status))
        return av_unknown(c, x, "%s: wait for the end, or give --wait DURATION",
                          status != NULL ? status : "AppVeyor does not state it");
    cmk_observe(c, x, "%s", status);
    return cmk_passes(strcmp(status, "success") == 0);
}

int32_t
av_build_succeeded(struct cmk_call *c, const struct cmk_exam *x)
{
    return ended_well(c, x, cmk_text(c, x->evidence->document(c, "build"), "build.status"));
}

int32_t
av_job_succeeded(struct cmk_call *c, const struct cmk_exam *x)
{
    struct av_job job = av_job_of(c, x->evidence->document(c, "build"));
    if (job.foreign)
        return av_fail(c, x, "%s", job.why);
    if (job.job == NULL)
        return av_unknown(c, x, "%s", job.why);
    return ended_well(c, x, cmk_text(c, job.job, "status"));
}

int32_t
av_job_not_optional(struct cmk_call *c, const struct cmk_exam *x)
{
    struct av_job job = av_job_of(c, x->evidence->document(c, "build"));
    if (job.job == NULL)
        return av_unknown(c, x, "%s", job.why);
    if (cmk_get(c, job.job, "allowFailure") == NULL)
        return av_unknown(c, x, "AppVeyor does not state whether the job may fail");
    bool may_fail = cmk_truth(c, job.job, "allowFailure", 1);
    cmk_observe(c, x, "%s", may_fail ? "the job may fail" : "the build fails with the job");
    return cmk_passes(!may_fail);
}

/* AppVeyor leaves out what does not apply: whatever begins like this speaks of a pull request. */
int32_t
av_not_pull_request(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = cmk_get(c, x->evidence->document(c, "build"), "build");
    const char *number = av_shown(c, build, "pullRequestId");
    uint64_t count = c->json->count(c, build);
    if (build == NULL || count == 0)
        return av_unknown(c, x, "there is no build in AppVeyor's answer");
    if (number != NULL)
        return av_fail(c, x, "pull request %s", number);
    for (uint64_t i = 0; i < count; i++) {
        const char *key = c->json->key(c, build, i);
        if (av_begins(key, "pullRequest") && c->json->at(c, build, i) != NULL)
            return av_fail(c, x, "%s is there", key);
    }
    return av_pass(c, x, "no pull request");
}
