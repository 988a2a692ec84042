/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static void
test_fail_records_and_returns_false(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_fail(&err, CM_E_LIMIT, "%s: larger than %d bytes", "x", 5));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_string_equal(err.text, "x: larger than 5 bytes");
    assert_false(cm_fail(NULL, CM_E_LIMIT, "nobody listens"));
}

static void
test_context_goes_in_front(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    (void)cm_fail(&err, CM_E_AUTH, "refused");
    assert_false(cm_context(&err, "system %s", "ci1"));
    assert_int_equal(err.class, CM_E_AUTH);
    assert_string_equal(err.text, "system ci1: refused");
}

static void
test_arguments_may_be_the_text_itself(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    (void)cm_fail(&err, CM_E_AUTH, "inner");
    (void)cm_fail(&err, CM_E_DENIED, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
}

static void
test_control_characters_are_escaped(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    (void)cm_fail(&err, CM_E_MALFORMED, "a\nb\033[2Jc\x7f\xc2\x9b \xff \xe2\x80\xa8 \xd0\xb0\\");
    assert_string_equal(err.text, "a\\nb\\x1b[2Jc\\x7f\\u{9b} \\xff \\u{2028} \xd0\xb0\\");
}

/* At every offset: two-byte characters before a cut that falls between or into them. */
static void
test_long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        char message[3000] = "";
        memset(message, 'x', lead);
        for (size_t i = lead; i + 3 < sizeof message; i += 3)
            memcpy(message + i, "\xe2\x82\xac", 4);
        struct cm_err err = CM_ERR_INIT;
        (void)cm_fail(&err, CM_E_LIMIT, "%s", message);
        size_t size = strlen(err.text);
        assert_in_range(size, sizeof err.text - 4, sizeof err.text - 1);
        assert_string_equal(err.text + size - 3, "...");
        assert_true(cm_is_utf8(err.text, size));
        assert_memory_equal(err.text, message, size - 3);
    }
}

static void
test_the_longest_message_is_not_cut(void **state)
{
    (void)state;
    char message[1001];
    memset(message, 'y', sizeof message);
    message[999] = '\0';
    struct cm_err err = CM_ERR_INIT;
    (void)cm_fail(&err, CM_E_LIMIT, "%s", message);
    assert_string_equal(err.text, message);
}

static void
test_errno_gives_class_and_words(void **state)
{
    (void)state;
    static const struct {
        int error;
        enum cm_class class;
    } cases[] = {{ENOENT, CM_E_NOT_FOUND}, {ENOTDIR, CM_E_NOT_FOUND}, {EACCES, CM_E_CONFIG},
                 {EISDIR, CM_E_CONFIG},    {ENOSPC, CM_E_TRANSIENT},  {EAGAIN, CM_E_TRANSIENT},
                 {EIO, CM_E_INTERNAL}};
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        struct cm_err err = CM_ERR_INIT;
        assert_false(cm_fail_errno(&err, cases[i].error, "%s", "/x"));
        assert_int_equal(err.class, cases[i].class);
        assert_true(cm_starts_with(err.text, "/x: "));
    }
    struct cm_err err = CM_ERR_INIT;
    (void)cm_fail_errno(&err, ENOENT, "a");
    assert_string_equal(err.text, "a: No such file or directory");
    (void)cm_fail_errno(&err, 99999, "a");
    assert_string_equal(err.text, "a: unknown error");
}

static void
test_class_names_go_both_ways(void **state)
{
    (void)state;
    for (int class = CM_OK; class >= CM_E_INTERNAL; class --)
        assert_int_equal(cm_class_of(cm_class_name((enum cm_class) class)), class);
    assert_string_equal(cm_class_name(CM_E_NOT_FOUND), "not-found");
    assert_string_equal(cm_class_name((enum cm_class)7), "internal");
    assert_int_equal(cm_class_of("no such"), CM_E_INTERNAL);
    assert_int_equal(cm_class_of(NULL), CM_E_INTERNAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_records_and_returns_false),
        cmocka_unit_test(test_context_goes_in_front),
        cmocka_unit_test(test_arguments_may_be_the_text_itself),
        cmocka_unit_test(test_control_characters_are_escaped),
        cmocka_unit_test(test_long_messages_are_cut_between_characters),
        cmocka_unit_test(test_the_longest_message_is_not_cut),
        cmocka_unit_test(test_errno_gives_class_and_words),
        cmocka_unit_test(test_class_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
