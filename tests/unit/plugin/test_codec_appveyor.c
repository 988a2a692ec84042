/* SPDX-License-Identifier: Apache-2.0
 *
 * A connector that is shipped, through the codec: the same evidence and the same answers from the
 * other end of a pipe as from within.
 */
#include "base/fd.h"
#include "base/json.h"
#include "codec.h"
#include "evidence/evidence.h"
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define API  "https://ci.appveyor.com/api/"
#define JOB  "k3v9x0q2w7e5r1t8"
#define ID   "3f0a9c1d7e2b4856a1c0d9e8f7b6a5949382716c"
#define SIZE 20480

#define OPTIONS                                                                                    \
    "{\"url\":\"https://ci.appveyor.com\",\"account\":\"tinsmith\",\"account_id\":\"4711\","       \
    "\"project\":\"kettle\",\"project_id\":\"815230\",\"artifact\":\"*.nupkg\","                   \
    "\"artifacts\":\"one\",\"build\":\"50260001\",\"wait\":600000000000}"

extern const struct cmk_plugin cmk_plugin_appveyor;

static const char log_text[] = "Build started\n"
                               "git checkout -qf " ID "\r\nRunning Install scripts\n";
static const char yml_text[] = "version: 1.4.{build}\nimage: Visual Studio 2022\n"
                               "build_script:\n- ps: ./build.ps1\n";

struct answers {
    struct cm_buf running, build, project, settings, artifacts;
    char artifact[SIZE + 1];
};

static void
answers_done(struct answers *a)
{
    cm_buf_done(&a->running);
    cm_buf_done(&a->build);
    cm_buf_done(&a->project);
    cm_buf_done(&a->settings);
    cm_buf_done(&a->artifacts);
}

static void
load(const char *name, struct cm_buf *to)
{
    char path[512];
    struct cm_err err = CM_ERR_INIT;
    *to = (struct cm_buf)CM_BUF_INIT(1 << 20);
    (void)snprintf(path, sizeof path, "%s/appveyor/%s", CM_FIXTURES_DIR, name);
    if (!cm_file_read(path, to, &err))
        fail_msg("%s", err.text);
}

static void
load_all(struct answers *a)
{
    load("build.json", &a->build);
    load("build.json", &a->running);
    for (char *at = a->running.at; (at = strstr(at, "\"success\"")) != NULL; at++)
        memcpy(at, "\"running\"", strlen("\"running\""));
    load("project.json", &a->project);
    load("settings.json", &a->settings);
    load("artifacts.json", &a->artifacts);
    memset(a->artifact, 'K', SIZE);
    a->artifact[SIZE] = '\0';
}

/* The file that was submitted is the one that the job made. */
static void
submit(struct scene *s, const struct answers *a)
{
    char sha256[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_sha256(a->artifact, SIZE, sha256));
    const struct cm_document facts = {.of = CM_OF_SUBMITTER, .size = SIZE, .sha256 = sha256};
    CM_CLEANUP(cm_json_done)
    json_t *content =
        json_pack("{s:s, s:i, s:s}", "name", "Kettle.1.4.41.nupkg", "size", SIZE, "sha256", sha256);
    assert_true(cm_evidence_add(s->evidence, "submitted", &facts, content, NULL, NULL, &err));
    assert_int_equal(json_object_set_new(s->evidence, "effective",
                                         json_pack("{s:{s:[s, s]}}", "link", "assume",
                                                   "no-global-yaml", "no-start-variables")),
                     0);
    s->repositories[0].url = "https://github.com/tinsmith/kettle";
    /* a key that is asked with at one address first, and then, with a 404, at the other */
    assert_int_equal(setenv("SCENE_SECRET", "v2.the-secret-of-tinsmith", 1), 0);
}

