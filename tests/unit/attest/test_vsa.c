/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/vsa.h"

#include "attest/levels.h"
#include "base/clock.h"
#include "base/text.h"
#include "sample.h"

#define VSA                                                                                        \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" SHA   \
    "\"}}],\"predicateType\":\"https://slsa.dev/verification_summary/v1\",\"predicate\":{"         \
    "\"verifier\":{\"id\":\"v\",\"version\":{\"a\":\"1\"}},"                                       \
    "\"timeVerified\":\"2026-11-22T07:06:00Z\",\"resourceUri\":\"pkg:nuget/Foo@1.0.0\","           \
    "\"policy\":{\"uri\":\"p\"},\"verificationResult\":\"PASSED\","                                \
    "\"verifiedLevels\":[\"SLSA_BUILD_LEVEL_2\",\"ORIGIN\"]}}"

#define NOW (INT64_C(1795331160) * CM_SECOND) /* 2026-11-22T07:06:00Z */

static const struct cm_vsa_wanted usual = {.verifier_id = "v",
                                           .resource_uri = "pkg:nuget/Foo@1.0.0",
                                           .levels = {"SLSA_BUILD_LEVEL_2"},
                                           .level_count = 1,
                                           .now = NOW};

/* Read and judged. */
static bool
satisfies(const char *text, const struct cm_vsa_wanted *wanted, struct cm_err *err)
{
    struct cm_vsa vsa;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    *err = (struct cm_err)CM_ERR_INIT;
    if (!cm_statement_read(text, strlen(text), "it", &statement, err))
        fail_msg("%s: %s", text, err->text);
    return cm_vsa_read(&statement, "it", &vsa, err) && cm_vsa_satisfies(&vsa, wanted, "it", err);
}

static bool
satisfies_usual(const char *text, struct cm_err *err)
{
    return satisfies(text, &usual, err);
}

static void
test_forms(void **state)
{
    (void)state;
    static const struct change rows[] = {
        {"\"policy\":{\"uri\":\"p\"},", "", CM_OK, ""},
        {"\"timeVerified\":\"2026-11-22T07:06:00Z\",", "", CM_OK, ""},
        {"07:06:00Z", "08:06:00+01:00", CM_OK, ""},
        {"\"ORIGIN\"", "\"ORIGIN\",\"SLSA_SOURCE_LEVEL_UNEVALUATED\"", CM_OK, ""},
        {"\"ORIGIN\"", "\"SLSA_SOURCE_TWO_PARTY_REVIEWED\",\"SLSA_BUILD_REPRODUCED\"", CM_OK, ""},
        {"LEVEL_2", "LEVEL_3", CM_OK, ""},
        {"\"policy\"", "\"extension\":1,\"policy\"", CM_OK, ""},
        {"LEVEL_2", "LEVEL_1", CM_E_DENIED, "SLSA_BUILD_LEVEL_2 is not verified"},
        {"LEVEL_2", "LEVEL_UNEVALUATED", CM_E_DENIED, "is not verified"},
        {"BUILD_LEVEL_2", "SOURCE_LEVEL_2", CM_E_DENIED, "is not verified"},
        {"LEVEL_2", "LEVEL_02", CM_E_DENIED, "is not verified"},
        {"\"id\":\"v\"", "\"id\":\"V\"", CM_E_DENIED, "the verifier is 'V'"},
        {"Foo@1.0.0", "Foo@1.0.1", CM_E_DENIED, "the resource 'pkg:nuget/Foo@1.0.1'"},
        {"\"PASSED\"", "\"FAILED\"", CM_E_DENIED, "verificationResult is FAILED"},
        {"verification_summary/v1", "verification_summary/v2", CM_E_DENIED, "it is no VSA"},
        {"\"PASSED\"", "\"passed\"", CM_E_MALFORMED, "not PASSED or FAILED"},
        {"\"PASSED\"", "null", CM_E_MALFORMED, "no verificationResult"},
        {"\"PASSED\"", "true", CM_E_MALFORMED, "is no text"},
        {"\"verificationResult\"", "\"verificationresult\"", CM_E_MALFORMED, "take it for"},
        {"\"verificationResult\"", "\"verificationRe\xc5\xbfult\"", CM_E_MALFORMED, "take it for"},
        {"\"timeVerified\"", "\"timeverified\"", CM_E_MALFORMED, "take it for"},
        {"2026-11-22T07:06:00Z", "yesterday", CM_E_MALFORMED, "timeVerified is no time"},
        {"\"2026-11-22T07:06:00Z\"", "7", CM_E_MALFORMED, "timeVerified is no text"},
        {"{\"id\":\"v\",\"version\":{\"a\":\"1\"}}", "\"v\"", CM_E_MALFORMED,
         "verifier is no object"},
        {"\"id\":\"v\"", "\"Id\":\"v\"", CM_E_MALFORMED, "take it for 'id'"},
        {"\"id\":\"v\"", "\"id\":\"\"", CM_E_MALFORMED, "there is no id"},
        {"{\"uri\":\"p\"}", "\"p\"", CM_E_MALFORMED, "policy is no object"},
        {"\"uri\":\"p\"", "\"uri\":1", CM_E_MALFORMED, "uri is no text"},
        {"[\"SLSA_BUILD_LEVEL_2\",\"ORIGIN\"]", "[]", CM_E_MALFORMED, "verifiedLevels is empty"},
        {"[\"SLSA_BUILD_LEVEL_2\",\"ORIGIN\"]", "\"x\"", CM_E_MALFORMED, "is no list"},
        {"\"ORIGIN\"", "7", CM_E_MALFORMED, "element 2 is no text"},
        {"\"ORIGIN\"", "\"\"", CM_E_MALFORMED, "element 2 is no text"},
        {"\"ORIGIN\"", "\"FAILED\"", CM_E_MALFORMED, "says FAILED"},
        {"\"ORIGIN\"", "\"SLSA_BUILD_LEVEL_3\"", CM_E_MALFORMED, "two of one track"},
        {"\"ORIGIN\"", "\"SLSA_BUILD_LEVEL_UNEVALUATED\"", CM_E_MALFORMED, "two of one track"},
    };
    judge_changes(VSA, rows, CM_COUNT(rows), satisfies_usual);
}

