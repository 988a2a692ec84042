/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a job. The ask is copied in ask.c; how it is carried is in hop.c and receive.c, what
 * becomes of it in outcome.c.
 */
#include "net/inside.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define JOB_MOST ((size_t)32 * 1024 * 1024) /* headers and matches of all tries */

static struct cm_job *
job_new(struct cm_net *net)
{
    struct cm_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->net = net;
    job->arena = cm_arena_new(JOB_MOST);
    if (job->arena)
        job->x.headers = cm_arena_alloc(job->arena, CM_HTTP_HEADERS * sizeof *job->x.headers);
    if (!job->x.headers) {
        cm_arena_free(job->arena);
        free(job);
        return NULL;
    }
    job->x.url = job->x.final_url = job->where = "";
    job->x.artifact = -1;
    job->x.asked_at = cm_wall_now();
    *(net->last_job ? &net->last_job->next : &net->jobs) = job;
    net->last_job = job;
    return job;
}

struct cm_exchange *
cm_net_http(struct cm_net *net, const struct cm_http_ask *ask)
{
    struct cm_job *job = job_new(net);
    if (!job)
        return NULL;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_job_copy_ask(job, ask, &err)) {
        if (job->where[0])
            cm_context(&err, "%s", job->where);
        cm_job_end(job, &err);
    } else if (net->over) {
        cm_job_cancel(job);
    }
    return &job->x;
}

void
cm_net_on_done(struct cm_net *net, struct cm_exchange *exchange,
               void (*call)(void *data, struct cm_exchange *exchange), void *data)
{
    (void)net;
    struct cm_job *job = (struct cm_job *)exchange;
    job->call = call;
    job->call_data = data;
}

void
cm_net_on_body(struct cm_net *net, struct cm_exchange *exchange,
               bool (*sink)(void *data, const void *at, size_t size, struct cm_err *err),
               void *data)
{
    (void)net;
    struct cm_job *job = (struct cm_job *)exchange;
    job->sink = sink;
    job->sink_data = data;
}

void
cm_net_stop(struct cm_net *net, struct cm_exchange *exchange, const struct cm_err *why)
{
    (void)net;
    cm_job_end((struct cm_job *)exchange, why);
}

/* What a server says may come back in a message; a secret that it repeats must not. */
static void
keep_secrets(struct cm_job *job)
{
    struct cm_log *log = job->net->settings.log;
    struct cm_err *err = &job->x.err;
    if (err->text[0] && cm_log_holds_secret(log, err->text))
        cm_fail(err, err->class,
                "the request failed; the reason is withheld, as it repeats a "
                "secret");
}

void
cm_job_end(struct cm_job *job, const struct cm_err *err)
{
    if (job->state == CM_JOB_DONE)
        return;
    cm_hop_close(job);
    cm_buf_done(&job->credential);
    cm_buf_done(&job->body);
    cm_finder_done(&job->finder);
    job->x.err = *err;
    keep_secrets(job);
    if (err->class != CM_OK)
        cm_fd_done(&job->x.artifact);
    job->x.answered_at = cm_wall_now();
    job->state = CM_JOB_DONE;
    job->x.done = true;
}

void
cm_job_cancel(struct cm_job *job)
{
    if (job->state == CM_JOB_DONE)
        return;
    struct cm_err err = job->net->why;
    cm_context(&err, "%s", job->where);
    cm_job_end(job, &err);
}

void
cm_job_free(struct cm_job *job)
{
    cm_hop_close(job);
    cm_buf_done(&job->credential);
    cm_buf_done(&job->body);
    cm_buf_done(&job->x.body);
    cm_finder_done(&job->finder);
    cm_fd_done(&job->x.artifact);
    cm_arena_free(job->arena);
    free(job);
}

bool
cm_job_aim(struct cm_job *job, const struct cm_url *url)
{
    const char *origin = cm_url_origin(job->arena, url);
    const char *where = origin ? cm_arena_printf(job->arena, "%s%s", origin, url->path) : NULL;
    if (!where)
        return false;
    job->at = *url;
    job->where = where;
    return true;
}

void
cm_job_restart(struct cm_job *job, int64_t not_before)
{
    job->at = job->asked;
    job->where = job->asked_where;
    job->x.final_url = job->x.url;
    job->x.redirects = 0;
    job->estranged = false;
    job->not_before = not_before;
    job->state = CM_JOB_READY;
}

const char *
cm_job_header(const struct cm_job *job, const char *name, size_t *ret_count)
{
    const char *value = NULL;
    size_t count = 0;
    for (size_t i = 0; i < job->x.header_count; i++)
        if (strcmp(job->x.headers[i].name, name) == 0) {
            value = job->x.headers[i].value;
            count++;
        }
    *ret_count = count;
    return value;
}
