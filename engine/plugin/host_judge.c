/* SPDX-License-Identifier: Apache-2.0
 *
 * What pure hooks say: the origin, names, answers.
 */
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/options.h"

#include <string.h>

#define MOST_NAME      1024
#define MOST_FILE_NAME 64
#define MOST_PARAMETER 128

/* A name, or what a name stands for: one line. */
static bool
is_plain(const char *text, size_t most)
{
    size_t size = text != NULL ? strlen(text) : 0;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return size > 0 && size <= most && cm_is_utf8(text, size);
}

/* ---- state_origin ---- */

static bool
is_field(const char *text)
{
    static const char *const fields[] = {"repository", "commit",   "ref",
                                         "build",      "job",      "url",
                                         "built_at",   "artifact", "artifact_sha256"};
    for (size_t i = 0; text != NULL && i < CM_COUNT(fields); i++)
        if (strcmp(text, fields[i]) == 0)
            return true;
    return false;
}

static bool
is_stated(const struct cm_stated *list, const char *field)
{
    for (const struct cm_stated *s = list; s != NULL; s = s->next)
        if (strcmp(s->field.field, field) == 0)
            return true;
    return false;
}

/* Whom the document came from; NULL, and the call has failed, if it was not had. */
static const char *
source_of(struct cm_call *call, const char *name)
{
    const json_t *document =
        name != NULL ? cm_evidence_document(call->host->is.evidence, name) : NULL;
    const char *of = cm_json_text(document, "of");
    if (of != NULL && cm_json_get(document, "error") == NULL)
        return of;
    cm_call_failf(call, CM_E_INTERNAL,
                  "plug-in %s states an origin from document '%s', which was not had",
                  call->host->is.plugin->id, name != NULL ? name : "");
    return NULL;
}

/* Adds to a list what was read from a document; `text` may be NULL. */
static void
state(struct cm_call *call, struct cm_stated **list, const char *field, const char *text,
      const char *document, const char *path)
{
    if (text != NULL && (strlen(text) > CM_TEXT_MOST || !cm_is_utf8(text, strlen(text)))) {
        cm_call_failf(call, CM_E_MALFORMED, "the origin's %s is too long or not UTF-8", field);
        return;
    }
    const char *of = source_of(call, document);
    struct cm_stated *stated = cm_call_alloc(call, sizeof *stated);
    if (of == NULL || stated == NULL)
        return;
    stated->field = (struct cm_origin_field){
        .field = cm_arena_text(call->arena, field),
        .text = cm_arena_text(call->arena, text),
        .of = of,
        .document = cm_arena_text(call->arena, document),
        .path = cm_arena_text(call->arena, path != NULL ? path : ""),
    };
    stated->next = *list;
    *list = stated;
}

static void
origin(struct cmk_call *c, const char *field, const char *text, const char *document,
       const char *path)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return;
    if (!is_field(field) || (text != NULL && is_stated(call->stated, field)))
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s states '%s', which is no field, or twice",
                      call->host->is.plugin->id, field != NULL ? field : "");
    else if (text != NULL)
        state(call, &call->stated, field, text, document, path);
}

static void
parameter(struct cmk_call *c, const char *name, const char *text, const char *document,
          const char *path)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return;
    if (!is_plain(name, MOST_PARAMETER) || is_stated(call->parameters, name))
        cm_call_failf(call, CM_E_MALFORMED,
                      "a parameter of the build has no proper name, or there are two: '%s'",
                      name != NULL ? name : "");
    else
        state(call, &call->parameters, name, text, document, path);
}

static bool
is_file_name(const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (text == NULL || strchr("._-", *text) != NULL || strlen(text) > MOST_FILE_NAME)
        return false;
    return text[strspn(text, allowed)] == '\0' &&
           (cm_ends_with(text, ".json") || cm_ends_with(text, ".xml") ||
            cm_ends_with(text, ".txt"));
}

