/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "base/fd.h"

#include <string.h>

#define REQUEST_MOST     ((size_t)64 * 1024)
#define HISTORY_MOST     ((uint64_t)1024 * 1024 * 1024)
#define HISTORY_OBJECTS  10000000u
#define RECENT_MOST      ((uint64_t)512 * 1024) /* more is not worth it: see client_reach.c */
#define SNAPSHOT_MOST    ((uint64_t)64 * 1024 * 1024)
#define SNAPSHOT_OBJECTS 1000000u
#define ALONE_OBJECTS    1000u                   /* of a pack that was asked for one */
#define ALONE_OVER       ((uint64_t)1024 * 1024) /* bytes of a pack beyond its object */

/* ---- what the plan means ---- */

struct extent {
    uint64_t most;
    unsigned objects;
    unsigned depth;
    bool filtered, streamed;
};

static struct extent
extent_of(const struct cm_git_fetch_plan *plan)
{
    switch (plan->extent) {
    case CM_FETCH_SNAPSHOT:
        return (struct extent){.most = SNAPSHOT_MOST, .objects = SNAPSHOT_OBJECTS, .depth = 1};
    case CM_FETCH_RECENT:
        return (struct extent){.most = RECENT_MOST, .objects = HISTORY_OBJECTS, .filtered = true};
    case CM_FETCH_WHOLE:
        return (struct extent){
            .most = HISTORY_MOST, .objects = HISTORY_OBJECTS, .filtered = true, .streamed = true};
    default:
        /* A filter of tree:0 leaves a wanted tree or blob alone, it filters what they lead to. */
        return (struct extent){.most = plan->most + ALONE_OVER,
                               .objects = ALONE_OBJECTS,
                               .depth = plan->commits ? 1 : 0,
                               .filtered = true};
    }
}

static const char *
line_of(const struct extent *extent)
{
    switch (extent->objects) {
    case HISTORY_OBJECTS:
        return "pack 10000000";
    case SNAPSHOT_OBJECTS:
        return "pack 1000000";
    default:
        return "pack 1000";
    }
}

bool
cm_git_filters(const struct cm_git_repository *repository)
{
    return repository->session.offers.filter && !repository->session.unfiltered;
}

/* ---- its end ---- */

/* That something is not found may only be the server's word on what was asked for, never that of a
 * file of ours. */
void
cm_git_fetch_end(struct cm_git_fetch *fetch)
{
    if (fetch->err.class == CM_E_NOT_FOUND && !fetch->answer.refused)
        fetch->err.class = CM_E_INTERNAL;
    if (fetch->exchange && !fetch->exchange->done) {
        if (fetch->err.class == CM_OK)
            (void)cm_fail(&fetch->err, CM_E_INTERNAL, "the helper did not wait for the pack");
        cm_net_stop(cm_git_net(fetch->repository), fetch->exchange, &fetch->err);
    }
    cm_git_spool_done(&fetch->spool);
    fetch->state = CM_GIT_DONE;
    fetch->repository->again = true;
}

bool
cm_git_fetch_on_indexed(struct cm_git_fetch *fetch, const struct cm_git_item *item,
                        struct cm_err *err)
{
    if (item->kind != CM_ITEM_INDEXED || fetch->idx)
        return cm_fail(err, CM_E_INTERNAL, "the helper answers what was not asked");
    fetch->objects = item->count;
    fetch->idx = cm_arena_text(fetch->repository->arena, item->text);
    return fetch->idx ? true : cm_git_no_memory(err);
}

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    return cm_git_fetch_on_indexed(data, item, err);
}

void
cm_git_fetch_on_done(void *data, const struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    if (fetch->state == CM_GIT_DONE)
        return;
    if (fetch->err.class == CM_OK)
        fetch->err = *err;
    if (fetch->err.class == CM_OK && !fetch->idx)
        (void)cm_fail(&fetch->err, CM_E_INTERNAL, "the helper did not say what it has indexed");
    cm_git_fetch_end(fetch);
    cm_git_advance(fetch->repository);
}

static bool
hand_over(struct cm_git_fetch *fetch, struct cm_err *err)
{
    fetch->task.spool = &fetch->spool;
    fetch->task.item = on_item;
    fetch->task.done = cm_git_fetch_on_done;
    fetch->task.data = fetch;
    if (!cm_git_worker_ask(fetch->worker, &fetch->task, err))
        return false;
    fetch->handed = true;
    return true;
}

/* ---- the request ---- */

/* Called from inside libcurl: only our own. */
static bool
to_spool(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    return cm_git_spool_write(&fetch->spool, at, size, err);
}

static bool
on_body(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    return cm_git_fetch_answer_feed(&fetch->answer, at, size, err);
}

