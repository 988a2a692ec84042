/* SPDX-License-Identifier: Apache-2.0
 *
 * The host to collecting hooks: what is asked, and what is granted.
 */
#include "base/clock.h"
#include "base/json.h"
#include "evidence/evidence.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what is asked ---- */

static void
asks_with_everything(struct cmk_call *c, const struct cmk_collect *k)
{
    static const struct cmk_pair headers[] = {{"Accept", "application/json"}};
    static const struct cmk_pair query[] = {{"a", "1"}, {"b", "x y"}};
    const struct cmk_http_request ask = {
        .size = sizeof ask,
        .url = SITE "/build",
        .auth = CMK_AUTH_BASIC,
        .secret = "key",
        .user = "bob",
        .headers = headers,
        .query = query,
        .header_count = 1,
        .query_count = 2,
        .most = UINT64_C(1) << 40,
    };
    struct cmk_exchange *x = k->http->start(c, &ask);
    k->record->exchange(c, "build", x, keep_all);
    k->record->exchange(c, "plain", get(c, k, "https://m.example:8443/x", CMK_AUTH_NONE), keep_all);
    k->record->exchange(c, "bearer", get(c, k, SITE "/y", CMK_AUTH_BEARER), keep_all);
}

static void
a_request_is_carried_out(void **state)
{
    static const struct fake_page pages[] = {
        {.url = SITE "/build?a=1&b=x y", .body = "{\"id\":1}"},
        {.url = "https://m.example:8443/x", .body = "[]"},
        {.url = SITE "/y", .body = "true"},
        {.url = NULL},
    };
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, asks_with_everything);
    assert_int_equal(s.out.asked_count, 3);
    assert_string_equal(s.out.asked[0].basic, "bob:" SCENE_SECRET);
    assert_null(s.out.asked[0].bearer);
    assert_string_equal(s.out.asked[0].header, "Accept: application/json");
    assert_ptr_equal(s.out.asked[0].peer, &s.peer);
    assert_int_equal(s.out.asked[0].most, 64 << 20);
    assert_null(s.out.asked[1].basic);
    assert_null(s.out.asked[1].bearer);
    assert_string_equal(s.out.asked[2].bearer, SCENE_SECRET);

    const json_t *build = scene_got(&s, "build");
    assert_had(&s, "build", "{\"id\":1}");
    assert_string_equal(cm_json_text(build, "of"), "system");
    assert_string_equal(cm_json_text(build, "asked"), "GET " SITE "/build?a=1&b=x y");
    assert_true(cm_json_bool(build, "credential", false));
    assert_int_equal(cm_json_int(build, "status", 0), 200);
    assert_int_equal(cm_json_int(build, "size", 0), 8);
    assert_string_equal(cm_json_text(build, "at"), "2026-01-01T00:00:00Z");
    assert_false(cm_json_bool(scene_got(&s, "plain"), "credential", true));
}

static void
starts_much(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x[5];
    for (size_t i = 0; i < 5; i++)
        x[i] = get(c, k, SITE "/x", CMK_AUTH_NONE);
    struct cmk_exchange *commit =
        k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
    (void)k->git->file(c, commit, "a", 10);
    (void)x;
}

static void
starting_never_waits(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    scene_open_outside(&s);
    pear_collects = starts_much;
    assert_true(cm_host_begin(s.host, &err));
    assert_true(cm_host_collect(s.host, &err));
    assert_int_equal(s.out.asked_count, 5);
    assert_int_equal(s.out.waits, 0);
}

/* ---- what is granted ---- */

static const char *denied_url;

static void
asks_elsewhere(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, denied_url, CMK_AUTH_BEARER);
    assert_non_null(x);
    assert_int_equal(k->http->status(c, x), CMK_E_DENIED);
    assert_null(k->http->json(c, x));
    k->record->exchange(c, "elsewhere", x, keep_all);
}

static void
only_the_options_origins_are_granted(void **state)
{
    static const char *const urls[] = {"https://evil.example/",
                                       "http://ci.example/",
                                       SITE ":444/",
                                       "https://ci.example.evil.example/",
                                       "https://m.example/",
                                       "https://xci.example/"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        OUTSIDE_SCENE(s, NULL, NULL);
        json_object_set_new(s.options, "text", json_string("https://evil.example/"));
        denied_url = urls[i];
        collect_well(&s, asks_elsewhere);
        assert_int_equal(s.out.asked_count, 0);
        assert_missing(&s, "elsewhere", "denied", "is not the origin of a URL option of pear",
                       NULL);
    }
}

