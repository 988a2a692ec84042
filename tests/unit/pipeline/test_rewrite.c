/* SPDX-License-Identifier: Apache-2.0
 *
 * Stage rewrite: an accepted artifact becomes one that says where it comes from, or nothing does.
 */
#include "notes.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>

#define NOTES(n)                                                                                   \
    CM_CLEANUP(notes_done) struct notes n;                                                         \
    notes_begin(&(n))

/* A package: about.txt, and one entry that stays. */
static void
package(struct notes *n, const char *about)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "about.txt", about, strlen(about), ZIP_DEFLATE);
    zip_add(&zip, "data.bin", "\0\1\2", 3, ZIP_STORE);
    notes_zip(n, &zip);
}

static void
expect_entry(struct notes *n, const char *name, const char *content)
{
    CM_CLEANUP(cm_text_done) char *text = notes_entry(n, name);
    assert_non_null(text);
    assert_string_equal(text, content);
}

static void
a_package_is_documented(void **state)
{
    char sha256[CM_SHA256_HEX];
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    expect_entry(&n, "about.txt", "a note\ncommit: " COMMIT "\n");
    expect_entry(&n, "origin/ci.json", "{\"a\":{\"withheld\":\"string\"},\"b\":1}");
    notes_expect_told(&n, "outcome", "\"documented\"");
    notes_expect_told(&n, "packages.0.path", "null");
    notes_expect_told(&n, "packages.0.rewriters.0.id", "\"fixture_notes\"");
    notes_expect_told(&n, "packages.0.rewriters.0.outcome", "\"documented\"");
    notes_expect_told(&n, "packages.0.rewriters.0.notes.0",
                      "{\"after\":\"" COMMIT "\",\"before\":null,\"fact\":\"commit\"}");
    notes_expect_told(&n, "packages.0.rewriters.0.spliced.0.offset", "7");
    const char *output = cm_json_text(cm_json_path(n.is.documentation, "output"), "sha256");
    CM_CLEANUP(cm_fd_done) int fd = open(n.target, O_RDONLY | O_CLOEXEC);
    assert_true(cm_sha256_fd(fd, "out", sha256, &n.err));
    assert_string_equal(output, sha256);
    assert_string_equal(cm_json_text(cm_json_path(n.is.documentation, "packages.0"), "sha256"),
                        sha256);
    assert_true(cm_sha256_fd(n.fd, "in", sha256, &n.err));
    assert_string_equal(cm_json_text(cm_json_path(n.is.documentation, "input"), "sha256"), sha256);
}

/* The same artifact gives the same bytes; what is documented already stays as it is. */
static void
again_it_is_the_same(void **state)
{
    size_t size, size_again, size_documented;
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    CM_CLEANUP(cm_text_done) char *first = notes_bytes(&n, &size);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    CM_CLEANUP(cm_text_done) char *again = notes_bytes(&n, &size_again);
    assert_true(size == size_again && memcmp(first, again, size) == 0);

    notes_artifact(&n, first, size);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_UNCHANGED, NULL);
    CM_CLEANUP(cm_text_done) char *documented = notes_bytes(&n, &size_documented);
    assert_true(size == size_documented && memcmp(first, documented, size) == 0);
    notes_expect_told(&n, "packages.0.sha256", "null");
    notes_expect_told(&n, "packages.0.rewriters.0.outcome", "\"unchanged\"");
    assert_true(json_equal(cm_json_get(n.is.documentation, "input"),
                           cm_json_get(n.is.documentation, "output")));
}

/* Each gets what the one before left; what comes of the last is delivered. */
static void
one_rewriter_behind_the_other(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    notes_add(&n, "{\"title\":\"by: us\"}");
    notes_add(&n, "{\"title\":\"by: us\"}");
    notes_add(&n, "{\"title\":\"a: b\"}");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    expect_entry(&n, "about.txt", "a: b\nby: us\na note\ncommit: " COMMIT "\n");
    notes_expect_told(&n, "packages.0.rewriters.1.outcome", "\"documented\"");
    notes_expect_told(&n, "packages.0.rewriters.2.outcome", "\"unchanged\"");
    notes_expect_told(&n, "packages.0.rewriters.3.spliced",
                      "[{\"entry\":\"about.txt\",\"new\":\"a: b\\n\",\"offset\":0,\"old\":\"\","
                      "\"size\":0}]");
}

