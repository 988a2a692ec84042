/* SPDX-License-Identifier: Apache-2.0
 *
 * The commit itself: from the path that leads to it, if there is one; else asked for alone.
 */
#include "git/client_inside.h"

#define COMMIT_MOST ((uint64_t)1024 * 1024)

/* While a mirror may still bring it, the server is not asked; nor if nobody wants to know. */
static bool
is_to_be_asked(const struct cm_git_commit *commit)
{
    const struct cm_git_exists *exists = &commit->exists;
    const struct cm_git_reach *reach = &commit->on_ref;
    bool may_come_by_itself = reach->wanted && !reach->answer.done;
    return exists->needed || (exists->wanted && !may_come_by_itself);
}

static bool
read_object(struct cm_git_exists *exists, struct cm_err *err)
{
    const struct cm_git_object *object = exists->object;
    if (object->err.class != CM_OK) {
        *err = object->err;
        /* A server that has no such object says so; one that sends another pack is broken. */
        if (err->class == CM_E_NOT_FOUND && object->asked)
            err->class = CM_E_MALFORMED;
        return false;
    }
    exists->raw.at = (const unsigned char *)object->raw.at;
    exists->raw.size = object->raw.size;
    return true;
}

static void
finish(struct cm_git_commit *commit)
{
    struct cm_git_exists *exists = &commit->exists;
    struct cm_err err = CM_ERR_INIT;
    if (cm_git_commit_parse(exists->raw.at, exists->raw.size, &exists->content, &err))
        cm_git_finish(&exists->answer, cm_git_commit_json(commit));
    else
        cm_git_finish_err(&exists->answer, &err);
    commit->repository->again = true;
}

void
cm_git_exists_found(struct cm_git_commit *commit, const struct cm_git_path *path)
{
    struct cm_git_exists *exists = &commit->exists;
    if (exists->answer.done)
        return;
    exists->answer.asked_at = path->asked_at;
    exists->raw.at = (const unsigned char *)path->last.at;
    exists->raw.size = path->last.size;
    finish(commit);
}

static void
finish_err(struct cm_git_commit *commit, const struct cm_err *err)
{
    cm_git_finish_err(&commit->exists.answer, err);
    commit->repository->again = true;
}

void
cm_git_exists_advance(struct cm_git_commit *commit)
{
    struct cm_git_exists *exists = &commit->exists;
    struct cm_git_repository *repository = commit->repository;
    struct cm_err err = CM_ERR_INIT;
    if (exists->answer.done || repository->session.state != CM_GIT_DONE || !is_to_be_asked(commit))
        return;
    if (!exists->object) {
        exists->object = cm_git_object(repository, NULL, commit->id, "commit", COMMIT_MOST);
        if (!exists->object) {
            (void)cm_git_no_memory(&err);
            finish_err(commit, &err);
            return;
        }
        exists->answer.asked_at = exists->object->asked_at;
    }
    if (exists->object->state != CM_GIT_DONE)
        return;
    if (read_object(exists, &err))
        finish(commit);
    else
        finish_err(commit, &err);
}
