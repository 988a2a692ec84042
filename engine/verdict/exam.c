/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/exam.h"

#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <stdarg.h>
#include <string.h>

#define MOST_LISTED 20

/* ---- answers ---- */

enum cm_word
cm_exam_pass(struct cm_exam *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    x->answer->observed = cm_arena_vprintf(x->arena, format, args);
    va_end(args);
    return CM_PASS;
}

enum cm_word
cm_exam_fail(struct cm_exam *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    x->answer->observed = cm_arena_vprintf(x->arena, format, args);
    va_end(args);
    return CM_FAIL;
}

enum cm_word
cm_exam_unknown(struct cm_exam *x, enum cm_class class, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    x->answer->reason = cm_arena_vprintf(x->arena, format, args);
    va_end(args);
    x->answer->reason_class = class;
    x->answer->remedy = cm_class_remedy(class, NULL, NULL);
    return CM_UNKNOWN;
}

void
cm_exam_expect(struct cm_exam *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = cm_arena_vprintf(x->arena, format, args);
    va_end(args);
    if (text)
        x->answer->expected = text;
}

void
cm_exam_remedy(struct cm_exam *x, const char *remedy)
{
    x->answer->remedy = remedy;
}

const char *
cm_exam_show(struct cm_exam *x, const char *text)
{
    const char *shown = text ? cm_escape(x->arena, text) : "nothing";
    return shown ? shown : "?";
}

const char *
cm_exam_list(struct cm_exam *x, const json_t *texts)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf list = CM_BUF_INIT(65536);
    size_t count = json_array_size(texts);
    for (size_t i = 0; i < count && i < MOST_LISTED; i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        cm_buf_puts(&list, i > 0 ? ", " : "");
        cm_buf_puts(&list, cm_exam_show(x, text));
    }
    if (count > MOST_LISTED)
        cm_buf_printf(&list, " and %zu more", count - MOST_LISTED);
    const char *shown = cm_arena_text(x->arena, list.size > 0 ? list.at : "none");
    return shown ? shown : "?";
}

/* ---- what is judged ---- */

void
cm_exam_read(struct cm_exam *x, const char *document)
{
    for (size_t i = 0; i < x->document_count; i++)
        if (strcmp(x->documents[i], document) == 0)
            return;
    const char *name = cm_arena_text(x->arena, document);
    if (name && x->document_count < x->room)
        x->documents[x->document_count++] = name;
}

const json_t *
cm_exam_content(struct cm_exam *x, const char *document)
{
    const json_t *found = cm_evidence_document(x->evidence, document);
    const json_t *content = cm_json_get(found, "content");
    cm_exam_read(x, document);
    if (content && !cm_json_get(found, "error"))
        return content;
    cm_answer_missing(x->evidence, document, x->arena, x->answer);
    return NULL;
}

enum cm_class
cm_exam_error(struct cm_exam *x, const char *document)
{
    const json_t *error = cm_json_get(cm_evidence_document(x->evidence, document), "error");
    cm_exam_read(x, document);
    enum cm_class class = error ? cm_class_of(cm_json_text(error, "class")) : CM_OK;
    bool was_asked = !cm_json_get(error, "cause");
    return class == CM_E_NOT_FOUND && !was_asked ? CM_E_UNSUPPORTED : class;
}

/* The document decides whose word it is, not what the field says of it. */
bool
cm_exam_is_believed(struct cm_exam *x, const struct cm_origin_field *field)
{
    const char *of = field->of;
    if (field->document) {
        cm_exam_read(x, field->document);
        of = cm_json_text(cm_evidence_document(x->evidence, field->document), "of");
    }
    return of && (strcmp(of, CM_OF_SYSTEM) == 0 || strcmp(of, CM_OF_REPOSITORY) == 0);
}