static void
test_no_predicate(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    refused(satisfies("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{"
                      "\"sha256\":\"" SHA "\"}}],\"predicateType\":"
                      "\"https://slsa.dev/verification_summary/v1\"}",
                      &usual, &err),
            &err, CM_E_MALFORMED, "there is no predicate", "none");
}

static void
test_many_levels(void **state)
{
    (void)state;
    for (int count = 64; count <= 65; count++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf levels = CM_BUF_INIT(1 << 16);
        cm_buf_puts(&levels, "\"SLSA_BUILD_LEVEL_2\"");
        for (int i = 1; i < count; i++)
            cm_buf_printf(&levels, ",\"L%d\"", i);
        CM_CLEANUP(cm_text_done)
        char *text = changed(VSA, "\"SLSA_BUILD_LEVEL_2\",\"ORIGIN\"", cm_buf_text(&levels));
        bool done = satisfies(text, &usual, &err);
        if (count == 64)
            assert_true(done);
        else
            refused(done, &err, CM_E_MALFORMED, "longer than 64", "many");
    }
}

static bool
age(int64_t max_age, int64_t now, const char *from, const char *to, struct cm_err *err)
{
    struct cm_vsa_wanted wanted = usual;
    wanted.max_age = max_age;
    wanted.now = now;
    CM_CLEANUP(cm_text_done) char *text = changed(VSA, from, to);
    return satisfies(text, &wanted, err);
}

static void
test_ages(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    const int64_t hour = 3600 * CM_SECOND, minute = 60 * CM_SECOND;
    assert_true(age(hour, NOW + hour, "Z", "Z", &err));
    refused(age(hour, NOW + hour + 1, "Z", "Z", &err), &err, CM_E_DENIED, "too old", "old");
    assert_true(age(hour, NOW - 5 * minute, "Z", "Z", &err)); /* clocks may be a little apart */
    refused(age(hour, NOW - 5 * minute - 1, "Z", "Z", &err), &err, CM_E_DENIED, "in the future",
            "future");
    assert_true(age(0, NOW + 1000000 * hour, "Z", "Z", &err));
    refused(age(hour, NOW, "\"timeVerified\":\"2026-11-22T07:06:00Z\",", "", &err), &err,
            CM_E_DENIED, "does not say when", "none");
}

