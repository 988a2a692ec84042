/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include "git/object.h"
#include "git/reply.h"

#include <stdlib.h>
#include <string.h>

#define NONE       UINT32_MAX
#define ROOM_FIRST 4096u /* a power of two */

/* A commit that was met. The nodes in the order in which they were met are the queue, too. */
struct node {
    git_oid id;
    uint32_t child; /* the node that it was met from: one step nearer to a tip; NONE: a tip */
};

struct cm_helper_walk {
    git_odb *odb;
    struct node *nodes;
    uint32_t count, room;
    uint32_t *table; /* open addressing: index of a node + 1, 0 is free; twice `room`, at least */
    uint32_t mask;
    uint32_t found; /* node of the commit; NONE */
    uint32_t walked;
    bool missing;
    git_oid missing_id;
};

struct cm_helper_walk *
cm_helper_walk_new(git_odb *odb)
{
    struct cm_helper_walk *walk = calloc(1, sizeof *walk);
    if (walk)
        *walk = (struct cm_helper_walk){.odb = odb, .found = NONE};
    return walk;
}

void
cm_helper_walk_done(struct cm_helper_walk **walk)
{
    if (!*walk)
        return;
    free((*walk)->nodes);
    free((*walk)->table);
    free(*walk);
    *walk = NULL;
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
    struct node *nodes = reallocarray(walk->nodes, room, sizeof *nodes);
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
    walk->nodes[walk->count] = (struct node){.id = *id, .child = child};
    *slot = ++walk->count;
    return true;
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

/* Reads one commit and meets its parents. That it is not there is no error, but the walk is then
 * not closed any more. */
static bool
visit(struct cm_helper_walk *walk, uint32_t at, bool *ret_there, struct cm_err *err)
{
    CM_CLEANUP(object_done) git_odb_object *object = NULL;
    struct cm_git_commit_object commit;
    const git_oid id = walk->nodes[at].id;
    int result = git_odb_read(&object, walk->odb, &id);
    if (result == GIT_ENOTFOUND) {
        walk->missing = true;
        walk->missing_id = id;
        *ret_there = false;
        return true;
    }
    if (result < 0)
        return cm_helper_fail(err, "a commit cannot be read");
    if (git_odb_object_type(object) != GIT_OBJECT_COMMIT)
        return cm_fail(err, CM_E_MALFORMED, "%s is no commit", git_oid_tostr_s(&id));
    walk->walked++;
    if (!cm_git_commit_parse(git_odb_object_data(object), git_odb_object_size(object), &commit,
                             err))
        return cm_context(err, "%s", git_oid_tostr_s(&id));
    *ret_there = true;
    return meet_parents(walk, at, &commit, err);
}

bool
cm_helper_walk(struct cm_helper_walk *walk, const git_oid *commit, const git_oid *tips,
               size_t tip_count, struct cm_err *err)
{
    for (size_t i = 0; i < tip_count; i++) {
        if (!meet(walk, &tips[i], NONE, err))
            return false;
    }
    for (uint32_t at = 0; at < walk->count; at++) {
        bool there = false;
        if (!visit(walk, at, &there, err))
            return false;
        /* The commit itself must be there, too: that somebody names it as a parent is not enough.
         */
        if (there && git_oid_equal(&walk->nodes[at].id, commit)) {
            walk->found = at;
            return true;
        }
    }
    return true;
}

static uint32_t
length_of(const struct cm_helper_walk *walk)
{
    uint32_t length = 0;
    for (uint32_t at = walk->found; at != NONE; at = walk->nodes[at].child)
        length++;
    return length;
}

static void
free_objects(git_odb_object **objects, size_t count)
{
    for (size_t i = 0; objects && i < count; i++)
        git_odb_object_free(objects[i]);
    free(objects);
}

/* Reads the commits of the path again, tip first, as long as they stay under `most` bytes. */
static bool
read_path(const struct cm_helper_walk *walk, size_t length, size_t most, git_odb_object **objects,
          bool *ret_fits, struct cm_err *err)
{
    size_t size = 0;
    uint32_t at = walk->found;
    for (size_t i = length; i > 0 && size <= most; i--) {
        if (git_odb_read(&objects[i - 1], walk->odb, &walk->nodes[at].id) < 0)
            return cm_helper_fail(err, "a commit cannot be read again");
        size += git_odb_object_size(objects[i - 1]);
        at = walk->nodes[at].child;
    }
    *ret_fits = size <= most;
    return true;
}

static uint32_t
tip_of(const struct cm_helper_walk *walk)
{
    uint32_t at = walk->found;
    while (walk->nodes[at].child != NONE)
        at = walk->nodes[at].child;
    return at;
}

static bool
tell_path(const struct cm_helper_walk *walk, size_t most, FILE *to, struct cm_err *err)
{
    uint32_t length = length_of(walk);
    size_t room = length <= CM_GIT_PATH_MAX ? length : 0;
    git_odb_object **objects = calloc(room + 1, sizeof(git_odb_object *));
    if (!objects)
        return cm_fail(err, CM_E_LIMIT, "no memory for a path of %u commits", length);
    bool fits = false;
    bool read = room == 0 || read_path(walk, room, most, objects, &fits, err);
    if (read) {
        fprintf(to, "walk found %u %u %u %s\n", walk->walked, length, fits ? length : 0,
                git_oid_tostr_s(&walk->nodes[tip_of(walk)].id));
        for (size_t i = 0; i < room && fits; i++) {
            fprintf(to, "commit %zu\n", git_odb_object_size(objects[i]));
            fwrite(git_odb_object_data(objects[i]), 1, git_odb_object_size(objects[i]), to);
        }
    }
    free_objects(objects, room);
    return read;
}

bool
cm_helper_walk_tell(struct cm_helper_walk *walk, size_t most, FILE *to, struct cm_err *err)
{
    if (walk->found != NONE)
        return tell_path(walk, most, to, err);
    if (walk->missing)
        fprintf(to, "walk open %u 0 0 %s\n", walk->walked, git_oid_tostr_s(&walk->missing_id));
    else
        fprintf(to, "walk closed %u 0 0 -\n", walk->walked);
    return true;
}
