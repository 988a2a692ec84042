/* SPDX-License-Identifier: Apache-2.0 */
#include "git/pkt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_sizes(void **state)
{
    static const struct {
        const char *digits;
        bool good;
        size_t size;
    } rows[] = {
        {"0000", true, 0},  {"0001", true, 1},  {"0002", true, 2},     {"0003", false, 0},
        {"0004", true, 4},  {"0005", true, 5},  {"fff0", true, 65520}, {"FFf0", true, 65520},
        {"fff1", false, 0}, {"ffff", false, 0}, {"00 4", false, 0},    {"+004", false, 0},
        {"0x10", false, 0}, {"-001", false, 0}, {"00g0", false, 0},    {"\0\0\0\0", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        unsigned char digits[4];
        size_t size = 77;
        memcpy(digits, rows[i].digits, 4);
        assert_int_equal(cm_pkt_size(digits, &size), rows[i].good);
        assert_int_equal(size, rows[i].good ? rows[i].size : 77);
    }
}

static void
test_reading(void **state)
{
    static const char text[] = "0009hello0000000100020004000aworld\n";
    static const enum cm_pkt_kind kinds[] = {CM_PKT_DATA,         CM_PKT_FLUSH, CM_PKT_DELIM,
                                             CM_PKT_RESPONSE_END, CM_PKT_DATA,  CM_PKT_DATA,
                                             CM_PKT_END,          CM_PKT_END};
    static const char *const lines[] = {"hello", NULL, NULL, NULL, "", "world", NULL, NULL};
    struct cm_cursor cursor = cm_cursor(text, sizeof text - 1);
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        struct cm_pkt pkt;
        const char *line = NULL;
        size_t size = 0;
        assert_true(cm_pkt_next(&cursor, &pkt, &err));
        assert_int_equal(pkt.kind, kinds[i]);
        assert_int_equal(cm_pkt_line(&pkt, &line, &size), lines[i] != NULL);
        if (lines[i])
            assert_true(size == strlen(lines[i]) && memcmp(line, lines[i], size) == 0);
    }
}

static void
test_bad_packets(void **state)
{
    static const char *const texts[] = {"0", "000", "0005", "0009hell", "zzzz", "0003", "fff1"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(texts); i++) {
        struct cm_cursor cursor = cm_cursor(texts[i], strlen(texts[i]));
        struct cm_pkt pkt = {.size = 99};
        struct cm_err err = CM_ERR_INIT;
        assert_false(cm_pkt_next(&cursor, &pkt, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_int_equal(pkt.size, 99);
    }
}

static void
test_a_line_has_no_nul(void **state)
{
    struct cm_cursor cursor = cm_cursor("0007a\0b", 7);
    struct cm_pkt pkt;
    struct cm_err err = CM_ERR_INIT;
    const char *line = NULL;
    size_t size = 0;
    (void)state;
    assert_true(cm_pkt_next(&cursor, &pkt, &err));
    assert_false(cm_pkt_line(&pkt, &line, &size));
}

static void
test_writing(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(200000);
    char *text = malloc(CM_PKT_MOST + 1);
    (void)state;
    assert_non_null(text);
    cm_pkt_put(&buf, "want x");
    cm_pkt_put_mark(&buf, CM_PKT_DELIM);
    cm_pkt_put_mark(&buf, CM_PKT_FLUSH);
    cm_pkt_put_mark(&buf, CM_PKT_RESPONSE_END);
    assert_string_equal(cm_buf_text(&buf), "000bwant x\n000100000002");
    memset(text, 'x', CM_PKT_MOST);
    text[CM_PKT_DATA_MOST - 1] = '\0';
    cm_buf_clear(&buf);
    cm_pkt_put(&buf, text);
    assert_false(buf.failed);
    assert_int_equal(buf.size, CM_PKT_MOST);
    assert_memory_equal(buf.at, "fff0x", 5);
    text[CM_PKT_DATA_MOST - 1] = 'x';
    text[CM_PKT_DATA_MOST] = '\0';
    cm_pkt_put(&buf, text);
    assert_true(buf.failed);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),       cmocka_unit_test(test_reading),
        cmocka_unit_test(test_bad_packets), cmocka_unit_test(test_a_line_has_no_nul),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
