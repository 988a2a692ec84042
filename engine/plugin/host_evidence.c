/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents, as pure hooks read them.
 */
#include "base/json.h"
#include "plugin/call.h"

static void
fail_without(struct cm_call *call, const char *name, const json_t *error)
{
    const char *class = cm_json_text(error, "class"), *cause = cm_json_text(error, "cause");
    const char *why = cm_json_text(error, "message");
    if (call->failure.class == CM_OK)
        call->cause = cm_arena_text(call->arena, cause != NULL ? cause : name);
    cm_call_failf(call, cm_class_of(class), "%s", why != NULL ? why : "no reason is recorded");
}

/* The document, if it was had. Only a recorded `not-found` of its own is "no such thing": one that
 * was not asked for because another is missing says nothing about itself. */
static const json_t *
find(struct cmk_call *c, const char *name, bool if_any)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || name == NULL)
        return NULL;
    if (!cm_text_list_add(&call->documents, call->arena, name)) {
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
        return NULL;
    }
    const json_t *document = cm_evidence_document(call->host->is.evidence, name);
    if (document == NULL) {
        call->cause = cm_arena_text(call->arena, name);
        cm_call_failf(call, CM_E_NOT_FOUND, "the evidence has no document '%s'", name);
        return NULL;
    }
    const json_t *error = cm_json_get(document, "error");
    if (error == NULL)
        return document;
    if (!if_any || cm_class_of(cm_json_text(error, "class")) != CM_E_NOT_FOUND ||
        cm_json_text(error, "cause") != NULL)
        fail_without(call, name, error);
    return NULL;
}

/* A document of which nothing was kept is not one that says nothing. */
static const struct cmk_value *
content_of(struct cmk_call *c, const char *name, const json_t *from)
{
    const json_t *content = cm_json_get(from, "content");
    if (from != NULL && content == NULL) {
        cm_call_of(c)->cause = cm_arena_text(cm_call_of(c)->arena, name);
        cm_call_failf(cm_call_of(c), CM_E_MALFORMED, "of the document '%s' nothing was kept", name);
    }
    return cm_value_of(content);
}

static const struct cmk_value *
document(struct cmk_call *c, const char *name)
{
    return content_of(c, name, find(c, name, false));
}

static const struct cmk_value *
document_if_any(struct cmk_call *c, const char *name)
{
    return content_of(c, name, find(c, name, true));
}

static const struct cmk_value *
facts(struct cmk_call *c, const char *name)
{
    static const char *const members[] = {"status", "size", "sha256", "hmac", "at"};
    const json_t *from = find(c, name, false);
    json_t *told = from != NULL ? json_object() : NULL;
    bool ok = told != NULL;
    for (size_t i = 0; i < CM_COUNT(members) && ok; i++) {
        json_t *value = cm_json_get(from, members[i]);
        if (value != NULL)
            cm_json_set(told, members[i], json_incref(value), &ok);
    }
    if (ok)
        return cm_call_keep(cm_call_of(c), told);
    json_decref(told);
    if (from != NULL)
        cm_call_failf(cm_call_of(c), CM_E_LIMIT, "out of memory");
    return NULL;
}

static int32_t
refused(struct cmk_call *c, const char *name)
{
    struct cm_call *call = cm_call_of(c);
    if (name == NULL)
        return CMK_E_INTERNAL; /* no document, and no answer either */
    const json_t *document = cm_evidence_document(call->host->is.evidence, name);
    const json_t *error = cm_json_get(document, "error");
    enum cm_class class = error != NULL ? cm_class_of(cm_json_text(error, "class")) : CM_OK;
    bool asked = cm_json_get(document, "asked") != NULL;
    bool answered = (class == CM_E_AUTH && asked) || class == CM_E_NOT_FOUND;
    if (answered && cm_json_text(error, "cause") == NULL && !cm_call_failed(c)) {
        if (cm_text_list_add(&call->documents, call->arena, name))
            return class;
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    }
    (void)find(c, name, false);
    return call->failure.class;
}

const struct cmk_evidence cm_host_evidence = {
    .size = sizeof(struct cmk_evidence),
    .document = document,
    .document_if_any = document_if_any,
    .facts = facts,
    .refused = refused,
};
