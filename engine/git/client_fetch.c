/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "base/fd.h"
#include "git/documents.h"

#include <string.h>

#define REQUEST_MOST    ((size_t)64 * 1024)
#define HISTORY_MOST    ((uint64_t)1024 * 1024 * 1024)
#define HISTORY_OBJECTS ((size_t)10000000)
#define OBJECT_OBJECTS  ((size_t)1000)          /* of a pack that was asked for one */
#define OBJECT_OVER     ((uint64_t)1024 * 1024) /* bytes of a pack beyond its object */
#define REPLY_OVER      ((size_t)4096)          /* bytes of a reply beyond its objects */

/* ---- the pack ---- */

/* Called from inside libcurl: only our own. */
static bool
to_pack(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    return cm_fd_write_all(fetch->pack, "the pack", at, size, err) ||
           cm_context(err, "no room is left (set TMPDIR to a folder with room for packs)");
}

static bool
on_body(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_fetch *fetch = data;
    return cm_git_fetch_answer_feed(&fetch->answer, at, size, err);
}

static bool
has_what_we_need(const struct cm_git_session *session, struct cm_err *err)
{
    if (session->err.class != CM_OK) {
        *err = session->err;
        return false;
    }
    if (!session->offers.filter || !session->offers.shallow)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server does not offer filters");
    return true;
}

/* That something is not found may only be the server's word on what was asked for, never that of a
 * file of ours. */
static void
end(struct cm_git_fetch *fetch)
{
    if (fetch->err.class == CM_E_NOT_FOUND && !fetch->answer.refused)
        fetch->err.class = CM_E_INTERNAL;
    cm_fd_done(&fetch->pack);
    fetch->state = CM_GIT_DONE;
}

/* ---- the beginning ---- */

static struct cm_git_fetch *
new_fetch(struct cm_git_repository *repository)
{
    struct cm_git_fetch *fetch = cm_arena_alloc(repository->arena, sizeof *fetch);
    if (!fetch)
        return NULL;
    fetch->repository = repository;
    fetch->pack = -1;
    fetch->state = CM_GIT_RUNNING;
    fetch->asked_at = cm_wall_now();
    cm_git_fetch_answer_begin(&fetch->answer, to_pack, fetch);
    fetch->next = repository->fetches;
    repository->fetches = fetch;
    return fetch;
}

static bool
send(struct cm_git_fetch *fetch, const struct cm_git_fetch_ask *ask, uint64_t most,
     struct cm_err *err)
{
    struct cm_git_repository *repository = fetch->repository;
    const struct cm_git_session *session = &repository->session;
    struct cm_net *net = cm_git_net(repository);
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(REQUEST_MOST);
    if (!has_what_we_need(session, err))
        return false;
    cm_git_fetch_request(&session->offers, ask, &body);
    if (body.failed)
        return cm_fail(err, CM_E_LIMIT, "the question is too long");
    if (!cm_file_unlinked(cm_net_settings(net)->folder, &fetch->pack, err))
        return false;
    fetch->exchange =
        cm_git_request(repository, "git-upload-pack", &body, most, session->anonymous);
    if (!fetch->exchange)
        return cm_git_no_memory(err);
    cm_net_on_body(net, fetch->exchange, on_body, fetch);
    return true;
}

static struct cm_git_fetch *
start(struct cm_git_fetch *fetch, const struct cm_git_fetch_ask *ask, uint64_t most)
{
    if (!send(fetch, ask, most, &fetch->err))
        end(fetch);
    return fetch;
}

struct cm_git_fetch *
cm_git_fetch_object(struct cm_git_repository *repository, const char *id, bool commit,
                    uint64_t most)
{
    struct cm_git_fetch *fetch = new_fetch(repository);
    if (!fetch)
        return NULL;
    /* A filter of tree:0 leaves a wanted tree or blob alone, it filters what they lead to. */
    struct cm_git_fetch_ask ask = {
        .wants = &id, .want_count = 1, .depth = commit ? 1 : 0, .filter = "tree:0"};
    fetch->words[0] = "object";
    fetch->words[1] = cm_arena_printf(repository->arena, "%llu", (unsigned long long)most);
    fetch->words[2] = id;
    fetch->objects_most = OBJECT_OBJECTS;
    fetch->output_most = (size_t)most + REPLY_OVER;
    return fetch->words[1] ? start(fetch, &ask, most + OBJECT_OVER) : NULL;
}

struct cm_git_fetch *
cm_git_fetch_history(struct cm_git_repository *repository, const char *const *tips, size_t count,
                     const char *commit)
{
    struct cm_git_fetch *fetch = count <= CM_GIT_TIPS ? new_fetch(repository) : NULL;
    if (!fetch)
        return NULL;
    struct cm_git_fetch_ask ask = {.wants = tips, .want_count = count, .filter = "tree:0"};
    const unsigned most = CM_PATH_MOST;
    fetch->words[0] = "path";
    fetch->words[1] = cm_arena_printf(repository->arena, "%u", most);
    fetch->words[2] = commit;
    for (size_t i = 0; i < count; i++)
        fetch->words[3 + i] = tips[i];
    fetch->objects_most = HISTORY_OBJECTS;
    /* Each commit of the path has a line of its own in front. */
    fetch->output_most = most + (size_t)CM_GIT_PATH_MAX * 32 + REPLY_OVER;
    return fetch->words[1] ? start(fetch, &ask, HISTORY_MOST) : NULL;
}

/* ---- going on ---- */

static void
on_job(void *data, const struct cm_err *err, const struct cm_buf *output)
{
    struct cm_git_fetch *fetch = data;
    fetch->err = *err;
    fetch->output = (struct cm_buf)CM_BUF_INIT(fetch->output_most);
    if (err->class == CM_OK) {
        cm_buf_add(&fetch->output, output->at, output->size);
        if (fetch->output.failed)
            cm_git_no_memory(&fetch->err);
    }
    cm_git_job_free(cm_git_net(fetch->repository), CM_TAKE(fetch->job));
    end(fetch);
    cm_git_advance(fetch->repository);
}

static bool
start_job(struct cm_git_fetch *fetch, struct cm_err *err)
{
    struct cm_git_job_ask ask = {.pack = fetch->pack,
                                 .objects_most = fetch->objects_most,
                                 .words = fetch->words,
                                 .output_most = fetch->output_most};
    return cm_git_is_answer(fetch->exchange, CM_GIT_RESULT_TYPE, err) &&
           cm_git_fetch_answer_end(&fetch->answer, err) &&
           cm_git_job_start(cm_git_net(fetch->repository), &ask, on_job, fetch, &fetch->job, err);
}

void
cm_git_fetch_advance(struct cm_git_fetch *fetch)
{
    if (fetch->state != CM_GIT_RUNNING || fetch->job || !fetch->exchange->done)
        return;
    if (!start_job(fetch, &fetch->err))
        end(fetch);
}

void
cm_git_fetch_stop(struct cm_git_fetch *fetch)
{
    if (fetch->state == CM_GIT_DONE)
        return;
    cm_git_job_free(cm_git_net(fetch->repository), CM_TAKE(fetch->job));
    cm_fail(&fetch->err, CM_E_CANCELLED, "ended before the repository had answered");
    fetch->state = CM_GIT_DONE;
}

void
cm_git_fetch_free(struct cm_git_fetch *fetch)
{
    cm_git_job_free(NULL, fetch->job);
    cm_git_fetch_answer_done(&fetch->answer);
    cm_buf_done(&fetch->output);
    cm_fd_done(&fetch->pack);
}
