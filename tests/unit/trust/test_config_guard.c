/* SPDX-License-Identifier: Apache-2.0
 *
 * The pass before libconfig. What it refuses, libconfig really misreads: for the rows that say so,
 * the test asks libconfig itself, so that a later libconfig that mends one of them shows up here.
 */
#include <libconfig.h>

#include "reading.h"

static const struct {
    const char *text;
    unsigned line;
    const char *what;
    long long misread; /* what libconfig makes of `a`; 0: not asked */
} refused[] = {
    {"a = 4295194851;", 1, "whole number", 227555},
    {"a = 2147483648;", 1, "whole number", -2147483648LL},
    {"a = -2147483649;", 1, "whole number", 2147483647},
    {"a = 99999999999999999999999;", 1, "whole number", -1},
    {"a = 0xffffffff;", 1, "whole number", -1},
    {"a = 0x80000001;", 1, "whole number", -2147483647},
    {"a = 9223372036854775808L;", 1, "whole number", 9223372036854775807LL},
    {"a = 0xffffffffffffffffffL;", 1, "whole number", -1},
    {"a = 0x8000000000000001L;", 1, "whole number", 0},
    {"a = 010;", 1, "whole number", 10},
    {"a = 12b = 3;", 1, "whole number", 12},
    {"a = 1.5;", 1, "whole number", 0},
    {"a = .;", 1, "whole number", 0},
    {"a = 1e5;", 1, "whole number", 0},
    {"a = -.5;", 1, "whole number", 0},
    {"a = 0x;", 1, "whole number", 0},
    {"a = 1L2;", 1, "whole number", 0},
    {"a = 1-2;", 1, "whole number", 0},
    {"a = 11111111111111111111111111111111111111111111L;", 1, "whole number", 0},
    {"\n\na = 1; /* unclosed\n b = 2;\n", 3, "a comment that begins here is not closed", 1},
    {"a = 1; /*/", 1, "a comment that begins here is not closed", 1},
    {"\na = \"unclosed\n;", 2, "a text that begins here is not closed", 0},
    {"a = \"unclosed", 1, "a text that begins here is not closed", 0},
    {"a = [ \"x\" \"y\" ];", 1, "two texts of a list follow each other", 0},
    {"a = (\n\"x\" // c\n\"y\" );", 3, "two texts of a list follow each other", 0},
    {"a = \"\\x00b\";", 1, "backslash", 0},
    {"a = \"\\xff\";", 1, "backslash", 0},
    {"a = \"\\x7F\";", 1, "backslash", 0},
    {"a = \"\\x1b\";", 1, "backslash", 0},
    {"a = \"\\x4\";", 1, "backslash", 0},
    {"a = \"C:\\dir\";", 1, "backslash", 0},
    {"a = \"\\r\";", 1, "backslash", 0},
    {"@include \"/etc/hostname\"\n", 1, "files are not included", 0},
    {"a = 1;\n  @include \"x\"\n", 2, "files are not included", 0},
    {"a = 1;\fb = 2;", 1, "control character", 1},
    {"a = 1; # c\rb = 2;", 1, "control character", 1},
    {"a = \"\x1b[31m\";", 1, "control character", 0},
    {"a = \"\xc2\x85\";", 1, "control character", 0},
    {"a = 1;\n# \xff\n", 2, "not UTF-8", 0},
    {"a = 1;\n# \xed\xa0\x80\n", 2, "not UTF-8", 0},
    {"a = 1; # \xe2\x80\xae\n", 1, "direction of text", 0},
    {"a = \"\xe2\x81\xa6\";", 1, "direction of text", 0},
    {"\xef\xbb\xbf"
     "a = 1;",
     1, "not ASCII", 0},
    {"\xd0\xb0 = 1;", 1, "not ASCII", 0},
    {"a = ((((((((((((((((((((((((((((((((( 1 )))))))))))))))))))))))))))))))));", 1, "too deep",
     0},
};

