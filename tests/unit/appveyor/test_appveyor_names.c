/* SPDX-License-Identifier: Apache-2.0
 *
 * What names a build: ids, addresses, the webhook; and the options that must fit together.
 */
#include "appveyor.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLOUD "https://ci.appveyor.com"

/* ---- --build and --job ---- */

static const struct {
    const char *build, *job;             /* said */
    const char *named_build, *named_job; /* understood */
    const char *wrong;                   /* or a part of why not */
} names_rows[] = {
    {"50260001", NULL, "50260001", NULL, NULL},
    {"50260001", JOB, "50260001", JOB, NULL},
    {NULL, JOB, NULL, JOB, NULL},
    {CLOUD "/project/tinsmith/kettle/builds/50260001", NULL, "50260001", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/builds/50260001/", NULL, "50260001", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/builds/50260001?x=1#L3", NULL, "50260001", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/builds/50260001/job/" JOB, NULL, "50260001", JOB, NULL},
    {CLOUD "/project/Tinsmith/Kettle/builds/50260001", JOB, "50260001", JOB, NULL},
    {"/project/tinsmith/kettle/builds/50260001/job/" JOB, JOB, "50260001", JOB, NULL},

    {NULL, NULL, NULL, NULL, "no build is named"},
    {"", NULL, NULL, NULL, "neither the id"},
    {"0", NULL, NULL, NULL, "neither the id"},
    {"-1", NULL, NULL, NULL, "neither the id"},
    {"007", NULL, NULL, NULL, "neither the id"},
    {"1.4.41", NULL, NULL, NULL, "neither the id"},
    {"1234567890123456789", NULL, NULL, NULL, "neither the id"},
    {"50260001/../1", NULL, NULL, NULL, "neither the id"},
    {"https://ci.appveyor.com.evil.example/project/tinsmith/kettle/builds/1", NULL, NULL, NULL,
     "neither the id"},
    {"http://ci.appveyor.com/project/tinsmith/kettle/builds/1", NULL, NULL, NULL, "neither the id"},
    {CLOUD "/project/tinsmith/kettle/build/1.4.41", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/tinsmith/kettle", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/tinsmith/kettle/builds/1/job", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/tinsmith/kettle/builds/1/tests/" JOB, NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/tinsmith/kettle/builds/1/job/a/b", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/tinsmith/kettle/builds/1/job/..", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/../kettle/builds/1", NULL, NULL, NULL, "link"},
    {CLOUD "/project/tin%73mith/kettle/builds/1", NULL, NULL, NULL, "not that of a build"},
    {CLOUD "/project/another/kettle/builds/1", NULL, NULL, NULL, "account another"},
    {CLOUD "/project/tinsmith/pan/builds/1", NULL, NULL, NULL, "project pan"},
    {"50260001", "../x", NULL, NULL, "not the id of a job"},
    {"50260001", "", NULL, NULL, "not the id of a job"},
    {CLOUD "/project/tinsmith/kettle/builds/1/job/aaaaaaaa", "bbbbbbbb", NULL, NULL,
     "different jobs"},
};

static void
assert_same(const char *text, const char *wanted)
{
    if (wanted == NULL)
        assert_null(text);
    else
        assert_string_equal(text, wanted);
}

static void
said(struct host *h, const char *option, const char *text)
{
    json_object_del(h->options, option);
    if (text != NULL)
        json_object_set_new(h->options, option, json_string(text));
}

static void
a_build_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names_rows / sizeof *names_rows; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        said(&h, "build", names_rows[i].build);
        said(&h, "job", names_rows[i].job);
        struct av_names names = av_names_of(host_call(&h));
        if ((names.wrong == NULL) != (names_rows[i].wrong == NULL) ||
            (names.wrong != NULL && strstr(names.wrong, names_rows[i].wrong) == NULL))
            fail_msg("row %zu: %s", i, names.wrong != NULL ? names.wrong : "taken");
        if (names.wrong == NULL) {
            assert_same(names.build, names_rows[i].named_build);
            assert_same(names.job, names_rows[i].named_job);
        }
        host_close(&h);
    }
}

/* The address of an AppVeyor Server may have a path, and a slash at its end. */
static void
address_of_a_server(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    said(&h, "url", "https://ci.tinsmith.example/appveyor/");
    said(&h, "build", "https://ci.tinsmith.example/appveyor/project/tinsmith/kettle/builds/7");
    assert_string_equal(av_names_of(host_call(&h)).build, "7");
    said(&h, "build", CLOUD "/project/tinsmith/kettle/builds/7");
    assert_non_null(av_names_of(host_call(&h)).wrong);
    host_close(&h);
}

/* ---- the webhook ---- */

static int32_t
read_hook(struct host *h, json_t *hook)
{
    char *text = json_dumps(hook, 0);
    struct cmk_call *c = host_call(h);
    int32_t status = cmk_plugin_appveyor.connector->read_names(
        c, &host_naming, (struct cmk_bytes){text, strlen(text)});
    json_object_del(h->said, "!parsed");
    free(text);
    return status;
}

