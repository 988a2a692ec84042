/* SPDX-License-Identifier: Apache-2.0 */
#include "git/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TREE   "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define PARENT "8933eca78e6c590fc8c9e135e67e4ff15ed7e0f1"
#define WHO    " A U Thor <a@test> 1700000000 +0100\n"

static const struct cm_git_commit_object nothing;

/* The ids are those that git hash-object gives. */
static void
test_hash(void **state)
{
    char id[CM_GIT_ID];
    (void)state;
    assert_true(cm_git_hash("blob", "", 0, id));
    assert_string_equal(id, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    assert_true(cm_git_hash("tree", NULL, 0, id));
    assert_string_equal(id, TREE);
    assert_true(cm_git_hash("blob", "hello\n", 6, id));
    assert_string_equal(id, "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_false(cm_git_hash("a type that is longer than any of git's types may ever become, and "
                             "then some",
                             "", 0, id));
}

static void
test_commit(void **state)
{
    static const char text[] = "tree " TREE "\nparent " PARENT "\nparent " TREE "\nauthor" WHO
                               "committer" WHO "gpgsig x\n\nparent " TREE "\n";
    struct cm_git_commit_object commit;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    assert_true(cm_git_commit_parse(text, sizeof text - 1, &commit, &err));
    assert_string_equal(commit.tree, TREE);
    assert_int_equal(commit.parent_count, 2);
    assert_string_equal(commit.parents[0], PARENT);
    assert_string_equal(commit.parents[1], TREE);
    assert_int_equal(commit.committed, 1700000000);
}

