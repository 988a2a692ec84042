/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives with edits, held byte by byte against archives that were made so from the beginning.
 */
#include "edited.h"

#include "base/digest.h"

static void
assert_bytes(const struct cm_buf *got, const struct cm_buf *want)
{
    for (size_t i = 0; i < got->size && i < want->size; i++)
        if (got->at[i] != want->at[i])
            fail_msg("byte %zu of %zu is %02x, not %02x", i, want->size,
                     (unsigned)(unsigned char)got->at[i], (unsigned)(unsigned char)want->at[i]);
    assert_int_equal(got->size, want->size);
}

/* ---- what stays ---- */

/* The directory in another order than the entries. */
static void
turn_directory(struct zip *zip)
{
    uint64_t at[ZIP_ENTRIES] = {0}, offset = 0;
    struct zip_header records[ZIP_ENTRIES];
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_entry *entry = &zip->entries[i];
        at[i] = offset;
        offset += 30 + entry->local.name.size + entry->local.extra.size + entry->content.size +
                  entry->behind.size;
        records[i] = entry->record;
        records[i].at = (int64_t)at[i];
    }
    for (size_t i = 0; i < zip->count; i++)
        zip->entries[i].record = records[zip->count - 1 - i];
}

static void
test_nothing(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct cm_written written;
        CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(MOST), after = CM_BUF_INIT(MOST);
        make(&zip);
        if (turned)
            turn_directory(&zip);
        zip_write(&zip, &before);
        CM_CLEANUP(cm_fd_done) int fd = zip_file_of(before.at, before.size);
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
        CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
        assert_false(cm_edits_any(edits));
        write_edits(edits, turned ? &all_digests : &no_digests, &after, &written);
        assert_bytes(&after, &before);
        cm_buf_done(&after);
    }
}

/* ---- edits ---- */

struct script {
    struct cm_archive *archive;
    struct cm_edits *edits;
};

static uint32_t
number_of(struct script *script, const char *name)
{
    uint32_t entry = 0;
    if (!cm_archive_find(script->archive, name, &entry))
        fail_msg("there is no %s", name);
    return entry;
}

static void
replace(struct script *script, const char *name, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_edits_replace(script->edits, number_of(script, name), text, strlen(text), &err))
        fail_msg("%s", err.text);
}

static void
replace_from(struct script *script, const char *name, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(text, strlen(text)); /* it stands at its end */
    if (!cm_edits_replace_from(script->edits, number_of(script, name), fd, &err))
        fail_msg("%s", err.text);
}

static void
discard(struct script *script, const char *name)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_edits_remove(script->edits, number_of(script, name), &err))
        fail_msg("%s", err.text);
}

static void
add(struct script *script, const char *name, const char *text, bool stored)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_edits_add(script->edits, name, text, strlen(text), stored, &err))
        fail_msg("%s", err.text);
}

/* The same in an archive that is made so. */
static void
set_content(struct zip *zip, size_t at, const char *text)
{
    struct zip_entry *entry = &zip->entries[at];
    bool deflated = entry->record.method == 8;
    free(entry->owned[0]);
    entry->owned[0] = deflated ? zip_deflate(text, strlen(text), &entry->content.size) : NULL;
    if (!deflated)
        entry->content.size = strlen(text);
    entry->content.at = deflated ? entry->owned[0] : text;
    entry->behind.size = 0;
    uint32_t crc = (uint32_t)crc32_z(0, (const unsigned char *)text, strlen(text));
    struct zip_header *headers[] = {&entry->local, &entry->record};
    for (size_t i = 0; i < 2; i++) {
        headers[i]->flags &= (uint16_t)~8u;
        headers[i]->crc32 = crc;
        headers[i]->packed = (uint32_t)entry->content.size;
        headers[i]->size = (uint32_t)strlen(text);
    }
}

static void
drop(struct zip *zip, size_t at)
{
    free(zip->entries[at].owned[0]);
    free(zip->entries[at].owned[1]);
    memmove(&zip->entries[at], &zip->entries[at + 1],
            (zip->count - at - 1) * sizeof zip->entries[0]);
    zip->count--;
}

static void
append(struct zip *zip, const char *name, const char *text, bool stored)
{
    struct zip_entry *entry =
        zip_add(zip, name, text, strlen(text), stored ? ZIP_STORE : ZIP_DEFLATE);
    entry->local.time = entry->record.time = 0;
    entry->local.date = entry->record.date = 0x21;
}

