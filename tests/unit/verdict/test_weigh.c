/* SPDX-License-Identifier: Apache-2.0 */
#include "honest.h"

#include "base/json.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define POLICY "evidence.effective.policy."
#define WAIVER(check, until)                                                                       \
    "[ { 'check': '" check "', 'reason': 'being mended', 'author': 'anna', 'until': '" until "' "  \
    "} ]"

static void
judge(struct honest *honest, const struct change *changes)
{
    honest_make(honest, false);
    for (; changes->path; changes++)
        honest_change(honest, changes);
    honest_judge(honest);
}

static void
test_optional(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest, (const struct change[]){{"origin.built_at", NULL},
                                           {POLICY "optional", "[ 'build.age' ]"},
                                           {NULL, NULL}});
    assert_int_equal(honest_answer(&honest, "build.age")->weight, CM_OPTIONAL);
    assert_int_equal(honest_answer(&honest, "build.age")->word, CM_UNKNOWN);
    assert_int_equal(honest.verdict.outcome, CM_ACCEPTED);
    honest_done(&honest);
}

static void
test_waived(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest,
          (const struct change[]){{"origin.built_at.text", "'2020-01-01T00:00:00Z'"},
                                  {POLICY "waivers", WAIVER("build.age", "2026-11-22T18:10:05Z")},
                                  {NULL, NULL}});
    const struct cm_answer *answer = honest_answer(&honest, "build.age");
    assert_int_equal(answer->word, CM_FAIL);
    assert_int_equal(answer->weight, CM_WAIVED);
    assert_string_equal(answer->waiver_reason, "being mended");
    assert_string_equal(answer->waiver_author, "anna");
    assert_string_equal(answer->waiver_until, "2026-11-22T18:10:05Z");
    assert_int_equal(honest.verdict.outcome, CM_ACCEPTED);
    honest_done(&honest);
}

static void
check_no_waiver(const char *waivers)
{
    struct honest honest;
    judge(&honest, (const struct change[]){{"origin.built_at.text", "'2020-01-01T00:00:00Z'"},
                                           {POLICY "waivers", waivers},
                                           {NULL, NULL}});
    assert_int_equal(honest_answer(&honest, "build.age")->weight, CM_REQUIRED);
    assert_int_equal(honest.verdict.outcome, CM_REJECTED);
    honest_done(&honest);
}

static void
test_waivers_that_are_none(void **state)
{
    (void)state;
    check_no_waiver(WAIVER("build.age", "2026-11-22T18:10:04.5Z")); /* ends as it is judged */
    check_no_waiver(WAIVER("build.age", "2026-11-21T00:00:00Z"));
    check_no_waiver(WAIVER("build.age", "some day"));
    check_no_waiver(WAIVER("build.ag", "2027-01-01T00:00:00Z"));
    check_no_waiver(
        "[ { 'check': 'build.age', 'author': 'anna', 'until': '2027-01-01T00:00:00Z' } ]");
    check_no_waiver(
        "[ { 'check': 'build.age', 'reason': 'so', 'until': '2027-01-01T00:00:00Z' } ]");
    check_no_waiver("[ { 'check': 'build.age', 'reason': 'so', 'author': 'anna' } ]");
    check_no_waiver("[ 'build.age', null ]");
    check_no_waiver("{ 'check': 'build.age' }");
}

static void
test_binding(void **state)
{
    (void)state;
    struct honest honest;
    judge(&honest, (const struct change[]){{"evidence.request.submitter", "'local:mallory'"},
                                           {POLICY "optional", "[ 'request.submitter-allowed' ]"},
                                           {POLICY "waivers", WAIVER("request.submitter-allowed",
                                                                     "2027-01-01T00:00:00Z")},
                                           {NULL, NULL}});
    assert_int_equal(honest_answer(&honest, "request.submitter-allowed")->weight, CM_REQUIRED);
    assert_null(honest_answer(&honest, "request.submitter-allowed")->waiver_reason);
    assert_int_equal(honest.verdict.outcome, CM_REJECTED);
    honest_done(&honest);
}

