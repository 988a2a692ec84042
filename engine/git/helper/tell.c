/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include "git/reply.h"

#include <stdlib.h>

static void
object_done(git_odb_object **object)
{
    git_odb_object_free(*object);
}

bool
cm_helper_tell_object(git_odb *odb, const git_oid *id, size_t most, FILE *to, struct cm_err *err)
{
    CM_CLEANUP(object_done) git_odb_object *object = NULL;
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    int result = git_odb_read_header(&size, &type, odb, id);
    if (result == GIT_ENOTFOUND) {
        fputs("absent\n", to);
        return true;
    }
    if (result < 0)
        return cm_helper_fail(err, "the object cannot be read");
    if (size > most)
        return cm_fail(err, CM_E_LIMIT, "%s has %zu bytes, more than %zu", git_oid_tostr_s(id),
                       size, most);
    if (git_odb_read(&object, odb, id) < 0)
        return cm_helper_fail(err, "the object cannot be read");
    fprintf(to, "object %s %zu\n", git_object_type2string(git_odb_object_type(object)),
            git_odb_object_size(object));
    fwrite(git_odb_object_data(object), 1, git_odb_object_size(object), to);
    return true;
}

static bool
tell_commit(struct cm_helper_walk *walk, uint32_t at, FILE *to, struct cm_err *err)
{
    CM_CLEANUP(object_done) git_odb_object *object = NULL;
    if (git_odb_read(&object, walk->commits->odb, &walk->nodes[at].id) < 0)
        return cm_helper_fail(err, "a commit cannot be read again");
    fprintf(to, "commit %zu\n", git_odb_object_size(object));
    fwrite(git_odb_object_data(object), 1, git_odb_object_size(object), to);
    walk->nodes[at].told = true;
    return true;
}

/* How many commits of the path are to be told: all, or those from the last that was told before. */
static uint32_t
count_kept(const struct cm_helper_walk *walk, uint32_t found, bool whole)
{
    uint32_t kept = 1;
    const struct cm_helper_node *nodes = walk->nodes;
    for (uint32_t at = found; nodes[at].child != CM_HELPER_NONE; at = nodes[at].child, kept++) {
        if (!whole && nodes[at].told)
            break;
    }
    return kept;
}

static uint32_t
tip_of(const struct cm_helper_walk *walk, uint32_t found)
{
    uint32_t at = found;
    while (walk->nodes[at].child != CM_HELPER_NONE)
        at = walk->nodes[at].child;
    return at;
}

bool
cm_helper_tell_path(struct cm_helper_walk *walk, uint32_t found, size_t most, FILE *to,
                    struct cm_err *err)
{
    const struct cm_helper_node *last = &walk->nodes[found];
    bool whole = last->bytes <= most && last->length <= CM_GIT_PATH_MAX;
    uint32_t kept = count_kept(walk, found, whole);
    uint32_t *path = reallocarray(NULL, kept, sizeof *path);
    if (!path)
        return cm_fail(err, CM_E_LIMIT, "no memory for a path of %u commits", kept);
    for (uint32_t i = kept, at = found; i > 0; i--, at = walk->nodes[at].child)
        path[i - 1] = at;
    fprintf(to, "walk found %u %u %u %s\n", walk->walked, last->length, kept,
            git_oid_tostr_s(&walk->nodes[tip_of(walk, found)].id));
    bool good = true;
    for (uint32_t i = 0; good && i < kept; i++)
        good = tell_commit(walk, path[i], to, err);
    free(path);
    return good;
}

void
cm_helper_tell_end(const struct cm_helper_walk *walk, FILE *to)
{
    if (walk->missing != CM_HELPER_NONE)
        fprintf(to, "walk open %u 0 0 %s\n", walk->walked,
                git_oid_tostr_s(&walk->nodes[walk->missing].id));
    else
        fprintf(to, "walk closed %u 0 0 -\n", walk->walked);
}
