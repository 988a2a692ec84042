/* SPDX-License-Identifier: Apache-2.0
 *
 * Honest archives: what is in them, and how it is found. Limits.
 */
#include "opened.h"

#include <sys/stat.h>

static void
test_entries(void **state)
{
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "a/b.txt", "hello hello hello", 17, ZIP_DEFLATE);
    zip_add(&zip, "a/", "", 0, ZIP_STORE);
    zip_add(&zip, "\xc3\xa4+b%41 [1].txt", "wool", 4, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    assert_int_equal(cm_archive_count(archive), 3);
    assert_null(cm_archive_entry(archive, 3));

    const struct cm_archive_entry *entry = cm_archive_entry(archive, 0);
    uint32_t packed = (uint32_t)zip.entries[0].content.size;
    assert_string_equal(entry->name, "a/b.txt");
    assert_int_equal(entry->name_size, 7);
    assert_int_equal(entry->crc32, crc32_z(0, (const unsigned char *)"hello hello hello", 17));
    assert_int_equal(entry->packed, packed);
    assert_int_equal(entry->size, 17);
    assert_int_equal(entry->at, 0);
    assert_int_equal(entry->content, 37);
    assert_int_equal(entry->span, 37 + packed);
    assert_int_equal(entry->method, 8);
    assert_int_equal(entry->flags, 0);
    assert_int_equal(entry->needed, 20);
    assert_int_equal(entry->modified, 0x54626000);
    assert_false(entry->is_folder);

    entry = cm_archive_entry(archive, 1);
    assert_true(entry->is_folder);
    assert_int_equal(entry->at, 37 + packed);
    assert_int_equal(entry->span, 32);
    entry = cm_archive_entry(archive, 2);
    assert_string_equal(entry->name, "\xc3\xa4+b%41 [1].txt");
    assert_int_equal(entry->flags, 0x800);
    assert_int_equal(entry->record - cm_archive_entry(archive, 0)->record, 46 + 7 + 46 + 2);

    check_content(archive, "a/b.txt", "hello hello hello", 17);
    check_content(archive, "a/", "", 0);
    check_content(archive, "\xc3\xa4+b%41 [1].txt", "wool", 4);
}

static void
test_find(void **state)
{
    (void)state;
    uint32_t entry = 99;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "Lib/A.dll", "1", 1, ZIP_STORE);
    zip_add(&zip, "other/", "", 0, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    assert_true(cm_archive_find(archive, "other/", &entry));
    assert_int_equal(entry, 1);
    assert_true(cm_archive_find(archive, "Lib/A.dll", &entry));
    assert_int_equal(entry, 0);
    static const char *const none[] = {"lib/a.dll", "Lib/A.dll/", "other", "Lib", "", "nothing"};
    for (size_t i = 0; i < CM_COUNT(none); i++)
        assert_false(cm_archive_find(archive, none[i], &entry));
    static const char *const alike[] = {"Lib/A.dll",   "lib/a.dll",   "lib\\A.dll",
                                        "lib/a%2Edll", "lib /a.dll.", "LIB/A.DLL/"};
    for (size_t i = 0; i < CM_COUNT(alike); i++) {
        entry = 99;
        if (!cm_archive_find_alike(archive, alike[i], &entry) || entry != 0)
            fail_msg("nothing is like %s", alike[i]);
    }
    assert_true(cm_archive_find_alike(archive, "OTHER", &entry));
    assert_int_equal(entry, 1);
    entry = 99;
    static const char *const unlike[] = {"", "./Lib/A.dll", "/Lib/A.dll", "Lib", "lib/b.dll", ".."};
    for (size_t i = 0; i < CM_COUNT(unlike); i++)
        assert_false(cm_archive_find_alike(archive, unlike[i], &entry));
    assert_int_equal(entry, 99);
}

