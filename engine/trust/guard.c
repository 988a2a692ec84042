/* SPDX-License-Identifier: Apache-2.0
 *
 * What libconfig 1.5 does with bytes that are not quite a configuration, each tried before it was
 * refused here:
 *
 *   a = 4295194851;         227555: integers are cut to 32 bits (2147483648 becomes -2147483648)
 *   a = 99999999999999;     some other number; with 23 digits -1
 *   a = 0xffffffff;         -1; 0x100000000 is 0; more than 64 bits with an L are -1
 *   a = 9223372036854775808L;  9223372036854775807
 *   a = 12b = 3;            a is 12 and b is 3
 *   a = .;                  0.0; 1e999 is infinite. No setting is a fraction
 *   a = 010;                10, where other readers of such numbers say 8
 *   a = 1; / * unclosed     the rest of the file is swallowed without a word
 *   a = "unclosed           line feeds are part of a text, up to the next quote somewhere
 *   a = [ "x" "y" ];        one text "xy": the comma that was forgotten joins
 *   a = "\x00b";            "b"; \xff makes text that is not UTF-8; "\d" keeps its backslash
 *   a NUL                   ends the file, or is a syntax error
 *   @include "/etc/shadow"  is read, at the beginning of a line; complaints then quote from it
 *   a = (((( ...            10,000 deep: "memory exhausted"
 *   a = 1; // no line feed  a syntax error, if the last line is a comment: the caller adds one
 *
 * Two settings of one name in a group, elements of several types in one array and all else that is
 * no sentence of its grammar libconfig refuses itself. Values are never repeated in a message: one
 * that was not put in quotes may be a secret.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "trust/reader.h"

#include <string.h>

#define DEPTH_MOST 32
#define DIGITS     "0123456789"
#define HEX        DIGITS "abcdefABCDEF"

struct scan {
    struct cm_cursor in;
    const unsigned char *begin;
    const char *file;
    unsigned line;
    struct cm_complaints *complaints;
    struct cm_buf *lines; /* may be NULL */
    char open[DEPTH_MOST];
    size_t depth;
    bool behind_text; /* the last token was a text */
};

static void
complain(const struct scan *scan, const char *what, const char *remedy)
{
    cm_complain(scan->complaints, (struct cm_place){scan->file, scan->line}, "", remedy, "%s",
                what);
}

/* ---- line by line: bytes that stand nowhere, not even in a comment ---- */

static bool
has_control(const unsigned char *at, size_t size)
{
    if (size > 0 && at[size - 1] == '\r')
        size--;
    for (size_t i = 0; i < size; i++) {
        if ((at[i] < 0x20 && at[i] != '\t') || at[i] == 0x7f)
            return true;
        if (at[i] == 0xc2 && i + 1 < size && at[i + 1] < 0xa0)
            return true;
    }
    return false;
}

/* U+202A to U+202E and U+2066 to U+2069 make a line look like another one. */
static bool
has_direction_mark(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        if (at[i] != 0xe2)
            continue;
        if (at[i + 1] == 0x80 && at[i + 2] >= 0xaa && at[i + 2] <= 0xae)
            return true;
        if (at[i + 1] == 0x81 && at[i + 2] >= 0xa6 && at[i + 2] <= 0xa9)
            return true;
    }
    return false;
}

static const char *
wrong_with_line(const unsigned char *at, size_t size)
{
    if (!cm_is_utf8(at, size) && memchr(at, 0, size) == NULL)
        return "is not UTF-8";
    if (has_control(at, size))
        return "holds a control character";
    if (has_direction_mark(at, size))
        return "holds a character that changes the direction of text";
    return NULL;
}

/* The bytes in front of the first line that is refused. */
static size_t
good_lines(struct scan *scan, const unsigned char *at, size_t size)
{
    size_t begin = 0;
    for (scan->line = 1; begin < size; scan->line++) {
        const unsigned char *end = memchr(at + begin, '\n', size - begin);
        size_t length = end != NULL ? (size_t)(end - at) - begin : size - begin;
        const char *wrong = wrong_with_line(at + begin, length);
        if (wrong != NULL) {
            complain(scan, wrong, "remove it; files are UTF-8, with tabs and line feeds");
            return begin;
        }
        begin += length + 1;
    }
    return size;
}

