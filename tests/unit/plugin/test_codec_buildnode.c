/* SPDX-License-Identifier: Apache-2.0
 *
 * A connector that reads files and judges certificates, through the codec: what it says under
 * countermark-conform(1) is what it says from the other end of a pipe.
 */
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "codec.h"
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define DAY        INT64_C(86400000000000)
#define MOST_TEXT  ((size_t)1 << 20)
#define MOST_PAGES 4

extern const struct cmk_plugin cmk_plugin_buildnode;

static char folder[] = "/tmp/countermark-codec-XXXXXX";

int64_t __wrap_cm_wall_now(void);
int64_t
__wrap_cm_wall_now(void)
{
    return FAKE_TIME;
}

/* One script of the plug-in's, read. */
struct story {
    json_t *root, *options; /* owned */
    struct cm_buf bodies[MOST_PAGES];
    struct fake_page pages[MOST_PAGES + 1];
};

static void
story_done(struct story *s)
{
    json_decref(s->root);
    json_decref(s->options);
    for (size_t i = 0; i < MOST_PAGES; i++)
        cm_buf_done(&s->bodies[i]);
}

/* A text, or bytes as base64. */
static void
read_content(const json_t *from, struct cm_buf *to)
{
    const char *base64 = cm_json_text(from, "base64");
    *to = (struct cm_buf)CM_BUF_INIT(MOST_TEXT);
    if (base64 != NULL)
        assert_true(cm_unbase64(base64, strlen(base64), to));
    else
        cm_buf_puts(to, json_string_value(from));
    assert_false(to->failed);
}

/* A file of its own, as the operator has it. */
static json_t *
write_file(const char *option, size_t number, const json_t *content)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(0);
    char path[200];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/%s-%zu", folder, option, number);
    read_content(content, &bytes);
    if (!cm_file_replace(path, 0644, bytes.at, bytes.size, &err))
        fail_msg("%s", err.text);
    return json_string(path);
}

static void
read_files(struct story *s)
{
    const char *option;
    json_t *list, *content;
    size_t i;
    json_object_foreach(cm_json_get(s->root, "files"), option, list)
    {
        json_t *paths = json_array();
        json_array_foreach(list, i, content)
        {
            assert_int_equal(json_array_append_new(paths, write_file(option, i, content)), 0);
        }
        assert_int_equal(json_object_set_new(s->options, option, paths), 0);
    }
}

static void
read_pages(struct story *s)
{
    size_t i;
    json_t *answer;
    json_array_foreach(cm_json_get(s->root, "answers"), i, answer)
    {
        assert_true(i < MOST_PAGES);
        read_content(answer, &s->bodies[i]);
        s->pages[i] = (struct fake_page){.url = cm_json_text(answer, "url"),
                                         .body = cm_buf_text(&s->bodies[i]),
                                         .size = s->bodies[i].size};
    }
}

/* Options as the engine hands them on: read by their types, and with what is not said. */
static void
read_story(const char *name, struct story *s)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_TEXT);
    char path[512];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/%s.json", SCRIPTS_DIR, name);
    *s = (struct story){.options = json_pack("{s:s, s:b}", "revocation", "crl", "strict", 1)};
    if (!cm_file_read(path, &text, &err) ||
        !cm_json_parse(cm_buf_text(&text), text.size, path, &s->root, &err))
        fail_msg("%s", err.text);
    assert_int_equal(json_object_update(s->options, cm_json_get(s->root, "options")), 0);
    assert_string_equal(cm_json_text(s->options, "max_validity"), "90d");
    assert_int_equal(json_object_set_new(s->options, "max_validity", json_integer(90 * DAY)), 0);
    read_files(s);
    read_pages(s);
}

static void
submit(struct scene *scene, const struct story *s)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf peer = CM_BUF_INIT(MOST_TEXT);
    char submitted[200];
    (void)snprintf(submitted, sizeof submitted, "{\"name\":\"x.nupkg\",\"sha256\":\"%s\"}",
                   json_string_value(cm_json_path(s->root, "peer.for.artifact_sha256")));
    assert_true(cm_json_canonical(cm_json_get(s->root, "peer"), &peer));
    scene_document(scene, "submitted", submitted, CM_OK);
    scene_document(scene, "peer", cm_buf_text(&peer), CM_OK);
    assert_int_equal(json_object_set_new(scene->evidence, "effective",
                                         json_pack("{s:{s:[]}}", "link", "assume")),
                     0);
}

static void
tell(const struct cmk_plugin *plugin, const struct story *s, struct cm_buf *to)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf options = CM_BUF_INIT(MOST_TEXT);
    CM_CLEANUP(scene_done) struct scene scene;
    assert_true(cm_json_canonical(s->options, &options));
    scene_begin(&scene, plugin, cm_buf_text(&options));
    scene_pages(&scene, s->pages, NULL);
    submit(&scene, s);
    transcript(&scene, to);
}

/* The scene is judged a day after the script: too late for the proof, and for nothing else. */
static void
assert_passes(const char *text)
{
    for (const struct cmk_check *check = cmk_plugin_buildnode.connector->verify; check->id != NULL;
         check++) {
        char line[100];
        enum cm_word word = strcmp(check->id, "proof-fresh") == 0 ? CM_FAIL : CM_PASS;
        (void)snprintf(line, sizeof line, "buildnode.%s: %d class", check->id, (int)word);
        if (strstr(text, line) == NULL)
            fail_msg("no '%s' in:\n%s", line, text);
    }
}

static void
tell_both(const char *name, unsigned crossed[CODEC_SERVICE_COUNT])
{
    CM_CLEANUP(cm_buf_done) struct cm_buf here = CM_BUF_INIT(MOST_TEXT);
    CM_CLEANUP(cm_buf_done) struct cm_buf there = CM_BUF_INIT(MOST_TEXT);
    CM_CLEANUP(story_done) struct story s;
    read_story(name, &s);
    tell(&cmk_plugin_buildnode, &s, &here);
    tell(codec_wrap(&cmk_plugin_buildnode), &s, &there);
    assert_passes(cm_buf_text(&here));
    if (strcmp(cm_buf_text(&here), cm_buf_text(&there)) != 0)
        fail_msg("%s\n---- and by the codec:\n%s", cm_buf_text(&here), cm_buf_text(&there));
    for (int n = 0; n < CODEC_SERVICE_COUNT; n++)
        crossed[n] += codec_crossed((enum codec_service)n);
}

static void
honest_nodes_cross(void **state)
{
    unsigned crossed[CODEC_SERVICE_COUNT] = {0};
    (void)state;
    tell_both("build", crossed);
    tell_both("ocsp", crossed);
    for (int n = CODEC_BODY; n < CODEC_SERVICE_COUNT; n++)
        if (crossed[n] == 0)
            fail_msg("%s has not crossed", codec_name((enum codec_service)n));
}

static int
begin(void **state)
{
    (void)state;
    umask(022);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
end(void **state)
{
    (void)state;
    cm_folder_remove(folder);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(honest_nodes_cross)};
    return cmocka_run_group_tests(tests, begin, end);
}
