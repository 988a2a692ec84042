/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include "git/helper/graph.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4096u /* a power of two */

void
cm_helper_walk_free(struct cm_helper_walk *walk)
{
    if (!walk)
        return;
    free(walk->nodes);
    free(walk->table);
    free(walk);
}

/* Ids are hashes already, but a stranger chose them: he gains a slow walk at the most, and walks
 * are killed at the deadline. */
static uint32_t *
slot_of(const struct cm_helper_walk *walk, const git_oid *id)
{
    uint32_t hash;
    memcpy(&hash, id->id, sizeof hash);
    for (uint32_t at = hash & walk->mask;; at = (at + 1) & walk->mask) {
        uint32_t *slot = &walk->table[at];
        if (*slot == 0 || git_oid_equal(&walk->nodes[*slot - 1].id, id))
            return slot;
    }
}

static bool
grow(struct cm_helper_walk *walk, struct cm_err *err)
{
    uint32_t room = walk->room ? walk->room * 2 : ROOM_FIRST;
    struct cm_helper_node *nodes = reallocarray(walk->nodes, room, sizeof *nodes);
    if (nodes)
        walk->nodes = nodes;
    uint32_t *table = calloc((size_t)room * 2, sizeof *table);
    if (!nodes || !table) {
        free(table);
        return cm_fail(err, CM_E_LIMIT, "no memory for a walk over %u commits", walk->count);
    }
    free(walk->table);
    walk->table = table;
    walk->room = room;
    walk->mask = room * 2 - 1;
    for (uint32_t i = 0; i < walk->count; i++)
        *slot_of(walk, &walk->nodes[i].id) = i + 1;
    return true;
}

/* Remembers a commit, if it is met for the first time. */
static bool
meet(struct cm_helper_walk *walk, const git_oid *id, uint32_t child, struct cm_err *err)
{
    if (walk->count == walk->room && !grow(walk, err))
        return false;
    uint32_t *slot = slot_of(walk, id);
    if (*slot != 0)
        return true;
    if (walk->count == CM_HELPER_COMMITS)
        return cm_fail(err, CM_E_LIMIT, "the history has more than %u commits", CM_HELPER_COMMITS);
    uint32_t length = child == CM_HELPER_NONE ? 1 : walk->nodes[child].length + 1;
    walk->nodes[walk->count] = (struct cm_helper_node){.id = *id, .child = child, .length = length};
    *slot = ++walk->count;
    return true;
}

bool
cm_helper_walk_new(const struct cm_helper_commits *commits, const git_oid *tips, size_t count,
                   struct cm_helper_walk **ret, struct cm_err *err)
{
    struct cm_helper_walk *walk = calloc(1, sizeof *walk);
    if (!walk)
        return cm_fail(err, CM_E_LIMIT, "no memory for a walk");
    *walk = (struct cm_helper_walk){.commits = commits, .missing = CM_HELPER_NONE};
    for (size_t i = 0; i < count; i++) {
        if (meet(walk, &tips[i], CM_HELPER_NONE, err))
            continue;
        cm_helper_walk_free(walk);
        return false;
    }
    walk->tip_count = walk->count;
    *ret = walk;
    return true;
}

bool
cm_helper_walk_is_of(const struct cm_helper_walk *walk, const git_oid *tips, size_t count)
{
    size_t same = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t *slot = slot_of(walk, &tips[i]);
        if (*slot == 0 || *slot > walk->tip_count)
            return false;
        same += *slot == same + 1;
    }
    return same == walk->tip_count;
}

static void
object_done(git_odb_object **object)
{
    git_odb_object_free(*object);
}

static bool
meet_parents(struct cm_helper_walk *walk, uint32_t at, const struct cm_git_commit_object *commit,
             struct cm_err *err)
{
    for (size_t i = 0; i < commit->parent_count; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, commit->parents[i]) < 0)
            return cm_helper_fail(err, "a parent's id cannot be read");
        if (!meet(walk, &id, at, err))
            return false;
    }
    return true;
}

static void
was_read(struct cm_helper_walk *walk, uint32_t at, size_t bytes)
{
    struct cm_helper_node *node = &walk->nodes[at];
    walk->walked++;
    node->there = true;
    node->bytes = bytes;
    if (node->child != CM_HELPER_NONE)
        node->bytes += walk->nodes[node->child].bytes;
}

/* Reads one commit from the store and meets its parents. That it is not there is no error, but the
 * walk is then not closed any more. */
static bool
visit_stored(struct cm_helper_walk *walk, uint32_t at, const git_oid *id, struct cm_err *err)
{
    CM_CLEANUP(object_done) git_odb_object *object = NULL;
    struct cm_git_commit_object commit;
    int result = git_odb_read(&object, walk->commits->odb, id);
    if (result == GIT_ENOTFOUND) {
        walk->missing = at;
        return true;
    }
    if (result < 0)
        return cm_helper_fail(err, "a commit cannot be read");
    if (git_odb_object_type(object) != GIT_OBJECT_COMMIT)
        return cm_fail(err, CM_E_MALFORMED, "%s is no commit", git_oid_tostr_s(id));
    if (!cm_git_commit_parse(git_odb_object_data(object), git_odb_object_size(object), &commit,
                             err))
        return cm_context(err, "%s", git_oid_tostr_s(id));
    was_read(walk, at, git_odb_object_size(object));
    return meet_parents(walk, at, &commit, err);
}

static bool
is_in_graph(const struct cm_helper_commits *commits, const git_oid *id,
            struct cm_helper_parents *ret)
{
    for (size_t i = 0; i < commits->graph_count; i++) {
        if (cm_helper_graph_find(commits->graphs[i], id, ret))
            return true;
    }
    return false;
}

static bool
visit(struct cm_helper_walk *walk, uint32_t at, struct cm_err *err)
{
    struct cm_helper_parents parents;
    const git_oid id = walk->nodes[at].id;
    if (!is_in_graph(walk->commits, &id, &parents))
        return visit_stored(walk, at, &id, err);
    was_read(walk, at, parents.bytes);
    for (uint32_t i = 0; i < parents.count; i++) {
        if (!meet(walk, &parents.ids[i], at, err))
            return false;
    }
    return true;
}

/* The commit itself must be there, too: that somebody names it as a parent is not enough. */
static uint32_t
find(const struct cm_helper_walk *walk, const git_oid *commit)
{
    uint32_t slot = commit ? *slot_of(walk, commit) : 0;
    return slot != 0 && walk->nodes[slot - 1].there ? slot - 1 : CM_HELPER_NONE;
}

bool
cm_helper_walk_to(struct cm_helper_walk *walk, const git_oid *commit, uint32_t *ret_found,
                  struct cm_err *err)
{
    *ret_found = find(walk, commit);
    while (*ret_found == CM_HELPER_NONE && walk->next < walk->count) {
        uint32_t at = walk->next;
        if (!visit(walk, at, err))
            return false;
        walk->next++;
        if (commit && walk->nodes[at].there && git_oid_equal(&walk->nodes[at].id, commit))
            *ret_found = at;
    }
    return true;
}
