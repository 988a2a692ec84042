/* SPDX-License-Identifier: Apache-2.0
 *
 * What all reports for people say of the verdict.
 */
#include "verdict/report.h"

#include <string.h>

const char *
cm_report_word(const struct cm_report *report)
{
    static const struct {
        const char *verify, *replay, *examine;
    } words[] = {[CM_UNDECIDED] = {"undecided", "would be undecided", "not known"},
                 [CM_ACCEPTED] = {"accepted", "would be accepted", "all well"},
                 [CM_REJECTED] = {"rejected", "would be rejected", "not well"}};
    enum cm_outcome outcome = report->verdict->outcome;
    bool is_replay = report->mode &&
                     (strcmp(report->mode, "replay") == 0 || strcmp(report->mode, "rewrite") == 0);
    if (report->mode && strcmp(report->mode, "system check") == 0)
        return words[outcome].examine;
    return is_replay ? words[outcome].replay : words[outcome].verify;
}

struct tally {
    size_t required, of_system, failed, unknown, uncounted;
};

static struct tally
tally_of(const struct cm_verdict *verdict)
{
    struct tally tally = {.required = 0};
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (!cm_answer_counts(answer)) {
            tally.uncounted++;
            continue;
        }
        tally.required++;
        tally.of_system += answer->of_system;
        tally.failed += answer->word == CM_FAIL;
        tally.unknown += answer->word == CM_UNKNOWN;
    }
    return tally;
}

static const char *
plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void
explain_rejection(struct cm_buf *to, const struct tally *tally, bool system_only)
{
    if (tally->required == 0 || (system_only && tally->of_system == 0)) {
        cm_buf_puts(to, tally->required == 0
                            ? "there was nothing to check"
                            : "there was nothing to check of the build system, and nothing else "
                              "says where the artifact is from");
        return;
    }
    cm_buf_printf(to, "%zu of %zu check%s failed", tally->failed, tally->required,
                  plural(tally->required));
    if (tally->unknown > 0)
        cm_buf_printf(to, ", %zu could not be answered", tally->unknown);
}

void
cm_report_explain(const struct cm_report *report, struct cm_buf *to)
{
    const struct cm_verdict *verdict = report->verdict;
    struct tally tally = tally_of(verdict);
    if (verdict->outcome == CM_REJECTED)
        explain_rejection(to, &tally, verdict->system_only);
    else if (verdict->outcome == CM_ACCEPTED)
        cm_buf_printf(to, "%s%zu check%s passed", tally.required > 1 ? "all " : "", tally.required,
                      plural(tally.required));
    else
        cm_buf_printf(to, "%zu of %zu check%s could not be answered; %s", tally.unknown,
                      tally.required, plural(tally.required),
                      verdict->retry ? "try again later" : "trying again alone will not help");
    if (tally.uncounted > 0)
        cm_buf_printf(to, " (%zu not counted)", tally.uncounted);
    if (verdict->system_only)
        cm_buf_puts(to, "; " CM_SYSTEM_ONLY);
    if (report->documentation && !cm_report_is_delivered(report->documentation))
        cm_buf_puts(to, "; but the artifact was not documented, and not written");
}

void
cm_report_uncounted(const struct cm_answer *answer, struct cm_buf *to)
{
    if (answer->weight == CM_WAIVED)
        cm_buf_printf(to, "waived by %s until %s: %s", answer->waiver_author, answer->waiver_until,
                      answer->waiver_reason);
    else
        cm_buf_puts(to,
                    answer->weight == CM_ADVICE ? "look at it yourself" : "by the signing policy");
}
