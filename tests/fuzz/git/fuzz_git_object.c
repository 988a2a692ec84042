/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw objects, and the helper's words. The first byte of an input: 'c' a commit, 't' a tree, 'o' an
 * answer to `object`, 'w' one to `path`.
 */
#include "git/object.h"
#include "git/reply.h"

#include <stdlib.h>
#include <string.h>

#define ID "ce013625030ba8dba906f756967f9e9ca394464a"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
    if (!holds)
        abort();
}

static void
commit(const uint8_t *at, size_t size)
{
    struct cm_git_commit_object object;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_commit_parse(at, size, &object, &err);
    must(good == (err.class == CM_OK));
    must(!good || (object.parent_count <= CM_GIT_PARENTS && strlen(object.tree) == CM_GIT_ID - 1));
}

static void
tree(const uint8_t *at, size_t size)
{
    char id[CM_GIT_ID] = "";
    unsigned mode = 0;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_tree_find(at, size, "a", id, &mode, &err);
    must(good == (err.class == CM_OK) && good == (mode != 0) &&
         strlen(id) == (good ? CM_GIT_ID - 1 : 0));
}

static void
object(const uint8_t *at, size_t size)
{
    struct cm_git_raw raw = {.at = NULL};
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_reply_object(at, size, ID, "blob", &raw, &err);
    must(good == (err.class == CM_OK) && (!good || raw.size < size));
}

static void
walk(const uint8_t *at, size_t size)
{
    static const char *const tips[] = {ID};
    struct cm_arena *arena = cm_arena_new((size_t)64 << 20);
    struct cm_git_walk found;
    struct cm_err err = CM_ERR_INIT;
    bool good = arena && cm_git_reply_walk(arena, at, size, ID, tips, 1, &found, &err);
    must(!good || found.path_count == 0 || found.path_count == found.length);
    cm_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'c')
        commit(data + 1, size - 1);
    else if (size > 0 && data[0] == 't')
        tree(data + 1, size - 1);
    else if (size > 0 && data[0] == 'o')
        object(data + 1, size - 1);
    else if (size > 0 && data[0] == 'w')
        walk(data + 1, size - 1);
    return 0;
}
