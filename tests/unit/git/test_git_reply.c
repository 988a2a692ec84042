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

#define TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define WHO  " A <a@test> 1700000000 +0000\n"

/* Three commits, each the parent of the one before it: tip, middle, root. */
struct chain {
    char text[3][300];
    char id[3][CM_GIT_ID];
};

static void
make_chain(struct chain *chain)
{
    for (int i = 2; i >= 0; i--) {
        char parent[60] = "";
        if (i < 2)
            snprintf(parent, sizeof parent, "parent %s\n", chain->id[i + 1]);
        snprintf(chain->text[i], sizeof chain->text[i],
                 "tree " TREE "\n%sauthor" WHO "committer" WHO "\n%d\n", parent, i);
        assert_true(cm_git_hash("commit", chain->text[i], strlen(chain->text[i]), chain->id[i]));
    }
}

static void
put_walk(struct cm_buf *to, const struct chain *chain, const char *head, const int *order,
         size_t count)
{
    cm_buf_puts(to, CM_GIT_HELLO "\n");
    cm_buf_puts(to, head);
    for (size_t i = 0; i < count; i++) {
        const char *text = chain->text[order[i]];
        cm_buf_printf(to, "commit %zu\n%s", strlen(text), text);
    }
    cm_buf_puts(to, "end\n");
}

static bool
read_walk(struct cm_arena *arena, const struct chain *chain, const struct cm_buf *text,
          struct cm_git_walk *walk, struct cm_err *err)
{
    const char *tips[] = {TREE, chain->id[0]};
    return cm_git_reply_walk(arena, text->at, text->size, chain->id[2], tips, 2, walk, err);
}

static void
test_path(void **state)
{
    static const int order[] = {0, 1, 2};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(10000);
    struct chain chain;
    struct cm_git_walk walk;
    struct cm_err err = CM_ERR_INIT;
    char head[100];
    make_chain(&chain);
    snprintf(head, sizeof head, "walk found 5 3 3 %s\n", chain.id[0]);
    put_walk(&text, &chain, head, order, 3);
    assert_true(read_walk(*state, &chain, &text, &walk, &err));
    assert_int_equal(walk.finding, CM_GIT_REACHABLE);
    assert_int_equal(walk.walked, 5);
    assert_int_equal(walk.length, 3);
    assert_int_equal(walk.path_count, 3);
    assert_string_equal(walk.id, chain.id[0]);
    /* every byte that is missing, and every one that is another, is noticed */
    for (size_t i = 0; i < text.size; i++) {
        struct cm_buf cut = {.at = text.at, .size = i};
        assert_false(read_walk(*state, &chain, &cut, &walk, &err));
    }
    for (size_t i = strlen(CM_GIT_HELLO) + strlen("walk found 5 "); i < text.size; i++) {
        text.at[i] ^= 1;
        assert_false(read_walk(*state, &chain, &text, &walk, &err));
        text.at[i] ^= 1;
    }
    assert_true(read_walk(*state, &chain, &text, &walk, &err));
}

/* All ids are true, but they do not hang together. */
static void
test_false_paths(void **state)
{
    static const struct {
        int order[3];
        size_t count;
        int from;
    } rows[] = {
        {{0, 2, 1}, 3, 0}, {{0, 2, 2}, 2, 0}, {{1, 2, 0}, 2, 1}, {{2, 0, 0}, 1, 2},
        {{0, 1, 0}, 2, 0}, {{0, 0, 0}, 1, 0}, {{1, 2, 0}, 2, 0},
    };
    struct chain chain;
    make_chain(&chain);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(10000);
        struct cm_git_walk walk = {.walked = 99};
        struct cm_err err = CM_ERR_INIT;
        char head[100];
        snprintf(head, sizeof head, "walk found 9 %zu %zu %s\n", rows[i].count, rows[i].count,
                 chain.id[rows[i].from]);
        put_walk(&text, &chain, head, rows[i].order, rows[i].count);
        assert_false(read_walk(*state, &chain, &text, &walk, &err));
        assert_int_equal(err.class, CM_E_INTERNAL);
        assert_int_equal(walk.walked, 99);
    }
}