/* ---- deciding ---- */

#define ANSWER(word_, weight_, class_)                                                             \
    {                                                                                              \
        .word = (word_), .weight = (weight_), .reason_class = (class_)                             \
    }

static void
check_decision(struct cm_answer *answers, size_t count, enum cm_outcome outcome, bool retry)
{
    struct cm_verdict verdict = {.answers = answers, .answer_count = count};
    cm_decide(&verdict);
    assert_int_equal(verdict.outcome, outcome);
    assert_int_equal(verdict.retry, retry);
}

static void
test_decide(void **state)
{
    (void)state;
    struct cm_answer answers[3] = {ANSWER(CM_PASS, CM_REQUIRED, CM_OK),
                                   ANSWER(CM_UNKNOWN, CM_REQUIRED, CM_E_TRANSIENT),
                                   ANSWER(CM_FAIL, CM_REQUIRED, CM_OK)};
    check_decision(answers, 0, CM_REJECTED, false); /* nothing to check */
    check_decision(answers, 1, CM_ACCEPTED, false);
    check_decision(answers, 2, CM_UNDECIDED, true);
    check_decision(answers, 3, CM_REJECTED, false);
    answers[2] = (struct cm_answer)ANSWER(CM_UNKNOWN, CM_REQUIRED, CM_E_AUTH);
    check_decision(answers, 3, CM_UNDECIDED, false); /* time mends one of them only */
    answers[2].weight = CM_OPTIONAL;
    check_decision(answers, 3, CM_UNDECIDED, true);
    answers[0].weight = answers[1].weight = CM_WAIVED;
    check_decision(answers, 3, CM_REJECTED, false); /* nothing that is required */
    answers[2].binding = true;                      /* whatever a weight says of it */
    check_decision(answers, 3, CM_UNDECIDED, false);
    answers[2].word = (enum cm_word)7; /* no answer that is known */
    check_decision(answers, 3, CM_UNDECIDED, false);
}

/* Where only the system is verified, something has to be said of it. */
static void
test_decide_system_only(void **state)
{
    (void)state;
    struct cm_answer answers[2] = {ANSWER(CM_PASS, CM_REQUIRED, CM_OK),
                                   ANSWER(CM_PASS, CM_REQUIRED, CM_OK)};
    struct cm_verdict verdict = {.answers = answers, .answer_count = 2, .system_only = true};
    cm_decide(&verdict);
    assert_int_equal(verdict.outcome, CM_REJECTED);
    answers[1].of_system = true;
    cm_decide(&verdict);
    assert_int_equal(verdict.outcome, CM_ACCEPTED);
    answers[1].weight = CM_OPTIONAL; /* it says nothing that counts */
    cm_decide(&verdict);
    assert_int_equal(verdict.outcome, CM_REJECTED);
    verdict.system_only = false;
    cm_decide(&verdict);
    assert_int_equal(verdict.outcome, CM_ACCEPTED);
}

/* ---- recording and comparing ---- */

static void
test_compare(void **state)
{
    (void)state;
    struct honest honest;
    const char *const *remarks = NULL;
    judge(&honest, (const struct change[]){{NULL, NULL}});
    json_t *recorded = cm_verdict_json(&honest.verdict);
    assert_string_equal(cm_json_text(recorded, "outcome"), "accepted");
    json_t *checks = json_object_get(recorded, "checks");
    assert_int_equal(json_object_size(checks), honest.verdict.answer_count);

    assert_true(cm_verdict_compare(recorded, &honest.verdict, honest.arena, &remarks));
    assert_null(remarks[0]);
    assert_true(cm_verdict_compare(NULL, &honest.verdict, honest.arena, &remarks));
    assert_null(remarks[0]);

    json_t *age = json_object_get(checks, "build.age");
    json_object_set_new(age, "answer", json_string("fail"));
    json_object_set_new(recorded, "outcome", json_string("rejected"));
    json_object_set_new(json_object_get(recorded, "origin"), "commit", json_null());
    json_object_set_new(checks, "demo.gone", json_object());
    json_object_del(checks, "artifact.name");
    assert_true(cm_verdict_compare(recorded, &honest.verdict, honest.arena, &remarks));
    assert_string_equal(remarks[0], "outcome: recorded was rejected, now it is accepted");
    assert_non_null(strstr(remarks[1], "origin.commit: recorded was nothing, now it is "));
    assert_string_equal(remarks[2], "build.age: recorded was fail, now it is pass");
    assert_string_equal(remarks[3],
                        "demo.gone: was answered when it was recorded, and is not asked now");
    assert_string_equal(remarks[4], "artifact.name: was not asked when it was recorded");
    assert_null(remarks[5]);
    json_decref(recorded);
    honest_done(&honest);
}

