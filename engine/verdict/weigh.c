/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/verdict.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

const char *
cm_word_name(enum cm_word word)
{
    return word == CM_PASS ? "pass" : word == CM_FAIL ? "fail" : "unknown";
}

const char *
cm_outcome_name(enum cm_outcome outcome)
{
    return outcome == CM_ACCEPTED ? "accepted" : outcome == CM_REJECTED ? "rejected" : "undecided";
}

static bool
is_optional(const json_t *policy, const char *check)
{
    const json_t *optional = cm_json_get(policy, "optional");
    for (size_t i = 0; i < json_array_size(optional); i++) {
        const char *one = json_string_value(json_array_get(optional, i));
        if (one && strcmp(one, check) == 0)
            return true;
    }
    return false;
}

/* A waiver that does not say why, by whom and until when is none. */
static bool
take_waiver(const json_t *waiver, int64_t decided_at, struct cm_arena *arena,
            struct cm_answer *answer)
{
    int64_t until = 0;
    const char *check = cm_json_text(waiver, "check");
    const char *reason = cm_json_text(waiver, "reason");
    const char *author = cm_json_text(waiver, "author");
    const char *end = cm_json_text(waiver, "until");
    if (!check || strcmp(check, answer->check) != 0 || !reason || !author || !end)
        return false;
    if (!cm_parse_time(end, &until) || decided_at >= until)
        return false;
    answer->waiver_reason = cm_arena_text(arena, reason);
    answer->waiver_author = cm_arena_text(arena, author);
    answer->waiver_until = cm_arena_text(arena, end);
    return answer->waiver_reason && answer->waiver_author && answer->waiver_until;
}

void
cm_weigh(const json_t *effective, int64_t decided_at, struct cm_arena *arena,
         struct cm_answer *answer)
{
    const json_t *policy = cm_json_get(effective, "policy");
    const json_t *waivers = cm_json_get(policy, "waivers");
    answer->weight = CM_REQUIRED;
    answer->waiver_reason = answer->waiver_author = answer->waiver_until = NULL;
    if (answer->binding)
        return;
    for (size_t i = 0; i < json_array_size(waivers); i++)
        if (take_waiver(json_array_get(waivers, i), decided_at, arena, answer)) {
            answer->weight = CM_WAIVED;
            return;
        }
    if (is_optional(policy, answer->check))
        answer->weight = CM_OPTIONAL;
}

bool
cm_answer_counts(const struct cm_answer *answer)
{
    return answer->weight == CM_REQUIRED || answer->binding;
}

static bool
time_can_mend(const struct cm_answer *answer)
{
    return answer->reason_class == CM_E_TRANSIENT || answer->reason_class == CM_E_CANCELLED;
}

void
cm_decide(struct cm_verdict *verdict)
{
    size_t required = 0;
    size_t of_system = 0;
    size_t failed = 0;
    size_t unknown = 0;
    size_t mendable = 0;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (!cm_answer_counts(answer))
            continue;
        required++;
        of_system += answer->of_system;
        failed += answer->word == CM_FAIL;
        if (answer->word != CM_FAIL && answer->word != CM_PASS) {
            unknown++;
            mendable += time_can_mend(answer);
        }
    }
    bool no_system = verdict->system_only && of_system == 0;
    verdict->outcome = failed > 0 || required == 0 ? CM_REJECTED
                       : no_system                 ? CM_REJECTED
                       : unknown > 0               ? CM_UNDECIDED
                                                   : CM_ACCEPTED;
    verdict->retry = verdict->outcome == CM_UNDECIDED && mendable == unknown;
}
