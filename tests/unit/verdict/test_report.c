/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"
#include "honest.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DOC       "evidence.documents."
#define TRANSIENT "{ 'class': 'transient', 'message': 'HTTP status 503, tried 4 times' }"
#define BECAUSE   "{ 'class': 'transient', 'message': 'not asked', 'cause': 'repository-probe' }"

static void
judge(struct honest *honest, bool of_a_tag, const struct change *changes)
{
    honest_make(honest, of_a_tag);
    for (; changes->path; changes++)
        honest_change(honest, changes);
    honest_judge(honest);
}

static void
check_text(const char *file, const struct cm_report *report, const struct cm_look *look)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_report_text(report, look, &text));
    if (!look->colour)
        assert_null(strchr(text.at, '\x1b'));
    golden_compare(file, &text);
}

static struct cm_report
report_of(const struct honest *honest)
{
    return (struct cm_report){
        .evidence = honest->evidence, .verdict = &honest->verdict, .mode = "verify"};
}

static const struct cm_look plain = {.width = 80};
static const struct cm_look unicode = {.unicode = true, .width = 100};

static void
test_accepted(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest, false, (const struct change[]){{NULL, NULL}});
    struct cm_report report = report_of(&honest);
    report.evidence_file = "widget.evidence.json";
    check_text("accepted.txt", &report, &plain);
    check_text("accepted-verbose.txt", &report,
               &(struct cm_look){.unicode = true, .verbose = true, .width = 100});
    honest_done(&honest);
}

static const struct change bad[] = {
    {"origin.ref.text", "'refs/heads/m\\u0430in'"},
    {"origin.repository.text", "'https://git.example/evil/\\u001b[31mwidget'"},
    {"evidence.effective.policy.optional", "[ 'build.age' ]"},
    {"origin.built_at.text", "'2024-11-22T18:00:00Z'"},
    {"evidence.effective.policy.waivers",
     "[ { 'check': 'repository.public', 'reason': 'J\\u00f6rg mends the\\u001b[2J server',"
     "    'author': 'anna', 'until': '2027-01-01T00:00:00Z' } ]"},
    {NULL, NULL}};

static void
test_rejected(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest, false, bad);
    struct cm_report report = report_of(&honest);
    check_text("rejected.txt", &report, &plain);
    check_text("rejected-colour.txt", &report,
               &(struct cm_look){.colour = true, .unicode = true, .width = 72});
    check_text("rejected-narrow.txt", &report, &(struct cm_look){.width = 44});
    honest_done(&honest);
}

static const struct change unreachable[] = {{DOC "repository-probe.content", NULL},
                                            {DOC "repository-probe.error", TRANSIENT},
                                            {DOC "repository-refs.content", NULL},
                                            {DOC "repository-refs.error", BECAUSE},
                                            {DOC "repository-path.content", NULL},
                                            {DOC "repository-path.error", BECAUSE},
                                            {"origin.built_at", NULL},
                                            {NULL, NULL}};

static void
test_undecided(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest, false, unreachable);
    struct cm_report report = report_of(&honest);
    check_text("undecided.txt", &report, &unicode);
    honest_done(&honest);
}

/* The operator's word is repeated once, however many answers rest on it. */
static void
test_replayed(void **state)
{
    (void)state;
    struct honest honest;
    static const char *const first[] = {"no-global-yaml", NULL};
    static const char *const second[] = {"no-global-yaml", "no-start-variables", NULL};
    static const char *const remarks[] = {"policy changed",
                                          "build.age: recorded was fail, now it is pass", NULL};
    judge(&honest, true, (const struct change[]){{NULL, NULL}});
    honest.verdict.answers[0].assumed = first;
    honest.verdict.answers[1].assumed = second;
    honest.verdict.assume_reason = "we have looked, J\xc3\xb6rg and I";
    struct cm_report report = report_of(&honest);
    report.mode = "replay";
    report.seal = "sealed by sha256:0123";
    report.remarks = remarks;
    check_text("replayed.txt", &report, &unicode);
    honest_done(&honest);
}

static void
test_nothing_to_check(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_verdict verdict = {.outcome = CM_UNDECIDED};
    cm_decide(&verdict);
    struct cm_report report = {.verdict = &verdict, .mode = "verify"};
    assert_true(cm_report_text(&report, &plain, &text));
    assert_non_null(strstr(text.at, "\nrejected: there was nothing to check\n"));
}

static void
check_json(const char *file, const struct cm_report *report)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_report_json(report, &text));
    assert_true(cm_json_parse(text.at, text.size, file, &json, &err));
    assert_string_equal(cm_json_text(json, "format"), "countermark-report/1");
    golden_compare(file, &text);
}

static void
test_json(void **state)
{
    (void)state;
    struct honest honest;
    static const struct cm_attachment attachment = {"Settings.json", "build"};
    judge(&honest, false, bad);
    honest.verdict.attachments = (struct cm_attachment *)(uintptr_t)&attachment;
    honest.verdict.attachment_count = 1;
    struct cm_report report = report_of(&honest);
    report.evidence_file = "not utf-8: \xff";
    check_json("rejected.json", &report);
    honest_done(&honest);
    judge(&honest, false, unreachable);
    report = report_of(&honest);
    check_json("undecided.json", &report);
    honest_done(&honest);
}

/* A report never says half of it. */
static void
test_no_room(void **state)
{
    (void)state;
    struct honest honest;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(500);
    CM_CLEANUP(cm_buf_done) struct cm_buf json = CM_BUF_INIT(500);
    judge(&honest, false, bad);
    struct cm_report report = report_of(&honest);
    assert_false(cm_report_text(&report, &plain, &text));
    assert_false(cm_report_json(&report, &json));
    honest_done(&honest);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),         cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_undecided),        cmocka_unit_test(test_replayed),
        cmocka_unit_test(test_nothing_to_check), cmocka_unit_test(test_json),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
