/* SPDX-License-Identifier: Apache-2.0
 *
 * The examples of RFC 8785 (its text, and the arrays, french, structures, unicode, values and weird
 * files that go with it), as values.
 */
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

static void
assert_canonical(const char *text, const char *expected)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    CM_CLEANUP(cm_json_done) json_t *again = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf once = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf twice = CM_BUF_INIT(1 << 16);
    if (!cm_json_parse(text, strlen(text), "test", &json, &err))
        fail_msg("%s", err.text);
    assert_true(cm_json_canonical(json, &once));
    assert_string_equal(once.at, expected);
    assert_true(cm_json_parse(once.at, once.size, "again", &again, &err));
    assert_true(cm_json_canonical(again, &twice));
    assert_string_equal(twice.at, expected);
}

static void
test_the_example_in_the_text(void **state)
{
    (void)state;
    assert_canonical("{\n"
                     "  \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3,\n"
                     "    0.000000000000000000000000001],\n"
                     "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                     "  \"literals\": [null, true, false]\n"
                     "}",
                     "{\"literals\":[null,true,false],"
                     "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                     "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

static void
test_the_order_of_utf16_units(void **state)
{
    (void)state;
    assert_canonical("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
                     "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
                     "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
                     "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
                     "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
                     "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
                     "\"\xe2\x82\xac\":\"Euro Sign\","
                     "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
                     "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
    /* below and above the surrogates, and a name that begins another */
    assert_canonical("{\"\\uffff\":1,\"\\ue000\":2,\"\\ud800\\udc00\":3,\"\\udbff\\udfff\":4,"
                     "\"\\ud7ff\":5,\"\\ud7ffa\":6,\"\":7,\"a\\uffff\":8,\"a\\ud83d\\ude00\":9}",
                     "{\"\":7,\"a\xf0\x9f\x98\x80\":9,\"a\xef\xbf\xbf\":8,\"\xed\x9f\xbf\":5,"
                     "\"\xed\x9f\xbf"
                     "a\":6,\"\xf0\x90\x80\x80\":3,\"\xf4\x8f\xbf\xbf\":4,"
                     "\"\xee\x80\x80\":2,\"\xef\xbf\xbf\":1}");
}

static void
test_the_example_files(void **state)
{
    (void)state;
    assert_canonical("[\n  56,\n  {\n    \"d\": true,\n    \"10\": null,\n    \"1\": [ ]\n  }\n]",
                     "[56,{\"1\":[],\"10\":null,\"d\":true}]");
    assert_canonical("{\"peach\":\"This sorting order\",\"p\\u00e9ch\\u00e9\":\"is wrong according"
                     " to French\",\"p\\u00eache\":\"but canonicalization MUST\","
                     "\"sin\":\"ignore locale\"}",
                     "{\"peach\":\"This sorting order\",\"p\xc3\xa9"
                     "ch\xc3\xa9\":\"is wrong "
                     "according to French\",\"p\xc3\xaa"
                     "che\":\"but canonicalization MUST\","
                     "\"sin\":\"ignore locale\"}");
    assert_canonical("{\"Unnormalized Unicode\":\"A\\u030a\"}",
                     "{\"Unnormalized Unicode\":\"A\xcc\x8a\"}");
    assert_canonical(
        "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\u000a\":\"Newline\","
        "\"1\":\"One\",\"\\u0080\":\"Control\\u007f\",\"\\ud83d\\ude02\":\"Smiley\","
        "\"\\u00f6\":\"Latin\",\"\\ufb33\":\"Hebrew\",\"</script>\":\"Browser\"}",
        "{\"\\n\":\"Newline\",\"\\r\":\"Carriage Return\",\"1\":\"One\","
        "\"</script>\":\"Browser\",\"\xc2\x80\":\"Control\x7f\",\"\xc3\xb6\":\"Latin\","
        "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x82\":\"Smiley\","
        "\"\xef\xac\xb3\":\"Hebrew\"}");
}

/* The structures file has names that differ only in case, which our reader refuses: it is read by
 * jansson itself here. */
static void
test_the_example_with_variants(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    CM_CLEANUP(cm_json_done)
    json_t *json =
        json_loads("{\"1\":{\"f\":{\"f\":\"hi\",\"F\":5} ,\"\\n\":56.0},\"10\":{},\"\":\"empty\","
                   "\"a\":{},\"111\":[{\"e\":\"yes\",\"E\":\"no\"}],\"A\":{}}",
                   0, NULL);
    assert_true(cm_json_canonical(json, &text));
    assert_string_equal(text.at,
                        "{\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},"
                        "\"10\":{},\"111\":[{\"E\":\"no\",\"e\":\"yes\"}],\"A\":{},\"a\":{}}");
}

static void
test_escapes(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    CM_CLEANUP(cm_json_done) json_t *json = json_stringn("\0\1\b\t\n\v\f\r\x1f \"\\/\x7f", 14);
    assert_true(cm_json_canonical(json, &text));
    assert_string_equal(text.at, "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\x7f\"");
}

/* RFC 8785, appendix B, by bit pattern; and the borders of the four layouts. */
static const struct {
    uint64_t bits;
    const char *text;
} numbers[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x0000000000000001, "5e-324"},
    {0x8000000000000001, "-5e-324"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x4340000000000000, "9007199254740992"},
    {0xc340000000000000, "-9007199254740992"},
    {0x4430000000000000, "295147905179352830000"},
    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x41b3de4355555553, "333333333.3333332"},
    {0x41b3de4355555554, "333333333.33333325"},
    {0x41b3de4355555555, "333333333.3333333"},
    {0x41b3de4355555556, "333333333.3333334"},
    {0x41b3de4355555557, "333333333.33333343"},
    {0xbecbf647612f3696, "-0.0000033333333333333333"},
    {0x43143ff3c1cb0959, "1424953923781206.2"},
    {0x3d30000000000000,
     "5.684341886080802e-14"}, /* 2 to the -44: the nearest does not read back */
    {0x3ff0000000000000, "1"},
    {0x3fb999999999999a, "0.1"},
    {0xbff8000000000000, "-1.5"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x000fffffffffffff, "2.225073858507201e-308"},
};

static double
of_bits(uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void
check_numbers(void)
{
    for (size_t i = 0; i < CM_COUNT(numbers); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
        CM_CLEANUP(cm_json_done) json_t *json = json_real(of_bits(numbers[i].bits));
        assert_true(cm_json_canonical(json, &text));
        assert_string_equal(text.at, numbers[i].text);
    }
}

static void
test_numbers(void **state)
{
    (void)state;
    check_numbers();
}

/* FOLDER/NAME, compiled from the C library's sources; false if those are not installed. */
static bool
make_locale(void **state, const char *source, const char *name)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CM_CLEANUP(cm_fd_done) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (dup2(null, 1) == 1 && dup2(null, 2) == 2)
            execlp("localedef", "localedef", "-i", source, "-f", "UTF-8", in_folder(state, name),
                   (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_true(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* With a decimal comma, and with a decimal point of two bytes, at which jansson itself aborts. */
static void
test_numbers_in_other_locales(void **state)
{
    static const char *const names[][2] = {{"de_DE", "de_DE.UTF-8"}, {"ps_AF", "ps_AF.UTF-8"}};
    size_t tried = 0;
    assert_int_equal(setenv("LOCPATH", *state, 1), 0);
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        char number[20];
        if (!make_locale(state, names[i][0], names[i][1]) || !setlocale(LC_ALL, names[i][1]))
            continue;
        (void)snprintf(number, sizeof number, "%.1f", 1.5);
        assert_string_not_equal(number, "1.5");
        check_numbers();
        assert_canonical("[1.5,1e-7,9007199254740991.0]", "[1.5,1e-7,9007199254740991]");
        (void)snprintf(number, sizeof number, "%.1f", 1.5);
        assert_string_not_equal(number, "1.5"); /* reading has put the locale back */
        tried++;
    }
    assert_int_equal(unsetenv("LOCPATH"), 0);
    assert_non_null(setlocale(LC_ALL, "C"));
    if (tried == 0) {
        print_message("no sources of locales here: not tried\n");
        skip();
    }
}

static void
test_what_could_not_be_read_again(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    cm_buf_puts(&text, "before");
    CM_CLEANUP(cm_json_done) json_t *large = json_pack("[i,I]", 1, (json_int_t)1 << 60);
    assert_false(cm_json_canonical(large, &text));
    assert_true(text.failed);
    assert_string_equal(text.at, "before");
    cm_buf_clear(&text);
    assert_false(cm_json_canonical(NULL, &text));
    cm_buf_clear(&text);

    CM_CLEANUP(cm_json_done) json_t *deep = json_array();
    for (int depth = 1; depth < CM_JSON_DEPTH; depth++)
        deep = json_pack("[o]", deep);
    assert_true(cm_json_canonical(deep, &text));
    assert_int_equal(text.size, 2 * CM_JSON_DEPTH);
    deep = json_pack("[o]", deep);
    assert_false(cm_json_canonical(deep, &text));
}

static void
test_a_buffer_that_is_too_small(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *json = json_pack("{s:[i,b,s,{}],s:f}", "a", 1, 1, "x\n", "b", .5);
    CM_CLEANUP(cm_buf_done) struct cm_buf whole = CM_BUF_INIT(1000);
    assert_true(cm_json_canonical(json, &whole));
    for (size_t most = 0; most < whole.size; most++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(most);
        assert_false(cm_json_canonical(json, &text));
        assert_int_equal(text.size, 0);
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf exact = CM_BUF_INIT(whole.size);
    assert_true(cm_json_canonical(json, &exact));
}

static void
test_pretty(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *json = json_pack("{s:[i,{s:f}],s:[],s:{},s:n}", "b", 1, "x", .1, "a", "c", "d");
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    assert_true(cm_json_pretty(json, &text));
    assert_string_equal(text.at, "{\n  \"b\": [\n    1,\n    {\n      \"x\": 0.1\n    }\n  ],\n"
                                 "  \"a\": [],\n  \"c\": {},\n  \"d\": null\n}");
}

static void
test_digest_of_the_canonical_form(void **state)
{
    (void)state;
    char expected[CM_SHA256_HEX];
    char hex[CM_SHA256_HEX] = "untouched";
    assert_false(cm_json_sha256(NULL, hex));
    assert_string_equal(hex, "untouched");
    CM_CLEANUP(cm_json_done) json_t *json = json_pack("{s:i,s:i}", "b", 1, "a", 2);
    assert_true(cm_sha256("{\"a\":2,\"b\":1}", 13, expected));
    assert_true(cm_json_sha256(json, hex));
    assert_string_equal(hex, expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_in_the_text),
        cmocka_unit_test(test_the_order_of_utf16_units),
        cmocka_unit_test(test_the_example_files),
        cmocka_unit_test(test_the_example_with_variants),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test_setup_teardown(test_numbers_in_other_locales, folder_make, folder_remove),
        cmocka_unit_test(test_what_could_not_be_read_again),
        cmocka_unit_test(test_a_buffer_that_is_too_small),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_digest_of_the_canonical_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
