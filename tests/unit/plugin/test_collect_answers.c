/* SPDX-License-Identifier: Apache-2.0
 *
 * The host to collecting hooks: what an answer is worth, and what of it is left in the evidence.
 */
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "git/documents.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- what an answer is worth ---- */

static int32_t answered;

static void
asks_once(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    answered = k->http->status(c, x);
    const struct cmk_value *kept = k->record->exchange(c, "x", x, keep_all);
    assert_ptr_equal(kept, k->kept(c, "x"));
}

static void
answers_are_classified(void **state)
{
    static const struct {
        struct fake_page page;
        int32_t status;
        const char *class, *says;
    } rows[] = {
        {{.url = SITE "/x", .status = 401}, 401, "auth", "the secret of option 'key' was refused"},
        {{.url = SITE "/x", .status = 403}, 403, "auth", "the secret of option 'key' was refused"},
        {{.url = SITE "/x", .status = 404}, 404, "not-found", "answered 404"},
        {{.url = SITE "/x", .status = 410}, 410, "not-found", "answered 410"},
        {{.url = SITE "/x", .status = 429}, 429, "transient", "answered 429"},
        {{.url = SITE "/x", .status = 500}, 500, "transient", "answered 500"},
        {{.url = SITE "/x", .status = 599}, 599, "transient", "answered 599"},
        {{.url = SITE "/x", .status = 302, .body = "{}"}, 302, "malformed", "answered 302"},
        {{.url = SITE "/x", .status = 204}, 204, "malformed", "answered 204"},
        {{.url = SITE "/x", .status = 206, .body = "{}"}, 206, "malformed", "answered 206"},
        {{.url = SITE "/x", .err = CM_E_TRANSIENT}, CMK_E_TRANSIENT, "transient", "the fake says"},
        {{.url = SITE "/x", .err = CM_E_DENIED}, CMK_E_DENIED, "denied", "the fake says"},
        {{.url = SITE "/x", .err = CM_E_LIMIT}, CMK_E_LIMIT, "limit", "the fake says"},
        {{.url = SITE "/x", .never = true}, CMK_E_CANCELLED, "cancelled", "no time left"},
        {{.url = SITE "/x", .body = ""}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "<html>"}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "{} {}"}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "{\"a\":1,\"a\":2}"}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "{\"a\":1,\"A\":2}"}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "{\"a\":{\"withheld\":\"string\"}}"}, 200, "malformed", ""},
        {{.url = SITE "/x", .body = "{\"echo\":\"Bearer " SCENE_SECRET "\"}"},
         200,
         "malformed",
         "repeats a secret of ours"},
        {{.url = SITE "/x", .body = "{\"a\":[{\"" SCENE_SECRET "\":1}]}"},
         200,
         "malformed",
         "repeats a secret of ours"},
        {{.url = SITE "/x", .body = "{}", .from = "https://evil.example/x"},
         200,
         "denied",
         "answered by https://evil.example"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fake_page pages[] = {rows[i].page, {.url = NULL}};
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        OUTSIDE_SCENE(s, pages, NULL);
        collect_well(&s, asks_once);
        assert_int_equal(answered, rows[i].status);
        assert_missing(&s, "x", rows[i].class, rows[i].says, NULL);
        assert_null(cm_json_get(scene_got(&s, "x"), "content"));
        assert_null(cm_json_get(scene_got(&s, "x"), "sha256"));
        assert_true(cm_json_canonical(s.evidence, &text));
        assert_null(strstr(cm_buf_text(&text), SCENE_SECRET));
    }
}

static void
asks_openly(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "x", get(c, k, SITE "/x", CMK_AUTH_NONE), keep_all);
}

static void
without_a_secret_none_was_refused(void **state)
{
    static const struct fake_page pages[] = {{.url = SITE "/x", .status = 403}, {.url = NULL}};
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, asks_openly);
    assert_missing(&s, "x", "auth", "without credentials", NULL);
}

/* Basic credentials travel coded; a server that sends the header back sends that. */
static void
asks_with_a_name(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "x", get(c, k, SITE "/x", CMK_AUTH_BASIC), keep_all);
}

static void
an_echo_in_base64_is_one_too(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(1024);
    (void)state;
    cm_buf_puts(&body, "{\"echo\":\"Basic ");
    cm_base64(&body, "bob:" SCENE_SECRET, strlen("bob:" SCENE_SECRET));
    cm_buf_puts(&body, "\"}");
    const struct fake_page pages[] = {{.url = SITE "/x", .body = cm_buf_text(&body)},
                                      {.url = NULL}};
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, asks_with_a_name);
    assert_missing(&s, "x", "malformed", "repeats a secret of ours", NULL);
}

/* ---- what is kept ---- */

