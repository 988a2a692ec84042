/* SPDX-License-Identifier: Apache-2.0
 *
 * Every service of the host can be carried over a pipe: a connector that uses all of them leaves
 * the same evidence and the same answers from the other end of one.
 */
#include "base/json.h"
#include "codec.h"
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SITE "https://ci.example"
#define ID   "0123456789abcdef0123456789abcdef01234567"
#define OPTIONS                                                                                    \
    "{\"url\":\"" SITE "/\",\"project\":\"widget\",\"names\":[\"PATH\"],\"build\":\"7\"}"
#define BUILD(status)                                                                              \
    "{\"id\":7,\"status\":\"" status "\",\"commit\":\"" ID                                         \
    "\",\"branch\":\"main\",\"isPublic\":true,\"begun\":\"2026-01-01T00:00:00Z\","                 \
    "\"jobs\":[{\"id\":\"j1\"},{\"id\":\"j2\"}],\"secret\":\"s3cret\"}"

extern const struct cmk_plugin cmk_plugin_fixture_probe;

struct story {
    const char *name;
    struct fake_page pages[6];
    struct fake_file files[2];
    const char *expected; /* a part of the transcript */
};

#define HONEST_PAGES                                                                               \
    {.url = SITE "/whoami", .body = "{\"name\":\"bob\"}"},                                         \
        {.url = SITE "/log", .body = "x checkout " ID " y\nz"},                                    \
    {                                                                                              \
        .url = SITE "/artifact", .body = "PK..."                                                   \
    }

static const struct story stories[] = {
    {"honest",
     {{.url = SITE "/builds/7?depth=2", .body = BUILD("success"), .server = "probe/1"},
      HONEST_PAGES},
     {{"probe.yml", "image: x\n", CM_OK}},
     "fixture_probe.build-succeeded: 1"},
    {"still running at first",
     {{.url = SITE "/builds/7?depth=2", .body = BUILD("running")},
      {.url = SITE "/builds/7?depth=2", .body = BUILD("success")},
      HONEST_PAGES},
     {{"probe.yml", "image: magic\n", CM_OK}},
     "fixture_probe.file-is-plain: 2"},
    {"refused",
     {{.url = SITE "/builds/7?depth=2", .status = 401}, HONEST_PAGES},
     {{"probe.yml", "", CM_OK}},
     "fixture_probe.build-succeeded: 0 class -3"},
    {"withheld by shape",
     {{.url = SITE "/builds/7?depth=2",
       .body = "{\"id\":7,\"status\":{\"deep\":1},\"commit\":\"x\",\"branch\":5}"},
      HONEST_PAGES},
     {{"probe.yml", "", CM_OK}},
     "collected: 0"},
    {"late, lost and broken",
     {{.url = SITE "/builds/7?depth=2", .body = BUILD("failed")},
      {.url = SITE "/whoami", .never = true},
      {.url = SITE "/log", .err = CM_E_TRANSIENT}},
     {{"probe.yml", NULL, CM_E_LIMIT}},
     "fixture_probe.artifact-is-whole: 0 class -4"},
};

static void
tell(const struct cmk_plugin *plugin, const struct story *story, struct cm_buf *to)
{
    CM_CLEANUP(scene_done) struct scene s;
    struct fake_page pages[CM_COUNT(story->pages) + 1] = {{.url = NULL}};
    struct fake_file files[CM_COUNT(story->files) + 1] = {{NULL, NULL, CM_OK}};
    memcpy(pages, story->pages, sizeof story->pages);
    memcpy(files, story->files, sizeof story->files);
    scene_begin(&s, plugin, OPTIONS);
    scene_pages(&s, pages, files);
    assert_int_equal(json_object_set_new(s.evidence, "effective",
                                         json_pack("{s:{s:[s]}}", "link", "assume", "no-magic")),
                     0);
    transcript(&s, to);
}

