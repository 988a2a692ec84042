/* SPDX-License-Identifier: Apache-2.0
 *
 * Times. The calendar is our own arithmetic: libc's timegm and gmtime_r obey $TZ ("right/UTC" puts
 * leap seconds in), and a verdict must come out the same everywhere.
 */
#include "base/text.h"

#include "base/clock.h"
#include "base/cursor.h"

#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)

struct moment {
    int64_t year, month, day, hour, minute, second;
};

static bool
is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January of a year of our era. */
static int64_t
days_to_year(int64_t year)
{
    int64_t last = year - 1;
    int64_t leap_days = last / 4 - last / 100 + last / 400;
    return (year - 1970) * 365 + leap_days - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t
days_to(int64_t year, int64_t month, int64_t day)
{
    int64_t days = days_to_year(year) + day - 1;
    for (int64_t m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days;
}

/* Exactly `count` digits; a failed cursor if there are others. */
static int64_t
digits(struct cm_cursor *cursor, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = cm_cursor_u8(cursor);
        if (c < '0' || c > '9')
            cursor->failed = true;
        value = value * 10 + (c - '0');
    }
    return cursor->failed ? 0 : value;
}

static void
expect(struct cm_cursor *cursor, const char *text)
{
    if (!cm_cursor_skip(cursor, text))
        cursor->failed = true;
}

static struct moment
read_moment(struct cm_cursor *cursor)
{
    struct moment moment = {0};
    moment.year = digits(cursor, 4);
    expect(cursor, "-");
    moment.month = digits(cursor, 2);
    expect(cursor, "-");
    moment.day = digits(cursor, 2);
    expect(cursor, "T");
    moment.hour = digits(cursor, 2);
    expect(cursor, ":");
    moment.minute = digits(cursor, 2);
    expect(cursor, ":");
    moment.second = digits(cursor, 2);
    return moment;
}

/* ".123" as ns; nothing is 0. */
static int64_t
read_fraction(struct cm_cursor *cursor)
{
    if (!cm_cursor_skip(cursor, "."))
        return 0;
    int64_t ns = digits(cursor, 1) * (CM_SECOND / 10);
    int64_t unit = CM_SECOND / 10;
    while (cm_cursor_left(cursor) > 0 && *cursor->at >= '0' && *cursor->at <= '9') {
        unit /= 10;
        if (unit == 0)
            cursor->failed = true;
        ns += digits(cursor, 1) * unit;
    }
    return ns;
}

/* Seconds east of UTC. */
static int64_t
read_zone(struct cm_cursor *cursor)
{
    if (cm_cursor_skip(cursor, "Z"))
        return 0;
    bool west = cm_cursor_skip(cursor, "-");
    if (!west)
        expect(cursor, "+");
    int64_t hours = digits(cursor, 2);
    expect(cursor, ":");
    int64_t minutes = digits(cursor, 2);
    if (hours > 23 || minutes > 59)
        cursor->failed = true;
    int64_t seconds = hours * 3600 + minutes * 60;
    return west ? -seconds : seconds;
}

static bool
is_in_calendar(const struct moment *m)
{
    return m->year >= 1 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= days_of_month(m->year, m->month) && m->hour <= 23 && m->minute <= 59 &&
           m->second <= 59;
}

/* `zone` in seconds, `fraction` in ns; the cursor has read all that there is, or it is no time. */
static bool
conclude(const struct cm_cursor *cursor, const struct moment *m, int64_t zone, int64_t fraction,
         int64_t *ret_ns)
{
    if (cursor->failed || cm_cursor_left(cursor) > 0 || !is_in_calendar(m))
        return false;
    int64_t seconds = days_to(m->year, m->month, m->day) * DAY + m->hour * 3600 + m->minute * 60 +
                      m->second - zone;
    int64_t ns = 0;
    if (seconds < 0 || __builtin_mul_overflow(seconds, CM_SECOND, &ns) ||
        __builtin_add_overflow(ns, fraction, &ns))
        return false;
    *ret_ns = ns;
    return true;
}

bool
cm_parse_time(const char *text, int64_t *ret_ns)
{
    if (!text)
        return false;
    struct cm_cursor cursor = cm_cursor(text, strlen(text));
    struct moment m = read_moment(&cursor);
    int64_t fraction = read_fraction(&cursor);
    int64_t zone = read_zone(&cursor);
    return conclude(&cursor, &m, zone, fraction, ret_ns);
}

/* ---- HTTP ---- */

/* Three letters; the first is 1. */
static int64_t
read_name(struct cm_cursor *cursor, const char *const *names, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (cm_cursor_skip(cursor, names[i]))
            return i + 1;
    cursor->failed = true;
    return 0;
}

bool
cm_parse_http_date(const char *text, int64_t *ret_ns)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct moment m = {0};
    if (!text)
        return false;
    struct cm_cursor cursor = cm_cursor(text, strlen(text));
    (void)read_name(&cursor, days, CM_COUNT(days));
    expect(&cursor, ", ");
    m.day = digits(&cursor, 2);
    expect(&cursor, " ");
    m.month = read_name(&cursor, months, CM_COUNT(months));
    expect(&cursor, " ");
    m.year = digits(&cursor, 4);
    expect(&cursor, " ");
    m.hour = digits(&cursor, 2);
    expect(&cursor, ":");
    m.minute = digits(&cursor, 2);
    expect(&cursor, ":");
    m.second = digits(&cursor, 2);
    expect(&cursor, " GMT");
    return conclude(&cursor, &m, 0, 0, ret_ns);
}

