/* SPDX-License-Identifier: Apache-2.0
 *
 * The reports for pages of CI systems: what they look like, and that nothing looks green that is
 * not accepted.
 */
#include "golden.h"
#include "honest.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DOC "evidence.documents."

typedef bool write_fn(const struct cm_report *, struct cm_buf *);

/* Foreign text with all that hurts in XML and in messages, a waived failure, an optional one, one
 * that counts, and one that nobody could answer. */
static const struct change mixed[] = {
    {"origin.ref.text", "'refs/heads/m\\u0430in'"},
    {"origin.repository.text",
     "'https://git.example/e\\u001b[31m]]><a b=\\\"&\\\">{0}[x](y)\\uffff'"},
    {"evidence.effective.policy.optional", "[ 'build.age' ]"},
    {"origin.built_at.text", "'2024-11-22T18:00:00Z'"},
    {"evidence.effective.policy.waivers",
     "[ { 'check': 'repository.public', 'reason': 'J\\u00f6rg mends the\\u001b[2J <server>',"
     "    'author': 'anna', 'until': '2027-01-01T00:00:00Z' } ]"},
    {DOC "repository-commit.content", NULL},
    {DOC "repository-commit.error", "{ 'class': 'transient', 'message': 'HTTP status 503' }"},
    {NULL, NULL}};

static const struct change nothing[] = {{NULL, NULL}};

static const struct change unreachable[] = {
    {DOC "repository-commit.content", NULL},
    {DOC "repository-commit.error", "{ 'class': 'transient', 'message': 'HTTP status 503' }"},
    {NULL, NULL}};

static struct cm_report
judge(struct honest *honest, const struct change *changes)
{
    honest_make(honest, false);
    for (; changes->path; changes++)
        honest_change(honest, changes);
    honest_judge(honest);
    return (struct cm_report){
        .evidence = honest->evidence, .verdict = &honest->verdict, .mode = "verify"};
}

static void
check(const char *file, write_fn *write, const struct cm_report *report)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(write(report, &text));
    golden_compare(file, &text);
}

static void
test_rejected(void **state)
{
    (void)state;
    struct honest honest;
    struct cm_report report = judge(&honest, mixed);
    assert_int_equal(report.verdict->outcome, CM_REJECTED);
    report.exit_status = 1;
    report.evidence_file = "./out/w\xc3\xaf"
                           "dget 1.evidence";
    check("rejected.junit.xml", cm_report_junit, &report);
    check("rejected.sarif", cm_report_sarif, &report);
    honest_done(&honest);
}

static void
test_accepted(void **state)
{
    (void)state;
    struct honest honest;
    struct cm_report report = judge(&honest, nothing);
    check("accepted.junit.xml", cm_report_junit, &report);
    check("accepted.sarif", cm_report_sarif, &report);
    honest_done(&honest);
}

/* Every check passes, and still nobody may take it for accepted. */
static void
test_nobody_vouches(void **state)
{
    (void)state;
    struct honest honest;
    static const char *const remarks[] = {"nobody vouches for this evidence", NULL};
    struct cm_report report = judge(&honest, nothing);
    report.mode = "replay";
    report.seal = "unsealed";
    report.remarks = remarks;
    report.replayed_file = "/srv/widget.evidence";
    report.exit_status = 4;
    check("unsealed.junit.xml", cm_report_junit, &report);
    check("unsealed.sarif", cm_report_sarif, &report);
    honest_done(&honest);
}

static const json_t *
results_of(const json_t *log)
{
    return cm_json_path(log, "runs.0.results");
}

static json_t *
sarif_of(const struct cm_report *report)
{
    json_t *log = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_report_sarif(report, &text));
    if (!cm_json_parse(text.at, text.size, "SARIF", &log, &err))
        fail_msg("%s", err.text);
    return log;
}

static bool
junit_holds(const struct cm_report *report, const char *what)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_report_junit(report, &text));
    return strstr(text.at, what) != NULL;
}