/* What a file says was recorded can be anything. */
static void
test_compare_with_anything(void **state)
{
    (void)state;
    struct honest honest;
    const char *const *remarks = NULL;
    judge(&honest, (const struct change[]){{NULL, NULL}});
    json_t *anything = json_pack("{s:[], s:i, s:{s:[], s:s}, s:{s:s, s:n, s:{s:i}}}", "outcome",
                                 "retry", 3, "origin", "commit", "x", "y", "checks", "build.age",
                                 "z", "artifact.name", "request.linked", "answer", 5);
    assert_true(cm_verdict_compare(anything, &honest.verdict, honest.arena, &remarks));
    assert_non_null(remarks[0]);
    json_decref(anything);
    honest_done(&honest);
}

static void
test_remedies(void **state)
{
    static const struct {
        enum cm_class class;
        const char *document, *says;
        bool proxied;
    } rows[] = {
        {CM_E_DENIED, "build", "have the proxy allow it", true},
        {CM_E_DENIED, "repository-refs", "have the proxy allow it", true},
        {CM_E_AUTH, "build", "the proxy's or the build system's", true},
        {CM_E_AUTH, "repository-refs", "the secret of `proxy`", true},
        {CM_E_TRANSIENT, "build", "again in a few minutes", true},
        {CM_E_DENIED, "project", "`allow_addresses` of the system", true}, /* which was not */
        {CM_E_CONFIG, "build", "config check", false},
        {CM_E_DENIED, "build", "`allow_addresses` of the system", false},
        {CM_E_DENIED, "repository-refs", "`repositories` of the project", false},
        {CM_E_AUTH, "build", "secret", false},
        {CM_E_AUTH, "repository-refs", "`repository = \"any\"`", false},
        {CM_E_NOT_FOUND, "build", "names in the submission", false},
        {CM_E_NOT_FOUND, "repository-commit", "the commit are still there", false},
        {CM_E_TRANSIENT, "build", "again in a few minutes", false},
        {CM_E_LIMIT, "build", "larger", false},
        {CM_E_CANCELLED, "build", "--timeout", false},
        {CM_E_MALFORMED, "build", "right server", false},
        {CM_E_UNSUPPORTED, NULL, "waive it", false},
        {CM_E_INTERNAL, NULL, "report it", false},
        {CM_E_NOT_FOUND, "peer", "countermark node-challenge", false},
        {CM_E_DENIED, "peer", "ask for a new one", false},
        {CM_E_UNSUPPORTED, "peer", "state directory", false},
        {CM_E_LIMIT, "peer", "larger", false},
    };
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *proxied = json_pack("{s:{s:{s:b}, s:{s:b}, s:{}}}", "documents", "build", "proxy", 1,
                                "repository-refs", "proxy", 1, "project");
    assert_non_null(proxied);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        const char *remedy =
            cm_class_remedy(rows[i].class, rows[i].proxied ? proxied : NULL, rows[i].document);
        if (!strstr(remedy, rows[i].says))
            fail_msg("'%s' does not say '%s'", remedy, rows[i].says);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remedies),
        cmocka_unit_test(test_optional),
        cmocka_unit_test(test_waived),
        cmocka_unit_test(test_waivers_that_are_none),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_compare_with_anything),
        cmocka_unit_test(test_decide_system_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
