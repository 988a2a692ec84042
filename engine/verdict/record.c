/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/record.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define MOST_TEXT ((size_t)1 << 20)

const char *
cm_weight_name(enum cm_weight weight)
{
    return weight == CM_OPTIONAL ? "optional"
           : weight == CM_WAIVED ? "waived"
           : weight == CM_ADVICE ? "advice"
                                 : "required";
}

static json_t *
text_json(const char *text)
{
    if (!text)
        return json_null();
    if (cm_is_utf8(text, strlen(text)))
        return json_string(text);
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(MOST_TEXT);
    cm_escape_to(&escaped, text, strlen(text));
    return escaped.failed ? NULL : json_string(cm_buf_text(&escaped));
}

void
cm_record_text(json_t *object, const char *key, const char *text, bool *ok)
{
    cm_json_set(object, key, text_json(text), ok);
}

void
cm_record_append(json_t *array, json_t *owned, bool *ok)
{
    if (json_array_append_new(array, owned) < 0)
        *ok = false;
}

void
cm_record_texts(json_t *object, const char *key, const char *const *texts, bool *ok)
{
    json_t *array = json_array();
    for (size_t i = 0; texts && texts[i]; i++)
        cm_record_append(array, text_json(texts[i]), ok);
    cm_json_set(object, key, array, ok);
}

static void
put_waiver(json_t *object, const struct cm_answer *answer, bool *ok)
{
    if (answer->weight != CM_WAIVED) {
        cm_json_set(object, "waiver", json_null(), ok);
        return;
    }
    json_t *waiver = json_object();
    cm_record_text(waiver, "reason", answer->waiver_reason, ok);
    cm_record_text(waiver, "author", answer->waiver_author, ok);
    cm_record_text(waiver, "until", answer->waiver_until, ok);
    cm_json_set(object, "waiver", waiver, ok);
}

json_t *
cm_answer_json(const struct cm_answer *answer)
{
    bool ok = true;
    bool is_unknown = answer->word != CM_PASS && answer->word != CM_FAIL;
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    cm_json_set_text(object, "answer", cm_word_name(answer->word), &ok);
    cm_json_set_text(object, "weight", cm_weight_name(answer->weight), &ok);
    cm_json_set_bool(object, "binding", answer->binding, &ok);
    cm_json_set_bool(object, "gate", answer->gate, &ok);
    cm_record_text(object, "observed", answer->observed, &ok);
    cm_record_text(object, "expected", answer->expected, &ok);
    cm_record_text(object, "remedy", answer->remedy, &ok);
    cm_record_text(object, "reason", answer->reason, &ok);
    cm_record_text(object, "reason_class", is_unknown ? cm_class_name(answer->reason_class) : NULL,
                   &ok);
    cm_record_text(object, "cause", answer->cause, &ok);
    cm_record_texts(object, "documents", answer->documents, &ok);
    cm_record_texts(object, "assumed", answer->assumed, &ok);
    put_waiver(object, answer, &ok);
    return ok ? CM_TAKE(object) : NULL;
}

static json_t *
origin_json(const struct cm_verdict *verdict)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *origin = json_object();
    for (size_t i = 0; i < verdict->origin_count; i++)
        cm_record_text(origin, verdict->origin[i].field, verdict->origin[i].text, &ok);
    return ok ? CM_TAKE(origin) : NULL;
}

json_t *
cm_verdict_json(const struct cm_verdict *verdict)
{
    bool ok = true;
    json_t *checks = json_object();
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    for (size_t i = 0; i < verdict->answer_count; i++)
        cm_json_set(checks, verdict->answers[i].check, cm_answer_json(&verdict->answers[i]), &ok);
    cm_json_set_text(object, "outcome", cm_outcome_name(verdict->outcome), &ok);
    cm_json_set_text(object, "retry", verdict->retry ? "yes" : "no", &ok);
    cm_json_set(object, "origin", origin_json(verdict), &ok);
    cm_json_set(object, "checks", checks, &ok);
    return ok ? CM_TAKE(object) : NULL;
}

/* ---- comparing: both sides as JSON, so that what is compared is what is recorded ---- */

struct remarks {
    struct cm_arena *arena;
    const char **at; /* with room for every remark that there could be */
    size_t count;
    bool failed;
};