static void
test_may_add(void **state)
{
    (void)state;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "lib/net45/a.dll", "1", 1, ZIP_STORE);
    zip_add(&zip, "empty/", "", 0, ZIP_STORE);
    zip_add(&zip, "file", "2", 1, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    static const char *const good[] = {
        "a",     "lib/net45/b.dll",  "lib/",       "LIB/net45/", "empty/x",
        "files", "lib/net45/a.dll2", "lib/net45/a"};
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (!cm_archive_may_add(archive, good[i], &err))
            fail_msg("%s", err.text);
    }
    static char long_name[262];
    memset(long_name, 'a', sizeof long_name - 1);
    const struct {
        const char *name, *says;
        enum cm_class class;
    } bad[] = {
        {"file", "another entry of that name", CM_E_MALFORMED},
        {"FILE", "\"file\" for the same", CM_E_MALFORMED},
        {"empty", "\"empty/\" for the same", CM_E_MALFORMED},
        {"file/x", "it lies in \"file\", which is a file", CM_E_MALFORMED},
        {"lib/net45/A.dll/x/y", "which is a file", CM_E_MALFORMED},
        {"lib", "it is a folder to \"lib/net45/a.dll\"", CM_E_MALFORMED},
        {"Lib\\Net45", "it is a folder to \"lib/net45/a.dll\"", CM_E_MALFORMED},
        {"../x", "no entry \"../x\" can be added: its name leads out", CM_E_MALFORMED},
        {"", "is empty", CM_E_MALFORMED},
        {long_name, "longer than 260 bytes", CM_E_LIMIT},
    };
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_archive_may_add(archive, bad[i].name, &err))
            fail_msg("%s may be added", bad[i].name);
        if (err.class != bad[i].class || !strstr(err.text, bad[i].says))
            fail_msg("%s: %s", cm_class_name(err.class), err.text);
    }
}

/* ---- what others write, and all readers understand ---- */

static void
times(struct zip *zip)
{
    zip->entries[0].local.extra =
        ZIP_TEXT("UT\x09\0\3\0\0\0\1\0\0\0\1ux\x0b\0\1\4\0\0\0\0\4\0\0\0\0");
    zip->entries[0].record.extra = ZIP_TEXT("UT\5\0\3\0\0\0\1");
}

static void
comments(struct zip *zip)
{
    zip->entries[0].record.comment = ZIP_TEXT("two lines\r\n\tof \xc3\xa4");
    zip->entries[0].record.extra = ZIP_TEXT("uc\7\0\1\0\0\0\0hi"); /* a comment in UTF-8 */
    zip->comment = ZIP_TEXT("PK\3\4, PK\1\2, PK\6");
}

static void
modes_of_unix(struct zip *zip)
{
    zip->entries[0].record.made_by = 3 << 8 | 30;
    zip->entries[0].record.attributes = (uint32_t)(S_IFREG | 0644) << 16;
    zip->entries[1].record.made_by = 3 << 8 | 30;
    zip->entries[1].record.attributes = (uint32_t)(S_IFDIR | 0755) << 16 | 0x10;
}

static void
modes_without_kind(struct zip *zip)
{
    zip->entries[0].record.attributes = 0600u << 16;
    zip->entries[1].record.attributes = 0700u << 16;
}

static void
attributes_of_windows(struct zip *zip)
{
    zip->entries[0].record.attributes = 0x27; /* all that are none of ours */
    zip->entries[1].record.attributes = 0x10;
}

static void
other_order(struct zip *zip)
{
    struct zip_entry first = zip->entries[0];
    zip_add(zip, "third", "3", 1, ZIP_STORE);
    /* The records change places, the local entries do not. */
    zip->entries[0].record = zip->entries[2].record;
    zip->entries[2].record = first.record;
    zip->entries[0].record.at = (int64_t)(30 + 5 + first.content.size + 30 + 7);
    zip->entries[2].record.at = 0;
}

static void
described(struct zip *zip)
{
    zip_add(zip, "c", "cccccccc", 8, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "d", "dddddddd", 8, ZIP_DEFLATE | ZIP_DESCRIBED_BARE);
    zip_add(zip, "e", "", 0, ZIP_DEFLATE | ZIP_DESCRIBED_BARE);
    zip_add(zip, "f/", "", 0, ZIP_DEFLATE | ZIP_DESCRIBED); /* as Java writes folders */
}

/* Some writers leave in the header what they knew. */
static void
described_twice(struct zip *zip)
{
    struct zip_entry *entry = zip_add(zip, "c", "cccccccc", 8, ZIP_DEFLATE | ZIP_DESCRIBED);
    entry->local.crc32 = entry->record.crc32;
    entry->local.size = entry->record.size;
}

