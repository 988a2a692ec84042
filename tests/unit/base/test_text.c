/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define SECOND INT64_C(1000000000)

static void
test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"7", 7},
                {"-7", -7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "01",
                                      "-0",
                                      "-01",
                                      "-",
                                      "--1",
                                      "0x1",
                                      "1.0",
                                      "1e3",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "18446744073709551616",
                                      "99999999999999999999999",
                                      "\xd9\xa1"};
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        int64_t value = 99;
        assert_true(cm_parse_int(good[i].text, INT64_MIN, INT64_MAX, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        int64_t value = 99;
        if (cm_parse_int(bad[i], INT64_MIN, INT64_MAX, &value) || value != 99)
            fail_msg("\"%s\" was read", bad[i]);
    }
    int64_t value = 99;
    assert_false(cm_parse_int("10", 0, 9, &value));
    assert_false(cm_parse_int("-1", 0, 9, &value));
    assert_false(cm_parse_int(NULL, 0, 9, &value));
    assert_int_equal(value, 99);
}

static void
test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"90s", 90},      {"10m", 600}, {"36h", 129600},
                {"30d", 2592000}, {"0s", 0},    {"36500d", INT64_C(3153600000)},
                {"1s", 1}};
    static const char *const bad[] = {"",
                                      "90",
                                      "s",
                                      "-1s",
                                      "1.5h",
                                      "1 d",
                                      "1D",
                                      "1w",
                                      "01s",
                                      "1ss",
                                      "36501d",
                                      "3153600001s",
                                      "9223372036854775807d",
                                      " 1s"};
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        int64_t ns = -1;
        assert_true(cm_parse_duration(good[i].text, &ns));
        assert_true(ns == good[i].seconds * SECOND);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        int64_t ns = -1;
        if (cm_parse_duration(bad[i], &ns) || ns != -1)
            fail_msg("\"%s\" was read", bad[i]);
    }
}

static void
test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"512", 512},
                {"64k", 65536},
                {"32M", 32 << 20},
                {"2G", INT64_C(2) << 30},
                {"0", 0},
                {"8589934591G", INT64_C(8589934591) << 30},
                {"9223372036854775807", INT64_MAX}};
    static const char *const bad[] = {"",     "k",   "1K",          "1m",
                                      "1g",   "1kk", "1 k",         "-1",
                                      "1.5M", "1 ",  "8589934592G", "9223372036854775808",
                                      "1KiB"};
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        int64_t bytes = -1;
        assert_true(cm_parse_size(good[i].text, &bytes));
        assert_true(bytes == good[i].bytes);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        int64_t bytes = -1;
        if (cm_parse_size(bad[i], &bytes) || bytes != -1)
            fail_msg("\"%s\" was read", bad[i]);
    }
}

static void
test_hexadecimal(void **state)
{
    (void)state;
    char text[9];
    unsigned char bytes[4] = {9, 9, 9, 9};
    cm_hex("\x00\x0f\xa5\xff", 4, text);
    assert_string_equal(text, "000fa5ff");
    assert_true(cm_unhex("000FA5ff", 8, bytes));
    assert_memory_equal(bytes, "\x00\x0f\xa5\xff", 4);
    assert_false(cm_unhex("123", 3, bytes));
    assert_false(cm_unhex("00000g", 6, bytes));
    assert_memory_equal(bytes, "\x00\x0f\xa5\xff", 4);
    assert_true(cm_unhex("", 0, bytes));
}

/* The vectors of RFC 4648, section 10. */
static void
test_base64_vectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < CM_COUNT(pairs); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
        CM_CLEANUP(cm_buf_done) struct cm_buf back = CM_BUF_INIT(100);
        cm_base64(&text, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(cm_buf_text(&text), pairs[i][1]);
        assert_true(cm_unbase64(pairs[i][1], strlen(pairs[i][1]), &back));
        assert_string_equal(cm_buf_text(&back), pairs[i][0]);
    }
}

