/* SPDX-License-Identifier: Apache-2.0
 *
 * repository.commit-exists, .commit-on-ref, .tag-on-branch. That a server hands out an object shows
 * no more than that it has it; to be part of the project a commit must be reachable from one of its
 * branches or tags.
 */
#include "verdict/exam.h"

#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "git/documents.h"
#include "git/object.h"
#include "trust/pattern.h"

#include <string.h>

#define BRANCHES "refs/heads/"

/* The commit of the origin; NULL: answered already, in *ret. */
static const char *
commit_of(struct cm_exam *x, enum cm_word *ret)
{
    const char *commit = cm_exam_origin(x, "commit");
    *ret = CM_UNKNOWN;
    if (!commit)
        return NULL;
    if (!cm_is_commit_id(commit)) {
        *ret = cm_exam_fail(x, "%s, which is no full id of a commit", cm_exam_show(x, commit));
        return NULL;
    }
    return cm_exam_same_repository(x) ? commit : NULL;
}

/* The branch or tag of the origin; NULL: answered already, in *ret. */
static const char *
ref_of(struct cm_exam *x, enum cm_word *ret)
{
    const char *ref = cm_exam_origin(x, "ref");
    *ret = CM_UNKNOWN;
    if (!ref)
        return NULL;
    if (!cm_ref_is_valid(ref)) {
        *ret = cm_exam_fail(x, "%s, which is no branch or tag", cm_exam_show(x, ref));
        return NULL;
    }
    return ref;
}

/* ---- commit-exists ---- */

static enum cm_word
judge_object(struct cm_exam *x, const json_t *content, const char *commit)
{
    char id[CM_GIT_ID];
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_commit_object parsed;
    const char *base64 = cm_json_text(content, "object");
    CM_CLEANUP(cm_buf_done) struct cm_buf object = CM_BUF_INIT(CM_EVIDENCE_MOST);
    if (!cm_exam_same(content, "commit", commit))
        return cm_exam_fail(x, "another commit was looked at: %s",
                            cm_exam_show(x, cm_json_text(content, "commit")));
    if (!base64 || !cm_unbase64(base64, strlen(base64), &object))
        return cm_exam_fail(x, "the recorded object cannot be read");
    if (!cm_git_hash("commit", cm_buf_text(&object), object.size, id))
        return cm_exam_unknown(x, CM_E_INTERNAL, "SHA-1 is not available");
    if (strcmp(id, commit) != 0)
        return cm_exam_fail(x, "the recorded object is %s", id);
    if (!cm_git_commit_parse(cm_buf_text(&object), object.size, &parsed, &err) &&
        err.class != CM_E_LIMIT)
        return cm_exam_fail(x, "%s is no commit (%s)", commit, cm_exam_show(x, err.text));
    return cm_exam_pass(x, "%s", commit);
}

enum cm_word
cm_check_commit_exists(struct cm_exam *x)
{
    enum cm_word word = CM_UNKNOWN;
    const char *commit = commit_of(x, &word);
    if (!commit)
        return word;
    if (cm_exam_error(x, CM_DOC_COMMIT) == CM_E_NOT_FOUND)
        return cm_exam_fail(x, "the repository has no commit %s", commit);
    const json_t *content = cm_exam_asked(x, CM_DOC_COMMIT);
    return content ? judge_object(x, content, commit) : CM_UNKNOWN;
}

/* ---- commit-on-ref ---- */

/* The listing is complete for each of its prefixes, which are the beginnings of the policy's refs.
 */
bool
cm_exam_was_listed(struct cm_exam *x, const json_t *refs, const char *ref)
{
    const json_t *prefixes = cm_json_get(refs, "prefixes");
    for (size_t i = 0; i < json_array_size(prefixes); i++) {
        const char *prefix = json_string_value(json_array_get(prefixes, i));
        if (prefix && cm_starts_with(ref, prefix))
            return true;
    }
    (void)cm_exam_unknown(x, CM_E_UNSUPPORTED, "%s was not asked for: the policy does not name it",
                          cm_exam_show(x, ref));
    cm_exam_remedy(x, "Build from a branch or tag that the policy names.");
    return false;
}

/* The commit that the repository says a ref stands at, tags peeled; NULL: none, or more than one,
 * or not an id. *ret_count: how many lines are the ref's. */
static const char *
tip_of(const json_t *refs, const char *ref, size_t *ret_count)
{
    const json_t *all = cm_json_get(refs, "refs");
    const char *tip = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *line = json_array_get(all, i);
        if (!cm_exam_same(line, "name", ref))
            continue;
        ++*ret_count;
        tip = cm_json_text(line, json_object_get(line, "peeled") ? "peeled" : "id");
    }
    return *ret_count == 1 && tip && cm_is_commit_id(tip) ? tip : NULL;
}

static enum cm_word
judge_absence(struct cm_exam *x, const json_t *refs, const char *ref, size_t count)
{
    if (count > 0)
        return cm_exam_fail(x, "the repository's list says nothing clear about %s",
                            cm_exam_show(x, ref));
    if (!cm_exam_was_listed(x, refs, ref))
        return CM_UNKNOWN;
    return cm_exam_fail(x, "the repository has no %s", cm_exam_show(x, ref));
}

