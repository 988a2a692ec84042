/* SPDX-License-Identifier: Apache-2.0
 *
 * The helper while it runs: scripts stand for it, which say what it would never say.
 */
#include "git/worker.h"

#include <dirent.h>
#include <sys/stat.h>

#include "../base/folder.h"
#include "base/clock.h"
#include "base/fd.h"

#define HELLO  "#!/bin/sh\necho " CM_GIT_HELLO "\n"
#define FOLDER "read -r folder\necho end\n"

struct world {
    void *folder; /* of its scripts and of its workers */
    char helper[PATH_MAX];
    struct cm_outside_settings settings;
    struct cm_net *net;
    struct cm_git_worker *worker;
};

/* A question, and what came of it. */
struct asked {
    struct cm_git_task task;
    size_t items;
    char text[100]; /* of the last item */
    bool done;
    struct cm_err err;
};

static int
begin(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct world *world = calloc(1, sizeof *world);
    if (!world || folder_make(&world->folder) != 0)
        return -1;
    snprintf(world->helper, sizeof world->helper, "%s/helper", (const char *)world->folder);
    world->settings = (struct cm_outside_settings){.deadline = cm_monotonic_now() + 30 * CM_SECOND,
                                                   .cancel_fd = -1,
                                                   .helper = world->helper,
                                                   .folder = world->folder};
    *state = world;
    return cm_net_open(&world->settings, &world->net, &err) ? 0 : -1;
}

static int
end(void **state)
{
    struct world *world = *state;
    cm_git_worker_free(NULL, world->worker);
    cm_net_close(world->net);
    int failed = folder_remove(&world->folder);
    free(world);
    return failed;
}

/* The net takes its settings when it is opened. */
static void
open_again(struct world *world)
{
    struct cm_err err = CM_ERR_INIT;
    cm_net_close(world->net);
    world->net = NULL;
    if (!cm_net_open(&world->settings, &world->net, &err))
        fail_msg("%s", err.text);
}

static void
start_with(struct world *world, const char *folder, const char *script)
{
    struct cm_err err = CM_ERR_INIT;
    const struct cm_git_worker_ask ask = {.pack_count = 0};
    FILE *file = fopen(world->helper, "we");
    assert_non_null(file);
    assert_true(fputs(HELLO, file) >= 0 && fputs(folder, file) >= 0 && fputs(script, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(world->helper, 0700), 0);
    if (!cm_git_worker_start(world->net, &ask, &world->worker, &err))
        fail_msg("%s", err.text);
}

static void
start(struct world *world, const char *script)
{
    start_with(world, FOLDER, script);
}

static void
stop(struct world *world)
{
    cm_git_worker_free(world->net, world->worker);
    world->worker = NULL;
}

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct asked *asked = data;
    (void)err;
    asked->items++;
    if (item->text)
        snprintf(asked->text, sizeof asked->text, "%s", item->text);
    return true;
}

static void
on_done(void *data, const struct cm_err *err)
{
    struct asked *asked = data;
    assert_false(asked->done);
    asked->done = true;
    asked->err = *err;
}

static void
ask(struct world *world, const char *line, struct cm_git_spool *spool, struct asked *ret)
{
    struct cm_err err = CM_ERR_INIT;
    *ret = (struct asked){.items = 0};
    ret->task = (struct cm_git_task){
        .line = line, .spool = spool, .item = on_item, .done = on_done, .data = ret};
    if (!cm_git_worker_ask(world->worker, &ret->task, &err))
        fail_msg("%s", err.text);
}

static void
wait_for(struct world *world, struct asked *asked)
{
    assert_true(cm_net_wait(world->net, &asked->done));
}

static size_t
scratch_count(const struct world *world)
{
    size_t count = 0;
    DIR *folder = opendir(world->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strncmp(entry->d_name, "countermark-git-", 16) == 0;
    closedir(folder);
    return count;
}

/* ---- starting ---- */

static void
refuse(struct world *world, const struct cm_git_worker_ask *ask, enum cm_class class,
       const char *part)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_worker *worker = NULL;
    open_again(world);
    assert_false(cm_git_worker_start(world->net, ask, &worker, &err));
    assert_int_equal(err.class, class);
    assert_contains(err.text, part);
    assert_null(worker);
    assert_int_equal(scratch_count(world), 0);
}

static void
test_not_started(void **state)
{
    struct world *world = *state;
    const char *packs[CM_GIT_PACKS_MOST + 1];
    for (size_t i = 0; i < CM_COUNT(packs); i++)
        packs[i] = "/pack.idx";
    const struct cm_git_worker_ask none = {.pack_count = 0};
    const struct cm_git_worker_ask many = {.packs = packs, .pack_count = CM_COUNT(packs)};
    const struct cm_git_worker_ask feed = {.folder = "/a\nb"};
    refuse(world, &none, CM_E_INTERNAL, "cannot run"); /* there is no such file yet */
    world->settings.helper = NULL;
    refuse(world, &none, CM_E_CONFIG, "no helper program is named");
    world->settings.helper = "/bin/true";
    refuse(world, &many, CM_E_INTERNAL, "too many words");
    refuse(world, &feed, CM_E_CONFIG, "a line feed cannot be");
    world->settings.folder = "/nonexistent";
    refuse(world, &none, CM_E_INTERNAL, "cannot make a folder in /nonexistent");
}

