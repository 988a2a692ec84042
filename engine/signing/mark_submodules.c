/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "evidence/evidence.h"
#include "git/documents.h"
#include "git/modules.h"
#include "signing/mark_inside.h"
#include "trust/pattern.h"

#include <string.h>

/* What was recorded of that commit; NULL if nothing was. */
static const json_t *
recorded(const struct cm_accepted *accepted)
{
    const json_t *document = cm_evidence_document(accepted->opened.evidence, CM_DOC_SUBMODULES);
    const json_t *content = cm_json_get(document, "content");
    const char *of = cm_json_text(content, "commit");
    const char *built = cm_mark_origin(accepted, "commit");
    return of != NULL && built != NULL && strcmp(of, built) == 0
               ? cm_json_get(content, "submodules")
               : NULL;
}

static bool
is_submodule(const json_t *one)
{
    const char *commit = cm_json_text(one, "commit");
    return cm_json_text(one, "path") != NULL && cm_json_text(one, "url") != NULL &&
           commit != NULL && cm_is_commit_id(commit);
}

static bool
are_submodules(const json_t *list)
{
    size_t index;
    const json_t *one;
    if (!json_is_array(list) || json_array_size(list) > CM_GIT_MODULES_MOST)
        return false;
    json_array_foreach(list, index, one)
    {
        if (!is_submodule(one))
            return false;
    }
    return true;
}

static bool
write_one(const struct cm_accepted *accepted, const json_t *one, struct cm_resource *ret)
{
    struct cm_known_digest *digest = cm_arena_alloc(accepted->arena, sizeof *digest);
    if (digest == NULL)
        return false;
    *digest = (struct cm_known_digest){"gitCommit", cm_json_text(one, "commit")};
    *ret = (struct cm_resource){
        .name = cm_json_text(one, "path"),
        .uri = cm_arena_printf(accepted->arena, "git+%s", cm_json_text(one, "url")),
        .digests = digest,
        .digest_count = 1,
    };
    return ret->uri != NULL;
}

bool
cm_mark_submodules(const struct cm_accepted *accepted, struct cm_mark_submodules *ret,
                   struct cm_err *err)
{
    const json_t *list = recorded(accepted);
    struct cm_mark_submodules found = {.known = are_submodules(list)};
    size_t count = found.known ? json_array_size(list) : 0;
    found.at = cm_arena_alloc(accepted->arena, (count + 1) * sizeof *found.at);
    for (; found.at != NULL && found.count < count; found.count++) {
        if (!write_one(accepted, json_array_get(list, found.count), &found.at[found.count]))
            found.at = NULL;
    }
    if (found.at == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = found;
    return true;
}
