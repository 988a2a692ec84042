/* SPDX-License-Identifier: Apache-2.0
 *
 * One object by its id: asked for alone where the server gives it, else found in what has to be
 * fetched with it.
 */
#include "git/client_inside.h"

#include "base/clock.h"

#include <string.h>

#define PACKS_ENOUGH 256u /* of one partial store: each makes the next look-up slower */

struct cm_git_worker *
cm_git_partial(struct cm_git_repository *repository, struct cm_err *err)
{
    const struct cm_git_worker_ask ask = {.pack_count = 0};
    if (repository->partial && (!cm_git_worker_is_alive(repository->partial) ||
                                cm_git_worker_load(repository->partial) >= PACKS_ENOUGH))
        cm_git_worker_bury(&repository->graves, CM_TAKE(repository->partial));
    if (repository->partial)
        return repository->partial;
    return cm_git_worker_start(cm_git_net(repository), &ask, &repository->partial, err)
               ? repository->partial
               : NULL;
}

/* ---- where it comes from ---- */

static struct cm_git_fetch *
fetch_alone(struct cm_git_object *object, struct cm_git_worker *worker)
{
    const char *id = object->id;
    const struct cm_git_fetch_plan plan = {.extent = CM_FETCH_ALONE,
                                           .wants = &id,
                                           .want_count = 1,
                                           .commits = object->of == NULL,
                                           .most = object->most};
    return cm_git_fetch(object->repository, worker, &plan);
}

/* Once for each commit. */
static struct cm_git_fetch *
fetch_snapshot(struct cm_git_object *object, struct cm_git_worker *worker)
{
    const char *id = object->of ? object->of->id : object->id;
    const struct cm_git_fetch_plan plan = {
        .extent = CM_FETCH_SNAPSHOT, .wants = &id, .want_count = 1};
    if (!object->of)
        return cm_git_fetch(object->repository, worker, &plan);
    if (!object->of->snapshot)
        object->of->snapshot = cm_git_fetch(object->repository, worker, &plan);
    return object->of->snapshot;
}

/* A server of version 2 gives out what is asked for. Others, and those that know no depth either,
 * give whole histories only, with all that is in them. */
static bool
is_given_alone(const struct cm_git_object *object)
{
    const struct cm_git_session *session = &object->repository->session;
    return session->err.class != CM_OK ||
           (!session->old && (session->offers.shallow || cm_git_filters(object->repository)));
}

/* Without filters there is nothing smaller than the commit with all that is in it. */
static bool
begin(struct cm_git_object *object, struct cm_err *err)
{
    if (!is_given_alone(object))
        return true;
    struct cm_git_worker *worker = cm_git_partial(object->repository, err);
    if (!worker)
        return false;
    object->fetch = cm_git_filters(object->repository) ? fetch_alone(object, worker)
                                                       : fetch_snapshot(object, worker);
    return object->fetch ? true : cm_git_no_memory(err);
}

/* A server may refuse filters, or to give a tree or a blob by its id. */
static bool
begin_again(struct cm_git_object *object, bool *ret_begun, struct cm_err *err)
{
    const struct cm_git_fetch *before = object->fetch;
    bool below = object->of && before != object->of->snapshot && before->answer.refused;
    *ret_begun = cm_git_fetch_may_go_unfiltered(before) || below;
    if (!*ret_begun)
        return true;
    struct cm_git_worker *worker = cm_git_partial(object->repository, err);
    if (!worker)
        return false;
    object->fetch = fetch_snapshot(object, worker);
    return object->fetch ? true : cm_git_no_memory(err);
}

/* ---- the helper's answer ---- */

static void
end(struct cm_git_object *object, const struct cm_err *err)
{
    object->err = *err;
    object->state = CM_GIT_DONE;
    object->repository->again = true;
}

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct cm_git_object *object = data;
    (void)err;
    if (!cm_git_item_is(item, object->id, object->type, &object->err))
        return true; /* the object is at fault, and not the helper */
    object->raw = (struct cm_buf)CM_BUF_INIT(item->raw.size + 1);
    cm_buf_add(&object->raw, item->raw.at, item->raw.size);
    if (object->raw.failed)
        (void)cm_git_no_memory(&object->err);
    return true;
}

static void
on_told(void *data, const struct cm_err *err)
{
    struct cm_git_object *object = data;
    if (object->state == CM_GIT_DONE)
        return;
    if (!object->fetch && object->err.class == CM_E_NOT_FOUND)
        (void)cm_fail(&object->err, CM_E_UNSUPPORTED,
                      "the server does not give out single objects, and %s is not in what was "
                      "fetched",
                      object->id);
    end(object, object->err.class != CM_OK ? &object->err : err);
    cm_git_advance(object->repository);
}

static bool
ask_helper(struct cm_git_object *object, struct cm_git_worker *worker, struct cm_err *err)
{
    object->task.line = cm_arena_printf(object->repository->arena, "object %llu %s",
                                        (unsigned long long)object->most, object->id);
    object->task.item = on_item;
    object->task.done = on_told;
    object->task.data = object;
    object->asked = true;
    return object->task.line ? cm_git_worker_ask(worker, &object->task, err)
                             : cm_git_no_memory(err);
}

/* Where no history was fetched, or not with all that is in it, nothing can be said of it. */
static bool
ask_whole(struct cm_git_object *object, struct cm_err *err)
{
    struct cm_git_worker *worker = object->repository->whole.worker;
    if (!worker || !cm_git_worker_is_alive(worker))
        return cm_fail(err, CM_E_UNSUPPORTED, "the server does not give out single objects");
    return ask_helper(object, worker, err);
}

/* What was asked for once is not asked for again. */
static struct cm_git_object *
find(struct cm_git_repository *repository, const struct cm_git_commit *of, const char *id,
     const char *type, uint64_t most)
{
    for (struct cm_git_object *at = repository->objects; at; at = at->next) {
        if (at->of == of && at->most == most && strcmp(at->id, id) == 0 &&
            strcmp(at->type, type) == 0)
            return at;
    }
    return NULL;
}

struct cm_git_object *
cm_git_object(struct cm_git_repository *repository, struct cm_git_commit *of, const char *id,
              const char *type, uint64_t most)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_object *object = find(repository, of, id, type, most);
    if (object)
        return object;
    object = cm_arena_alloc(repository->arena, sizeof *object);
    if (!object)
        return NULL;
    object->repository = repository;
    object->of = of;
    object->type = type;
    object->most = most;
    object->state = CM_GIT_RUNNING;
    object->asked_at = cm_wall_now();
    memcpy(object->id, id, CM_GIT_ID);
    object->next = repository->objects;
    repository->objects = object;
    repository->again = true;
    if (!begin(object, &err))
        end(object, &err);
    return object;
}

void
cm_git_object_advance(struct cm_git_object *object)
{
    struct cm_err err = CM_ERR_INIT;
    bool again = false;
    if (object->state != CM_GIT_RUNNING || object->asked ||
        (object->fetch && object->fetch->state != CM_GIT_DONE))
        return;
    if (object->fetch)
        err = object->fetch->err;
    bool going = !object->fetch       ? ask_whole(object, &err)
                 : err.class == CM_OK ? ask_helper(object, object->fetch->worker, &err)
                                      : begin_again(object, &again, &err) && again;
    if (!going)
        end(object, &err);
}
