/* SPDX-License-Identifier: Apache-2.0
 *
 * The question whether a repository is public, and refusals that may mean something else: how often
 * it is asked, and what is said of it. The client is linked, not loaded, so that it can be given a
 * pace at which nobody waits.
 */
#include "world.h"

#include "base/clock.h"
#include "base/json.h"
#include "git/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PAUSE (CM_SECOND / 100)

struct asked {
    struct world *world;
    struct cm_net *net;
    struct cm_git_client *client;
    struct cm_git_repository *repository;
};

/* Opens the repository, with `ns` left and pauses of `pause` and twice that. */
static void
open_with(struct world *world, const char *name, const char *token, int64_t ns, int64_t pause,
          struct asked *ret)
{
    static const char *const prefixes[] = {"refs/heads/"};
    const struct cm_net_pace pace = {
        .backoff = pause, .connect = 5 * CM_SECOND, .silence = 5 * CM_SECOND};
    const struct cm_outside_settings settings = {.deadline = cm_monotonic_now() + ns,
                                                 .cancel_fd = -1,
                                                 .folder = world->work,
                                                 .agent = world->agent};
    struct cm_err err = CM_ERR_INIT;
    char url[160];
    *ret = (struct asked){.world = world};
    snprintf(world->agent, sizeof world->agent, "session/%u", ++world->tests);
    snprintf(url, sizeof url, "%s/%s", world->url, name);
    if (!cm_net_open(&settings, &ret->net, &err) ||
        !cm_git_client_open(ret->net, &ret->client, &err))
        fail_msg("%s", err.text);
    cm_net_set_pace(ret->net, &pace);
    const struct cm_git_ask ask = {
        .url = url, .peer = &world->peer, .token = token, .prefixes = prefixes, .prefix_count = 1};
    ret->repository = cm_git_open(ret->client, &ask);
    assert_non_null(ret->repository);
}

static void
open_repository(struct world *world, const char *name, const char *token, struct asked *ret)
{
    open_with(world, name, token, 30 * CM_SECOND, PAUSE, ret);
}

static void
asked_done(struct asked *asked)
{
    cm_net_close(asked->net);
    cm_git_client_close(asked->client);
}

static const struct cm_git_answer *
ended(const struct asked *asked, const struct cm_git_answer *answer)
{
    (void)cm_net_wait(asked->net, &answer->done);
    assert_true(answer->done);
    return answer;
}

/* The server writes a request down when it has answered it, so that may be a little later. */
static void
assert_requests(const struct world *world, const char *text, size_t count)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    int64_t began = cm_monotonic_now();
    while (world_requests(world, text) < count && cm_monotonic_now() - began < 10 * CM_SECOND)
        (void)nanosleep(&moment, NULL);
    assert_int_equal(world_requests(world, text), count);
}

/* The probe's document; `tries` as it is recorded: 1 is not. */
static void
assert_probe(const struct asked *asked, int status, int tries, bool limited)
{
    const struct cm_git_answer *probe = ended(asked, cm_git_probe(asked->repository));
    if (probe->err.class != CM_OK)
        fail_msg("%s", probe->err.text);
    assert_int_equal(cm_json_int(probe->content, "status", 0), status);
    assert_int_equal(cm_json_int(probe->content, "tries", 1), tries);
    assert_int_equal(!cm_json_get(probe->content, "tries"), tries == 1);
    assert_int_equal(cm_json_bool(probe->content, "rate_limited", false), limited);
    assert_int_equal(!cm_json_get(probe->content, "rate_limited"), !limited);
    assert_requests(asked->world, "\"GET\"", (size_t)tries);
}

static void
assert_refs(const struct asked *asked, enum cm_class class, const char *says)
{
    const struct cm_git_answer *refs = ended(asked, cm_git_refs(asked->repository));
    if (refs->err.class != class || !strstr(refs->err.text, says))
        fail_msg("%s: %s", cm_class_name(refs->err.class), refs->err.text);
}

/* So many answers with that status and these headers, then the true ones. Faults are counted by
 * their "id" as long as the server lives, so each has another. */
static void
put_fault(struct world *world, int times, int status, const char *headers)
{
    static unsigned ids;
    char json[400];
    snprintf(json, sizeof json,
             "[{\"method\": \"GET\", \"id\": \"%u\", \"times\": %d, \"do\": {\"status\": %d, "
             "\"headers\": {%s}}}]",
             ++ids, times, status, headers);
    world_faults(world, json);
}

#define FOREVER 1000

/* ---- without a sign of limits ---- */

static void
test_private(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, NULL);
    open_repository(world, "private.git", NULL, &asked);
    assert_probe(&asked, 401, 3, false);
    assert_refs(&asked, CM_E_AUTH, "answers 401");
}