static bool
is_attached(const struct cm_call *call, const char *file_name)
{
    for (const struct cm_attached *a = call->attached; a != NULL; a = a->next)
        if (strcmp(a->attachment.file_name, file_name) == 0)
            return true;
    return false;
}

/* A document that could not be had attaches nothing, and takes nothing else down with it. */
static void
attach(struct cmk_call *c, const char *file_name, const char *document)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || document == NULL)
        return;
    const json_t *from = cm_evidence_document(call->host->is.evidence, document);
    if (from == NULL || !is_file_name(file_name) || is_attached(call, file_name)) {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s attaches '%s' from '%s': no such document, no proper name, or a "
                      "second one of it",
                      call->host->is.plugin->id, file_name != NULL ? file_name : "", document);
        return;
    }
    if (cm_json_get(from, "error") != NULL)
        return;
    struct cm_attached *attached = cm_call_alloc(call, sizeof *attached);
    if (attached == NULL)
        return;
    attached->attachment = (struct cm_attachment){
        .file_name = cm_arena_text(call->arena, file_name),
        .document = cm_arena_text(call->arena, document),
    };
    attached->next = call->attached;
    call->attached = attached;
}

const struct cmk_statement cm_host_statement = {
    .size = sizeof(struct cmk_statement),
    .evidence = &cm_host_evidence,
    .origin = origin,
    .attach = attach,
    .parameter = parameter,
};

/* ---- checks ---- */

/* The last word counts: a check may begin with what it sees at once and then see more. */
static void
remember(struct cmk_call *c, const char **what, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || text == NULL)
        return;
    *what = cm_clean_text(call->arena, text, strlen(text), CM_TEXT_MOST);
    if (*what == NULL)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
}

static void
observe(struct cmk_call *c, const char *text)
{
    remember(c, &cm_call_of(c)->observed, text);
}

static void
expect(struct cmk_call *c, const char *text)
{
    remember(c, &cm_call_of(c)->expected, text);
}

static bool
is_declared(const struct cm_call *call, const char *name)
{
    const char *const *names = call->host->is.plugin->table->connector->assumptions;
    for (; names != NULL && name != NULL && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static int32_t
assumed(struct cmk_call *c, const char *name)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return 0;
    if (!is_declared(call, name)) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s asks for '%s', which is not in its list",
                      call->host->is.plugin->id, name != NULL ? name : "");
        return 0;
    }
    const json_t *link = cm_json_get(cm_json_get(call->host->is.evidence, "effective"), "link");
    const json_t *said = cm_json_get(link, "assume");
    size_t index;
    json_t *word;
    json_array_foreach(said, index, word)
    {
        if (!json_is_string(word) || strcmp(json_string_value(word), name) != 0)
            continue;
        if (cm_text_list_add(&call->assumed, call->arena, name))
            return 1;
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    }
    return 0;
}

struct cmk_exam
cm_host_exam(int64_t decided_at)
{
    return (struct cmk_exam){
        .size = sizeof(struct cmk_exam),
        .evidence = &cm_host_evidence,
        .decided_at = decided_at,
        .observe = observe,
        .expect = expect,
        .assumed = assumed,
    };
}

/* ---- read_names ---- */

static void
name(struct cmk_call *c, const char *option, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    const struct cmk_option *table = call->host->is.plugin->table->options;
    bool ok = true;
    if (cm_call_failed(c))
        return;
    if (option == NULL || cm_option_find(table, option, CMK_OF_SUBMISSION) == NULL) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s names '%s', which no submission can say",
                      call->host->is.plugin->id, option != NULL ? option : "");
        return;
    }
    if (text == NULL)
        return;
    if (!is_plain(text, MOST_NAME)) {
        cm_call_failf(call, CM_E_MALFORMED,
                      "what the body says for '%s' is empty, too long or no plain text", option);
        return;
    }
    cm_json_set_text(call->names, option, text, &ok);
    if (!ok)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
}

const struct cmk_naming cm_host_naming = {
    .size = sizeof(struct cmk_naming),
    .name = name,
};
