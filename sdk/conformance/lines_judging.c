/* SPDX-License-Identifier: Apache-2.0
 *
 * The honest conversation, and what judging makes of it when something is missing.
 */
#include "play.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* ---- is it honest, and complete? ---- */

static bool
nothing_failed(const json_t *out, struct cm_err *why)
{
    const char *hook;
    json_t *failed;
    json_object_foreach(cm_json_get(out, "failed"), hook, failed)
    {
        return cm_fail(why, CM_E_MALFORMED, "%s: %s: %s", hook, cm_json_text(failed, "class"),
                       cm_json_text(failed, "why"));
    }
    return true;
}

static bool
checks_pass(const struct cf_honest *h, struct cm_err *why)
{
    const char *check;
    json_t *answer;
    json_object_foreach(cm_json_get(h->out, "answers"), check, answer)
    {
        bool passes = strcmp(cf_word(h->out, check), "pass") == 0;
        const char *declared = cf_declared(h->play->script, "unknown", check, NULL);
        const char *reason = cm_json_text(answer, "reason");
        if (passes && declared != NULL)
            return cm_fail(why, CM_E_CONFIG, "%s passes, and the script says that it does not",
                           check);
        if (!passes && declared == NULL)
            return cm_fail(why, CM_E_MALFORMED, "%s: %s: observed %s%s%s", check,
                           cf_word(h->out, check), cm_json_text(answer, "observed"),
                           reason != NULL ? "; " : "", reason != NULL ? reason : "");
    }
    return true;
}

static bool
honest(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    if (!nothing_failed(h.out, why) || !checks_pass(&h, why))
        return cm_fail(why, why->class, "%s%s", why->text, cm_json_text(h.out, "unanswered"));
    if (t->script->kind == CF_PACKAGE && cm_json_text(h.out, "written") == NULL)
        return cm_fail(why, CM_E_CONFIG, "nothing is documented in the script's package");
    if (t->script->kind == CF_SIGNATURE && cm_json_get(h.out, "signed") == NULL)
        return cm_fail(why, CM_E_MALFORMED, "nothing is signed");
    return (t->script->kind & CF_ARTIFACT) != 0 ||
           h.play->asked[CF_SYSTEM] + h.play->asked[CF_OPERATOR] > 0 ||
           cm_fail(why, CM_E_CONFIG, "nothing is asked in this conversation");
}

static bool
answers(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    if (!cf_now.answered_strangely)
        return true;
    const struct cmk_connector *c = cf_now.real->connector;
    const struct cmk_check *checks = cf_now.examines ? c->examination : c->verify;
    return cm_fail(why, CM_E_MALFORMED,
                   "%s answers %d, which is neither CMK_PASS, CMK_FAIL nor CMK_UNKNOWN",
                   checks[cf_now.strange_check].id, cf_now.strange_answer);
}

/* ---- documents ---- */

static bool
is_read(const json_t *out, const char *document)
{
    const char *check;
    json_t *one, *name;
    size_t i, k;
    json_object_foreach(cm_json_get(out, "answers"), check, one)
    {
        json_array_foreach(cm_json_get(one, "documents"), i, name)
        {
            if (strcmp(json_string_value(name), document) == 0)
                return true;
        }
    }
    json_array_foreach(cm_json_get(out, "origin"), k, one)
    {
        const char *from = cm_json_text(one, "document");
        if (from != NULL && strcmp(from, document) == 0)
            return true;
    }
    json_array_foreach(cm_json_get(out, "attachments"), k, one)
    {
        if (strcmp(cm_json_text(one, "document"), document) == 0)
            return true;
    }
    return false;
}

static bool
unread(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    const char *name;
    json_t *document;
    if (!cf_honest_begin(t, &h, why))
        return false;
    json_object_foreach(cm_json_get(cm_json_get(h.out, "evidence"), "documents"), name, document)
    {
        /* what the engine judges itself: its own, and whatever is the artifact */
        bool is_ours = cm_starts_with(name, "repository-") || strcmp(name, "submitted") == 0 ||
                       cm_json_bool(document, "artifact", false);
        const char *declared = cf_declared(t->script, "unread", name, NULL);
        bool read = is_read(h.out, name);
        if (read && declared != NULL)
            return cm_fail(why, CM_E_CONFIG, "'%s' is read, and the script says that it is not",
                           name);
        if (!is_ours && !read && declared == NULL)
            return cm_fail(why, CM_E_MALFORMED,
                           "nobody judges the document '%s': record what a check reads", name);
    }
    return true;
}

/* Each document in turn, not there at all (CM_OK) or not had for that reason. */
static bool
without_each(const struct cf_honest *h, enum cm_class class, const char *exceptions,
             struct cm_err *why)
{
    const char *name;
    json_t *document;
    json_object_foreach(cm_json_get(cm_json_get(h->out, "evidence"), "documents"), name, document)
    {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        const struct cf_disturbance how = {.without = name, .why = class};
        cf_doing(h->play->trial, "judging without '%s' (%s)", name,
                 class == CM_OK ? "deleted" : cm_class_name(class));
        if (!cf_play(h->play, &how, &out, why) ||
            !cf_no_false_pass(h->play, h->out, out,
                              class == CM_OK ? "deleted" : cm_class_name(class), false, exceptions,
                              why))
            return false;
    }
    return true;
}

static bool
deleted(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    return cf_honest_begin(t, &h, why) && without_each(&h, CM_OK, NULL, why);
}

static bool
not_had(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    for (size_t i = 0; i < CF_CLASSES; i++) {
        bool can_be_answer = cf_classes[i] == CM_E_AUTH || cf_classes[i] == CM_E_NOT_FOUND;
        if (!without_each(&h, cf_classes[i], can_be_answer ? "passes_without" : NULL, why))
            return false;
    }
    return true;
}

/* ---- pure ---- */

/* Twice in one process, and at another time of day. */
static bool
repeatable(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *again = NULL;
    if (!cf_honest_begin(t, &h, why))
        return false;
    cf_clock_shift(INT64_C(400) * 86400);
    return cf_play(h.play, NULL, &again, why) &&
           (cf_same(h.out, again, why) ||
            cm_context(why, "the same recording gives something else"));
}

static bool
pure(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.backwards = true};
    return cf_honest_begin(t, &h, why) && cf_play(h.play, &how, &out, why) &&
           (cf_same(cm_json_get(h.out, "answers"), cm_json_get(out, "answers"), why) ||
            cm_context(why, "asked in another order, checks answer something else"));
}

const struct cf_line cf_judging_lines[] = {
    {.id = "honest", .kinds = CF_ANY, .run = honest},
    {.id = "answers", .kinds = CF_CONNECTOR, .run = answers},
    {.id = "documents: each is read", .kinds = CF_CONNECTOR, .run = unread},
    {.id = "documents: each deleted", .kinds = CF_CONNECTOR, .run = deleted},
    {.id = "documents: each not had", .kinds = CF_CONNECTOR, .run = not_had},
    {.id = "repeatable", .kinds = CF_ANY, .run = repeatable},
    {.id = "pure", .kinds = CF_CONNECTOR, .run = pure},
    {.id = NULL},
};
