/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "net/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define EXAMPLE (INT64_C(784111777) * CM_SECOND)

static void
backoff_doubles_within_its_bounds(void **state)
{
    bool differs = false;
    int64_t first = 0;
    (void)state;
    for (int i = 0; i < 100; i++) {
        int64_t wait = cm_retry_backoff(CM_SECOND, 3);
        assert_true(wait <= 4 * CM_SECOND && wait > 2 * CM_SECOND);
        first = first ? first : wait;
        differs |= wait != first;
        assert_true(cm_retry_backoff(CM_SECOND, 60) <= CM_RETRY_LONGEST);
        assert_true(cm_retry_backoff(CM_SECOND, 60) > CM_RETRY_LONGEST / 2);
    }
    assert_true(differs);
    assert_int_equal(cm_retry_backoff(0, 4), 0);
}

static void
retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    assert_int_equal(cm_retry_after("0", EXAMPLE), 0);
    assert_int_equal(cm_retry_after("120", EXAMPLE), 120 * CM_SECOND);
    assert_int_equal(cm_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", EXAMPLE), 30 * CM_SECOND);
    assert_int_equal(cm_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", EXAMPLE), 0);
    assert_int_equal(cm_retry_after("Sun, 06 Nov 2094 08:49:07 GMT", EXAMPLE), -1);
    assert_int_equal(cm_retry_after("soon", EXAMPLE), -1);
    assert_int_equal(cm_retry_after("", EXAMPLE), -1);
    assert_int_equal(cm_retry_after("-5", EXAMPLE), -1);
    assert_int_equal(cm_retry_after("99999999999999999999", EXAMPLE), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_doubles_within_its_bounds),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
