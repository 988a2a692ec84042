/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked, of whom, with which key, in which order; and what is kept of it.
 */
#include "appveyor.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define API     "https://ci.appveyor.com/api"
#define V2      API "/account/tinsmith"
#define BUILDS  "/projects/tinsmith/kettle/builds/"
#define PROJECT "/projects/tinsmith/kettle"
#define JOBS    "/buildjobs/" JOB
#define SECOND  INT64_C(1000000000)

/* ---- an AppVeyor ---- */

static void
answers(struct host *h, const char *root, const char *path, int status, json_t *body)
{
    char url[512];
    snprintf(url, sizeof url, "%s%s", root, path);
    if (json_object_get(h->outside, url) == NULL)
        json_object_set_new(h->outside, url, json_array());
    json_array_append_new(json_object_get(h->outside, url),
                          body != NULL ? json_pack("{s:i, s:o}", "status", status, "body", body)
                                       : json_pack("{s:i}", "status", status));
}

static json_t *
build_with(const char *path, json_t *value)
{
    json_t *build = host_fixture("build.json");
    host_set(build, path, value);
    return build;
}

static void
serve(struct host *h, const char *root)
{
    char url[512];
    answers(h, root, BUILDS BUILD, 200, host_fixture("build.json"));
    answers(h, root, PROJECT "/settings", 200, host_fixture("settings.json"));
    answers(h, root, JOBS "/artifacts", 200, host_fixture("artifacts.json"));
    answers(h, root, JOBS "/log", 200,
            json_pack("{s:[{s:i, s:s}], s:i}", "matches", "offset", 412, "text",
                      "git checkout -qf " COMMIT "\r\n", "size", 9000));
    snprintf(url, sizeof url, "%s%s", root, JOBS "/artifacts/Kettle.1.4.41.nupkg");
    json_object_set_new(h->outside, url,
                        json_pack("[{s:i, s:{}, s:i, s:s}]", "status", 200, "body", "size", 20480,
                                  "sha256", SHA256));
}

static void
open_scene(struct host *h)
{
    host_open(h);
    scene_options(h);
    serve(h, API);
    answers(h, API, PROJECT, 200, host_fixture("project.json"));
    json_object_set_new(h->files, "appveyor.yml", json_string("build: off\n"));
}

static void
collect(struct host *h)
{
    assert_int_equal(cmk_plugin_appveyor.connector->authenticate(host_call(h), &host_collect),
                     CMK_OK);
    assert_int_equal(cmk_plugin_appveyor.connector->collect_origin(host_call(h), &host_collect),
                     CMK_OK);
}

static int
class_of(const struct host *h, const char *document)
{
    const json_t *found = json_object_get(h->documents, document);
    if (found == NULL)
        fail_msg("there is no document %s", document);
    const json_t *class = json_is_object(found) ? json_object_get(found, "!") : NULL;
    return class != NULL ? (int)json_integer_value(class) : CMK_OK;
}

static const char *
why(const struct host *h, const char *document)
{
    return json_string_value(json_object_get(json_object_get(h->documents, document), "why"));
}

static size_t
times_asked(const struct host *h, const char *what)
{
    size_t i, times = 0;
    json_t *one;
    json_array_foreach(h->asked, i, one) times += strcmp(json_string_value(one), what) == 0;
    return times;
}

static void
give_submission(struct host *h)
{
    json_object_set_new(h->documents, "submitted", json_pack("{s:s}", "sha256", SHA256));
}

static void
each_check_answers(struct host *h, int32_t wanted)
{
    for (const struct cmk_check *check = cmk_plugin_appveyor.connector->verify; check->id != NULL;
         check++)
        if (host_ask(h, check->id) != wanted)
            fail_msg("%s: observed \"%s\", failed with \"%s\"", check->id, h->observed, h->why);
}

/* ---- honest collections ---- */

