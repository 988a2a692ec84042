/* SPDX-License-Identifier: Apache-2.0
 *
 * Edits that cannot be: names, sizes, numbers.
 */
#include "edited.h"

#include "base/digest.h"
#include "base/text.h"

static void
check_refused(bool done, const struct cm_err *err, enum cm_class class, const char *says)
{
    if (done || err->class != class || !strstr(err->text, says) ||
        !strstr(err->text, "the archive: "))
        fail_msg("not \"%s\" but %s: %s", says, cm_class_name(err->class), err->text);
}

static void
test_refused(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written;
    char hex[CM_SHA512_HEX] = "untouched";
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    check_refused(cm_edits_replace(edits, 5, "", 0, &err), &err, CM_E_NOT_FOUND, "no entry 5");
    check_refused(cm_edits_replace_from(edits, 5, fd, &err), &err, CM_E_NOT_FOUND, "no entry 5");
    check_refused(cm_edits_remove(edits, 5, &err), &err, CM_E_NOT_FOUND, "no entry 5");
    check_refused(cm_edits_replace(edits, 1, "x", 1, &err), &err, CM_E_MALFORMED,
                  "a folder has no content");
    check_refused(cm_edits_replace_from(edits, 1, fd, &err), &err, CM_E_MALFORMED,
                  "a folder has no content");
    check_refused(cm_edits_replace_from(edits, 0, -1, &err), &err, CM_E_INTERNAL, "reading it");
    check_refused(cm_edits_add(edits, "new/", "x", 1, true, &err), &err, CM_E_MALFORMED,
                  "a folder has no content");
    check_refused(cm_edits_add(edits, "FIRST.txt", "x", 1, true, &err), &err, CM_E_MALFORMED,
                  "for the same");
    check_refused(cm_edits_add(edits, "../x", "x", 1, true, &err), &err, CM_E_MALFORMED,
                  "leads out of its folder");
    assert_false(cm_edits_any(edits));
    assert_true(cm_edits_remove(edits, 0, &err)); /* which makes no room for its name */
    check_refused(cm_edits_add(edits, "first.txt", "x", 1, true, &err), &err, CM_E_MALFORMED,
                  "another entry of that name");
    assert_false(cm_edits_digest(edits, "md5", hex, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
    assert_string_equal(hex, "untouched");
    check_refused(cm_edits_write(edits, -1, &no_digests, &written, &err), &err, CM_E_INTERNAL,
                  "writing its successor");
}

static void
test_beside(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    static const char *const good[] = {"a", "b/c", "d/", "d/e", "b/", "f/g/h", "a1"};
    for (size_t i = 0; i < CM_COUNT(good); i++)
        assert_true(cm_edits_add(edits, good[i], "", 0, true, &err));
    static const struct {
        const char *name, *says;
    } bad[] = {
        {"a", "\"a\" for the same"},
        {"A", "\"a\" for the same"},
        {"a/", "\"a\" for the same"},
        {"%61", "\"a\" for the same"},
        {"D", "\"d/\" for the same"},
        {"a/b", "it and \"a\" are a file"},
        {"b", "it and \"b/c\" are a file"},
        {"f", "it and \"f/g/h\" are a file"},
        {"F/G", "it and \"f/g/h\" are a file"},
        {"b/c/d/e", "it and \"b/c\" are a file"},
    };
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        check_refused(cm_edits_add(edits, bad[i].name, "", 0, true, &err), &err, CM_E_MALFORMED,
                      bad[i].says);
}

/* The same limits as when it was opened: no archive is written that could not be opened again. */
static void
test_limits(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    size_t size = 2 << 20;
    char *zeros = calloc(1, size);
    assert_non_null(zeros);
    struct cm_archive_limits limits = {.entries = 6, .name = 100, .ratio = 100, .inflated = 200};
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip); /* holds 5 + 47 + 47 + 4 = 103 */
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, &limits);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    check_refused(cm_edits_replace(edits, 0, zeros, 103, &err), &err, CM_E_LIMIT,
                  "hold more than 200 bytes");
    assert_true(cm_edits_replace(edits, 0, zeros, 102, &err));
    assert_true(cm_edits_add(edits, "one", "", 0, true, &err));
    check_refused(cm_edits_add(edits, "two", "", 0, true, &err), &err, CM_E_LIMIT,
                  "would have 7 entries");
    assert_true(cm_edits_remove(edits, 0, &err));
    assert_true(cm_edits_add(edits, "two", zeros, 102, true, &err));
    check_refused(cm_edits_replace(edits, 0, "", 0, &err), &err, CM_E_LIMIT,
                  "would have 7 entries");
    assert_true(cm_edits_remove(edits, 1, &err));
    check_refused(cm_edits_add(edits, "three", "x", 1, true, &err), &err, CM_E_LIMIT,
                  "hold more than 200 bytes");

    limits.inflated = UINT64_MAX;
    limits.entries = UINT32_MAX;
    CM_CLEANUP(cm_archive_done) struct cm_archive *wide = open_fd(fd, &limits);
    CM_CLEANUP(cm_edits_done) struct cm_edits *others = cm_edits_new(wide);
    check_refused(cm_edits_replace(others, 2, zeros, size, &err), &err, CM_E_LIMIT,
                  "packed 1:100 or more");
    assert_true(cm_edits_replace(others, 2, zeros, 1 << 20, &err));
    assert_true(cm_edits_replace(others, 0, zeros, size, &err));
    free(zeros);
}