static void
test_base64_all_bytes_and_sizes(void **state)
{
    (void)state;
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(400);
        CM_CLEANUP(cm_buf_done) struct cm_buf back = CM_BUF_INIT(400);
        cm_base64(&text, bytes, size);
        assert_true(cm_unbase64(cm_buf_text(&text), text.size, &back));
        assert_int_equal(back.size, size);
        assert_memory_equal(cm_buf_text(&back), bytes, size);
    }
}

static void
test_base64_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",    "Zg",       "Zg=",    "Zh==", "Zm9=",
                                      "Z===", "====",     "Zg==\n", "Zm 9", "Zm-_",
                                      "=Zg=", "Zg==Zg==", "Zm9v=",  "Z=g="};
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(100);
        if (cm_unbase64(bad[i], strlen(bad[i]), &to) || to.size > 0)
            fail_msg("\"%s\" was read", bad[i]);
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(7);
    cm_base64(&small, "foobar", 6);
    assert_true(small.failed);
    assert_string_equal(cm_buf_text(&small), "");
}

static void
test_base64url(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",    "Zg==", "Zm+",   "Zm/",      "Zh",
                                      "Zm9=", "Zm\n", "Zm9vY", "Zg\0Zg==", "Zm 9"};
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(255 - i);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(400);
        CM_CLEANUP(cm_buf_done) struct cm_buf back = CM_BUF_INIT(400);
        cm_base64url(&text, bytes, size);
        assert_int_equal(text.size, (size * 4 + 2) / 3);
        assert_null(strpbrk(cm_buf_text(&text), "+/="));
        assert_true(cm_unbase64url(cm_buf_text(&text), text.size, &back));
        assert_int_equal(back.size, size);
        assert_memory_equal(cm_buf_text(&back), bytes, size);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(100);
        size_t size = strcmp(bad[i], "Zg") == 0 ? 7 : strlen(bad[i]); /* with a NUL inside */
        if (cm_unbase64url(bad[i], size, &to) || to.size > 0)
            fail_msg("\"%s\" was read", bad[i]);
    }
}

static bool
is_utf8(const char *text)
{
    return cm_is_utf8(text, strlen(text));
}

static void
test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "ascii\t",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2x",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe2\x82",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "a\xc3(",
                                      "\xf0\x90\x80"};
    for (size_t i = 0; i < CM_COUNT(good); i++)
        assert_true(is_utf8(good[i]));
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        assert_false(is_utf8(bad[i]));
    assert_false(cm_is_utf8("a\0b", 3));
    assert_false(cm_is_utf8("\xe2\x82\xac", 2));
}

/* Every code point there and back; the coder here is the oracle. */
static void
test_utf8_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x120000; code++) {
        unsigned char bytes[4] = {(unsigned char)code};
        size_t size = 1;
        if (code >= 0x80) {
            size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
            static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
            for (size_t i = size - 1; i > 0; i--)
                bytes[i] = (unsigned char)(0x80 | (code >> (6 * (size - 1 - i)) & 0x3f));
            bytes[0] = (unsigned char)(leads[size] | code >> (6 * (size - 1)));
        }
        bool valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
        uint32_t read = 0x777777;
        size_t length = cm_utf8_next(bytes, size, &read);
        if (length != (valid ? size : 0) || (valid && read != code))
            fail_msg("U+%04X", (unsigned)code);
    }
}

static void
test_escaping(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(10000);
    assert_string_equal(cm_escape(arena, "a\\b\n\r\t\x1b\x7f\xd0\xb0\xff~ \xf0\x9f\x98\x80"),
                        "a\\\\b\\n\\r\\t\\x1b\\x7f\\u{430}\\xff~ \\u{1f600}");
    assert_string_equal(cm_escape(arena, ""), "");
    assert_null(cm_escape(arena, NULL));
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(8);
    cm_buf_puts(&to, "x");
    cm_escape_to(&to, "abcd\n\n", 6);
    assert_true(to.failed);
    assert_string_equal(cm_buf_text(&to), "x");
    CM_CLEANUP(cm_buf_done) struct cm_buf nul = CM_BUF_INIT(80);
    cm_escape_to(&nul, "a\0b", 3);
    assert_string_equal(cm_buf_text(&nul), "a\\x00b");
}

