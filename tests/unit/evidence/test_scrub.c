/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/scrub.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *
parse(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    if (!cm_json_parse(text, strlen(text), "a test", &json, &err))
        fail_msg("%s", err.text);
    return json;
}

#define KEEP(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The scrubbed body is exactly `expected`, and the body stays what it was. */
static void
check(const char *body, const char *const *keep, const char *expected, bool withheld)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = parse(body);
    CM_CLEANUP(cm_json_done) json_t *before = parse(body);
    CM_CLEANUP(cm_json_done) json_t *wanted = parse(expected);
    CM_CLEANUP(cm_json_done) json_t *kept = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    bool was_withheld = !withheld;
    if (!cm_scrub(json, keep, &kept, &was_withheld, &err))
        fail_msg("%s: %s", body, err.text);
    if (!json_equal(kept, wanted)) {
        assert_true(cm_json_canonical(kept, &text));
        fail_msg("%s gives %s", body, text.at);
    }
    assert_int_equal(was_withheld, withheld);
    assert_true(json_equal(json, before));
}

static void
check_refused(const char *body, const char *const *keep, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = parse(body);
    json_t *kept = NULL;
    bool withheld = false;
    assert_false(cm_scrub(json, keep, &kept, &withheld, &err));
    assert_null(kept);
    assert_int_equal(err.class, class);
    if (!strstr(err.text, says))
        fail_msg("%s: %s", body, err.text);
}

#define STRING "{\"withheld\":\"string\",\"empty\":false}"

static void
test_every_type(void **state)
{
    (void)state;
    check("{\"a\":\"s\",\"b\":1,\"c\":1.5,\"d\":true,\"e\":false,\"f\":null,\"g\":[1,2],"
          "\"h\":{\"x\":1},\"i\":\"\",\"j\":[],\"k\":{},\"l\":0}",
          KEEP("nothing"),
          "{\"a\":" STRING ",\"b\":{\"withheld\":\"number\",\"empty\":false},"
          "\"c\":{\"withheld\":\"number\",\"empty\":false},"
          "\"d\":{\"withheld\":\"boolean\",\"empty\":false},"
          "\"e\":{\"withheld\":\"boolean\",\"empty\":false},\"f\":null,"
          "\"g\":{\"withheld\":\"array\",\"empty\":false,\"count\":2},"
          "\"h\":{\"withheld\":\"object\",\"empty\":false,\"count\":1},"
          "\"i\":{\"withheld\":\"string\",\"empty\":true},"
          "\"j\":{\"withheld\":\"array\",\"empty\":true,\"count\":0},"
          "\"k\":{\"withheld\":\"object\",\"empty\":true,\"count\":0},"
          "\"l\":{\"withheld\":\"number\",\"empty\":false}}",
          true);
}

static void
test_leaves(void **state)
{
    (void)state;
    check("{\"a\":{\"b\":1,\"c\":\"s\"},\"d\":true,\"e\":1.5,\"f\":null}",
          KEEP("a.b", "a.c", "d", "e", "f"),
          "{\"a\":{\"b\":1,\"c\":\"s\"},\"d\":true,\"e\":1.5,\"f\":null}", false);
    check("{\"a\":{\"b\":1,\"c\":\"s\"}}", KEEP("a.b"), "{\"a\":{\"b\":1,\"c\":" STRING "}}", true);
    /* a path to a container keeps no more than its shape */
    check("{\"a\":{\"b\":1}}", KEEP("a"),
          "{\"a\":{\"withheld\":\"object\",\"empty\":false,\"count\":1}}", true);
    check("{\"a\":{\"b\":1}}", KEEP("a", "a.b"), "{\"a\":{\"b\":1}}", false);
    /* a container on the way stays one, also when it is empty */
    check("{\"a\":{}}", KEEP("a.b"), "{\"a\":{}}", false);
    /* where a container is meant and a leaf stands, the leaf goes */
    check("{\"a\":\"s\"}", KEEP("a.b"), "{\"a\":" STRING "}", true);
}

