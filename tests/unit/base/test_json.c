/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static json_t *
parse(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    if (!cm_json_parse(text, strlen(text), "test", &json, &err))
        fail_msg("%s", err.text);
    return json;
}

static void
assert_refused(const char *text, size_t size, enum cm_class class, const char *part)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    if (cm_json_parse(text, size, "test", &json, &err))
        fail_msg("%s was read", text);
    assert_null(json);
    assert_contains(err.text, "test: line ");
    assert_contains(err.text, part);
    assert_int_equal(err.class, class);
}

static void
test_values_of_every_type(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-1",
                                        "1.5",
                                        "true",
                                        "false",
                                        "null",
                                        "\"\"",
                                        "[]",
                                        "{}",
                                        " \t\r\n 1 \n",
                                        "-0",
                                        "1e300",
                                        "5e-324",
                                        "9007199254740991",
                                        "-9007199254740991",
                                        "9007199254740991.0",
                                        "1e21",
                                        "-1e21",
                                        "1e-400",
                                        "{\"a\":1,\"b\":1,\"\":2}",
                                        "\"\\ud83d\\ude00\"",
                                        "\"\xf0\x9f\x98\x80\x7f\"",
                                        "[[[{}]],{\"x\":[1,2,{\"y\":null}]}]",
                                        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\""};
    for (size_t i = 0; i < CM_COUNT(texts); i++) {
        CM_CLEANUP(cm_json_done) json_t *json = parse(texts[i]);
        assert_non_null(json);
    }
}

static void
test_what_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "{",
                                        "[",
                                        "\"",
                                        "\"\\",
                                        "[1,]",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "[1 2]",
                                        "1 2",
                                        "{}x",
                                        "[]]",
                                        "nul",
                                        "True",
                                        "01",
                                        "+1",
                                        ".5",
                                        "1.",
                                        "1e",
                                        "--1",
                                        "0x10",
                                        "NaN",
                                        "Infinity",
                                        "-",
                                        "1e+",
                                        "// c\n1",
                                        "/* c */1",
                                        "\"\t\"",
                                        "\"\n\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\ud800\"",
                                        "\"\\udc00\"",
                                        "\"\\ud800\\u0041\"",
                                        "\"\\u0000\"",
                                        "{\"\\u0000\":1}",
                                        "\"\xff\"",
                                        "\"\xc0\x80\"",
                                        "\"\xed\xa0\x80\"",
                                        "\xef\xbb\xbf{}",
                                        "\xc2\xa0 1",
                                        "{1:2}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "[,]",
                                        "}",
                                        "]",
                                        "{]",
                                        "[}",
                                        "\"a\"\"b\"",
                                        "1-2"};
    for (size_t i = 0; i < CM_COUNT(texts); i++)
        assert_refused(texts[i], strlen(texts[i]), CM_E_MALFORMED, "");
    assert_refused("1\0", 2, CM_E_MALFORMED, "");
    assert_refused("\"a\0b\"", 5, CM_E_MALFORMED, "");
    assert_refused(NULL, 0, CM_E_MALFORMED, "");
}

static void
test_duplicate_members(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}",
                                        "[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]", "{\"\":1,\"\":1}"};
    for (size_t i = 0; i < CM_COUNT(texts); i++)
        assert_refused(texts[i], strlen(texts[i]), CM_E_MALFORMED, "duplicate");
}

static void
test_variants_in_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"{\"a\":1,\"A\":2}", "line 1, column 8:"},
        {"{\"A\":1,\n  \"a\":2}", "line 2, column 3:"},
        {"{\"commitId\":1,\"x\":{},\"COMMITID\":2}", "column 22:"},
        {"{\"commitId\":1,\"commit\\u0049D\":2}", "column 15:"},
        {"[{\"a\":{\"B\":1}}, {\"q\":\"x\\\":\",\"a\":{\"B\":1, \"b\" :2}}]", "column 41:"},
        {"{\"\xc3\xa4\":\"\xe2\x82\xac\",\"Z\":1,\"z\":2}", "column 16:"},
    };
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        assert_refused(cases[i].text, strlen(cases[i].text), CM_E_MALFORMED, cases[i].where);
        assert_refused(cases[i].text, strlen(cases[i].text), CM_E_MALFORMED, "only in case");
    }
    /* other letters than ASCII, and other objects, are no variants */
    static const char *const good[] = {"{\"\xc3\x84\":1,\"\xc3\xa4\":2}",
                                       "{\"a\":{\"A\":1},\"b\":[{\"B\":1}]}", "{\"@A\":1,\"`A\":2}",
                                       "{\"[A\":1,\"{A\":2}", "{\"Ab\":1,\"A\":2,\"aBc\":3}"};
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        CM_CLEANUP(cm_json_done) json_t *json = parse(good[i]);
        assert_non_null(json);
    }
}