/* Where no private file can be made, none is written elsewhere. */
static void
test_no_private_file(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    const char *before = getenv("TMPDIR");
    CM_CLEANUP(cm_text_done) char *kept = before ? strdup(before) : NULL;
    assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    bool done = cm_edits_replace_from(edits, 0, fd, &err);
    assert_int_equal(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    check_refused(done, &err, CM_E_TRANSIENT, "set TMPDIR");
    assert_false(cm_edits_any(edits));
}

/* A content that others would find an end record in, and so another archive. */
static void
test_two_ends(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written;
    static const char end[] = "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_fd_done) int out = zip_file_of("", 0);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    assert_true(cm_edits_replace(edits, 0, end, sizeof end, &err));
    check_refused(cm_edits_write(edits, out, &no_digests, &written, &err), &err, CM_E_MALFORMED,
                  "what was written: two end records");
    assert_true(cm_edits_remove(edits, 0, &err));
    CM_CLEANUP(cm_fd_done) int used = zip_file(&zip); /* longer than what is written over it */
    check_refused(cm_edits_write(edits, used, &no_digests, &written, &err), &err, CM_E_MALFORMED,
                  "what was written: ");
}

/* 65,533, whatever it was opened with. */
static void
test_entries(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written;
    struct cm_archive_limits limits = cm_archive_usual;
    limits.entries = UINT32_MAX;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(MOST);
    zip_put_many(&bytes, 65532);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(bytes.at, bytes.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, &limits);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    assert_true(cm_edits_add(edits, "one", "", 0, true, &err));
    check_refused(cm_edits_add(edits, "two", "", 0, true, &err), &err, CM_E_LIMIT,
                  "would have 65534 entries");
    assert_true(cm_edits_remove(edits, 0, &err));
    assert_true(cm_edits_remove(edits, 65531, &err));
    assert_true(cm_edits_replace(edits, 30000, "y", 1, &err));
    assert_true(cm_edits_add(edits, "two", "", 0, true, &err));
    write_edits(edits, &all_digests, &after, &written);
    CM_CLEANUP(cm_fd_done) int reopened = zip_file_of(after.at, after.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = open_fd(reopened, NULL);
    assert_int_equal(cm_archive_count(strict), 65532);
    assert_true(cm_archive_check_contents(strict, &err));
}

static void
test_names_longer_than_zip_can_say(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive_limits limits = cm_archive_usual;
    limits.name = UINT32_MAX;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, &limits);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    char *name = malloc(65537);
    assert_non_null(name);
    memset(name, 'a', 65536);
    name[65536] = '\0';
    check_refused(cm_edits_add(edits, name, "", 0, true, &err), &err, CM_E_LIMIT,
                  "longer than 65535 bytes");
    assert_true(cm_edits_add(edits, name + 1, "", 0, true, &err));
    free(name);
}

static void
test_many_additions(void **state)
{
    (void)state;
    char name[16];
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    for (unsigned i = 0; i <= 1024; i++) {
        (void)snprintf(name, sizeof name, "n%u", i);
        bool done = cm_edits_add(edits, name, name, strlen(name), false, &err);
        if (i == 1024)
            check_refused(done, &err, CM_E_LIMIT, "more than 1024 entries added");
        else
            assert_true(done);
    }
    write_edits(edits, &all_digests, &after, &written);
    CM_CLEANUP(cm_fd_done) int reopened = zip_file_of(after.at, after.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = open_fd(reopened, NULL);
    assert_int_equal(cm_archive_count(strict), 1024);
    assert_true(cm_archive_check_contents(strict, &err));
}

/* An archive of nearly 4 GiB, all of it a hole. */
static void
test_4_gib(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf head = CM_BUF_INIT(1000), tail = CM_BUF_INIT(1000);
    struct zip_entry *entry = zip_add(&zip, "hole", "", 0, ZIP_STORE);
    uint32_t hole = UINT32_MAX - (30 + 4) - (46 + 4) - 22 - 200; /* leaves 200 bytes */
    entry->local.packed = entry->record.packed = entry->local.size = entry->record.size = hole;
    zip_put_local(&head, &entry->local);
    zip_put_record(&tail, &entry->record, 0);
    zip_put_end(&tail, &zip, 1, 34 + (uint64_t)hole, 50);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(head.at, head.size);
    assert_int_equal(pwrite(fd, tail.at, tail.size, 34 + (off_t)hole), tail.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    static char bytes[200];
    check_refused(cm_edits_add(edits, "a", bytes, 200 - 30 - 46 - 2 + 1, true, &err), &err,
                  CM_E_LIMIT, "beyond 4 GiB");
    assert_true(cm_edits_add(edits, "a", bytes, 200 - 30 - 46 - 2, true, &err));
    check_refused(cm_edits_add(edits, "b", "", 0, true, &err), &err, CM_E_LIMIT, "beyond 4 GiB");
    assert_true(cm_edits_replace(edits, 0, "", 0, &err));
    assert_true(cm_edits_add(edits, "b", "", 0, true, &err));
    cm_buf_done(&tail);
}

/* And a file of more than 4 GiB is no content, whether it is packed or not. */
static void
test_content_of_4_gib(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    char byte = 0;
    check_refused(cm_edits_replace(edits, 0, &byte, UINT32_MAX, &err), &err, CM_E_LIMIT,
                  "4 GiB or more for one entry");
    check_refused(cm_edits_replace(edits, 2, &byte, UINT32_MAX, &err), &err, CM_E_LIMIT,
                  "4 GiB or more for one entry");
    check_refused(cm_edits_replace(edits, 0, &byte, SIZE_MAX, &err), &err, CM_E_LIMIT,
                  "4 GiB or more for one entry");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_private_file),
        cmocka_unit_test(test_two_ends),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_names_longer_than_zip_can_say),
        cmocka_unit_test(test_many_additions),
        cmocka_unit_test(test_4_gib),
        cmocka_unit_test(test_content_of_4_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