/* ---- token by token ---- */

static int
peek(const struct scan *scan, size_t ahead)
{
    return cm_cursor_left(&scan->in) > ahead ? scan->in.at[ahead] : -1;
}

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool
is_name(int c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || is_digit(c) || c == '_' || c == '-' || c == '*';
}

static bool
skip_comment(struct scan *scan)
{
    if (!cm_cursor_skip(&scan->in, "/*")) {
        while (peek(scan, 0) >= 0 && peek(scan, 0) != '\n')
            (void)cm_cursor_u8(&scan->in);
        return true;
    }
    unsigned lines = 0;
    while (!cm_cursor_skip(&scan->in, "*/")) {
        if (cm_cursor_left(&scan->in) == 0) {
            complain(scan, "a comment that begins here is not closed", "close it with */");
            return false;
        }
        lines += cm_cursor_u8(&scan->in) == '\n';
    }
    scan->line += lines;
    return true;
}

/* The two digits of \xNN stand for a character that can be seen. */
static bool
is_hex_escape(const struct scan *scan)
{
    int high = peek(scan, 0), low = peek(scan, 1);
    if (high < '2' || high > '7' || low <= 0 || strchr(HEX, low) == NULL)
        return false;
    return high != '7' || (low != 'f' && low != 'F');
}

static void
scan_escape(struct scan *scan)
{
    int c = cm_cursor_left(&scan->in) > 0 && peek(scan, 0) != '\n' ? cm_cursor_u8(&scan->in) : 0;
    if (c == '\\' || c == '"' || c == 'n' || c == 't')
        return;
    if ((c == 'x' || c == 'X') && is_hex_escape(scan))
        return;
    complain(scan, "a text holds a backslash that would not be read as written",
             "write \\\\ for a backslash; there are \\\", \\n, \\t, and \\x20 to \\x7e");
}

static bool
scan_text(struct scan *scan)
{
    char in = scan->depth > 0 ? scan->open[scan->depth - 1] : '{';
    if (scan->behind_text && in != '{')
        complain(scan, "two texts of a list follow each other", "put a comma between them");
    if (!scan->behind_text && scan->lines != NULL)
        cm_buf_add(scan->lines, &scan->line, sizeof scan->line);
    (void)cm_cursor_u8(&scan->in);
    for (;;) {
        int c = peek(scan, 0);
        if (c < 0 || c == '\n') {
            complain(scan, "a text that begins here is not closed in its line",
                     "close it with a quote; a long text may be several, one behind the other");
            return false;
        }
        (void)cm_cursor_u8(&scan->in);
        if (c == '"')
            return true;
        if (c == '\\')
            scan_escape(scan);
    }
}

static bool
decimal_fits(const char *digits, bool wide)
{
    int64_t least = wide ? INT64_MIN : INT32_MIN, most = wide ? INT64_MAX : INT32_MAX, value;
    return cm_parse_int(digits, least, most, &value);
}

static bool
hex_fits(const char *digits, bool wide)
{
    size_t zeros = strspn(digits, "0");
    size_t count = strlen(digits) - zeros;
    size_t room = wide ? 16 : 8;
    return count < room || (count == room && digits[zeros] <= '7');
}

/* Would libconfig take all of it for one whole number, of whatever size? */
static bool
is_one_number(const char *token)
{
    bool hex = token[0] == '0' && (token[1] == 'x' || token[1] == 'X');
    const char *digits = hex ? token + 2 : token + (token[0] == '+' || token[0] == '-');
    size_t count = strspn(digits, hex ? HEX : DIGITS);
    size_t wide = strspn(digits + count, "L");
    return count > 0 && wide <= 2 && digits[count + wide] == 0;
}

/* As libconfig would take it and as it was meant: decimal or 0x, with an L up to 64 bits. */
static bool
is_whole_number(char *token)
{
    size_t size = strcspn(token, "L");
    bool wide = token[size] == 'L';
    token[size] = 0;
    if (token[0] == '0' && (token[1] == 'x' || token[1] == 'X'))
        return hex_fits(token + 2, wide);
    return decimal_fits(token + (token[0] == '+'), wide);
}

