/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of the address of a page.
 */
#include "appveyor.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLOUD "https://ci.appveyor.com"

static void
propose(struct cmk_call *c, const char *name, const char *text)
{
    struct host *h = (struct host *)(void *)c;
    if (text != NULL)
        json_object_set_new(h->said, name, json_string(text));
}

static void
about(struct cmk_call *c, const char *field, const char *text)
{
    char name[64];
    snprintf(name, sizeof name, "about-%s", field);
    propose(c, name, text);
}

static int32_t
start(struct host *h, const char *address, bool asked)
{
    const struct cmk_starter starter = {.size = sizeof starter,
                                        .address = address,
                                        .evidence = asked ? &host_evidence : NULL,
                                        .setting = propose,
                                        .about = about};
    struct cmk_call *c = host_call(h);
    return cmk_plugin_appveyor.connector->start(c, &starter);
}

static void
assert_said(struct host *h, const char *name, const char *wanted, const char *address)
{
    const char *text = json_string_value(json_object_get(h->said, name));
    if ((text == NULL) != (wanted == NULL) || (text != NULL && strcmp(text, wanted) != 0))
        fail_msg("%s: %s is %s", address, name, text != NULL ? text : "not said");
}

static const struct {
    const char *address, *said_url;
    const char *url, *account, *project, *build, *job; /* account NULL: none of AppVeyor's */
} rows[] = {
    {CLOUD "/project/tinsmith/kettle/builds/50260001", NULL, NULL, "tinsmith", "kettle", BUILD,
     NULL},
    {CLOUD "/project/tinsmith/kettle/builds/50260001/job/" JOB, NULL, NULL, "tinsmith", "kettle",
     BUILD, JOB},
    {CLOUD "/project/tinsmith/kettle/builds/50260001/job/" JOB "/tests?x=1#L3", NULL, NULL,
     "tinsmith", "kettle", BUILD, JOB},
    {CLOUD "/project/tinsmith/kettle", NULL, NULL, "tinsmith", "kettle", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/", NULL, NULL, "tinsmith", "kettle", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/history", NULL, NULL, "tinsmith", "kettle", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/build/1.4.41", NULL, NULL, "tinsmith", "kettle", NULL, NULL},
    {CLOUD "/project/tinsmith/kettle/builds/x/job/" JOB, NULL, NULL, "tinsmith", "kettle", NULL,
     NULL},
    {"https://CI.appveyor.com/project/tinsmith/kettle", NULL, NULL, "tinsmith", "kettle", NULL,
     NULL},
    {"https://ci.example:8443/av/project/a/b", NULL, "https://ci.example:8443/av", "a", "b", NULL,
     NULL},
    {"https://ci.example/project/a/b", "https://ci.example/", "https://ci.example", "a", "b", NULL,
     NULL},
    {"https://ci.example/project/a/b", "https://other.example/", NULL, NULL, NULL, NULL, NULL},
    {CLOUD "/project/tinsmith", NULL, NULL, NULL, NULL, NULL, NULL},
    {CLOUD "/project/../kettle%2f", NULL, NULL, NULL, NULL, NULL, NULL},
    {CLOUD "/api/projects/tinsmith/kettle", NULL, NULL, NULL, NULL, NULL, NULL},
    {"https:///project/a/b", NULL, NULL, NULL, NULL, NULL, NULL},
    {"http://ci.example/project/a/b", NULL, NULL, NULL, NULL, NULL, NULL},
    {"/project/a/b", NULL, NULL, NULL, NULL, NULL, NULL},
    {"", NULL, NULL, NULL, NULL, NULL, NULL},
};

static void
an_address_tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        host_open(&h);
        if (rows[i].said_url != NULL)
            json_object_set_new(h.options, "url", json_string(rows[i].said_url));
        int32_t status = start(&h, rows[i].address, false);
        if (status != (rows[i].account != NULL ? CMK_OK : CMK_E_NOT_FOUND))
            fail_msg("%s: %d %s", rows[i].address, status, h.why);
        assert_said(&h, "url", rows[i].url, rows[i].address);
        assert_said(&h, "account", rows[i].account, rows[i].address);
        assert_said(&h, "project", rows[i].project, rows[i].address);
        assert_said(&h, "build", rows[i].build, rows[i].address);
        assert_said(&h, "job", rows[i].job, rows[i].address);
        assert_said(&h, "about-organization", rows[i].account, rows[i].address);
        assert_said(&h, "about-project", rows[i].project, rows[i].address);
        assert_said(&h, "about-repository", NULL, rows[i].address);
        host_close(&h);
    }
}

/* What is said once the system was asked: of the build, else of what everybody sees. */
static void
answers_tell_more(void **state)
{
    static const struct {
        const char *missing[3]; /* documents */
        int32_t class;
        const char *account_id, *repository, *ref;
    } told[] = {
        {{NULL}, 0, "4711", "https://github.com/tinsmith/kettle", "refs/heads/main"},
        {{"build"},
         CMK_E_NOT_FOUND,
         "4711",
         "https://github.com/tinsmith/kettle",
         "refs/heads/main"},
        {{"build", "project"}, CMK_E_NOT_FOUND, "4711", NULL, NULL},
        {{"settings"}, CMK_E_AUTH, NULL, NULL, NULL},
        {{"build"}, CMK_E_TRANSIENT, "4711", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_t *raw = scene_raw();
        for (const char *const *name = told[i].missing; *name != NULL; name++)
            json_object_set_new(raw, *name, json_pack("{s:i}", "!", told[i].class));
        scene_record(&h, raw);
        json_decref(raw);
        (void)start(&h, CLOUD "/project/tinsmith/kettle", true);
        assert_said(&h, "account", "tinsmith", "asked");
        assert_said(&h, "account_id", told[i].account_id, "asked");
        assert_said(&h, "about-repository", told[i].repository, "asked");
        assert_said(&h, "about-ref", told[i].ref, "asked");
        host_close(&h);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_tells),
        cmocka_unit_test(answers_tell_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
