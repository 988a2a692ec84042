/* SPDX-License-Identifier: Apache-2.0
 *
 * system.*: what the engine itself has to say of a build system, whichever build is meant.
 */
#include "verdict/exam.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <string.h>

/* More than any clock that is set by the net is wrong, and much less than what build.age allows
 * for: a clock is told of before it costs a verdict. */
#define MOST_SKEW (60 * CM_SECOND)

static const struct cm_check checks[] = {
    {.id = "system.clock",
     .question = "Do the clocks of the build system and of this machine agree?",
     .expected = "not more than 60 s apart",
     .remedy = "Set the clock that is wrong (by NTP): ages of builds, waivers and certificates are "
               "judged by both."},
};

/* How much the system's clock is ahead, by one answer: what it says when it answered, against when
 * we had the answer. False if the document does not tell. */
static bool
skew_of(const json_t *document, int64_t *ret)
{
    int64_t date = 0;
    int64_t at = 0;
    const char *of = cm_json_text(document, "of");
    return of && strcmp(of, CM_OF_SYSTEM) == 0 &&
           cm_parse_time(cm_json_text(document, "date"), &date) &&
           cm_parse_time(cm_json_text(document, "at"), &at) &&
           !__builtin_sub_overflow(date, at, ret);
}

static int64_t
size_of(int64_t skew)
{
    return skew < 0 ? -(skew + 1) : skew;
}

/* That an answer was long under way makes a clock look late, never right: the least skew is the
 * nearest to the truth. */
static const char *
least_skew(const json_t *evidence, int64_t *ret)
{
    const char *name = NULL;
    const char *found = NULL;
    json_t *document = NULL;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        int64_t skew = 0;
        if (!skew_of(document, &skew) || (found && size_of(skew) >= size_of(*ret)))
            continue;
        *ret = skew;
        found = name;
    }
    return found;
}

/* A document that was asked for without an answer, to name as the cause. */
static const char *
any_failed(const json_t *evidence)
{
    const char *name = NULL;
    json_t *document = NULL;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        if (cm_json_get(document, "error") && cm_json_get(document, "asked") &&
            !cm_json_get(document, "status"))
            return name;
    }
    return NULL;
}

enum cm_word
cm_check_clock(struct cm_exam *x)
{
    int64_t skew = 0;
    const char *document = least_skew(x->evidence, &skew);
    const char *failed = any_failed(x->evidence);
    if (!document && failed) {
        cm_exam_read(x, failed);
        cm_answer_missing(x->evidence, failed, x->arena, x->answer);
        return CM_UNKNOWN;
    }
    if (!document) {
        (void)cm_exam_unknown(x, CM_E_UNSUPPORTED, "no answer of the build system tells its time");
        cm_exam_remedy(x, "Compare the clocks by hand: the build system, or what stands before it, "
                          "sends no Date.");
        return CM_UNKNOWN;
    }
    cm_exam_read(x, document);
    const char *apart = cm_show_duration(x->arena, size_of(skew));
    if (size_of(skew) < CM_SECOND)
        return cm_exam_pass(x, "less than a second apart");
    if (size_of(skew) <= MOST_SKEW)
        return cm_exam_pass(x, "%s apart", apart ? apart : "?");
    return cm_exam_fail(x, "the build system's clock is %s %s ours", apart ? apart : "?",
                        skew > 0 ? "ahead of" : "behind");
}

const struct cm_check *
cm_system_checks(size_t *ret_count)
{
    *ret_count = CM_COUNT(checks);
    return checks;
}

void
cm_system_ask(size_t index, const json_t *evidence, struct cm_arena *arena, struct cm_answer *ret)
{
    static cm_exam_fn *const asks[CM_COUNT(checks)] = {cm_check_clock};
    const struct cm_verdict no_origin = {.arena = arena};
    cm_exam_ask(&checks[index], asks[index], evidence, &no_origin, arena, ret);
}
