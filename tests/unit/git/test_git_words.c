/* SPDX-License-Identifier: Apache-2.0
 *
 * What a server says, on its way into an error: nothing of it may reach a terminal as more than
 * text, wherever it was said.
 */
#include "git/v2.h"
#include "git/words.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "1111111111111111111111111111111111111111"

/* What is said, and how it has to be shown. */
static const struct {
    const char *said;
    size_t size;
    const char *shown;
} rows[] = {
#define ROW(said_, shown_)                                                                         \
    {                                                                                              \
        .said = (said_), .size = sizeof(said_) - 1, .shown = (shown_)                              \
    }
    ROW("go away", "go away"),
    ROW("go away \t\r\n\n", "go away"),
    ROW(" go\n\naway", " go\\n\\naway"),
    ROW("\x1b[31mred", "\\x1b[31mred"),
    ROW("over\rwritten", "over\\rwritten"),
    ROW("a\0b", "a\\x00b"),
    ROW("\0", "\\x00"),
    ROW("bell\a and back\b", "bell\\x07 and back\\x08"),
    ROW("\x7f", "\\x7f"),
    ROW("c1 \xc2\x9b"
        "31m",
        "c1 \\u{9b}31m"),
    ROW("\xff\xfe broken \xc3", "\\xff\\xfe broken \\xc3"),
    ROW("overlong \xc0\xaf", "overlong \\xc0\\xaf"),
    ROW("surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"),
    ROW("turned \xe2\x80\xae"
        "dnuor",
        "turned \\u{202e}dnuor"),
    ROW("isolated \xe2\x81\xa6 and \xd8\x9c", "isolated \\u{2066} and \\u{61c}"),
    ROW("line \xe2\x80\xa8 separator", "line \\u{2028} separator"),
    ROW("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
    ROW("", "nothing"),
    ROW(" \n", "nothing"),
#undef ROW
};

/* In memory of its own size, so that reading past its end is noticed. */
static const char *
words_of(const char *said, size_t size, char ret[CM_GIT_WORDS_MOST + 1])
{
    char *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    if (size > 0)
        memcpy(exact, said, size);
    memset(ret, '?', CM_GIT_WORDS_MOST + 1);
    assert_ptr_equal(cm_git_words(exact, size, ret), ret);
    free(exact);
    return ret;
}

static void
test_words(void **state)
{
    char shown[CM_GIT_WORDS_MOST + 1];
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        assert_string_equal(words_of(rows[i].said, rows[i].size, shown), rows[i].shown);
    assert_string_equal(cm_git_words(NULL, 0, shown), "nothing");
}

/* `count` times the unit and then a tail. */
static const char *
repeated(const char *unit, size_t count, const char *tail, char ret[CM_GIT_WORDS_MOST + 1])
{
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(100000);
    for (size_t i = 0; i < count; i++)
        cm_buf_puts(&said, unit);
    cm_buf_puts(&said, tail);
    assert_false(said.failed);
    return words_of(said.at, said.size, ret);
}

/* Cut between characters, and between escapes, at 300 bytes or a little before. */
static void
test_cut(void **state)
{
    char shown[CM_GIT_WORDS_MOST + 1];
    static const char *const units[] = {"x",    "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                        "\x1b", "\xff",     "\xe2\x80\xae", "\n"};
    (void)state;
    assert_int_equal(strlen(repeated("x", CM_GIT_WORDS_MOST, "", shown)), CM_GIT_WORDS_MOST);
    assert_null(strstr(shown, "..."));
    assert_int_equal(strlen(repeated("x", CM_GIT_WORDS_MOST, "y", shown)), CM_GIT_WORDS_MOST);
    assert_true(cm_ends_with(shown, "xxx..."));
    for (size_t i = 0; i < CM_COUNT(units); i++) {
        for (size_t before = 0; before < 12; before++) {
            char head[16] = "", one[CM_GIT_WORDS_MOST + 1];
            memset(head, 'h', before);
            CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(100000);
            cm_buf_puts(&said, head);
            for (size_t at = 0; at < 5000; at++)
                cm_buf_puts(&said, units[i]);
            cm_buf_puts(&said, "z");
            words_of(said.at, said.size, shown);
            /* all of them whole: "..." stands behind a number of shown units */
            cm_buf_clear(&said);
            cm_buf_printf(&said, "%sz", units[i]);
            words_of(said.at, said.size, one);
            size_t unit = strlen(one) - 1, size = strlen(shown);
            assert_in_range(size, CM_GIT_WORDS_MOST - unit - 3, CM_GIT_WORDS_MOST);
            assert_true(cm_ends_with(shown, "..."));
            assert_true(cm_is_utf8(shown, size));
            assert_int_equal((size - before - 3) % unit, 0);
        }
    }
}

/* ---- wherever it is said ---- */

/* One packet with a head in front of what is said. */
static void
put(struct cm_buf *to, const char *head, const char *said, size_t size)
{
    cm_buf_printf(to, "%04zx%s", 4 + strlen(head) + size, head);
    cm_buf_add(to, said, size);
}

static bool
refuse_pack(void *data, const void *at, size_t size, struct cm_err *err)
{
    (void)data, (void)at, (void)size;
    return cm_fail(err, CM_E_LIMIT, "no pack was to come");
}

static void
ask_fetch(const struct cm_buf *text, struct cm_err *err)
{
    struct cm_git_fetch_answer answer;
    cm_git_fetch_answer_begin(&answer, refuse_pack, NULL);
    assert_false(cm_git_fetch_answer_feed(&answer, text->at, text->size, err));
    cm_git_fetch_answer_done(&answer);
}

/* As it has to be shown behind what is ours. */
static void
assert_says(const struct cm_err *err, enum cm_class class, const char *ours, const char *shown)
{
    char expected[CM_GIT_WORDS_MOST + 200];
    snprintf(expected, sizeof expected, "%s%s", ours, shown);
    assert_int_equal(err->class, class);
    assert_string_equal(err->text, expected);
}

static void
say_in_band(const char *said, size_t size, const char *shown)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
    struct cm_err err = CM_ERR_INIT;
    cm_buf_puts(&text, "000dpackfile\n");
    put(&text, "\3", said, size);
    ask_fetch(&text, &err);
    assert_says(&err, CM_E_UNSUPPORTED, "the server says: ", shown);
}

static void
say_in_fetch(const char *said, size_t size, const char *shown)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
    struct cm_err err = CM_ERR_INIT;
    put(&text, "ERR ", said, size);
    ask_fetch(&text, &err);
    if (size > 0 && memchr(said, '\0', size))
        assert_says(&err, CM_E_MALFORMED, "the server's answer cannot be read", "");
    else
        assert_says(&err, CM_E_UNSUPPORTED, "the server says: ", shown);
}