static void
test_arrays(void **state)
{
    (void)state;
    check("{\"a\":[{\"b\":1,\"c\":\"s\"},{\"b\":2},3]}", KEEP("a[].b"),
          "{\"a\":[{\"b\":1,\"c\":" STRING
          "},{\"b\":2},{\"withheld\":\"number\",\"empty\":false}]}",
          true);
    check("{\"a\":[\"x\",\"y\"]}", KEEP("a[]"), "{\"a\":[\"x\",\"y\"]}", false);
    check("{\"a\":[\"x\",\"y\"]}", KEEP("a"),
          "{\"a\":{\"withheld\":\"array\",\"empty\":false,\"count\":2}}", true);
    check("{\"a\":[[1,2],[\"x\"]]}", KEEP("a[][]"), "{\"a\":[[1,2],[\"x\"]]}", false);
    check("[{\"name\":\"x\",\"id\":\"s\"}]", KEEP("[].name"),
          "[{\"name\":\"x\",\"id\":" STRING "}]", true);
    check("[]", KEEP("[].name"), "[]", false);
    /* an object where an array is meant, and the other way round */
    check("{\"a\":{\"b\":1}}", KEEP("a[].b"),
          "{\"a\":{\"withheld\":\"object\",\"empty\":false,\"count\":1}}", true);
    check("{\"a\":[1]}", KEEP("a.b"),
          "{\"a\":{\"withheld\":\"array\",\"empty\":false,\"count\":1}}", true);
}

static void
test_patterns(void **state)
{
    (void)state;
    check("{\"buildMode\":\"x\",\"testMode\":\"y\",\"Modem\":\"s\"}", KEEP("*Mode"),
          "{\"buildMode\":\"x\",\"testMode\":\"y\",\"Modem\":" STRING "}", true);
    check("{\"a1\":{\"x\":1},\"a22\":{\"x\":2}}", KEEP("a?.x"),
          "{\"a1\":{\"x\":1},\"a22\":{\"withheld\":\"object\",\"empty\":false,\"count\":1}}", true);
    check("{\"a\":{\"b\":[1,{\"c\":\"x\"}],\"d\":null}}", KEEP("a.**"),
          "{\"a\":{\"b\":[1,{\"c\":\"x\"}],\"d\":null}}", false);
    check("{\"a\":\"x\"}", KEEP("a.**"), "{\"a\":\"x\"}", false);
    check("\"text\"", KEEP("**"), "\"text\"", false);
    check("{\"a\":[1]}", KEEP("**"), "{\"a\":[1]}", false);
    check("[{\"a\":[1]}]", KEEP("[].**"), "[{\"a\":[1]}]", false);
    /* a pattern means names as they are written: another case is another name */
    check("{\"buildmode\":\"s\"}", KEEP("*Mode"), "{\"buildmode\":" STRING "}", true);
    /* every path keeps what it keeps, whatever the others say */
    check("{\"a\":{\"b\":1,\"c\":2}}", KEEP("a.b", "*.c", "a.b.d"), "{\"a\":{\"b\":1,\"c\":2}}",
          false);
}

static void
test_nothing_kept(void **state)
{
    (void)state;
    check("\"s\"", KEEP("a"), STRING, true);
    check("{\"a\":1}", (const char *const[]){NULL},
          "{\"withheld\":\"object\",\"empty\":false,\"count\":1}", true);
    check("null", (const char *const[]){NULL}, "null", false);
    check("{\"a\":1}", NULL, "{\"withheld\":\"object\",\"empty\":false,\"count\":1}", true);
}

static void
test_forged_marks(void **state)
{
    (void)state;
    const char *const keeps[] = {"**", NULL};
    const char *const bodies[] = {
        "{\"withheld\":\"array\",\"empty\":true,\"count\":0}",
        "{\"scripts\":{\"withheld\":\"array\",\"empty\":true,\"count\":0}}",
        "[[{\"a\":{\"withheld\":null}}]]",
    };
    for (size_t i = 0; i < CM_COUNT(bodies); i++) {
        check_refused(bodies[i], keeps, CM_E_MALFORMED, "a mark");
        check_refused(bodies[i], KEEP("other"), CM_E_MALFORMED,
                      "a mark"); /* also where it would go */
    }
}

