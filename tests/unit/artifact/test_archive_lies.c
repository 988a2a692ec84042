/* SPDX-License-Identifier: Apache-2.0
 *
 * One honest archive, and one lie in it at a time: each is refused, by its class and in words.
 */
#include "artifact/archive.h"

#include "lies.h"

static void
make(struct zip *zip)
{
    zip_add(zip, "good.txt", "GOOD", 4, ZIP_STORE);
    zip_add(zip, "lib/", "", 0, ZIP_STORE);
    zip_add(zip, "lib/a.dll", "abcabcabcabcabcabcabc", 21, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "other.txt", "OTHER", 5, ZIP_DEFLATE);
}

static unsigned
tell_all(const struct lie *lies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
        make(&zip);
        lies[i].tell(&zip);
        CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
        if (cm_archive_open(fd, "the archive", NULL, &archive, &err))
            fail_msg("%s: taken", lies[i].name);
        if (err.class != lies[i].class || !strstr(err.text, lies[i].says) ||
            strncmp(err.text, "the archive: ", 13) != 0)
            fail_msg("%s: %s: %s", lies[i].name, cm_class_name(err.class), err.text);
        assert_null(archive);
    }
    return (unsigned)count;
}

static void
test_lies(void **state)
{
    (void)state;
    unsigned told = tell_all(lies_directory, lies_directory_count) +
                    tell_all(lies_entry, lies_entry_count) + tell_all(lies_name, lies_name_count) +
                    tell_all(lies_place, lies_place_count);
    print_message("%u lies\n", told);
}

/* What the rows begin with is taken; so a row is refused for its lie alone. */
static void
test_honest(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    if (!cm_archive_open(fd, "the archive", NULL, &archive, &err) ||
        !cm_archive_check_contents(archive, &err))
        fail_msg("%s", err.text);
    assert_int_equal(cm_archive_count(archive), 4);
}

/* Where something is wrong is said: the offset, and the entry. */
static void
test_place(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    zip.entries[FOLDER].local.flags = 6;
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    assert_false(cm_archive_open(fd, "the archive", NULL, &archive, &err));
    assert_string_equal(err.text, "the archive: entry \"lib/\" at offset 42: has another set of "
                                  "flags in its local header than in the directory");
}

/* Cut off anywhere, an archive is none. */
static void
test_cut_off(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    zip_write(&zip, &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_archive *archive = NULL;
        CM_CLEANUP(cm_fd_done) int fd = zip_file_of(bytes.at, size);
        if (cm_archive_open(fd, "the archive", NULL, &archive, &err))
            fail_msg("the first %zu bytes are taken", size);
        assert_int_equal(err.class, CM_E_MALFORMED);
    }
}

/* One byte changed at a time: it is refused, or nothing that was checked has changed. What may
 * change: who made it, whether it is text, attributes that say no kind, comments. */
static void
test_each_byte(void **state)
{
    (void)state;
    unsigned taken = 0;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    zip_write(&zip, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        bytes.at[i] = (char)(bytes.at[i] ^ 0x21);
        CM_CLEANUP(cm_fd_done) int fd = zip_file_of(bytes.at, bytes.size);
        if (cm_archive_open(fd, "the archive", NULL, &archive, &err) &&
            cm_archive_check_contents(archive, &err)) {
            taken++;
            assert_int_equal(cm_archive_count(archive), 4);
        }
        bytes.at[i] = (char)(bytes.at[i] ^ 0x21);
    }
    /* Of each record: 2 bytes who made it, 2 internal, and 4 of attributes but for the one that
     * makes a device of it. */
    assert_int_equal(taken, 4 * (2 + 2 + 3));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),      cmocka_unit_test(test_honest),
        cmocka_unit_test(test_place),     cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
