/* SPDX-License-Identifier: Apache-2.0
 *
 * One update of the whole histories: what is missing below some tips is fetched, and counts once it
 * was walked to its end.
 */
#include "git/client_inside.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* ---- its end ---- */

/* All who asked about the same tips; what can be had of others is another question. */
static void
end_waiting(struct cm_git_repository *repository, const struct cm_err *err)
{
    const struct cm_git_shown *shown = repository->whole.update.for_path->shown;
    for (struct cm_git_path *path = repository->paths; path; path = path->next) {
        if (path->of_whole && path->state == CM_GIT_IDLE && path->shown == shown) {
            path->judged = true;
            cm_git_path_end(path, err);
        }
    }
}

/* A hole may be one of the mirror, which was then not what had been written. */
static void
end(struct cm_git_repository *repository, const struct cm_err *err)
{
    struct cm_git_whole *whole = &repository->whole;
    bool ours = whole->update.state == CM_UPDATE_WALKING ||
                (whole->worker && !cm_git_worker_is_alive(whole->worker));
    whole->update.state = CM_UPDATE_NONE;
    whole->give_up = 0;
    repository->again = true;
    if (whole->mirror)
        cm_mirror_end_update(whole->mirror);
    if (err->class != CM_OK && !(ours && cm_git_whole_mend(repository, err)))
        end_waiting(repository, err);
}

/* That it cannot be kept is no reason not to answer. */
static void
keep(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    const struct cm_git_update *update = &whole->update;
    const struct cm_outside_settings *settings = cm_net_settings(cm_git_net(repository));
    const struct cm_git_fetch *fetch = update->fetch;
    struct cm_err err = CM_ERR_INIT;
    if (!whole->mirror)
        return;
    if (cm_mirror_keep(whole->mirror, fetch->objects > 0 ? fetch->idx : NULL,
                       update->for_path->tips, update->for_path->tip_count, update->anew, &err))
        cm_mirror_trim(whole->mirror,
                       settings->mirrors_most ? settings->mirrors_most : CM_MIRROR_MOST);
    else {
        cm_log(settings->log, CM_LOG_WARNING, "the mirror of %s cannot be kept: %s",
               repository->url, err.text);
        cm_git_whole_drop_mirror(whole);
    }
}

static bool
is_whole(const struct cm_git_update *update, struct cm_err *err)
{
    const struct cm_git_walk *walk = &update->walk;
    if (!update->has_walk || walk->finding == CM_GIT_REACHABLE)
        return cm_fail(err, CM_E_INTERNAL, "the helper's walk is not in order");
    if (walk->finding == CM_GIT_NOT_REACHABLE)
        return true;
    if (update->fetch->answer.shallow > 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server has not the whole history: %s is missing",
                       walk->id);
    return cm_fail(err, CM_E_MALFORMED, "the server did not send the whole history: %s is missing",
                   walk->id);
}

static void
on_walked(void *data, const struct cm_err *err)
{
    struct cm_git_repository *repository = data;
    struct cm_git_update *update = &repository->whole.update;
    const struct cm_git_path *path = update->for_path;
    struct cm_err how = *err;
    if (update->state != CM_UPDATE_WALKING)
        return;
    if (how.class == CM_OK && is_whole(update, &how)) {
        keep(repository);
        if (!cm_git_whole_add(repository, path->tips, path->tip_count))
            (void)cm_git_no_memory(&how);
    }
    end(repository, &how);
    cm_git_advance(repository);
}

/* ---- the walk ---- */

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct cm_git_update *update = &((struct cm_git_repository *)data)->whole.update;
    if (item->kind != CM_ITEM_WALK || update->has_walk)
        return cm_fail(err, CM_E_INTERNAL, "the helper's walk is not in order");
    update->has_walk = true;
    update->walk = item->walk;
    return true;
}

static bool
walk(struct cm_git_repository *repository, struct cm_err *err)
{
    struct cm_git_update *update = &repository->whole.update;
    const struct cm_git_path *path = update->for_path;
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(CM_GIT_LINE_MOST);
    cm_buf_puts(&line, "whole");
    for (size_t i = 0; i < path->tip_count; i++)
        cm_buf_printf(&line, " %s", path->tips[i]);
    update->has_walk = false;
    update->task = (struct cm_git_task){
        .line = line.failed ? NULL : cm_arena_text(repository->arena, cm_buf_text(&line)),
        .item = on_item,
        .done = on_walked,
        .data = repository};
    update->state = CM_UPDATE_WALKING;
    return update->task.line ? cm_git_worker_ask(repository->whole.worker, &update->task, err)
                             : cm_git_no_memory(err);
}

/* ---- the fetch ---- */

static struct cm_git_fetch *
begin_fetch(struct cm_git_repository *repository, const char *const *haves, size_t have_count)
{
    struct cm_git_worker *worker = repository->whole.worker;
    const struct cm_git_path *path = repository->whole.update.for_path;
    const struct cm_git_fetch_plan plan = {.extent = CM_FETCH_WHOLE,
                                           .wants = path->tips,
                                           .want_count = path->tip_count,
                                           .haves = haves,
                                           .have_count = have_count};
    return repository->session.old
               ? cm_git_carry(repository, worker, path->refs, path->tip_count, haves, have_count)
               : cm_git_fetch(repository, worker, &plan);
}

