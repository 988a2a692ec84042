/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole histories: which are there, and questions that need them.
 */
#include "git/client_inside.h"

#include "base/clock.h"

#include <string.h>

#define AGAIN     (CM_SECOND / 50) /* between two looks at a lock */
#define WAIT_MOST (60 * CM_SECOND)

/* ---- what is there ---- */

bool
cm_git_whole_add(struct cm_git_repository *repository, const char *const *tips, size_t count)
{
    struct cm_git_whole *whole = &repository->whole;
    for (size_t i = 0; i < count; i++) {
        if (cm_git_whole_holds(whole, &tips[i], 1))
            continue;
        if (whole->tip_count == whole->tip_room) {
            size_t room = whole->tip_room ? whole->tip_room * 2 : CM_MIRROR_TIPS;
            const char **more = cm_arena_alloc(repository->arena, room * sizeof *more);
            if (!more)
                return false;
            if (whole->tip_count > 0)
                memcpy(more, whole->tips, whole->tip_count * sizeof *more);
            whole->tips = more;
            whole->tip_room = room;
        }
        whole->tips[whole->tip_count] = cm_arena_text(repository->arena, tips[i]);
        if (!whole->tips[whole->tip_count])
            return false;
        whole->tip_count++;
    }
    return true;
}

bool
cm_git_whole_holds(const struct cm_git_whole *whole, const char *const *tips, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < whole->tip_count && strcmp(whole->tips[at], tips[i]) != 0)
            at++;
        if (at == whole->tip_count)
            return false;
    }
    return true;
}

bool
cm_git_whole_is_used(const struct cm_git_whole *whole)
{
    return whole->tip_count > 0;
}

void
cm_git_whole_drop_mirror(struct cm_git_whole *whole)
{
    cm_mirror_close(CM_TAKE(whole->mirror));
}

/* ---- opening ---- */

static void
on_timer(void *data)
{
    struct cm_git_repository *repository = data;
    repository->whole.waiting = false;
    cm_git_advance(repository);
}

bool
cm_git_whole_wait(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_net *net = cm_git_net(repository);
    int64_t now = cm_monotonic_now();
    int64_t half = cm_net_remaining(net) / 2;
    if (whole->give_up == 0)
        whole->give_up = now + (half < WAIT_MOST ? half : WAIT_MOST);
    if (now >= whole->give_up)
        return false;
    if (!whole->waiting)
        whole->waiting = cm_net_after(net, AGAIN, on_timer, repository);
    return whole->waiting;
}

/* A mirror that cannot be had is no reason not to answer: all is fetched then. */
static void
go_without(struct cm_git_repository *repository, const struct cm_err *why)
{
    cm_log(cm_net_settings(cm_git_net(repository))->log, CM_LOG_WARNING,
           "no mirror of %s is kept: %s", repository->url, why->text);
    cm_git_whole_drop_mirror(&repository->whole);
}

static void
end_opening(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    const char *const *tips = NULL;
    size_t count = whole->mirror ? cm_mirror_tips(whole->mirror, &tips) : 0;
    if (!cm_git_whole_add(repository, tips, count))
        whole->tip_count = 0;
    whole->opened = CM_GIT_DONE;
    whole->give_up = 0;
    repository->again = true;
}

static void
try_to_use(struct cm_git_repository *repository)
{
    struct cm_err err = CM_ERR_INIT;
    enum cm_mirror_got got = cm_mirror_use(repository->whole.mirror, &err);
    if (got == CM_MIRROR_BUSY && cm_git_whole_wait(repository))
        return;
    if (got == CM_MIRROR_BUSY)
        (void)cm_fail(&err, CM_E_TRANSIENT, "others use it");
    if (got != CM_MIRROR_GOT)
        go_without(repository, &err);
    end_opening(repository);
}

bool
cm_git_whole_is_open(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    const char *folder = cm_net_settings(cm_git_net(repository))->mirrors;
    struct cm_err err = CM_ERR_INIT;
    if (whole->opened == CM_GIT_IDLE) {
        whole->opened = CM_GIT_RUNNING;
        if (folder && !cm_mirror_open(folder, repository->url, &whole->mirror, &err))
            go_without(repository, &err);
    }
    if (whole->opened == CM_GIT_RUNNING && !whole->mirror)
        end_opening(repository);
    if (whole->opened == CM_GIT_RUNNING && !whole->waiting)
        try_to_use(repository);
    return whole->opened == CM_GIT_DONE;
}

/* ---- its helper ---- */

static bool
is_alive(const struct cm_git_whole *whole)
{
    return whole->worker && cm_git_worker_is_alive(whole->worker);
}

