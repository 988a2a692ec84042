/* SPDX-License-Identifier: Apache-2.0
 *
 * An archive of packages: each of them by itself, and what is no package as it was; and packages
 * that are only looked at.
 */
#include "notes.h"

#include "base/text.h"

#include <signal.h>
#include <sys/resource.h>

#define NOTES(n)                                                                                   \
    CM_CLEANUP(notes_done) struct notes n;                                                         \
    notes_begin(&(n))

/* The bytes of a package with that about.txt, and one more entry if it is not NULL. */
static void
package(struct cm_buf *to, const char *about, const struct cm_buf *more)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "about.txt", about, strlen(about), ZIP_DEFLATE);
    if (more != NULL)
        zip_add(&zip, "inner.note", more->at, more->size, ZIP_STORE);
    zip_write(&zip, to);
}

#define BYTES(name) CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(1 << 20)

static const char *const patterns[] = {"*.note", "sub/**.note", NULL};

/* An archive that no rewriter is for, with packages in it. */
static void
bundle(struct notes *n, const char *second)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    BYTES(one);
    BYTES(two);
    BYTES(inner);
    package(&inner, "a note\n", NULL);
    package(&one, "a note\n", &inner);
    package(&two, second, NULL);
    zip_add(&zip, "one.note", one.at, one.size, ZIP_STORE);
    zip_add(&zip, "sub/", NULL, 0, ZIP_STORE);
    zip_add(&zip, "sub/deep/two.note", two.at, two.size, ZIP_DEFLATE);
    zip_add(&zip, "other/three.note", one.at, one.size, ZIP_STORE);
    zip_add(&zip, "readme", "as it is", 8, ZIP_DEFLATE);
    notes_zip(n, &zip);
    n->origin[1].text = "a.zip";
    n->rewriters.packages = (struct cm_words){patterns, 2, {NULL, 0}};
}

/* The about.txt of a package in the published archive. */
static char *
about_of(struct notes *n, const char *path, const char *entry_name)
{
    uint32_t entry;
    CM_CLEANUP(cm_fd_done) int outer_fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *outer = NULL;
    CM_CLEANUP(cm_archive_done) struct cm_archive *inner = NULL;
    BYTES(bytes);
    struct cm_buf text = CM_BUF_INIT(1 << 20);
    if (!cm_file_open(n->target, &outer_fd, &n->err) ||
        !cm_archive_open(outer_fd, "out", NULL, &outer, &n->err) ||
        !cm_archive_find(outer, path, &entry) || !cm_archive_read(outer, entry, &bytes, &n->err))
        fail_msg("%s", n->err.text);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(bytes.at, bytes.size);
    if (!cm_archive_open(fd, path, NULL, &inner, &n->err) ||
        !cm_archive_find(inner, entry_name, &entry) ||
        !cm_archive_read(inner, entry, &text, &n->err))
        fail_msg("%s", n->err.text);
    return text.at;
}

