/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define TREE_MOST       ((uint64_t)16 * 1024 * 1024)
#define FILE_MOST       ((uint64_t)64 * 1024 * 1024)
#define PATH_TEXT_MOST  1024
#define COMPONENTS_MOST 16

#define MODE_FOLDER  040000u
#define MODE_LINK    0120000u
#define MODE_MODULE  0160000u
#define MODE_TYPE    0170000u
#define MODE_REGULAR 0100000u

/* Components that are neither empty nor "." or "..", joined by '/'. */
static bool
check_path(const char *path, struct cm_err *err)
{
    size_t components = 0;
    bool good = strlen(path) <= PATH_TEXT_MOST && cm_is_utf8(path, strlen(path));
    for (const char *at = path; good; at++) {
        size_t size = strcspn(at, "/");
        bool dots = (size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.');
        good = size > 0 && !dots && ++components <= COMPONENTS_MOST;
        at += size;
        if (*at == '\0')
            break;
    }
    return good ? true : cm_fail(err, CM_E_MALFORMED, "\"%.200s\" is no path of a file", path);
}

/* Not found is a word on what the commit holds, which a server that refuses to answer does not say.
 */
static bool
read_object(const struct cm_git_object *object, struct cm_err *err)
{
    if (object->err.class == CM_OK)
        return true;
    *err = object->err;
    if (err->class == CM_E_NOT_FOUND)
        err->class = CM_E_UNSUPPORTED;
    return cm_context(err, "the %s %s cannot be had", object->type, object->id);
}

static bool
begin_tree(struct cm_git_commit *commit, struct cm_git_file *file, const char *id,
           struct cm_err *err)
{
    file->tree = cm_git_object(commit->repository, commit, id, "tree", TREE_MOST);
    return file->tree ? true : cm_git_no_memory(err);
}

static bool
begin_blob(struct cm_git_commit *commit, struct cm_git_file *file, const char *id,
           struct cm_err *err)
{
    file->blob = cm_git_object(commit->repository, commit, id, "blob", file->most);
    return file->blob ? true : cm_git_no_memory(err);
}

/* What follows the component that was found: another tree, or the blob. */
static bool
follow(struct cm_git_commit *commit, struct cm_git_file *file, const char *id, unsigned mode,
       struct cm_err *err)
{
    const char *rest = strchr(file->left, '/');
    unsigned type = mode & MODE_TYPE;
    if (type == MODE_LINK)
        return cm_fail(err, CM_E_UNSUPPORTED, "%s is a symbolic link", file->path);
    if (type == MODE_MODULE)
        return cm_fail(err, CM_E_UNSUPPORTED, "%s is a submodule", file->path);
    if (type != (rest ? MODE_FOLDER : MODE_REGULAR))
        return cm_fail(err, rest ? CM_E_NOT_FOUND : CM_E_UNSUPPORTED, "%s is not a file",
                       file->path);
    if (!rest)
        return begin_blob(commit, file, id, err);
    file->left = rest + 1;
    return begin_tree(commit, file, id, err);
}

static json_t *
link_json(const struct cm_git_file *file, const char *id)
{
    bool ok = true;
    json_t *content = json_object();
    cm_json_set_text(content, "path", file->path, &ok);
    cm_json_set_text(content, "commit", id, &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

/* The same to a submodule. Whatever else is met, the commit has none there. */
static bool
follow_link(struct cm_git_commit *commit, struct cm_git_file *file, const char *id, unsigned mode,
            struct cm_err *err)
{
    const char *rest = strchr(file->left, '/');
    if ((mode & MODE_TYPE) != (rest ? MODE_FOLDER : MODE_MODULE))
        return cm_fail(err, CM_E_NOT_FOUND, "%s is no submodule", file->path);
    if (!rest) {
        cm_git_finish(&file->answer, link_json(file, id));
        return true;
    }
    file->left = rest + 1;
    return begin_tree(commit, file, id, err);
}

static bool
look_up(struct cm_git_commit *commit, struct cm_git_file *file, struct cm_err *err)
{
    char name[PATH_TEXT_MOST + 1];
    char id[CM_GIT_ID];
    unsigned mode = 0;
    size_t size = strcspn(file->left, "/");
    memcpy(name, file->left, size);
    name[size] = '\0';
    if (!read_object(file->tree, err))
        return false;
    if (!cm_git_tree_find(file->tree->raw.at, file->tree->raw.size, name, id, &mode, err))
        return cm_context(err, "%s at %s", file->path, commit->id);
    return file->link ? follow_link(commit, file, id, mode, err)
                      : follow(commit, file, id, mode, err);
}

/* ---- the text ---- */

static json_t *
file_json(const struct cm_git_file *file)
{
    bool ok = true;
    json_t *content = json_object();
    cm_json_set_text(content, "path", file->path, &ok);
    cm_json_set_text(content, "blob", file->blob->id, &ok);
    cm_json_set(content, "text", json_stringn(cm_buf_text(&file->blob->raw), file->blob->raw.size),
                &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

static bool
read_blob(struct cm_git_file *file, struct cm_err *err)
{
    const struct cm_git_object *blob = file->blob;
    if (!read_object(blob, err))
        return false;
    if (!cm_is_utf8(cm_buf_text(&blob->raw), blob->raw.size))
        return cm_fail(err, CM_E_MALFORMED, "%s is not text in UTF-8", file->path);
    cm_git_finish(&file->answer, file_json(file));
    return true;
}

static bool
begin(struct cm_git_commit *commit, struct cm_git_file *file, struct cm_err *err)
{
    const struct cm_git_exists *exists = &commit->exists;
    if (exists->answer.err.class == CM_OK)
        return begin_tree(commit, file, exists->content.tree, err);
    *err = exists->answer.err;
    if (err->class == CM_E_NOT_FOUND)
        err->class = CM_E_UNSUPPORTED;
    return cm_context(err, "%s cannot be looked up", file->path);
}

/* One step, as far as what it needs is there. */
static bool
step(struct cm_git_commit *commit, struct cm_git_file *file, bool *ret_moved, struct cm_err *err)
{
    *ret_moved = false;
    if (!file->tree) {
        *ret_moved = commit->exists.answer.done;
        return !*ret_moved || begin(commit, file, err);
    }
    if (!file->blob) {
        *ret_moved = file->tree->state == CM_GIT_DONE;
        return !*ret_moved || look_up(commit, file, err);
    }
    return file->blob->state != CM_GIT_DONE || read_blob(file, err);
}

void
cm_git_file_advance(struct cm_git_commit *commit, struct cm_git_file *file)
{
    struct cm_err err = CM_ERR_INIT;
    for (bool moved = true; moved && !file->answer.done;) {
        if (!step(commit, file, &moved, &err))
            cm_git_finish_err(&file->answer, &err);
    }
}

struct cm_git_file *
cm_git_file_new(struct cm_git_commit *commit, const char *path, bool link, uint64_t most)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_arena *arena = commit->repository->arena;
    struct cm_git_file *file = cm_arena_alloc(arena, sizeof *file);
    if (!file)
        return NULL;
    file->path = cm_arena_text(arena, path);
    file->answer.asked = cm_arena_printf(arena, "%s at %s", path, commit->id);
    if (!file->path || !file->answer.asked)
        return NULL;
    file->left = file->path;
    file->link = link;
    file->most = most < FILE_MOST ? most : FILE_MOST;
    file->next = commit->files;
    commit->files = file;
    commit->exists.wanted = true; /* it names the tree */
    commit->repository->again = true;
    if (*commit->id == '\0')
        cm_git_finish_err(&file->answer, &commit->exists.answer.err);
    else if (!check_path(path, &err))
        cm_git_finish_err(&file->answer, &err);
    return file;
}

struct cm_git_answer *
cm_git_file(struct cm_git_commit *commit, const char *path, uint64_t most)
{
    struct cm_git_file *file = cm_git_file_new(commit, path, false, most);
    if (!file)
        return NULL;
    cm_git_advance(commit->repository);
    return &file->answer;
}