static void
test_heads(void **state)
{
    static const struct {
        const char *head;
        bool good;
    } rows[] = {
        {"walk closed 7 0 0 -\n", true},
        {"walk open 7 0 0 " TREE "\n", true},
        {"walk found 9 4 0 " TREE "\n", true},
        {"walk found 3 4 0 " TREE "\n", false},
        {"walk found 9 0 0 " TREE "\n", false},
        {"walk found 9 4 3 " TREE "\n", false},
        {"walk found 9 99999 99999 " TREE "\n", false},
        {"walk found 9 4 0 -\n", false},
        {"walk closed 7 1 0 -\n", false},
        {"walk closed 7 0 0 " TREE "\n", false},
        {"walk open 7 0 0 -\n", false},
        {"walk maybe 7 0 0 -\n", false},
        {"walk closed -1 0 0 -\n", false},
        {"walk closed 07 0 0 -\n", false},
        {"walk closed 99999999999999999999 0 0 -\n", false},
        {"absent\n", false},
        {"", false},
    };
    struct chain chain;
    make_chain(&chain);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(10000);
        struct cm_git_walk walk;
        struct cm_err err = CM_ERR_INIT;
        put_walk(&text, &chain, rows[i].head, NULL, 0);
        assert_int_equal(read_walk(*state, &chain, &text, &walk, &err), rows[i].good);
    }
}

static enum cm_class
read_object(const char *text, const char *type, struct cm_git_raw *raw)
{
    static const char id[] = "ce013625030ba8dba906f756967f9e9ca394464a";
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_reply_object(text, strlen(text), id, type, raw, &err);
    assert_int_equal(good, err.class == CM_OK);
    return err.class;
}

static void
test_objects(void **state)
{
    static const char hello[] = CM_GIT_HELLO "\n";
    static const struct {
        const char *text, *type;
        enum cm_class class;
    } rows[] = {
        {"object blob 6\nhello\nend\n", "blob", CM_OK},
        {"object blob 6\nhello\nend\n", "tree", CM_E_MALFORMED},
        {"object blob 6\nhallo\nend\n", "blob", CM_E_MALFORMED},
        {"object tree 6\nhello\nend\n", "tree", CM_E_MALFORMED},
        {"object blob 5\nhello\nend\n", "blob", CM_E_INTERNAL},
        {"object blob 7\nhello\nend\n", "blob", CM_E_INTERNAL},
        {"object blob 6\nhello\n", "blob", CM_E_INTERNAL},
        {"object blob 6\nhello\nend\nend\n", "blob", CM_E_INTERNAL},
        {"object blob 1099511627776\nhello\nend\n", "blob", CM_E_INTERNAL},
        {"absent\nend\n", "blob", CM_E_NOT_FOUND},
        {"error limit too large\n", "blob", CM_E_LIMIT},
        {"error malformed \x1b\n", "blob", CM_E_MALFORMED},
        {"error transient no room\n", "blob", CM_E_TRANSIENT},
        {"error nonsense x\n", "blob", CM_E_INTERNAL},
        {"error ok x\n", "blob", CM_E_INTERNAL},
        {"error not-found x\n", "blob", CM_E_INTERNAL},
        {"error", "blob", CM_E_INTERNAL},
    };
    struct cm_git_raw raw = {.size = 77};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s", hello, rows[i].text);
        assert_int_equal(read_object(text, rows[i].type, &raw), rows[i].class);
        assert_int_equal(raw.size, 6);
    }
    assert_int_equal(read_object("countermark-git 2\nabsent\nend\n", "blob", &raw), CM_E_INTERNAL);
    assert_int_equal(read_object("", "blob", &raw), CM_E_INTERNAL);
    assert_int_equal(read_object(rows[0].text, "blob", &raw), CM_E_INTERNAL); /* no greeting */
    char endless[4096];
    snprintf(endless, sizeof endless, "%sobject %04000d 6\nhello\nend\n", hello, 0);
    assert_int_equal(read_object(endless, "blob", &raw), CM_E_INTERNAL);
}

static int
begin(void **state)
{
    *state = cm_arena_new((size_t)16 << 20);
    return *state ? 0 : -1;
}

static int
end(void **state)
{
    cm_arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_false_paths),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_objects),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