static void
what_no_rewriter_is_for(void **state)
{
    size_t size;
    NOTES(n);
    (void)state;
    notes_artifact(&n, "no archive", 10);
    n.origin[1].text = "a.txt";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_NONE, "no rewriter is for a.txt");
    CM_CLEANUP(cm_text_done) char *bytes = notes_bytes(&n, &size);
    assert_true(size == 10 && memcmp(bytes, "no archive", 10) == 0);
    notes_expect_told(&n, "packages", "[]");
    assert_string_equal(cm_json_text(n.is.documentation, "reason_class"), "not-found");
}

/* Where the origin tells no name, the file's own counts. */
static void
a_name_from_elsewhere(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    n.verdict.origin_count = 1;
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
}

/* ---- refused: nothing is written ---- */

static void
refused_by_the_rewriter(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "commit: abc\n");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "about.txt names the commit abc");
    notes_expect_told(&n, "reason_class", "\"denied\"");
    notes_expect_told(&n, "file", "null");
    notes_expect_told(&n, "output", "null");
    notes_artifact(&n, "no archive", 10);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "a.note is no archive");
    assert_int_equal(notes_files(&n), 0);
}

/* The second of two refuses what the first has written: nothing of that is left. */
static void
refused_by_the_second(void **state)
{
    NOTES(n);
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    static const char about[] = "a note\n";
    zip_add(&zip, "about.txt", about, sizeof about - 1, ZIP_STORE);
    zip_add(&zip, "origin/ci.json", "{}", 2, ZIP_STORE);
    notes_zip(&n, &zip);
    n.verdict.attachment_count = 0;
    notes_add(&n, "{\"contradiction\":\"refuse\"}");
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    n.verdict.attachment_count = 1;
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "origin/ci.json is there already");
}

static void
refused_by_the_reader(void **state)
{
    NOTES(n);
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "about.txt", "x", 1, ZIP_STORE);
    zip_add(&zip, "About.txt", "y", 1, ZIP_STORE);
    notes_zip(&n, &zip);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "About.txt");
    notes_expect_told(&n, "reason_class", "\"malformed\"");
}

/* What nobody reads is inflated all the same, unless somebody says that it need not be. */
static void
contents_are_checked(void **state)
{
    NOTES(n);
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "about.txt", "a note\n", 7, ZIP_STORE);
    struct zip_entry *lie = zip_add(&zip, "data.bin", "data", 4, ZIP_STORE);
    lie->local.crc32 = lie->record.crc32 = lie->record.crc32 ^ 1;
    notes_zip(&n, &zip);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "data.bin");
    assert_true(notes_rewrite(&n, true));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
}

/* What only the submission says documents nothing. */
static void
only_what_was_asked_counts(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    NOTES(n);
    CM_CLEANUP(cm_json_done) json_t *origin = NULL;
    CM_CLEANUP(cm_json_done) json_t *attachments = NULL;
    (void)state;
    package(&n, "a note\n");
    assert_true(cm_rewrite_facts(n.evidence, &n.verdict, &origin, &attachments, &err));
    assert_string_equal(cm_json_text(origin, "commit"), COMMIT);
    assert_int_equal(json_object_size(origin), 2);
    assert_int_equal(json_object_size(attachments), 1);
    n.origin[0].of = "submitter";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "the origin names no commit");
    n.origin[0].of = "repository";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
    n.attachment.document = "download";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "of the document 'download' nothing was kept");
}

/* ---- not this artifact, not this verdict ---- */

static void
another_input(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    CM_CLEANUP(cm_json_done) json_t *evidence = json_deep_copy(n.evidence);
    static const char *const others[] = {"b note\n", "commit: abc\n", "commit: " COMMIT "\n"};
    for (size_t i = 0; i < CM_COUNT(others); i++) {
        package(&n, others[i]);
        cm_json_done(&n.evidence);
        n.evidence = json_deep_copy(evidence);
        assert_true(notes_rewrite(&n, false));
        notes_expect(&n, CM_REWRITE_OTHER, "this is not the artifact that the evidence is about");
        assert_int_equal(notes_files(&n), 0);
    }
    notes_artifact(&n, "no archive", 10);
    cm_json_done(&n.evidence);
    n.evidence = json_deep_copy(evidence);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_OTHER, "this is not the artifact");
    n.origin[1].text = "a.txt";
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_OTHER, "this is not the artifact");
}

static void
nothing_without_an_accepted_artifact(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    n.verdict.outcome = CM_UNDECIDED;
    assert_false(notes_rewrite(&n, false));
    assert_int_equal(n.err.class, CM_E_INTERNAL);
    n.verdict.outcome = CM_REJECTED;
    assert_false(notes_rewrite(&n, false));
    n.verdict.outcome = CM_ACCEPTED;
    json_t *download = json_object_get(json_object_get(n.evidence, "documents"), "download");
    assert_int_equal(json_object_set_new(download, "error", json_object()), 0);
    assert_false(notes_rewrite(&n, false));
    assert_string_equal(n.err.text, "rewriting without an accepted artifact");
}

