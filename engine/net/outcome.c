/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a hop: an answer, another hop, another try or an error.
 */
#include "net/inside.h"

#include "base/clock.h"
#include "net/retry.h"

#include <string.h>

static bool
is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool
cm_job_is_sent_on(const struct cm_job *job)
{
    return is_redirect(job->x.status) && !(job->flags & CM_HTTP_NO_REDIRECTS);
}

/* ---- redirects ---- */

/* The one Location, as an absolute URL without fragment. Its text is not repeated in messages: it
 * may be signed. */
static bool
read_location(struct cm_job *job, const char **ret, struct cm_err *err)
{
    size_t count = 0;
    const char *value = cm_job_header(job, "location", &count);
    if (count != 1)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: status %d with %zu Location headers instead of one", job->where,
                       job->x.status, count);
    const char *text = cm_arena_bytes(job->arena, value, strcspn(value, "#"));
    if (!text)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for its redirect", job->where);
    struct cm_err why = CM_ERR_INIT;
    if (!cm_url_resolve(job->arena, &job->at, text, ret, &why))
        return cm_fail(err, why.class, "%s: redirected to something that is no valid URL",
                       job->where);
    return true;
}

static bool
may_follow(const struct cm_job *job, const struct cm_url *to, const char *origin,
           struct cm_err *err)
{
    int status = job->x.status;
    if (job->x.redirects == CM_HTTP_REDIRECTS)
        return cm_fail(err, CM_E_LIMIT, "%s: redirected more than %d times", job->where,
                       CM_HTTP_REDIRECTS);
    if (strcmp(job->at.scheme, "https") == 0 && strcmp(to->scheme, "https") != 0)
        return cm_fail(err, CM_E_DENIED, "%s: refused to follow a redirect from https to %s",
                       job->where, origin);
    if (job->post && (status < 307 || !cm_url_same_origin(&job->at, to)))
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: a POST is not redirected to %s (status %d)",
                       job->where, origin, status);
    return true;
}

static bool
follow(struct cm_job *job, struct cm_err *err)
{
    const char *text = NULL;
    struct cm_url to;
    if (!read_location(job, &text, err))
        return false;
    struct cm_err why = CM_ERR_INIT;
    if (!cm_url_parse(job->arena, text, &to, &why))
        return cm_fail(err, why.class, "%s: redirected to something that is no valid URL",
                       job->where);
    const char *origin = cm_url_origin(job->arena, &to);
    if (!may_follow(job, &to, origin ? origin : "", err))
        return false;
    if (!cm_job_aim(job, &to))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for its redirect", job->where);
    job->x.redirects++;
    job->x.final_url = job->where;
    job->estranged |= !cm_url_same_origin(&job->asked, &to);
    job->not_before = 0;
    job->state = CM_JOB_READY;
    return true;
}

/* ---- tries ---- */

static bool
may_try_again(const struct cm_job *job)
{
    bool harmless = !job->post || job->flags & CM_NET_IDEMPOTENT;
    return harmless && !job->sink_fed && job->x.tries < CM_RETRY_TRIES;
}

/* What the server asks for, or our own, whichever is longer. */
static int64_t
wait_before_next(const struct cm_job *job)
{
    size_t count = 0;
    int64_t ours = cm_net_backoff(job->net, job->x.tries);
    const char *value = cm_job_header(job, "retry-after", &count);
    int64_t theirs = value ? cm_retry_after(value, cm_wall_now()) : -1;
    return theirs > ours ? theirs : ours;
}

/* The job's end with a passing trouble, unless there is another try in it. */
static void
try_again_or_end(struct cm_job *job, const struct cm_err *trouble)
{
    struct cm_err err = *trouble;
    int64_t wait = wait_before_next(job);
    bool may = may_try_again(job);
    if (may && wait < cm_net_remaining(job->net)) {
        cm_hop_close(job);
        cm_job_restart(job, cm_monotonic_now() + wait);
        return;
    }
    if (may)
        (void)cm_fail(&err, CM_E_TRANSIENT,
                      "%s; the next try would be in %lld s, and less time than that is left",
                      trouble->text, (long long)((wait + CM_SECOND - 1) / CM_SECOND));
    else if (job->x.tries > 1)
        (void)cm_fail(&err, CM_E_TRANSIENT, "%s; tried %d times", trouble->text, job->x.tries);
    cm_job_end(job, &err);
}

/* ---- the hop is over ---- */

/* Without its query, which may be a key. One that cannot be read leaves an answer all the same. */
static void
keep_location(struct cm_job *job)
{
    const char *text = NULL;
    struct cm_err ignored = CM_ERR_INIT;
    if (read_location(job, &text, &ignored))
        job->x.location = cm_arena_bytes(job->arena, text, strcspn(text, "?"));
}

static void
judge_answer(struct cm_job *job)
{
    struct cm_err err = CM_ERR_INIT;
    int status = job->x.status;
    if (status == 429 || status >= 500) {
        (void)cm_fail(&err, CM_E_TRANSIENT, "%s: the server answered with status %d", job->where,
                      status);
        try_again_or_end(job, &err);
        return;
    }
    if (cm_job_is_sent_on(job)) {
        cm_hop_close(job);
        if (!follow(job, &err))
            cm_job_end(job, &err);
        return;
    }
    if (is_redirect(status))
        keep_location(job);
    cm_job_end(job, &err);
}

/* A body that is dropped is not read to its end; that is no failure. */
static bool
is_answer(const struct cm_hop *hop, CURLcode code)
{
    return hop->err.class == CM_OK && (code == CURLE_OK || hop->enough);
}

void
cm_job_judge(struct cm_job *job, CURLcode code)
{
    struct cm_err err = CM_ERR_INIT;
    bool ok =
        is_answer(&job->hop, code) ? cm_receive_end(job, &err) : cm_hop_failure(job, code, &err);
    if (ok) {
        judge_answer(job);
        return;
    }
    job->x.status = 0; /* half an answer is none */
    if (err.class == CM_E_TRANSIENT)
        try_again_or_end(job, &err);
    else
        cm_job_end(job, &err);
}