static void
test_numbers_out_of_range(void **state)
{
    (void)state;
    static const char *const texts[] = {"9007199254740992",
                                        "-9007199254740992",
                                        "9223372036854775808",
                                        "1e400",
                                        "-1e400",
                                        "1e20",
                                        "100000000000000000000",
                                        "9007199254740992.0",
                                        "[1,9007199254740993]",
                                        "1e16",
                                        "-1.5e17",
                                        "99999999999999999999999999999999999999999"};
    for (size_t i = 0; i < CM_COUNT(texts); i++)
        assert_refused(texts[i], strlen(texts[i]), CM_E_LIMIT, "");
    assert_refused("[0,\n 9007199254740993]", 21, CM_E_LIMIT, "line 2, column 2:");
    char digits[1100];
    memset(digits, '1', sizeof digits);
    digits[1] = '.';
    digits[0] = '0';
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_json_parse(digits, 1000, "test", &json, &err));
    assert_refused(digits, 1001, CM_E_LIMIT, "1000 characters");
}

static void
test_depth(void **state)
{
    (void)state;
    char text[200];
    for (size_t depth = 63; depth <= 66; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        if (depth <= CM_JSON_DEPTH) {
            CM_CLEANUP(cm_json_done) json_t *json = parse(text);
            assert_non_null(json);
        } else {
            assert_refused(text, 2 * depth, CM_E_LIMIT, "column 65: nested deeper");
        }
    }
    memset(text, '[', sizeof text);
    assert_refused(text, sizeof text, CM_E_LIMIT, "nested deeper");
    CM_CLEANUP(cm_json_done)
    json_t *in_string = parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                              "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"");
    assert_non_null(in_string);
}

static void
test_errors_say_where(void **state)
{
    (void)state;
    assert_refused("{\"a\": 1,\n \"b\": x}", 17, CM_E_MALFORMED, "line 2, column ");
    assert_refused("[\"\xc3\xa4\", \"\xff\"]", 10, CM_E_MALFORMED, "line 1, column 8: not UTF-8");
    assert_refused("[1,\n\"abc", 8, CM_E_MALFORMED, "line 2, column 1: a string that does not end");
    assert_refused("[1,\n\"a\tb\"]", 10, CM_E_MALFORMED, "line 2, column 3: a control character");
}

/* The text is exactly as long as is said: the sanitizers see a byte read too many. */
static void
test_every_prefix_is_refused(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1,-2.5e+3,true,null,\"\\ud83d\\ude00\xe2\x82\xac\"],\"b\":{}}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char *copy = malloc(size > 0 ? size : 1);
        assert_non_null(copy);
        memcpy(copy, text, size);
        assert_refused(copy, size, CM_E_MALFORMED, "");
        free(copy);
    }
    CM_CLEANUP(cm_json_done) json_t *json = parse(text);
    assert_non_null(json);
}

