/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include <string.h>

#include "unit.h"

static void
test_numbers_are_little_endian(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
    struct cm_cursor cursor = cm_cursor(bytes, sizeof bytes);
    assert_int_equal(cm_cursor_u8(&cursor), 1);
    assert_int_equal(cm_cursor_le16(&cursor), 0x0302);
    assert_int_equal(cm_cursor_le32(&cursor), 0x07060504);
    assert_true(cm_cursor_le64(&cursor) == UINT64_C(0xff0e0d0c0b0a0908));
    assert_int_equal(cm_cursor_left(&cursor), 0);
    assert_false(cursor.failed);
}

static void
test_what_is_missing_is_zero_and_stays_so(void **state)
{
    (void)state;
    struct cm_cursor cursor = cm_cursor("abc", 3);
    assert_int_equal(cm_cursor_le32(&cursor), 0);
    assert_true(cursor.failed);
    assert_int_equal(cm_cursor_left(&cursor), 0);
    assert_int_equal(cm_cursor_u8(&cursor), 0);
    assert_null(cm_cursor_take(&cursor, 0));
    assert_false(cm_cursor_skip(&cursor, "a"));
    size_t size = 77;
    assert_null(cm_cursor_until(&cursor, 'b', &size));
    assert_int_equal(size, 77);
}

static void
test_take_until_and_skip(void **state)
{
    (void)state;
    struct cm_cursor cursor = cm_cursor("key: value\nrest", 15);
    size_t size = 0;
    const unsigned char *key = cm_cursor_until(&cursor, ':', &size);
    assert_int_equal(size, 3);
    assert_memory_equal(key, "key", 3);
    assert_false(cm_cursor_skip(&cursor, "value"));
    assert_true(cm_cursor_skip(&cursor, " "));
    assert_memory_equal(cm_cursor_take(&cursor, 5), "value", 5);
    assert_memory_equal(cm_cursor_until(&cursor, '\n', &size), "", 0);
    assert_int_equal(size, 0);
    assert_false(cm_cursor_skip(&cursor, "rest and more"));
    assert_false(cursor.failed);
    assert_null(cm_cursor_take(&cursor, SIZE_MAX));
    assert_true(cursor.failed);
}

static void
test_an_empty_cursor(void **state)
{
    (void)state;
    struct cm_cursor cursor = cm_cursor(NULL, 0);
    assert_int_equal(cm_cursor_left(&cursor), 0);
    assert_non_null(cm_cursor_take(&cursor, 0));
    assert_true(cm_cursor_skip(&cursor, ""));
    assert_false(cursor.failed);
    (void)cm_cursor_u8(&cursor);
    assert_true(cursor.failed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_little_endian),
        cmocka_unit_test(test_what_is_missing_is_zero_and_stays_so),
        cmocka_unit_test(test_take_until_and_skip),
        cmocka_unit_test(test_an_empty_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
