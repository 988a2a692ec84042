/* SPDX-License-Identifier: Apache-2.0
 *
 * Is the commit on one of these refs? The ladder of questions, the cheapest first.
 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <string.h>

#define HEADS       "refs/heads/"
#define COMMIT_MOST ((uint64_t)1024 * 1024)
#define DAY         INT64_C(86400)
#define FIRST_DATE  INT64_C(1104537600) /* 2005-01-01: there was no git before */
#define RECENT      (180 * DAY)         /* a longer history is seldom small enough to be worth it */

/* ---- on which refs? ---- */

static bool
choose_listing(struct cm_git_repository *repository, struct cm_git_reach *reach, struct cm_err *err)
{
    size_t count = reach->ref ? 1 : reach->pattern_count;
    const char **prefixes = cm_arena_alloc(repository->arena, (count + 1) * sizeof *prefixes);
    if (!prefixes)
        return cm_git_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const char *of = reach->ref ? reach->ref : reach->patterns[i];
        size_t size = reach->ref ? strlen(of) : cm_pattern_literal(of);
        prefixes[i] = cm_arena_bytes(repository->arena, of, size);
        if (!prefixes[i])
            return cm_git_no_memory(err);
        if (!reach->ref && !cm_starts_with(of, HEADS))
            return cm_fail(err, CM_E_MALFORMED, "\"%.600s\" is no pattern of branches", of);
    }
    struct cm_git_listing *listing = cm_git_listing_of(repository, prefixes, count);
    if (!listing)
        return cm_git_no_memory(err);
    reach->listing = listing;
    reach->own_listing = listing != &repository->first;
    cm_git_listing_advance(repository);
    return true;
}

static bool
is_asked(const struct cm_git_reach *reach, const struct cm_git_ref *ref)
{
    if (reach->ref)
        return strcmp(ref->name, reach->ref) == 0;
    for (size_t i = 0; i < reach->pattern_count; i++) {
        if (cm_ref_is_branch(ref->name) && cm_pattern_matches(reach->patterns[i], ref->name))
            return true;
    }
    return false;
}

static bool
choose_refs(struct cm_git_reach *reach, struct cm_err *err)
{
    const struct cm_git_listing *listing = reach->listing;
    if (listing->err.class != CM_OK) {
        *err = listing->err;
        return false;
    }
    for (size_t i = 0; i < listing->count; i++) {
        const struct cm_git_ref *ref = &listing->refs[i];
        if (!is_asked(reach, ref))
            continue;
        if (reach->count == CM_GIT_TIPS)
            return cm_fail(err, CM_E_LIMIT, "more than %u branches match", CM_GIT_TIPS);
        reach->refs[reach->count] = ref;
        reach->tips[reach->count++] = cm_git_ref_commit(ref);
    }
    if (reach->ref && reach->count == 0)
        return cm_fail(err, CM_E_NOT_FOUND, "the repository has no %s", reach->ref);
    return true;
}

static bool
is_tip(const struct cm_git_reach *reach, const char *id)
{
    for (size_t i = 0; i < reach->count; i++) {
        if (strcmp(reach->tips[i], id) == 0)
            return true;
    }
    return false;
}

/* ---- the end ---- */

static void
finish(struct cm_git_commit *commit, struct cm_git_reach *reach, const struct cm_git_walk *walk,
       json_t *path)
{
    cm_git_finish(&reach->answer, cm_git_found_json(commit, reach, walk, path));
    commit->repository->again = true;
}

static bool
finish_err(struct cm_git_commit *commit, struct cm_git_reach *reach, const struct cm_err *err)
{
    cm_git_finish_err(&reach->answer, err);
    commit->repository->again = true;
    return false;
}

/* The commit is the tip itself: its object is the path. */
static bool
finish_tip(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    const struct cm_git_exists *exists = &commit->exists;
    struct cm_git_walk walk = {.finding = CM_GIT_REACHABLE, .walked = 1, .length = 1};
    struct cm_err err = exists->answer.err;
    if (err.class != CM_OK) {
        /* It is advertised, so it is there, whatever was answered to the question for it. */
        if (err.class == CM_E_NOT_FOUND)
            err.class = CM_E_MALFORMED;
        return finish_err(commit, reach, &err);
    }
    memcpy(walk.id, commit->id, CM_GIT_ID);
    json_t *path = json_pack("[o]", cm_git_base64_json(&exists->raw));
    finish(commit, reach, &walk, path);
    json_decref(path);
    return false;
}

static bool
finish_path(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    const struct cm_git_path *path = reach->path;
    if (path->err.class != CM_OK)
        return finish_err(commit, reach, &path->err);
    finish(commit, reach, &path->walk, path->raw);
    if (path->walk.finding == CM_GIT_REACHABLE)
        cm_git_exists_found(commit, path);
    return false;
}

/* ---- the steps: true if the next one can be looked at ---- */

static bool
go_to(struct cm_git_reach *reach, enum cm_git_step step)
{
    reach->step = step;
    return true;
}

static bool
no_memory(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_err err = CM_ERR_INIT;
    (void)cm_git_no_memory(&err);
    return finish_err(commit, reach, &err);
}

static void
need_commit(struct cm_git_commit *commit)
{
    struct cm_git_exists *exists = &commit->exists;
    commit->repository->again |= !exists->needed;
    exists->needed = true;
}

/* Without a mirror the commit alone comes next, wherever the refs are: it need not wait for them.
 */
