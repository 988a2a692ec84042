/* SPDX-License-Identifier: Apache-2.0
 *
 * The parents that are read from a pack while it comes, against those that git says.
 */
#include "git/helper/graph.h"

#include "../../unit/shell.h"
#include "base/buf.h"
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST ((size_t)16 << 20)

struct world {
    char folder[64];
};

/* A merge in every seven commits, a tag, and messages so much alike that git stores deltas. */
#define MAKE                                                                                       \
    "set -e; cd '%s'; export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=. "            \
    "GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@test GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@test;\n" \
    "git init -q --bare r.git; cd r.git; tree=$(git mktree </dev/null)\n"                          \
    "yes 'the same words again and again' | head -200 >long\n"                                     \
    "last= side=; for i in $(seq 1 100); do\n"                                                     \
    "  echo $i >m; cat long >>m; test $((i %% 2)) = 0 || echo $i >m\n"                             \
    "  more=; test $((i %% 7)) != 0 || more=\"-p $side\"\n"                                        \
    "  side=$last; last=$(git commit-tree ${last:+-p $last} $more -F m $tree)\n"                   \
    "done\n"                                                                                       \
    "git update-ref refs/heads/main $last; git tag -a -m x v1 $last\n"                             \
    "git rev-list --parents main >../parents\n"                                                    \
    "git rev-list main | git pack-objects -q --window=0 --stdout >../plain.pack\n"                 \
    "git rev-list --objects --all | git pack-objects -q --stdout --window=20 --depth=20 "          \
    "--delta-base-offset >../all.pack\n"                                                           \
    "git rev-list --objects --all | git pack-objects -q --stdout --window=20 --depth=20 "          \
    ">../ids.pack\n"                                                                               \
    "cd ..; for p in plain all ids; do git index-pack -o $p.idx $p.pack >/dev/null\n"              \
    "git verify-pack -v $p.idx | awk '$2 == \"commit\" && NF == 5' | wc -l >$p.whole; done\n"

static int
begin_world(void **state)
{
    static struct world world;
    char command[4096];
    memcpy(world.folder, "/tmp/test-graph-XXXXXX", sizeof "/tmp/test-graph-XXXXXX");
    if (!mkdtemp(world.folder))
        return -1;
    (void)snprintf(command, sizeof command, MAKE, world.folder);
    *state = &world;
    return shell(command);
}

static int
end_world(void **state)
{
    return shell_remove(((struct world *)*state)->folder);
}

static void
read_file(const struct world *world, const char *name, struct cm_buf *to)
{
    char path[128];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/%s", world->folder, name);
    assert_true(cm_file_read(path, to, &err));
}

static void
name(struct cm_helper_graph *graph, const struct world *world, const char *idx)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s.idx", world->folder, idx);
    cm_helper_graph_name(graph, path);
}

static struct cm_helper_graph *
graph_of(const struct world *world, const char *pack, size_t step)
{
    char file[32];
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST);
    (void)snprintf(file, sizeof file, "%s.pack", pack);
    read_file(world, file, &bytes);
    struct cm_helper_graph *graph = cm_helper_graph_new();
    assert_non_null(graph);
    for (size_t at = 0; at < bytes.size; at += step)
        cm_helper_graph_feed(graph, bytes.at + at, bytes.size - at < step ? bytes.size - at : step);
    return graph;
}

/* One line of rev-list --parents. True if the graph knows the commit; then it must know it right.
 */
static bool
agrees(const struct cm_helper_graph *graph, char *line)
{
    struct cm_helper_parents parents;
    git_oid id;
    uint32_t count = 0;
    assert_int_equal(git_oid_fromstr(&id, strsep(&line, " ")), 0);
    if (!cm_helper_graph_find(graph, &id, &parents))
        return false;
    for (char *word; (word = strsep(&line, " ")); count++) {
        assert_true(count < parents.count);
        assert_int_equal(git_oid_fromstr(&id, word), 0);
        assert_true(git_oid_equal(&id, &parents.ids[count]));
    }
    assert_int_equal(parents.count, count);
    assert_true(parents.bytes > 100);
    return true;
}

