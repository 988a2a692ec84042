/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/json.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <string.h>

#define COMMIT_MOST ((uint64_t)1024 * 1024)
#define HEADS       "refs/heads/"

static bool
add_base64(json_t *array, const struct cm_git_raw *raw)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(raw->size * 2 + 8);
    cm_base64(&text, raw->at, raw->size);
    return !text.failed && json_array_append_new(array, json_string(cm_buf_text(&text))) == 0;
}

/* ---- the commit alone ---- */

static json_t *
commit_json(const struct cm_git_commit *commit)
{
    bool ok = true;
    const struct cm_git_raw *raw = &commit->exists.raw;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(raw->size * 2 + 8);
    json_t *content = json_object();
    cm_base64(&text, raw->at, raw->size);
    cm_json_set_text(content, "url", commit->repository->url, &ok);
    cm_json_set_text(content, "commit", commit->id, &ok);
    cm_json_set_text(content, "object", text.failed ? NULL : cm_buf_text(&text), &ok);
    if (!ok || text.failed)
        cm_json_done(&content);
    return content;
}

static bool
read_commit(struct cm_git_commit *commit, struct cm_err *err)
{
    struct cm_git_exists *exists = &commit->exists;
    const struct cm_git_fetch *fetch = exists->fetch;
    if (fetch->err.class != CM_OK) {
        *err = fetch->err;
        return false;
    }
    if (!cm_git_reply_object(fetch->output.at, fetch->output.size, commit->id, "commit",
                             &exists->raw, err)) {
        /* A server that has no such object says so; one that sends another pack is broken. */
        if (err->class == CM_E_NOT_FOUND)
            err->class = CM_E_MALFORMED;
        return false;
    }
    return cm_git_commit_parse(exists->raw.at, exists->raw.size, &exists->object, err);
}

void
cm_git_exists_advance(struct cm_git_commit *commit)
{
    struct cm_git_exists *exists = &commit->exists;
    struct cm_git_repository *repository = commit->repository;
    struct cm_err err = CM_ERR_INIT;
    if (exists->answer.done || repository->session.state != CM_GIT_DONE)
        return;
    if (!exists->fetch) {
        exists->fetch = cm_git_fetch_object(repository, commit->id, true, COMMIT_MOST);
        if (!exists->fetch) {
            cm_git_no_memory(&err);
            cm_git_finish_err(&exists->answer, &err);
            return;
        }
        exists->answer.asked_at = exists->fetch->asked_at;
    }
    if (exists->fetch->state != CM_GIT_DONE)
        return;
    if (read_commit(commit, &err))
        cm_git_finish(&exists->answer, commit_json(commit));
    else
        cm_git_finish_err(&exists->answer, &err);
}

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
    reach->chosen = true;
    return true;
}

static const struct cm_git_ref *
ref_at(const struct cm_git_reach *reach, const char *tip)
{
    for (size_t i = 0; i < reach->count; i++) {
        if (strcmp(reach->tips[i], tip) == 0)
            return reach->refs[i];
    }
    return NULL;
}

/* ---- the finding ---- */

static void
set_path(json_t *content, const struct cm_git_walk *walk, bool *ok)
{
    json_t *path = json_array();
    for (size_t i = 0; i < walk->path_count; i++) {
        if (!add_base64(path, &walk->path[i]))
            *ok = false;
    }
    cm_json_set(content, "path", path, ok);
}

static void
set_patterns(json_t *content, const struct cm_git_reach *reach, bool *ok)
{
    json_t *patterns = json_array();
    for (size_t i = 0; i < reach->pattern_count; i++) {
        if (json_array_append_new(patterns, json_string(reach->patterns[i])) != 0)
            *ok = false;
    }
    cm_json_set(content, "branches", patterns, ok);
}

