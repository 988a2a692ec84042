/* SPDX-License-Identifier: Apache-2.0
 *
 * What entries hold: read whole, within limits, and refused where it is not what the directory
 * says.
 */
#include "opened.h"

#include "base/digest.h"

#include <fcntl.h>

/* Larger than a window: contents, and what is between them, also backwards. */
static void
test_large(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    size_t size = 3 << 20;
    char *bytes = malloc(size), *extra = calloc(1, 60000), *comment = calloc(1, 60000);
    assert_true(bytes && extra && comment && cm_random(bytes, size / 2));
    memset(bytes + size / 2, 'x', size - size / 2);
    memset(comment, 'c', 60000);
    memcpy(extra, "\x99\x99\x5c\xea", 4); /* 59,996 bytes of nobody's */
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    for (size_t i = 0; i < 8; i++) {
        static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
        struct zip_entry *entry =
            zip_add(&zip, names[i], bytes, size, i % 2 ? ZIP_STORE : ZIP_DEFLATE | ZIP_DESCRIBED);
        entry->local.extra = entry->record.extra = (struct zip_piece){extra, 60000};
        entry->record.comment = (struct zip_piece){comment, 60000};
    }
    zip.comment = (struct zip_piece){comment, 60000};
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    if (!cm_archive_check_contents(archive, &err))
        fail_msg("%s", err.text);
    check_content(archive, "h", bytes, size);
    check_content(archive, "a", bytes, size);
    check_content(archive, "d", bytes, size);
    free(bytes);
    free(extra);
    free(comment);
}