static void
each_package_by_itself(void **state)
{
    NOTES(n);
    (void)state;
    bundle(&n, "commit: " COMMIT "\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    CM_CLEANUP(cm_text_done) char *one = about_of(&n, "one.note", "about.txt");
    assert_string_equal(one, "a note\ncommit: " COMMIT "\n");
    CM_CLEANUP(cm_text_done) char *two = about_of(&n, "sub/deep/two.note", "origin/ci.json");
    assert_string_equal(two, "{\"a\":{\"withheld\":\"string\"},\"b\":1}");
    CM_CLEANUP(cm_text_done) char *three = about_of(&n, "other/three.note", "about.txt");
    assert_string_equal(three, "a note\n");
    CM_CLEANUP(cm_text_done) char *readme = notes_entry(&n, "readme");
    assert_string_equal(readme, "as it is");
    notes_expect_told(&n, "packages.0.path", "\"one.note\"");
    notes_expect_told(&n, "packages.1.path", "\"sub/deep/two.note\"");
    assert_int_equal(json_array_size(cm_json_get(n.is.documentation, "packages")), 2);
    const char *sha256 = cm_json_text(cm_json_path(n.is.documentation, "packages.0"), "sha256");
    assert_non_null(sha256);
    assert_string_not_equal(sha256,
                            cm_json_text(cm_json_path(n.is.documentation, "output"), "sha256"));
}

/* Nesting is one: what is in a package stays. */
static void
a_package_in_a_package_stays(void **state)
{
    NOTES(n);
    (void)state;
    BYTES(inner);
    package(&inner, "a note\n", NULL);
    bundle(&n, "a note\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    CM_CLEANUP(cm_text_done) char *same = about_of(&n, "one.note", "inner.note");
    assert_memory_equal(same, inner.at, inner.size);
}

static void
one_that_is_refused(void **state)
{
    NOTES(n);
    (void)state;
    bundle(&n, "commit: abc\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "sub/deep/two.note: about.txt names the commit abc");
    notes_expect_told(&n, "packages", "[]"); /* though the first went well */
    assert_int_equal(notes_files(&n), 0);
}

/* Whoever names it wants it documented; what nobody can document is not passed on for that. */
static void
one_that_no_rewriter_is_for(void **state)
{
    static const char *const all[] = {"**", NULL};
    NOTES(n);
    (void)state;
    bundle(&n, "a note\n");
    n.rewriters.packages = (struct cm_words){all, 1, {NULL, 0}};
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "readme is among the packages that are to be rewritten");
}

static void
none_of_them(void **state)
{
    static const char *const other[] = {"*.nothing", NULL};
    size_t size;
    NOTES(n);
    (void)state;
    bundle(&n, "a note\n");
    n.rewriters.packages = (struct cm_words){other, 1, {NULL, 0}};
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_NONE, "no package that is to be rewritten is in it");
    notes_artifact(&n, "no archive", 10);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_NONE, "no rewriter is for a.zip");
    CM_CLEANUP(cm_text_done) char *bytes = notes_bytes(&n, &size);
    assert_true(size == 10 && memcmp(bytes, "no archive", 10) == 0);
}

static void
all_say_so_already(void **state)
{
    size_t size, again;
    NOTES(n);
    (void)state;
    bundle(&n, "a note\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    CM_CLEANUP(cm_text_done) char *first = notes_bytes(&n, &size);
    notes_artifact(&n, first, size);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_UNCHANGED, NULL);
    CM_CLEANUP(cm_text_done) char *second = notes_bytes(&n, &again);
    assert_true(size == again && memcmp(first, second, size) == 0);
}

/* The outer archive is read as strictly as a package, and so is each one in it. */
static void
archives_that_are_refused(void **state)
{
    NOTES(n);
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(zip_done) struct zip outer = ZIP_INIT;
    BYTES(bytes);
    zip_add(&zip, "about.txt", "a note\n", 7, ZIP_STORE);
    zip.tail = ZIP_TEXT("x");
    zip_write(&zip, &bytes);
    zip_add(&outer, "one.note", bytes.at, bytes.size, ZIP_STORE);
    notes_zip(&n, &outer);
    n.origin[1].text = "a.zip";
    n.rewriters.packages = (struct cm_words){patterns, 2, {NULL, 0}};
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "one.note: ");
    outer.tail = ZIP_TEXT("x");
    notes_zip(&n, &outer);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "a.zip");
    /* a content that lies, of an entry that is none of the packages */
    outer.tail = ZIP_TEXT("");
    struct zip_entry *lie = zip_add(&outer, "readme", "text", 4, ZIP_STORE);
    lie->local.crc32 = lie->record.crc32 = 7;
    notes_zip(&n, &outer);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "readme");
}

/* That none can be unpacked says nothing of them. */
static void
no_room_for_packages(void **state)
{
    NOTES(n);
    (void)state;
    bundle(&n, "a note\n");
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    bool done = notes_rewrite(&n, false);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_true(done);
    notes_expect(&n, CM_REWRITE_UNWRITTEN, "TMPDIR");
    assert_int_equal(notes_files(&n), 0);
}

/* A package that can be unpacked, and what becomes of it is too large for a file: the disk's fault,
 * also where the archive around it hears of it. */
