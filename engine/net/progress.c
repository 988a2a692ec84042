/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inside.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

static const struct cm_job *
oldest_running(const struct cm_net *net, size_t *ret_count)
{
    const struct cm_job *oldest = NULL;
    *ret_count = 0;
    for (const struct cm_job *job = net->jobs; job; job = job->next)
        if (job->state != CM_JOB_DONE) {
            oldest = oldest ? oldest : job;
            ++*ret_count;
        }
    return oldest;
}

void
cm_progress_show(struct cm_net *net, int64_t since)
{
    char text[200];
    size_t count = 0;
    int64_t now = cm_monotonic_now();
    if (!net->settings.log || now - since < CM_SECOND || now - net->shown_at < CM_SECOND)
        return;
    long long seconds = (now - since) / CM_SECOND;
    const struct cm_job *job = oldest_running(net, &count);
    if (job)
        snprintf(text, sizeof text, "waiting for %.80s, %lld s (%zu under way, %llu KiB)",
                 job->at.host, seconds, count, (unsigned long long)(job->hop.size / 1024));
    else
        snprintf(text, sizeof text, "waiting, %lld s", seconds);
    cm_log_progress(net->settings.log, text);
    net->shown_at = now;
}

void
cm_progress_clear(struct cm_net *net)
{
    if (net->shown_at)
        cm_log_progress(net->settings.log, "");
    net->shown_at = 0;
}
