/* SPDX-License-Identifier: Apache-2.0
 *
 * A mirror that somebody else has locked: it is waited for, but not for ever.
 */
#include "world.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "git/client.h"
#include "git/mirror_inside.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HELPER CM_TEST_LIBEXECDIR "/countermark-git"
#define MINUTE (60 * CM_SECOND)
/* No fetch is answered any more. */
#define NO_FETCH                                                                                   \
    "[{\"method\": \"POST\", \"lines\": [\"command=fetch\"], \"do\": {\"status\": 410}}]"

struct asked {
    struct world *world;
    struct cm_net *net;
    struct cm_git_client *client;
    struct cm_git_commit *commit;
    struct cm_git_answer *answer;
    int64_t began;
};

static void
mirrors_of(const struct world *world, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/mirrors", world->folder);
}

/* Is the commit of that name on main? */
static void
ask_in(struct world *world, const char *mirrors, const char *name, int64_t ns, struct asked *ret)
{
    static const char *const prefixes[] = {"refs/heads/"};
    char url[160]; /* copied, as all settings are */
    struct cm_err err = CM_ERR_INIT;
    snprintf(world->agent, sizeof world->agent, "kept/%u", ++world->tests);
    snprintf(url, sizeof url, "%s/main.git", world->url);
    *ret = (struct asked){.world = world, .began = cm_monotonic_now()};
    const struct cm_outside_settings settings = {.deadline = ret->began + ns,
                                                 .cancel_fd = -1,
                                                 .helper = HELPER,
                                                 .folder = world->work,
                                                 .mirrors = mirrors,
                                                 .agent = world->agent};
    if (!cm_net_open(&settings, &ret->net, &err) ||
        !cm_git_client_open(ret->net, &ret->client, &err))
        fail_msg("%s", err.text);
    const struct cm_git_ask open = {
        .url = url, .peer = &world->peer, .prefixes = prefixes, .prefix_count = 1};
    struct cm_git_repository *repository = cm_git_open(ret->client, &open);
    assert_non_null(repository);
    ret->commit = cm_git_commit(repository, "refs/heads/main", world_id(world, name));
    assert_non_null(ret->commit);
    ret->answer = cm_git_on_ref(ret->commit);
}

static void
ask(struct world *world, const char *name, int64_t ns, struct asked *ret)
{
    char mirrors[PATH_MAX];
    mirrors_of(world, mirrors);
    ask_in(world, mirrors, name, ns, ret);
}

static void
asked_done(struct asked *asked)
{
    cm_net_close(asked->net);
    cm_git_client_close(asked->client);
}

static void
assert_finding(const struct asked *asked, const char *finding)
{
    (void)cm_net_wait(asked->net, &asked->answer->done);
    if (asked->answer->err.class != CM_OK)
        fail_msg("%s", asked->answer->err.text);
    assert_string_equal(cm_json_text(asked->answer->content, "finding"), finding);
}

/* That one is not on it needs the whole history. */
static void
keep(struct world *world)
{
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, NULL);
    ask(world, "release", MINUTE, &asked);
    assert_finding(&asked, "not-reachable");
}

/* As who removes it does. */
static int
locked(const struct world *world)
{
    char url[160], name[CM_SHA256_HEX], path[PATH_MAX], mirrors[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    mirrors_of(world, mirrors);
    snprintf(url, sizeof url, "%s/main.git", world->url);
    assert_true(cm_sha256(url, strlen(url), name));
    int size = snprintf(path, sizeof path, "%s/%.*s.lock", mirrors, CM_MIRROR_NAME, name);
    assert_in_range(size, 1, sizeof path - 1);
    int fd = cm_mirror_lock_open(path, &err);
    if (fd < 0)
        fail_msg("%s", err.text);
    assert_int_equal(cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_READ, &err), CM_MIRROR_GOT);
    return fd;
}

static void
test_kept(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    keep(world);
    world_faults(world, NO_FETCH);
    ask(world, "first", MINUTE, &asked);
    assert_finding(&asked, "reachable");
}

/* Whether the commit is there at all is asked of the server if somebody wants to know. */
static void
test_asked_when_wanted(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    keep(world);
    ask(world, "release", MINUTE, &asked);
    assert_finding(&asked, "not-reachable");
    assert_int_equal(world_requests(world, "command="), 1);
    const struct cm_git_answer *exists = cm_git_exists(asked.commit);
    assert_true(cm_net_wait(asked.net, &exists->done));
    assert_int_equal(exists->err.class, CM_OK);
    assert_int_equal(world_requests(world, "command=fetch"), 1);
}

/* Without a mirror the commit alone is asked for beside the list of refs. */
static void
test_asked_beside(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, "[{\"lines\": [\"command=ls-refs\"], \"do\": {\"stall\": 5}}]");
    ask_in(world, NULL, "first", MINUTE, &asked);
    while (world_requests(world, "command=fetch") == 0 &&
           cm_monotonic_now() - asked.began < 4 * CM_SECOND)
        assert_true(cm_net_sleep(asked.net, CM_SECOND / 50));
    assert_int_equal(world_requests(world, "command=fetch"), 1);
    assert_false(asked.answer->done);
}

static void
test_waited_for(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    keep(world);
    world_faults(world, NO_FETCH);
    CM_CLEANUP(cm_fd_done) int fd = locked(world);
    ask(world, "first", MINUTE, &asked);
    assert_true(cm_net_sleep(asked.net, CM_SECOND));
    assert_false(asked.answer->done);
    cm_fd_done(&fd);
    assert_finding(&asked, "reachable");
}

/* Half of what is left at the most: the other half is for going without. */
static void
test_given_up(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    keep(world);
    CM_CLEANUP(cm_fd_done) int fd = locked(world);
    ask(world, "first", 12 * CM_SECOND, &asked);
    assert_finding(&asked, "reachable");
    assert_true(cm_monotonic_now() - asked.began > 5 * CM_SECOND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),         cmocka_unit_test(test_asked_when_wanted),
        cmocka_unit_test(test_asked_beside), cmocka_unit_test(test_waited_for),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
