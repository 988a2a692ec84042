/* SPDX-License-Identifier: Apache-2.0
 *
 * The client, through the module, against the real git http-backend: what it says of honest
 * servers.
 */
#include "world.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "git/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
assert_text(const json_t *object, const char *key, const char *expected)
{
    const char *is = cm_json_text(object, key);
    if (!is || strcmp(is, expected) != 0)
        fail_msg("%s is %s, not %s", key, is ? is : "absent", expected);
}

/* The id of a raw commit in base64, and what stands in it. */
static void
read_commit(const json_t *text, char ret_id[CM_GIT_ID], struct cm_git_commit_object *ret)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(1 << 20);
    struct cm_err err = CM_ERR_INIT;
    assert_true(json_is_string(text));
    assert_true(cm_unbase64(json_string_value(text), json_string_length(text), &raw));
    assert_true(cm_git_hash("commit", raw.at, raw.size, ret_id));
    assert_true(cm_git_commit_parse(raw.at, raw.size, ret, &err));
}

/* What replay does: the path is linked by hashes from the tip to the commit. */
static void
assert_path(const json_t *content, const char *tip, const char *commit, size_t length)
{
    const json_t *path = cm_json_get(content, "path");
    struct cm_git_commit_object object = {.parent_count = 0}, before;
    char id[CM_GIT_ID] = "";
    assert_text(content, "finding", "reachable");
    assert_text(content, "tip", tip);
    assert_text(content, "commit", commit);
    assert_int_equal(json_array_size(path), length);
    assert_int_equal(cm_json_int(content, "length", -1), length);
    for (size_t i = 0; i < length; i++) {
        before = object;
        read_commit(json_array_get(path, i), id, &object);
        bool linked = i == 0 && strcmp(id, tip) == 0;
        for (size_t p = 0; i > 0 && p < before.parent_count; p++)
            linked = linked || strcmp(before.parents[p], id) == 0;
        assert_true(linked);
    }
    assert_string_equal(id, commit);
}

static void
assert_not_reachable(const json_t *content, int64_t walked)
{
    assert_text(content, "finding", "not-reachable");
    assert_int_equal(cm_json_int(content, "walked", -1), walked);
    assert_int_equal(cm_json_int(content, "length", -1), 0);
    assert_null(cm_json_get(content, "path"));
}

static struct cm_git_answer *
on_ref(struct world *world, const char *ref, const char *commit)
{
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    return world->table->git_on_ref(world->table->git_commit(repository, ref, commit));
}

static void
test_table(void **state)
{
    struct world *world = *state;
    assert_int_equal(world->table->version, CM_OUTSIDE_VERSION);
    assert_string_equal(world->table->build, CM_VERSION);
}

static void
test_probe_and_refs(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    json_t *probe = world_content(world, world->table->git_probe(repository));
    assert_int_equal(cm_json_int(probe, "status", 0), 200);
    assert_int_equal(cm_json_int(probe, "version", 0), 2);
    assert_text(probe, "media_type", "application/x-git-upload-pack-advertisement");
    assert_text(probe, "first_line", "version 2");
    assert_true(json_array_size(cm_json_get(probe, "capabilities")) > 2);

    json_t *content = world_content(world, world->table->git_refs(repository));
    json_t *refs = cm_json_get(content, "refs");
    assert_true(cm_json_bool(content, "anonymous", false));
    size_t i = 0, tags = 0;
    json_t *ref = NULL;
    json_array_foreach(refs, i, ref)
    {
        const char *name = cm_json_text(ref, "name");
        assert_true(cm_starts_with(name, "refs/heads/") || cm_starts_with(name, "refs/tags/"));
        if (strcmp(name, "refs/tags/v1") == 0) {
            tags++;
            assert_text(ref, "id", world_id(world, "tag-v1"));
            assert_text(ref, "peeled", world_id(world, "third"));
        }
    }
    assert_int_equal(tags, 1);
    assert_int_equal(world_requests(world, "authorized\": true"), 0);
}

static void
test_refs_of_one_prefix(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository =
        world_repository(world, "main.git", NULL, "refs/heads/ma");
    json_t *content = world_content(world, world->table->git_refs(repository));
    assert_int_equal(json_array_size(cm_json_get(content, "refs")), 71);
}