/* What a field is called in a sentence. */
static const char *
called(const char *field)
{
    static const char *const names[][2] = {{"built_at", "time of the build"},
                                           {"ref", "branch or tag"},
                                           {"artifact", "name of the artifact"},
                                           {"artifact_sha256", "digest of the artifact"}};
    for (size_t i = 0; i < CM_COUNT(names); i++)
        if (strcmp(names[i][0], field) == 0)
            return names[i][1];
    return field;
}

/* Why a field is not known: the document that it should have come from, or the one that the origin
 * as a whole was missing. */
static void
explain_missing(struct cm_exam *x, const struct cm_origin_field *field, const char *name)
{
    const struct cm_verdict *origin = x->origin;
    if (field && field->document && cm_exam_error(x, field->document) != CM_OK)
        cm_answer_missing(x->evidence, field->document, x->arena, x->answer);
    else if (origin->unstated_cause)
        cm_answer_missing(x->evidence, origin->unstated_cause, x->arena, x->answer);
    else if (origin->unstated_class != CM_OK)
        (void)cm_exam_unknown(x, origin->unstated_class, "%s",
                              origin->unstated ? origin->unstated : "no reason was recorded");
    else if (origin->origin_count == 0 && cm_evidence_document(x->evidence, "peer")) {
        (void)cm_exam_unknown(x, CM_E_UNSUPPORTED,
                              "this build system says who asks, and asserts no origin");
        cm_exam_remedy(x, "Take a build system that knows what it built; or, if it is enough to "
                          "know which machine asks, a signing policy with origin = \"none\" and "
                          "system = \"required\".");
    } else {
        (void)cm_exam_unknown(x, CM_E_NOT_FOUND, "the build system does not tell the %s",
                              called(name));
        cm_exam_remedy(x, "Submit when the build has ended. If it stays so, the connector cannot "
                          "tell this of such builds.");
    }
}

static const struct cm_origin_field *
find_field(const struct cm_exam *x, const char *field, size_t *ret_count)
{
    const struct cm_origin_field *found = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < x->origin->origin_count; i++)
        if (strcmp(x->origin->origin[i].field, field) == 0) {
            found = &x->origin->origin[i];
            ++*ret_count;
        }
    return found;
}

const struct cm_origin_field *
cm_exam_find(const struct cm_exam *x, const char *field)
{
    size_t count = 0;
    const struct cm_origin_field *found = find_field(x, field, &count);
    return count == 1 ? found : NULL;
}

const char *
cm_exam_origin(struct cm_exam *x, const char *field)
{
    size_t count = 0;
    const struct cm_origin_field *found = find_field(x, field, &count);
    if (count > 1)
        (void)cm_exam_unknown(x, CM_E_MALFORMED, "the %s is stated more than once", called(field));
    else if (!found || !found->text)
        explain_missing(x, found, field);
    else if (!cm_exam_is_believed(x, found))
        (void)cm_exam_unknown(x, CM_E_UNSUPPORTED, "only the submission tells the %s",
                              called(field));
    else
        return found->text;
    return NULL;
}

const json_t *
cm_exam_words(struct cm_exam *x, const char *part, const char *member)
{
    const json_t *effective = cm_json_get(x->evidence, "effective");
    const json_t *words = cm_json_get(cm_json_get(effective, part), member);
    if (json_is_array(words))
        return words;
    (void)cm_exam_unknown(x, CM_E_MALFORMED, "the evidence does not hold %s.%s", part, member);
    return NULL;
}

const char *
cm_exam_request(struct cm_exam *x, const char *member)
{
    const char *text = cm_json_text(cm_json_get(x->evidence, "request"), member);
    if (!text)
        (void)cm_exam_unknown(x, CM_E_MALFORMED, "the evidence does not hold request.%s", member);
    return text;
}

bool
cm_exam_holds(const json_t *texts, const char *text)
{
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *one = json_string_value(json_array_get(texts, i));
        if (one && strcmp(one, text) == 0)
            return true;
    }
    return false;
}

bool
cm_exam_same(const json_t *object, const char *key, const char *text)
{
    const char *found = cm_json_text(object, key);
    return found && strcmp(found, text) == 0;
}