static void
keeps_parts(struct cmk_call *c, const struct cmk_collect *k)
{
    static const char *const some[] = {"id", NULL};
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_NONE);
    assert_string_equal(cmk_text(c, k->http->json(c, x), "secret"), "s3"); /* not scrubbed */
    const struct cmk_value *part = k->record->exchange(c, "part", x, some);
    assert_int_equal(cmk_integer(c, part, "id", 0), 7);
    k->record->exchange(c, "whole", get(c, k, SITE "/x", CMK_AUTH_NONE), keep_all);
    assert_null(k->record->exchange(c, "none", get(c, k, SITE "/x", CMK_AUTH_NONE), NULL));
    k->record->exchange(c, "again", get(c, k, SITE "/x", CMK_AUTH_NONE), some);
    assert_null(k->kept(c, "nowhere"));
}

static void
digests_tell_nothing_that_was_withheld(void **state)
{
    static const struct fake_page pages[] = {
        {.url = SITE "/x", .body = "{\"id\":7,\"secret\":\"s3\"}"}, {.url = NULL}};
    char sha256[CM_SHA256_HEX];
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, keeps_parts);
    assert_true(cm_sha256(pages[0].body, strlen(pages[0].body), sha256));
    assert_had(&s, "part", "{\"id\":7,\"secret\":{\"empty\":false,\"withheld\":\"string\"}}");
    assert_null(cm_json_text(scene_got(&s, "part"), "sha256"));
    assert_string_equal(cm_json_text(scene_got(&s, "whole"), "sha256"), sha256);
    assert_null(cm_json_text(scene_got(&s, "whole"), "hmac"));
    assert_had(&s, "none", NULL);
    assert_null(cm_json_text(scene_got(&s, "none"), "sha256"));

    /* within one collection they compare; in another they do not */
    char hmac[CM_SHA256_HEX];
    (void)snprintf(hmac, sizeof hmac, "%s", cm_json_text(scene_got(&s, "part"), "hmac"));
    assert_int_equal(strlen(hmac), 64);
    assert_string_equal(cm_json_text(scene_got(&s, "again"), "hmac"), hmac);
    OUTSIDE_SCENE(t, pages, NULL);
    collect_well(&t, keeps_parts);
    assert_string_not_equal(cm_json_text(scene_got(&t, "part"), "hmac"), hmac);
}

static void
finds_places(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_http_request ask = {
        .size = sizeof ask, .url = SITE "/log", .find = "checkout ", .find_after = 3};
    static const char *const texts[] = {"matches[].text", "size", NULL};
    struct cmk_exchange *x = k->http->start(c, &ask);
    assert_null(k->http->json(c, x));
    k->record->exchange(c, "log", x, texts);
    k->record->exchange(c, "log-whole", k->http->start(c, &ask), keep_all);
}

static void
of_a_long_text_only_places_stay(void **state)
{
    static const struct fake_page pages[] = {
        {.url = SITE "/log", .body = "a checkout abc\nb checkout \xff\xfex rest"}, {.url = NULL}};
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, finds_places);
    assert_had(&s, "log-whole",
               "{\"matches\":[{\"offset\":2,\"text\":\"checkout abc\"},"
               "{\"offset\":17,\"text\":\"checkout ?\?x\"}],\"size\":34}");
    assert_had(&s, "log",
               "{\"matches\":[{\"offset\":{\"empty\":false,\"withheld\":\"number\"},"
               "\"text\":\"checkout abc\"},{\"offset\":{\"empty\":false,\"withheld\":\"number\"},"
               "\"text\":\"checkout ?\?x\"}],\"size\":34}");
    /* the rest of the text is withheld either way */
    assert_null(cm_json_text(scene_got(&s, "log-whole"), "sha256"));
    assert_non_null(cm_json_text(scene_got(&s, "log-whole"), "hmac"));
}

static void
downloads(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_http_request ask = {
        .size = sizeof ask, .url = SITE "/a", .flags = CMK_HTTP_ARTIFACT, .most = 100};
    assert_null(k->record->exchange(c, "a", k->http->start(c, &ask), keep_all));
    ask.url = SITE "/b";
    k->record->exchange(c, "b", k->http->start(c, &ask), NULL);
}

static void
an_artifact_is_staged(void **state)
{
    static const struct fake_page pages[] = {{.url = SITE "/a", .body = "PK..."}, {.url = NULL}};
    char sha256[CM_SHA256_HEX], read_back[8] = "";
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, downloads);
    assert_true(cm_sha256("PK...", 5, sha256));
    const json_t *a = scene_got(&s, "a");
    assert_had(&s, "a", NULL);
    assert_true(cm_json_bool(a, "artifact", false));
    assert_string_equal(cm_json_text(a, "sha256"), sha256);
    assert_int_equal(cm_json_int(a, "size", 0), 5);
    int fd = cm_host_artifact(s.host, "a");
    assert_true(fd >= 0);
    assert_int_equal(read(fd, read_back, 5), 5);
    assert_string_equal(read_back, "PK...");
    assert_missing(&s, "b", "not-found", "404", NULL);
    assert_true(cm_json_bool(scene_got(&s, "b"), "artifact", false)); /* so that it is missed */
    assert_null(cm_json_text(scene_got(&s, "b"), "sha256"));
    assert_int_equal(cm_host_artifact(s.host, "b"), -1);
    assert_int_equal(cm_host_artifact(s.host, "c"), -1);
}