static void
test_read_limits(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "a", "0123456789", 10, ZIP_DEFLATE);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(13);
    cm_buf_puts(&to, "abc");
    assert_true(cm_archive_read(archive, 0, &to, &err));
    assert_string_equal(cm_buf_text(&to), "abc0123456789"); /* appended */
    cm_buf_cut(&to, 4);
    assert_false(cm_archive_read(archive, 0, &to, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_non_null(strstr(err.text, "holds 10 bytes; 9 are the limit"));
    assert_string_equal(cm_buf_text(&to), "abc0");
    assert_false(cm_archive_read(archive, 1, &to, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);

    CM_CLEANUP(cm_buf_done) struct cm_buf back = CM_BUF_INIT(100);
    CM_CLEANUP(cm_fd_done) int out = zip_file_of("head", 4);
    assert_false(cm_archive_unpack(archive, 0, out, 9, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_false(cm_archive_unpack(archive, 1, out, 9, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_true(cm_archive_unpack(archive, 0, out, 10, &err));
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
    assert_true(cm_fd_read_all(out, "it", &back, &err));
    assert_string_equal(cm_buf_text(&back), "head0123456789"); /* from where it stood */

    CM_CLEANUP(cm_fd_done) int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_false(cm_archive_unpack(archive, 0, read_only, 10, &err));
}

#define CONTENT "abcabcabcabcabcabcabcabcabcabc"

static void
honest(struct zip_entry *entry)
{
    (void)entry;
}

static void
wrong_crc(struct zip_entry *entry)
{
    entry->local.crc32 = ++entry->record.crc32;
}

static void
more_than_said(struct zip_entry *entry)
{
    entry->local.size = --entry->record.size;
}

static void
much_more_than_said(struct zip_entry *entry)
{
    entry->local.size = entry->record.size = 0;
}

static void
less_than_said(struct zip_entry *entry)
{
    entry->local.size = ++entry->record.size;
}

/* Bytes behind the end of the stream: a second content for some. */
static void
garbage_behind(struct zip_entry *entry)
{
    char *longer = realloc(entry->owned[0], entry->content.size + 1);
    assert_non_null(longer);
    longer[entry->content.size] = '\0';
    entry->owned[0] = longer;
    entry->content = (struct zip_piece){longer, entry->content.size + 1};
    entry->local.packed = ++entry->record.packed;
}

static void
end_missing(struct zip_entry *entry)
{
    entry->content.size--;
    entry->local.packed = --entry->record.packed;
}

static void
packed_to_nothing(struct zip_entry *entry)
{
    entry->content.size = 0;
    entry->local.packed = entry->record.packed = 0;
    entry->local.size = entry->record.size = 0;
    entry->local.crc32 = entry->record.crc32 = 0;
}

static void
no_deflate(struct zip_entry *entry)
{
    ((unsigned char *)entry->owned[0])[0] = 0xff; /* a block of a kind that there is not */
}

static void
wrong_byte(struct zip_entry *entry)
{
    ((unsigned char *)entry->owned[0])[2] ^= 8;
}

static const struct content_row {
    const char *name;
    void (*lie)(struct zip_entry *entry);
    const char *says;
} content_rows[] = {
    {"honest", honest, NULL},
    {"CRC", wrong_crc, "holds something else than its CRC is of"},
    {"more", more_than_said, "holds more bytes than the directory says"},
    {"much more", much_more_than_said, "holds more bytes than the directory says"},
    {"less", less_than_said, "holds 30 bytes, 31 by the directory"},
    {"garbage behind", garbage_behind, "bytes behind the end of its packed content"},
    {"end missing", end_missing, "ends in the middle of its packed content"},
    {"nothing", packed_to_nothing, "ends in the middle of its packed content"},
    {"no deflate", no_deflate, "is not what deflate writes"},
    {"wrong byte", wrong_byte, ""},
};

/* Each way to read says the same, and nothing is given out. */
static void
test_contents(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(content_rows); i++) {
        const struct content_row *row = &content_rows[i];
        CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
        zip_add(&zip, "before", "1", 1, ZIP_STORE);
        row->lie(zip_add(&zip, "it", CONTENT, sizeof CONTENT - 1, ZIP_DEFLATE));
        zip_add(&zip, "behind", "3", 1, ZIP_STORE);
        CM_CLEANUP(cm_fd_done) int fd = -1;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
        CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(100);
        CM_CLEANUP(cm_fd_done) int out = zip_file_of("", 0);
        cm_buf_puts(&to, "untouched");
        for (int way = 0; way < 3; way++) {
            struct cm_err err = CM_ERR_INIT;
            bool done = way == 0   ? cm_archive_read(archive, 1, &to, &err)
                        : way == 1 ? cm_archive_unpack(archive, 1, out, 100, &err)
                                   : cm_archive_check_contents(archive, &err);
            if (done != !row->says)
                fail_msg("%s, way %d: %s", row->name, way, done ? "taken" : err.text);
            if (!done && (err.class != CM_E_MALFORMED || !strstr(err.text, row->says) ||
                          !strstr(err.text, "entry \"it\" at offset 37")))
                fail_msg("%s, way %d: %s", row->name, way, err.text);
        }
        assert_string_equal(cm_buf_text(&to), row->says ? "untouched" : "untouched" CONTENT);
    }
}

/* A stored content has a CRC, too; and its end is where the output is full. */
static void
test_stored(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    static char zeros[64 * 1024];
    wrong_crc(zip_add(&zip, "wrong", "1", 1, ZIP_STORE));
    zip_add(&zip, "full", zeros, sizeof zeros, ZIP_DEFLATE); /* as large as one piece */
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    assert_false(cm_archive_read(archive, 0, &to, &err));
    assert_non_null(strstr(err.text, "something else than its CRC is of"));
    check_content(archive, "full", zeros, sizeof zeros);
}

/* Input and output of inflate are at an end at once, in the middle of a content: what is read in
 * one go (1 KiB, then 256 more) ends with the first byte of a second block, which is the 65,536th.
 */
static void
test_both_at_an_end(void **state)
{
    (void)state;
    enum { FIRST = 65535, SECOND = 100, WINDOW = 257 * 1024, HEAD = 30 + 1 };
    static char packed[5 + FIRST + 5 + SECOND], content[FIRST + SECOND];
    static char filler[WINDOW - 2 * HEAD - (5 + FIRST + 5 + 1)];
    memset(content, 'x', sizeof content);
    memcpy(packed, "\0\xff\xff\0\0", 5);
    memcpy(packed + 5, content, FIRST);
    memcpy(packed + 5 + FIRST, "\1\x64\0\x9b\xff", 5);
    memcpy(packed + 5 + FIRST + 5, content, SECOND);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "1", filler, sizeof filler, ZIP_STORE);
    struct zip_entry *entry = zip_add(&zip, "2", content, sizeof content, ZIP_STORE);
    entry->content = (struct zip_piece){packed, sizeof packed};
    entry->local.method = entry->record.method = 8;
    entry->local.packed = entry->record.packed = sizeof packed;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    struct cm_err err = CM_ERR_INIT;
    if (!cm_archive_check_contents(archive, &err))
        fail_msg("%s", err.text);
}

/* Written to between two readings, or cut off. */
static void
test_changed(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(2 << 20);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    char *bytes = calloc(1, 1 << 20);
    assert_non_null(bytes);
    /* Both contents have the same CRC; but what was given out once is remembered. */
    zip_add(&zip, "a", "GOODGOOD", 8, ZIP_STORE);
    zip_add(&zip, "large", bytes, 1 << 20, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_fd_done) int fd_null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    assert_true(cm_archive_read(archive, 0, &to, &err));
    assert_true(cm_archive_read(archive, 0, &to, &err));
    assert_int_equal(pwrite(fd, "EVIL\x87\x30\x30\xa5", 8, 31), 8);
    assert_true(cm_archive_unpack(archive, 1, fd_null, 2 << 20, &err)); /* the window moves on */
    assert_false(cm_archive_read(archive, 0, &to, &err));
    assert_non_null(strstr(err.text, "it has changed while it was read"));
    assert_int_equal(to.size, 16);
    assert_int_equal(ftruncate(fd, 1 << 19), 0);
    assert_false(cm_archive_read(archive, 1, &to, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_non_null(strstr(err.text, "become shorter"));
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large),          cmocka_unit_test(test_read_limits),
        cmocka_unit_test(test_contents),       cmocka_unit_test(test_stored),
        cmocka_unit_test(test_both_at_an_end), cmocka_unit_test(test_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
