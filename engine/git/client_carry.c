/* SPDX-License-Identifier: Apache-2.0
 *
 * Old servers: libgit2 fetches, in the helper that has no network, and we carry its requests.
 */
#include "git/client_inside.h"

#include <string.h>

#define HISTORY_MOST  ((uint64_t)1024 * 1024 * 1024) /* bytes of one answer */
#define REQUESTS_MOST 64u                            /* of one fetch */

/* ---- one request ---- */

/* Called from inside libcurl. */
static bool
on_body(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    return cm_git_spool_write(&fetch->spool, at, size, err);
}

static bool
carry(struct cm_git_fetch *fetch, const struct cm_git_raw *raw, struct cm_err *err)
{
    struct cm_git_repository *repository = fetch->repository;
    struct cm_net *net = cm_git_net(repository);
    unsigned flags = cm_git_as_before(repository) | CM_GIT_OLD;
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(raw->size);
    cm_buf_add(&body, raw->at, raw->size);
    if (body.failed)
        return cm_git_no_memory(err);
    cm_git_spool_done(&fetch->spool);
    if (!cm_git_spool_open(cm_net_settings(net)->folder, &fetch->spool, err))
        return false;
    fetch->exchange =
        raw->size > 0 ? cm_git_request(repository, CM_GIT_PACK_PATH, &body, HISTORY_MOST, flags)
                      : cm_git_request(repository, CM_GIT_LIST_PATH, NULL, CM_GIT_LIST_MOST, flags);
    if (!fetch->exchange)
        return cm_git_no_memory(err);
    cm_net_on_body(net, fetch->exchange, on_body, fetch);
    return true;
}

/* What goes wrong with it is the fetch's end, and the helper is told that no more will come. */
static void
begin_request(struct cm_git_fetch *fetch, const struct cm_git_raw *raw)
{
    fetch->answered = false;
    if (++fetch->requests > REQUESTS_MOST)
        (void)cm_fail(&fetch->err, CM_E_LIMIT, "the server and libgit2 do not come to an end");
    bool begun = fetch->err.class == CM_OK && carry(fetch, raw, &fetch->err);
    cm_git_worker_give(fetch->worker, &fetch->spool);
    if (!begun) {
        fetch->answered = true;
        cm_git_spool_end(&fetch->spool, false);
    }
}

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    if (item->kind != CM_ITEM_REQUEST)
        return cm_git_fetch_on_indexed(fetch, item, err);
    begin_request(fetch, &item->raw);
    return true;
}

void
cm_git_carry_advance(struct cm_git_fetch *fetch)
{
    if (fetch->state != CM_GIT_RUNNING || fetch->answered || !fetch->exchange ||
        !fetch->exchange->done)
        return;
    bool is_list = fetch->exchange->status != 0 && fetch->requests == 1;
    const char *type = is_list ? CM_GIT_ADVERTISEMENT_TYPE : CM_GIT_RESULT_TYPE;
    fetch->answered = true;
    cm_git_spool_end(&fetch->spool, cm_git_is_answer(fetch->exchange, type, &fetch->err));
}

/* ---- the fetch ---- */

/* What git/reply.h says of `remote`. */
static const char *
line_of(struct cm_arena *arena, const struct cm_git_ref *const *refs, size_t ref_count,
        const char *const *haves, size_t have_count)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(CM_GIT_LINE_MOST);
    cm_buf_printf(&line, "remote 10000000 %zu", have_count);
    for (size_t i = 0; i < have_count; i++)
        cm_buf_printf(&line, " %s", haves[i]);
    for (size_t i = 0; i < ref_count; i++)
        cm_buf_printf(&line, " %s", refs[i]->name);
    return line.failed ? NULL : cm_arena_text(arena, cm_buf_text(&line));
}

struct cm_git_fetch *
cm_git_carry(struct cm_git_repository *repository, struct cm_git_worker *worker,
             const struct cm_git_ref *const *refs, size_t ref_count, const char *const *haves,
             size_t have_count)
{
    struct cm_git_fetch *fetch = cm_git_fetch_new(repository, worker);
    if (!fetch)
        return NULL;
    fetch->carried = true;
    fetch->answer.shallow = repository->session.shallow;
    fetch->task =
        (struct cm_git_task){.line = line_of(repository->arena, refs, ref_count, haves, have_count),
                             .item = on_item,
                             .done = cm_git_fetch_on_done,
                             .data = fetch};
    if (!fetch->task.line)
        (void)cm_fail(&fetch->err, CM_E_LIMIT, "the question is too long");
    if (fetch->err.class != CM_OK || !cm_git_worker_ask(worker, &fetch->task, &fetch->err))
        cm_git_fetch_end(fetch);
    return fetch;
}