static bool
fetch(struct cm_git_repository *repository, struct cm_err *err)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_git_update *update = &whole->update;
    size_t haves = whole->tip_count < CM_MIRROR_TIPS ? whole->tip_count : CM_MIRROR_TIPS;
    update->fetch = begin_fetch(repository, whole->tips, update->anew ? 0 : haves);
    update->state = CM_UPDATE_FETCHING;
    return update->fetch ? true : cm_git_no_memory(err);
}

/* ---- the beginning ---- */

/* The helper answers no question while it gets another folder and other packs. */
static bool
is_asked(const struct cm_git_repository *repository)
{
    for (const struct cm_git_object *object = repository->objects; object; object = object->next) {
        if (!object->fetch && object->asked && object->state == CM_GIT_RUNNING)
            return true;
    }
    for (const struct cm_git_path *path = repository->paths; path; path = path->next) {
        if (path->of_whole && path->state == CM_GIT_RUNNING)
            return true;
    }
    return false;
}

static bool
begin_in_mirror(struct cm_git_repository *repository, const char *incoming, struct cm_err *err)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_git_update *update = &whole->update;
    const char *const *list = NULL;
    size_t count = cm_mirror_tips(whole->mirror, &list);
    whole->tip_count = 0;
    if (!cm_git_whole_add(repository, list, count))
        return cm_git_no_memory(err);
    bool known = cm_git_whole_holds(whole, update->for_path->tips, update->for_path->tip_count);
    update->anew = !known && cm_mirror_packs(whole->mirror, &list) == CM_MIRROR_PACKS;
    if (!cm_git_whole_start(repository, known ? NULL : incoming, update->anew, err))
        return false;
    if (!known)
        return fetch(repository, err);
    end(repository, err); /* somebody else was faster */
    return true;
}

/* Without a mirror the packs are the helper's own: what there was is gone with another helper. */
static bool
begin_without(struct cm_git_repository *repository, struct cm_err *err)
{
    struct cm_git_whole *whole = &repository->whole;
    whole->update.anew = false;
    if (!whole->worker || !cm_git_worker_is_alive(whole->worker)) {
        whole->tip_count = 0;
        if (!cm_git_whole_start(repository, NULL, false, err))
            return false;
    }
    return fetch(repository, err);
}

static void
go_without(struct cm_git_repository *repository, const struct cm_err *why)
{
    struct cm_git_whole *whole = &repository->whole;
    cm_log(cm_net_settings(cm_git_net(repository))->log, CM_LOG_WARNING,
           "the mirror of %s cannot be updated: %s", repository->url, why->text);
    cm_git_worker_free(cm_git_net(repository), CM_TAKE(whole->worker));
    cm_git_whole_drop_mirror(whole);
    whole->tip_count = 0;
}

/* All of it came, and cannot be put where the mirrors are: another place may have room. */
static bool
has_no_room(const struct cm_git_repository *repository, const struct cm_git_fetch *got)
{
    return repository->whole.mirror && got->err.class == CM_E_TRANSIENT && got->exchange &&
           got->exchange->done && got->exchange->err.class == CM_OK;
}

static void
end_fetch(struct cm_git_repository *repository)
{
    const struct cm_git_fetch *got = repository->whole.update.fetch;
    struct cm_err err = got->err;
    if (has_no_room(repository, got)) {
        go_without(repository, &err);
        repository->whole.update.state = CM_UPDATE_LOCKING;
        repository->again = true;
        return;
    }
    /* The tips were advertised, so they are there, whatever is said of them now. */
    if (err.class == CM_E_NOT_FOUND)
        err.class = CM_E_TRANSIENT;
    bool good = err.class == CM_OK ? walk(repository, &err)
                                   : cm_git_fetch_may_go_unfiltered(got) && fetch(repository, &err);
    if (!good)
        end(repository, &err);
}

static void
begin(struct cm_git_repository *repository)
{
    struct cm_git_whole *whole = &repository->whole;
    struct cm_err err = CM_ERR_INIT;
    char incoming[PATH_MAX];
    enum cm_mirror_got got = CM_MIRROR_FAILED;
    if (whole->waiting || is_asked(repository))
        return;
    if (whole->mirror) {
        got = cm_mirror_update(whole->mirror, incoming, &err);
        if (got == CM_MIRROR_BUSY && cm_git_whole_wait(repository))
            return;
        if (got == CM_MIRROR_BUSY)
            (void)cm_fail(&err, CM_E_TRANSIENT, "somebody else has been at it for too long");
        if (got != CM_MIRROR_GOT)
            go_without(repository, &err);
        err = (struct cm_err)CM_ERR_INIT;
    }
    if (got == CM_MIRROR_GOT ? !begin_in_mirror(repository, incoming, &err)
                             : !begin_without(repository, &err))
        end(repository, &err);
}

void
cm_git_update_begin(struct cm_git_repository *repository, const struct cm_git_path *path)
{
    struct cm_git_update *update = &repository->whole.update;
    if (update->state != CM_UPDATE_NONE)
        return;
    *update = (struct cm_git_update){.state = CM_UPDATE_LOCKING, .for_path = path};
    repository->again = true;
}

void
cm_git_update_advance(struct cm_git_repository *repository)
{
    const struct cm_git_update *update = &repository->whole.update;
    if (update->state == CM_UPDATE_LOCKING)
        begin(repository);
    else if (update->state == CM_UPDATE_FETCHING && update->fetch->state == CM_GIT_DONE)
        end_fetch(repository);
}
