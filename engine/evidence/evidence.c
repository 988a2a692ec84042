/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding documents. The form of the whole is judged in frame.c.
 */
#include "evidence/evidence.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define DIGEST "document_sha256"

bool
cm_evidence_is_name(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return size > 0 && size <= CM_EVIDENCE_NAME_MOST && name[size] == '\0';
}

json_t *
cm_evidence_new(void)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    cm_json_set_text(evidence, "format", CM_EVIDENCE_FORMAT, &ok);
    cm_json_set(evidence, "documents", json_object(), &ok);
    return ok ? CM_TAKE(evidence) : NULL;
}

json_t *
cm_evidence_document(const json_t *evidence, const char *name)
{
    json_t *document = cm_json_get(cm_json_get(evidence, "documents"), name);
    return json_is_object(document) ? document : NULL;
}

/* Its SHA-256; NULL: that document is none, or did not come. */
static const char *
had_artifact(const json_t *document)
{
    return cm_json_bool(document, "artifact", false) && !cm_json_get(document, "error")
               ? cm_json_text(document, "sha256")
               : NULL;
}

size_t
cm_evidence_artifacts(const json_t *evidence)
{
    const char *name = NULL;
    json_t *document = NULL;
    size_t count = 0;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        count += had_artifact(document) != NULL;
    }
    return count;
}

bool
cm_evidence_has_artifact(const json_t *evidence)
{
    const char *name = NULL;
    json_t *document = NULL;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        if (cm_json_bool(document, "artifact", false))
            return true;
    }
    return false;
}

const char *
cm_evidence_artifact(const json_t *evidence)
{
    const char *name = NULL, *found = NULL;
    json_t *document = NULL;
    const char *origin = cm_json_text(cm_json_path(evidence, "effective.policy"), "origin");
    const json_t *submitted = cm_evidence_document(evidence, "submitted");
    const char *meant = cm_json_text(cm_json_get(submitted, "content"), "sha256");
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        const char *sha256 = had_artifact(document);
        if (sha256 && (!meant || strcmp(meant, sha256) == 0))
            found = sha256;
    }
    if (!cm_evidence_has_artifact(evidence) && origin && strcmp(origin, "none") == 0)
        return meant;
    return meant || cm_evidence_artifacts(evidence) == 1 ? found : NULL;
}

static json_t *
facts_of(const struct cm_document *facts)
{
    bool ok = true;
    char at[CM_TIME_SIZE] = "", date[CM_TIME_SIZE] = "";
    CM_CLEANUP(cm_json_done) json_t *document = json_object();
    if (facts->at != 0)
        cm_format_time(facts->at, at);
    if (facts->date != 0)
        cm_format_time(facts->date, date);
    cm_json_set_text(document, "of", facts->of, &ok);
    cm_json_set_text(document, "asked", facts->asked, &ok);
    cm_json_set_text(document, "at", facts->at != 0 ? at : NULL, &ok);
    cm_json_set_text(document, "date", facts->date != 0 ? date : NULL, &ok);
    cm_json_set_bool(document, "credential", facts->credential, &ok);
    if (facts->proxy)
        cm_json_set_bool(document, "proxy", true, &ok);
    if (facts->artifact)
        cm_json_set_bool(document, "artifact", true, &ok);
    if (facts->status > 0)
        cm_json_set_int(document, "status", facts->status, &ok);
    if (facts->size >= 0)
        cm_json_set_int(document, "size", facts->size, &ok);
    cm_json_set_text(document, "sha256", facts->sha256, &ok);
    cm_json_set_text(document, "hmac", facts->hmac, &ok);
    return ok ? CM_TAKE(document) : NULL;
}

/* Levels of containers; counts no further than to one more than `most`. */
static size_t
depth_of(const json_t *value, size_t most)
{
    size_t deepest = 0;
    size_t index = 0;
    const char *key = NULL;
    json_t *child = NULL;
    json_t *container =
        json_is_object(value) || json_is_array(value) ? (json_t *)(uintptr_t)value : NULL;
    if (!container || most == 0)
        return container ? 1 : 0;
    json_object_foreach(container, key, child)
    {
        size_t depth = depth_of(child, most - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(container, index, child)
    {
        size_t depth = depth_of(child, most - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

/* Kept is what can be read back, not what came: 1.0 is 1 then, and members stand in their canonical
 * order. So a check sees in the first judgement what it sees in each later one. */
static bool
put_content(json_t *document, const char *name, const json_t *content, struct cm_err *err)
{
    bool ok = true;
    json_t *kept = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_EVIDENCE_MOST);
    if (depth_of(content, CM_EVIDENCE_DEPTH) > CM_EVIDENCE_DEPTH)
        return cm_fail(err, CM_E_LIMIT, "document %s: nested deeper than %d levels", name,
                       CM_EVIDENCE_DEPTH);
    if (!cm_json_canonical(content, &text))
        return cm_fail(err, CM_E_LIMIT, "document %s: too large for the evidence", name);
    if (!cm_json_parse(text.at, text.size, name, &kept, err))
        return cm_context(err, "document");
    cm_json_set(document, "content", kept, &ok);
    return ok ? true : cm_fail(err, CM_E_LIMIT, "document %s: no memory", name);
}

static bool
put_error(json_t *document, const char *name, const struct cm_err *error, const char *cause,
          struct cm_err *err)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "class", cm_class_name(error->class), &ok);
    cm_json_set_text(value, "message", error->text, &ok);
    cm_json_set_text(value, "cause", cause, &ok);
    cm_json_set(document, "error", value, &ok);
    return ok ? true : cm_fail(err, CM_E_LIMIT, "document %s: no memory", name);
}

bool
cm_evidence_digest(const json_t *document, char ret_sha256[CM_SHA256_HEX])
{
    CM_CLEANUP(cm_json_done) json_t *rest = json_copy((json_t *)(uintptr_t)document);
    (void)json_object_del(rest, DIGEST);
    return rest && cm_json_sha256(rest, ret_sha256);
}

static bool
put_digest(json_t *document, const char *name, struct cm_err *err)
{
    bool ok = true;
    char sha256[CM_SHA256_HEX];
    if (!cm_evidence_digest(document, sha256))
        return cm_fail(err, CM_E_INTERNAL, "document %s cannot be digested", name);
    cm_json_set_text(document, DIGEST, sha256, &ok);
    return ok ? true : cm_fail(err, CM_E_LIMIT, "document %s: no memory", name);
}

bool
cm_evidence_add(json_t *evidence, const char *name, const struct cm_document *facts,
                const json_t *content, const struct cm_err *error, const char *cause,
                struct cm_err *err)
{
    json_t *documents = cm_json_get(evidence, "documents");
    if (!json_is_object(documents) || !cm_evidence_is_name(name))
        return cm_fail(err, CM_E_INTERNAL, "no place for a document %s", name);
    if (json_object_get(documents, name))
        return cm_fail(err, CM_E_INTERNAL, "a second document %s", name);

    CM_CLEANUP(cm_json_done) json_t *document = facts_of(facts);
    if (!document)
        return cm_fail(err, CM_E_LIMIT, "document %s: no memory", name);
    if (error && !put_error(document, name, error, cause, err))
        return false;
    if (!error && content && !put_content(document, name, content, err))
        return false;
    if (!put_digest(document, name, err))
        return false;
    if (json_object_set(documents, name, document) < 0)
        return cm_fail(err, CM_E_LIMIT, "document %s: no memory", name);
    return true;
}