static void
flags_of_effort(struct zip *zip)
{
    zip->entries[0].local.flags = zip->entries[0].record.flags = 0x806;
}

static void
older_version(struct zip *zip)
{
    zip->entries[0].local.needed = zip->entries[0].record.needed = 10;
}

static void
owner_of_unix(struct zip *zip)
{
    zip->entries[0].record.extra = ZIP_TEXT("\x0d\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0\0");
}

/* An archive that is stored in it, near its end, is no second end of it. */
static void
nested(struct zip *zip)
{
    static char bytes[400];
    struct cm_buf inner = CM_BUF_INIT(sizeof bytes);
    CM_CLEANUP(zip_done) struct zip in = ZIP_INIT;
    zip_add(&in, "a", "1", 1, ZIP_STORE);
    zip_add(&in, "b", "2", 1, ZIP_STORE);
    zip_write(&in, &inner);
    size_t size = inner.size;
    memcpy(bytes, inner.at, size);
    cm_buf_done(&inner);
    zip_add(zip, "inner.zip", bytes, size, ZIP_STORE);
}

static void
end_marks_in_a_content(struct zip *zip)
{
    zip_add(zip, "marks", "PK\5\6PK\5\6PK\6\7PK\1\2PK\3\4PK\7\x8", 24, ZIP_STORE);
}

/* With a mark in front of it, a CRC that looks like one is clear. */
static void
crc_like_a_mark(struct zip *zip)
{
    struct zip_entry *entry = zip_add(zip, "c",
                                      "GOOD"
                                      "\x8a\xa9\x6b\x8f",
                                      8, ZIP_DEFLATE | ZIP_DESCRIBED);
    assert_int_equal(entry->record.crc32, 0x08074b50);
}

/* No end record: its directory would be behind it. */
static void
end_of_nothing_in_a_content(struct zip *zip)
{
    zip_add(zip, "end", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\x7f\0\0", 22, ZIP_STORE);
}

static void
test_harmless(void **state)
{
    (void)state;
    static void (*const rows[])(struct zip *) = {
        times,
        comments,
        modes_of_unix,
        modes_without_kind,
        attributes_of_windows,
        other_order,
        described,
        described_twice,
        flags_of_effort,
        older_version,
        owner_of_unix,
        nested,
        end_marks_in_a_content,
        end_of_nothing_in_a_content,
        crc_like_a_mark,
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
        zip_add(&zip, "first", "hello hello hello", 17, ZIP_DEFLATE);
        zip_add(&zip, "folder/", "", 0, ZIP_STORE);
        rows[i](&zip);
        CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
        if (!cm_archive_open(fd, "the archive", NULL, &archive, &err) ||
            !cm_archive_check_contents(archive, &err))
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(cm_archive_count(archive), zip.count);
        check_content(archive, "first", "hello hello hello", 17);
    }
}

static void
test_empty(void **state)
{
    (void)state;
    uint32_t entry = 0;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip.comment = ZIP_TEXT("nothing");
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_zip(&zip, &fd);
    assert_int_equal(cm_archive_count(archive), 0);
    assert_null(cm_archive_entry(archive, 0));
    assert_false(cm_archive_find(archive, "a", &entry));
    assert_true(cm_archive_may_add(archive, "a", &err));
    assert_true(cm_archive_check_contents(archive, &err));
    zip.front = ZIP_TEXT("x");
    struct cm_archive *other = NULL;
    CM_CLEANUP(cm_fd_done) int prefixed = zip_file(&zip);
    assert_false(cm_archive_open(prefixed, "it", NULL, &other, &err));
    assert_non_null(strstr(err.text, "1 bytes in front of the first entry"));
}

static void
test_looks_like_one(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool does;
    } rows[] = {{"PK\3\4", 4, true},  {"PK\5\6...", 7, true}, {"PK\3", 3, false},  {"", 0, false},
                {"PK\1\2", 4, false}, {"xPK\3\4", 5, false},  {"MZ\3\4", 4, false}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_fd_done) int fd = zip_file_of(rows[i].bytes, rows[i].size);
        assert_int_equal(cm_archive_looks_like_one(fd), rows[i].does);
    }
    assert_false(cm_archive_looks_like_one(-1));
}