static long long
ask_libconfig(const char *text)
{
    config_t config;
    config_init(&config);
    (void)config_read_string(&config, text);
    const config_setting_t *a = config_lookup(&config, "a");
    long long value = 0;
    if (a != NULL)
        value = config_setting_type(a) == CONFIG_TYPE_INT64 ? config_setting_get_int64(a)
                                                            : config_setting_get_int(a);
    config_destroy(&config);
    return value;
}

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(refused); i++) {
        struct cm_complaints complaints = {0};
        const char *text = refused[i].text;
        assert_false(cm_config_guard("g.conf", text, strlen(text), &complaints));
        if (complaints.count != 1 ||
            !find_complaint(&complaints, refused[i].line, "", refused[i].what)) {
            print_complaints(&complaints);
            fail_msg("row %zu: %s", i, refused[i].what);
        }
        assert_string_equal(complaints.at[0].place.file, "g.conf");
        assert_non_null(complaints.at[0].remedy);
        if (refused[i].misread != 0)
            assert_true(ask_libconfig(text) == refused[i].misread);
        cm_complaints_done(&complaints);
    }
}

static const struct {
    const char *text;
    long long a; /* what libconfig makes of it: not 0 where it is a number */
} passed[] = {
    {"", 0},
    {"a = 2147483647;", 2147483647},
    {"a = -2147483648;", -2147483648LL},
    {"a = +5;", 5},
    {"a = 0;", 0},
    {"a = 4295194851L;", 4295194851LL},
    {"a = -9223372036854775808L;", -9223372036854775807LL - 1},
    {"a = 9223372036854775807LL;", 9223372036854775807LL},
    {"a = 0x7fffffff;", 2147483647},
    {"a = 0X00000000Ff;", 255},
    {"a = 0x7fffffffffffffffL;", 9223372036854775807LL},
    {"a = [ 1, -2, 3 ];", 0},
    {"a = \"x\" /* joined */ \"y\";", 0},
    {"b = ( { c = \"x\"\n \"y\"; } );", 0},
    {"a = \"\\\\ \\\" \\n \\t \\x41 \\x7e\";", 0},
    {"a = \"@include \\\"x\\\"\"; # @include", 0},
    {"/* \" */ a = 3; // \" /*", 3},
    {"/***/ a = 3; /* /* */", 3},
    {"a = 7; # \xc3\xa4\n b = \"\xd0\xb0\";", 7},
    {"a = 7;\r\n\tb = 1;\r\n", 7},
    {"a-b_1* = TRUE;", 0},
    {"a = (((((((((((((((((((((((((((((((( 1 ))))))))))))))))))))))))))))))));", 0},
};

static void
test_passed(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(passed); i++) {
        struct cm_complaints complaints = {0};
        const char *text = passed[i].text;
        char line[256];
        if (!cm_config_guard("g.conf", text, strlen(text), &complaints)) {
            print_complaints(&complaints);
            fail_msg("row %zu: %s", i, text);
        }
        cm_complaints_done(&complaints);
        assert_in_range(snprintf(line, sizeof line, "%s\n", text), 1, sizeof line - 1);
        assert_true(ask_libconfig(line) == passed[i].a);
    }
}

static void
test_bytes_behind_a_nul(void **state)
{
    (void)state;
    struct cm_complaints complaints = {0};
    static const char text[] = "a = 1;\nb\0 = 2;";
    assert_false(cm_config_guard("g.conf", text, sizeof text - 1, &complaints));
    assert_int_equal(complaints.count, 1);
    assert_non_null(find_complaint(&complaints, 2, "", "control character"));
    cm_complaints_done(&complaints);
}

static void
test_size(void **state)
{
    (void)state;
    struct cm_complaints complaints = {0};
    char *text = malloc(CM_CONFIG_MOST + 1);
    assert_non_null(text);
    memset(text, '\n', CM_CONFIG_MOST + 1);
    assert_true(cm_config_guard("g.conf", text, CM_CONFIG_MOST, &complaints));
    assert_false(cm_config_guard("g.conf", text, CM_CONFIG_MOST + 1, &complaints));
    assert_non_null(strstr(complaints.at[0].what, "larger than 1 MiB"));
    cm_complaints_done(&complaints);
    free(text);
}

/* Numbers are found one after the other; what is not closed hides the rest. */
static void
test_several(void **state)
{
    (void)state;
    struct cm_complaints complaints = {0};
    static const char text[] = "a = 2147483648;\nb = 08;\n\"x\\q\\q\";\n/* \n c = 1.5;";
    assert_false(cm_config_guard("g.conf", text, sizeof text - 1, &complaints));
    assert_int_equal(complaints.count, 5);
    static const unsigned lines[] = {1, 2, 3, 3, 4};
    for (size_t i = 0; i < CM_COUNT(lines); i++)
        assert_int_equal(complaints.at[i].place.line, lines[i]);
    cm_complaints_done(&complaints);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_passed),
        cmocka_unit_test(test_bytes_behind_a_nul),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
