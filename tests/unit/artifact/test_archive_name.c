/* SPDX-License-Identifier: Apache-2.0
 *
 * What no name of an entry may be, and which names are one name to some reader.
 */
#include "artifact/archive_name.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME_MOST ((size_t)300)

static void
check_key(struct cm_name_key *key, const char *name, const char *want)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_name_key_make(key, name, strlen(name), &err))
        fail_msg("\"%s\" is refused: %s", name, err.text);
    if (key->size != strlen(want) || memcmp(key->at, want, key->size) != 0)
        fail_msg("the key of \"%s\" is \"%.*s\"", name, (int)key->size, key->at);
}

static struct cm_name_key
begin(size_t most)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_name_key key = {.at = NULL};
    if (!cm_name_key_begin(&key, most, &err))
        fail_msg("%s", err.text);
    return key;
}

static void
test_keys(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"a", "a"},
        {"lib/net45/Widget.dll", "lib/net45/widget.dll"},
        {"lib/net45/", "lib/net45"},
        {"lib\\net45\\Widget.dll", "lib/net45/widget.dll"},
        {"lib\\net45/", "lib/net45"},
        {"[Content_Types].xml", "[content_types].xml"},
        {"_rels/.rels", "_rels/.rels"},
        {"a.", "a"},
        {"a. . /b ", "a/b"},
        {" a", " a"},
        {"..a", "..a"},
        {"a..b", "a..b"},
        {"a<b>c\"d|e?f*g", "a_b_c_d_e_f_g"},
        {"a_b", "a_b"},
        {"AppVeyorSettings%2Ejson", "appveyorsettings.json"},
        {"%41%62%5cc", "ab/c"},
        {"a%2fb", "a/b"},
        {"100%", "100%"},
        {"100% wool.txt", "100% wool.txt"},
        {"100%25 wool.txt", "100% wool.txt"},
        {"%4g", "%4g"},
        {"%g4", "%g4"},
        {"a%zz%41", "a%zza"},
        {"file~", "file~"},
        {"~1", "~1"},
        {"abcdefg~1.txt", "abcdefg~1.txt"}, /* one too long to be short for something */
        {"abcdefghi~1", "abcdefghi~1"},
        {"a~-1", "a~-1"},
        {"abcdefgh~1.t", "abcdefgh~1.t"},
        {"a~1.html", "a~1.html"},
        {"a~1.b.c", "a~1.b.c"},
        {"a~1b", "a~1b"},
        {"\xc3\xa4+b%41 [1].txt", "\xc3\xa4+ba [1].txt"},
        {"\xc3\x84", "\xc3\xa4"},   /* Ä, ä */
        {"a\xcc\x88", "\xc3\xa4"},  /* a and two dots */
        {"%C3%84", "\xc3\xa4"},     /* the same, encoded */
        {"\xe2\x84\xaa", "k"},      /* the Kelvin sign */
        {"\xc5\xbf", "s"},          /* the long s */
        {"\xc4\xb1\xc4\xb0", "ii"}, /* dotless i, I with a dot */
        {"stra\xc3\x9f"
         "e",
         "strasse"},
        {"\xe1\xba\x9e", "ss"},                   /* the capital of it */
        {"\xef\xac\x81le", "file"},               /* fi as one letter */
        {"\xcf\x82\xce\xa3", "\xcf\x83\xcf\x83"}, /* both small sigmas */
        {"a\xe2\x80\x8b"
         "b\xef\xbb\xbf",
         "ab"}, /* what cannot be seen */
        {"\xe2\x80\xae"
         "a",
         "a"}, /* what turns direction */
        {"\xf0\x9f\x93\xa6.txt", "\xf0\x9f\x93\xa6.txt"},
        {"a\xc2\xa0", "a\xc2\xa0"}, /* Windows keeps that blank */
    };
    CM_CLEANUP(cm_name_key_done) struct cm_name_key key = begin(NAME_MOST);
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        check_key(&key, rows[i].name, rows[i].key);
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *why;
    } rows[] = {
        {"", "is empty"},
        {"/", "absolute"},
        {"//", "absolute"},
        {"/etc/passwd", "absolute"},
        {"\\a", "absolute"},
        {"\\\\server\\share\\a", "absolute"},
        {"%2Fa", "absolute"},
        {"%5ca", "absolute"},
        {"\xe2\x80\x8b/a", "absolute"}, /* to those who leave out what cannot be seen */
        {"C:/a", "colon"},
        {"C:a", "colon"},
        {"a.txt:hidden", "colon"},
        {"a/b%3Ac", "colon"},
        {"..", "out of its folder"},
        {"../a", "out of its folder"},
        {"a/../b", "out of its folder"},
        {"a/..", "out of its folder"},
        {"a/../", "out of its folder"},
        {"..\\a", "out of its folder"},
        {"a\\..\\b", "out of its folder"},
        {"..%2Fa", "out of its folder"},
        {"%2e%2E/a", "out of its folder"},
        {"%2e./a", "out of its folder"},
        {".\xe2\x80\x8d./a", "out of its folder"}, /* to those who leave out the joiner */
        {".. /a", "dots and spaces"},
        {".../a", "dots and spaces"},
        {"a/ /b", "dots and spaces"},
        {"a/. ", "dots and spaces"},
        {" ", "dots and spaces"},
        {".", "part \".\""},
        {"./a", "part \".\""},
        {"./", "part \".\""},
        {".\\a", "part \".\""},
        {"a/./b", "part \".\""},
        {"%2E/a", "part \".\""},
        {"a//b", "nothing between two slashes"},
        {"a//", "nothing between two slashes"},
        {"a/\\b", "nothing between two slashes"},
        {"a%2F", "nothing between two slashes, or at an end"},
        {"a%2F/", "nothing between two slashes, or at an end"},
        {"\xe2\x80\x8b", "nothing between two slashes, or at an end"},
        {"a\\", "ends in \\"},
        {"a%5C", "ends in \\"},
        {"a\\/", "ends in \\"},
        {"a\nb", "control character"},
        {"a\x7f", "control character"},
        {"\x1b[2J", "control character"},
        {"a%0Ab", "control character"},
        {"a\xc2\x85", "control character"},
        {"a\xc2\x80", "control character"},
        {"a\xc2\x9f", "control character"},
        {"a\xe2\x80\xa8", "control character"},
        {"a\xe2\x80\xa9", "control character"},
        {"a%C2%85", "control character"},
        {"a%00", "zero byte"},
        {"a\xff", "not UTF-8"},
        {"a\xc3", "not UTF-8"},
        {"a\xed\xa0\x80", "not UTF-8"}, /* half a surrogate */
        {"a\xc0\xae", "not UTF-8"},     /* a dot, overlong */
        {"\xc3%A4", "not UTF-8"},       /* it is only when it is decoded */
        {"a%FF", "when it is percent-decoded"},
        {"a%C3", "when it is percent-decoded"},
        {"%C3\xa4", "not UTF-8"},
        {"a%2541", "encoded twice"},
        {"%252e%252e/a", "encoded twice"},
        {"%25%34%31", "encoded twice"},
        {"%\xe2\x80\x8b"
         "41",
         "encoded twice"}, /* to those who leave out what cannot be seen first */
        {"%%41", "begins nothing"},
        {"a%4%41", "begins nothing"},
        {"100%%", "begins nothing"},
        {"APPVEY~1.JSO", "ABCDEF~1.TXT"},
        {"appvey~1.jso", "ABCDEF~1.TXT"},
        {"a/LONGNA~1/b", "ABCDEF~1.TXT"},
        {"a~1", "ABCDEF~1.TXT"},
        {"a~1.", "ABCDEF~1.TXT"},
        {"ab~12.c", "ABCDEF~1.TXT"},
        {"a~b~1.c", "ABCDEF~1.TXT"},
        {"a%7e1", "ABCDEF~1.TXT"},
    };
    CM_CLEANUP(cm_name_key_done) struct cm_name_key key = begin(NAME_MOST);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_name_key_make(&key, rows[i].name, strlen(rows[i].name), &err))
            fail_msg("\"%s\" is taken", rows[i].name);
        if (err.class != CM_E_MALFORMED || !strstr(err.text, rows[i].why) ||
            strncmp(err.text, "its name ", 9) != 0)
            fail_msg("\"%s\": %s: %s", rows[i].name, cm_class_name(err.class), err.text);
    }
}

