/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
test_pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 22);
    unsigned char *pieces[400];
    for (size_t i = 0; i < CM_COUNT(pieces); i++) {
        pieces[i] = cm_arena_alloc(arena, i * 7);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < i * 7; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 255) + 1, i * 7);
    }
    for (size_t i = 0; i < CM_COUNT(pieces); i++)
        for (size_t j = 0; j < i * 7; j++)
            assert_int_equal(pieces[i][j], i % 255 + 1);
}

static void
test_arena_keeps_its_maximum(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1000);
    assert_null(cm_arena_alloc(arena, 1001));
    assert_null(cm_arena_alloc(arena, SIZE_MAX));
    assert_non_null(cm_arena_alloc(arena, 600));
    assert_null(cm_arena_alloc(arena, 600));
    assert_non_null(cm_arena_alloc(arena, 300));
    size_t more = 0;
    while (cm_arena_alloc(arena, 1))
        more++;
    assert_in_range(more, 1, 100);
    CM_CLEANUP(cm_arena_done) struct cm_arena *none = cm_arena_new(0);
    assert_null(cm_arena_alloc(none, 0));
    assert_null(cm_arena_alloc(NULL, 1));
}

static void
test_large_pieces_between_small_ones(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 24);
    char *small = cm_arena_text(arena, "small");
    char *large = cm_arena_alloc(arena, 1 << 20);
    assert_non_null(large);
    memset(large, 'x', 1 << 20);
    char *after = cm_arena_text(arena, "after");
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
    assert_true(after - small == 16); /* the first chunk went on being filled */
}

static void
test_arena_texts(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(100);
    assert_null(cm_arena_text(arena, NULL));
    assert_null(cm_arena_bytes(arena, NULL, 3));
    assert_memory_equal(cm_arena_bytes(arena, "a\0b", 3), "a\0b\0", 4);
    assert_string_equal(cm_arena_printf(arena, "%s-%d", "x", 5), "x-5");
    assert_null(cm_arena_printf(arena, "%200d", 1));
}

static void
test_buffer_grows_to_its_maximum_exactly(void **state)
{
    (void)state;
    for (size_t most = 0; most < 300; most++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(most);
        for (size_t i = 0; i < most; i++)
            cm_buf_putc(&buf, 'a');
        assert_false(buf.failed);
        assert_int_equal(buf.size, most);
        assert_int_equal(strlen(cm_buf_text(&buf)), most);
        cm_buf_putc(&buf, 'b');
        assert_true(buf.failed);
        assert_int_equal(buf.size, most);
        assert_null(cm_buf_take(&buf));
    }
}

static void
test_nothing_is_appended_after_a_failure(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(8);
    cm_buf_puts(&buf, "12345");
    cm_buf_puts(&buf, "6789");
    assert_true(buf.failed);
    cm_buf_puts(&buf, "6");
    cm_buf_printf(&buf, "%d", 7);
    assert_null(cm_buf_extend(&buf, 0));
    assert_string_equal(cm_buf_text(&buf), "12345");
    cm_buf_clear(&buf);
    assert_false(buf.failed);
    cm_buf_printf(&buf, "%s=%d", "n", 1);
    assert_string_equal(cm_buf_text(&buf), "n=1");
}

static void
test_sizes_that_would_overflow(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(SIZE_MAX);
    assert_null(cm_buf_extend(&buf, SIZE_MAX));
    buf.failed = false;
    cm_buf_putc(&buf, 'x');
    assert_null(cm_buf_extend(&buf, SIZE_MAX - 1));
    assert_string_equal(cm_buf_text(&buf), "x");
}

static void
test_take_gives_the_bytes_away(void **state)
{
    (void)state;
    struct cm_buf buf = CM_BUF_INIT(100);
    cm_buf_add(&buf, "a\0b", 3);
    char *text = cm_buf_take(&buf);
    assert_memory_equal(text, "a\0b\0", 4);
    assert_null(buf.at);
    assert_int_equal(buf.size, 0);
    free(text);
    text = cm_buf_take(&buf);
    assert_string_equal(text, "");
    free(text);
    assert_string_equal(cm_buf_text(&buf), "");
    cm_buf_add(&buf, NULL, 0);
    assert_false(buf.failed);
    cm_buf_done(&buf);
}

static void
test_secret_bytes_are_wiped_when_cut(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(1000);
    buf.secret = true;
    cm_buf_puts(&buf, "hunter2hunter2");
    for (int i = 0; i < 100; i++)
        cm_buf_puts(&buf, "x");
    assert_memory_equal(buf.at, "hunter2hunter2xxx", 17);
    cm_buf_cut(&buf, 3);
    static const char zeros[111];
    assert_memory_equal(buf.at + 3, zeros, sizeof zeros);
    assert_string_equal(buf.at, "hun");
    cm_buf_cut(&buf, 50);
    assert_int_equal(buf.size, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena_keeps_its_maximum),
        cmocka_unit_test(test_large_pieces_between_small_ones),
        cmocka_unit_test(test_arena_texts),
        cmocka_unit_test(test_buffer_grows_to_its_maximum_exactly),
        cmocka_unit_test(test_nothing_is_appended_after_a_failure),
        cmocka_unit_test(test_sizes_that_would_overflow),
        cmocka_unit_test(test_take_gives_the_bytes_away),
        cmocka_unit_test(test_secret_bytes_are_wiped_when_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
