/* SPDX-License-Identifier: Apache-2.0
 *
 * The submodules of a commit: what .gitmodules names, and what the trees have there. Both are read
 * like any file, so all of it was hashed from the commit down.
 */
#include "git/client_inside.h"

#include "base/json.h"

/* ---- the file ---- */

/* A commit without the file has no submodules. */
static bool
read_names(struct cm_git_commit *commit, struct cm_err *err)
{
    struct cm_git_submodules *asked = &commit->submodules;
    struct cm_arena *arena = commit->repository->arena;
    const struct cm_git_answer *list = &asked->list->answer;
    asked->named = true;
    if (list->err.class == CM_E_NOT_FOUND)
        return true;
    if (list->err.class != CM_OK) {
        *err = list->err;
        return false;
    }
    const struct cm_buf *text = &asked->list->blob->raw;
    if (!cm_git_modules_parse(arena, cm_buf_text(text), text->size, &asked->modules, err))
        return false;
    asked->links = cm_arena_alloc(arena, (asked->modules.count + 1) * sizeof(void *));
    return asked->links ? true : cm_git_no_memory(err);
}

/* ---- the entries ---- */

/* One after the other: most have their folders in common, and no server is pressed for the trees of
 * a hundred at once. False while one is on its way; and without memory, with an err. */
static bool
follow_links(struct cm_git_commit *commit, struct cm_err *err)
{
    struct cm_git_submodules *asked = &commit->submodules;
    if (asked->asked > 0 && !asked->links[asked->asked - 1]->answer.done)
        return false;
    if (asked->asked == asked->modules.count)
        return true;
    struct cm_git_file *link =
        cm_git_file_new(commit, asked->modules.at[asked->asked].path, true, 0);
    if (!link)
        return cm_git_no_memory(err);
    asked->links[asked->asked++] = link;
    return false;
}

/* ---- what came of it ---- */

static bool
add_submodule(const struct cm_git_commit *commit, size_t index, json_t *to, struct cm_err *err)
{
    bool ok = true;
    const char *url = NULL;
    const struct cm_git_repository *repository = commit->repository;
    const struct cm_git_module *module = &commit->submodules.modules.at[index];
    const struct cm_git_answer *link = &commit->submodules.links[index]->answer;
    if (link->err.class == CM_E_NOT_FOUND)
        return true; /* git passes over such a name */
    *err = link->err;
    if (err->class == CM_OK &&
        !cm_git_module_url(repository->arena, repository->url, module->url, &url, err))
        (void)cm_context(err, "the submodule %s", module->path);
    if (err->class != CM_OK)
        return false;
    json_t *one = json_copy(link->content);
    cm_json_set_text(one, "url", url, &ok);
    return (json_array_append_new(to, one) == 0 && ok) || cm_git_no_memory(err);
}

static json_t *
content_of(const struct cm_git_commit *commit, struct cm_err *err)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    json_t *content = json_object();
    for (size_t i = 0; ok && i < commit->submodules.modules.count; i++)
        ok = add_submodule(commit, i, list, err);
    cm_json_set_text(content, "url", commit->repository->url, &ok);
    cm_json_set_text(content, "commit", commit->id, &ok);
    cm_json_set(content, "submodules", json_incref(list), &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

static void
end(struct cm_git_commit *commit)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *content = content_of(commit, &err);
    if (err.class != CM_OK)
        cm_git_finish_err(&commit->submodules.answer, &err);
    else
        cm_git_finish(&commit->submodules.answer, content);
}

void
cm_git_submodules_advance(struct cm_git_commit *commit)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_submodules *asked = &commit->submodules;
    if (!asked->wanted || asked->answer.done || !asked->list->answer.done)
        return;
    if ((asked->named || read_names(commit, &err)) && follow_links(commit, &err))
        end(commit);
    else if (err.class != CM_OK)
        cm_git_finish_err(&asked->answer, &err);
}

struct cm_git_answer *
cm_git_submodules(struct cm_git_commit *commit)
{
    struct cm_git_submodules *asked = &commit->submodules;
    if (asked->wanted)
        return &asked->answer;
    asked->answer.asked =
        cm_arena_printf(commit->repository->arena, "submodules of %s", commit->id);
    asked->list = cm_git_file_new(commit, CM_GIT_MODULES_FILE, false, CM_GIT_MODULES_SIZE);
    if (!asked->answer.asked || !asked->list)
        return NULL;
    asked->wanted = true;
    cm_git_advance(commit->repository);
    return &asked->answer;
}