static void
asks_without_its_secret(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_http_request ask = {
        .size = sizeof ask, .url = SITE "/", .auth = CMK_AUTH_BEARER, .secret = "other_key"};
    k->record->exchange(c, "a", k->http->start(c, &ask), keep_all);
    k->record->exchange(c, "b", get(c, k, SITE "/b", CMK_AUTH_BEARER), keep_all);
    assert_int_equal(k->secret_begins(c, "other_key", ""), 0);
    assert_int_equal(k->secret_begins(c, "key", "hunter"), 0);
    assert_int_equal(k->secret_begins(c, "key", ""), 1); /* it was given */
}

static void
a_secret_that_cannot_be_read_is_a_document(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    assert_int_equal(unsetenv("SCENE_SECRET"), 0);
    collect_well(&s, asks_without_its_secret);
    assert_int_equal(s.out.asked_count, 0);
    assert_missing(&s, "a", "config", "no secret is configured for option 'other_key'", NULL);
    assert_missing(&s, "b", scene_error(&s, "b"), "the secret of option 'key'", NULL);
}

static int begins;

static void
looks_at_its_secret(struct cmk_call *c, const struct cmk_collect *k)
{
    begins = k->secret_begins(c, "key", "hunter2-") + 2 * k->secret_begins(c, "key", "v2.") +
             4 * k->secret_begins(c, "key", NULL) + 8 * k->secret_begins(c, NULL, "x");
    cmk_log(c, CMK_LOG_INFO, "would tell %s", SCENE_SECRET);
}

static void
a_secret_is_known_by_its_head_only(void **state)
{
    char log[4096];
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    collect_well(&s, looks_at_its_secret);
    assert_int_equal(begins, 1);
    assert_non_null(strstr(scene_log(&s, log, sizeof log), "pear: would tell [withheld]"));
    assert_null(strstr(log, SCENE_SECRET));
}

/* ---- what only the author can mend ---- */

static int wrong;

static void
asks_wrongly(struct cmk_call *c, const struct cmk_collect *k)
{
    static const struct cmk_pair authorization[] = {{"Authorization", "x"}};
    static const struct cmk_pair injected[] = {{"X-A", "b\r\nHost: evil"}};
    struct cmk_http_request ask = {.size = sizeof ask, .url = SITE "/"};
    static const char *const leaves[] = {"a", NULL};
    switch (wrong) {
    case 0:
        ask.size = 8;
        break;
    case 1:
        ask.auth = 7;
        break;
    case 2:
        ask.auth = CMK_AUTH_BEARER;
        break;
    case 3:
        ask.auth = CMK_AUTH_BEARER;
        ask.secret = "url"; /* not of type secret */
        break;
    case 4:
        ask.auth = CMK_AUTH_BASIC;
        ask.secret = "key";
        ask.user = "a:b";
        break;
    case 5:
        ask.headers = authorization;
        ask.header_count = 1;
        break;
    case 6:
        ask.headers = injected;
        ask.header_count = 1;
        break;
    case 7:
        ask.header_count = 1;
        break;
    case 8:
        ask.find = "x";
        ask.find_after = 257;
        break;
    case 9:
        ask.find = "x";
        ask.flags = CMK_HTTP_ARTIFACT;
        break;
    case 10:
        k->record->exchange(c, "repository-refs", get(c, k, SITE "/", 0), keep_all);
        return;
    case 11:
        k->record->exchange(c, "submitted", get(c, k, SITE "/", 0), keep_all);
        return;
    case 12:
        k->record->exchange(c, "No Name", get(c, k, SITE "/", 0), keep_all);
        return;
    case 13:
        k->record->exchange(c, NULL, get(c, k, SITE "/", 0), keep_all);
        return;
    case 14:
        k->record->exchange(c, "x", get(c, k, SITE "/", 0), keep_all);
        k->record->exchange(c, "x", get(c, k, SITE "/", 0), keep_all);
        return;
    case 15:
        (void)k->secret_begins(c, "url", "https");
        return;
    case 16:
        (void)k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
        (void)k->git->commit(c, "https://git.example/acme/widget", "refs/heads/other", ID);
        return;
    case 17:
        k->record->exchange(
            c, "x", k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID),
            keep_all);
        return;
    case 18: {
        struct cmk_exchange *commit =
            k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
        k->record->exchange(c, "x", k->git->file(c, commit, "a", 9), leaves);
        return;
    }
    case 19:
        (void)k->git->file(c, get(c, k, SITE "/", 0), "a", 9);
        return;
    case 20: {
        struct cmk_exchange *commit =
            k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
        (void)k->http->status(c, k->git->file(c, commit, "a", 9));
        return;
    }
    case 21:
        k->record->absent(c, "repository-path", CMK_E_NOT_FOUND, "x");
        return;
    case 22: /* said to be absent, and then there after all */
        k->record->absent(c, "x", CMK_E_NOT_FOUND, "x");
        k->record->exchange(c, "x", get(c, k, SITE "/", 0), keep_all);
        return;
    case 23:
        k->record->absent(c, "peer", CMK_E_NOT_FOUND, "x");
        return;
    default:
        (void)k->http->start(c, NULL);
        return;
    }
    assert_null(k->http->start(c, &ask));
}