static void remark(struct remarks *remarks, const char *format, ...) CM_PRINTF(2, 3);

static void
remark(struct remarks *remarks, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = cm_arena_vprintf(remarks->arena, format, args);
    va_end(args);
    if (text)
        remarks->at[remarks->count++] = text;
    else
        remarks->failed = true;
}

static const char *
shown(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : "nothing";
}

/* `what` is put behind the name: ".commit", " (observed)". */
static void
compare_member(struct remarks *remarks, const char *name, const char *what, const json_t *was,
               const json_t *is)
{
    const json_t *a = json_is_null(was) ? NULL : was;
    const json_t *b = json_is_null(is) ? NULL : is;
    if (a != b && !json_equal(a, b))
        remark(remarks, "%s%s: recorded was %s, now it is %s", name, what, shown(a), shown(b));
}

static void
compare_answer(struct remarks *remarks, const char *check, const json_t *was, const json_t *is)
{
    if (!was || !is) {
        remark(remarks, "%s: %s", check,
               was ? "was answered when it was recorded, and is not asked now"
                   : "was not asked when it was recorded");
        return;
    }
    compare_member(remarks, check, "", json_object_get(was, "answer"),
                   json_object_get(is, "answer"));
    compare_member(remarks, check, " (weight)", json_object_get(was, "weight"),
                   json_object_get(is, "weight"));
    compare_member(remarks, check, " (observed)", json_object_get(was, "observed"),
                   json_object_get(is, "observed"));
    compare_member(remarks, check, " (expected)", json_object_get(was, "expected"),
                   json_object_get(is, "expected"));
    compare_member(remarks, check, " (reason)", json_object_get(was, "reason"),
                   json_object_get(is, "reason"));
}

#define REMARKS_AN_ANSWER 5

static void
compare_answers(struct remarks *remarks, json_t *was, json_t *is)
{
    const char *check = NULL;
    json_t *answer = NULL;
    json_object_foreach(was, check, answer)
    {
        compare_answer(remarks, check, answer, json_object_get(is, check));
    }
    json_object_foreach(is, check, answer)
    {
        if (!json_object_get(was, check))
            compare_answer(remarks, check, NULL, answer);
    }
}

static void
compare_origin(struct remarks *remarks, json_t *was, json_t *is)
{
    const char *field = NULL;
    json_t *text = NULL;
    json_object_foreach(was, field, text)
    {
        compare_member(remarks, "origin.", field, text, json_object_get(is, field));
    }
    json_object_foreach(is, field, text)
    {
        if (!json_object_get(was, field))
            compare_member(remarks, "origin.", field, NULL, text);
    }
}

static size_t
most_remarks(const json_t *one, const json_t *other)
{
    size_t checks = json_object_size(cm_json_get(one, "checks")) +
                    json_object_size(cm_json_get(other, "checks"));
    size_t fields = json_object_size(cm_json_get(one, "origin")) +
                    json_object_size(cm_json_get(other, "origin"));
    return 2 + fields + REMARKS_AN_ANSWER * checks;
}

bool
cm_verdict_compare(const json_t *recorded, const struct cm_verdict *verdict, struct cm_arena *arena,
                   const char *const **ret_remarks)
{
    CM_CLEANUP(cm_json_done) json_t *now = cm_verdict_json(verdict);
    struct remarks remarks = {.arena = arena};
    remarks.at = cm_arena_alloc(arena, (most_remarks(recorded, now) + 1) * sizeof *remarks.at);
    if (!now || !remarks.at)
        return false;
    if (recorded && !json_is_null(recorded)) {
        compare_member(&remarks, "outcome", "", cm_json_get(recorded, "outcome"),
                       cm_json_get(now, "outcome"));
        compare_member(&remarks, "retry", "", cm_json_get(recorded, "retry"),
                       cm_json_get(now, "retry"));
        compare_origin(&remarks, cm_json_get(recorded, "origin"), cm_json_get(now, "origin"));
        compare_answers(&remarks, cm_json_get(recorded, "checks"), cm_json_get(now, "checks"));
    }
    if (remarks.failed)
        return false;
    *ret_remarks = remarks.at;
    return true;
}
