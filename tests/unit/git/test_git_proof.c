/* SPDX-License-Identifier: Apache-2.0 */
#include "git/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TREE  "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define WHO   " A <a@test> 1700000000 +0000\n"
#define COUNT 2000

/* A line of commits, each the parent of the one before it; the first is the tip. */
struct line {
    char text[COUNT][300];
    char id[COUNT][CM_GIT_ID];
};

static void
make_line(struct line *line)
{
    for (int i = COUNT - 1; i >= 0; i--) {
        char parent[60] = "";
        if (i < COUNT - 1)
            snprintf(parent, sizeof parent, "parent %s\n", line->id[i + 1]);
        snprintf(line->text[i], sizeof line->text[i],
                 "tree " TREE "\n%sauthor" WHO "committer" WHO "\n%d\n", parent, i);
        assert_true(cm_git_hash("commit", line->text[i], strlen(line->text[i]), line->id[i]));
    }
}

static enum cm_class
step(struct cm_git_proof *proof, const struct line *line, int at)
{
    struct cm_err err = CM_ERR_INIT;
    char id[CM_GIT_ID] = "untouched";
    bool good = cm_git_proof_step(proof, line->text[at], strlen(line->text[at]), id, &err);
    assert_int_equal(good, err.class == CM_OK);
    assert_string_equal(id, good ? line->id[at] : "untouched");
    return err.class;
}

static struct cm_git_proof *
proof_of(const struct line *line)
{
    static const char *tips[2];
    tips[0] = TREE;
    tips[1] = line->id[0];
    struct cm_git_proof *proof = cm_git_proof_new(tips, 2);
    assert_non_null(proof);
    return proof;
}

static void
test_path(void **state)
{
    const struct line *line = *state;
    struct cm_git_proof *proof = proof_of(line);
    assert_false(cm_git_proof_holds(proof, line->id[0]));
    cm_git_proof_begin(proof);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(step(proof, line, i), CM_OK);
    for (int i = 0; i < COUNT; i++)
        assert_true(cm_git_proof_holds(proof, line->id[i]));
    assert_false(cm_git_proof_holds(proof, TREE));
    assert_false(cm_git_proof_holds(proof, "x"));
    cm_git_proof_free(proof);
    cm_git_proof_free(NULL);
}

/* Another path may begin at what was shown, and nowhere else. */
static void
test_shared(void **state)
{
    const struct line *line = *state;
    struct cm_git_proof *proof = proof_of(line);
    cm_git_proof_begin(proof);
    for (int i = 0; i < 10; i++)
        assert_int_equal(step(proof, line, i), CM_OK);
    cm_git_proof_begin(proof);
    assert_int_equal(step(proof, line, 10), CM_E_INTERNAL);
    cm_git_proof_begin(proof);
    assert_int_equal(step(proof, line, 5), CM_OK);
    assert_int_equal(step(proof, line, 6), CM_OK);
    cm_git_proof_begin(proof);
    assert_int_equal(step(proof, line, 9), CM_OK);
    assert_int_equal(step(proof, line, 10), CM_OK);
    assert_true(cm_git_proof_holds(proof, line->id[10]));
    assert_false(cm_git_proof_holds(proof, line->id[11]));
    cm_git_proof_free(proof);
}

/* All objects are true, but they do not hang together. */
static void
test_false_paths(void **state)
{
    static const int rows[][3] = {{0, 2, -1}, {1, -1, -1}, {0, 0, -1},
                                  {0, 1, 0},  {0, 1, 3},   {COUNT - 1, -1, -1}};
    const struct line *line = *state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_git_proof *proof = proof_of(line);
        enum cm_class class = CM_OK;
        int last = 0;
        cm_git_proof_begin(proof);
        for (size_t at = 0; at < 3 && rows[i][at] >= 0; at++) {
            assert_int_equal(class, CM_OK);
            last = rows[i][at];
            class = step(proof, line, last);
        }
        assert_int_equal(class, CM_E_INTERNAL);
        cm_git_proof_free(proof);
    }
}

/* Every byte counts. */
static void
test_altered(void **state)
{
    const struct line *line = *state;
    char text[300];
    size_t size = strlen(line->text[1]);
    for (size_t i = 0; i < size; i++) {
        struct cm_git_proof *proof = proof_of(line);
        struct cm_err err = CM_ERR_INIT;
        char id[CM_GIT_ID];
        cm_git_proof_begin(proof);
        assert_int_equal(step(proof, line, 0), CM_OK);
        memcpy(text, line->text[1], size);
        text[i] ^= 1;
        assert_false(cm_git_proof_step(proof, text, size, id, &err));
        assert_false(cm_git_proof_holds(proof, line->id[1]));
        cm_git_proof_free(proof);
    }
}

/* A tip that is no commit is none, though its id is right. */
static void
test_no_commit(void **state)
{
    static const char text[] = "hello\n";
    char id[CM_GIT_ID], got[CM_GIT_ID];
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    assert_true(cm_git_hash("commit", text, strlen(text), id));
    const char *const tips[] = {id};
    struct cm_git_proof *proof = cm_git_proof_new(tips, 1);
    assert_non_null(proof);
    assert_false(cm_git_proof_step(proof, text, strlen(text), got, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_false(cm_git_proof_holds(proof, id));
    cm_git_proof_free(proof);
}

static int
begin(void **state)
{
    *state = calloc(1, sizeof(struct line));
    if (*state)
        make_line(*state);
    return *state ? 0 : -1;
}

static int
end(void **state)
{
    free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),      cmocka_unit_test(test_shared),
        cmocka_unit_test(test_altered),   cmocka_unit_test(test_false_paths),
        cmocka_unit_test(test_no_commit),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
