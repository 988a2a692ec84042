/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "git/documents.h"
#include "git/object.h"

#include <string.h>
#include <unistd.h>

#define LINE_MOST ((size_t)64 * 1024 * 1024)

static bool
await(const struct asking *asking, const struct cm_git_answer *answer, struct cm_err *err)
{
    if (!answer)
        return true;
    (void)asking->table->wait(asking->outside, &answer->done);
    return answer->done ? true : cm_fail(err, CM_E_INTERNAL, "%s: not answered", answer->asked);
}

static bool
unpack(const json_t *object, struct cm_buf *to, char ret_id[CM_GIT_ID])
{
    const char *text = json_string_value(object);
    return text && cm_unbase64(text, strlen(text), to) &&
           cm_git_hash("commit", cm_buf_text(to), to->size, ret_id);
}

static bool
is_parent(const struct cm_git_commit_object *of, const char *id)
{
    for (size_t i = 0; i < of->parent_count; i++) {
        if (strcmp(of->parents[i], id) == 0)
            return true;
    }
    return false;
}

/* Each commit hashed again: the first is the tip, each is a parent of the one before, the last is
 * the one that was asked for. */
static bool
is_linked(const json_t *path, const char *tip, const char *commit)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_commit_object above = {.parent_count = 0};
    char id[CM_GIT_ID] = "";
    for (size_t i = 0; i < json_array_size(path); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(CM_PATH_MOST);
        if (!unpack(json_array_get(path, i), &raw, id))
            return false;
        if (i == 0 ? strcmp(id, tip) != 0 : !is_parent(&above, id))
            return false;
        if (!cm_git_commit_parse(raw.at, raw.size, &above, &err))
            return false;
    }
    return strcmp(id, commit) == 0;
}

/* The commit of the ref by a list of refs; NULL if it has none of that name. */
static const char *
tip_in(const json_t *refs, const char *name)
{
    for (size_t i = 0; i < json_array_size(refs); i++) {
        const json_t *ref = json_array_get(refs, i);
        const char *is = cm_json_text(ref, "name");
        const char *peeled = cm_json_text(ref, "peeled");
        if (is && strcmp(is, name) == 0)
            return peeled ? peeled : cm_json_text(ref, "id");
    }
    return NULL;
}

static const char *
path_word(const struct asking *asking, const struct question *question)
{
    const json_t *content = question->on_ref->content;
    const char *finding = cm_json_text(content, "finding");
    const json_t *path = cm_json_get(content, "path");
    if (!finding || strcmp(finding, "reachable") != 0)
        return "-";
    if (!path)
        return "long";
    const char *tip = tip_in(cm_json_get(asking->refs->content, "refs"), question->ref);
    if (!tip) /* asked for in a list of its own */
        tip = tip_in(cm_json_get(content, "refs"), question->ref);
    bool counted = cm_json_int(content, "length", 0) == (int64_t)json_array_size(path);
    return tip && counted && is_linked(path, tip, question->id) ? "proven" : "broken";
}

static const char *
exists_word(const struct question *question)
{
    const struct cm_git_answer *exists = question->exists;
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(LINE_MOST);
    char id[CM_GIT_ID];
    if (!exists)
        return "-";
    if (exists->err.class != CM_OK)
        return cm_class_name(exists->err.class);
    bool same =
        unpack(cm_json_get(exists->content, "object"), &raw, id) && strcmp(id, question->id) == 0;
    return same ? "yes" : "broken";
}

static void
put_file(const struct cm_git_answer *file, struct cm_buf *to)
{
    const char *text = cm_json_text(file->content, "text");
    if (file->err.class != CM_OK)
        cm_buf_printf(to, " %s", cm_class_name(file->err.class));
    else
        cm_buf_printf(to, " text:%zu", text ? strlen(text) : 0);
}

static void
put_question(const struct asking *asking, const struct question *question, struct cm_buf *to)
{
    const struct cm_git_answer *on_ref = question->on_ref;
    const char *finding = cm_json_text(on_ref->content, "finding");
    if (on_ref->err.class != CM_OK)
        finding = cm_class_name(on_ref->err.class);
    cm_buf_printf(to, "%s %lld %s %s", finding ? finding : "?",
                  (long long)cm_json_int(on_ref->content, "length", 0), path_word(asking, question),
                  exists_word(question));
    if (question->file)
        put_file(question->file, to);
}

static void
put_session(const struct asking *asking, struct cm_buf *to)
{
    const struct cm_git_answer *probe = asking->probe, *refs = asking->refs;
    if (probe->err.class != CM_OK)
        cm_buf_printf(to, "probe %s ", cm_class_name(probe->err.class));
    else
        cm_buf_printf(to, "probe %lld ", (long long)cm_json_int(probe->content, "status", 0));
    if (refs->err.class != CM_OK)
        cm_buf_puts(to, cm_class_name(refs->err.class));
    else
        cm_buf_printf(to, "%zu", json_array_size(cm_json_get(refs->content, "refs")));
}

static json_t *
whole(const struct cm_git_answer *answer)
{
    bool ok = true;
    if (answer->err.class == CM_OK)
        return json_incref(answer->content);
    json_t *json = json_object();
    cm_json_set_text(json, "error", cm_class_name(answer->err.class), &ok);
    cm_json_set_text(json, "text", answer->err.text, &ok);
    if (!ok)
        cm_json_done(&json);
    return json;
}

/* Up to three members; those without an answer are left out. */
static void
put_json(const char *const *names, struct cm_git_answer *const *answers, size_t count,
         struct cm_buf *to)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *line = json_object();
    for (size_t i = 0; i < count; i++) {
        if (answers[i])
            cm_json_set(line, names[i], whole(answers[i]), &ok);
    }
    to->failed = !ok || !cm_json_canonical(line, to);
}

static bool
say(struct cm_buf *line, struct cm_err *err)
{
    cm_buf_putc(line, '\n');
    if (line->failed)
        return cm_fail(err, CM_E_LIMIT, "an answer is too long to be shown");
    return cm_fd_write_all(STDOUT_FILENO, "standard output", line->at, line->size, err);
}

static bool
say_session(const struct asking *asking, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(LINE_MOST);
    if (!await(asking, asking->probe, err) || !await(asking, asking->refs, err))
        return false;
    if (asking->json)
        put_json((const char *const[]){"probe", "refs"},
                 (struct cm_git_answer *const[]){asking->probe, asking->refs}, 2, &line);
    else
        put_session(asking, &line);
    return say(&line, err);
}

static bool
say_question(const struct asking *asking, const struct question *question, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(LINE_MOST);
    if (!await(asking, question->exists, err) || !await(asking, question->on_ref, err) ||
        !await(asking, question->file, err))
        return false;
    if (asking->json)
        put_json(
            (const char *const[]){"exists", "on_ref", "file"},
            (struct cm_git_answer *const[]){question->exists, question->on_ref, question->file}, 3,
            &line);
    else
        put_question(asking, question, &line);
    return say(&line, err);
}

bool
ask_say_all(const struct asking *asking, struct cm_err *err)
{
    if (!say_session(asking, err))
        return false;
    for (size_t i = 0; i < asking->count; i++) {
        if (!say_question(asking, &asking->questions[i], err))
            return false;
    }
    return true;
}
