/* SPDX-License-Identifier: Apache-2.0 */
#include "git/object.h"

#include "base/clock.h"
#include "base/cursor.h"
#include "base/digest.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <stdio.h>
#include <string.h>

#define ID_SIZE          20 /* bytes of an id in a tree */
#define MODE_DIGITS_MOST 6
#define TIME_MOST        (INT64_MAX / CM_SECOND) /* also fits when told in ns */

bool
cm_git_hash(const char *type, const void *at, size_t size, char ret_id[CM_GIT_ID])
{
    char head[64];
    int head_size = snprintf(head, sizeof head, "%s %zu", type, size);
    if (head_size < 0 || (size_t)head_size >= sizeof head)
        return false;
    struct cm_digest *digest = cm_digest_new("sha1");
    cm_digest_add(digest, head, (size_t)head_size + 1);
    cm_digest_add(digest, at, size);
    return cm_digest_end(digest, ret_id);
}

/* "NAME <id>\n", if that comes next. */
static bool
take_id_line(struct cm_cursor *cursor, const char *name, char ret_id[CM_GIT_ID])
{
    if (!cm_cursor_skip(cursor, name))
        return false;
    const unsigned char *digits = cm_cursor_take(cursor, CM_GIT_ID - 1);
    if (!digits || !cm_cursor_skip(cursor, "\n"))
        return false;
    memcpy(ret_id, digits, CM_GIT_ID - 1);
    ret_id[CM_GIT_ID - 1] = '\0';
    return cm_is_commit_id(ret_id);
}

/* Seconds and zone stand behind the last '>' of "committer NAME <EMAIL> SECONDS ZONE". */
static bool
time_of(const unsigned char *line, size_t size, int64_t *ret)
{
    const unsigned char *mark = memrchr(line, '>', size);
    if (!mark || (size_t)(mark - line) + 2 > size || mark[1] != ' ')
        return false;
    const unsigned char *at = mark + 2;
    size_t left = size - (size_t)(at - line);
    const unsigned char *space = memchr(at, ' ', left);
    char digits[24];
    size_t digits_size = space ? (size_t)(space - at) : sizeof digits;
    if (digits_size >= sizeof digits)
        return false;
    memcpy(digits, at, digits_size);
    digits[digits_size] = '\0';
    return cm_parse_int(digits, -TIME_MOST, TIME_MOST, ret);
}

/* "NAME ...\n", if that comes next; the line without its end. */
static const unsigned char *
take_line(struct cm_cursor *cursor, const char *name, size_t *ret_size)
{
    return cm_cursor_skip(cursor, name) ? cm_cursor_until(cursor, '\n', ret_size) : NULL;
}

static bool
take_parents(struct cm_cursor *cursor, struct cm_git_commit_object *ret, struct cm_err *err)
{
    struct cm_cursor ahead = *cursor;
    while (cm_cursor_skip(&ahead, "parent ")) {
        if (ret->parent_count == CM_GIT_PARENTS)
            return cm_fail(err, CM_E_LIMIT, "a commit has more than %d parents", CM_GIT_PARENTS);
        if (!take_id_line(cursor, "parent ", ret->parents[ret->parent_count]))
            return cm_fail(err, CM_E_MALFORMED, "a commit has a parent line without an id");
        ret->parent_count++;
        ahead = *cursor;
    }
    return true;
}

bool
cm_git_commit_parse(const void *at, size_t size, struct cm_git_commit_object *ret,
                    struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct cm_git_commit_object commit; /* large, and asked for a hundred thousand times */
    size_t line_size = 0;
    commit.parent_count = 0;
    if (!take_id_line(&cursor, "tree ", commit.tree))
        return cm_fail(err, CM_E_MALFORMED, "a commit does not begin with its tree");
    if (!take_parents(&cursor, &commit, err))
        return false;
    if (!take_line(&cursor, "author ", &line_size))
        return cm_fail(err, CM_E_MALFORMED, "a commit has no author where one must be");
    const unsigned char *committer = take_line(&cursor, "committer ", &line_size);
    if (!committer)
        return cm_fail(err, CM_E_MALFORMED, "a commit has no committer where one must be");
    /* Old histories hold times that no clock showed; their ancestry is read all the same. */
    if (!time_of(committer, line_size, &commit.committed))
        commit.committed = CM_NO_TIME;
    memcpy(ret->tree, commit.tree, sizeof ret->tree);
    memcpy(ret->parents, commit.parents, commit.parent_count * sizeof *ret->parents);
    ret->parent_count = commit.parent_count;
    ret->committed = commit.committed;
    return true;
}

/* Octal digits of a mode; 0 (which git never writes) if they are none. */
static unsigned
mode_of(const unsigned char *at, size_t size)
{
    unsigned mode = 0;
    for (size_t i = 0; i < size && size <= MODE_DIGITS_MOST; i++) {
        if (at[i] < '0' || at[i] > '7')
            return 0;
        mode = mode * 8 + (unsigned)(at[i] - '0');
    }
    return mode;
}

struct entry {
    const unsigned char *name, *id;
    size_t name_size;
    unsigned mode;
};

static bool
take_entry(struct cm_cursor *cursor, struct entry *ret)
{
    size_t mode_size = 0;
    const unsigned char *mode = cm_cursor_until(cursor, ' ', &mode_size);
    ret->name = cm_cursor_until(cursor, '\0', &ret->name_size);
    ret->id = cm_cursor_take(cursor, ID_SIZE);
    ret->mode = mode ? mode_of(mode, mode_size) : 0;
    return ret->id && ret->mode != 0 && ret->name_size > 0 &&
           !memchr(ret->name, '/', ret->name_size);
}

bool
cm_git_tree_find(const void *at, size_t size, const char *name, char ret_id[CM_GIT_ID],
                 unsigned *ret_mode, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct entry found = {.name = NULL};
    while (cm_cursor_left(&cursor) > 0) {
        struct entry entry = {.name = NULL};
        if (!take_entry(&cursor, &entry))
            return cm_fail(err, CM_E_MALFORMED, "a tree cannot be read to its end");
        if (entry.name_size != strlen(name) || memcmp(entry.name, name, entry.name_size) != 0)
            continue;
        if (found.name)
            return cm_fail(err, CM_E_MALFORMED, "a tree has two entries of one name");
        found = entry;
    }
    if (!found.name)
        return cm_fail(err, CM_E_NOT_FOUND, "the tree has no entry of that name");
    cm_hex(found.id, ID_SIZE, ret_id);
    *ret_mode = found.mode;
    return true;
}
