/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A     "1111111111111111111111111111111111111111"
#define SHALL "0034shallow " A /* git sends it without a line feed */

struct taken {
    struct cm_buf pack;
    bool refuse;
};

static bool
take(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct taken *taken = data;
    if (taken->refuse)
        return cm_fail(err, CM_E_LIMIT, "full");
    cm_buf_add(&taken->pack, at, size);
    return true;
}

/* Feeds the text in pieces of `step` bytes; the class of what came of it. */
static enum cm_class
fed(const char *text, size_t size, size_t step, struct taken *taken,
    struct cm_git_fetch_answer *answer, struct cm_err *err)
{
    *err = (struct cm_err)CM_ERR_INIT;
    cm_git_fetch_answer_begin(answer, take, taken);
    bool good = true;
    for (size_t at = 0; good && at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        char *exact = malloc(piece);
        assert_non_null(exact);
        memcpy(exact, text + at, piece);
        good = cm_git_fetch_answer_feed(answer, exact, piece, err);
        free(exact);
    }
    good = good && cm_git_fetch_answer_end(answer, err);
    assert_int_equal(good, err->class == CM_OK);
    cm_git_fetch_answer_done(answer);
    return err->class;
}

static void
test_answer(void **state)
{
    static const char text[] = "0011shallow-info\n" SHALL "0001000dpackfile\n"
                               "000a\1PACKx000b\2noise\n0006\1y0005\0010000";
    (void)state;
    for (size_t step = 1; step <= sizeof text; step++) {
        struct taken taken = {.pack = CM_BUF_INIT(100)};
        struct cm_git_fetch_answer answer;
        struct cm_err err;
        assert_int_equal(fed(text, sizeof text - 1, step, &taken, &answer, &err), CM_OK);
        assert_string_equal(cm_buf_text(&taken.pack), "PACKxy");
        assert_int_equal(answer.shallow, 1);
        assert_int_equal(answer.pack_size, 6);
        assert_false(answer.refused);
        cm_buf_done(&taken.pack);
    }
}

static void
test_all_sections(void **state)
{
    static const char text[] = "0014acknowledgments\n0008NAK\n0001"
                               "0011shallow-info\n0036unshallow " A "0001"
                               "0010wanted-refs\n0001000dpackfile\n0006\1x0000";
    struct taken taken = {.pack = CM_BUF_INIT(100)};
    struct cm_git_fetch_answer answer;
    struct cm_err err;
    (void)state;
    assert_int_equal(fed(text, sizeof text - 1, 7, &taken, &answer, &err), CM_OK);
    assert_int_equal(answer.shallow, 0);
    cm_buf_done(&taken.pack);
}

#define ROW(text_, class_)                                                                         \
    {                                                                                              \
        .text = (text_), .size = sizeof(text_) - 1, .class = (class_)                              \
    }

static void
test_bad_answers(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        enum cm_class class;
    } rows[] = {
        ROW("", CM_E_MALFORMED),
        ROW("0000", CM_E_MALFORMED),
        ROW("0002", CM_E_MALFORMED),
        ROW("0011shallow-info\n", CM_E_MALFORMED), /* git's answer to a date in the future */
        ROW("0011shallow-info\n0000", CM_E_MALFORMED),
        ROW("000dpackfile\n", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\1x", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\1x0001", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\1x0000x", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\1x00000000", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\4x0000", CM_E_MALFORMED),
        ROW("000dpackfile\n0006\0x0000", CM_E_MALFORMED),
        ROW("000dpackfile\n0004", CM_E_MALFORMED),
        ROW("000dpackfile\n0001000dpackfile\n0000", CM_E_MALFORMED),
        ROW("000dpackfile\n0003", CM_E_MALFORMED),
        ROW("000dpackfile\nfff1", CM_E_MALFORMED),
        ROW("0014packfile-uris\n\n", CM_E_MALFORMED),
        ROW("0010wanted-refs\n00010011shallow-info\n0001", CM_E_MALFORMED),
        ROW("0011shallow-info\n0012shallow 1111\n\n0001", CM_E_MALFORMED),
        ROW("0011shallow-info\n0035shallow " A "1", CM_E_MALFORMED),
        ROW("0011shallow-info\n000adeepen", CM_E_MALFORMED),
        ROW("0009hell\n", CM_E_MALFORMED),
        ROW("0007a\0b", CM_E_MALFORMED),
        ROW("<html>", CM_E_MALFORMED),
        ROW("0018ERR not our ref 1234", CM_E_NOT_FOUND),
        ROW("0010ERR go away\n", CM_E_UNSUPPORTED),
        ROW("0011shallow-info\n0010ERR go away\n", CM_E_UNSUPPORTED),
        ROW("000dpackfile\n0006\1x000b\3go off", CM_E_UNSUPPORTED),
        ROW("000dpackfile\n0005\3", CM_E_UNSUPPORTED),
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        for (size_t step = 1; step < 20; step += 18) {
            struct taken taken = {.pack = CM_BUF_INIT(100)};
            struct cm_git_fetch_answer answer;
            struct cm_err err;
            enum cm_class class = fed(rows[i].text, rows[i].size, step, &taken, &answer, &err);
            if (class != rows[i].class)
                fail_msg("%s: %s %s", rows[i].text, cm_class_name(class), err.text);
            assert_int_equal(answer.refused, class != CM_E_MALFORMED);
            cm_buf_done(&taken.pack);
        }
    }
}

/* The server's words are escaped, and cut. */
static void
test_words(void **state)
{
    struct taken taken = {.pack = CM_BUF_INIT(100)};
    struct cm_git_fetch_answer answer;
    struct cm_err err;
    char text[2000] = "07d0ERR \x1b[31m";
    (void)state;
    memset(text + strlen(text), 'x', sizeof text - strlen(text));
    assert_int_equal(fed(text, sizeof text, 100, &taken, &answer, &err), CM_E_UNSUPPORTED);
    assert_null(strchr(err.text, '\x1b'));
    assert_true(strlen(err.text) < 400);
}

static void
test_full_sink(void **state)
{
    struct taken taken = {.pack = CM_BUF_INIT(100), .refuse = true};
    struct cm_git_fetch_answer answer;
    struct cm_err err;
    (void)state;
    assert_int_equal(fed("000dpackfile\n0006\1x0000", 23, 100, &taken, &answer, &err), CM_E_LIMIT);
}

static void
test_too_many_lines(void **state)
{
    struct taken taken = {.pack = CM_BUF_INIT(100)};
    struct cm_git_fetch_answer answer;
    struct cm_err err = CM_ERR_INIT;
    bool good = true;
    size_t lines = 0;
    (void)state;
    cm_git_fetch_answer_begin(&answer, take, &taken);
    assert_true(cm_git_fetch_answer_feed(&answer, "0011shallow-info\n", 17, &err));
    for (; good && lines < 1000000; lines++)
        good = cm_git_fetch_answer_feed(&answer, SHALL, sizeof SHALL - 1, &err);
    assert_false(good);
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_false(cm_git_fetch_answer_feed(&answer, "0001", 4, &err));
    cm_git_fetch_answer_done(&answer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),      cmocka_unit_test(test_all_sections),
        cmocka_unit_test(test_bad_answers), cmocka_unit_test(test_words),
        cmocka_unit_test(test_full_sink),   cmocka_unit_test(test_too_many_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
