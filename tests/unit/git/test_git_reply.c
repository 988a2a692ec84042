/* SPDX-License-Identifier: Apache-2.0 */
#include "git/reply.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID   "ce013625030ba8dba906f756967f9e9ca394464a" /* of "hello\n", a blob */
#define MOST ((size_t)1000)

/* What was read, in words. */
struct heard {
    struct cm_buf text;
    size_t count, refuse_at;
};

static bool
hear(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    static const char *const names[] = {"hello", "indexed", "request", "object", "absent",
                                        "walk",  "commit",  "end",     "error"};
    struct heard *heard = data;
    if (heard->count++ == heard->refuse_at)
        return cm_fail(err, CM_E_DENIED, "enough");
    cm_buf_printf(&heard->text, "%s", names[item->kind]);
    if (item->kind == CM_ITEM_WALK)
        cm_buf_printf(&heard->text, " %d %llu %llu %llu %s", item->walk.finding,
                      (unsigned long long)item->walk.walked, (unsigned long long)item->walk.length,
                      (unsigned long long)item->walk.kept, item->walk.id);
    if (item->text)
        cm_buf_printf(&heard->text, " %s", item->text);
    if (item->kind == CM_ITEM_INDEXED)
        cm_buf_printf(&heard->text, " %llu", (unsigned long long)item->count);
    if (item->raw.at)
        cm_buf_printf(&heard->text, " %zu:%.*s", item->raw.size, (int)item->raw.size,
                      (const char *)item->raw.at);
    if (item->kind == CM_ITEM_ERROR)
        cm_buf_printf(&heard->text, " %s %s", cm_class_name(item->err.class), item->err.text);
    cm_buf_puts(&heard->text, ";");
    return true;
}

/* In pieces of so many bytes. */
static enum cm_class
read_in(const char *text, size_t size, size_t step, struct heard *heard)
{
    struct cm_git_reader reader;
    struct cm_err err = CM_ERR_INIT;
    bool good = true;
    *heard = (struct heard){.text = CM_BUF_INIT(1 << 20), .refuse_at = SIZE_MAX};
    cm_git_reader_begin(&reader, MOST);
    for (size_t at = 0; good && at < size; at += step)
        good = cm_git_reader_feed(&reader, text + at, size - at < step ? size - at : step, hear,
                                  heard, &err);
    cm_git_reader_done(&reader);
    assert_int_equal(good, err.class == CM_OK);
    return err.class;
}

static void
expect(const char *text, const char *words)
{
    size_t size = strlen(text);
    for (size_t step = 1; step <= size; step++) {
        struct heard heard;
        assert_int_equal(read_in(text, size, step, &heard), CM_OK);
        assert_string_equal(cm_buf_text(&heard.text), words);
        cm_buf_done(&heard.text);
    }
}

static void
test_items(void **state)
{
    (void)state;
    expect(CM_GIT_HELLO "\nend\n", "hello;end;");
    expect("indexed 12 /a b/pack-1.idx\nend\n", "indexed /a b/pack-1.idx 12;end;");
    expect("indexed 0 -\n", "indexed - 0;");
    expect("request 0\nrequest 5\n0000\nend\n", "request 0:;request 5:0000\n;end;");
    expect("object blob 6\nhello\nend\nabsent\nend\n", "object blob 6:hello\n;end;absent;end;");
    expect("walk closed 7 0 0 -\nend\n", "walk 1 7 0 0 ;end;");
    expect("walk open 7 0 0 " ID "\n", "walk 2 7 0 0 " ID ";");
    expect("walk found 9 4 2 " ID "\ncommit 3\nabccommit 0\nend\n",
           "walk 0 9 4 2 " ID ";commit 3:abc;commit 0:;end;");
    expect("error limit too large\nend\n", "error limit too large;end;");
    expect("error transient no room\n", "error transient no room;");
}

/* Whatever is missing is waited for; nothing is taken for more than it is. */
static void
test_cut(void **state)
{
    static const char text[] = "walk found 9 1 1 " ID "\ncommit 3\nabcend\n";
    (void)state;
    for (size_t size = 0; size + 1 < sizeof text - 1; size++) {
        struct heard heard;
        assert_int_equal(read_in(text, size, 7, &heard), CM_OK);
        assert_null(strstr(cm_buf_text(&heard.text), "end"));
        cm_buf_done(&heard.text);
    }
}