static struct moment
moment_of(int64_t seconds)
{
    int64_t days = seconds / DAY - (seconds % DAY < 0);
    int64_t rest = seconds - days * DAY;
    struct moment m = {.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
    m.year = 1970 + days / 366 - (days < 0); /* never too late while days / 366 is small */
    while (days_to_year(m.year) > days)
        m.year--;
    while (days_to_year(m.year + 1) <= days)
        m.year++;
    days -= days_to_year(m.year);
    for (m.month = 1; days >= days_of_month(m.year, m.month); m.month++)
        days -= days_of_month(m.year, m.month);
    m.day = days + 1;
    return m;
}

void
cm_format_time(int64_t ns, char ret[CM_TIME_SIZE])
{
    int64_t seconds = ns / CM_SECOND - (ns % CM_SECOND < 0);
    unsigned fraction = (unsigned)(ns % CM_SECOND + (ns % CM_SECOND < 0 ? CM_SECOND : 0));
    struct moment m = moment_of(seconds);
    char whole[sizeof "2026-11-22T18:19:53"];
    (void)snprintf(whole, sizeof whole, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)m.year % 10000,
                   (unsigned)m.month % 100, (unsigned)m.day % 100, (unsigned)m.hour % 100,
                   (unsigned)m.minute % 100, (unsigned)m.second % 100);
    if (fraction == 0)
        (void)snprintf(ret, CM_TIME_SIZE, "%sZ", whole);
    else
        (void)snprintf(ret, CM_TIME_SIZE, "%s.%09uZ", whole, fraction % (unsigned)CM_SECOND);
}

/* Two of a unit at least, so that a plural is right and no rounding hides half of the time. */
char *
cm_show_duration(struct cm_arena *arena, int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    uint64_t seconds = size / (uint64_t)CM_SECOND;
    if (size > 0 && seconds == 0)
        return cm_arena_printf(arena, "%s%u ms", sign, (unsigned)(size / 1000000));
    if (seconds < 120)
        return cm_arena_printf(arena, "%s%u s", sign, (unsigned)seconds);
    if (seconds < UINT64_C(2) * 3600)
        return cm_arena_printf(arena, "%s%u minutes", sign, (unsigned)(seconds / 60));
    if (seconds < UINT64_C(2) * 86400)
        return cm_arena_printf(arena, "%s%u hours", sign, (unsigned)(seconds / 3600));
    return cm_arena_printf(arena, "%s%u days", sign, (unsigned)(seconds / 86400));
}