static void
test_undecided(void **state)
{
    (void)state;
    struct honest honest;
    struct cm_report report = judge(&honest, unreachable);
    report.exit_status = 4;
    assert_int_equal(report.verdict->outcome, CM_UNDECIDED);
    assert_true(junit_holds(&report, "failures=\"0\" errors=\"2\" skipped=\"0\""));
    assert_true(junit_holds(&report, "<error type=\"transient\" message=\"HTTP status 503\">"));
    assert_true(junit_holds(&report, "<error type=\"verdict\" message=\"undecided: 1 of "));
    CM_CLEANUP(cm_json_done) json_t *log = sarif_of(&report);
    assert_int_equal(json_array_size(results_of(log)), 1);
    assert_string_equal(cm_json_text(cm_json_path(log, "runs.0.results.0"), "level"), "error");
    assert_true(json_is_false(cm_json_path(log, "runs.0.invocations.0.executionSuccessful")));
    honest_done(&honest);
}

static void
test_nothing_to_check(void **state)
{
    (void)state;
    struct cm_verdict verdict = {.outcome = CM_UNDECIDED};
    cm_decide(&verdict);
    const struct cm_report report = {.verdict = &verdict, .mode = "verify"};
    assert_true(junit_holds(&report, "tests=\"1\" failures=\"1\" errors=\"0\""));
    assert_true(junit_holds(&report, "message=\"rejected: there was nothing to check\""));
    CM_CLEANUP(cm_json_done) json_t *log = sarif_of(&report);
    assert_int_equal(json_array_size(results_of(log)), 1);
    assert_string_equal(cm_json_text(cm_json_path(log, "runs.0.results.0"), "ruleId"), "verdict");
}

/* Whatever weight an answer claims: a binding check counts, and no word but pass is a pass. */
static void
test_all_weights_and_words(void **state)
{
    (void)state;
    for (int word = -1; word < 4; word++) {
        for (int weight = 0; weight < 3; weight++) {
            for (int binding = 0; binding < 2; binding++) {
                static const char *const none[] = {NULL};
                struct cm_answer answer = {.check = "demo.one",
                                           .question = "?",
                                           .expected = "x",
                                           .observed = "",
                                           .documents = none,
                                           .assumed = none,
                                           .word = (enum cm_word)word,
                                           .weight = (enum cm_weight)weight,
                                           .binding = binding != 0,
                                           .waiver_reason = "r",
                                           .waiver_author = "a",
                                           .waiver_until = "u"};
                struct cm_verdict verdict = {.answers = &answer, .answer_count = 1};
                cm_decide(&verdict);
                const struct cm_report report = {.verdict = &verdict, .mode = "verify"};
                bool green = junit_holds(&report, " failures=\"0\" errors=\"0\"");
                CM_CLEANUP(cm_json_done) json_t *log = sarif_of(&report);
                bool counts = weight == CM_REQUIRED || binding;
                assert_int_equal(green, counts && word == CM_PASS);
                assert_int_equal(green, verdict.outcome == CM_ACCEPTED);
                assert_int_equal(json_array_size(results_of(log)) == 0, green);
                assert_int_equal(junit_holds(&report, "<skipped"), !counts && word != CM_PASS);
            }
        }
    }
}

static const char *
fingerprint(const json_t *log, const char *rule)
{
    for (size_t i = 0; i < json_array_size(results_of(log)); i++) {
        const json_t *result = json_array_get(results_of(log), i);
        if (strcmp(cm_json_text(result, "ruleId"), rule) == 0)
            return cm_json_text(cm_json_get(result, "partialFingerprints"),
                                "primaryLocationLineHash");
    }
    return "none";
}