static void
say_in_section(const char *said, size_t size, const char *shown)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
    struct cm_err err = CM_ERR_INIT;
    char with_head[CM_GIT_WORDS_MOST + 1 + 5];
    put(&text, "say: ", said, size);
    ask_fetch(&text, &err);
    if (size > 0 && memchr(said, '\0', size))
        assert_says(&err, CM_E_MALFORMED, "the server's answer cannot be read", "");
    else if (strcmp(shown, "nothing") != 0) {
        snprintf(with_head, sizeof with_head, "say: %s", shown);
        assert_says(&err, CM_E_MALFORMED,
                    "the server's answer has a section out of place: ", with_head);
    }
}

static void
say_in_refs(const char *said, size_t size, const char *shown)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
    static const char *const prefixes[] = {"refs/heads/"};
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_ref *refs = NULL;
    size_t count = 0;
    struct cm_arena *arena = cm_arena_new(100000);
    put(&text, "ERR ", said, size);
    assert_non_null(arena);
    assert_false(cm_git_refs_parse(arena, text.at, text.size, prefixes, 1, &refs, &count, &err));
    if (size > 0 && memchr(said, '\0', size))
        assert_says(&err, CM_E_MALFORMED, "the server's list of refs cannot be read", "");
    else
        assert_says(&err, CM_E_UNSUPPORTED, "the server says: ", shown);
    cm_arena_free(arena);
}

static void
advertise(const struct cm_buf *text, const char *shown)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_advertisement of;
    struct cm_arena *arena = cm_arena_new(100000);
    assert_non_null(arena);
    assert_false(cm_git_advertisement_parse(arena, text->at, text->size, &of, &err));
    assert_says(&err, CM_E_UNSUPPORTED, "the server says: ", shown);
    assert_int_equal(of.version, 0);
    assert_int_equal(of.capability_count, 0);
    cm_arena_free(arena);
}

static void
say_in_advertisement(const char *said, size_t size, const char *shown)
{
    static const char *const heads[] = {"", "001e# service=git-upload-pack\n0000",
                                        "000eversion 2\n", "000eversion 2\n000cls-refs\n"};
    for (size_t i = 0; i < CM_COUNT(heads); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
        cm_buf_puts(&text, heads[i]);
        put(&text, "ERR ", said, size);
        cm_buf_puts(&text, "0000");
        advertise(&text, shown);
    }
}

static void
test_wherever(void **state)
{
    static void (*const places[])(const char *, size_t, const char *) = {
        say_in_band, say_in_fetch, say_in_section, say_in_refs, say_in_advertisement};
    char many[5000], shown[CM_GIT_WORDS_MOST + 1];
    (void)state;
    for (size_t i = 0; i < CM_COUNT(places); i++) {
        for (size_t row = 0; row < CM_COUNT(rows); row++)
            places[i](rows[row].said, rows[row].size, rows[row].shown);
        memset(many, '\x1b', sizeof many);
        /* the one that shows more than what is said here is cut elsewhere */
        if (places[i] != say_in_section)
            places[i](many, sizeof many, words_of(many, sizeof many, shown));
    }
}