/* Only four of its members are names; nothing else of it is handed on. */
static void
webhook_gives_names_only(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    json_t *hook = host_fixture("webhook.json");
    assert_int_equal(read_hook(&h, hook), CMK_OK);
    assert_int_equal(json_object_size(h.said), 2);
    const char *build = json_string_value(json_object_get(h.said, "build"));
    assert_string_equal(build, "/project/tinsmith/kettle/builds/50260001");
    said(&h, "build", build);
    said(&h, "job", json_string_value(json_object_get(h.said, "job")));
    struct av_names names = av_names_of(host_call(&h));
    assert_null(names.wrong);
    assert_string_equal(names.build, "50260001");
    assert_string_equal(names.job, JOB);
    json_decref(hook);
    host_close(&h);
}

static void
webhook_of_another_project(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    json_t *hook = host_fixture("webhook.json");
    json_object_set_new(hook, "projectSlug", json_string("pan"));
    assert_int_equal(read_hook(&h, hook), CMK_OK);
    said(&h, "build", json_string_value(json_object_get(h.said, "build")));
    assert_non_null(strstr(av_names_of(host_call(&h)).wrong, "project pan"));
    json_decref(hook);
    host_close(&h);
}

static void
webhook_that_is_none(void **state)
{
    static const struct {
        const char *member, *value; /* JSON; NULL: left out */
    } rows[] = {
        {"accountName", NULL},
        {"accountName", "\"a/b\""},
        {"accountName", "\"\""},
        {"projectSlug", NULL},
        {"projectSlug", "\"a b\""},
        {"projectSlug", "7"},
        {"buildId", NULL},
        {"buildId", "-1"},
        {"buildId", "\"1/2\""},
        {"buildId", "0"},
        {"buildId", "{}"},
        {"buildId", "1.5"},
        {"buildJobId", "\"a/../b\""},
        {"buildJobId", "17"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_t *hook = host_fixture("webhook.json");
        host_set(hook, rows[i].member,
                 rows[i].value != NULL ? json_loads(rows[i].value, JSON_DECODE_ANY, NULL) : NULL);
        read_hook(&h, hook);
        if (h.status != CMK_E_MALFORMED || json_object_size(h.said) != 0)
            fail_msg("%s = %s was taken", rows[i].member, rows[i].value);
        json_decref(hook);
        host_close(&h);
    }
}

static void
webhook_that_is_no_json(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    struct cmk_call *c = host_call(&h);
    cmk_plugin_appveyor.connector->read_names(c, &host_naming, (struct cmk_bytes){"{\"a\"", 4});
    assert_int_equal(h.status, CMK_E_MALFORMED);
    host_close(&h);
}

/* ---- options ---- */

static const struct {
    const char *option, *value; /* JSON */
    bool right;
} option_rows[] = {
    {"account_id", "\"4711\"", true},
    {"account_id", "\"tinsmith\"", false},
    {"account_id", "\"\"", false},
    {"project_id", "\"0x1\"", false},
    {"project_id", "\"0\"", false},
    {"repository_bases", "[]", true},
    {"repository_bases", "[\"gitea=https://git.example\"]", true},
    {"repository_bases", "[\"gitea=https://git.example:3000/forge/\"]", true},
    {"repository_bases", "[\"gitea=https://a.example\", \"kiln=https://b.example\"]", true},
    {"repository_bases", "[\"gitea=https://a.example\", \"gitea=https://b.example\"]", false},
    {"repository_bases", "[\"gitHub=https://evil.example\"]", false},
    {"repository_bases", "[\"git=https://evil.example\"]", false},
    {"repository_bases", "[\"https://git.example\"]", false},
    {"repository_bases", "[\"gitea=http://git.example\"]", false},
    {"repository_bases", "[\"gitea=https://user@git.example\"]", false},
    {"repository_bases", "[\"gitea=https://git.example/?a=b\"]", false},
    {"repository_bases", "[\"gitea=https:///git\"]", false},
    {"repository_bases", "[\"gitea=\"]", false},
    {"repository_bases", "[\"\"]", false},
};

static void
options_fit_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof option_rows / sizeof *option_rows; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_object_set_new(h.options, option_rows[i].option,
                            json_loads(option_rows[i].value, JSON_DECODE_ANY, NULL));
        cmk_plugin_appveyor.connector->configure(host_call(&h));
        if (h.status != (option_rows[i].right ? CMK_OK : CMK_E_CONFIG))
            fail_msg("%s = %s: %s", option_rows[i].option, option_rows[i].value, h.why);
        host_close(&h);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_is_named),         cmocka_unit_test(address_of_a_server),
        cmocka_unit_test(webhook_gives_names_only), cmocka_unit_test(webhook_of_another_project),
        cmocka_unit_test(webhook_that_is_none),     cmocka_unit_test(webhook_that_is_no_json),
        cmocka_unit_test(options_fit_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