bool
cm_git_whole_start(struct cm_git_repository *repository, const char *folder, bool empty,
                   struct cm_err *err)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_git_worker_ask ask = {.folder = folder};
    if (whole->mirror && !empty)
        ask.pack_count = cm_mirror_packs(whole->mirror, &ask.packs);
    cm_git_worker_free(cm_git_net(repository), CM_TAKE(whole->worker));
    return cm_git_worker_start(cm_git_net(repository), &ask, &whole->worker, err);
}

static bool
has_worker(struct cm_git_repository *repository, struct cm_err *err)
{
    return is_alive(&repository->whole) || cm_git_whole_start(repository, NULL, false, err);
}

/* ---- mending ---- */

/* A helper that was killed was not killed by what it read; one that finds an object too large may
 * have read its size wrong. */
static bool
may_be_the_mirror(const struct cm_git_whole *whole, const struct cm_err *why)
{
    const char *const *packs = NULL;
    return whole->mirror && !whole->mended && cm_mirror_packs(whole->mirror, &packs) > 0 &&
           (why->class == CM_E_MALFORMED || why->class == CM_E_INTERNAL ||
            (why->class == CM_E_LIMIT && is_alive(whole)));
}

/* What the helper was asked it will not answer any more: it is asked again of the next. */
static void
end_worker(struct cm_git_repository *repository)
{
    cm_git_worker_free(cm_git_net(repository), CM_TAKE(repository->whole.worker));
    for (struct cm_git_path *path = repository->paths; path; path = path->next) {
        if (path->of_whole && path->state == CM_GIT_RUNNING)
            cm_git_path_forget(path);
    }
    for (struct cm_git_object *object = repository->objects; object; object = object->next)
        object->asked &= object->fetch != NULL;
}

bool
cm_git_whole_mend(struct cm_git_repository *repository, const struct cm_err *why)
{
    struct cm_git_whole *whole = &repository->whole;
    if (!may_be_the_mirror(whole, why))
        return false;
    cm_log(cm_net_settings(cm_git_net(repository))->log, CM_LOG_WARNING,
           "the mirror of %s is set aside, and fetched anew: %s", repository->url, why->text);
    whole->mended = true;
    whole->tip_count = 0;
    end_worker(repository);
    if (!cm_mirror_set_aside(whole->mirror))
        cm_git_whole_drop_mirror(whole);
    end_opening(repository);
    return true;
}

static bool
missing_one(const struct cm_git_path *path, struct cm_err *ret)
{
    *ret = path->err;
    if (path->err.class == CM_OK && path->walk.finding == CM_GIT_OPEN)
        (void)cm_fail(ret, CM_E_INTERNAL, "%s is not there any more", path->walk.id);
    return ret->class != CM_OK;
}

/* What was whole once has no holes. */
static void
judge(struct cm_git_repository *repository, struct cm_git_path *path)
{
    struct cm_err why = CM_ERR_INIT;
    path->judged = true;
    if (!missing_one(path, &why))
        return;
    if (cm_git_whole_mend(repository, &why))
        cm_git_path_forget(path);
    else
        path->err = why;
}

/* ---- questions ---- */

void
cm_git_whole_ask(struct cm_git_repository *repository, struct cm_git_path *path)
{
    path->of_whole = true;
    repository->again = true;
}

static void
go_on(struct cm_git_repository *repository, struct cm_git_path *path)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_git_whole_holds(whole, path->tips, path->tip_count))
        cm_git_update_begin(repository, path);
    else if (whole->update.state != CM_UPDATE_NONE)
        return; /* it has the helper */
    else if (has_worker(repository, &err))
        cm_git_path_ask(path, whole->worker);
    else
        cm_git_path_end(path, &err);
}

void
cm_git_whole_advance(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    if (whole->opened == CM_GIT_IDLE || !cm_git_whole_is_open(repository))
        return;
    if (!whole->mirror && whole->worker && !is_alive(whole))
        whole->tip_count = 0; /* it has taken them with it */
    cm_git_update_advance(repository);
    for (struct cm_git_path *path = repository->paths; path; path = path->next) {
        if (path->of_whole && path->state == CM_GIT_DONE && !path->judged)
            judge(repository, path);
        if (path->of_whole && path->state == CM_GIT_IDLE)
            go_on(repository, path);
    }
}

void
cm_git_whole_done(struct cm_git_whole *whole)
{
    cm_git_worker_free(NULL, CM_TAKE(whole->worker));
    cm_git_whole_drop_mirror(whole);
}