static void
test_exists(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    const char *id = world_id(world, "second");
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/heads/main", id);
    json_t *content = world_content(world, world->table->git_exists(commit));
    struct cm_git_commit_object object;
    char hash[CM_GIT_ID];
    assert_text(content, "commit", id);
    read_commit(cm_json_get(content, "object"), hash, &object);
    assert_string_equal(hash, id);
    assert_int_equal(object.parent_count, 1);
    assert_string_equal(object.parents[0], world_id(world, "first"));
}

static void
test_tip(void **state)
{
    struct world *world = *state;
    const char *tip = world_id(world, "tip");
    json_t *content = world_content(world, on_ref(world, "refs/heads/main", tip));
    assert_text(content, "ref", "refs/heads/main");
    assert_path(content, tip, tip, 1);
    assert_null(cm_json_get(content, "refs"));
    assert_int_equal(world_requests(world, "command=fetch"), 1);
}

static void
test_recent_and_old(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *name;
        size_t length;
    } rows[] = {{"merge", 2}, {"third", 3}, {"side", 3}, {"second", 4}, {"first", 5}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        const char *id = world_id(world, rows[i].name);
        json_t *content = world_content(world, on_ref(world, "refs/heads/main", id));
        assert_path(content, world_id(world, "tip"), id, rows[i].length);
    }
}

static void
test_not_on_branch(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"release", "stray", "pull", "dangling", "unknown"};
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        json_t *content =
            world_content(world, on_ref(world, "refs/heads/main", world_id(world, names[i])));
        assert_not_reachable(content, 6);
        assert_text(content, "ref", "refs/heads/main");
        assert_text(content, "tip", world_id(world, "tip"));
    }
}

/* Served by its id, and on no branch: to have a commit is not to stand for it. */
static void
test_dangling_exists(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    const char *id = world_id(world, "dangling");
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/heads/main", id);
    assert_text(world_content(world, world->table->git_exists(commit)), "commit", id);
    assert_not_reachable(world_content(world, world->table->git_on_ref(commit)), 6);
}

static void
test_tag_is_no_commit(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    struct cm_git_commit *commit =
        world->table->git_commit(repository, "refs/tags/v1", world_id(world, "tag-v1"));
    world_error(world, world->table->git_exists(commit), CM_E_MALFORMED, "is a tag");
}

static void
test_unknown_commit(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    struct cm_git_commit *commit =
        world->table->git_commit(repository, "refs/heads/main", world_id(world, "unknown"));
    world_error(world, world->table->git_exists(commit), CM_E_NOT_FOUND, "not our ref");
    world_error(world, world->table->git_file(commit, "build.yml", 1000), CM_E_UNSUPPORTED,
                "cannot be looked up");
}

static void
test_tags(void **state)
{
    struct world *world = *state;
    const char *third = world_id(world, "third"), *second = world_id(world, "second");
    json_t *content = world_content(world, on_ref(world, "refs/tags/v1", third));
    assert_text(content, "ref", "refs/tags/v1");
    assert_path(content, third, third, 1);
    assert_path(world_content(world, on_ref(world, "refs/tags/v1-again", third)), third, third, 1);
    assert_path(world_content(world, on_ref(world, "refs/tags/v1", second)), third, second, 2);
    assert_path(world_content(world, on_ref(world, "refs/tags/light", second)), second, second, 1);
    content = world_content(world, on_ref(world, "refs/tags/v1", world_id(world, "tip")));
    assert_not_reachable(content, 3);
    world_error(world, on_ref(world, "refs/tags/blob", second), CM_E_MALFORMED, "is no commit");
    assert_not_reachable(
        world_content(world, on_ref(world, "refs/tags/v1", world_id(world, "tag-v1"))), 3);
}