static void
test_refused_for_good(void **state)
{
    static const struct {
        int status, tries;
    } rows[] = {{401, 3}, {403, 3}, {404, 2}, {410, 1}, {400, 1}, {301, 1}};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(asked_done) struct asked asked;
        put_fault(world, FOREVER, rows[i].status, "");
        open_repository(world, "main.git", NULL, &asked);
        assert_probe(&asked, rows[i].status, rows[i].tries, false);
    }
}

/* Public after all: then everything is as if it had been so at once. */
static void
test_refused_at_first(void **state)
{
    static const struct {
        int status, times;
    } rows[] = {{401, 1}, {401, 2}, {403, 1}, {403, 2}, {404, 1}};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(asked_done) struct asked asked;
        put_fault(world, rows[i].times, rows[i].status, "");
        open_repository(world, "main.git", NULL, &asked);
        assert_probe(&asked, 200, rows[i].times + 1, false);
        assert_refs(&asked, CM_OK, "");
        assert_true(cm_json_bool(cm_git_refs(asked.repository)->content, "anonymous", false));
    }
}

/* It pauses, twice as long each time; half of that is left to chance. */
static void
test_pauses(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    int64_t began = cm_monotonic_now();
    put_fault(world, FOREVER, 401, "");
    open_with(world, "main.git", NULL, 30 * CM_SECOND, CM_SECOND / 5, &asked);
    assert_probe(&asked, 401, 3, false);
    assert_true(cm_monotonic_now() - began >= (CM_SECOND / 5 + CM_SECOND * 2 / 5) / 2);
}

/* The loop goes on while it pauses: what is asked meanwhile waits for the session alone. */
static void
test_asked_in_a_pause(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, 1, 401, "");
    open_with(world, "main.git", NULL, 30 * CM_SECOND, 2 * CM_SECOND, &asked);
    assert_true(cm_net_sleep(asked.net, CM_SECOND / 5));
    assert_false(cm_git_probe(asked.repository)->done);
    struct cm_git_commit *commit =
        cm_git_commit(asked.repository, "refs/heads/main", world_id(world, "tip"));
    assert_non_null(commit);
    assert_false(cm_git_exists(commit)->done);
    assert_requests(world, "\"GET\"", 1);
    assert_probe(&asked, 200, 2, false);
}

static void
test_deadline_in_a_pause(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, FOREVER, 401, "");
    open_with(world, "main.git", NULL, CM_SECOND / 2, 20 * CM_SECOND, &asked);
    assert_int_equal(ended(&asked, cm_git_probe(asked.repository))->err.class, CM_E_CANCELLED);
    assert_refs(&asked, CM_E_CANCELLED, "");
    assert_requests(world, "\"GET\"", 1);
}

static void
test_closed_in_a_pause(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, FOREVER, 401, "");
    open_with(world, "main.git", NULL, 30 * CM_SECOND, 20 * CM_SECOND, &asked);
    assert_true(cm_net_sleep(asked.net, CM_SECOND / 5));
    assert_false(cm_git_probe(asked.repository)->done);
}

/* ---- with one ---- */

static void
test_signs(void **state)
{
    static const char *const signs[] = {
        "\"Retry-After\": \"3600\"",
        "\"Retry-After\": \"11\"",
        "\"Retry-After\": \"Wed, 21 Oct 2099 07:28:00 GMT\"",
        "\"Retry-After\": \"soon\"",
        "\"X-RateLimit-Remaining\": \"0\"",
        "\"RateLimit-Remaining\": \"0\"",
        "\"RateLimit\": \"limit=100, remaining=0, reset=30\"",
        "\"RateLimit\": \"\\\"default\\\";r=0;t=30\"",
        "\"RateLimit\": \"\\\"hour\\\";r=7, \\\"day\\\"; r=0\"",
    };
    static const int statuses[] = {401, 403, 404};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(signs); i++) {
        CM_CLEANUP(asked_done) struct asked asked;
        put_fault(world, FOREVER, statuses[i % 3], signs[i]);
        open_repository(world, "main.git", NULL, &asked);
        assert_probe(&asked, statuses[i % 3], 1, true);
        assert_refs(&asked, CM_E_TRANSIENT, "asked too often");
    }
}

/* Limits of which something is left are none. */
static void
test_no_signs(void **state)
{
    static const char *const headers[] = {
        "\"X-RateLimit-Remaining\": \"1\"",
        "\"X-RateLimit-Remaining\": \"00\"",
        "\"RateLimit-Remaining\": \"10\"",
        "\"RateLimit\": \"\\\"default\\\";r=01;t=0\"",
        "\"RateLimit\": \"limit=0, remaining=10, reset=0\"",
        "\"RateLimit-Policy\": \"\\\"default\\\";q=100;w=0\"",
        "\"X-RateLimit-Used\": \"0\"",
    };
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(headers); i++) {
        CM_CLEANUP(asked_done) struct asked asked;
        put_fault(world, FOREVER, 404, headers[i]);
        open_repository(world, "main.git", NULL, &asked);
        assert_probe(&asked, 404, 2, false);
        assert_refs(&asked, CM_E_AUTH, "answers 404");
    }
}