/* A number and something else end the reading: the something could be most of a secret that stands
 * without quotes, and libconfig would take it for the name of a setting. */
static bool
scan_number(struct scan *scan)
{
    char token[32];
    size_t size = 0;
    bool whole = true;
    for (int c = peek(scan, 0); is_name(c) || c == '.' || c == '+'; c = peek(scan, 0)) {
        whole = whole && size + 1 < sizeof token;
        if (whole)
            token[size++] = (char)c;
        (void)cm_cursor_u8(&scan->in);
    }
    token[size] = 0;
    whole = whole && is_one_number(token);
    if (!whole || !is_whole_number(token))
        complain(scan, "this is no whole number that would be read as written",
                 "put a text in quotes; a number beyond 32 bits has an L behind it; there are no "
                 "fractions and no leading zeros");
    return whole;
}

static bool
scan_bracket(struct scan *scan, int c)
{
    if (c == ')' || c == ']' || c == '}') {
        scan->depth -= scan->depth > 0;
    } else if (scan->depth == DEPTH_MOST) {
        complain(scan, "groups and lists are too deep", "no more than 32, one in the other");
        return false;
    } else {
        scan->open[scan->depth++] = (char)c;
    }
    (void)cm_cursor_u8(&scan->in);
    return true;
}

static bool
scan_other(struct scan *scan, int c)
{
    if (c == '@') {
        complain(scan, "files are not included", "use conf.d/ beside the main file");
        return false;
    }
    if (c >= 0x80) {
        complain(scan, "a character that is not ASCII stands outside of quotes and comments",
                 "remove it (also a byte order mark)");
        return false;
    }
    (void)cm_cursor_u8(&scan->in); /* known to the grammar or not: libconfig says */
    return true;
}

static bool
is_blank(const struct scan *scan, int c)
{
    bool comment = c == '#' || (c == '/' && (peek(scan, 1) == '/' || peek(scan, 1) == '*'));
    return comment || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
skip_blank(struct scan *scan, int c)
{
    if (c == '#' || c == '/')
        return skip_comment(scan);
    scan->line += c == '\n';
    (void)cm_cursor_u8(&scan->in);
    return true;
}

static bool
scan_token(struct scan *scan)
{
    int c = peek(scan, 0), next = peek(scan, 1);
    if (is_blank(scan, c))
        return skip_blank(scan, c);
    bool good = true, text = c == '"';
    if (text)
        good = scan_text(scan);
    else if (is_digit(c) || c == '.' || ((c == '+' || c == '-') && (next == '.' || is_digit(next))))
        good = scan_number(scan);
    else if (is_name(c))
        while (is_name(peek(scan, 0)))
            (void)cm_cursor_u8(&scan->in);
    else if (strchr("()[]{}", c) != NULL)
        good = scan_bracket(scan, c);
    else
        good = scan_other(scan, c);
    scan->behind_text = text;
    return good;
}

size_t
cm_guard_scan(const char *file, const void *at, size_t size, struct cm_buf *lines,
              struct cm_complaints *complaints)
{
    struct scan scan = {.file = file, .begin = at, .complaints = complaints, .lines = lines};
    if (size > CM_CONFIG_MOST) {
        complain(&scan, "the file is larger than 1 MiB", "divide it, see conf.d/");
        return 0;
    }
    size_t good = good_lines(&scan, at, size);
    scan.in = cm_cursor(at, good);
    scan.line = 1;
    while (cm_cursor_left(&scan.in) > 0) {
        const unsigned char *begin = scan.in.at;
        if (!scan_token(&scan))
            return (size_t)(begin - scan.begin);
    }
    return good;
}

bool
cm_config_guard(const char *file, const void *at, size_t size, struct cm_complaints *complaints)
{
    size_t before = complaints->count;
    size_t good = cm_guard_scan(file, at, size, NULL, complaints);
    return good == size && complaints->count == before && !complaints->cut;
}