static void
test_case_variants(void **state)
{
    (void)state;
    check_refused("{\"PullRequestId\":5}", KEEP("pullRequestId"), CM_E_MALFORMED,
                  "\"PullRequestId\" where \"pullRequestId\" is meant");
    check_refused("{\"a\":[{\"NAME\":5}]}", KEEP("a[].name"), CM_E_MALFORMED, "NAME");
    check_refused("{\"A\":{\"b\":5}}", KEEP("a.b"), CM_E_MALFORMED, "\"A\"");
    /* only at that place */
    check("{\"b\":{\"A\":5}}", KEEP("a"),
          "{\"b\":{\"withheld\":\"object\",\"empty\":false,\"count\":1}}", true);
    /* letters of ASCII only: this is another name, and withheld */
    check("{\"\\u212aey\":\"s\"}", KEEP("key"), "{\"\\u212aey\":" STRING "}", true);
}

static void
test_lists_that_are_none(void **state)
{
    (void)state;
    const char *const lists[] = {"",     ".",      "a.",   ".a",     "a..b",  "a[",    "a]b[",
                                 "a[0]", "a.[].b", "**.a", "a.**.b", "a**[]", "a.**[]"};
    for (size_t i = 0; i < CM_COUNT(lists); i++) {
        const char *const keep[] = {lists[i], NULL};
        if (strcmp(lists[i], "a**[]") == 0)
            check("{\"a\":1}", keep, "{\"a\":{\"withheld\":\"number\",\"empty\":false}}", true);
        else
            check_refused("{\"a\":1}", keep, CM_E_INTERNAL, "");
    }
}

static void
test_depth(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    bool withheld = false;
    for (size_t depth = 60; depth <= 70; depth++) {
        json_t *kept = NULL;
        json_t *json = json_string("s");
        for (size_t i = 0; i < depth; i++)
            json = json_pack("{s:o}", "a", json);
        bool done = cm_scrub(json, KEEP("a.b", "*.*.*.a"), &kept, &withheld, &err);
        assert_int_equal(done, depth <= CM_JSON_DEPTH);
        json_decref(kept);
        json_decref(json);
    }
}

/* Whoever may read the address need not be able to log in there. */
static void
test_userinfo(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"https://user:pw@host/a/b", "https://[withheld]@host/a/b"},
        {"ssh://git@host", "ssh://[withheld]@host"},
        {"https://u:p@ss@host:1/a@b?c@d", "https://[withheld]@host:1/a@b?c@d"},
        {"https://:pw@host", "https://[withheld]@host"},
        {"a https://u:p@h/x and ftp://v:q@i", "a https://[withheld]@h/x and ftp://[withheld]@i"},
        {"https://https://u:p@h", "https://https://[withheld]@h"},
        {"https://u:\\\"'<p@h", "https://[withheld]@h"},
        {"://u:p@h", "://[withheld]@h"},
    };
    static const char *const whole[] = {"https://host/a@b",
                                        "https://host?a@b",
                                        "user@host:a",
                                        "https://host#a@b",
                                        "https://",
                                        "://",
                                        "https://host a@b.com",
                                        "@"};
    char body[256];
    char expected[256];
    for (size_t i = 0; i < CM_COUNT(pairs); i++) {
        (void)snprintf(body, sizeof body, "{\"a\":\"%s\"}", pairs[i][0]);
        (void)snprintf(expected, sizeof expected, "{\"a\":\"%s\"}", pairs[i][1]);
        check(body, KEEP("a"), expected, true);
        check(body, KEEP("**"), expected, true);
    }
    for (size_t i = 0; i < CM_COUNT(whole); i++) {
        (void)snprintf(body, sizeof body, "{\"a\":\"%s\"}", whole[i]);
        check(body, KEEP("a"), body, false);
    }
    check("[{\"a\":[\"https://u:p@h\",1,null,true]}]", KEEP("**"),
          "[{\"a\":[\"https://[withheld]@h\",1,null,true]}]", true);
}

static void
test_many_paths(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    static char texts[COUNT][16];
    static const char *keep[COUNT + 1];
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "a.k%zu", i);
        keep[i] = texts[i];
    }
    check("{\"a\":{\"k499\":1,\"k500\":\"s\"}}", keep, "{\"a\":{\"k499\":1,\"k500\":" STRING "}}",
          true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),    cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_arrays),        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_nothing_kept),  cmocka_unit_test(test_forged_marks),
        cmocka_unit_test(test_case_variants), cmocka_unit_test(test_lists_that_are_none),
        cmocka_unit_test(test_depth),         cmocka_unit_test(test_many_paths),
        cmocka_unit_test(test_userinfo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
