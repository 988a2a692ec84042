/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the artifact: is it what the job made, while it ran?
 */
#include "appveyor.h"

/* ---- from the job ---- */

/* Each download has the size that was listed; gives the one that is the submitted file. */
static int32_t
sizes_as_listed(struct cmk_call *c, const struct cmk_exam *x, const struct av_artifacts *all,
                const char *submitted, const char **ret_same)
{
    for (uint32_t i = 0; i < all->count; i++) {
        const struct cmk_value *got = x->evidence->facts(c, av_download_name(c, i));
        const char *digest = cmk_text(c, got, "sha256");
        if (digest == NULL || cmk_get(c, got, "size") == NULL)
            return av_unknown(c, x, "size and digest of %s are not known", all->names[i]);
        if (cmk_integer(c, got, "size", -1) != all->sizes[i])
            return av_fail(c, x, "%s is listed with %lld bytes and came with %s", all->names[i],
                           (long long)all->sizes[i], cmk_show(c, got, "size"));
        if (av_same(digest, submitted))
            *ret_same = all->names[i];
    }
    return CMK_PASS;
}

/* Without a list nothing was downloaded, for the reason that then stands there. */
static struct av_artifacts
artifacts_of(struct cmk_call *c, const struct cmk_exam *x)
{
    struct av_artifacts all = av_artifacts_of(c, x->evidence->document(c, "artifacts"));
    if (all.status != CMK_OK)
        x->observe(c, all.why);
    return all;
}

int32_t
av_artifact_from_job(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *given = x->evidence->document_if_any(c, "submitted");
    const char *submitted = cmk_text(c, given, "sha256"), *same = NULL;
    struct av_artifacts all = artifacts_of(c, x);
    if (all.status != CMK_OK)
        return CMK_UNKNOWN;
    int32_t answer = sizes_as_listed(c, x, &all, submitted, &same);
    if (answer != CMK_PASS)
        return answer;
    if (given == NULL)
        return av_pass(c, x, "%s%s, as listed", all.names[0], all.count > 1 ? " and others" : "");
    if (submitted == NULL)
        return av_unknown(c, x, "the digest of the submitted file is not known");
    cmk_expect(c, x, "the submitted file, SHA-256 %s", submitted);
    if (same == NULL)
        return av_fail(c, x, "AppVeyor's %s%s: another content", all.names[0],
                       all.count > 1 ? " and others" : "");
    return av_pass(c, x, "AppVeyor's %s, the same content", same);
}

/* ---- in the job's time ---- */

static int32_t
made_between(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *item,
             const struct cmk_value *job)
{
    int64_t created = cmk_time(c, item, "created");
    int64_t started = cmk_time(c, job, "started"), finished = cmk_time(c, job, "finished");
    if (created == CMK_NO_TIME)
        return av_unknown(c, x, "AppVeyor does not state when %s was made",
                          cmk_show(c, item, "fileName"));
    if (started == CMK_NO_TIME || finished == CMK_NO_TIME)
        return av_unknown(c, x, "AppVeyor does not state when the job began and ended");
    cmk_expect(c, x, "between %s and %s, listed once", cmk_show(c, job, "started"),
               cmk_show(c, job, "finished"));
    if (created < started || created > finished)
        return av_fail(c, x, "%s was made %s", cmk_show(c, item, "fileName"),
                       cmk_show(c, item, "created"));
    return CMK_PASS;
}

int32_t
av_artifact_in_job_time(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *list = x->evidence->document(c, "artifacts");
    struct av_job job = av_job_of(c, x->evidence->document(c, "build"));
    const char *pattern = cmk_text(c, c->options, "artifact");
    uint64_t count = c->json->count(c, list), seen = 0;
    if (job.job == NULL)
        return av_unknown(c, x, "%s", job.why);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *item = c->json->at(c, list, i);
        const char *name = av_shown(c, item, "fileName");
        if (c->base->match(c, pattern, name) != 1)
            continue;
        if (seen++ == AV_MOST_ARTIFACTS)
            return av_unknown(c, x, "more than 32 artifacts match the link's pattern");
        if (av_times_listed(c, list, name) > 1)
            return av_fail(c, x, "%s is listed more than once", name);
        int32_t answer = made_between(c, x, item, job.job);
        if (answer != CMK_PASS)
            return answer;
    }
    if (seen == 0)
        return av_unknown(c, x, "no artifact matches the link's pattern");
    return av_pass(c, x, "%llu made while the job ran", (unsigned long long)seen);
}