/* What git/documents.h says of a path. */
static json_t *
walk_json(const struct cm_git_commit *commit, const struct cm_git_reach *reach,
          const struct cm_git_walk *walk)
{
    bool ok = true;
    bool found = walk->finding == CM_GIT_REACHABLE;
    const struct cm_git_ref *ref = found        ? ref_at(reach, walk->id)
                                   : reach->ref ? reach->refs[0]
                                                : NULL;
    json_t *content = json_object();
    cm_json_set_text(content, "url", commit->repository->url, &ok);
    cm_json_set_text(content, "ref", ref ? ref->name : NULL, &ok);
    cm_json_set_text(content, "tip", ref ? cm_git_ref_commit(ref) : NULL, &ok);
    cm_json_set_text(content, "commit", commit->id, &ok);
    cm_json_set_text(content, "finding", found ? "reachable" : "not-reachable", &ok);
    cm_json_set_int(content, "walked", (int64_t)walk->walked, &ok);
    cm_json_set_int(content, "length", (int64_t)walk->length, &ok);
    if (walk->path_count > 0)
        set_path(content, walk, &ok);
    if (!reach->ref)
        set_patterns(content, reach, &ok);
    if (reach->own_listing)
        cm_json_set(content, "refs", cm_git_listing_json(reach->refs, reach->count), &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

static bool
is_tip(const struct cm_git_reach *reach, const char *id)
{
    return ref_at(reach, id) != NULL;
}

/* The commit is the tip itself: its object is the path. */
static bool
read_tip(const struct cm_git_commit *commit, struct cm_git_walk *walk, struct cm_err *err)
{
    const struct cm_git_exists *exists = &commit->exists;
    if (exists->answer.err.class != CM_OK) {
        *err = exists->answer.err;
        /* It is advertised, so it is there, whatever was answered to the question for it. */
        if (err->class == CM_E_NOT_FOUND)
            err->class = CM_E_MALFORMED;
        return false;
    }
    *walk = (struct cm_git_walk){.finding = CM_GIT_REACHABLE,
                                 .walked = 1,
                                 .length = 1,
                                 .path = &exists->raw,
                                 .path_count = 1};
    memcpy(walk->id, commit->id, CM_GIT_ID);
    return true;
}

static bool
read_walk(const struct cm_git_commit *commit, const struct cm_git_reach *reach,
          struct cm_git_walk *walk, struct cm_err *err)
{
    const struct cm_git_fetch *fetch = reach->fetch;
    if (fetch->err.class != CM_OK) {
        *err = fetch->err;
        if (err->class == CM_E_NOT_FOUND)
            err->class = CM_E_MALFORMED;
        return false;
    }
    if (!cm_git_reply_walk(commit->repository->arena, fetch->output.at, fetch->output.size,
                           commit->id, reach->tips, reach->count, walk, err))
        return false;
    if (walk->finding != CM_GIT_OPEN)
        return true;
    if (fetch->answer.shallow > 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server has not the whole history: %s is missing",
                       walk->id);
    return cm_fail(err, CM_E_MALFORMED, "the server did not send the whole history: %s is missing",
                   walk->id);
}

/* Starts what is needed; true if `walk` is there. While it is not, err->class stays CM_OK. */
static bool
find(struct cm_git_commit *commit, struct cm_git_reach *reach, struct cm_git_walk *walk,
     struct cm_err *err)
{
    if (reach->count == 0) {
        *walk = (struct cm_git_walk){.finding = CM_GIT_NOT_REACHABLE};
        return true;
    }
    if (is_tip(reach, commit->id))
        return commit->exists.answer.done && read_tip(commit, walk, err);
    if (!reach->fetch) {
        reach->fetch =
            cm_git_fetch_history(commit->repository, reach->tips, reach->count, commit->id);
        if (!reach->fetch)
            return cm_git_no_memory(err);
        reach->answer.asked_at = reach->fetch->asked_at;
    }
    return reach->fetch->state == CM_GIT_DONE && read_walk(commit, reach, walk, err);
}

/* Are the refs known? While they are not, err->class stays CM_OK. */
static bool
know_refs(struct cm_git_repository *repository, struct cm_git_reach *reach, struct cm_err *err)
{
    if (!reach->listing && choose_listing(repository, reach, err))
        cm_git_listing_advance(repository);
    if (!reach->listing || reach->listing->state != CM_GIT_DONE)
        return false;
    return reach->chosen || choose_refs(reach, err);
}

void
cm_git_reach_advance(struct cm_git_commit *commit, struct cm_git_reach *reach)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_walk walk = {.path = NULL};
    if (!reach->wanted || reach->answer.done)
        return;
    if (know_refs(commit->repository, reach, &err) && find(commit, reach, &walk, &err))
        cm_git_finish(&reach->answer, walk_json(commit, reach, &walk));
    else if (err.class != CM_OK)
        cm_git_finish_err(&reach->answer, &err);
}