static void
mistakes_of_the_author_fail_the_call(void **state)
{
    (void)state;
    for (wrong = 0; wrong <= 24; wrong++) {
        struct cm_err err = CM_ERR_INIT;
        OUTSIDE_SCENE(s, NULL, NULL);
        if (collect(&s, asks_wrongly, &err))
            fail_msg("case %d", wrong);
        assert_int_equal(err.class, CM_E_INTERNAL);
    }
}

/* ---- time ---- */

static void
waits(struct cmk_call *c, const struct cmk_collect *k)
{
    int64_t left = c->base->remaining(c);
    assert_true(left > 0 && left <= 100 * CM_SECOND);
    assert_int_equal(k->sleep(c, 2 * CM_SECOND), CMK_OK);
    assert_int_equal(k->sleep(c, -5), CMK_OK);
    assert_int_equal(k->sleep(c, 2 * CM_SECOND), CMK_E_CANCELLED);
    assert_int_equal(c->base->status(c), CMK_OK);
}

static void
sleeping_ends_with_the_time(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_plugin_host *host;
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    s.out.patience = 3 * CM_SECOND;
    const struct cm_host_settings settings = {
        .plugin = s.plugin,
        .options = s.options,
        .evidence = s.evidence,
        .log = s.log,
        .deadline = cm_monotonic_now() + 100 * CM_SECOND,
        .outside = &fake_outside,
        .out = &s.out,
        .secrets = s.secrets,
        .peer = &s.peer,
        .trust = &s.trust,
        .project = &s.project,
        .policy = &s.policy,
    };
    assert_true(cm_host_new(&settings, &host, &err));
    pear_collects = waits;
    assert_true(cm_host_collect(host, &err));
    assert_int_equal(s.out.slept, 2 * CM_SECOND);
    cm_host_free(host);

    struct cm_host_settings lacking = settings;
    lacking.log = NULL;
    assert_false(cm_host_new(&lacking, &host, &err));
    lacking = settings;
    lacking.options = NULL;
    assert_false(cm_host_new(&lacking, &host, &err));
}

/* ---- a failed call ---- */

static void
fails_midway(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_NONE);
    (void)(c->base->fail)(c, CMK_E_CONFIG, "cannot go on: " SCENE_SECRET);
    assert_null(get(c, k, SITE "/x", CMK_AUTH_NONE));
    assert_null(k->record->exchange(c, "x", x, keep_all));
    k->record->absent(c, "y", CMK_E_LIMIT, "y");
    assert_null(k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID));
    assert_null(k->git->file(c, x, "a", 1));
    assert_int_equal(k->http->status(c, x), CMK_E_CONFIG);
    assert_null(k->http->header(c, x, "server"));
    assert_null(k->http->json(c, x));
    assert_null(k->kept(c, "build"));
    assert_int_equal(k->sleep(c, 1), CMK_E_CONFIG);
    assert_int_equal(k->secret_begins(c, "key", ""), 0);
}

static void
after_a_failure_nothing_is_done(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    cm_log_withhold(s.log, SCENE_SECRET);
    assert_false(collect(&s, fails_midway, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_non_null(strstr(err.text, "[withheld"));
    assert_null(strstr(err.text, SCENE_SECRET));
    assert_int_equal(s.out.asked_count, 1);
    assert_int_equal(s.out.waits, 0);
    assert_null(cm_evidence_document(s.evidence, "x"));
    assert_null(cm_evidence_document(s.evidence, "y"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_carried_out),
        cmocka_unit_test(starting_never_waits),
        cmocka_unit_test(only_the_options_origins_are_granted),
        cmocka_unit_test(a_secret_that_cannot_be_read_is_a_document),
        cmocka_unit_test(a_secret_is_known_by_its_head_only),
        cmocka_unit_test(mistakes_of_the_author_fail_the_call),
        cmocka_unit_test(sleeping_ends_with_the_time),
        cmocka_unit_test(after_a_failure_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
