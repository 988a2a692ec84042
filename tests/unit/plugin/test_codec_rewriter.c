/* SPDX-License-Identifier: Apache-2.0
 *
 * Every service of a rewriter can be carried over a pipe: from the other end of one it leaves the
 * same bytes and the same words.
 */
#include "../artifact/zip.h"
#include "base/json.h"
#include "codec.h"
#include "scene.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

extern const struct cmk_plugin cmk_plugin_fixture_notes;

struct story {
    const char *name, *options;
    const char *about_name, *about; /* NULL: what is no archive */
    const char *more;               /* one more entry */
    const char *rewritten, *inspected;
};

#define REFUSE  "{\"contradiction\":\"refuse\"}"
#define REPLACE "{\"contradiction\":\"replace\",\"title\":\"by: us\",\"stored\":true}"

static const struct story stories[] = {
    {"nothing was said", REFUSE, "about.txt", "a note\n", NULL,
     "\"new\":\"commit: " COMMIT "\\n\",\"offset\":7", "[\"about.txt names no commit\"]"},
    {"all of it changes", REPLACE, "about.txt", "a note\ncommit: abc\n", "draft.txt",
     "\"removed\":[{\"entry\":\"draft.txt\"", "'abc' is no id of a commit"},
    {"it says something else", REFUSE, "about.txt", "commit: abc\n", NULL,
     "denied about.txt names the commit abc", "\"text\":\"abc\""},
    {"it says so already", REFUSE, "about.txt", "commit: " COMMIT "\n", "origin/x.json",
     "\"spliced\":[]", "\"fact\":\"document\",\"text\":\"x.json\""},
    {"a name that is taken for it", REFUSE, "About.txt", "", NULL, "About.txt may be taken for",
     "malformed About.txt may be taken for"},
    {"no such entry", REFUSE, "readme", "", NULL, "malformed there is no about.txt",
     "malformed there is no about.txt"},
    {"no archive", REFUSE, NULL, NULL, NULL, "unsupported a.note is no archive",
     "unsupported a.note is no archive"},
};

static struct cm_archive *
package_of(const struct story *story, int *ret_fd)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    static const char document[] = "{\"a\":{\"withheld\":\"array\"}}";
    if (story->about_name == NULL)
        return NULL;
    zip_add(&zip, story->about_name, story->about, strlen(story->about), ZIP_DEFLATE);
    if (story->more != NULL)
        zip_add(&zip, story->more, document, sizeof document - 1, ZIP_STORE);
    *ret_fd = zip_file(&zip);
    if (!cm_archive_open(*ret_fd, "a.note", NULL, &archive, &err))
        fail_msg("%s", err.text);
    return archive;
}

static void
write_outcome(struct cm_edits *edits, struct cm_buf *to)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written;
    const struct cm_edits_digests digests = {true, true, true};
    if (!cm_file_unlinked(NULL, &fd, &err) || !cm_edits_write(edits, fd, &digests, &written, &err))
        fail_msg("%s", err.text);
    cm_buf_printf(to, "%s %s %s\n", written.input_sha256, written.sha256, written.sha512);
}

static void
write_told(bool done, const json_t *told, const struct cm_err *err, struct cm_buf *to)
{
    if (!done)
        cm_buf_printf(to, "%s %s\n", cm_class_name(err->class), err->text);
    else if (!cm_json_canonical(told, to))
        fail();
    cm_buf_putc(to, '\n');
}

static void
tell(const struct cmk_plugin *plugin, const struct story *story, struct cm_buf *to)
{
    char log[16384];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(scene_done) struct scene s;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = package_of(story, &fd);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    CM_CLEANUP(cm_json_done) json_t *changes = NULL;
    CM_CLEANUP(cm_json_done) json_t *found = NULL;
    CM_CLEANUP(cm_json_done) json_t *origin = json_pack("{s:s}", "commit", COMMIT);
    CM_CLEANUP(cm_json_done)
    json_t *attachments = json_pack("{s:{s:{s:s}}}", "x.json", "a", "withheld", "array");
    const struct cm_host_work work = {"a.note", archive, origin, attachments};
    scene_begin(&s, plugin, story->options);
    scene_open_inside(&s);
    cm_buf_printf(to, "configured: %d ", cm_host_configure(s.host, CM_REWRITER, &err));
    bool done = cm_host_rewrite(s.host, &work, &edits, &changes, &err);
    write_told(done, changes, &err, to);
    if (edits != NULL)
        write_outcome(edits, to);
    done = cm_host_inspect(s.host, &work, &found, &err);
    write_told(done, found, &err, to);
    cm_buf_puts(to, scene_log(&s, log, sizeof log));
    assert_false(to->failed);
}

static void
expect(const struct story *story, const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s: no '%s' in:\n%s", story->name, part, text);
}

static void
both_ends_do_the_same(void **state)
{
    unsigned crossed[CODEC_SERVICE_COUNT] = {0};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(stories); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf here = CM_BUF_INIT(1 << 20);
        CM_CLEANUP(cm_buf_done) struct cm_buf there = CM_BUF_INIT(1 << 20);
        tell(&cmk_plugin_fixture_notes, &stories[i], &here);
        tell(codec_wrap(&cmk_plugin_fixture_notes), &stories[i], &there);
        expect(&stories[i], cm_buf_text(&here), stories[i].rewritten);
        expect(&stories[i], cm_buf_text(&here), stories[i].inspected);
        assert_string_equal(cm_buf_text(&here), cm_buf_text(&there));
        for (int n = 0; n < CODEC_SERVICE_COUNT; n++)
            crossed[n] += codec_crossed((enum codec_service)n);
    }
    for (int n = CODEC_COUNT; n <= CODEC_DOUBT; n++)
        if (crossed[n] == 0)
            fail_msg("%s has not crossed", codec_name((enum codec_service)n));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ends_do_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