static void
test_wanted_levels(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_vsa_wanted wanted = usual;
    wanted.levels[1] = "ORIGIN";
    wanted.level_count = 2;
    assert_true(satisfies(VSA, &wanted, &err));
    wanted.levels[1] = "ORIGI";
    refused(satisfies(VSA, &wanted, &err), &err, CM_E_DENIED, "ORIGI is not", "other");
    wanted.level_count = 0;
    assert_true(satisfies(VSA, &wanted, &err));
    assert_true(cm_vsa_level_check("SLSA_BUILD_LEVEL_3", &err));
    assert_true(cm_vsa_level_check("ORIGIN", &err));
    assert_false(cm_vsa_level_check("SLSA_BUILD_LEVEL_UNEVALUATED", &err));
    assert_false(cm_vsa_level_check("FAILED", &err));
}

static void
test_level_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int number; /* -2: it is none */
    } rows[] = {{"SLSA_BUILD_LEVEL_0", 0},     {"SLSA_BUILD_LEVEL_3", 3},
                {"SLSA_A_B_LEVEL_999", 999},   {"SLSA_BUILD_LEVEL_UNEVALUATED", CM_UNEVALUATED},
                {"SLSA_BUILD_LEVEL_", -2},     {"SLSA_BUILD_LEVEL_1000", -2},
                {"SLSA_BUILD_LEVEL_-1", -2},   {"SLSA_BUILD_LEVEL_03", -2},
                {"SLSA__LEVEL_1", -2},         {"SLSA_LEVEL_1", -2},
                {"slsa_BUILD_LEVEL_1", -2},    {"SLSA_BUILD_LEVEL_1 ", -2},
                {"SLSA_BUILD_REPRODUCED", -2}, {"", -2}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_level_name name = {.number = -2};
        assert_int_equal(cm_level_parse(rows[i].text, &name), rows[i].number != -2);
        assert_int_equal(name.number, rows[i].number);
    }
}

/* Never above the operator's word, and 1 where there is none. */
static void
test_roots(void **state)
{
    (void)state;
    const struct cm_root_of_trust roots[] = {
        {"sha256:a", "b", 2}, {"sha256:a", "c", 3}, {"sha256:x", "b", 0}, {"sha256:y", "b", 9}};
    assert_int_equal(cm_level_of(roots, 4, "sha256:a", "b", 3), 2);
    assert_int_equal(cm_level_of(roots, 4, "sha256:a", "b", 1), 1);
    assert_int_equal(cm_level_of(roots, 4, "sha256:a", "c", 3), 3);
    assert_int_equal(cm_level_of(roots, 4, "sha256:a", "d", 3), 1);
    assert_int_equal(cm_level_of(roots, 4, "sha256:b", "b", 3), 1);
    assert_int_equal(cm_level_of(roots, 4, "sha256:x", "b", 3), 0);
    assert_int_equal(cm_level_of(roots, 4, "sha256:y", "b", 9), 3);
    const struct cm_root_of_trust twice[] = {{"k", "b", 1}, {"k", "b", 3}, {"k", "b", 2}};
    assert_int_equal(cm_level_of(twice, 3, "k", "b", 3), 1);
    assert_int_equal(cm_level_of(twice + 1, 2, "k", "b", 3), 2);
    assert_int_equal(cm_level_of(NULL, 0, "sha256:a", "b", 2), 1);
    assert_int_equal(cm_level_of(roots, 4, "sha256:a", "b", -1), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),         cmocka_unit_test(test_no_predicate),
        cmocka_unit_test(test_many_levels),   cmocka_unit_test(test_ages),
        cmocka_unit_test(test_wanted_levels), cmocka_unit_test(test_level_names),
        cmocka_unit_test(test_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