/* A branch and a tag of one name are two refs, and a branch may look like an id. */
static void
test_names(void **state)
{
    struct world *world = *state;
    const char *first = world_id(world, "first"), *release = world_id(world, "release");
    char branch[128];
    snprintf(branch, sizeof branch, "refs/heads/%s", first);
    assert_path(world_content(world, on_ref(world, "refs/tags/both", first)), first, first, 1);
    assert_path(world_content(world, on_ref(world, "refs/heads/both", release)), release, release,
                1);
    assert_not_reachable(world_content(world, on_ref(world, "refs/tags/both", release)), 1);
    assert_path(world_content(world, on_ref(world, branch, release)), release, release, 1);
    world_error(world, on_ref(world, "refs/heads/Main", first), CM_E_NOT_FOUND, "has no");
    world_error(world, on_ref(world, "refs/heads/mai", first), CM_E_NOT_FOUND, "has no");
    world_error(world, on_ref(world, "refs/pull/1/head", first), CM_E_MALFORMED, "no full name");
    world_error(world, on_ref(world, "main", first), CM_E_MALFORMED, "no full name");
    world_error(world, on_ref(world, "refs/heads/main", "33dc43e"), CM_E_MALFORMED, "no id");
}

/* The ref is not among what was listed when the repository was opened. */
static void
test_another_listing(void **state)
{
    struct world *world = *state;
    const char *third = world_id(world, "third");
    struct cm_git_repository *repository =
        world_repository(world, "main.git", NULL, "refs/heads/release/");
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/tags/v1", third);
    json_t *content = world_content(world, world->table->git_on_ref(commit));
    assert_path(content, third, third, 1);
    json_t *refs = cm_json_get(content, "refs");
    assert_int_equal(json_array_size(refs), 1);
    assert_text(json_array_get(refs, 0), "id", world_id(world, "tag-v1"));
    assert_text(json_array_get(refs, 0), "peeled", third);
    assert_int_equal(world_requests(world, "command=ls-refs"), 2);
}

static struct cm_git_answer *
on_branches(struct world *world, const char *ref, const char *commit, const char *a, const char *b)
{
    const char *patterns[] = {a, b};
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, "refs/tags/");
    struct cm_git_commit *asked = world->table->git_commit(repository, ref, commit);
    struct cm_git_answer *answer = world->table->git_on_branches(asked, patterns, b ? 2 : 1);
    assert_ptr_equal(answer, world->table->git_on_branches(asked, NULL, 0));
    return answer;
}

static void
test_on_branches(void **state)
{
    struct world *world = *state;
    const char *third = world_id(world, "third"), *tip = world_id(world, "tip");
    json_t *content = world_content(world, on_branches(world, "refs/tags/v1", third,
                                                       "refs/heads/release/*", "refs/heads/main"));
    assert_text(content, "ref", "refs/heads/main");
    assert_path(content, tip, third, 3);
    assert_int_equal(json_array_size(cm_json_get(content, "branches")), 2);
    assert_int_equal(json_array_size(cm_json_get(content, "refs")), 2);

    content = world_content(world, on_branches(world, "refs/tags/astray", world_id(world, "stray"),
                                               "refs/heads/main", "refs/heads/release/**"));
    assert_not_reachable(content, 7);
    assert_null(cm_json_get(content, "ref"));
    content =
        world_content(world, on_branches(world, "refs/tags/v1", third, "refs/heads/none/*", NULL));
    assert_not_reachable(content, 0);
    content = world_content(world, on_branches(world, "refs/tags/v1", tip, "refs/heads/m*", NULL));
    assert_path(content, tip, tip, 1);
    world_error(world, on_branches(world, "refs/tags/v1", third, "refs/heads/many/*", NULL),
                CM_E_LIMIT, "more than 64");
    world_error(world, on_branches(world, "refs/tags/v1", third, "refs/tags/*", NULL),
                CM_E_MALFORMED, "no pattern of branches");
}