static void
honest_collection_is_accepted(void **state)
{
    static const char *const documents[] = {
        "build", "settings",    "project",        "artifacts",    "download",
        "log",   "build-after", "settings-after", "appveyor-yml", "dot-appveyor-yml"};
    struct host h;
    (void)state;
    open_scene(&h);
    collect(&h);
    assert_int_equal(json_object_size(h.documents), 10);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(class_of(&h, documents[i]), CMK_OK);
    assert_int_equal(class_of(&h, "dot-appveyor-yml"), CMK_E_NOT_FOUND);
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

/* Key for AppVeyor, none for the page that everybody sees, and the longest chain: build, list,
 * download with its redirect, readings. */
static void
requests_overlap(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    collect(&h);
    assert_int_equal(json_array_size(h.asked), 8);
    assert_int_equal(times_asked(&h, "key " API BUILDS BUILD), 2);
    assert_int_equal(times_asked(&h, "key " API PROJECT "/settings"), 2);
    assert_int_equal(times_asked(&h, API PROJECT), 1);
    assert_int_equal(times_asked(&h, "key " API JOBS "/artifacts/Kettle.1.4.41.nupkg"), 1);
    assert_int_equal(times_asked(&h, "key " API JOBS "/log"), 1);
    assert_int_equal(h.now, 5);
    host_close(&h);
}

static void
git_is_asked_for_the_commit(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    collect(&h);
    json_t *wanted = json_pack("{s:s, s:s, s:s}", "url", "https://github.com/tinsmith/kettle",
                               "ref", "refs/heads/main", "commit", COMMIT);
    assert_true(json_equal(h.commit, wanted));
    json_decref(wanted);
    host_close(&h);
}

static void
several_artifacts(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_set_new(h.options, "artifacts", json_string("each"));
    json_object_set_new(h.options, "artifact", json_string("**"));
    json_object_set_new(
        h.outside, API JOBS "/artifacts/logs/test-results.xml",
        json_pack("[{s:i, s:{}, s:i, s:s}]", "status", 200, "body", "size", 900, "sha256", "aa"));
    collect(&h);
    assert_int_equal(class_of(&h, "download"), CMK_OK);
    assert_int_equal(class_of(&h, "download-2"), CMK_OK);
    assert_int_equal(h.now, 5);
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

/* ---- keys of both kinds, and none ---- */

/* What everybody sees is asked, and what only a key gets is not: its checks are unknown. */
static void
without_a_key_nothing_private_is_asked(void **state)
{
    static const char *const of_settings[] = {"project-linked",
                                              "scripts-off",
                                              "cache-empty",
                                              "config-in-root",
                                              "settings-unmodified",
                                              "sources-unpatched",
                                              "environment-declared",
                                              "worker-declared",
                                              "package-sources-declared",
                                              "stable"};
    struct host h;
    size_t i;
    json_t *one;
    (void)state;
    open_scene(&h);
    h.key = NULL;
    collect(&h);
    json_array_foreach(h.asked, i, one)
    {
        assert_null(strstr(json_string_value(one), "/settings"));
        assert_true(strncmp(json_string_value(one), API "/", sizeof API) == 0);
    }
    assert_int_equal(times_asked(&h, API BUILDS BUILD), 2);
    assert_int_equal(times_asked(&h, API JOBS "/artifacts"), 1);
    assert_int_equal(times_asked(&h, API JOBS "/artifacts/Kettle.1.4.41.nupkg"), 1);
    assert_int_equal(times_asked(&h, API JOBS "/log"), 1);
    assert_int_equal(class_of(&h, "settings"), CMK_E_AUTH);
    assert_int_equal(class_of(&h, "settings-after"), CMK_E_AUTH);
    assert_int_equal(class_of(&h, "download"), CMK_OK);
    assert_non_null(strstr(why(&h, "settings"), "give --api-key"));
    for (i = 0; i < sizeof of_settings / sizeof *of_settings; i++)
        assert_int_equal(host_ask(&h, of_settings[i]), CMK_UNKNOWN);
    assert_int_equal(host_ask(&h, "build-succeeded"), CMK_PASS);
    host_close(&h);
}

static void
v2_key_asks_below_the_account(void **state)
{
    struct host h;
    size_t i;
    json_t *one;
    (void)state;
    open_scene(&h);
    h.key = "v2.abcdef";
    json_object_clear(h.outside);
    serve(&h, V2);
    answers(&h, API, PROJECT, 200, host_fixture("project.json"));
    collect(&h);
    json_array_foreach(h.asked, i, one)
        assert_true(strncmp(json_string_value(one), "key " V2 "/", sizeof "key " V2) == 0 ||
                    strcmp(json_string_value(one), API PROJECT) == 0);
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

/* A server that does not know the form of v2: asked again without it, and still in bounds. */
static void
v2_key_at_an_old_server(void **state)
{
    static const char *const unknown[] = {BUILDS BUILD, PROJECT "/settings", JOBS "/artifacts",
                                          JOBS "/log"};
    struct host h;
    (void)state;
    open_scene(&h);
    h.key = "v2.abcdef";
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        answers(&h, V2, unknown[i], 404, NULL);
    collect(&h);
    assert_int_equal(times_asked(&h, "key " V2 JOBS "/artifacts/Kettle.1.4.41.nupkg"), 0);
    assert_true(h.now <= 8);
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

/* ---- how a build is named ---- */

static void
named_by_its_job(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_del(h.options, "build");
    json_object_set_new(h.options, "job", json_string(JOB));
    json_object_del(h.outside, API PROJECT);
    json_object_del(h.outside, API BUILDS BUILD);
    answers(&h, API, PROJECT, 200, host_fixture("build.json"));
    answers(&h, API, BUILDS BUILD, 200, host_fixture("build.json"));
    collect(&h);
    assert_int_equal(times_asked(&h, "key " API PROJECT), 1);
    assert_int_equal(times_asked(&h, "key " API BUILDS BUILD), 1); /* the second reading */
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

static void
named_by_a_job_of_long_ago(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_del(h.options, "build");
    json_object_set_new(h.options, "job", json_string("oldjob0123456789"));
    json_object_del(h.outside, API PROJECT);
    answers(&h, API, PROJECT, 200, host_fixture("build.json"));
    collect(&h);
    assert_int_equal(class_of(&h, "build"), CMK_E_NOT_FOUND);
    assert_non_null(strstr(why(&h, "build"), "--build"));
    assert_int_equal(host_ask(&h, "project-linked"), CMK_UNKNOWN);
    host_close(&h);
}

static void
not_named(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_del(h.options, "build");
    collect(&h);
    assert_int_equal(class_of(&h, "build"), CMK_E_NOT_FOUND);
    assert_int_equal(class_of(&h, "settings"), CMK_OK); /* for `link show` */
    assert_int_equal(times_asked(&h, "key " API PROJECT), 0);
    host_close(&h);
}

static void
several_jobs_and_none_named(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_del(h.outside, API BUILDS BUILD);
    answers(&h, API, BUILDS BUILD, 200,
            build_with("build.jobs.1", json_pack("{s:s}", "jobId", "second0job")));
    collect(&h);
    assert_int_equal(class_of(&h, "artifacts"), CMK_E_NOT_FOUND);
    assert_int_equal(class_of(&h, "download"), CMK_E_CONFIG);
    assert_non_null(strstr(why(&h, "download"), "--job"));
    assert_int_equal(times_asked(&h, "key " API JOBS "/artifacts"), 0);
    host_close(&h);
}

/* The job of another build is never asked about, or its artifacts would be taken for this one's. */
static void
job_of_another_build(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_set_new(h.options, "job", json_string("another0job"));
    collect(&h);
    assert_int_equal(times_asked(&h, "key " API "/buildjobs/another0job/artifacts"), 0);
    assert_int_equal(class_of(&h, "download"), CMK_E_CONFIG);
    assert_int_equal(host_ask(&h, "job-succeeded"), CMK_FAIL);
    host_close(&h);
}

/* ---- waiting ---- */

static void
run_for(struct host *h, int times, json_t *last)
{
    json_object_del(h->outside, API BUILDS BUILD);
    for (int i = 0; i < times; i++)
        answers(h, API, BUILDS BUILD, 200, build_with("build.status", json_string("running")));
    answers(h, API, BUILDS BUILD, 200, last);
}

static void
waits_for_the_end(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    run_for(&h, 3, host_fixture("build.json"));
    h.patience = 3600 * SECOND;
    json_object_set_new(h.options, "wait", json_integer(600 * SECOND));
    collect(&h);
    assert_int_equal(h.slept, (2 * SECOND) + (3 * SECOND) + (9 * SECOND / 2));
    give_submission(&h);
    each_check_answers(&h, CMK_PASS);
    host_close(&h);
}

static void
waits_no_longer_than_said(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    run_for(&h, 0, build_with("build.status", json_string("queued")));
    h.patience = 3600 * SECOND;
    json_object_set_new(h.options, "wait", json_integer(7 * SECOND));
    collect(&h);
    assert_int_equal(h.slept, 7 * SECOND);
    assert_int_equal(class_of(&h, "download"), CMK_E_TRANSIENT);
    assert_int_equal(host_ask(&h, "build-succeeded"), CMK_UNKNOWN);
    host_close(&h);
}

static void
waits_no_longer_than_the_deadline(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    run_for(&h, 0, build_with("build.status", json_string("running")));
    h.patience = 6 * SECOND;
    json_object_set_new(h.options, "wait", json_integer(600 * SECOND));
    collect(&h);
    assert_int_equal(h.slept, 5 * SECOND);
    assert_int_equal(class_of(&h, "build"), CMK_OK);
    host_close(&h);
}

/* Without --wait an unfinished build is looked at once; nothing of its job is fetched. */
static void
does_not_wait_unasked(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    run_for(&h, 0, build_with("build.status", json_string("running")));
    h.patience = 3600 * SECOND;
    collect(&h);
    assert_int_equal(h.slept, 0);
    assert_int_equal(times_asked(&h, "key " API BUILDS BUILD), 1);
    assert_int_equal(class_of(&h, "download"), CMK_E_TRANSIENT);
    assert_int_equal(class_of(&h, "appveyor-yml"), CMK_OK);
    host_close(&h);
}

/* ---- what goes wrong ---- */

/* Whatever is refused: the collection goes on, every document has its place, nothing is accepted.
 */
static void
each_failure_is_an_answer(void **state)
{
    static const char *const urls[] = {API BUILDS BUILD, API PROJECT "/settings",
                                       API PROJECT,      API JOBS "/artifacts",
                                       API JOBS "/log",  API JOBS "/artifacts/Kettle.1.4.41.nupkg"};
    static const int statuses[] = {401, 404, 500};
    (void)state;
    for (size_t i = 0; i < 3 * sizeof urls / sizeof *urls; i++) {
        struct host h;
        size_t passed = 0;
        open_scene(&h);
        json_object_set_new(h.outside, urls[i / 3],
                            json_pack("[{s:i}]", "status", statuses[i % 3]));
        collect(&h);
        assert_int_equal(json_object_size(h.documents), 10);
        give_submission(&h);
        for (const struct cmk_check *check = cmk_plugin_appveyor.connector->verify;
             check->id != NULL; check++)
            passed += host_ask(&h, check->id) == CMK_PASS;
        assert_true(passed < 20);
        host_close(&h);
    }
}

/* Only what happens between the two readings is different in the second. */
static void
change_during_the_download(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_t *later = host_fixture("settings.json");
    host_set(later, "settings.updated", json_string("2026-03-02T11:00:00+00:00"));
    answers(&h, API, PROJECT "/settings", 200, later);
    collect(&h);
    assert_int_equal(host_ask(&h, "stable"), CMK_FAIL);
    assert_int_equal(host_ask(&h, "settings-unmodified"), CMK_PASS);
    host_close(&h);
}

static void
larger_than_listed(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    host_set(json_object_get(h.outside, API JOBS "/artifacts/Kettle.1.4.41.nupkg"), "0.size",
             json_integer(20481));
    collect(&h);
    assert_int_not_equal(class_of(&h, "download"), CMK_OK);
    host_close(&h);
}

static void
unsupported_repository_is_not_asked(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h);
    json_object_del(h.outside, API BUILDS BUILD);
    answers(&h, API, BUILDS BUILD, 200,
            build_with("project.repositoryType", json_string("subversion")));
    collect(&h);
    assert_true(json_is_null(json_object_get(h.commit, "url")));
    assert_int_not_equal(class_of(&h, "appveyor-yml"), CMK_OK);
    assert_int_equal(host_ask(&h, "repository-supported"), CMK_FAIL);
    host_close(&h);
}

/* ---- secrets ---- */

static void
no_secret_is_kept(void **state)
{
    struct host h;
    json_t *full = host_fixture("settings-full.json");
    char *raw = json_dumps(full, 0), *kept;
    (void)state;
    open_scene(&h);
    assert_non_null(strstr(raw, "planted-secret-"));
    json_object_del(h.outside, API PROJECT "/settings");
    answers(&h, API, PROJECT "/settings", 200, full);
    collect(&h);
    assert_int_equal(class_of(&h, "settings"), CMK_OK);
    kept = json_dumps(h.documents, 0);
    assert_null(strstr(kept, "planted-secret-"));
    assert_non_null(strstr(kept, "PUSH_KEY"));
    for (const struct cmk_check *check = cmk_plugin_appveyor.connector->verify; check->id != NULL;
         check++) {
        host_ask(&h, check->id);
        assert_null(strstr(h.observed, "planted-secret-"));
    }
    free(raw);
    free(kept);
    host_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_collection_is_accepted),
        cmocka_unit_test(requests_overlap),
        cmocka_unit_test(git_is_asked_for_the_commit),
        cmocka_unit_test(several_artifacts),
        cmocka_unit_test(without_a_key_nothing_private_is_asked),
        cmocka_unit_test(v2_key_asks_below_the_account),
        cmocka_unit_test(v2_key_at_an_old_server),
        cmocka_unit_test(named_by_its_job),
        cmocka_unit_test(named_by_a_job_of_long_ago),
        cmocka_unit_test(not_named),
        cmocka_unit_test(several_jobs_and_none_named),
        cmocka_unit_test(job_of_another_build),
        cmocka_unit_test(waits_for_the_end),
        cmocka_unit_test(waits_no_longer_than_said),
        cmocka_unit_test(waits_no_longer_than_the_deadline),
        cmocka_unit_test(does_not_wait_unasked),
        cmocka_unit_test(each_failure_is_an_answer),
        cmocka_unit_test(change_during_the_download),
        cmocka_unit_test(larger_than_listed),
        cmocka_unit_test(unsupported_repository_is_not_asked),
        cmocka_unit_test(no_secret_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