enum cm_word
cm_check_commit_on_ref(struct cm_exam *x)
{
    enum cm_word word = CM_UNKNOWN;
    size_t count = 0;
    const char *commit = commit_of(x, &word);
    const char *ref = commit ? ref_of(x, &word) : NULL;
    if (!ref)
        return word;
    cm_exam_expect(x, "the tip of %s, or one of the commits before it", cm_exam_show(x, ref));
    const json_t *refs = cm_exam_asked(x, CM_DOC_REFS);
    if (!refs)
        return CM_UNKNOWN;
    const char *tip = tip_of(refs, ref, &count);
    if (!tip)
        return judge_absence(x, refs, ref, count);
    const json_t *path = cm_exam_asked(x, CM_DOC_PATH);
    return path ? cm_exam_path(x, path, ref, tip, commit) : CM_UNKNOWN;
}

/* ---- tag-on-branch ---- */

/* The branches that a tag's commit may be on; NULL: answered already. Arena, NULL at the end. */
static const char *const *
branches_of(struct cm_exam *x)
{
    const json_t *named = cm_exam_words(x, "policy", "tag_branches");
    const json_t *patterns = json_array_size(named) > 0 ? named
                             : named                    ? cm_exam_words(x, "policy", "refs")
                                                        : NULL;
    if (!patterns)
        return NULL;
    const char **branches =
        cm_arena_alloc(x->arena, (json_array_size(patterns) + 1) * sizeof *branches);
    size_t count = 0;
    for (size_t i = 0; branches && i < json_array_size(patterns); i++) {
        const char *pattern = json_string_value(json_array_get(patterns, i));
        if (pattern && cm_starts_with(pattern, BRANCHES))
            branches[count++] = pattern;
    }
    if (!branches)
        (void)cm_exam_unknown(x, CM_E_LIMIT, "no memory to judge it");
    return branches;
}

static bool
matches_any(const char *const *patterns, const char *text)
{
    for (; *patterns; patterns++)
        if (cm_pattern_matches(*patterns, text))
            return true;
    return false;
}

static void
expect_branches(struct cm_exam *x, const char *const *branches)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf list = CM_BUF_INIT(65536);
    for (size_t i = 0; branches[i]; i++) {
        cm_buf_puts(&list, i > 0 ? ", " : "");
        cm_buf_puts(&list, cm_exam_show(x, branches[i]));
    }
    cm_exam_expect(x, "also a commit of %s%s", list.size > 0 && branches[1] ? "one of: " : "",
                   list.size > 0 ? list.at : "a branch");
}

static enum cm_word
judge_tag_path(struct cm_exam *x, const json_t *content, const char *const *branches,
               const char *commit)
{
    size_t count = 0;
    const char *branch = cm_json_text(content, "ref");
    const char *tip = cm_json_text(content, "tip");
    bool has_own_list = json_object_get(content, "refs") != NULL;
    if (!branch && cm_exam_same(content, "finding", "not-reachable"))
        return cm_exam_fail(x, "%s is on none of them", commit);
    if (!branch || !tip || !cm_ref_is_branch(branch) || !matches_any(branches, branch))
        return cm_exam_fail(x, "%s was looked at instead", cm_exam_show(x, branch));
    const json_t *refs = has_own_list ? content : cm_exam_asked(x, CM_DOC_REFS);
    if (!refs)
        return CM_UNKNOWN;
    const char *listed = tip_of(refs, branch, &count);
    if (!listed)
        return judge_absence(x, refs, branch, count);
    if (strcmp(listed, tip) != 0)
        return cm_exam_unknown(x, CM_E_TRANSIENT, "%s moved while it was read",
                               cm_exam_show(x, branch));
    return cm_exam_path(x, content, branch, tip, commit);
}

static enum cm_word
judge_tag(struct cm_exam *x, const char *commit)
{
    const char *const *branches = branches_of(x);
    if (!branches)
        return CM_UNKNOWN;
    expect_branches(x, branches);
    if (!branches[0]) {
        cm_exam_remedy(x, "Name the branches that releases are made from in `tag_branches` of the "
                          "signing policy.");
        return cm_exam_fail(x, "the policy names no branch");
    }
    const json_t *content = cm_exam_asked(x, CM_DOC_TAG_PATH);
    return content ? judge_tag_path(x, content, branches, commit) : CM_UNKNOWN;
}

enum cm_word
cm_check_tag_on_branch(struct cm_exam *x)
{
    enum cm_word word = CM_UNKNOWN;
    const char *commit = commit_of(x, &word);
    const char *ref = commit ? ref_of(x, &word) : NULL;
    if (!ref)
        return word;
    if (cm_ref_is_tag(ref))
        return judge_tag(x, commit);
    /* It is recorded also where it was not asked for, so that it cannot be left out of the evidence
     * without being noticed. */
    if (cm_exam_error(x, CM_DOC_TAG_PATH) == CM_OK && !cm_exam_content(x, CM_DOC_TAG_PATH))
        return CM_UNKNOWN;
    return cm_exam_pass(x, "not a tag");
}
