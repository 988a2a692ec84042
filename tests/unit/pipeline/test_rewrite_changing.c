/* SPDX-License-Identifier: Apache-2.0
 *
 * By a rewriter of the test's own: an input that others write to while it is rewritten. What a
 * rewriter saw, what is written, and what the evidence is about are of the same bytes, or nothing
 * is delivered. What is put there for a moment has the same CRC, so that no reader notices it by
 * itself.
 */
#include "notes.h"

#include "base/text.h"

#include <unistd.h>

#define BEHIND     ((size_t)4 << 20) /* more than a reader keeps */
#define MOST       ((size_t)16 << 20)
#define TRUE_TEXT  "plumless"
#define FALSE_TEXT "buckeroo"

/* ---- a rewriter that sees something else, and whether it edits ---- */

static struct {
    bool breaks; /* does nothing else */
    int fd;
    off_t at; /* of the text */
    bool edits, restores;
    const char *saw;
} swap;

static void
put(const char *text)
{
    assert_int_equal(pwrite(swap.fd, text, strlen(text), swap.at), strlen(text));
}

static int32_t
rewrite(struct cmk_call *c, const struct cmk_work *w)
{
    if (swap.breaks)
        return cmk_fail(c, CMK_E_INTERNAL, "it is broken");
    put(FALSE_TEXT);
    int64_t entry = w->archives->find(c, w->archive, "about.txt");
    struct cmk_bytes text = w->archives->read(c, w->archive, (uint64_t)entry, 100);
    if (swap.restores)
        put(TRUE_TEXT);
    swap.saw = text.size == 8 && memcmp(text.at, FALSE_TEXT, 8) == 0 ? FALSE_TEXT : TRUE_TEXT;
    if (swap.edits)
        w->archives->add(c, w->archive, "more", (struct cmk_bytes){"more", 4}, 0);
    return c->base->status(c);
}

static const char *const patterns[] = {"*.note", NULL};

static const struct cmk_rewriter rewriter = {
    .size = sizeof rewriter, .patterns = patterns, .rewrite = rewrite};

static const struct cmk_plugin table = {
    .size = sizeof table,
    .sdk_target = CMK_SDK_1_0,
    .sdk_least = CMK_SDK_1_0,
    .id = "swift",
    .version = "1",
    .summary = "a rewriter for tests",
    .rewriter = &rewriter,
};

static void
begin(struct notes *n)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_text_done) char *behind = calloc(1, BEHIND);
    assert_non_null(behind);
    notes_begin(n);
    zip_add(&zip, "about.txt", TRUE_TEXT, 8, ZIP_STORE);
    zip_add(&zip, "behind", behind, BEHIND, ZIP_STORE);
    zip_write(&zip, &bytes);
    notes_artifact(n, bytes.at, bytes.size);
    const char *text = memmem(bytes.at, bytes.size, TRUE_TEXT, 8);
    assert_non_null(text);
    if (!cm_plugins_add(n->plugins, &table, &n->rewriters.at[0].plugin, &n->err))
        fail_msg("%s", n->err.text);
    swap.fd = n->fd;
    swap.at = text - bytes.at;
    swap.saw = NULL;
    swap.breaks = false;
}

/* ---- whatever it does, and whenever it is put back ---- */

static void
an_input_that_changes(void **state)
{
    (void)state;
    for (int edits = 0; edits < 2; edits++)
        for (int restores = 0; restores < 2; restores++) {
            CM_CLEANUP(notes_done) struct notes n;
            begin(&n);
            swap.edits = edits;
            swap.restores = restores;
            assert_true(notes_rewrite(&n, false));
            assert_string_equal(swap.saw, FALSE_TEXT);
            if (restores)
                notes_expect(&n, CM_REWRITE_REFUSED, "it has changed since it was read");
            else
                notes_expect(&n, CM_REWRITE_OTHER, "not the artifact that the evidence is about");
            assert_int_equal(notes_files(&n), 0);
        }
}

/* Of packages in an archive, which are unpacked out of it. */
static void
an_archive_of_packages_that_changes(void **state)
{
    (void)state;
    CM_CLEANUP(notes_done) struct notes n;
    CM_CLEANUP(cm_buf_done) struct cm_buf inner = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf outer = CM_BUF_INIT(MOST);
    CM_CLEANUP(zip_done) struct zip note = ZIP_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    begin(&n);
    zip_add(&note, "about.txt", "text", 4, ZIP_STORE);
    zip_write(&note, &inner);
    zip_add(&zip, "a.note", inner.at, inner.size, ZIP_STORE);
    zip_add(&zip, "b.txt", TRUE_TEXT, 8, ZIP_STORE);
    zip_write(&zip, &outer);
    notes_artifact(&n, outer.at, outer.size);
    n.origin[1].text = "a.zip";
    n.rewriters.packages = (struct cm_words){(const char *const[]){"*.note", NULL}, 1, {NULL, 0}};
    const char *text = memmem(outer.at, outer.size, TRUE_TEXT, 8);
    assert_non_null(text);
    swap.fd = n.fd;
    swap.at = text - outer.at;
    swap.edits = swap.restores = false;
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_OTHER, "not the artifact that the evidence is about");
    swap.restores = true; /* nobody saw what stood there meanwhile */
    put(TRUE_TEXT);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_UNCHANGED, NULL);
}

/* ---- whom it is not for ---- */

static void
a_rewriter_of_other_names(void **state)
{
    (void)state;
    CM_CLEANUP(notes_done) struct notes n;
    begin(&n);
    notes_add(&n, "{}");
    n.origin[1].text = "a.notes";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    assert_null(swap.saw);
    notes_expect_told(&n, "packages.0.rewriters.0.id", "\"fixture_notes\"");
}

/* A fault of a plug-in says nothing of the artifact: there is no outcome. */
static void
a_rewriter_that_is_broken(void **state)
{
    (void)state;
    CM_CLEANUP(notes_done) struct notes n;
    begin(&n);
    swap.breaks = true;
    assert_false(notes_rewrite(&n, false));
    assert_int_equal(n.err.class, CM_E_INTERNAL);
    assert_null(n.is.documentation);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_input_that_changes),
        cmocka_unit_test(an_archive_of_packages_that_changes),
        cmocka_unit_test(a_rewriter_of_other_names),
        cmocka_unit_test(a_rewriter_that_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
