/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/loader.h"

#include "base/buf.h"
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const folders[] = {"/nonexistent/countermark", PLUGIN_DIR, NULL};

struct place {
    char folder[64];
    char mark[128];
    struct cm_plugins *plugins;
};

static int
set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/cm-loader-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->mark, sizeof p->mark, "%s/mark", p->folder);
    assert_int_equal(setenv("CM_TEST_MARK", p->mark, 1), 0);
    p->plugins = cm_plugins_new(folders, NULL);
    assert_non_null(p->plugins);
    *state = p;
    return 0;
}

static int
tear_down(void **state)
{
    struct place *p = *state;
    cm_plugins_free(p->plugins);
    (void)unlink(p->mark);
    assert_int_equal(rmdir(p->folder), 0);
    free(p);
    return 0;
}

static bool
is_marked(const struct place *p)
{
    return access(p->mark, F_OK) == 0;
}

static void
assert_loads(struct place *p, const char *id, const struct cm_plugin **ret)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_plugins_load(p->plugins, id, ret, &err))
        fail_msg("%s: %s", id, err.text);
}

static void
assert_refused(struct place *p, const char *id, const char *why)
{
    const struct cm_plugin *plugin = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (cm_plugins_load(p->plugins, id, &plugin, &err))
        fail_msg("%s was loaded", id);
    assert_null(plugin);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
    assert_null(strchr(err.text, '\n'));
}

static void
an_honest_one_is_loaded_once(void **state)
{
    struct place *p = *state;
    const struct cm_plugin *plugin, *again;
    char sha256[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(64 << 20);
    assert_loads(p, "fixture_probe", &plugin);
    assert_string_equal(plugin->id, "fixture_probe");
    assert_string_equal(plugin->table->version, "1.2.3");
    assert_non_null(plugin->table->connector->verify);
    assert_true(cm_file_read(plugin->path, &file, &err));
    assert_true(cm_sha256(file.at, file.size, sha256));
    assert_string_equal(plugin->sha256, sha256);
    assert_loads(p, "fixture_probe", &again);
    assert_ptr_equal(plugin, again);
    assert_true(cm_plugins_load_file(p->plugins, PLUGIN_DIR "/fixture_probe.so", &again, &err));
    assert_ptr_equal(plugin, again);
}

/* The proof that the others are refused in time is worth something only if this one marks. */
static void
a_constructor_marks_when_it_runs(void **state)
{
    struct place *p = *state;
    const struct cm_plugin *plugin;
    assert_false(is_marked(p));
    assert_loads(p, "fixture_marks", &plugin);
    assert_true(is_marked(p));
}

static void
a_newer_one_that_is_content_is_loaded(void **state)
{
    struct place *p = *state;
    const struct cm_plugin *plugin;
    assert_loads(p, "fixture_newer", &plugin);
    assert_int_equal(plugin->note.sdk_target, 0x00010007);
    assert_int_equal(plugin->table->size, sizeof *plugin->table);
}

static void
refused_before_anything_of_it_runs(void **state)
{
    static const char *const rows[][2] = {
        {"fixture_no_note", "is not a plug-in of Countermark"},
        {"fixture_two_notes", "two notes"},
        {"fixture_needs_newer", "needs SDK 1.3 or newer, and this engine speaks SDK 1.0"},
        {"fixture_other_major", "written for SDK 2.0, and this engine speaks SDK 1.0"},
        {"fixture_contradicts", "contradicts itself"},
        {"fixture_other_file", "must be named fixture_somebody.so"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(p, rows[i][0], rows[i][1]);
        assert_false(is_marked(p));
    }
}

static void
refused_by_what_it_gives(void **state)
{
    static const char *const rows[][2] = {
        {"fixture_other_table", "'fixture_other_table' by its note and 'fixture_somebody' by"},
        {"fixture_other_levels", "or of another SDK"},
        {"fixture_small_table", "says that it has 64 bytes"},
        {"fixture_no_table", "gives no table"},
        {"fixture_no_entry", "does not export cmk_plugin_entry_v1"},
        {"fixture_foreign_entry", "from another file"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(p, rows[i][0], rows[i][1]);
}

static void
ids_are_no_paths(void **state)
{
    struct place *p = *state;
    assert_refused(p, "../fixture_probe", "cannot be the id");
    assert_refused(p, "", "cannot be the id");
    assert_refused(p, "nobody", "/nonexistent/countermark, " PLUGIN_DIR);
}

static void
copy_file(const char *from, const char *to)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(64 << 20);
    assert_true(cm_file_read(from, &file, &err));
    assert_true(cm_file_replace(to, 0755, file.at, file.size, &err));
}

static void
assert_file_refused(struct place *p, const char *path, const char *why)
{
    const struct cm_plugin *plugin = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_plugins_load_file(p->plugins, path, &plugin, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
    assert_false(is_marked(p));
}

static void
what_others_can_write_is_refused(void **state)
{
    struct place *p = *state;
    char open[96], file[128];
    const struct cm_plugin *plugin;
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(open, sizeof open, "%s/open", p->folder);
    (void)snprintf(file, sizeof file, "%s/fixture_marks.so", open);
    assert_int_equal(mkdir(open, 0700), 0);
    copy_file(PLUGIN_DIR "/fixture_marks.so", file);

    assert_int_equal(chmod(open, 0770), 0);
    assert_file_refused(p, file, "/open");
    assert_int_equal(chmod(open, 0700), 0);
    assert_int_equal(chmod(file, 0722), 0);
    assert_file_refused(p, file, "fixture_marks.so");
    assert_int_equal(chmod(file, 0700), 0);
    assert_true(cm_plugins_load_file(p->plugins, file, &plugin, &err));
    /* the same id from elsewhere would be another plug-in */
    assert_false(cm_plugins_load_file(p->plugins, PLUGIN_DIR "/fixture_marks.so", &plugin, &err));
    assert_non_null(strstr(err.text, "already loaded from"));

    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(open), 0);
}

struct seen {
    size_t files, accepted;
    bool no_note, marks;
    char last[256];
};

static void
see(void *data, const char *path, const struct cm_note *note, const struct cm_err *refused)
{
    struct seen *seen = data;
    assert_true((note == NULL) != (refused == NULL));
    assert_true(strcmp(seen->last, path) < 0); /* sorted */
    (void)snprintf(seen->last, sizeof seen->last, "%s", path);
    seen->files++;
    seen->accepted += note != NULL;
    seen->no_note |= refused != NULL && strstr(refused->text, "fixture_no_note.so") != NULL;
    seen->marks |= note != NULL && strcmp(note->id, "fixture_marks") == 0;
}

static void
looking_runs_nothing(void **state)
{
    struct place *p = *state;
    struct seen seen = {.files = 0};
    cm_plugins_each(p->plugins, see, &seen);
    assert_true(seen.files >= 15);
    assert_true(seen.accepted >= 6);
    assert_true(seen.no_note && seen.marks);
    assert_false(is_marked(p));
}

#define LOADER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        /* in this order: a constructor runs once in a process, so the marks come last */
        LOADER_TEST(refused_before_anything_of_it_runs),
        LOADER_TEST(looking_runs_nothing),
        LOADER_TEST(what_others_can_write_is_refused),
        LOADER_TEST(a_constructor_marks_when_it_runs),
        LOADER_TEST(an_honest_one_is_loaded_once),
        LOADER_TEST(a_newer_one_that_is_content_is_loaded),
        LOADER_TEST(refused_by_what_it_gives),
        LOADER_TEST(ids_are_no_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
