/* SPDX-License-Identifier: Apache-2.0 */
#include "git/reply.h"

#include "base/cursor.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <string.h>

#define WORD_MOST  64
#define COUNT_MOST (INT64_C(1) << 40)

/* The next word, up to `mark`, as text; false if it is too long or not there. */
static bool
take_word(struct cm_cursor *cursor, char mark, char ret[WORD_MOST])
{
    size_t size = 0;
    const unsigned char *at = cm_cursor_until(cursor, mark, &size);
    if (!at || size >= WORD_MOST || memchr(at, '\0', size))
        return false;
    memcpy(ret, at, size);
    ret[size] = '\0';
    return true;
}

static bool
take_count(struct cm_cursor *cursor, char mark, int64_t most, uint64_t *ret)
{
    char word[WORD_MOST];
    int64_t value = 0;
    if (!take_word(cursor, mark, word) || !cm_parse_int(word, 0, most, &value))
        return false;
    *ret = (uint64_t)value;
    return true;
}

static bool
broken(struct cm_err *err)
{
    return cm_fail(err, CM_E_INTERNAL, "the helper's answer cannot be read");
}

/* What an unusual pack or a full disk can bring about; no other class is for the helper to say. */
static enum cm_class
class_of(const char *name)
{
    enum cm_class class = cm_class_of(name);
    bool good = class == CM_E_LIMIT || class == CM_E_MALFORMED || class == CM_E_UNSUPPORTED ||
                class == CM_E_TRANSIENT;
    return good ? class : CM_E_INTERNAL;
}

/* "error CLASS TEXT" */
static bool
pass_error(struct cm_cursor *cursor, struct cm_err *err)
{
    char class[WORD_MOST];
    size_t size = 0;
    const unsigned char *text = NULL;
    if (!take_word(cursor, ' ', class) || !(text = cm_cursor_until(cursor, '\n', &size)))
        return broken(err);
    return cm_fail(err, class_of(class), "%.*s", (int)(size < 600 ? size : 600),
                   (const char *)text);
}

static bool
begin(struct cm_cursor *cursor, struct cm_err *err)
{
    if (!cm_cursor_skip(cursor, CM_GIT_HELLO "\n"))
        return broken(err);
    return cm_cursor_skip(cursor, "error ") ? pass_error(cursor, err) : true;
}

static bool
take_raw(struct cm_cursor *cursor, struct cm_git_raw *ret)
{
    uint64_t size = 0;
    if (!take_count(cursor, '\n', COUNT_MOST, &size))
        return false;
    ret->at = cm_cursor_take(cursor, size);
    ret->size = size;
    return ret->at != NULL;
}

static bool
at_end(struct cm_cursor *cursor)
{
    return cm_cursor_skip(cursor, "end\n") && cm_cursor_left(cursor) == 0;
}

bool
cm_git_reply_object(const void *at, size_t size, const char *id, const char *type,
                    struct cm_git_raw *ret, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct cm_git_raw raw = {.at = NULL};
    char is[WORD_MOST];
    char hash[CM_GIT_ID];
    if (!begin(&cursor, err))
        return false;
    if (cm_cursor_skip(&cursor, "absent\n"))
        return cm_fail(err, CM_E_NOT_FOUND, "the pack does not hold %s", id);
    if (!cm_cursor_skip(&cursor, "object ") || !take_word(&cursor, ' ', is) ||
        !take_raw(&cursor, &raw) || !at_end(&cursor))
        return broken(err);
    if (strcmp(is, type) != 0)
        return cm_fail(err, CM_E_MALFORMED, "%s is a %s, not a %s", id, is, type);
    if (!cm_git_hash(type, raw.at, raw.size, hash) || strcmp(hash, id) != 0)
        return cm_fail(err, CM_E_MALFORMED, "the object that came for %s is another", id);
    *ret = raw;
    return true;
}

static bool
take_finding(struct cm_cursor *cursor, enum cm_git_finding *ret)
{
    char word[WORD_MOST];
    if (!take_word(cursor, ' ', word))
        return false;
    if (strcmp(word, "found") == 0)
        *ret = CM_GIT_REACHABLE;
    else if (strcmp(word, "closed") == 0)
        *ret = CM_GIT_NOT_REACHABLE;
    else if (strcmp(word, "open") == 0)
        *ret = CM_GIT_OPEN;
    else
        return false;
    return true;
}

