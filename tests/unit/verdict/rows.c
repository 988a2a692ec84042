/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool
names(const struct row *row, const char *check)
{
    size_t size = strlen(check);
    if (strcmp(row->check, check) == 0)
        return true;
    for (const char *at = row->also; at; at = strchr(at, ',')) {
        at += strspn(at, ", ");
        if (strncmp(at, check, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    }
    return false;
}

static void
check_row(const struct row *row)
{
    struct honest honest;
    honest_make(&honest, row->of_a_tag);
    for (size_t i = 0; i < CM_COUNT(row->changes) && row->changes[i].path; i++)
        honest_change(&honest, &row->changes[i]);
    honest_judge(&honest);

    const struct cm_answer *answer = honest_answer(&honest, row->check);
    const char *said = answer->word == CM_UNKNOWN ? answer->reason : answer->observed;
    if (answer->word != row->word || !said || !strstr(said, row->says))
        fail_msg("%s: %s is %s: %s", row->what, row->check, cm_word_name(answer->word), said);
    for (size_t i = 0; i < honest.verdict.answer_count; i++) {
        const struct cm_answer *one = &honest.verdict.answers[i];
        bool is_main = strcmp(one->check, row->check) == 0;
        if (!is_main && (one->word != CM_PASS) != names(row, one->check))
            fail_msg("%s: %s is %s: %s%s", row->what, one->check, cm_word_name(one->word),
                     one->observed, one->reason ? one->reason : "");
        assert_int_equal(one->word == CM_UNKNOWN, one->reason != NULL);
        assert_int_equal(one->word == CM_PASS, one->remedy == NULL);
        assert_non_null(one->expected);
    }
    assert_int_equal(honest.verdict.outcome == CM_ACCEPTED, row->word == CM_PASS);
    if (row->word == CM_PASS && !cm_verdict_artifact(honest.evidence, &honest.verdict))
        fail_msg("%s: accepted, and about no artifact", row->what);
    honest_done(&honest);
}

void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
    print_message("%zu rows\n", count);
}
