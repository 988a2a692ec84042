/* SPDX-License-Identifier: Apache-2.0
 *
 * A path of commits, hashed again: each object is named by the one before it, the first by the
 * repository's own list, and so nobody can have slipped one in.
 */
#include "verdict/exam.h"

#include "base/json.h"
#include "base/text.h"
#include "git/documents.h"
#include "git/object.h"

#include <inttypes.h>
#include <string.h>

struct walk {
    struct cm_exam *x;
    const char *tip, *commit;
    struct cm_buf object;                /* the raw bytes of the commit at hand */
    char id[CM_GIT_ID];                  /* its id */
    struct cm_git_commit_object content; /* and what it says */
};

static bool
is_parent(const struct cm_git_commit_object *child, const char *id)
{
    for (size_t i = 0; i < child->parent_count; i++)
        if (strcmp(child->parents[i], id) == 0)
            return true;
    return false;
}

/* One step down: the object at `index` is the tip, or a parent of the one before. */
static enum cm_word
step(struct walk *walk, const json_t *base64, size_t index)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_exam *x = walk->x;
    const char *text = json_string_value(base64);
    cm_buf_clear(&walk->object);
    if (!text || !cm_unbase64(text, json_string_length(base64), &walk->object))
        return cm_exam_fail(x, "commit %zu of the recorded path cannot be read", index + 1);
    if (!cm_git_hash("commit", cm_buf_text(&walk->object), walk->object.size, walk->id))
        return cm_exam_unknown(x, CM_E_INTERNAL, "SHA-1 is not available");
    if (index == 0 ? strcmp(walk->id, walk->tip) != 0 : !is_parent(&walk->content, walk->id))
        return cm_exam_fail(x, "the recorded path breaks at commit %zu: %s does not belong there",
                            index + 1, walk->id);
    if (!cm_git_commit_parse(walk->object.at, walk->object.size, &walk->content, &err))
        return err.class == CM_E_LIMIT
                   ? cm_exam_unknown(x, CM_E_LIMIT, "%s: %s", walk->id, err.text)
                   : cm_exam_fail(x, "%s of the recorded path is no commit", walk->id);
    return CM_PASS;
}

static enum cm_word
walk_down(struct walk *walk, const json_t *path)
{
    for (size_t i = 0; i < json_array_size(path); i++) {
        enum cm_word word = step(walk, json_array_get(path, i), i);
        if (word != CM_PASS)
            return word;
    }
    if (strcmp(walk->id, walk->commit) != 0)
        return cm_exam_fail(walk->x, "the recorded path does not lead to the commit");
    return CM_PASS;
}

static enum cm_word
prove(struct cm_exam *x, const json_t *path, const char *ref, const char *tip, const char *commit)
{
    struct walk walk = {.x = x,
                        .tip = tip,
                        .commit = commit,
                        .object = CM_BUF_INIT((size_t)CM_PATH_MOST),
                        .id = ""};
    enum cm_word word = walk_down(&walk, path);
    cm_buf_done(&walk.object);
    if (word != CM_PASS)
        return word;
    if (json_array_size(path) == 1)
        return cm_exam_pass(x, "%s is the tip of %s", commit, cm_exam_show(x, ref));
    size_t below = json_array_size(path) - 1;
    return cm_exam_pass(x, "%s is %zu commit%s below the tip of %s", commit, below,
                        below == 1 ? "" : "s", cm_exam_show(x, ref));
}

/* Too long to be kept: then there is only the word of the engine that walked it. */
static enum cm_word
believe(struct cm_exam *x, int64_t length, const char *ref, const char *commit)
{
    if (length < 1)
        return cm_exam_fail(x, "it is said to be on %s, and nothing shows it",
                            cm_exam_show(x, ref));
    return cm_exam_pass(
        x, "%s is on %s; finding of the recording engine (path of %" PRId64 " commits not kept)",
        commit, cm_exam_show(x, ref), length);
}

enum cm_word
cm_exam_path(struct cm_exam *x, const json_t *content, const char *ref, const char *tip,
             const char *commit)
{
    const json_t *path = json_object_get(content, "path");
    int64_t length = cm_json_int(content, "length", 0);
    if (!cm_exam_same(content, "ref", ref) || !cm_exam_same(content, "tip", tip) ||
        !cm_exam_same(content, "commit", commit))
        return cm_exam_fail(x, "another branch or commit was looked at than the build's");
    if (cm_exam_same(content, "finding", "not-reachable"))
        return cm_exam_fail(x, "%s is none of the %" PRId64 " commits of %s", commit,
                            cm_json_int(content, "walked", 0), cm_exam_show(x, ref));
    if (!cm_exam_same(content, "finding", "reachable"))
        return cm_exam_fail(x, "nothing was found out about %s", cm_exam_show(x, ref));
    if (!path)
        return believe(x, length, ref, commit);
    if (!json_is_array(path) || (uint64_t)length != json_array_size(path))
        return cm_exam_fail(x, "the recorded path is not as long as it is said to be");
    return prove(x, path, ref, tip, commit);
}