/* ---- questions ---- */

static void
test_in_their_order(void **state)
{
    struct world *world = *state;
    struct asked first, second;
    start(world, "while read -r line; do echo \"object $line 0\"; echo end; done");
    ask(world, "one", NULL, &first);
    ask(world, "two", NULL, &second);
    wait_for(world, &second);
    assert_true(first.done);
    assert_int_equal(first.err.class, CM_OK);
    assert_string_equal(first.text, "one");
    assert_int_equal(second.err.class, CM_OK);
    assert_string_equal(second.text, "two");
    assert_int_equal(first.items + second.items, 2);
    assert_true(cm_git_worker_is_alive(world->worker));
    assert_int_equal(scratch_count(world), 1);
    stop(world);
    assert_int_equal(scratch_count(world), 0);
}

/* An error is the answer to one question; the next may be answered well. */
static void
test_errors(void **state)
{
    struct world *world = *state;
    struct asked first, second;
    start(world, "read -r line; echo error limit so sorry; read -r line; echo absent; echo end\n"
                 "read -r line");
    ask(world, "one", NULL, &first);
    ask(world, "two", NULL, &second);
    wait_for(world, &second);
    assert_int_equal(first.err.class, CM_E_LIMIT);
    assert_string_equal(first.err.text, "so sorry");
    assert_int_equal(second.err.class, CM_OK);
    assert_int_equal(second.items, 1);
}

/* All that it was asked, and all that it is asked later, has the reason. */
static void
test_dead(void **state)
{
    static const struct {
        const char *script, *text;
        enum cm_class class;
    } rows[] = {
        {"exit 3", "status 3", CM_E_INTERNAL},
        {"exit 0", "before it had answered", CM_E_INTERNAL},
        {"exit 127", "cannot be run", CM_E_INTERNAL},
        {"kill -SEGV $$", "has crashed", CM_E_INTERNAL},
        {"kill -KILL $$", "within the limits", CM_E_LIMIT},
        {"echo nonsense; read -r line", "cannot be read", CM_E_INTERNAL},
        {"printf 'end\\nend\\n'; read -r line", "unasked", CM_E_INTERNAL},
        {"printf 'end\\nerror limit so sorry\\n'; read -r line", "so sorry", CM_E_LIMIT},
    };
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char script[100];
        struct asked first, second;
        struct cm_err err = CM_ERR_INIT;
        snprintf(script, sizeof script, "read -r line\n%s", rows[i].script);
        start(world, script);
        ask(world, "one", NULL, &first);
        ask(world, "two", NULL, &second);
        wait_for(world, &second);
        assert_true(first.done);
        assert_int_equal(second.err.class, rows[i].class);
        assert_contains(second.err.text, rows[i].text);
        assert_false(cm_git_worker_is_alive(world->worker));
        assert_false(cm_git_worker_ask(world->worker, &first.task, &err));
        assert_int_equal(err.class, rows[i].class);
        assert_string_equal(err.text, second.err.text);
        stop(world);
    }
}

/* The first question is the worker's own, and nothing but an end is its answer. */
static void
test_folder(void **state)
{
    struct world *world = *state;
    struct asked asked;
    start_with(world, "read -r folder; echo absent; echo end\n", "read -r line");
    ask(world, "one", NULL, &asked);
    wait_for(world, &asked);
    assert_int_equal(asked.err.class, CM_E_INTERNAL);
    assert_contains(asked.err.text, "not asked");
    stop(world);
}

/* Whoever asked and was not told by then is not told any more. */
static void
test_freed(void **state)
{
    struct world *world = *state;
    struct asked asked;
    start(world, "read -r line; read -r line");
    ask(world, "one", NULL, &asked);
    stop(world);
    assert_false(asked.done);
    cm_git_worker_free(world->net, NULL);
}

/* ---- what follows a question ---- */

#define PIECES                                                                                     \
    "read -r line\n"                                                                               \
    "while read -r size && test $size != 0 && test $size != stop; do\n"                            \
    "all=$all$(head -c $size)\n"                                                                   \
    "done\n"                                                                                       \
    "echo object \"$all-$size\" 0; echo end; read -r line"

static void
take(struct world *world, bool whole, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_spool spool;
    struct asked asked;
    start(world, PIECES);
    assert_true(cm_git_spool_open(world->folder, &spool, &err));
    assert_true(cm_git_spool_write(&spool, "abc", 3, &err));
    ask(world, "pack", &spool, &asked);
    assert_true(cm_git_spool_write(&spool, "def", 3, &err));
    cm_git_spool_end(&spool, whole);
    wait_for(world, &asked);
    assert_int_equal(asked.err.class, CM_OK);
    assert_string_equal(asked.text, text);
    cm_git_spool_done(&spool);
    stop(world);
}

static void
test_pieces(void **state)
{
    take(*state, true, "abcdef-0");
    take(*state, false, "-stop");
}

#define WORKER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(test_not_started), WORKER_TEST(test_in_their_order), WORKER_TEST(test_errors),
        WORKER_TEST(test_folder),      WORKER_TEST(test_dead),           WORKER_TEST(test_freed),
        WORKER_TEST(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