/* The same finding in another build is the same; in another project it is another. */
/* Advice comes of an examination, where no signing policy is meant. */
static void
test_advice(void **state)
{
    (void)state;
    struct honest honest;
    struct cm_report report = judge(&honest, nothing);
    report.mode = "system check";
    honest.verdict.answers[0].binding = false;
    honest.verdict.answers[0].weight = CM_ADVICE;
    honest.verdict.answers[0].word = CM_FAIL;
    CM_CLEANUP(cm_buf_done) struct cm_buf junit = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf sarif = CM_BUF_INIT(1 << 20);
    assert_true(cm_report_junit(&report, &junit));
    assert_true(cm_report_sarif(&report, &sarif));
    assert_non_null(strstr(cm_buf_text(&junit), "<skipped message=\"not counted: look at it"));
    assert_non_null(strstr(cm_buf_text(&sarif), "not counted: look at it yourself"));
    assert_null(strstr(cm_buf_text(&junit), "by the signing policy"));
    assert_null(strstr(cm_buf_text(&sarif), "by the signing policy"));
    honest_done(&honest);
}

static void
test_fingerprints(void **state)
{
    (void)state;
    struct honest first, second, other;
    const struct change again[] = {{"origin.built_at.text", "'2024-10-01T00:00:00Z'"},
                                   {"evidence.request.names", "{ 'build': '43' }"},
                                   {"evidence.decided_at", "'2026-11-23T00:00:00Z'"},
                                   {NULL, NULL}};
    const struct change elsewhere[] = {{"origin.built_at.text", "'2024-10-01T00:00:00Z'"},
                                       {"evidence.request.project", "'gadget'"},
                                       {NULL, NULL}};
    const struct cm_report a = judge(&first, mixed), b = judge(&second, again),
                           c = judge(&other, elsewhere);
    CM_CLEANUP(cm_json_done) json_t *one = sarif_of(&a);
    CM_CLEANUP(cm_json_done) json_t *two = sarif_of(&b);
    CM_CLEANUP(cm_json_done) json_t *three = sarif_of(&c);
    assert_string_equal(fingerprint(one, "build.age"), fingerprint(two, "build.age"));
    assert_string_not_equal(fingerprint(one, "build.age"), fingerprint(three, "build.age"));
    assert_string_not_equal(fingerprint(one, "build.age"), fingerprint(one, "repository.expected"));
    assert_string_not_equal(fingerprint(one, "build.age"), "none");
    honest_done(&first);
    honest_done(&second);
    honest_done(&other);
}

/* The artifact's name is another's word: no way leads out of the folder. */
static void
test_names_of_artifacts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *uri;
    } names[] = {{"'/etc/passwd'", "passwd"},          {"'../..'", "acme/widget/release"},
                 {"'a b%.nupkg'", "a%20b%25.nupkg"},   {"'javascript:x'", "javascript%3Ax"},
                 {"'//host/'", "acme/widget/release"}, {"'\\u00e9'", "%C3%A9"}};
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        struct honest honest;
        const struct change change[] = {{"origin.artifact.text", names[i].name}, {NULL, NULL}};
        const struct cm_report report = judge(&honest, change);
        CM_CLEANUP(cm_json_done) json_t *log = sarif_of(&report);
        const json_t *at =
            cm_json_path(log, "runs.0.results.0.locations.0.physicalLocation.artifactLocation");
        assert_string_equal(cm_json_text(at, "uri"), names[i].uri);
        honest_done(&honest);
    }
}

/* A report never says half of it. */
static void
test_no_room(void **state)
{
    (void)state;
    struct honest honest;
    const struct cm_report report = judge(&honest, mixed);
    for (size_t most = 0; most < 20000; most += 97) {
        CM_CLEANUP(cm_buf_done) struct cm_buf junit = CM_BUF_INIT(most);
        CM_CLEANUP(cm_buf_done) struct cm_buf sarif = CM_BUF_INIT(most);
        if (cm_report_junit(&report, &junit))
            assert_non_null(strstr(cm_buf_text(&junit), "</testsuites>\n"));
        if (cm_report_sarif(&report, &sarif))
            assert_string_equal(sarif.at + sarif.size - 2, "}\n");
    }
    honest_done(&honest);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rejected),         cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_nobody_vouches),   cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_nothing_to_check), cmocka_unit_test(test_all_weights_and_words),
        cmocka_unit_test(test_fingerprints),     cmocka_unit_test(test_names_of_artifacts),
        cmocka_unit_test(test_advice),           cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