static void
test_zero_bytes(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_name_key_done) struct cm_name_key key = begin(NAME_MOST);
    assert_false(cm_name_key_make(&key, "good.txt\0.exe", 13, &err));
    assert_non_null(strstr(err.text, "control character"));
    assert_false(cm_name_key_make(&key, "%41\0", 4, &err));
    assert_non_null(strstr(err.text, "not UTF-8"));
    assert_true(cm_name_key_make(&key, "a%41", 3, &err)); /* which ends in front of the 1 */
    assert_true(key.size == 3 && memcmp(key.at, "a%4", 3) == 0);
}

/* What grows most by being folded and taken apart, as much of it as there may be. */
static void
test_long(void **state)
{
    (void)state;
    static const char *const letters[] = {
        "\xce\x90",     "\xce\xb0",     "\xe1\xbe\x82", "\xe1\xbe\xb7", "\xc5\x89",
        "\xef\xac\x83", "\xea\xb0\x81", "\xc3\x9f",     "\xc4\xb0",     "\xf0\x9d\x85\xa0",
    };
    char name[NAME_MOST + 1];
    CM_CLEANUP(cm_name_key_done) struct cm_name_key key = begin(NAME_MOST);
    for (size_t i = 0; i < CM_COUNT(letters); i++) {
        struct cm_err err = CM_ERR_INIT;
        size_t size = 0, step = strlen(letters[i]);
        for (; size + step <= NAME_MOST; size += step)
            memcpy(name + size, letters[i], step);
        if (!cm_name_key_make(&key, name, size, &err))
            fail_msg("%s: %s", letters[i], err.text);
        assert_true(key.size > 0);
    }
    struct cm_err err = CM_ERR_INIT;
    memset(name, 'a', sizeof name);
    assert_true(cm_name_key_make(&key, name, NAME_MOST, &err));
    assert_false(cm_name_key_make(&key, name, NAME_MOST + 1, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_non_null(strstr(err.text, "longer than 300 bytes"));
    key.room = 1; /* which is too little for an a and its dots */
    assert_false(cm_name_key_make(&key, "\xc3\xa4", 2, &err));
    assert_non_null(strstr(err.text, "cannot be folded"));
    key.room = NAME_MOST;
    check_key(&key, "\xc3\xa4", "\xc3\xa4");
    check_key(&key, "ABCD", "abcd"); /* the room is used again */
    check_key(&key, "%42", "b");
}

static void
put_utf8(uint32_t code, size_t size, char *to)
{
    static const unsigned heads[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(heads[size - 1] | code);
}

/* Each character fits into the room that there is for its bytes; so do many. */
static void
test_all_characters(void **state)
{
    (void)state;
    static const uint32_t first[] = {0x1, 0x80, 0x800, 0x10000, 0x110000};
    for (size_t size = 1; size <= 4; size++) {
        CM_CLEANUP(cm_name_key_done) struct cm_name_key key = begin(size);
        for (uint32_t code = first[size - 1]; code < first[size]; code++) {
            struct cm_err err = CM_ERR_INIT;
            char name[4];
            put_utf8(code, size, name);
            if (!cm_name_key_make(&key, name, size, &err) && strstr(err.text, "folded"))
                fail_msg("U+%04x: %s", code, err.text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_zero_bytes),     cmocka_unit_test(test_long),
        cmocka_unit_test(test_all_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
