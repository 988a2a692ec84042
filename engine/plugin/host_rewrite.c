/* SPDX-License-Identifier: Apache-2.0
 *
 * Rewriters: how they are called, and what is told of what they did.
 */
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"

#include <string.h>

#define MOST_NOTES 1000
#define MOST_FACT  200 /* bytes */

/* ---- what a plug-in says ---- */

static const char *
clean(struct cm_call *call, const char *text, size_t most)
{
    return text != NULL ? cm_clean_text(call->arena, text, strlen(text), most) : NULL;
}

/* Appends; takes the value over. NULL, or too many, fails the call. */
static void
tell(struct cm_call *call, json_t *list, json_t *owned)
{
    if (json_array_size(list) >= MOST_NOTES) {
        json_decref(owned);
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s has more than %d things to say of a package",
                      call->host->is.plugin->id, MOST_NOTES);
    } else if (json_array_append_new(list, owned) != 0) {
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    }
}

static void
note(struct cmk_call *c, const char *fact, const char *before, const char *after)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return;
    bool inspects = call->work->inspects;
    if (fact == NULL || (inspects && after != NULL)) {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s notes a fact without a name, or, in an inspection, something "
                      "else that the package should say",
                      call->host->is.plugin->id);
        return;
    }
    const char *name = clean(call, fact, MOST_FACT);
    const char *old = clean(call, before, CM_TEXT_MOST), *new = clean(call, after, CM_TEXT_MOST);
    tell(call, call->work->notes,
         inspects ? json_pack("{s:s, s:s?}", "fact", name, "text", old)
                  : json_pack("{s:s, s:s?, s:s?}", "fact", name, "before", old, "after", new));
}

static void
doubt(struct cmk_call *c, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || text == NULL)
        return;
    if (call->work->inspects)
        tell(call, call->work->doubts, json_string(clean(call, text, CM_TEXT_MOST)));
    else
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s doubts where nothing is inspected",
                      call->host->is.plugin->id);
}

/* ---- what was done ---- */

/* Whoever reads the report can put them back. */
static void
put_bytes(json_t *object, const char *key, const char *at, size_t size, bool *ok)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(64);
    CM_CLEANUP(cm_buf_done) struct cm_buf code = CM_BUF_INIT(2 * CM_SPLICED_MOST);
    if (size == 0 || cm_is_utf8(at, size)) {
        cm_json_set(object, key, json_stringn(size > 0 ? at : "", size), ok);
        return;
    }
    cm_buf_printf(&name, "%s_base64", key);
    cm_base64(&code, at, size);
    cm_json_set_text(object, cm_buf_text(&name), cm_buf_text(&code), ok);
    *ok = *ok && !code.failed && !name.failed;
}

static json_t *
splice_json(const char *entry, const struct cm_touched *t, const struct cm_splice *s)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "entry", entry, &ok);
    cm_json_set_int(object, "offset", (int64_t)s->offset, &ok);
    cm_json_set_int(object, "size", (int64_t)s->size, &ok);
    put_bytes(object, "old", s->size > 0 ? t->content.at + s->offset : NULL, s->size, &ok);
    put_bytes(object, "new", s->instead.at, (size_t)s->instead.size, &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

static json_t *
spliced_json(const struct cm_working *work)
{
    uint32_t count = work->touched != NULL ? cm_archive_count(work->archive) : 0;
    json_t *list = json_array();
    bool ok = list != NULL;
    for (uint32_t i = 0; ok && i < count; i++) {
        const struct cm_touched *t = work->touched[i];
        for (const struct cm_splice *s = t != NULL ? t->splices : NULL; ok && s; s = s->next)
            ok = json_array_append_new(
                     list, splice_json(cm_archive_entry(work->archive, i)->name, t, s)) == 0;
    }
    if (!ok)
        cm_json_done(&list);
    return list;
}

json_t *
cm_working_changes(const struct cm_working *work)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set(object, "notes", json_incref(work->notes), &ok);
    cm_json_set(object, "spliced", spliced_json(work), &ok);
    cm_json_set(object, "added", json_incref(work->added), &ok);
    cm_json_set(object, "removed", json_incref(work->removed), &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}

/* ---- hooks ---- */

bool
cm_working_begin(struct cm_working *work, const struct cm_host_work *of, bool inspects,
                 struct cm_err *err)
{
    *work = (struct cm_working){
        .archive = of->archive,
        .edits = of->archive != NULL ? cm_edits_new(of->archive) : NULL,
        .notes = json_array(),
        .doubts = json_array(),
        .added = json_array(),
        .removed = json_array(),
        .inspects = inspects,
        .scratch = {.lock = -1},
    };
    bool whole = work->notes != NULL && work->doubts != NULL && work->added != NULL &&
                 work->removed != NULL && (work->edits != NULL || of->archive == NULL);
    return whole || cm_fail(err, CM_E_LIMIT, "out of memory");
}

struct cmk_work
cm_working_face(struct cm_working *work, const struct cm_host_work *of)
{
    return (struct cmk_work){
        .size = sizeof(struct cmk_work),
        .name = of->name,
        .archives = &cm_host_archives,
        .archive = of->archive != NULL ? (struct cmk_archive *)(void *)work : NULL,
        .origin = cm_value_of(of->origin),
        .attachments = cm_value_of(of->attachments),
        .note = note,
        .doubt = doubt,
    };
}

/* The call comes first: what it has in memory, the working has pointers to. */
bool
cm_host_rewrite(struct cm_plugin_host *host, const struct cm_host_work *of,
                struct cm_edits **ret_edits, json_t **ret_changes, struct cm_err *err)
{
    const struct cmk_rewriter *rewriter = host->is.plugin->table->rewriter;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    CM_CLEANUP(cm_working_done) struct cm_working work = {.archive = NULL};
    if (rewriter == NULL)
        return cm_fail(err, CM_E_INTERNAL, "plug-in %s is no rewriter", host->is.plugin->id);
    if (!cm_working_begin(&work, of, false, err) || !cm_call_begin(&call, host, err))
        return false;
    call.work = &work;
    const struct cmk_work face = cm_working_face(&work, of);
    int32_t status = rewriter->rewrite(&call.face, &face);
    if (status == CMK_OK && !cm_working_apply(&call))
        status = call.failure.class;
    if (!cm_call_result(&call, "rewrite", status, err))
        return false;
    json_t *changes = cm_working_changes(&work);
    if (changes == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret_changes = changes;
    *ret_edits = CM_TAKE(work.edits);
    return true;
}

/* Edits that it made, perhaps for a digest, go nowhere. */
bool
cm_host_inspect(struct cm_plugin_host *host, const struct cm_host_work *of, json_t **ret,
                struct cm_err *err)
{
    const struct cmk_rewriter *rewriter = host->is.plugin->table->rewriter;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    CM_CLEANUP(cm_working_done) struct cm_working work = {.archive = NULL};
    if (rewriter == NULL || rewriter->inspect == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "plug-in %s inspects nothing", host->is.plugin->id);
    const struct cm_host_work bare = {.name = of->name, .archive = of->archive};
    if (!cm_working_begin(&work, &bare, true, err) || !cm_call_begin(&call, host, err))
        return false;
    call.work = &work;
    const struct cmk_work face = cm_working_face(&work, &bare);
    if (!cm_call_result(&call, "inspect", rewriter->inspect(&call.face, &face), err))
        return false;
    json_t *found = json_pack("{s:O, s:O}", "notes", work.notes, "doubts", work.doubts);
    if (found == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = found;
    return true;
}