/* That its build system was verified is nothing that a package says of itself. */
static void
nothing_without_an_origin(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    n.verdict.system_only = true;
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_REFUSED, "there is no origin to document");
    n.verdict.system_only = false;
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_DOCUMENTED, NULL);
}

static void
no_place_to_write(void **state)
{
    NOTES(n);
    (void)state;
    package(&n, "a note\n");
    assert_true(snprintf(n.target, sizeof n.target, "%s/none/out", n.folder) > 0);
    assert_true(notes_rewrite(&n, false));
    notes_expect(&n, CM_REWRITE_UNWRITTEN, "/none/out");
}

/* ---- by whom ---- */

static void
rewriters_of_an_evidence(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters found = {.arena = NULL};
    CM_CLEANUP(cm_json_done)
    json_t *evidence = json_pack("{s:{s:{s:s, s:[{s:s, s:{s:s}}], s:[s]}}}", "effective",
                                 "artifact", "slug", "package", "rewriters", "plugin",
                                 "fixture_notes", "options", "title", "a: b", "packages", "*.note");
    NOTES(n);
    (void)state;
    assert_true(cm_rewriters_of(evidence, n.plugins, &found, &err));
    assert_string_equal(found.configuration, "package");
    assert_int_equal(found.count, 1);
    assert_ptr_equal(found.at[0].plugin, n.plugin);
    assert_string_equal(cm_json_text(found.at[0].options, "title"), "a: b");
    assert_string_equal(cm_json_text(found.at[0].options, "contradiction"), "refuse");
    assert_string_equal(found.packages.at[0], "*.note");
    json_t *artifact = cm_json_path(evidence, "effective.artifact");
    json_t *rewriter = json_array_get(json_object_get(artifact, "rewriters"), 0);
    assert_int_equal(json_object_set_new(rewriter, "plugin", json_string("other")), 0);
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters none = {.arena = NULL};
    assert_false(cm_rewriters_of(evidence, n.plugins, &none, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_int_equal(json_object_del(rewriter, "options"), 0);
    assert_false(cm_rewriters_of(evidence, n.plugins, &none, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_int_equal(json_object_set_new(artifact, "packages", json_pack("[i]", 7)), 0);
    assert_false(cm_rewriters_of(evidence, n.plugins, &none, &err));
    assert_non_null(strstr(err.text, "packages by what is no text"));
}

/* By its own word, and each of them. */
static void
what_a_rewriter_is_told_has_to_fit(void **state)
{
    NOTES(n);
    (void)state;
    assert_true(cm_rewriters_check(&n.rewriters, NULL, &n.err));
    notes_add(&n, "{\"title\":\"a: b\"}");
    assert_true(cm_rewriters_check(&n.rewriters, NULL, &n.err));
    notes_add(&n, "{\"title\":\"none\"}");
    assert_false(cm_rewriters_check(&n.rewriters, NULL, &n.err));
    assert_int_equal(n.err.class, CM_E_CONFIG);
    assert_non_null(strstr(n.err.text, "has no colon"));
}

static void
too_many_rewriters(void **state)
{
    NOTES(n);
    (void)state;
    for (int i = 1; i < 32; i++)
        notes_add(&n, "{}");
    assert_false(cm_rewriters_add(&n.rewriters, n.plugin, json_object(), &n.err));
    assert_int_equal(n.err.class, CM_E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_documented),
        cmocka_unit_test(again_it_is_the_same),
        cmocka_unit_test(one_rewriter_behind_the_other),
        cmocka_unit_test(what_no_rewriter_is_for),
        cmocka_unit_test(a_name_from_elsewhere),
        cmocka_unit_test(refused_by_the_rewriter),
        cmocka_unit_test(refused_by_the_second),
        cmocka_unit_test(refused_by_the_reader),
        cmocka_unit_test(contents_are_checked),
        cmocka_unit_test(only_what_was_asked_counts),
        cmocka_unit_test(another_input),
        cmocka_unit_test(nothing_without_an_accepted_artifact),
        cmocka_unit_test(nothing_without_an_origin),
        cmocka_unit_test(no_place_to_write),
        cmocka_unit_test(rewriters_of_an_evidence),
        cmocka_unit_test(what_a_rewriter_is_told_has_to_fit),
        cmocka_unit_test(too_many_rewriters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
