/* SPDX-License-Identifier: Apache-2.0 */
#include "net/find.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Looks for `text` in `stream` handed over in pieces of `piece` bytes. */
static void
find(struct cm_finder *ret, struct cm_arena *arena, const char *text, size_t after,
     const char *stream, size_t size, size_t piece)
{
    struct cm_err err = CM_ERR_INIT;
    cm_finder_begin(ret, arena, text, after);
    for (size_t at = 0; at < size; at += piece)
        assert_true(cm_finder_add(ret, stream + at, size - at < piece ? size - at : piece, &err));
    assert_true(cm_finder_end(ret, &err));
}

static void
across_borders(void **state)
{
    static const char stream[] = "git checkout -qf 0123 x git checkout git checkout -qf 4567";
    (void)state;
    for (size_t piece = 1; piece <= sizeof stream; piece++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(100000);
        struct cm_finder finder;
        find(&finder, arena, "git checkout -qf ", 6, stream, sizeof stream - 1, piece);
        assert_int_equal(finder.count, 2);
        assert_int_equal(finder.matches[0].offset, 0);
        assert_string_equal(finder.matches[0].text, "git checkout -qf 0123 x");
        assert_int_equal(finder.matches[1].offset,
                         sizeof stream - 1 - strlen("git checkout -qf 4567"));
        assert_string_equal(finder.matches[1].text, "git checkout -qf 4567");
        cm_finder_done(&finder);
    }
}

/* Against the simplest possible search, over streams made of few letters, so that half matches and
 * overlaps abound. */
static void
as_the_simplest_search(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 300; round++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1000000);
        struct cm_finder finder;
        char stream[200], text[8];
        size_t size = (size_t)(rand() % 200), length = (size_t)(rand() % 5 + 1), at = 0;
        size_t after = (size_t)(rand() % 10), seen = 0;
        for (size_t i = 0; i < size; i++)
            stream[i] = (char)('a' + rand() % 2);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)('a' + rand() % 2);
        text[length] = '\0';
        find(&finder, arena, text, after, stream, size, (size_t)(rand() % 20 + 1));
        for (at = 0; at + length <= size; at++) {
            if (memcmp(stream + at, text, length) != 0)
                continue;
            size_t whole = size - at < length + after ? size - at : length + after;
            assert_true(seen < finder.count);
            assert_int_equal(finder.matches[seen].offset, at);
            assert_int_equal(strlen(finder.matches[seen].text), whole);
            assert_memory_equal(finder.matches[seen].text, stream + at, whole);
            seen++;
        }
        assert_int_equal(seen, finder.count);
        cm_finder_done(&finder);
    }
}

static void
nul_hides_nothing(void **state)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(100000);
    struct cm_finder finder;
    (void)state;
    find(&finder, arena, "-qf ", 6, "..-qf 12\0abc", 12, 5);
    assert_int_equal(finder.count, 1);
    assert_string_equal(finder.matches[0].text, "-qf 12?abc");
    cm_finder_done(&finder);
}

static void
all_or_an_error(void **state)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(10000000);
    struct cm_finder finder;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    cm_finder_begin(&finder, arena, "x", 0);
    for (int i = 0; i < CM_FIND_MATCHES; i++)
        assert_true(cm_finder_add(&finder, "x", 1, &err));
    assert_int_equal(finder.count, CM_FIND_MATCHES);
    assert_false(cm_finder_add(&finder, "x", 1, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    cm_finder_done(&finder);
}

static void
keeps_no_stream(void **state)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(100000);
    static char much[1 << 20];
    struct cm_finder finder;
    (void)state;
    memset(much, 'y', sizeof much);
    find(&finder, arena, "yyyyyyyyx", 4096, much, sizeof much, sizeof much);
    assert_int_equal(finder.count, 0);
    assert_true(finder.window.room <= 9 + 4096 + 16 * 1024 + 1);
    assert_true(finder.offset + finder.window.size == sizeof much);
    cm_finder_done(&finder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(across_borders),    cmocka_unit_test(as_the_simplest_search),
        cmocka_unit_test(nul_hides_nothing), cmocka_unit_test(all_or_an_error),
        cmocka_unit_test(keeps_no_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
