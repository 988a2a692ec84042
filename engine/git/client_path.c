/* SPDX-License-Identifier: Apache-2.0
 *
 * One question for a path: whatever the helper says, each commit of it is hashed again.
 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "base/json.h"
#include "git/documents.h"

#include <string.h>

#define COMMIT_MOST ((size_t)1024 * 1024)

static bool
is_same(const struct cm_git_shown *shown, const char *const *tips, size_t count)
{
    if (shown->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(shown->tips[i], tips[i]) != 0)
            return false;
    }
    return true;
}

static struct cm_git_shown *
shown_of(struct cm_git_repository *repository, const char *const *tips, size_t count)
{
    for (struct cm_git_shown *at = repository->shown; at; at = at->next) {
        if (is_same(at, tips, count))
            return at;
    }
    struct cm_git_shown *shown = cm_arena_alloc(repository->arena, sizeof *shown);
    if (!shown)
        return NULL;
    shown->tips = tips;
    shown->count = count;
    shown->proof = cm_git_proof_new(tips, count);
    if (!shown->proof)
        return NULL;
    shown->next = repository->shown;
    repository->shown = shown;
    return shown;
}

/* ---- the helper's answer ---- */

static bool
out_of_place(struct cm_err *err)
{
    return cm_fail(err, CM_E_INTERNAL, "the helper's path is not in order");
}

static bool
is_tip(const struct cm_git_path *path, const char *id)
{
    for (size_t i = 0; i < path->tip_count; i++) {
        if (strcmp(path->tips[i], id) == 0)
            return true;
    }
    return false;
}

static bool
on_walk(struct cm_git_path *path, const struct cm_git_walk *walk, struct cm_err *err)
{
    if (path->has_walk)
        return out_of_place(err);
    path->has_walk = true;
    path->walk = *walk;
    if (walk->finding != CM_GIT_REACHABLE)
        return true;
    if (!is_tip(path, walk->id))
        return cm_fail(err, CM_E_INTERNAL, "the path begins at no tip");
    if (walk->kept == walk->length && walk->kept <= CM_GIT_PATH_MAX)
        path->raw = json_array();
    cm_git_proof_begin(path->shown->proof);
    return true;
}

static bool
keep_last(struct cm_git_path *path, const struct cm_git_raw *raw)
{
    path->last = (struct cm_buf)CM_BUF_INIT(COMMIT_MOST);
    cm_buf_add(&path->last, raw->at, raw->size);
    return !path->last.failed;
}

static bool
on_commit(struct cm_git_path *path, const struct cm_git_raw *raw, struct cm_err *err)
{
    if (!path->has_walk || path->seen == path->walk.kept)
        return out_of_place(err);
    if (!cm_git_proof_step(path->shown->proof, raw->at, raw->size, path->last_id, err))
        return false;
    path->seen++;
    if (path->seen == 1 && path->raw && strcmp(path->last_id, path->walk.id) != 0)
        return cm_fail(err, CM_E_INTERNAL, "the path does not begin at the tip");
    path->bytes += raw->size;
    if (path->bytes > (size_t)CM_PATH_MOST)
        cm_json_done(&path->raw);
    if (path->raw && json_array_append_new(path->raw, cm_git_base64_json(raw)) != 0)
        return cm_git_no_memory(err);
    return path->seen < path->walk.kept || keep_last(path, raw) ? true : cm_git_no_memory(err);
}

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct cm_git_path *path = data;
    if (item->kind == CM_ITEM_WALK)
        return on_walk(path, &item->walk, err);
    return item->kind == CM_ITEM_COMMIT ? on_commit(path, &item->raw, err) : out_of_place(err);
}

static bool
is_complete(const struct cm_git_path *path, struct cm_err *err)
{
    if (!path->has_walk || path->seen != path->walk.kept)
        return out_of_place(err);
    if (path->walk.finding == CM_GIT_REACHABLE && strcmp(path->last_id, path->commit) != 0)
        return cm_fail(err, CM_E_INTERNAL, "the path does not lead to the commit");
    return true;
}

void
cm_git_path_end(struct cm_git_path *path, const struct cm_err *err)
{
    path->err = *err;
    path->state = CM_GIT_DONE;
    path->repository->again = true;
}

static void
on_told(void *data, const struct cm_err *err)
{
    struct cm_git_path *path = data;
    struct cm_err how = *err;
    if (path->state == CM_GIT_DONE)
        return;
    if (how.class == CM_OK)
        (void)is_complete(path, &how);
    cm_git_path_end(path, &how);
    cm_git_advance(path->repository);
}

/* ---- the question ---- */

struct cm_git_path *
cm_git_path(struct cm_git_repository *repository, const char *commit,
            const struct cm_git_ref *const *refs, const char *const *tips, size_t count)
{
    struct cm_git_path *path = cm_arena_alloc(repository->arena, sizeof *path);
    if (!path)
        return NULL;
    path->repository = repository;
    path->commit = commit;
    path->refs = refs;
    path->tips = tips;
    path->tip_count = count;
    path->shown = shown_of(repository, tips, count);
    path->asked_at = cm_wall_now();
    if (!path->shown)
        return NULL;
    path->next = repository->paths;
    repository->paths = path;
    return path;
}

static const char *
line_of(const struct cm_git_path *path)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(CM_GIT_LINE_MOST);
    cm_buf_printf(&line, "path %u %s", CM_PATH_MOST, path->commit);
    for (size_t i = 0; i < path->tip_count; i++)
        cm_buf_printf(&line, " %s", path->tips[i]);
    return line.failed ? NULL : cm_arena_text(path->repository->arena, cm_buf_text(&line));
}

void
cm_git_path_ask(struct cm_git_path *path, struct cm_git_worker *worker)
{
    struct cm_err err = CM_ERR_INIT;
    path->state = CM_GIT_RUNNING;
    path->task =
        (struct cm_git_task){.line = line_of(path), .item = on_item, .done = on_told, .data = path};
    if (!path->task.line)
        (void)cm_git_no_memory(&err);
    if (err.class != CM_OK || !cm_git_worker_ask(worker, &path->task, &err))
        cm_git_path_end(path, &err);
}

void
cm_git_path_forget(struct cm_git_path *path)
{
    cm_json_done(&path->raw);
    cm_buf_done(&path->last);
    path->has_walk = false;
    path->judged = false;
    path->bytes = 0;
    path->seen = 0;
    *path->last_id = '\0';
    path->err = (struct cm_err)CM_ERR_INIT;
    path->state = CM_GIT_IDLE;
}