/* FINDING WALKED LENGTH KEPT ID */
static bool
take_head(struct cm_cursor *cursor, struct cm_git_walk *walk, uint64_t *ret_kept)
{
    char id[WORD_MOST];
    if (!take_finding(cursor, &walk->finding) ||
        !take_count(cursor, ' ', COUNT_MOST, &walk->walked) ||
        !take_count(cursor, ' ', COUNT_MOST, &walk->length) ||
        !take_count(cursor, ' ', CM_GIT_PATH_MAX, ret_kept) || !take_word(cursor, '\n', id))
        return false;
    bool found = walk->finding == CM_GIT_REACHABLE;
    bool none = walk->finding == CM_GIT_NOT_REACHABLE;
    if (found != (walk->length > 0) || walk->length > walk->walked)
        return false;
    if (*ret_kept != 0 && *ret_kept != walk->length)
        return false;
    if (none ? strcmp(id, "-") != 0 : !cm_is_commit_id(id))
        return false;
    memcpy(walk->id, none ? "" : id, none ? 1 : CM_GIT_ID);
    return true;
}

static bool
is_parent(const struct cm_git_commit_object *commit, const char *id)
{
    for (size_t i = 0; i < commit->parent_count; i++) {
        if (strcmp(commit->parents[i], id) == 0)
            return true;
    }
    return false;
}

/* One commit of the path: it hashes to a parent of the one before it (the first: to the tip). */
static bool
check_commit(const struct cm_git_raw *raw, struct cm_git_commit_object *before, bool first,
             char ret_id[CM_GIT_ID], struct cm_err *err)
{
    if (!cm_git_hash("commit", raw->at, raw->size, ret_id))
        return cm_fail(err, CM_E_INTERNAL, "SHA-1 is not available");
    if (!first && !is_parent(before, ret_id))
        return cm_fail(err, CM_E_INTERNAL, "the path to the commit is not linked");
    return cm_git_commit_parse(raw->at, raw->size, before, err);
}

static bool
check_path(const struct cm_git_walk *walk, const char *commit, struct cm_err *err)
{
    struct cm_git_commit_object object = {.parent_count = 0};
    char id[CM_GIT_ID] = "";
    for (size_t i = 0; i < walk->path_count; i++) {
        if (!check_commit(&walk->path[i], &object, i == 0, id, err))
            return false;
        if (i == 0 && strcmp(id, walk->id) != 0)
            return cm_fail(err, CM_E_INTERNAL, "the path does not begin at the tip");
    }
    if (strcmp(id, commit) != 0)
        return cm_fail(err, CM_E_INTERNAL, "the path does not lead to the commit");
    return true;
}

static bool
take_path(struct cm_arena *arena, struct cm_cursor *cursor, size_t kept, struct cm_git_walk *walk,
          struct cm_err *err)
{
    struct cm_git_raw *path = cm_arena_alloc(arena, kept * sizeof *path);
    if (!path)
        return cm_fail(err, CM_E_LIMIT, "no memory for the path to the commit");
    for (size_t i = 0; i < kept; i++) {
        if (!cm_cursor_skip(cursor, "commit ") || !take_raw(cursor, &path[i]))
            return broken(err);
    }
    walk->path = path;
    walk->path_count = kept;
    return true;
}

bool
cm_git_reply_walk(struct cm_arena *arena, const void *at, size_t size, const char *commit,
                  const char *const *tips, size_t tip_count, struct cm_git_walk *ret,
                  struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct cm_git_walk walk = {.path = NULL};
    uint64_t kept = 0;
    if (!begin(&cursor, err))
        return false;
    if (!cm_cursor_skip(&cursor, "walk ") || !take_head(&cursor, &walk, &kept))
        return broken(err);
    if (kept > 0 && !take_path(arena, &cursor, kept, &walk, err))
        return false;
    if (!at_end(&cursor))
        return broken(err);
    bool among = walk.finding != CM_GIT_REACHABLE;
    for (size_t i = 0; i < tip_count && !among; i++)
        among = strcmp(walk.id, tips[i]) == 0;
    if (!among)
        return cm_fail(err, CM_E_INTERNAL, "the path begins at no tip");
    if (kept > 0 && !check_path(&walk, commit, err))
        return false;
    *ret = walk;
    return true;
}
