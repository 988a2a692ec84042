/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "../base/unit.h"

static const struct {
    const char *pattern, *text;
    bool matches;
} rows[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"*", "", true},
    {"*", "abc", true},
    {"*", "a/c", false},
    {"**", "", true},
    {"**", "a/b/c", true},
    {"***", "a/b", true},
    {"?", "a", true},
    {"?", "", false},
    {"?", "/", false},
    {"?", "ab", false},
    {"??", "\xc3\xa4", true}, /* bytes, not characters */
    {"a*c", "abc", true},
    {"a*c", "ac", true},
    {"a*c", "a/c", false},
    {"a**c", "a/b/c", true},
    {"a*b*c", "aXbYbZc", true},
    {"a*b*c", "aXbYbZ", false},
    {"a/**/c", "a/c", false},
    {"a/**/c", "a/b/c", true},
    {"a/*/c", "a/b/c", true},
    {"a/*/c", "a/b/b/c", false},
    {"refs/heads/release/*", "refs/heads/release/1.0", true},
    {"refs/heads/release/*", "refs/heads/release/1.0/x", false},
    {"refs/heads/release/*", "refs/heads/release", false},
    {"refs/heads/release/*", "refs/heads/xrelease/1", false},
    {"refs/heads/main", "refs/heads/main", true},
    {"refs/heads/main", "refs/heads/Main", false},
    {"refs/heads/main", "refs/heads/main2", false},
    {"refs/heads/main", "refs/heads/m\xd0\xb0in", false}, /* a Cyrillic a */
    {"refs/heads/ma?n", "refs/heads/m\xd0\xb0in", false},
    {"refs/heads/m\xc3\xa4in", "refs/heads/ma\xcc\x88in", false}, /* composed, decomposed */
    {"[ab]", "a", false},
    {"[ab]", "[ab]", true},
    {"\\*", "*", false},
    {"\\*", "\\x", true},
    {"*.zip", "a.zip", true},
    {"*.zip", "a.zip.exe", false},
    {"*.zip", "out/a.zip", false},
    {"**.zip", "out/a.zip", true},
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        if (cm_pattern_matches(rows[i].pattern, rows[i].text) != rows[i].matches)
            fail_msg("\"%s\" \"%s\"", rows[i].pattern, rows[i].text);
    }
    assert_false(cm_pattern_matches(NULL, "a"));
    assert_false(cm_pattern_matches("a", NULL));
}

/* The definition, word for word: exponential, and obviously right. */
static bool
oracle(const char *p, const char *t)
{
    if (p[0] == 0)
        return t[0] == 0;
    if (p[0] == '*') {
        bool crosses = p[1] == '*';
        if (oracle(p + 1 + crosses, t))
            return true;
        return t[0] != 0 && (crosses || t[0] != '/') && oracle(p, t + 1);
    }
    return t[0] != 0 && (p[0] == '?' ? t[0] != '/' : p[0] == t[0]) && oracle(p + 1, t + 1);
}

/* The n-th word over an alphabet. */
static void
spell(unsigned n, const char *alphabet, char *to)
{
    for (; n > 0; n /= (unsigned)strlen(alphabet) + 1) {
        unsigned letter = n % ((unsigned)strlen(alphabet) + 1);
        if (letter > 0)
            *to++ = alphabet[letter - 1];
    }
    *to = 0;
}

static void
test_against_the_definition(void **state)
{
    (void)state;
    for (unsigned p = 0; p < 3125; p++) { /* up to 5 of a / * ? */
        char pattern[16], text[16];
        spell(p, "a/*?", pattern);
        for (unsigned t = 0; t < 243; t++) { /* up to 5 of a / */
            spell(t, "a/", text);
            if (cm_pattern_matches(pattern, text) != oracle(pattern, text))
                fail_msg("\"%s\" \"%s\"", pattern, text);
        }
    }
}

/* 2^500 ways to try; with one step for each byte of either it is done before one notices. */
static void
test_nasty(void **state)
{
    (void)state;
    char pattern[CM_PATTERN_MOST + 2] = "", text[CM_PATTERN_MOST + 2];
    for (size_t i = 0; i + 1 < CM_PATTERN_MOST; i += 2)
        memcpy(pattern + i, "*a", 3);
    memset(text, 'a', CM_PATTERN_MOST - 1);
    strncpy(text + CM_PATTERN_MOST - 1, "b", 3);
    assert_false(cm_pattern_matches(pattern, text));
    text[CM_PATTERN_MOST - 1] = 'a';
    assert_true(cm_pattern_matches(pattern, text));
    for (size_t i = 0; i + 2 < CM_PATTERN_MOST; i += 3)
        memcpy(pattern + i, "**a", 4);
    assert_true(cm_pattern_matches(pattern, text));
}

static void
test_limits(void **state)
{
    (void)state;
    char text[CM_PATTERN_MOST + 2];
    memset(text, 'a', sizeof text);
    text[CM_PATTERN_MOST] = 0;
    assert_true(cm_pattern_matches("*", text));
    assert_true(cm_pattern_matches(text, text));
    text[CM_PATTERN_MOST] = 'a';
    text[CM_PATTERN_MOST + 1] = 0;
    assert_false(cm_pattern_matches("*", text));
    assert_false(cm_pattern_matches(text, "a"));
    assert_false(cm_pattern_matches("**", text));
}