static void
test_bad_commits(void **state)
{
    static const char *const texts[] = {
        "",
        "tree",
        "tree " TREE,
        "tree " TREE "\n",
        "tree 4B825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor" WHO "committer" WHO,
        "tree " TREE "0\nauthor" WHO "committer" WHO,
        "parent " PARENT "\ntree " TREE "\nauthor" WHO "committer" WHO,
        "tree " TREE "\nauthor" WHO "parent " PARENT "\ncommitter" WHO,
        "tree " TREE "\nparent 8933eca\nauthor" WHO "committer" WHO,
        "tree " TREE "\nparent  " PARENT "\nauthor" WHO "committer" WHO,
        "tree " TREE "\ncommitter" WHO "author" WHO,
        "tree " TREE "\nauthor" WHO,
        "tree " TREE "\nauthor" WHO "committer A <a> 1 +0000",
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(texts); i++) {
        struct cm_git_commit_object commit = nothing;
        struct cm_err err = CM_ERR_INIT;
        assert_false(cm_git_commit_parse(texts[i], strlen(texts[i]), &commit, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_memory_equal(&commit, &nothing, sizeof nothing);
    }
}

static void
test_times(void **state)
{
    static const struct {
        const char *line;
        int64_t committed;
    } rows[] = {
        {"committer A <a> 0 +0000\n", 0},
        {"committer A <> 12 -1200\n", 12},
        {"committer A <a>b> 13 +0000\n", 13},
        {"committer A <a> -7 +0000\n", -7},
        {"committer A <a> 99999999999999999999 +0000\n", INT64_MIN},
        {"committer A <a> x +0000\n", INT64_MIN},
        {"committer A <a>\n", INT64_MIN},
        {"committer A <a> \n", INT64_MIN},
        {"committer A <a> 5\n", INT64_MIN},
        {"committer \n", INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char text[300];
        struct cm_git_commit_object commit;
        struct cm_err err = CM_ERR_INIT;
        int size = snprintf(text, sizeof text, "tree " TREE "\nauthor" WHO "%s\nx", rows[i].line);
        assert_true(cm_git_commit_parse(text, (size_t)size, &commit, &err));
        assert_int_equal(commit.committed, rows[i].committed);
    }
}

static void
test_many_parents(void **state)
{
    char text[(CM_GIT_PARENTS + 4) * 64] = "tree " TREE "\n";
    size_t size = strlen(text);
    struct cm_git_commit_object commit;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    for (size_t i = 0; i <= CM_GIT_PARENTS; i++) {
        int line = snprintf(text + size, sizeof text - size, "parent %040zu\n", i);
        char tail[200];
        int tail_size = snprintf(tail, sizeof tail, "author" WHO "committer" WHO "\n");
        size += (size_t)line;
        memcpy(text + size, tail, (size_t)tail_size);
        bool fits = cm_git_commit_parse(text, size + (size_t)tail_size, &commit, &err);
        assert_int_equal(fits, i < CM_GIT_PARENTS);
    }
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_int_equal(commit.parent_count, CM_GIT_PARENTS);
}

#define ID_A              "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24"
#define ENTRY(mode, name) mode " " name "\0" ID_A

static bool
find(const char *tree, size_t size, const char *name, unsigned *mode, struct cm_err *err)
{
    /* exactly as long as the input, so that a sanitizer sees one byte too many */
    char *exact = malloc(size ? size : 1);
    char id[CM_GIT_ID] = "untouched";
    assert_non_null(exact);
    memcpy(exact, tree, size);
    bool found = cm_git_tree_find(exact, size, name, id, mode, err);
    assert_string_equal(id, found ? "0102030405060708090a0b0c0d0e0f1011121314" : "untouched");
    free(exact);
    return found;
}

static void
test_tree(void **state)
{
    static const char tree[] = ENTRY("100644", "Build.yml") ENTRY("100755", "build.yml")
        ENTRY("40000", "folder") ENTRY("120000", "link") ENTRY("160000", "module");
    static const struct {
        const char *name;
        unsigned mode;
    } rows[] = {
        {"Build.yml", 0100644}, {"build.yml", 0100755}, {"folder", 040000}, {"link", 0120000},
        {"module", 0160000},    {"build.ym", 0},        {"build.yml2", 0},  {"", 0},
        {"folder/", 0}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        unsigned mode = 0;
        struct cm_err err = CM_ERR_INIT;
        assert_int_equal(find(tree, sizeof tree - 1, rows[i].name, &mode, &err), rows[i].mode > 0);
        assert_int_equal(mode, rows[i].mode);
        assert_int_equal(err.class, rows[i].mode > 0 ? CM_OK : CM_E_NOT_FOUND);
    }
}

/* Not found may only be said of a tree that was read to its end. */
static void
test_bad_trees(void **state)
{
    static const struct {
        const char *at;
        size_t size;
    } rows[] = {
        {ENTRY("100644", "a") "x", sizeof(ENTRY("100644", "a"))},
        {ENTRY("100644", "a"), sizeof(ENTRY("100644", "a")) - 2},
        {ENTRY("100648", "a"), sizeof(ENTRY("100648", "a")) - 1},
        {ENTRY("1006440", "a"), sizeof(ENTRY("1006440", "a")) - 1},
        {ENTRY("", "a"), sizeof(ENTRY("", "a")) - 1},
        {ENTRY("0", "a"), sizeof(ENTRY("0", "a")) - 1},
        {ENTRY("100644", ""), sizeof(ENTRY("100644", "")) - 1},
        {ENTRY("100644", "x/a"), sizeof(ENTRY("100644", "x/a")) - 1},
        {ENTRY("100644", "a") ENTRY("100644", "a"),
         sizeof(ENTRY("100644", "a") ENTRY("100644", "a")) - 1},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        unsigned mode = 7;
        struct cm_err err = CM_ERR_INIT;
        assert_false(find(rows[i].at, rows[i].size, "a", &mode, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_int_equal(mode, 7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),         cmocka_unit_test(test_commit),
        cmocka_unit_test(test_bad_commits),  cmocka_unit_test(test_times),
        cmocka_unit_test(test_many_parents), cmocka_unit_test(test_tree),
        cmocka_unit_test(test_bad_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
