/* SPDX-License-Identifier: Apache-2.0
 *
 * system.clock: what the system says when it answered, against when the answer came.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "verdict/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW  INT64_C(1767312000000000000) /* 2026-01-02T00:00:00Z */
#define NONE INT64_MIN

struct answered {
    const char *of;
    int64_t ahead; /* s, of its clock; NONE: it does not tell */
    enum cm_class error;
    bool not_asked;
};

static const struct {
    const char *what;
    struct answered documents[3]; /* of NULL ends */
    enum cm_word word;
    enum cm_class class;
    const char *says; /* observed, or the reason */
} rows[] = {
    {"the same", {{"system", 0, CM_OK, false}}, CM_PASS, CM_OK, "less than a second apart"},
    {"a minute ahead", {{"system", 60, CM_OK, false}}, CM_PASS, CM_OK, "59 s apart"},
    {"a minute behind", {{"system", -59, CM_OK, false}}, CM_PASS, CM_OK, "59 s apart"},
    {"more than a minute ahead",
     {{"system", 62, CM_OK, false}},
     CM_FAIL,
     CM_OK,
     "is 61 s ahead of"},
    {"more than a minute behind",
     {{"system", -62, CM_OK, false}},
     CM_FAIL,
     CM_OK,
     "is 62 s behind"},
    {"years", {{"system", -1000000000, CM_OK, false}}, CM_FAIL, CM_OK, "days behind ours"},
    {"one answer was long under way",
     {{"system", -300, CM_OK, false}, {"system", -1, CM_OK, false}},
     CM_PASS,
     CM_OK,
     "1 s apart"},
    {"a refusal has a date, too", {{"system", 301, CM_E_AUTH, false}}, CM_FAIL, CM_OK, "5 minutes"},
    {"the repository's clock is another",
     {{"repository", 300, CM_OK, false}, {"system", 0, CM_OK, false}},
     CM_PASS,
     CM_OK,
     "less than"},
    {"only the repository tells it",
     {{"repository", 0, CM_OK, false}},
     CM_UNKNOWN,
     CM_E_UNSUPPORTED,
     "no answer of the build system"},
    {"nobody tells it",
     {{"system", NONE, CM_OK, false}},
     CM_UNKNOWN,
     CM_E_UNSUPPORTED,
     "no answer"},
    {"nothing was asked", {{NULL, 0, CM_OK, false}}, CM_UNKNOWN, CM_E_UNSUPPORTED, "no answer"},
    {"nobody answers",
     {{"system", NONE, CM_E_NOT_FOUND, true}, {"system", NONE, CM_E_TRANSIENT, false}},
     CM_UNKNOWN,
     CM_E_TRANSIENT,
     "because"},
};

static void
add(json_t *evidence, const struct answered *a, size_t index)
{
    char name[16];
    struct cm_err why = CM_ERR_INIT, err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *content = json_object();
    const struct cm_document facts = {
        .of = a->of,
        .asked = a->not_asked ? NULL : "GET https://ci.example/",
        .at = NOW + CM_SECOND / 2,
        .date = a->ahead != NONE ? NOW + a->ahead * CM_SECOND : 0,
        .status = a->ahead != NONE ? 200 : 0,
        .size = -1,
    };
    (void)snprintf(name, sizeof name, "d%zu", index);
    (void)cm_fail(&why, a->error, "because of it");
    assert_true(cm_evidence_add(evidence, name, &facts, content, a->error != CM_OK ? &why : NULL,
                                NULL, &err));
}

static void
clocks_are_compared(void **state)
{
    size_t count;
    (void)state;
    assert_string_equal(cm_system_checks(&count)[0].id, "system.clock");
    assert_int_equal(count, 1);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
        struct cm_answer a;
        for (size_t j = 0; rows[i].documents[j].of != NULL; j++)
            add(evidence, &rows[i].documents[j], j);
        cm_system_ask(0, evidence, arena, &a);
        const char *said = a.word == CM_UNKNOWN ? a.reason : a.observed;
        if (a.word != rows[i].word || a.reason_class != rows[i].class ||
            strstr(said, rows[i].says) == NULL)
            fail_msg("%s: %d, class %d: %s", rows[i].what, (int)a.word, (int)a.reason_class, said);
        assert_true((a.remedy == NULL) == (a.word == CM_PASS));
    }
}

/* Evidence may be malformed. */
static void
any_json_will_do(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"documents\":[]}",
        "{\"documents\":{\"a\":1}}",
        "{\"documents\":{\"a\":{\"of\":\"system\",\"at\":1,\"date\":{}}}}",
        "{\"documents\":{\"a\":{\"of\":\"system\",\"at\":\"2262-04-11T00:00:00Z\","
        "\"date\":\"1970-01-01T00:00:00Z\"}}}"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(texts); i++) {
        CM_CLEANUP(cm_json_done) json_t *evidence = json_loads(texts[i], 0, NULL);
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
        struct cm_answer a;
        cm_system_ask(0, evidence, arena, &a);
        assert_int_not_equal(a.word, CM_PASS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_are_compared),
        cmocka_unit_test(any_json_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