static void
test_literals(void **state)
{
    (void)state;
    assert_int_equal(cm_pattern_literal("refs/heads/release/*"), 19);
    assert_int_equal(cm_pattern_literal("a?b*"), 1);
    assert_int_equal(cm_pattern_literal("abc"), 3);
    assert_int_equal(cm_pattern_literal(""), 0);
    assert_int_equal(cm_pattern_literal(NULL), 0);
}

static void
test_refs(void **state)
{
    (void)state;
    static const char *const good[] = {
        "refs/heads/main",
        "refs/heads/a/b/c",
        "refs/tags/v1.0",
        "refs/heads/@",
        "refs/heads/-x",
        "refs/heads/a@b",
        "refs/heads/\xc3\xa4",
        "refs/heads/lock",
        "refs/heads/a.lock.b",
        "refs/heads/a{b}",
        "refs/heads/0123456789012345678901234567890123456789",
    };
    static const char *const bad[] = {
        NULL,
        "",
        "main",
        "heads/main",
        "HEAD",
        "refs/heads",
        "refs/heads/",
        "refs/pull/1/head",
        "refs/remotes/origin/main",
        "refs/Heads/main",
        "/refs/heads/main",
        "refs/heads/a/",
        "refs/heads//a",
        "refs/heads/a//b",
        "refs/heads/.a",
        "refs/heads/a/.b",
        "refs/heads/a.",
        "refs/heads/a./b",
        "refs/heads/a..b",
        "refs/heads/a.lock",
        "refs/heads/a.lock/b",
        "refs/heads/a@{b",
        "refs/heads/a b",
        "refs/heads/a\tb",
        "refs/heads/a\x7f",
        "refs/heads/a~b",
        "refs/heads/a^b",
        "refs/heads/a:b",
        "refs/heads/a?b",
        "refs/heads/a*b",
        "refs/heads/a[b",
        "refs/heads/a\\b",
        "refs/heads/\xff",
        "refs/heads/\xed\xa0\x80",
        "refs/heads/a\n",
    };
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        if (!cm_ref_is_valid(good[i]))
            fail_msg("%s", good[i]);
        assert_int_equal(cm_ref_is_tag(good[i]), strncmp(good[i], "refs/tags/", 10) == 0);
        assert_int_not_equal(cm_ref_is_tag(good[i]), cm_ref_is_branch(good[i]));
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        if (cm_ref_is_valid(bad[i]) || cm_ref_is_tag(bad[i]) || cm_ref_is_branch(bad[i]))
            fail_msg("%s", bad[i]);
    }
    char text[600] = "refs/heads/";
    memset(text + 11, 'a', 512 - 11);
    assert_true(cm_ref_is_valid(text));
    text[512] = 'a';
    assert_false(cm_ref_is_valid(text));
}

static void
test_ref_patterns(void **state)
{
    (void)state;
    static const char *const good[] = {
        "refs/heads/main", "refs/heads/*",     "refs/heads/**",        "refs/tags/v?.*",
        "refs/heads/*/x",  "refs/heads/**/r*", "refs/heads/\xc3\xa4*",
    };
    static const char *const bad[] = {
        NULL,
        "",
        "*",
        "**",
        "refs/**",
        "refs/heads",
        "refs/heads/",
        "main",
        "refs/head*/main",
        "refs/heads/.*",
        "refs/heads/a..*",
        "refs/heads/*.",
        "refs/heads/*.lock",
        "refs/heads/*/",
        "refs/heads//*",
        "refs/heads/a b*",
        "refs/heads/[ab]",
        "refs/pull/*/head",
        "refs/heads/\xff*",
    };
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (!cm_ref_pattern_check(good[i], &err))
            fail_msg("%s: %s", good[i], err.text);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_ref_pattern_check(bad[i], &err))
            fail_msg("%s", bad[i]);
        assert_int_equal(err.class, CM_E_CONFIG);
    }
    char text[600] = "refs/heads/";
    memset(text + 11, '*', 513 - 11);
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_ref_pattern_check(text, &err));
    assert_non_null(strstr(err.text, "longer"));
}

static void
test_names(void **state)
{
    (void)state;
    assert_true(cm_is_commit_id("0123456789abcdef0123456789abcdef01234567"));
    assert_false(cm_is_commit_id("0123456789ABCDEF0123456789abcdef01234567"));
    assert_false(cm_is_commit_id("0123456789abcdef0123456789abcdef0123456"));
    assert_false(cm_is_commit_id("0123456789abcdef0123456789abcdef012345678"));
    assert_false(cm_is_commit_id("0123456789abcdef0123456789abcdef0123456\n"));
    assert_false(cm_is_commit_id("main"));
    assert_false(cm_is_commit_id(NULL));
    static const char *const good[] = {"a", "0", "a.b_c-d", "9-"};
    static const char *const bad[] = {NULL, "",    "A",   "-a",       ".a",
                                      "_a", "a b", "a/b", "\xc3\xa4", "a\n"};
    for (size_t i = 0; i < CM_COUNT(good); i++)
        assert_true(cm_is_slug(good[i]));
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        assert_false(cm_is_slug(bad[i]));
    char text[65] = "";
    memset(text, 'a', 63);
    assert_true(cm_is_slug(text));
    text[63] = 'a';
    assert_false(cm_is_slug(text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_against_the_definition),
        cmocka_unit_test(test_nasty),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_literals), cmocka_unit_test(test_refs),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_ref_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