static void
replace_stored(struct script *script, struct zip *zip)
{
    replace(script, "first.txt", "Something longer than that");
    set_content(zip, 0, "Something longer than that");
}

static void
replace_described(struct script *script, struct zip *zip)
{
    replace(script, "lib/a.dll", "short");
    set_content(zip, 2, "short");
}

static void
replace_by_nothing(struct script *script, struct zip *zip)
{
    replace(script, "first.txt", "");
    replace(script, "lib/b.dll", "");
    set_content(zip, 0, "");
    set_content(zip, 3, "");
}

static void
replace_last(struct script *script, struct zip *zip)
{
    replace(script, "\xc3\xa4", LONG LONG);
    set_content(zip, 4, LONG LONG);
}

static void
replace_all(struct script *script, struct zip *zip)
{
    replace(script, "\xc3\xa4", "5");
    replace(script, "lib/b.dll", "4");
    replace(script, "lib/a.dll", "3");
    replace(script, "first.txt", "1");
    replace(script, "lib/", "");
    set_content(zip, 0, "1");
    set_content(zip, 2, "3");
    set_content(zip, 3, "4");
    set_content(zip, 4, "5");
}

static void
replace_from_files(struct script *script, struct zip *zip)
{
    replace_from(script, "first.txt", LONG);
    replace_from(script, "lib/a.dll", "short");
    replace_from(script, "lib/b.dll", "");
    set_content(zip, 0, LONG);
    set_content(zip, 2, "short");
    set_content(zip, 3, "");
}

static void
the_last_word_counts(struct script *script, struct zip *zip)
{
    replace(script, "first.txt", LONG LONG LONG);
    replace_from(script, "first.txt", LONG);
    replace(script, "first.txt", "it");
    discard(script, "lib/a.dll");
    replace(script, "lib/a.dll", "back");
    replace(script, "lib/b.dll", "gone");
    discard(script, "lib/b.dll");
    set_content(zip, 0, "it");
    set_content(zip, 2, "back");
    drop(zip, 3);
}

static void
remove_first(struct script *script, struct zip *zip)
{
    discard(script, "first.txt");
    drop(zip, 0);
}

static void
remove_last(struct script *script, struct zip *zip)
{
    discard(script, "\xc3\xa4");
    drop(zip, 4);
}

static void
remove_all(struct script *script, struct zip *zip)
{
    static const char *const names[] = {"lib/a.dll", "first.txt", "\xc3\xa4", "lib/", "lib/b.dll"};
    for (size_t i = 0; i < CM_COUNT(names); i++)
        discard(script, names[i]);
    while (zip->count > 0)
        drop(zip, 0);
}

static void
add_some(struct script *script, struct zip *zip)
{
    add(script, "Settings.json", "{\"a\":1}", false);
    add(script, ".signature", "signed", true);
    add(script, "new/\xc3\xb6.txt", LONG, false);
    add(script, "new/empty", "", false);
    add(script, "folder/", "", true);
    append(zip, "Settings.json", "{\"a\":1}", false);
    append(zip, ".signature", "signed", true);
    append(zip, "new/\xc3\xb6.txt", LONG, false);
    append(zip, "new/empty", "", false);
    append(zip, "folder/", "", true);
}

static void
all_at_once(struct script *script, struct zip *zip)
{
    add(script, "new", LONG, false);
    discard(script, "lib/");
    replace(script, "lib/b.dll", LONG "!");
    replace(script, "first.txt", "");
    set_content(zip, 0, "");
    set_content(zip, 3, LONG "!");
    drop(zip, 1);
    append(zip, "new", LONG, false);
}

static void
all_but_one(struct script *script, struct zip *zip)
{
    remove_all(script, zip);
    replace(script, "lib/a.dll", "alone");
    make(zip);
    set_content(zip, 2, "alone");
    drop(zip, 4);
    drop(zip, 3);
    drop(zip, 1);
    drop(zip, 0);
}

static void (*const scripts[])(struct script *script, struct zip *zip) = {
    replace_stored,     replace_described,    replace_by_nothing, replace_last, replace_all,
    replace_from_files, the_last_word_counts, remove_first,       remove_last,  remove_all,
    add_some,           all_at_once,          all_but_one,
};

