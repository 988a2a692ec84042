/* SPDX-License-Identifier: Apache-2.0
 *
 * Two outcomes beside each other.
 */
#include "play.h"

#include "base/json.h"
#include "evidence/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
cf_honest_begin(struct cf_trial *t, struct cf_honest *ret, struct cm_err *err)
{
    cf_doing(t, "the honest conversation");
    return cf_play_begin(t, &ret->play, err) && cf_play(ret->play, NULL, &ret->out, err);
}

void
cf_honest_done(struct cf_honest *h)
{
    json_decref(h->out);
    cf_play_done(&h->play);
}

const json_t *
cf_document(const json_t *outcome, const char *name)
{
    return cm_evidence_document(cm_json_get(outcome, "evidence"), name);
}

const char *
cf_word(const json_t *outcome, const char *check)
{
    const char *word = cm_json_text(cm_json_get(cm_json_get(outcome, "answers"), check), "word");
    return word != NULL ? word : "";
}

char *
cf_written_out(const json_t *outcome)
{
    return json_dumps(outcome, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
}

/* ---- where do they differ? ---- */

static bool differ(const json_t *a, const json_t *b, char *path, size_t size);

static bool
differ_below(const json_t *a, const json_t *b, const char *name, char *path, size_t size)
{
    size_t used = strlen(path);
    (void)snprintf(path + used, size - used, "%s%s", used > 0 ? "." : "", name);
    if (differ(a, b, path, size))
        return true;
    path[used] = '\0';
    return false;
}

static bool
differ(const json_t *a, const json_t *b, char *path, size_t size)
{
    const char *name;
    json_t *value;
    char number[32];
    if (json_equal(a, b))
        return false;
    json_object_foreach((json_t *)(uintptr_t)a, name, value)
    {
        if (json_is_object(b) && differ_below(value, json_object_get(b, name), name, path, size))
            return true;
    }
    for (size_t i = 0; json_is_array(a) && json_is_array(b) && i < json_array_size(a); i++) {
        (void)snprintf(number, sizeof number, "%zu", i);
        if (differ_below(json_array_get(a, i), json_array_get(b, i), number, path, size))
            return true;
    }
    return true;
}

bool
cf_same(const json_t *a, const json_t *b, struct cm_err *err)
{
    char path[300] = "";
    if (!differ(a, b, path, sizeof path))
        return true;
    char *here = cf_written_out(cm_json_path(a, path)),
         *there = cf_written_out(cm_json_path(b, path));
    (void)cm_fail(err, CM_E_MALFORMED, "%s: %.200s, then %.200s", path,
                  here != NULL ? here : "nothing", there != NULL ? there : "nothing");
    free(here);
    free(there);
    return false;
}

/* ---- whose fault is it? ---- */

const enum cm_class cf_classes[CF_CLASSES] = {
    CM_E_CONFIG, CM_E_DENIED,    CM_E_AUTH,      CM_E_NOT_FOUND,   CM_E_TRANSIENT,
    CM_E_LIMIT,  CM_E_CANCELLED, CM_E_MALFORMED, CM_E_UNSUPPORTED, CM_E_INTERNAL};

bool
cf_ends_with(const json_t *outcome, const char *hook, enum cm_class class, struct cm_err *err)
{
    const char *ended = cm_json_text(cm_json_get(cm_json_get(outcome, "failed"), hook), "class");
    return (ended != NULL && strcmp(ended, cm_class_name(class)) == 0) ||
           cm_fail(err, CM_E_MALFORMED, "%s ends %s%s, and not with %s", hook,
                   ended != NULL ? "with " : "well", ended != NULL ? ended : "",
                   cm_class_name(class));
}

/* What must not be there after a hook has failed; NULL: nothing must not. */
static const char *
made_by(enum cf_hook hook)
{
    return hook == CF_SIGN              ? "written"
           : hook == CF_CHECK_SIGNATURE ? "signed"
           : hook == CF_REWRITE         ? "written again"
                                        : NULL;
}

bool
cf_tells_failure(const json_t *outcome, struct cm_err *err)
{
    enum cf_hook hook = cf_now.failed_hook;
    enum cm_class class = (enum cm_class)cf_now.failed_as;
    struct cm_err other = CM_ERR_INIT;
    if (class == CM_OK)
        return true;
    if (hook == CF_VERIFY || hook == CF_CHECK_OF_EXAMINATION)
        return !cf_now.answered_failed ||
               cm_fail(err, CM_E_MALFORMED, "a check whose call has failed is answered");
    if (hook == CF_START && cf_ends_with(outcome, "start (asked)", class, &other))
        return true;
    if (!cf_ends_with(outcome, cf_hook_name(hook), class, err))
        return false;
    const char *made = made_by(hook);
    return made == NULL || cm_json_get(outcome, made) == NULL ||
           cm_fail(err, CM_E_MALFORMED, "%s has failed, and '%s' is there", cf_hook_name(hook),
                   made);
}

bool
cf_none_ends_with(const json_t *outcome, enum cm_class class, struct cm_err *err)
{
    const char *hook;
    json_t *failed;
    json_object_foreach(cm_json_get(outcome, "failed"), hook, failed)
    {
        if (cm_class_of(cm_json_text(failed, "class")) == class)
            return cm_fail(err, CM_E_MALFORMED, "%s ends with %s: %s", hook, cm_class_name(class),
                           cm_json_text(failed, "why"));
    }
    return true;
}

/* ---- is a pass still one? ---- */

/* Is there still what the check has read? Where the answer itself was spoilt it must be the same
 * content, too; else a document that is had is as good as another: an earlier answer, perhaps. */
static bool
is_still_there(const json_t *honest, const json_t *now, bool spoilt)
{
    const json_t *was = cm_json_get(honest, "error"), *is = cm_json_get(now, "error");
    const json_t *before = cm_json_get(honest, "content"), *after = cm_json_get(now, "content");
    if (now == NULL || (is != NULL && was == NULL))
        return honest == NULL;
    return !spoilt || before == after || json_equal(before, after);
}

/* Who passes on anything passes on what is empty, too. */
static bool
is_excepted(const struct cf_script *script, const char *exceptions, const char *check,
            const char *document)
{
    if (exceptions == NULL)
        return false;
    return cf_declared(script, exceptions, check, document) != NULL ||
           (strcmp(exceptions, "passes_on_empty") == 0 &&
            cf_declared(script, "passes_on_anything", check, document) != NULL);
}

/* The first document that the check has read and that is not there; NULL: all are, or one of them
 * may be gone, and then others that follow from it may, too. */
static const char *
missed(const struct cf_script *script, const json_t *honest, const json_t *now, const char *check,
       bool spoilt, const char *exceptions)
{
    const json_t *answer = cm_json_get(cm_json_get(honest, "answers"), check);
    const char *gone = NULL;
    json_t *name;
    size_t i;
    json_array_foreach(cm_json_get(answer, "documents"), i, name)
    {
        const char *document = json_string_value(name);
        if (is_still_there(cf_document(honest, document), cf_document(now, document), spoilt))
            continue;
        if (is_excepted(script, exceptions, check, document))
            return NULL;
        gone = gone != NULL ? gone : document;
    }
    return gone;
}

/* Has it read something that is not there, and may it pass without? */
static bool
may_pass(const struct cf_script *script, const json_t *honest, const json_t *now, const char *check,
         bool spoilt, const char *exceptions)
{
    const json_t *answer = cm_json_get(cm_json_get(honest, "answers"), check);
    json_t *name;
    size_t i;
    json_array_foreach(cm_json_get(answer, "documents"), i, name)
    {
        const char *document = json_string_value(name);
        if (is_excepted(script, exceptions, check, document) &&
            !is_still_there(cf_document(honest, document), cf_document(now, document), spoilt))
            return true;
    }
    return false;
}

/* It passes now. Is that right? */
static bool
is_true_pass(const struct cf_script *script, const json_t *honest, const json_t *now,
             const char *check, bool spoilt, const char *exceptions, struct cm_err *err)
{
    if (strcmp(cf_word(honest, check), "pass") != 0)
        return may_pass(script, honest, now, check, spoilt, exceptions) ||
               cm_fail(err, CM_E_MALFORMED, "%s passes, and it does not when all is well", check);
    const char *gone = missed(script, honest, now, check, spoilt, exceptions);
    return gone == NULL ||
           cm_fail(err, CM_E_MALFORMED,
                   "%s passes, and it had read the document '%s', which is not there as it was",
                   check, gone);
}

bool
cf_no_false_pass(const struct cf_play *play, const json_t *honest, const json_t *now,
                 const char *during, bool spoilt, const char *exceptions, struct cm_err *err)
{
    const char *check;
    json_t *answer;
    json_object_foreach(cm_json_get(honest, "answers"), check, answer)
    {
        if (strcmp(cf_word(now, check), "pass") == 0 &&
            !is_true_pass(play->script, honest, now, check, spoilt, exceptions, err))
            return cm_context(err, "%s", during);
    }
    return true;
}