static void
test_xml_escaping(void **state)
{
    (void)state;
    static const char hard[] =
        "<a b='\"'>&amp;]]>\t\n\r\x01\x1b\x7f\xc2\x85\xef\xbf\xbe\xef\xbf\xbf"
        "\xed\xa0\x80\xff\xc3\xa9\xf0\x9f\x98\x80\\\0";
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(500);
    cm_escape_xml_to(&to, hard, sizeof hard - 1);
    assert_string_equal(cm_buf_text(&to),
                        "&#60;a b=&#39;&#34;&#39;&#62;&#38;amp;]]&#62;&#9;&#10;&#13;\\x01\\x1b"
                        "\x7f\xc2\x85\\u{fffe}\\u{ffff}\\xed\\xa0\\x80\\xff\xc3\xa9\xf0\x9f\x98\x80"
                        "\\\\x00");
}

static void
test_mild_escaping_is_idempotent(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf once = CM_BUF_INIT(1000);
    CM_CLEANUP(cm_buf_done) struct cm_buf twice = CM_BUF_INIT(1000);
    const char *text = "\xc3\xa4\\\n\x1b\xff\xc2\x85\xe2\x80\xa8\xef\xbb\xbf";
    cm_escape_controls_to(&once, text, strlen(text));
    cm_escape_controls_to(&twice, once.at, once.size);
    assert_string_equal(once.at, "\xc3\xa4\\\\n\\x1b\\xff\\u{85}\\u{2028}\\u{feff}");
    assert_string_equal(once.at, twice.at);
}

static void
test_comparing(void **state)
{
    (void)state;
    assert_true(cm_ascii_equal_fold("GitHub.COM", "github.com"));
    assert_true(cm_ascii_equal_fold("", ""));
    assert_false(cm_ascii_equal_fold("a", "ab"));
    assert_false(cm_ascii_equal_fold("ab", "a"));
    assert_false(cm_ascii_equal_fold("@", "`"));
    assert_false(cm_ascii_equal_fold("[", "{"));
    assert_false(cm_ascii_equal_fold("\xc3\x84", "\xc3\xa4"));
    assert_true(cm_starts_with("refs/heads/x", "refs/heads/"));
    assert_true(cm_starts_with("x", ""));
    assert_false(cm_starts_with("ref", "refs"));
    assert_true(cm_ends_with("a.nupkg", ".nupkg"));
    assert_false(cm_ends_with("pkg", ".nupkg"));
    assert_true(cm_ends_with("x", ""));
}

static void
test_nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {"name", "slug", "connector", "repositories", "url", NULL};
    assert_string_equal(cm_nearest("conector", words), "connector");
    assert_string_equal(cm_nearest("respositories", words), "repositories");
    assert_string_equal(cm_nearest("solg", words), "slug");
    assert_string_equal(cm_nearest("nmae", words), "name");
    assert_string_equal(cm_nearest("URL", words), "url");
    assert_null(cm_nearest("certificate", words));
    assert_null(cm_nearest("x", words));
    assert_null(cm_nearest("", words));
    char long_word[100];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[99] = '\0';
    assert_null(cm_nearest(long_word, words));
    assert_null(cm_nearest("aaa", (const char *const[]){long_word, NULL}));
    long_word[64] = '\0';
    assert_string_equal(cm_nearest(long_word, (const char *const[]){long_word, NULL}), long_word);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_hexadecimal),
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_all_bytes_and_sizes),
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_base64_is_strict),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_every_code_point),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_xml_escaping),
        cmocka_unit_test(test_mild_escaping_is_idempotent),
        cmocka_unit_test(test_comparing),
        cmocka_unit_test(test_nearest_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