/* ---- by whose clock ---- */

static void
the_systems_own_date_is_recorded(void **state)
{
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
    static const struct {
        struct fake_page page;
        bool told;
    } rows[] = {
        {{.url = SITE "/x", .body = "1", .date = DATE}, true},
        {{.url = SITE "/x", .status = 403, .date = DATE}, true},
        {{.url = SITE "/x", .body = "1"}, false},
        {{.url = SITE "/x", .body = "1", .date = "yesterday"}, false},
        {{.url = SITE "/x", .body = "1", .date = DATE, .age = "7"}, false},
        {{.url = SITE "/x", .body = "1", .date = DATE, .from = SITE "/y"}, false},
        {{.url = SITE "/x", .err = CM_E_TRANSIENT, .date = DATE}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fake_page pages[] = {rows[i].page, {.url = NULL}};
        OUTSIDE_SCENE(s, pages, NULL);
        collect_well(&s, asks_openly);
        const char *date = cm_json_text(scene_got(&s, "x"), "date");
        if ((date != NULL) != rows[i].told)
            fail_msg("row %zu: %s", i, date != NULL ? date : "no date");
        if (date != NULL)
            assert_string_equal(date, "1994-11-06T08:49:37Z");
    }
}

/* ---- what follows from what is missing ---- */

static void
goes_on(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_value *build =
        k->record->exchange(c, "build", get(c, k, SITE "/build", CMK_AUTH_BEARER), keep_all);
    const char *job = cmk_text(c, build, "job");
    struct cmk_exchange *x = get(c, k, cmk_url(c, SITE, "jobs", job), CMK_AUTH_BEARER);
    assert_non_null(x);
    assert_int_equal(k->http->status(c, x), CMK_E_AUTH);
    assert_null(k->http->header(c, x, "server"));
    k->record->exchange(c, "job", x, keep_all);
    const struct cmk_pair query[] = {{"id", job}};
    const struct cmk_http_request ask = {
        .size = sizeof ask, .url = SITE "/q", .query = query, .query_count = 1};
    k->record->exchange(c, "with-query", k->http->start(c, &ask), keep_all);
    struct cmk_exchange *commit = k->git->commit(c, NULL, "refs/heads/main", job);
    k->record->exchange(c, "file", k->git->file(c, commit, "a.yml", 10), keep_all);
    k->record->absent(c, "said", CMK_E_LIMIT, "too many of them");
    k->record->absent(c, "said", CMK_E_DENIED, "not this");
    k->record->exchange(c, "said", get(c, k, NULL, 0), keep_all); /* already said why */
    k->record->absent(c, "build", CMK_E_DENIED, "not this");
    k->record->absent(c, "odd", 77, "a status of its own");
    k->record->absent(c, "silent", CMK_E_DENIED, NULL);
    assert_int_equal(c->base->status(c), CMK_OK);
}

static void
what_is_not_asked_names_its_cause(void **state)
{
    static const struct fake_page pages[] = {{.url = SITE "/build", .status = 401}, {.url = NULL}};
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, goes_on);
    assert_int_equal(s.out.asked_count, 1);
    assert_missing(&s, "build", "auth", "answered 401", NULL);
    assert_missing(&s, "job", "auth", "not asked, because the document 'build'", "build");
    assert_missing(&s, "with-query", "auth", "answered 401", "build");
    assert_missing(&s, "file", "auth", "answered 401", "build");
    assert_missing(&s, "said", "limit", "too many of them", NULL);
    assert_missing(&s, "odd", "internal", "a status of its own", NULL);
    assert_missing(&s, "silent", "denied", "no reason was given", NULL);
    /* the repository was listed, and never asked for the commit */
    assert_had(&s, CM_DOC_PROBE, "{\"url\":\"https://git.example/acme/widget\"}");
    assert_had(&s, CM_DOC_REFS, "{\"anonymous\":true,\"refs\":[]}");
    assert_missing(&s, CM_DOC_COMMIT, "auth", "answered 401", "build");
    assert_missing(&s, CM_DOC_PATH, "auth", "answered 401", "build");
    assert_missing(&s, CM_DOC_TAG_PATH, "auth", "answered 401", "build");
}

static void
asks_for_nothing(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "x", get(c, k, NULL, 0), keep_all);
    k->record->exchange(c, "y", NULL, keep_all);
}

static void
without_a_cause_there_is_none(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    collect_well(&s, asks_for_nothing);
    assert_missing(&s, "x", "malformed", "an earlier answer lacks", NULL);
    assert_missing(&s, "y", "malformed", "x", "x");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_classified),
        cmocka_unit_test(without_a_secret_none_was_refused),
        cmocka_unit_test(an_echo_in_base64_is_one_too),
        cmocka_unit_test(digests_tell_nothing_that_was_withheld),
        cmocka_unit_test(of_a_long_text_only_places_stay),
        cmocka_unit_test(an_artifact_is_staged),
        cmocka_unit_test(the_systems_own_date_is_recorded),
        cmocka_unit_test(what_is_not_asked_names_its_cause),
        cmocka_unit_test(without_a_cause_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