static void
both_ends_tell_the_same(void **state)
{
    unsigned crossed[CODEC_SERVICE_COUNT] = {0};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(stories); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf here = CM_BUF_INIT(1 << 20);
        CM_CLEANUP(cm_buf_done) struct cm_buf there = CM_BUF_INIT(1 << 20);
        tell(&cmk_plugin_fixture_probe, &stories[i], &here);
        tell(codec_wrap(&cmk_plugin_fixture_probe), &stories[i], &there);
        if (strstr(cm_buf_text(&here), stories[i].expected) == NULL)
            fail_msg("%s: no '%s' in:\n%s", stories[i].name, stories[i].expected,
                     cm_buf_text(&here));
        if (strcmp(cm_buf_text(&here), cm_buf_text(&there)) != 0)
            fail_msg("%s:\n%s\n---- and by the codec:\n%s", stories[i].name, cm_buf_text(&here),
                     cm_buf_text(&there));
        for (int n = 0; n < CODEC_SERVICE_COUNT; n++)
            crossed[n] += codec_crossed((enum codec_service)n);
    }
    /* what is no part of a verdict: see below, and test_codec_rewriter.c */
    for (int n = 0; n < CODEC_COUNT; n++)
        if (crossed[n] == 0 && n != CODEC_NAME && n != CODEC_REFUSED && n != CODEC_SETTING &&
            n != CODEC_ABOUT)
            fail_msg("%s has not crossed", codec_name((enum codec_service)n));
}

static void
names_cross_too(void **state)
{
    static const char body[] = "{\"build\":\"42\"}";
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *names = json_object();
    CM_CLEANUP(scene_done) struct scene s;
    (void)state;
    scene_begin(&s, codec_wrap(&cmk_plugin_fixture_probe), OPTIONS);
    scene_open_inside(&s);
    assert_true(cm_host_read_names(s.host, body, sizeof body - 1, names, &err));
    assert_string_equal(cm_json_text(names, "build"), "42");
    assert_int_equal(codec_crossed(CODEC_NAME), 1);
    /* what fails at one end fails at the other, with the same words */
    assert_false(cm_host_read_names(s.host, "{", 1, names, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_non_null(strstr(err.text, "JSON"));
}

static void
tell_examination(const struct cmk_plugin *plugin, int users, struct cm_buf *to)
{
    const struct fake_page pages[] = {
        {.url = SITE "/whoami", .body = "{\"name\":\"bob\"}"},
        {.url = SITE "/users", .status = users, .body = "[]"},
        {.url = NULL},
    };
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, plugin, OPTIONS);
    scene_pages(&s, pages, NULL);
    transcript_of_examination(&s, to);
    transcript_of_start(&s, SITE "/widget", to);
    transcript_of_start(&s, "https://elsewhere.example/", to);
}

/* 403: the users are hidden, as they should be; 503 hides nothing, it only did not work. */
static void
an_examination_crosses_too(void **state)
{
    static const struct {
        int users;
        const char *expected;
    } rows[] = {{200, "fixture_probe.users-are-hidden: 2"},
                {403, "fixture_probe.users-are-hidden: 1"},
                {404, "fixture_probe.users-are-hidden: 2"},
                {503, "fixture_probe.users-are-hidden: 0 class -5"}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf here = CM_BUF_INIT(1 << 20);
        CM_CLEANUP(cm_buf_done) struct cm_buf there = CM_BUF_INIT(1 << 20);
        tell_examination(&cmk_plugin_fixture_probe, rows[i].users, &here);
        tell_examination(codec_wrap(&cmk_plugin_fixture_probe), rows[i].users, &there);
        assert_string_equal(cm_buf_text(&here), cm_buf_text(&there));
        if (strstr(cm_buf_text(&here), rows[i].expected) == NULL)
            fail_msg("no '%s' in:\n%s", rows[i].expected, cm_buf_text(&here));
        assert_non_null(strstr(cm_buf_text(&here), "fixture_probe.key-is-known: 1"));
        assert_non_null(strstr(cm_buf_text(&here),
                               "{\"project\":\"widget\"}"
                               "{\"organization\":\"bob\",\"project\":\"widget\"}"));
        assert_non_null(strstr(cm_buf_text(&here), "elsewhere.example/: 0 not of this system"));
        assert_true(codec_crossed(CODEC_REFUSED) == 1 && codec_crossed(CODEC_SETTING) == 2 &&
                    codec_crossed(CODEC_ABOUT) == 3);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_tell_the_same),
        cmocka_unit_test(names_cross_too),
        cmocka_unit_test(an_examination_crosses_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
