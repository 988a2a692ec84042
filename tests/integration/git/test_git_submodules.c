/* SPDX-License-Identifier: Apache-2.0
 *
 * The submodules of a commit, asked through the module.
 */
#include "base/json.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ONES   "1111111111111111111111111111111111111111"
#define TWOS   "2222222222222222222222222222222222222222"
#define THREES "3333333333333333333333333333333333333333"

static struct cm_git_answer *
ask(struct world *world, const char *repository, const char *id)
{
    struct cm_git_repository *opened = world_repository(world, repository, NULL, NULL);
    struct cm_git_commit *commit = world->table->git_commit(opened, "refs/heads/main", id);
    struct cm_git_answer *answer = world->table->git_submodules(commit);
    assert_non_null(answer);
    assert_ptr_equal(answer, world->table->git_submodules(commit));
    return answer;
}

static void
assert_submodules(struct world *world, struct cm_git_answer *answer, const char *repository,
                  const char *commit, const char *list)
{
    char url[128];
    json_t *content = world_content(world, answer);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    snprintf(url, sizeof url, "%s/%s", world->url, repository);
    assert_string_equal(cm_json_text(content, "url"), url);
    assert_string_equal(cm_json_text(content, "commit"), world_id(world, commit));
    assert_true(cm_json_canonical(cm_json_get(content, "submodules"), &text));
    assert_string_equal(cm_buf_text(&text), list);
}

/* Relative URLs are those of the repository that was asked. */
static void
assert_all(struct world *world, struct cm_git_answer *answer, const char *repository)
{
    char list[1024];
    snprintf(list, sizeof list,
             "[{\"commit\":\"" THREES "\",\"path\":\"c\",\"url\":\"https://other.example/c\"},"
             "{\"commit\":\"" ONES "\",\"path\":\"lib/a\",\"url\":\"%s/a.git\"},"
             "{\"commit\":\"" TWOS
             "\",\"path\":\"lib/deep/b\",\"url\":\"ssh://other.example/b.git\"}]",
             world->url);
    assert_submodules(world, answer, repository, "modules", list);
}

static void
test_submodules(void **state)
{
    struct world *world = *state;
    struct cm_git_answer *answer = ask(world, "modules.git", world_id(world, "modules"));
    assert_all(world, answer, "modules.git");
    assert_string_equal(answer->asked + strlen("submodules of "), world_id(world, "modules"));
    assert_true(answer->asked_at != 0 && answer->asked_at <= answer->answered_at);
}

/* The root and .gitmodules; then lib, which two of them have in common, and lib/deep. */
static void
test_requests(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *opened = world_repository(world, "modules.git", NULL, NULL);
    struct cm_git_commit *commit =
        world->table->git_commit(opened, "refs/heads/main", world_id(world, "modules"));
    (void)world_content(world, world->table->git_exists(commit));
    (void)world_content(world, world->table->git_on_ref(commit));
    size_t before = world_requests(world, "command=fetch");
    assert_all(world, world->table->git_submodules(commit), "modules.git");
    assert_int_equal(world_requests(world, "command=fetch") - before, 4);
}

static void
test_none(void **state)
{
    struct world *world = *state;
    assert_submodules(world, ask(world, "main.git", world_id(world, "tip")), "main.git", "tip",
                      "[]");
}

/* Without filters the commit comes with all that is in it, from an old server the history. */
static void
test_other_servers(void **state)
{
    struct world *world = *state;
    assert_all(world, ask(world, "modules-nofilter.git", world_id(world, "modules")),
               "modules-nofilter.git");
    world_faults(world, "[{\"do\": {\"version\": \"\"}}]");
    assert_all(world, ask(world, "modules.git", world_id(world, "modules")), "modules.git");
}

static void
test_refused(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *commit;
        enum cm_class class;
        const char *says;
    } rows[] = {
        {"modules-broken", CM_E_MALFORMED, "line 4: a variable has no value"},
        {"modules-secret", CM_E_MALFORMED, "the submodule c: the URL holds a query"},
        {"modules-deep", CM_E_MALFORMED, "no path of a file"},
        {"modules-link", CM_E_UNSUPPORTED, "is a symbolic link"},
        {"modules-large", CM_E_LIMIT, "65537 bytes"},
        {"unknown", CM_E_UNSUPPORTED, "cannot be looked up"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_git_answer *answer = ask(world, "modules.git", world_id(world, rows[i].commit));
        world_error(world, answer, rows[i].class, rows[i].says);
        assert_null(answer->content);
        assert_null(strstr(answer->err.text, "secret"));
    }
    world_error(world, ask(world, "modules.git", "c0ffee"), CM_E_MALFORMED, "no id of a commit");
}

/* What a server does not give out is not what the commit does not have. */
static void
test_withheld(void **state)
{
    struct world *world = *state;
    static const char *const withheld[] = {"gitmodules", "lib"};
    for (size_t i = 0; i < CM_COUNT(withheld); i++) {
        char faults[160];
        snprintf(faults, sizeof faults, "[{\"lines\": [\"want %s\"], \"do\": {\"status\": 401}}]",
                 world_id(world, withheld[i]));
        world_faults(world, faults);
        world_error(world, ask(world, "modules.git", world_id(world, "modules")), CM_E_AUTH,
                    "cannot be had");
    }
}

static void
test_no_time(void **state)
{
    struct world *world = *state;
    char faults[160];
    snprintf(faults, sizeof faults, "[{\"lines\": [\"want %s\"], \"do\": {\"stall\": 3}}]",
             world_id(world, "lib"));
    world_faults(world, faults);
    world_reopen(world, 1000000000, NULL);
    struct cm_git_answer *answer = ask(world, "modules.git", world_id(world, "modules"));
    (void)world->table->wait(world->outside, &answer->done);
    assert_true(answer->done);
    assert_int_equal(answer->err.class, CM_E_CANCELLED);
    assert_null(answer->content);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(test_submodules), TEST(test_requests), TEST(test_none),    TEST(test_other_servers),
        TEST(test_refused),    TEST(test_withheld), TEST(test_no_time),
    };
    return cmocka_run_group_tests_name("git/submodules", tests, world_begin, world_end);
}
