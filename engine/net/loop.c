/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop. A turn starts what is due, waits for something to happen, lets libcurl work, and calls
 * back; in that order, so that whatever a callback starts is under way with the next turn.
 */
#include "net/inside.h"

#include "base/clock.h"

#define LONGEST_POLL (60 * CM_SECOND)
#define LAST_CALLS   1000 /* rounds of callbacks at the end: they may ask on, but not forever */

/* ---- jobs ---- */

/* True if one ended at once: somebody may be waiting for that, and no descriptor tells. */
static bool
start_jobs(struct cm_net *net, int64_t now)
{
    bool ended = false;
    size_t running = 0;
    for (const struct cm_job *job = net->jobs; job; job = job->next)
        running += job->state == CM_JOB_RUNNING;
    for (struct cm_job *job = net->jobs; job && running < CM_HTTP_AT_ONCE; job = job->next) {
        struct cm_err err = CM_ERR_INIT;
        if (job->state != CM_JOB_READY || job->not_before > now)
            continue;
        if (cm_hop_start(job, &err)) {
            running++;
        } else {
            cm_job_end(job, &err);
            ended = true;
        }
    }
    return ended;
}

static void
finish_jobs(struct cm_net *net)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(net->multi, &left))) {
        struct cm_job *job = NULL;
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job) == CURLE_OK)
            cm_job_judge(job, code);
    }
}

/* ---- callbacks ---- */

static bool
has_news(const struct cm_net *net)
{
    for (const struct cm_job *job = net->jobs; job; job = job->next)
        if (job->state == CM_JOB_DONE && job->call)
            return true;
    return false;
}

/* Callbacks may add jobs, behind the last; those are seen by the next round. */
static void
tell_news(struct cm_net *net)
{
    const struct cm_job *last = net->last_job;
    for (struct cm_job *job = net->jobs; job; job = job == last ? NULL : job->next) {
        void (*call)(void *data, struct cm_exchange *exchange) = job->call;
        if (job->state != CM_JOB_DONE || !call)
            continue;
        job->call = NULL;
        call(job->call_data, &job->x);
    }
}

/* ---- a turn ---- */

static int64_t
sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until when there is nothing to do for us; libcurl knows of its own matters. */
static int64_t
next_event(const struct cm_net *net, int64_t now, int64_t until)
{
    int64_t next = sooner(sooner(until, net->settings.deadline), now + LONGEST_POLL);
    if (net->settings.log)
        next = sooner(next, now + CM_SECOND);
    if (net->timers)
        next = sooner(next, net->timers->at);
    for (const struct cm_job *job = net->jobs; job; job = job->next)
        if (job->state == CM_JOB_READY && job->not_before > now)
            next = sooner(next, job->not_before);
    return next > now && !has_news(net) ? next - now : 0;
}

static bool
perform(struct cm_net *net)
{
    int running = 0;
    CURLMcode code = curl_multi_perform(net->multi, &running);
    return code == CURLM_OK || cm_fail(&net->why, CM_E_INTERNAL, "the network does not work: %s",
                                       curl_multi_strerror(code));
}

static void
turn(struct cm_net *net, int64_t until)
{
    int64_t now = cm_monotonic_now();
    net->turning = true;
    bool ended = start_jobs(net, now);
    int64_t wait = ended ? 0 : next_event(net, now, until);
    net->over = !cm_watch_await(net, wait) || !perform(net);
    if (!net->over) {
        finish_jobs(net);
        cm_watch_tell(net);
        cm_timer_fire(&net->timers, cm_monotonic_now());
        tell_news(net);
    }
    net->turning = false;
}

/* ---- the end ---- */

static void
name_reason(struct cm_net *net)
{
    if (net->why.class != CM_OK)
        return;
    if (cm_net_remaining(net) == 0)
        (void)cm_fail(&net->why, CM_E_CANCELLED, "the time that was given is over");
    else
        (void)cm_fail(&net->why, CM_E_CANCELLED, "stopped before it was done");
}

/* What the callbacks ask for now is done at once, with the same reason. */
static void
end_all(struct cm_net *net)
{
    net->over = true;
    name_reason(net);
    for (struct cm_job *job = net->jobs; job; job = job->next)
        cm_job_cancel(job);
    net->turning = true;
    for (int i = 0; i < LAST_CALLS && (net->ends || has_news(net)); i++) {
        cm_timer_fire(&net->ends, 0);
        tell_news(net);
    }
    net->turning = false;
}

/* ---- waiting ---- */

/* Until *done (NULL: never) or `until`; false if the end comes first. */
static bool
run(struct cm_net *net, const bool *done, int64_t until)
{
    int64_t since = cm_monotonic_now();
    if (net->turning)
        return false;
    bool over = false;
    while (!(done && *done) && !over) {
        over = cm_net_cancelled(net);
        if (over)
            end_all(net);
        else if (cm_monotonic_now() >= until)
            break;
        else
            turn(net, until);
        cm_progress_show(net, since);
    }
    cm_progress_clear(net);
    return !over;
}

bool
cm_net_wait(struct cm_net *net, const bool *done)
{
    return run(net, done, INT64_MAX);
}

bool
cm_net_sleep(struct cm_net *net, int64_t ns)
{
    return run(net, NULL, cm_net_moment(ns));
}