/* Classes that are not for the helper to say are faults of its own. */
static void
test_classes(void **state)
{
    static const char *const rows[][2] = {
        {"error malformed \x1b\n", "error malformed \\x1b;"},
        {"error unsupported x\n", "error unsupported x;"},
        {"error nonsense x\n", "error internal x;"},
        {"error ok x\n", "error internal x;"},
        {"error not-found x\n", "error internal x;"},
        {"error auth x\n", "error internal x;"},
        {"error cancelled x\n", "error internal x;"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        expect(rows[i][0], rows[i][1]);
}

static void
test_unreadable(void **state)
{
    static const char *const rows[] = {
        "\n",
        "x\n",
        "end \n",
        "end x\n",
        "absent 1\n",
        "countermark-git 1\n",
        "commit\n",
        "commit -1\n",
        "commit 07\n",
        "commit 3 3\n",
        "commit 1099511627777\n",
        "object 6\n",
        "object blob\n",
        "object  6\n",
        "request x\n",
        "indexed 1\n",
        "indexed 1 \n",
        "indexed x /p\n",
        "walk found 3 4 1 " ID "\n",
        "walk found 9 0 1 " ID "\n",
        "walk found 9 4 0 " ID "\n",
        "walk found 9 4 5 " ID "\n",
        "walk found 9 4 4 -\n",
        "walk closed 7 1 0 -\n",
        "walk closed 7 0 0 " ID "\n",
        "walk open 7 0 0 -\n",
        "walk maybe 7 0 0 -\n",
        "walk closed -1 0 0 -\n",
        "walk closed 07 0 0 -\n",
        "walk closed 99999999999999999999 0 0 -\n",
        "walk closed 7 0 0 - \n",
        "walk open 7 0 0 " ID "0\n",
        "walk open 7 0 0 CE013625030BA8DBA906F756967F9E9CA394464A\n",
        "error\n",
        "error limit\n",
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct heard heard;
        if (read_in(rows[i], strlen(rows[i]), 5, &heard) != CM_E_INTERNAL)
            fail_msg("%s", rows[i]);
        assert_int_equal(heard.count, 0);
        cm_buf_done(&heard.text);
    }
}

static void
test_limits(void **state)
{
    struct heard heard;
    char line[9000];
    (void)state;
    /* one item: MOST bytes are taken, one more is not */
    snprintf(line, sizeof line, "commit %zu\n%01000d", MOST, 0);
    assert_int_equal(read_in(line, strlen(line), 100, &heard), CM_OK);
    assert_int_equal(heard.count, 1);
    cm_buf_done(&heard.text);
    snprintf(line, sizeof line, "commit %zu\n", MOST + 1);
    assert_int_equal(read_in(line, strlen(line), 100, &heard), CM_E_LIMIT);
    cm_buf_done(&heard.text);
    /* a line without an end */
    memset(line, 'x', sizeof line);
    assert_int_equal(read_in(line, sizeof line, 100, &heard), CM_E_INTERNAL);
    cm_buf_done(&heard.text);
}

static void
test_refused(void **state)
{
    struct cm_git_reader reader;
    struct cm_err err = CM_ERR_INIT;
    struct heard heard = {.text = CM_BUF_INIT(1000), .refuse_at = 1};
    (void)state;
    cm_git_reader_begin(&reader, MOST);
    assert_false(cm_git_reader_feed(&reader, "absent\nend\nend\n", 15, hear, &heard, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_string_equal(cm_buf_text(&heard.text), "absent;");
    cm_git_reader_done(&reader);
    cm_buf_done(&heard.text);
}

static void
test_objects(void **state)
{
    static const struct {
        enum cm_git_item_kind kind;
        const char *text, *raw, *asked;
        enum cm_class class;
    } rows[] = {
        {CM_ITEM_OBJECT, "blob", "hello\n", "blob", CM_OK},
        {CM_ITEM_OBJECT, "blob", "hello\n", "tree", CM_E_MALFORMED},
        {CM_ITEM_OBJECT, "blob", "hallo\n", "blob", CM_E_MALFORMED},
        {CM_ITEM_OBJECT, "tree", "hello\n", "tree", CM_E_MALFORMED},
        {CM_ITEM_OBJECT, "blob", "hello", "blob", CM_E_MALFORMED},
        {CM_ITEM_ABSENT, NULL, NULL, "blob", CM_E_NOT_FOUND},
        {CM_ITEM_COMMIT, NULL, "hello\n", "blob", CM_E_INTERNAL},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        const struct cm_git_item item = {.kind = rows[i].kind,
                                         .text = rows[i].text,
                                         .raw.at = (const unsigned char *)rows[i].raw,
                                         .raw.size = rows[i].raw ? strlen(rows[i].raw) : 0};
        bool good = cm_git_item_is(&item, ID, rows[i].asked, &err);
        assert_int_equal(good, rows[i].class == CM_OK);
        assert_int_equal(err.class, rows[i].class);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_classes), cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