/* A ref's name is the server's, too, and may be longer than what is shown of it. */
static void
test_names(void **state)
{
    static const char *const prefixes[] = {"refs/heads/"};
    char name[CM_GIT_REF_MOST + 1] = "refs/heads/";
    static const char *const tails[] = {" peeled:x\n", "..\n"};
    (void)state;
    memset(name + strlen(name), 'n', 450);
    for (size_t i = 0; i < CM_COUNT(tails); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100000);
        struct cm_err err = CM_ERR_INIT;
        struct cm_git_ref *refs = NULL;
        size_t count = 0;
        struct cm_arena *arena = cm_arena_new(100000);
        cm_buf_printf(&text, "%04zx" A " %s%s", 4 + 41 + strlen(name) + strlen(tails[i]), name,
                      tails[i]);
        assert_false(
            cm_git_refs_parse(arena, text.at, text.size, prefixes, 1, &refs, &count, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_non_null(strstr(err.text, "nnn..."));
        assert_true(strlen(err.text) < CM_GIT_WORDS_MOST + 60);
        cm_arena_free(arena);
    }
}

/* ---- pages and redirects ---- */

static void
test_pages(void **state)
{
    static const char *const pages[] = {"text/html", "text/html; charset=utf-8", "Text/HTML;x",
                                        "text/html ", "application/xhtml+xml"};
    static const char *const others[] = {"",
                                         "text/htm",
                                         "text/html5",
                                         "text/plain",
                                         "application/x-git-upload-pack-advertisement",
                                         "x-text/html"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(pages); i++)
        assert_true(cm_git_is_page(pages[i]));
    for (size_t i = 0; i < CM_COUNT(others); i++)
        assert_false(cm_git_is_page(others[i]));
    assert_false(cm_git_is_page(NULL));
}

static void
test_moves(void **state)
{
#define ASKED "https://git.example/acme/widget/info/refs?service=git-upload-pack"
    static const struct {
        const char *asked, *location;
        enum cm_git_move move;
        const char *names;
    } moves[] = {
        {ASKED, "https://git.example/acme/gadget/info/refs", CM_GIT_MOVE_NAME,
         "https://git.example/acme/gadget"},
        {ASKED, "https://git.example/acme/widget.git/info/refs", CM_GIT_MOVE_NAME,
         "https://git.example/acme/widget.git"},
        {ASKED, "https://GIT.example:443/x/info/refs", CM_GIT_MOVE_NAME,
         "https://GIT.example:443/x"},
        {"https://git.example/acme/widget/git-upload-pack",
         "https://git.example/acme/gadget/git-upload-pack", CM_GIT_MOVE_NAME,
         "https://git.example/acme/gadget"},
        {ASKED, "https://git.example:8443/acme/widget/info/refs", CM_GIT_MOVE_HOST,
         "https://git.example:8443/acme/widget"},
        {ASKED, "https://other.example/acme/widget/info/refs", CM_GIT_MOVE_HOST,
         "https://other.example/acme/widget"},
        {ASKED, "https://git.example.evil.example/x/info/refs", CM_GIT_MOVE_HOST,
         "https://git.example.evil.example/x"},
        {ASKED, "http://git.example/acme/widget/info/refs", CM_GIT_MOVE_PLAIN,
         "http://git.example/acme/widget"},
        {ASKED, "http://git.example/login", CM_GIT_MOVE_PLAIN, "http://git.example/login"},
        {"http://git.example/a/info/refs", "http://git.example/b/info/refs", CM_GIT_MOVE_NAME,
         "http://git.example/b"},
        {ASKED, "https://git.example/users/sign_in", CM_GIT_MOVE_PAGE,
         "https://git.example/users/sign_in"},
        {ASKED, "https://git.example", CM_GIT_MOVE_PAGE, "https://git.example"},
        {ASKED, "https://login.example/info/refs/x", CM_GIT_MOVE_PAGE,
         "https://login.example/info/refs/x"},
        {ASKED, "https://user:password@git.example/x/info/refs", CM_GIT_MOVE_NOWHERE, ""},
        {ASKED, "file:///info/refs", CM_GIT_MOVE_NOWHERE, ""},
        {ASKED, "/acme/gadget/info/refs", CM_GIT_MOVE_NOWHERE, ""},
        {ASKED, "", CM_GIT_MOVE_NOWHERE, ""},
        {ASKED, NULL, CM_GIT_MOVE_NOWHERE, ""},
        {NULL, "https://git.example/acme/gadget/info/refs", CM_GIT_MOVE_NOWHERE, ""},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(moves); i++) {
        size_t size = 1;
        enum cm_git_move move = cm_git_move_of(moves[i].asked, moves[i].location, &size);
        if (move != moves[i].move || size != strlen(moves[i].names) ||
            (size > 0 && memcmp(moves[i].location, moves[i].names, size) != 0))
            fail_msg("%s: %d, %zu", moves[i].location ? moves[i].location : "NULL", (int)move,
                     size);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words), cmocka_unit_test(test_cut),   cmocka_unit_test(test_wherever),
        cmocka_unit_test(test_names), cmocka_unit_test(test_pages), cmocka_unit_test(test_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
