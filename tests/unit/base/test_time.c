/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"

static void
test_times_that_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"1970-01-01T00:00:01.5Z", INT64_C(1500000000)},
        {"2000-02-29T23:59:59Z", INT64_C(951868799) * CM_SECOND},
        {"2000-03-01T00:00:00Z", INT64_C(951868800) * CM_SECOND},
        {"2026-11-22T18:19:53.123456789Z", INT64_C(1795371593123456789)},
        {"2026-11-22T20:19:53+02:00", INT64_C(1795371593) * CM_SECOND},
        {"2026-11-22T12:49:53-05:30", INT64_C(1795371593) * CM_SECOND},
        {"2026-11-22T18:19:53-00:00", INT64_C(1795371593) * CM_SECOND},
        {"1969-12-31T23:00:00-01:00", 0},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
    };
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        int64_t ns = CM_NO_TIME;
        if (!cm_parse_time(cases[i].text, &ns) || ns != cases[i].ns)
            fail_msg("%s was read as %lld", cases[i].text, (long long)ns);
    }
}

static void
test_times_that_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "2026-11-22",
                                        "2026-11-22T18:19:53",
                                        "2026-11-22 18:19:53Z",
                                        "2026-11-22t18:19:53Z",
                                        "2026-11-22T18:19:53z",
                                        "2026-11-22T18:19Z",
                                        "2026-11-22T18:19:53.Z",
                                        "2026-11-22T18:19:53,5Z",
                                        "2026-11-22T18:19:53.1234567890Z",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-22T18:60:00Z",
                                        "2016-12-31T23:59:60Z",
                                        "2026-02-29T00:00:00Z",
                                        "1900-02-29T00:00:00Z",
                                        "2100-02-29T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-01T00:00:00Z",
                                        "2026-04-31T00:00:00Z",
                                        "2026-04-00T00:00:00Z",
                                        "1969-12-31T23:59:59.999999999Z",
                                        "1970-01-01T00:00:00+00:01",
                                        "2262-04-11T23:47:16.854775808Z",
                                        "2262-04-11T23:47:17Z",
                                        "2262-12-31T23:59:59Z",
                                        "9999-12-31T23:59:59Z",
                                        "0000-01-01T00:00:00Z",
                                        "0001-01-01T00:00:00Z",
                                        "2026-11-22T18:19:53+24:00",
                                        "2026-11-22T18:19:53+01:60",
                                        "2026-11-22T18:19:53+0100",
                                        "2026-11-22T18:19:53+01",
                                        "2026-11-22T18:19:53Z ",
                                        " 2026-11-22T18:19:53Z",
                                        "2026-11-22T18:19:53ZZ",
                                        "+2026-11-22T18:19:53Z",
                                        "2026-1-22T18:19:53Z",
                                        "2026-11-22T18:19:53.+1Z",
                                        "2026-11-22T-1:19:53Z",
                                        "20261122T181953Z"};
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        int64_t ns = 77;
        if (cm_parse_time(cases[i], &ns) || ns != 77)
            fail_msg("\"%s\" was read", cases[i]);
    }
    int64_t ns = 77;
    assert_false(cm_parse_time(NULL, &ns));
}

static void
test_times_that_are_written(void **state)
{
    (void)state;
    char text[CM_TIME_SIZE];
    cm_format_time(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    cm_format_time(INT64_C(1795371593123456789), text);
    assert_string_equal(text, "2026-11-22T18:19:53.123456789Z");
    cm_format_time(5, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000000005Z");
    cm_format_time(INT64_MAX, text);
    assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
    cm_format_time(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
    cm_format_time(CM_NO_TIME, text);
    assert_string_equal(text, "1677-09-21T00:12:43.145224192Z");
}

/* One moment of every day that can be written, before 1970 too; libc's calendar is the oracle. */
static void
test_every_day_against_libc(void **state)
{
    (void)state;
    for (int64_t day = -106000; day < 106750; day++) {
        int64_t seconds = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        time_t when = (time_t)seconds;
        struct tm tm;
        char expected[CM_TIME_SIZE];
        char text[CM_TIME_SIZE];
        assert_non_null(gmtime_r(&when, &tm));
        assert_int_not_equal(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        cm_format_time(seconds * CM_SECOND, text);
        if (strcmp(text, expected) != 0)
            fail_msg("%s instead of %s", text, expected);
        int64_t back = 0;
        if (seconds >= 0 && (!cm_parse_time(text, &back) || back != seconds * CM_SECOND))
            fail_msg("%s was not read back", text);
    }
}

static void
test_the_zone_of_the_host_does_not_matter(void **state)
{
    (void)state;
    char text[CM_TIME_SIZE];
    assert_int_equal(setenv("TZ", "right/UTC", 1), 0);
    tzset();
    cm_format_time(INT64_C(1795371593) * CM_SECOND, text);
    assert_string_equal(text, "2026-11-22T18:19:53Z");
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

static void
test_durations_for_people(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(10000);
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0 s"},
                 {INT64_C(1999999), "1 ms"},
                 {3 * CM_SECOND, "3 s"},
                 {119 * CM_SECOND, "119 s"},
                 {720 * CM_SECOND, "12 minutes"},
                 {7199 * CM_SECOND, "119 minutes"},
                 {7200 * CM_SECOND, "2 hours"},
                 {CM_SECOND * 86400 * 5, "5 days"},
                 {-3 * CM_SECOND, "-3 s"},
                 {INT64_MIN, "-106751 days"}};
    for (size_t i = 0; i < CM_COUNT(cases); i++)
        assert_string_equal(cm_show_duration(arena, cases[i].ns), cases[i].text);
}

static void
test_http_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: is none */
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* the day of the week is not looked up */
        {"Tue, 29 Feb 2028 23:59:59 GMT", 1835481599},
        {"Wed, 29 Feb 2026 00:00:00 GMT", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sunday, 06-Nov-94 08:49:37 GMT", -1},
        {"Sun Nov  6 08:49:37 1994", -1},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
        {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
        {"Sun, 06 nov 1994 08:49:37 GMT", -1},
        {"Son, 06 Nov 1994 08:49:37 GMT", -1},
        {"Thu, 31 Dec 1969 23:59:59 GMT", -1},
        {"Sun, 06 Nov", -1},
        {"", -1},
        {NULL, -1},
    };
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        int64_t ns = -1;
        bool read = cm_parse_http_date(cases[i].text, &ns);
        if (read != (cases[i].seconds >= 0) ||
            ns != (read ? cases[i].seconds * CM_SECOND : INT64_C(-1)))
            fail_msg("'%s' was read as %lld", cases[i].text, (long long)ns);
    }
}

static void
test_clocks_run(void **state)
{
    (void)state;
    int64_t before = cm_monotonic_now();
    int64_t wall = cm_wall_now();
    int64_t after = cm_monotonic_now();
    assert_true(after >= before);
    assert_true(wall / CM_SECOND >= (int64_t)time(NULL) - 2);
    assert_true(wall / CM_SECOND <= (int64_t)time(NULL) + 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_that_are_read),
        cmocka_unit_test(test_times_that_are_refused),
        cmocka_unit_test(test_times_that_are_written),
        cmocka_unit_test(test_every_day_against_libc),
        cmocka_unit_test(test_the_zone_of_the_host_does_not_matter),
        cmocka_unit_test(test_durations_for_people),
        cmocka_unit_test(test_http_dates),
        cmocka_unit_test(test_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