static bool
can_ask(const struct cm_git_fetch *fetch, const struct extent *extent, int64_t since,
        struct cm_err *err)
{
    const struct cm_git_session *session = &fetch->repository->session;
    if (session->err.class != CM_OK) {
        *err = session->err;
        return false;
    }
    if ((extent->depth > 0 || since > 0) && !session->offers.shallow)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server does not give out single commits");
    return true;
}

static bool
send(struct cm_git_fetch *fetch, const struct cm_git_fetch_plan *plan, const struct extent *extent,
     struct cm_err *err)
{
    struct cm_git_repository *repository = fetch->repository;
    const struct cm_git_session *session = &repository->session;
    struct cm_net *net = cm_git_net(repository);
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(REQUEST_MOST);
    if (!can_ask(fetch, extent, plan->since, err))
        return false;
    fetch->filtered = extent->filtered && cm_git_filters(repository);
    const struct cm_git_fetch_ask ask = {.wants = plan->wants,
                                         .want_count = plan->want_count,
                                         .haves = plan->haves,
                                         .have_count = plan->have_count,
                                         .depth = extent->depth,
                                         .since = plan->since,
                                         .filter = fetch->filtered ? "tree:0" : NULL};
    cm_git_fetch_request(&session->offers, &ask, &body);
    if (body.failed)
        return cm_fail(err, CM_E_LIMIT, "the question is too long");
    if (!cm_git_spool_open(cm_net_settings(net)->folder, &fetch->spool, err))
        return false;
    fetch->exchange =
        cm_git_request(repository, "git-upload-pack", &body, extent->most, session->anonymous);
    if (!fetch->exchange)
        return cm_git_no_memory(err);
    cm_net_on_body(net, fetch->exchange, on_body, fetch);
    return !extent->streamed || hand_over(fetch, err);
}

struct cm_git_fetch *
cm_git_fetch_new(struct cm_git_repository *repository, struct cm_git_worker *worker)
{
    struct cm_git_fetch *fetch = cm_arena_alloc(repository->arena, sizeof *fetch);
    if (!fetch)
        return NULL;
    fetch->repository = repository;
    fetch->worker = worker;
    fetch->spool = (struct cm_git_spool){.fd = -1, .wake = -1};
    fetch->state = CM_GIT_RUNNING;
    fetch->asked_at = cm_wall_now();
    fetch->next = repository->fetches;
    repository->fetches = fetch;
    return fetch;
}

struct cm_git_fetch *
cm_git_fetch(struct cm_git_repository *repository, struct cm_git_worker *worker,
             const struct cm_git_fetch_plan *plan)
{
    struct cm_git_fetch *fetch = cm_git_fetch_new(repository, worker);
    if (!fetch)
        return NULL;
    const struct extent extent = extent_of(plan);
    fetch->task.line = line_of(&extent);
    cm_git_fetch_answer_begin(&fetch->answer, to_spool, fetch);
    if (!send(fetch, plan, &extent, &fetch->err))
        cm_git_fetch_end(fetch);
    return fetch;
}

/* ---- going on ---- */

static bool
is_whole_answer(struct cm_git_fetch *fetch, struct cm_err *err)
{
    return cm_git_is_answer(fetch->exchange, CM_GIT_RESULT_TYPE, err) &&
           cm_git_fetch_answer_end(&fetch->answer, err);
}

/* The server has said all: the helper is told so, or gets it now. */
void
cm_git_fetch_advance(struct cm_git_fetch *fetch)
{
    if (fetch->carried) {
        cm_git_carry_advance(fetch);
        return;
    }
    if (fetch->state != CM_GIT_RUNNING || fetch->answered || !fetch->exchange->done)
        return;
    fetch->answered = true;
    bool whole = is_whole_answer(fetch, &fetch->err);
    cm_git_spool_end(&fetch->spool, whole);
    if (!fetch->handed && (!whole || !hand_over(fetch, &fetch->err)))
        cm_git_fetch_end(fetch);
}

bool
cm_git_fetch_may_go_unfiltered(const struct cm_git_fetch *fetch)
{
    struct cm_git_session *session = &fetch->repository->session;
    if (!fetch->filtered || !fetch->answer.refused || fetch->err.class != CM_E_UNSUPPORTED)
        return false;
    session->unfiltered = true;
    return true;
}

void
cm_git_fetch_stop(struct cm_git_fetch *fetch)
{
    if (fetch->state == CM_GIT_DONE)
        return;
    (void)cm_git_cancelled(&fetch->err);
    cm_git_spool_end(&fetch->spool, false);
    fetch->state = CM_GIT_DONE;
}

void
cm_git_fetch_free(struct cm_git_fetch *fetch)
{
    cm_git_fetch_answer_done(&fetch->answer);
    cm_git_spool_done(&fetch->spool);
}