static void
no_room_for_what_becomes_of_them(void **state)
{
    NOTES(n);
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    BYTES(inner);
    package(&inner, "a note\n", NULL);
    zip_add(&zip, "one.note", inner.at, inner.size, ZIP_DEFLATE);
    notes_zip(&n, &zip);
    n.origin[1].text = "a.zip";
    n.rewriters.packages = (struct cm_words){patterns, 2, {NULL, 0}};
    struct rlimit before, most;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    most = (struct rlimit){inner.size, before.rlim_max};
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &most), 0);
    bool done = notes_rewrite(&n, false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(done);
    notes_expect(&n, CM_REWRITE_UNWRITTEN, "File too large");
}

/* ---- looking ---- */

static bool
inspect(struct notes *n, const char *name, json_t **ret)
{
    cm_json_done(ret);
    n->err = (struct cm_err)CM_ERR_INIT;
    return cm_inspect(name, n->fd, &n->rewriters, NULL, ret, &n->err);
}

static void
expect_told(const json_t *told, const char *path, const char *canonical)
{
    BYTES(text);
    const json_t *found = cm_json_path(told, path);
    assert_true(cm_json_canonical(found != NULL ? found : json_null(), &text));
    assert_string_equal(cm_buf_text(&text), canonical);
}

static void
what_a_package_says(void **state)
{
    NOTES(n);
    CM_CLEANUP(cm_json_done) json_t *told = NULL;
    BYTES(one);
    (void)state;
    package(&one, "commit: abc\n", NULL);
    notes_artifact(&n, one.at, one.size);
    assert_true(inspect(&n, "a.note", &told));
    expect_told(told, "0.path", "null");
    expect_told(told, "0.rewriter.id", "\"fixture_notes\"");
    expect_told(told, "0.notes", "[{\"fact\":\"commit\",\"text\":\"abc\"}]");
    expect_told(told, "0.doubts", "[\"'abc' is no id of a commit\"]");
    assert_false(inspect(&n, "a.txt", &told));
    assert_int_equal(n.err.class, CM_E_NOT_FOUND);
    assert_string_equal(n.err.text, "no rewriter is for files like a.txt");
    notes_artifact(&n, "no archive", 10);
    assert_false(inspect(&n, "a.note", &told));
    assert_int_equal(n.err.class, CM_E_UNSUPPORTED);
    assert_null(told);
}

static void
what_packages_in_an_archive_say(void **state)
{
    NOTES(n);
    CM_CLEANUP(cm_json_done) json_t *told = NULL;
    (void)state;
    bundle(&n, "commit: " COMMIT "\n");
    assert_true(inspect(&n, "a.zip", &told));
    assert_int_equal(json_array_size(told), 2);
    expect_told(told, "0.path", "\"one.note\"");
    expect_told(told, "0.doubts", "[\"about.txt names no commit\"]");
    expect_told(told, "1.path", "\"sub/deep/two.note\"");
    expect_told(told, "1.doubts", "[]");
    static const char *const other[] = {"*.nothing", NULL};
    n.rewriters.packages = (struct cm_words){other, 1, {NULL, 0}};
    assert_false(inspect(&n, "a.zip", &told));
    assert_string_equal(n.err.text, "no rewriter is for files like a.zip, and no package is in it");
    notes_artifact(&n, "no archive", 10);
    assert_false(inspect(&n, "a.zip", &told));
    assert_int_equal(n.err.class, CM_E_NOT_FOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_package_by_itself),
        cmocka_unit_test(a_package_in_a_package_stays),
        cmocka_unit_test(one_that_is_refused),
        cmocka_unit_test(one_that_no_rewriter_is_for),
        cmocka_unit_test(none_of_them),
        cmocka_unit_test(all_say_so_already),
        cmocka_unit_test(archives_that_are_refused),
        cmocka_unit_test(no_room_for_packages),
        cmocka_unit_test(no_room_for_what_becomes_of_them),
        cmocka_unit_test(what_a_package_says),
        cmocka_unit_test(what_packages_in_an_archive_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