/* Each script with each way to write: always the same bytes, and the digests are of them. */
static void
play(size_t number, const struct cm_edits_digests *digests)
{
    struct cm_written written;
    char in[CM_SHA256_HEX], out[CM_SHA256_HEX], sha512[CM_SHA512_HEX];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf want = CM_BUF_INIT(MOST);
    make(&zip);
    zip_write(&zip, &before);
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(before.at, before.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    assert_true(cm_archive_check_contents(archive, &err));
    scripts[number](&(struct script){archive, edits}, &zip);
    assert_true(cm_edits_any(edits));
    zip_write(&zip, &want);
    write_edits(edits, digests, &after, &written);
    assert_bytes(&after, &want);
    assert_true(cm_sha256(before.at, before.size, in) && cm_sha256(after.at, after.size, out));
    assert_string_equal(written.input_sha256, digests->of_input ? in : "");
    assert_string_equal(written.sha256, digests->of_output ? out : "");
    assert_true(cm_edits_digest(edits, "sha512", sha512, &err));
    assert_string_equal(written.sha512, digests->sha512 ? sha512 : "");
    struct cm_digest *digest = cm_digest_new("sha512");
    cm_digest_add(digest, after.at, after.size);
    char again[CM_SHA512_HEX];
    assert_true(cm_digest_end(digest, again));
    assert_string_equal(sha512, again);
    assert_true(cm_edits_digest(edits, "sha256", in, &err));
    assert_string_equal(in, out);

    CM_CLEANUP(cm_fd_done) int reopened = zip_file_of(after.at, after.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = open_fd(reopened, NULL);
    assert_true(cm_archive_check_contents(strict, &err));
}

static void
test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(scripts); i++)
        for (unsigned way = 0; way < 8; way++) {
            const struct cm_edits_digests digests = {way & 1, way & 2, way & 4};
            play(i, &digests);
        }
}

static void
test_other_order(void **state)
{
    (void)state;
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(MOST), want = CM_BUF_INIT(MOST);
    CM_CLEANUP(zip_done) struct zip turned = ZIP_INIT;
    make(&turned);
    turn_directory(&turned);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&turned);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    struct script script = {archive, edits};
    replace(&script, "lib/b.dll", "other");
    discard(&script, "first.txt");
    write_edits(edits, &no_digests, &after, &written);
    make(&zip);
    set_content(&zip, 3, "other");
    drop(&zip, 0);
    turn_directory(&zip);
    zip_write(&zip, &want);
    assert_bytes(&after, &want);
    CM_CLEANUP(cm_fd_done) int reopened = zip_file_of(after.at, after.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = open_fd(reopened, NULL);
    assert_true(cm_archive_check_contents(strict, &err));
    cm_buf_done(&want);
}

/* Larger than all blocks together; contents in memory and from a file; kept, dropped, replaced. */
static void
test_large(void **state)
{
    (void)state;
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    size_t size = 3 << 20;
    char sha256[CM_SHA256_HEX];
    char *bytes = malloc(size);
    assert_true(bytes && cm_random(bytes, size));
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(MOST);
    zip_add(&zip, "kept", bytes, size, ZIP_STORE);
    zip_add(&zip, "dropped", bytes, size, ZIP_STORE);
    zip_add(&zip, "changed", "before", 6, ZIP_DEFLATE);
    zip_add(&zip, "also kept", bytes, size, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(&zip, "from a file", "before", 6, ZIP_DEFLATE);
    zip_write(&zip, &before);
    assert_true(cm_sha256(before.at, before.size, sha256));
    CM_CLEANUP(cm_fd_done) int fd = zip_file_of(before.at, before.size);
    CM_CLEANUP(cm_fd_done) int from = zip_file_of(bytes, size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    assert_true(cm_edits_remove(edits, 1, &err));
    assert_true(cm_edits_replace(edits, 2, bytes, size, &err));
    assert_true(cm_edits_replace_from(edits, 4, from, &err));
    assert_true(cm_edits_add(edits, "added", bytes, size, true, &err));
    CM_CLEANUP(cm_buf_done) struct cm_buf first = CM_BUF_INIT(MOST), second = CM_BUF_INIT(MOST);
    write_edits(edits, &all_digests, &first, &written);
    assert_string_equal(written.input_sha256, sha256);
    write_edits(edits, &no_digests, &second, &written);
    assert_bytes(&second, &first);

    CM_CLEANUP(cm_fd_done) int reopened = zip_file_of(first.at, first.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = open_fd(reopened, NULL);
    assert_int_equal(cm_archive_count(strict), 5);
    for (uint32_t i = 0; i < 5; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(MOST);
        if (!cm_archive_read(strict, i, &content, &err))
            fail_msg("%s", err.text);
        assert_int_equal(content.size, size);
        assert_memory_equal(content.at, bytes, size);
    }
    cm_buf_done(&second);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_other_order),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
