/* SPDX-License-Identifier: Apache-2.0
 *
 * What was found, as git/documents.h says it.
 */
#include "git/client_inside.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

json_t *
cm_git_base64_json(const struct cm_git_raw *raw)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(raw->size * 2 + 8);
    cm_base64(&text, raw->at, raw->size);
    return text.failed ? NULL : json_string(cm_buf_text(&text));
}

json_t *
cm_git_commit_json(const struct cm_git_commit *commit)
{
    bool ok = true;
    json_t *content = json_object();
    cm_json_set_text(content, "url", commit->repository->url, &ok);
    cm_json_set_text(content, "commit", commit->id, &ok);
    cm_json_set(content, "object", cm_git_base64_json(&commit->exists.raw), &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

static json_t *
patterns_json(const struct cm_git_reach *reach)
{
    json_t *patterns = json_array();
    for (size_t i = 0; patterns && i < reach->pattern_count; i++) {
        if (json_array_append_new(patterns, json_string(reach->patterns[i])) != 0)
            cm_json_done(&patterns);
    }
    return patterns;
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

json_t *
cm_git_found_json(const struct cm_git_commit *commit, const struct cm_git_reach *reach,
                  const struct cm_git_walk *walk, json_t *path)
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
    if (path)
        cm_json_set(content, "path", json_incref(path), &ok);
    if (!reach->ref)
        cm_json_set(content, "branches", patterns_json(reach), &ok);
    if (reach->own_listing)
        cm_json_set(content, "refs", cm_git_listing_json(reach->refs, reach->count), &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}