static void
ask_beside(struct cm_git_commit *commit)
{
    struct cm_git_repository *repository = commit->repository;
    if (repository->session.offers.shallow && cm_git_whole_is_open(repository) &&
        !cm_git_whole_is_used(&repository->whole))
        need_commit(commit);
}

static bool
at_refs(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_err err = CM_ERR_INIT;
    ask_beside(commit);
    if (!reach->listing && !choose_listing(commit->repository, reach, &err))
        return finish_err(commit, reach, &err);
    if (!reach->listing || reach->listing->state != CM_GIT_DONE)
        return false;
    if (!choose_refs(reach, &err))
        return finish_err(commit, reach, &err);
    if (reach->count > 0)
        return go_to(reach, CM_STEP_KEPT);
    const struct cm_git_walk none = {.finding = CM_GIT_NOT_REACHABLE};
    finish(commit, reach, &none, NULL);
    return false;
}

/* Once there is a mirror, what is new in it costs less than anything else. */
static bool
at_kept(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_git_repository *repository = commit->repository;
    if (!cm_git_whole_is_open(repository))
        return false;
    if (cm_git_whole_holds(&repository->whole, reach->tips, reach->count))
        return go_to(reach, CM_STEP_WHOLE);
    bool used = cm_git_whole_is_used(&repository->whole) && !is_tip(reach, commit->id);
    return go_to(reach,
                 used || !repository->session.offers.shallow ? CM_STEP_WHOLE : CM_STEP_ALONE);
}

/* A date that no clock showed says nothing. */
static bool
is_date(int64_t seconds)
{
    return seconds != CM_NO_TIME && seconds >= FIRST_DATE && seconds <= cm_wall_now() / CM_SECOND;
}

static bool
at_alone(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_git_exists *exists = &commit->exists;
    int64_t committed = exists->content.committed;
    if (!exists->answer.done) {
        need_commit(commit);
        return false;
    }
    if (is_tip(reach, commit->id))
        return finish_tip(commit, reach);
    if (exists->answer.err.class != CM_OK || !is_date(committed) ||
        !cm_git_filters(commit->repository))
        return go_to(reach, CM_STEP_WHOLE);
    if (cm_wall_now() / CM_SECOND - committed <= RECENT)
        return go_to(reach, CM_STEP_RECENT);
    return go_to(reach, reach->count == 1 ? CM_STEP_TIP : CM_STEP_WHOLE);
}

/* An old commit may still be near the tip of an old branch. */
static bool
at_tip(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_git_commit_object tip;
    struct cm_err ignored = CM_ERR_INIT;
    if (!reach->tip)
        reach->tip = cm_git_object(commit->repository, NULL, reach->tips[0], "commit", COMMIT_MOST);
    if (!reach->tip)
        return no_memory(commit, reach);
    if (reach->tip->state != CM_GIT_DONE)
        return false;
    bool near = reach->tip->err.class == CM_OK &&
                cm_git_commit_parse(reach->tip->raw.at, reach->tip->raw.size, &tip, &ignored) &&
                is_date(tip.committed) &&
                tip.committed - commit->exists.content.committed <= RECENT;
    return go_to(reach, near ? CM_STEP_RECENT : CM_STEP_WHOLE);
}

static bool
fetch_recent(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_err ignored = CM_ERR_INIT;
    const struct cm_git_fetch_plan plan = {.extent = CM_FETCH_RECENT,
                                           .wants = reach->tips,
                                           .want_count = reach->count,
                                           .since = commit->exists.content.committed - DAY};
    struct cm_git_worker *worker = cm_git_partial(commit->repository, &ignored);
    if (worker)
        reach->recent = cm_git_fetch(commit->repository, worker, &plan);
    return reach->recent != NULL;
}

static struct cm_git_path *
new_path(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    return cm_git_path(commit->repository, commit->id, reach->refs, reach->tips, reach->count);
}

/* A path that was found is one; nothing else that is found here decides anything. */
static bool
at_recent(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    if (!reach->recent && !fetch_recent(commit, reach))
        return go_to(reach, CM_STEP_WHOLE);
    if (reach->recent->state != CM_GIT_DONE)
        return false;
    if (reach->recent->err.class != CM_OK)
        return go_to(reach, CM_STEP_WHOLE);
    if (!reach->path) {
        reach->path = new_path(commit, reach);
        if (!reach->path)
            return no_memory(commit, reach);
        cm_git_path_ask(reach->path, reach->recent->worker);
    }
    if (reach->path->state != CM_GIT_DONE)
        return false;
    if (reach->path->err.class == CM_OK && reach->path->walk.finding == CM_GIT_REACHABLE)
        return finish_path(commit, reach);
    reach->path = NULL;
    return go_to(reach, CM_STEP_WHOLE);
}

static bool
at_whole(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    if (!reach->path) {
        reach->path = new_path(commit, reach);
        if (!reach->path)
            return no_memory(commit, reach);
        cm_git_whole_ask(commit->repository, reach->path);
    }
    return reach->path->state == CM_GIT_DONE && reach->path->judged && finish_path(commit, reach);
}

void
cm_git_reach_advance(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    static bool (*const steps[])(struct cm_git_commit *, struct cm_git_reach *) = {
        [CM_STEP_REFS] = at_refs, [CM_STEP_KEPT] = at_kept,     [CM_STEP_ALONE] = at_alone,
        [CM_STEP_TIP] = at_tip,   [CM_STEP_RECENT] = at_recent, [CM_STEP_WHOLE] = at_whole,
    };
    if (!reach->wanted || commit->repository->session.state != CM_GIT_DONE)
        return;
    while (!reach->answer.done && steps[reach->step](commit, reach))
        continue;
}