static void
test_files(void **state)
{
    struct world *world = *state;
    const struct cm_outside_table *table = world->table;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    struct cm_git_commit *commit =
        table->git_commit(repository, "refs/heads/main", world_id(world, "tip"));
    struct cm_git_answer *file = table->git_file(commit, "build.yml", 1000);
    struct cm_git_answer *other = table->git_file(commit, ".build.yml", 1000);
    struct cm_git_answer *deep = table->git_file(commit, "folder/below/file.txt", 1000);
    json_t *content = world_content(world, file);
    assert_text(content, "path", "build.yml");
    assert_text(content, "text", "version: 1\n2\n3\n4\n");
    assert_text(content, "blob", world_id(world, "build.yml"));
    world_error(world, other, CM_E_NOT_FOUND, "no entry of that name");
    assert_text(world_content(world, deep), "text", "deep\n");
    /* commit, tree, blob; two trees and a blob below: the root is fetched once for all three */
    assert_int_equal(world_requests(world, "command=fetch"), 6);

    assert_text(world_content(world, table->git_file(commit, "utf8.yml", 1000)), "text",
                "umlaut: \xc3\xa4\n");
    world_error(world, table->git_file(commit, "latin1.yml", 1000), CM_E_MALFORMED, "UTF-8");
    world_error(world, table->git_file(commit, "big.txt", 1000), CM_E_LIMIT, "70000 bytes");
    world_error(world, table->git_file(commit, "link.yml", 1000), CM_E_UNSUPPORTED,
                "is a symbolic link");
    world_error(world, table->git_file(commit, "module", 1000), CM_E_UNSUPPORTED, "is a submodule");
    world_error(world, table->git_file(commit, "folder", 1000), CM_E_UNSUPPORTED, "not a file");
    world_error(world, table->git_file(commit, "build.yml/x", 1000), CM_E_NOT_FOUND, "not a file");
    world_error(world, table->git_file(commit, "Build.yml", 1000), CM_E_NOT_FOUND, "no entry");
    static const char *const bad[] = {"", "/build.yml", "folder/", "a//b", "../x", "folder/./x"};
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        world_error(world, table->git_file(commit, bad[i], 1000), CM_E_MALFORMED, "no path");
}

static void
test_file_of_old_commit(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    struct cm_git_commit *commit =
        world->table->git_commit(repository, "refs/heads/main", world_id(world, "first"));
    json_t *content = world_content(world, world->table->git_file(commit, "build.yml", 1000));
    assert_text(content, "text", "version: 1\n");
}

static void
test_private(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "private.git", NULL, NULL);
    const char *tip = world_id(world, "tip");
    json_t *probe = world_content(world, world->table->git_probe(repository));
    assert_int_equal(cm_json_int(probe, "status", 0), 401);
    assert_text(probe, "first_line", "");
    world_error(world, world->table->git_refs(repository), CM_E_AUTH, "401");
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/heads/main", tip);
    world_error(world, world->table->git_exists(commit), CM_E_AUTH, "401");
    world_error(world, world->table->git_on_ref(commit), CM_E_AUTH, "401");
    world_error(world, world->table->git_file(commit, "build.yml", 1000), CM_E_AUTH, "401");
}

static void
test_private_with_token(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository =
        world_repository(world, "private.git", "me:s3cret-of-git", NULL);
    const char *tip = world_id(world, "tip");
    json_t *probe = world_content(world, world->table->git_probe(repository));
    assert_int_equal(cm_json_int(probe, "status", 0), 401);
    json_t *refs = world_content(world, world->table->git_refs(repository));
    assert_false(cm_json_bool(refs, "anonymous", true));
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/heads/main", tip);
    assert_path(world_content(world, world->table->git_on_ref(commit)), tip, tip, 1);
    /* the probe went without it */
    assert_int_equal(world_requests(world, "authorized\": false"), 1);

    repository = world_repository(world, "private.git", "me:wrong", NULL);
    world_error(world, world->table->git_refs(repository), CM_E_AUTH, "401");
}

/* Of other refs than branches and tags nobody is asked. */
static void
test_prefix_of_no_branch(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, "refs/pull/");
    world_error(world, world->table->git_refs(repository), CM_E_MALFORMED, "begins no name");
}

/* What is public is asked without the token, so that everybody would get the same answer. */
static void
test_public_with_token(void **state)
{
    struct world *world = *state;
    struct cm_git_repository *repository =
        world_repository(world, "main.git", "me:s3cret-of-git", NULL);
    const char *tip = world_id(world, "tip");
    struct cm_git_commit *commit = world->table->git_commit(repository, "refs/heads/main", tip);
    (void)world_content(world, world->table->git_on_ref(commit));
    json_t *refs = world_content(world, world->table->git_refs(repository));
    assert_true(cm_json_bool(refs, "anonymous", false));
    assert_int_equal(world_requests(world, "authorized\": true"), 0);
}