static void
test_reading_members(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *json =
        parse("{\"build\":{\"jobs\":[{\"status\":\"success\"},null,[1,[2]]],\"n\":7,\"r\":1.0,"
              "\"yes\":true,\"nothing\":null,\"\":{\"\":5}}}");
    const json_t *build = cm_json_get(json, "build");
    assert_ptr_equal(cm_json_path(json, ""), json);
    assert_string_equal(json_string_value(cm_json_path(json, "build.jobs.0.status")), "success");
    assert_int_equal(json_integer_value(cm_json_path(json, "build.jobs.2.1.0")), 2);
    assert_int_equal(json_integer_value(cm_json_path(json, "build..")), 5);
    static const char *const none[] = {"x",
                                       "build.x",
                                       "build.jobs.3",
                                       "build.jobs.1",
                                       "build.n.x",
                                       "build.jobs.-1",
                                       "build.jobs.00",
                                       "build.jobs.0x",
                                       "build.jobs.",
                                       ".build",
                                       "build.nothing",
                                       "build.nothing.x",
                                       "build.jobs.18446744073709551616",
                                       "build.jobs.0.status.0"};
    for (size_t i = 0; i < CM_COUNT(none); i++)
        if (cm_json_path(json, none[i]))
            fail_msg("%s is there", none[i]);
    assert_null(cm_json_path(NULL, "a"));
    assert_null(cm_json_path(NULL, ""));
    assert_null(cm_json_get(build, "nothing"));
    assert_null(cm_json_get(NULL, "x"));
    assert_null(cm_json_text(build, "n"));
    assert_null(cm_json_text(NULL, "n"));
    assert_int_equal(cm_json_int(build, "n", -1), 7);
    assert_int_equal(cm_json_int(build, "r", -1), -1);
    assert_int_equal(cm_json_int(build, "none", -1), -1);
    assert_true(cm_json_bool(build, "yes", false));
    assert_true(cm_json_bool(build, "n", true));
    assert_false(cm_json_bool(NULL, "n", false));
}

static void
test_setting_members(void **state)
{
    (void)state;
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *json = json_object();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    cm_json_set_text(json, "t", "x", &ok);
    cm_json_set_text(json, "left out", NULL, &ok);
    cm_json_set_int(json, "i", -CM_JSON_SAFE_INT, &ok);
    cm_json_set_bool(json, "b", false, &ok);
    cm_json_set(json, "a", json_array(), &ok);
    assert_true(ok);
    assert_true(cm_json_canonical(json, &text));
    assert_string_equal(text.at, "{\"a\":[],\"b\":false,\"i\":-9007199254740991,\"t\":\"x\"}");
    cm_json_set_int(json, "too large", CM_JSON_SAFE_INT + 1, &ok);
    assert_false(ok);
    cm_json_set(json, "after", json_object(), &ok);
    assert_false(ok);
    assert_int_equal(json_object_size(json), 4);
    ok = true;
    cm_json_set_text(json, "not utf-8", "\xff", &ok);
    assert_false(ok);
    ok = true;
    cm_json_set(json, "null", NULL, &ok);
    assert_false(ok);
    ok = true;
    cm_json_set(NULL, "x", json_true(), &ok);
    assert_false(ok);
}

/* A MiB of many small members with capitals: what costs most. Generous, for slow hosts; what is
 * tested is that nothing is quadratic. */
static void
test_time_is_linear(void **state)
{
    (void)state;
    int64_t took[2];
    for (size_t i = 0; i < 2; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 24);
        CM_CLEANUP(cm_json_done) json_t *json = NULL;
        struct cm_err err = CM_ERR_INIT;
        size_t size = i == 0 ? 1 << 18 : 1 << 22;
        cm_buf_putc(&text, '{');
        while (text.size < size)
            cm_buf_printf(&text, "\"Key%zu\":[1.5,\"\\n\",{}],", text.size);
        cm_buf_puts(&text, "\"\":0}");
        int64_t begin = cm_monotonic_now();
        assert_true(cm_json_parse(text.at, text.size, "big", &json, &err));
        took[i] = cm_monotonic_now() - begin;
    }
    print_message("256 KiB: %.1f ms, 4 MiB: %.1f ms\n", (double)took[0] / 1e6,
                  (double)took[1] / 1e6);
    assert_true(took[1] < took[0] * 100 + CM_SECOND / 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_every_type), cmocka_unit_test(test_what_is_malformed),
        cmocka_unit_test(test_duplicate_members),    cmocka_unit_test(test_variants_in_case),
        cmocka_unit_test(test_numbers_out_of_range), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_errors_say_where),     cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_reading_members),      cmocka_unit_test(test_setting_members),
        cmocka_unit_test(test_time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