/* Only a directory could begin in front of 4 GiB and end behind. */
static void
test_more_than_4_gib(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf end = CM_BUF_INIT(100);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_put_end(&end, &zip, 1, 0xfffff000, 0x2000);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of("PK\3\4", 4);
    assert_int_equal(pwrite(fd, end.at, end.size, INT64_C(0x100001000)), end.size);
    assert_false(cm_archive_open(fd, "it", NULL, &archive, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_non_null(strstr(err.text, "it: larger than 4 GiB"));
}

static void
test_no_file(void **state)
{
    (void)state;
    int pipes[2];
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    assert_int_equal(pipe(pipes), 0);
    assert_false(cm_archive_open(pipes[0], "a pipe", NULL, &archive, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_non_null(strstr(err.text, "a pipe: not a regular file"));
    (void)close(pipes[0]);
    (void)close(pipes[1]);
    assert_false(cm_archive_open(-1, "nothing", NULL, &archive, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
}

/* ---- limits ---- */

static void
check_limit(const struct zip *zip, const struct cm_archive_limits *limits, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_fd_done) int fd = zip_file(zip);
    bool done = cm_archive_open(fd, "the archive", limits, &archive, &err);
    if (!says && !done)
        fail_msg("%s", err.text);
    if (says && (done || err.class != CM_E_LIMIT || !strstr(err.text, says)))
        fail_msg("not \"%s\", but %s", says, done ? "taken" : err.text);
}

static void
test_limits(void **state)
{
    (void)state;
    struct cm_archive_limits limits = cm_archive_usual;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    char *zeros = calloc(1, 2 << 20);
    assert_non_null(zeros);
    zip_add(&zip, "name", "0123456789", 10, ZIP_STORE);
    zip_add(&zip, "zeros", zeros, 1 << 20, ZIP_DEFLATE);
    zip.entries[1].record.at = ZIP_HONEST;
    check_limit(&zip, NULL, NULL); /* up to 1 MiB, no ratio is too high */

    limits.entries = 2;
    check_limit(&zip, &limits, NULL);
    limits.entries = 1;
    check_limit(&zip, &limits, "2 entries; 1 are the limit");
    limits = cm_archive_usual;
    limits.name = 5;
    check_limit(&zip, &limits, NULL);
    limits.name = 4;
    check_limit(&zip, &limits, "name of 5 bytes; 4 are the limit");
    limits = cm_archive_usual;
    limits.inflated = (1 << 20) + 10;
    check_limit(&zip, &limits, NULL);
    limits.inflated--;
    check_limit(&zip, &limits, "more than 1048585 bytes");

    limits = cm_archive_usual;
    zip_add(&zip, "more", zeros, 2 << 20, ZIP_DEFLATE);
    limits.ratio = 10;
    check_limit(&zip, &limits, "1:10 is the limit");
    limits.ratio = 2000;
    check_limit(&zip, &limits, NULL);
    free(zeros);
}

/* As many entries as there may be, and one more; each is found. */
static void
test_many(void **state)
{
    (void)state;
    uint32_t entry = 0;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    zip_put_many(&bytes, 65533);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(bytes.at, bytes.size);
    if (!cm_archive_open(fd, "many", NULL, &archive, &err) ||
        !cm_archive_check_contents(archive, &err))
        fail_msg("%s", err.text);
    assert_int_equal(cm_archive_count(archive), 65533);
    for (uint32_t i = 0; i < 65533; i += 1000) {
        assert_true(cm_archive_find_alike(archive, cm_archive_entry(archive, i)->name, &entry));
        assert_int_equal(entry, i);
    }
    cm_buf_clear(&bytes);
    zip_put_many(&bytes, 65534);
    CM_CLEANUP(cm_fd_done) int more = zip_file_of(bytes.at, bytes.size);
    struct cm_archive *none = NULL;
    assert_false(cm_archive_open(more, "more", NULL, &none, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_non_null(strstr(err.text, "65534 entries; 65533 are the limit"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries), cmocka_unit_test(test_find),
        cmocka_unit_test(test_may_add), cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_empty),   cmocka_unit_test(test_looks_like_one),
        cmocka_unit_test(test_no_file), cmocka_unit_test(test_more_than_4_gib),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