/* A sign at what is no refusal is none. */
static void
test_signs_elsewhere(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, FOREVER, 410, "\"Retry-After\": \"1\", \"RateLimit-Remaining\": \"0\"");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 410, 1, false);
    assert_refs(&asked, CM_E_UNSUPPORTED, "answers 410");
}

static void
test_asked_after_retry_after(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    int64_t began = cm_monotonic_now();
    put_fault(world, 1, 401, "\"Retry-After\": \"1\"");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 200, 2, false);
    assert_true(cm_monotonic_now() - began >= CM_SECOND);
    assert_refs(&asked, CM_OK, "");
}

/* A time to wait that is over: our own pause, and no more tries than usual. */
static void
test_retry_after_now(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, FOREVER, 403, "\"Retry-After\": \"0\"");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 403, 3, true);
    assert_refs(&asked, CM_E_TRANSIENT, "answers 403 and says that it is asked too often");
}

static void
test_no_time_for_retry_after(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    int64_t began = cm_monotonic_now();
    put_fault(world, FOREVER, 401, "\"Retry-After\": \"9\"");
    open_with(world, "main.git", NULL, 8 * CM_SECOND, PAUSE, &asked);
    assert_probe(&asked, 401, 1, true);
    assert_true(cm_monotonic_now() - began < 7 * CM_SECOND);
}

/* One of the refusals had the sign: then none of them counts. */
static void
test_sign_at_first(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, "[{\"id\": \"first\", \"times\": 1, \"do\": {\"status\": 401, "
                        "\"headers\": {\"Retry-After\": \"0\"}}}, {\"do\": {\"status\": 401}}]");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 401, 3, true);
    assert_refs(&asked, CM_E_TRANSIENT, "asked too often");
}

/* But what is no refusal does. */
static void
test_sign_and_redirect(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, "[{\"id\": \"then-moved\", \"times\": 1, \"do\": {\"status\": 401, "
                        "\"headers\": {\"Retry-After\": \"0\"}}}, {\"do\": {\"status\": 301, "
                        "\"location\": \"https://elsewhere.example/x/info/refs\"}}]");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 301, 2, false);
    assert_refs(&asked, CM_E_UNSUPPORTED, "elsewhere.example");
}

/* What is asked behind the probe may be refused so, too. */
static void
test_limited_later(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    world_faults(world, "[{\"method\": \"POST\", \"do\": {\"status\": 403, \"headers\": "
                        "{\"Retry-After\": \"60\"}}}]");
    open_repository(world, "main.git", NULL, &asked);
    assert_probe(&asked, 200, 1, false);
    assert_refs(&asked, CM_E_TRANSIENT, "asked too often");
}

/* ---- with a token ---- */

/* Nothing depends on the public's answer then: it is asked for once, and nobody waits. */
static void
test_token(void **state)
{
    static const char *const headers[] = {"", "\"Retry-After\": \"5\""};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(headers); i++) {
        CM_CLEANUP(asked_done) struct asked asked;
        put_fault(world, 1, 401, headers[i]);
        open_with(world, "private.git", "me:s3cret-of-git", 30 * CM_SECOND, 20 * CM_SECOND, &asked);
        int64_t began = cm_monotonic_now();
        assert_refs(&asked, CM_OK, "");
        assert_true(cm_monotonic_now() - began < 4 * CM_SECOND);
        const json_t *probe = ended(&asked, cm_git_probe(asked.repository))->content;
        assert_int_equal(cm_json_int(probe, "status", 0), 401);
        assert_int_equal(cm_json_bool(probe, "rate_limited", false), i == 1);
        assert_null(cm_json_get(probe, "tries"));
        assert_requests(world, "authorized\": false", 1);
        assert_false(cm_json_bool(cm_git_refs(asked.repository)->content, "anonymous", true));
    }
}

static void
test_limited_with_token(void **state)
{
    struct world *world = *state;
    CM_CLEANUP(asked_done) struct asked asked;
    put_fault(world, FOREVER, 401, "\"Retry-After\": \"5\"");
    open_repository(world, "private.git", "me:s3cret-of-git", &asked);
    assert_refs(&asked, CM_E_TRANSIENT, "asked too often");
    assert_requests(world, "\"GET\"", 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_refused_for_good),
        cmocka_unit_test(test_refused_at_first),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_asked_in_a_pause),
        cmocka_unit_test(test_deadline_in_a_pause),
        cmocka_unit_test(test_closed_in_a_pause),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_no_signs),
        cmocka_unit_test(test_signs_elsewhere),
        cmocka_unit_test(test_asked_after_retry_after),
        cmocka_unit_test(test_retry_after_now),
        cmocka_unit_test(test_no_time_for_retry_after),
        cmocka_unit_test(test_sign_at_first),
        cmocka_unit_test(test_sign_and_redirect),
        cmocka_unit_test(test_limited_later),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_limited_with_token),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