static size_t
count_agreeing(const struct cm_helper_graph *graph, const struct world *world)
{
    size_t count = 0;
    CM_CLEANUP(cm_buf_done) struct cm_buf parents = CM_BUF_INIT(MOST);
    read_file(world, "parents", &parents);
    char *rest = parents.at;
    for (char *line; (line = strsep(&rest, "\n")) && *line;)
        count += agrees(graph, line);
    return count;
}

/* By git: commits of the pack that are no deltas. */
static size_t
count_whole(const struct world *world, const char *pack)
{
    char file[32];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
    (void)snprintf(file, sizeof file, "%s.whole", pack);
    read_file(world, file, &text);
    return strtoul(text.at, NULL, 10);
}

static void
test_commits(void **state)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 1000, MOST};
    for (size_t i = 0; i < CM_COUNT(steps); i++) {
        struct cm_helper_graph *graph = graph_of(*state, "plain", steps[i]);
        assert_int_equal(cm_helper_graph_count(graph), 100);
        assert_int_equal(count_agreeing(graph, *state), 0); /* no id is known yet */
        name(graph, *state, "plain");
        assert_int_equal(count_agreeing(graph, *state), 100);
        cm_helper_graph_free(graph);
    }
}

/* What stands in the pack as a difference is left out, and nothing else. */
static void
test_deltas(void **state)
{
    static const char *const packs[] = {"all", "ids"};
    for (size_t i = 0; i < CM_COUNT(packs); i++) {
        struct cm_helper_graph *graph = graph_of(*state, packs[i], 13);
        name(graph, *state, packs[i]);
        size_t count = count_agreeing(graph, *state);
        assert_int_equal(count, count_whole(*state, packs[i]));
        assert_in_range(count, 1, 99);
        assert_int_equal(count, cm_helper_graph_count(graph));
        cm_helper_graph_free(graph);
    }
}

/* A commit counts for the id that the index has for its place: without one, for none. */
static void
test_other_index(void **state)
{
    struct cm_helper_graph *graph = graph_of(*state, "plain", MOST);
    name(graph, *state, "missing");
    assert_int_equal(count_agreeing(graph, *state), 0);
    name(graph, *state, "plain");
    assert_int_equal(count_agreeing(graph, *state), 100);
    cm_helper_graph_free(graph);
}

static void
test_cut(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST);
    read_file(*state, "plain.pack", &bytes);
    for (size_t size = 0; size < bytes.size; size += 101) {
        struct cm_helper_graph *graph = cm_helper_graph_new();
        cm_helper_graph_feed(graph, bytes.at, size);
        name(graph, *state, "plain");
        assert_int_equal(count_agreeing(graph, *state), cm_helper_graph_count(graph));
        cm_helper_graph_free(graph);
    }
}

/* ---- the thread ---- */

static void
test_beside(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST);
    read_file(*state, "plain.pack", &bytes);
    struct cm_helper_beside *beside = cm_helper_beside_new();
    assert_non_null(beside);
    for (size_t step = 1; step <= 1000; step *= 10) {
        struct cm_helper_graph *graph = cm_helper_graph_new();
        cm_helper_beside_begin(beside, graph);
        for (size_t at = 0; at < bytes.size; at += step) {
            size_t size = bytes.size - at < step ? bytes.size - at : step;
            memcpy(cm_helper_beside_room(beside), bytes.at + at, size);
            cm_helper_beside_give(beside, size);
        }
        cm_helper_beside_end(beside);
        name(graph, *state, "plain");
        assert_int_equal(count_agreeing(graph, *state), 100);
        cm_helper_graph_free(graph);
    }
    cm_helper_beside_free(beside);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commits),     cmocka_unit_test(test_deltas),
        cmocka_unit_test(test_other_index), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_beside),
    };
    return cmocka_run_group_tests(tests, begin_world, end_world);
}