static void
tell(const struct cmk_plugin *plugin, const struct answers *a, int settings_status,
     struct cm_buf *to)
{
    const struct fake_page pages[] = {
        /* not over yet when it is asked for the first time */
        {.url = API "projects/tinsmith/kettle/builds/50260001", .body = cm_buf_text(&a->running)},
        {.url = API "projects/tinsmith/kettle/builds/50260001", .body = cm_buf_text(&a->build)},
        {.url = API "projects/tinsmith/kettle/settings",
         .status = settings_status,
         .body = cm_buf_text(&a->settings)},
        {.url = API "projects/tinsmith/kettle", .body = cm_buf_text(&a->project)},
        {.url = API "buildjobs/" JOB "/artifacts", .body = cm_buf_text(&a->artifacts)},
        {.url = API "buildjobs/" JOB "/log", .body = log_text},
        {.url = API "buildjobs/" JOB "/artifacts/Kettle.1.4.41.nupkg", .body = a->artifact},
        {.url = NULL},
    };
    static const struct fake_file files[] = {{"appveyor.yml", yml_text, CM_OK},
                                             {NULL, NULL, CM_OK}};
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, plugin, OPTIONS);
    scene_pages(&s, pages, files);
    submit(&s, a);
    transcript(&s, to);
}

static void
assert_same(const struct answers *a, int settings_status, struct cm_buf *here)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf there = CM_BUF_INIT(1 << 20);
    tell(&cmk_plugin_appveyor, a, settings_status, here);
    tell(codec_wrap(&cmk_plugin_appveyor), a, settings_status, &there);
    if (strcmp(cm_buf_text(here), cm_buf_text(&there)) != 0)
        fail_msg("%s\n---- and by the codec:\n%s", cm_buf_text(here), cm_buf_text(&there));
}

/* How many answers of that word (see enum cm_word) are in the transcript? */
static size_t
count_answers(const char *text, enum cm_word word)
{
    char head[32];
    size_t count = 0;
    (void)snprintf(head, sizeof head, ": %d class", (int)word);
    for (const char *at = text; (at = strstr(at, head)) != NULL; at++)
        count++;
    return count;
}

static void
an_honest_build_crosses(void **state)
{
    static const enum codec_service used[] = {
        CODEC_LOG,           CODEC_MATCH,    CODEC_TIME,     CODEC_URL,
        CODEC_START,         CODEC_STATUS,   CODEC_JSON,     CODEC_COMMIT,
        CODEC_FILE_AT,       CODEC_EXCHANGE, CODEC_KEPT,     CODEC_SLEEP,
        CODEC_SECRET_BEGINS, CODEC_FACTS,    CODEC_DOCUMENT, CODEC_DOCUMENT_IF_ANY,
        CODEC_ORIGIN,        CODEC_ATTACH,   CODEC_OBSERVE,  CODEC_ASSUMED};
    CM_CLEANUP(answers_done) struct answers a;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    size_t checks = 0;
    (void)state;
    load_all(&a);
    assert_same(&a, 200, &text);
    while (cmk_plugin_appveyor.connector->verify[checks].id != NULL)
        checks++;
    if (count_answers(cm_buf_text(&text), CM_PASS) != checks)
        fail_msg("not all of %zu pass:\n%s", checks, cm_buf_text(&text));
    for (size_t i = 0; i < CM_COUNT(used); i++)
        if (codec_crossed(used[i]) == 0)
            fail_msg("%s has not crossed", codec_name(used[i]));
}

static void
a_refused_key_crosses(void **state)
{
    CM_CLEANUP(answers_done) struct answers a;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    (void)state;
    load_all(&a);
    assert_same(&a, 401, &text);
    assert_true(count_answers(cm_buf_text(&text), CM_UNKNOWN) > 5);
    assert_non_null(strstr(cm_buf_text(&text), "the secret of option 'api_key' was refused"));
}

static void
a_webhook_crosses(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_json_done) json_t *here = json_object();
    CM_CLEANUP(cm_json_done) json_t *there = json_object();
    (void)state;
    load("webhook.json", &body);
    for (int i = 0; i < 2; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(scene_done) struct scene s;
        scene_begin(&s, i == 0 ? &cmk_plugin_appveyor : codec_wrap(&cmk_plugin_appveyor), OPTIONS);
        scene_open_inside(&s);
        if (!cm_host_read_names(s.host, body.at, body.size, i == 0 ? here : there, &err))
            fail_msg("%s", err.text);
    }
    assert_true(json_object_size(here) > 0);
    assert_true(json_equal(here, there));
    assert_true(codec_crossed(CODEC_NAME) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_build_crosses),
        cmocka_unit_test(a_refused_key_crosses),
        cmocka_unit_test(a_webhook_crosses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