static void
test_other_repositories(void **state)
{
    struct world *world = *state;
    const struct cm_outside_table *table = world->table;
    const char *tip = world_id(world, "tip"), *first = world_id(world, "first");
    struct cm_git_repository *repository = world_repository(world, "shallow.git", NULL, NULL);
    struct cm_git_commit *commit = table->git_commit(repository, "refs/heads/main", first);
    world_error(world, table->git_on_ref(commit), CM_E_UNSUPPORTED, "not the whole history");
    commit = table->git_commit(repository, "refs/heads/main", world_id(world, "merge"));
    assert_path(world_content(world, table->git_on_ref(commit)), tip, world_id(world, "merge"), 2);

    repository = world_repository(world, "empty.git", NULL, NULL);
    assert_int_equal(
        json_array_size(cm_json_get(world_content(world, table->git_refs(repository)), "refs")), 0);

    repository = world_repository(world, "sha256.git", NULL, NULL);
    world_error(world, table->git_refs(repository), CM_E_UNSUPPORTED, "SHA-1");

    repository = world_repository(world, "nothing.git", NULL, NULL);
    world_error(world, table->git_refs(repository), CM_E_AUTH, "404");
}

/* A server that offers no filters, and one that refuses ours: more is fetched, and the answers are
 * the same. */
static void
test_without_filters(void **state)
{
    struct world *world = *state;
    const struct cm_outside_table *table = world->table;
    static const char *const names[] = {"nofilter.git", "treeless.git"};
    const char *tip = world_id(world, "tip"), *first = world_id(world, "first");
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        struct cm_git_repository *repository = world_repository(world, names[i], NULL, NULL);
        struct cm_git_commit *commit = table->git_commit(repository, "refs/heads/main", tip);
        struct cm_git_answer *file = table->git_file(commit, "folder/below/file.txt", 1000);
        assert_path(world_content(world, table->git_on_ref(commit)), tip, tip, 1);
        assert_text(world_content(world, file), "text", "deep\n");
        commit = table->git_commit(repository, "refs/heads/main", first);
        assert_path(world_content(world, table->git_on_ref(commit)), tip, first, 5);
        file = table->git_file(commit, "build.yml", 1000);
        assert_text(world_content(world, file), "text", "version: 1\n");
        commit = table->git_commit(repository, "refs/heads/main", world_id(world, "release"));
        assert_not_reachable(world_content(world, table->git_on_ref(commit)), 6);
    }
}

/* All is started at once; nothing is waited for in between. */
static void
test_overlap(void **state)
{
    struct world *world = *state;
    const struct cm_outside_table *table = world->table;
    const char *third = world_id(world, "third");
    const char *patterns[] = {"refs/heads/*"};
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    struct cm_git_commit *commit = table->git_commit(repository, "refs/heads/main", third);
    struct cm_git_answer *branches = table->git_on_branches(commit, patterns, 1);
    struct cm_git_answer *file = table->git_file(commit, "build.yml", 1000);
    assert_false(table->git_probe(repository)->done);
    (void)world_content(world, branches);
    (void)world_content(world, file);
    (void)world_content(world, table->git_on_ref(commit));
    (void)world_content(world, table->git_exists(commit));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(test_table),
        TEST(test_probe_and_refs),
        TEST(test_refs_of_one_prefix),
        TEST(test_exists),
        TEST(test_tip),
        TEST(test_recent_and_old),
        TEST(test_not_on_branch),
        TEST(test_dangling_exists),
        TEST(test_tag_is_no_commit),
        TEST(test_unknown_commit),
        TEST(test_tags),
        TEST(test_names),
        TEST(test_another_listing),
        TEST(test_on_branches),
        TEST(test_files),
        TEST(test_file_of_old_commit),
        TEST(test_private),
        TEST(test_private_with_token),
        TEST(test_prefix_of_no_branch),
        TEST(test_public_with_token),
        TEST(test_other_repositories),
        TEST(test_without_filters),
        TEST(test_overlap),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
