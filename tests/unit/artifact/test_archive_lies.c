/* SPDX-License-Identifier: Apache-2.0
 *
 * One honest archive, and one lie in it at a time: each is refused, by its class and in words.
 */
#include "artifact/archive.h"

#include "zip.h"

#include <sys/stat.h>

/* The honest one: what the rows change, and where it stands. */
enum { GOOD, FOLDER, DEEP, TEXT };

static void
make(struct zip *zip)
{
    zip_add(zip, "good.txt", "GOOD", 4, ZIP_STORE);
    zip_add(zip, "lib/", "", 0, ZIP_STORE);
    zip_add(zip, "lib/a.dll", "abcabcabcabcabcabcabc", 21, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "other.txt", "OTHER", 5, ZIP_DEFLATE);
}

static void
both(struct zip *zip, int entry, struct zip_header **local, struct zip_header **record)
{
    *local = &zip->entries[entry].local;
    *record = &zip->entries[entry].record;
}

static void
rename_both(struct zip *zip, int entry, const char *name, size_t size)
{
    zip->entries[entry].local.name = (struct zip_piece){name, size};
    zip->entries[entry].record.name = (struct zip_piece){name, size};
}

static void
extra_both(struct zip *zip, int entry, const char *bytes, size_t size)
{
    zip->entries[entry].local.extra = (struct zip_piece){bytes, size};
    zip->entries[entry].record.extra = (struct zip_piece){bytes, size};
}

static void
flag_both(struct zip *zip, int entry, uint16_t flags)
{
    zip->entries[entry].local.flags |= flags;
    zip->entries[entry].record.flags |= flags;
}

/* ---- where the directory is ---- */

#define EVIL_END "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void
end_in_comment(struct zip *zip)
{
    zip->comment = ZIP_TEXT(EVIL_END);
}

static void
end_in_comment_with_tail(struct zip *zip)
{
    zip->comment = ZIP_TEXT(EVIL_END "x");
}

static void
end_mark_in_comment(struct zip *zip)
{
    zip->comment = ZIP_TEXT("see PK\5\6!");
}

/* The second archive's directory lies in the comment as well. */
#define SECOND_LOCAL                                                                               \
    "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                         \
    "\4\0\0\0evil"
#define SECOND_RECORD                                                                              \
    "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                   \
    "\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0evil"
#define SECOND_END "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\x22\0\0\0\0\0"

static void
archive_in_comment(struct zip *zip)
{
    zip->comment = ZIP_TEXT(SECOND_LOCAL SECOND_RECORD SECOND_END);
}

/* In the content of the last entry: those who look from the front find it first. */
static void
end_in_content(struct zip *zip)
{
    zip_add(zip, "z", EVIL_END, sizeof EVIL_END - 1, ZIP_STORE);
}

static void
archive_at_the_front_in_content(struct zip *zip)
{
    /* The record that it leads to is at an offset of the whole file. */
    static const char content[] = SECOND_RECORD "PK\5\6\0\0\0\0\1\0\1\0\x32\0\0\0\x1f\0\0\0\0\0";
    zip_done(zip);
    zip_add(zip, "z", content, sizeof content - 1, ZIP_STORE);
}

static void
tail(struct zip *zip)
{
    zip->tail = ZIP_TEXT("garbage");
}

static void
comment_cut_off(struct zip *zip)
{
    zip->comment = ZIP_TEXT("comment");
    zip->comment_size = 8;
}

static void
gap_behind_directory(struct zip *zip)
{
    zip->behind_directory = ZIP_TEXT("gap");
}

static void
gap_before_directory(struct zip *zip)
{
    zip->before_directory = ZIP_TEXT("gap");
}

static void
prefix_adjusted(struct zip *zip)
{
    zip->front = ZIP_TEXT("#!/bin/sh\n");
}

static void
prefix_not_adjusted(struct zip *zip)
{
    zip->front = ZIP_TEXT("#!/bin/sh\n");
    zip->directory = 0;
    for (size_t i = 0; i < zip->count; i++)
        zip->entries[i].record.at = 0;
}

static void
count_too_low(struct zip *zip)
{
    zip->count_here = zip->count_all = 3;
}

static void
count_too_high(struct zip *zip)
{
    zip->count_here = zip->count_all = 5;
}

static void
counts_differ(struct zip *zip)
{
    zip->count_all = 5;
}

static void
directory_size_low(struct zip *zip)
{
    zip->directory_size = 46;
}

static void
directory_elsewhere(struct zip *zip)
{
    zip->directory = 0;
}

static void
directory_beyond(struct zip *zip)
{
    zip->directory = 0xfffffff0;
}

static void
record_mark(struct zip *zip)
{
    zip->entries[DEEP].record.mark = "PK\5\5";
}

static void
record_name_too_long(struct zip *zip)
{
    zip->entries[TEXT].record.name_size = 200;
}

static void
record_cut_off(struct zip *zip)
{
    zip->behind_directory = ZIP_TEXT("PK\1\2\x14");
    zip->count_here = zip->count_all = 5;
    zip->directory_size = 46 * 4 + 8 + 4 + 9 + 9 + 5;
}

static void
second_disk(struct zip *zip)
{
    zip->disk = 1;
}

static void
directory_on_second_disk(struct zip *zip)
{
    zip->directory_disk = 1;
}

static void
entry_on_second_disk(struct zip *zip)
{
    zip->entries[GOOD].record.disk = 1;
}

/* ---- ZIP64 ---- */

#define LOCATOR "PK\6\7\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"

static void
zip64_locator(struct zip *zip)
{
    zip->behind_directory = ZIP_TEXT(LOCATOR);
}

/* The directory ends where it should, and looks like a locator there. */
static void
zip64_locator_in_a_comment(struct zip *zip)
{
    zip->entries[TEXT].record.comment = ZIP_TEXT(LOCATOR);
}

static void
zip64_count(struct zip *zip)
{
    zip->count_here = zip->count_all = 0xffff;
}

static void
zip64_count_here(struct zip *zip)
{
    zip->count_here = 0xffff;
}

static void
zip64_directory(struct zip *zip)
{
    zip->directory = UINT32_MAX;
}

static void
zip64_directory_size(struct zip *zip)
{
    zip->directory_size = UINT32_MAX;
}

static void
zip64_disk(struct zip *zip)
{
    zip->disk = 0xffff;
}

static void
zip64_directory_disk(struct zip *zip)
{
    zip->directory_disk = 0xffff;
}

static void
zip64_size(struct zip *zip)
{
    zip->entries[GOOD].record.size = UINT32_MAX;
}

static void
zip64_packed(struct zip *zip)
{
    zip->entries[GOOD].record.packed = UINT32_MAX;
}

static void
zip64_at(struct zip *zip)
{
    zip->entries[GOOD].record.at = UINT32_MAX;
}

static void
zip64_entry_disk(struct zip *zip)
{
    zip->entries[GOOD].record.disk = 0xffff;
}

static void
zip64_extra(struct zip *zip)
{
    extra_both(zip, GOOD, "\1\0\x8\0\4\0\0\0\0\0\0\0", 12);
}

static void
zip64_extra_in_local(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\1\0\0\0");
}

static void
zip64_local_size(struct zip *zip)
{
    zip->entries[DEEP].local.size = UINT32_MAX;
}

static void
zip64_local_packed(struct zip *zip)
{
    zip->entries[DEEP].local.packed = UINT32_MAX;
}

/* ---- what an entry is ---- */

static void
encrypted(struct zip *zip)
{
    flag_both(zip, GOOD, 1);
}

static void
encrypted_by_the_directory(struct zip *zip)
{
    zip->entries[GOOD].record.flags = 1;
}

static void
encrypted_by_the_header(struct zip *zip)
{
    zip->entries[GOOD].local.flags = 1;
}

static void
encrypted_strongly(struct zip *zip)
{
    flag_both(zip, GOOD, 0x40);
}

static void
headers_masked(struct zip *zip)
{
    flag_both(zip, GOOD, 0x2000);
}

static void
patched(struct zip *zip)
{
    flag_both(zip, GOOD, 0x20);
}

static void
flag_4(struct zip *zip)
{
    flag_both(zip, GOOD, 0x10);
}

static void
flag_15(struct zip *zip)
{
    flag_both(zip, GOOD, 0x8000);
}

static void
method_9(struct zip *zip)
{
    zip->entries[TEXT].local.method = zip->entries[TEXT].record.method = 9;
}

static void
version_45(struct zip *zip)
{
    zip->entries[TEXT].local.needed = zip->entries[TEXT].record.needed = 45;
}

static void
version_21(struct zip *zip)
{
    zip->entries[TEXT].local.needed = zip->entries[TEXT].record.needed = 21;
}

static void
stored_in_two_sizes(struct zip *zip)
{
    zip->entries[GOOD].local.size = zip->entries[GOOD].record.size = 3;
}

static void
stored_and_described(struct zip *zip)
{
    zip_done(zip);
    zip_add(zip, "good.txt", "GOOD", 4, ZIP_STORE | ZIP_DESCRIBED);
}

static void
extra_name(struct zip *zip)
{
    extra_both(zip, GOOD, "\x75\x70\x0d\0\1\0\0\0\0evil.txt", 17);
}

static void
extra_name_in_local(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\x75\x70\x0d\0\1\0\0\0\0evil.txt");
}

static void
extra_aes(struct zip *zip)
{
    extra_both(zip, GOOD, "\x01\x99\x07\0\2\0AE\3\0\0", 11);
}

static void
extra_strong(struct zip *zip)
{
    extra_both(zip, GOOD, "\x17\0\0\0", 4);
}

static void
extra_recipients(struct zip *zip)
{
    extra_both(zip, GOOD, "\x19\0\0\0", 4);
}

static void
extra_coding(struct zip *zip)
{
    extra_both(zip, GOOD, "\x08\0\0\0", 4);
}

static void
extra_patch(struct zip *zip)
{
    extra_both(zip, GOOD, "\x0f\0\0\0", 4);
}

static void
extra_local_attributes(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\x78\x6c\x01\0\0");
}

static void
extra_asi(struct zip *zip)
{
    extra_both(zip, GOOD, "\x6e\x75\0\0", 4);
}

static void
extra_unix_link(struct zip *zip)
{
    extra_both(zip, GOOD, "\x0d\0\x0d\0\0\0\0\0\0\0\0\0\0\0\0\0/", 17);
}

static void
extra_cut_off(struct zip *zip)
{
    extra_both(zip, GOOD, "\x55\x54\x09\0\1", 5);
}

static void
extra_half_a_head(struct zip *zip)
{
    extra_both(zip, GOOD, "\x55\x54\0\0\0", 5);
}

static void
extra_cut_off_in_local(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\x55\x54\x09\0\1");
}

static void
symbolic_link(struct zip *zip)
{
    zip->entries[GOOD].record.made_by = 3 << 8 | 20;
    zip->entries[GOOD].record.attributes = (uint32_t)(S_IFLNK | 0777) << 16;
}

static void
symbolic_link_of_no_unix(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = (uint32_t)(S_IFLNK | 0777) << 16;
}

static void
device(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = (uint32_t)(S_IFCHR | 0666) << 16;
}

static void
fifo(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = (uint32_t)(S_IFIFO | 0666) << 16;
}

static void
reparse_point(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = 0x400;
}

static void
volume_label(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = 0x8;
}

static void
file_with_mode_of_folder(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = (uint32_t)(S_IFDIR | 0755) << 16;
}

static void
file_with_attribute_of_folder(struct zip *zip)
{
    zip->entries[GOOD].record.attributes = 0x10;
}

static void
folder_with_mode_of_file(struct zip *zip)
{
    zip->entries[FOLDER].record.attributes = (uint32_t)(S_IFREG | 0644) << 16;
}

static void
folder_with_content(struct zip *zip)
{
    rename_both(zip, GOOD, "good/", 5);
}

static void
folder_with_crc(struct zip *zip)
{
    zip->entries[FOLDER].local.crc32 = zip->entries[FOLDER].record.crc32 = 1;
}

static void
name_not_flagged(struct zip *zip)
{
    rename_both(zip, GOOD, "g\xc3\xb6", 3);
}

static void
name_not_utf8(struct zip *zip)
{
    rename_both(zip, GOOD, "g\x94od", 4);
    flag_both(zip, GOOD, 0x800);
}

static void
name_with_zero(struct zip *zip)
{
    rename_both(zip, GOOD, "good.txt\0.exe", 13);
}

static void
name_of_none(struct zip *zip)
{
    rename_both(zip, GOOD, "", 0);
}

static void
name_slips(struct zip *zip)
{
    rename_both(zip, GOOD, "../../../evil.txt", 17);
}

static void
name_slips_encoded(struct zip *zip)
{
    rename_both(zip, GOOD, "..%2F..%2Fevil.txt", 18);
}

static void
name_slips_backwards(struct zip *zip)
{
    rename_both(zip, GOOD, "..\\evil.txt", 11);
}

static void
name_is_absolute(struct zip *zip)
{
    rename_both(zip, GOOD, "/etc/passwd", 11);
}

static void
name_has_a_drive(struct zip *zip)
{
    rename_both(zip, GOOD, "C:\\evil.txt", 11);
}

static void
name_too_long(struct zip *zip)
{
    static char name[261];
    memset(name, 'a', sizeof name);
    rename_both(zip, GOOD, name, sizeof name);
}

static void
twice(struct zip *zip)
{
    zip_add(zip, "good.txt", "EVIL", 4, ZIP_STORE);
}

static void
twice_by_case(struct zip *zip)
{
    zip_add(zip, "GOOD.TXT", "EVIL", 4, ZIP_STORE);
}

static void
twice_by_percent(struct zip *zip)
{
    zip_add(zip, "good%2Etxt", "EVIL", 4, ZIP_STORE);
}

static void
twice_by_backslash(struct zip *zip)
{
    zip_add(zip, "lib\\a.dll", "EVIL", 4, ZIP_STORE);
}

static void
twice_by_dot(struct zip *zip)
{
    zip_add(zip, "good.txt.", "EVIL", 4, ZIP_STORE);
}

static void
twice_by_form(struct zip *zip)
{
    zip_add(zip, "\xc3\xa4", "1", 1, ZIP_STORE);
    zip_add(zip, "A\xcc\x88", "2", 1, ZIP_STORE);
}

static void
file_and_folder(struct zip *zip)
{
    zip_add(zip, "good.txt/", "", 0, ZIP_STORE);
}

static void
folder_and_file(struct zip *zip)
{
    zip_add(zip, "LIB", "x", 1, ZIP_STORE);
}

static void
below_a_file(struct zip *zip)
{
    zip_add(zip, "good.txt/x/evil.txt", "EVIL", 4, ZIP_STORE);
}

static void
below_a_later_file(struct zip *zip)
{
    rename_both(zip, GOOD, "x/y/good.txt", 12);
    zip_add(zip, "x/Y", "EVIL", 4, ZIP_STORE);
}

/* ---- where it lies ---- */

static void
local_name(struct zip *zip)
{
    zip->entries[GOOD].local.name = ZIP_TEXT("evil.txt");
}

static void
local_name_longer(struct zip *zip)
{
    zip->entries[GOOD].local.name = ZIP_TEXT("good.txt.exe");
}

static void
local_sizes(struct zip *zip)
{
    zip->entries[GOOD].local.packed = zip->entries[GOOD].local.size = 2;
}

static void
local_size(struct zip *zip)
{
    zip->entries[TEXT].local.size = 3;
}

static void
local_size_zero(struct zip *zip)
{
    zip->entries[TEXT].local.size = 0;
}

static void
local_packed(struct zip *zip)
{
    zip->entries[TEXT].local.packed++;
}

static void
local_crc(struct zip *zip)
{
    zip->entries[GOOD].local.crc32++;
}

static void
local_method(struct zip *zip)
{
    zip->entries[TEXT].local.method = 0;
}

static void
local_flags(struct zip *zip)
{
    zip->entries[TEXT].local.flags = 0x800;
}

static void
local_version(struct zip *zip)
{
    zip->entries[TEXT].local.needed = 10;
}

static void
local_time(struct zip *zip)
{
    zip->entries[TEXT].local.time++;
}

static void
local_date(struct zip *zip)
{
    zip->entries[TEXT].local.date++;
}

static void
local_described_crc(struct zip *zip)
{
    zip->entries[DEEP].local.crc32 = 1;
}

static void
local_described_size(struct zip *zip)
{
    zip->entries[DEEP].local.size = 1;
}

static void
local_mark(struct zip *zip)
{
    zip->entries[GOOD].local.mark = "PK\3\5";
}

static void
two_records(struct zip *zip)
{
    *zip_add(zip, "evil.txt", "GOOD", 4, ZIP_STORE) =
        (struct zip_entry){.record = zip->entries[GOOD].record, .unpacked = true};
    zip->entries[4].record.name = ZIP_TEXT("evil.txt");
    zip->entries[4].record.at = 0;
}

static void
hidden(struct zip *zip)
{
    zip_add(zip, "evil.txt", "EVIL", 4, ZIP_STORE)->unlisted = true;
}

static void
hidden_first(struct zip *zip)
{
    zip->entries[GOOD].unlisted = true;
}

static void
gap(struct zip *zip)
{
    zip->entries[DEEP].front = ZIP_TEXT("gap");
}

/* The content of one is said to hold the next one, too. */
static void
overlap(struct zip *zip)
{
    zip->entries[GOOD].record.packed = zip->entries[GOOD].record.size = 50;
    zip->entries[GOOD].local.packed = zip->entries[GOOD].local.size = 50;
}

static void
overlap_by_header(struct zip *zip)
{
    zip->entries[GOOD].local.name_size = 8;
    zip->entries[GOOD].local.extra = (struct zip_piece){"\x99\x99\0\0", 4};
    zip->entries[FOLDER].record.at = 40;
}

static void
inside_a_header(struct zip *zip)
{
    zip->entries[FOLDER].record.at = 29;
}

static void
inside_the_directory(struct zip *zip)
{
    zip->entries[TEXT].record.at = 250;
}

static void
first_not_first(struct zip *zip)
{
    zip->entries[GOOD].record.at = 1;
}

/* ---- descriptors ---- */

static void
descriptor_missing(struct zip *zip)
{
    zip->entries[DEEP].behind.size = 0;
}

static void
descriptor_cut_off(struct zip *zip)
{
    zip->entries[DEEP].behind.size = 8;
}

static void
descriptor_not_announced(struct zip *zip)
{
    zip->entries[DEEP].record.flags = zip->entries[DEEP].local.flags = 0;
    zip->entries[DEEP].local.crc32 = zip->entries[DEEP].record.crc32;
    zip->entries[DEEP].local.packed = zip->entries[DEEP].record.packed;
    zip->entries[DEEP].local.size = zip->entries[DEEP].record.size;
}

static void
descriptor_zip64(struct zip *zip)
{
    zip->entries[TEXT].front = ZIP_TEXT("\0\0\0\0\0\0\0\0");
}

static void
descriptor_crc(struct zip *zip)
{
    ((char *)zip->entries[DEEP].owned[1])[4]++;
}

static void
descriptor_packed(struct zip *zip)
{
    ((char *)zip->entries[DEEP].owned[1])[8]++;
}

static void
descriptor_size(struct zip *zip)
{
    ((char *)zip->entries[DEEP].owned[1])[12]++;
}

static void
descriptor_mark(struct zip *zip)
{
    ((char *)zip->entries[DEEP].owned[1])[0]++;
}

/* A CRC that is the mark: whoever expects the mark reads on at the wrong place. */
static void
descriptor_crc_like_a_mark(struct zip *zip)
{
    struct zip_header *local, *record;
    both(zip, DEEP, &local, &record);
    record->crc32 = 0x08074b50;
    static char bare[12];
    struct cm_buf bytes = CM_BUF_INIT(16);
    zip_number(&bytes, record->crc32, 4);
    zip_number(&bytes, record->packed, 4);
    zip_number(&bytes, record->size, 4);
    memcpy(bare, bytes.at, sizeof bare);
    cm_buf_done(&bytes);
    zip->entries[DEEP].behind = (struct zip_piece){bare, sizeof bare};
}

/* Whoever looks for the mark to find the end does not find it. */
static void
descriptor_bare_of_nothing(struct zip *zip)
{
    zip_done(zip);
    zip_add(zip, "empty", "", 0, ZIP_STORE | ZIP_DESCRIBED_BARE);
}

/* ---- too much ---- */

static void
ratio(struct zip *zip)
{
    struct zip_header *local, *record;
    both(zip, TEXT, &local, &record);
    record->size = local->size = 8u << 20;
}

static void
ratio_to_nothing(struct zip *zip)
{
    zip->entries[TEXT].content.size = 0;
    zip->entries[TEXT].local.packed = zip->entries[TEXT].record.packed = 0;
    zip->entries[TEXT].local.size = zip->entries[TEXT].record.size = (1u << 20) + 1;
}

#define M CM_E_MALFORMED
#define U CM_E_UNSUPPORTED
#define Z "ZIP64; package feeds and their signatures do not take ZIP64"

static const struct row {
    const char *name;
    void (*lie)(struct zip *zip);
    enum cm_class class;
    const char *says;
} rows[] = {
    {"end record in the comment", end_in_comment, M, "two end records"},
    {"end record in the comment, and more", end_in_comment_with_tail, M, "readers disagree"},
    {"mark of an end record in the comment", end_mark_in_comment, M, "only 5 bytes of it"},
    {"second archive in the comment", archive_in_comment, M, "two end records"},
    {"end record in a content", end_in_content, M, "two end records"},
    {"archive in a content", archive_at_the_front_in_content, M, "two end records"},
    {"trailing garbage", tail, M, "0 bytes of comment follow, there are 7"},
    {"comment cut off", comment_cut_off, M, "8 bytes of comment follow, there are 7"},
    {"gap between directory and end", gap_behind_directory, M, "the directory ends at"},
    {"gap in front of the directory", gap_before_directory, M, "3 bytes that belong to no entry"},
    {"prefix, offsets adjusted", prefix_adjusted, M, "offset 0: 10 bytes in front"},
    {"prefix, not adjusted", prefix_not_adjusted, M, "the directory ends at"},
    {"count too low", count_too_low, M, "more than its 3 records"},
    {"count too high", count_too_high, M, "fewer than the 5"},
    {"two counts", counts_differ, M, "4 entries, and 5"},
    {"size of the directory", directory_size_low, M, "the directory ends at"},
    {"offset of the directory", directory_elsewhere, M, "the directory ends at"},
    {"offset beyond the file", directory_beyond, M, "the directory ends at"},
    {"something else in the directory", record_mark, M, "no record of an entry"},
    {"record longer than the directory", record_name_too_long, M, "ends within a record"},
    {"record cut off", record_cut_off, M, "ends within a record"},
    {"second disk", second_disk, U, "several disks"},
    {"directory on a second disk", directory_on_second_disk, U, "several disks"},
    {"entry on a second disk", entry_on_second_disk, U, "another disk"},

    {"ZIP64: locator", zip64_locator, U, Z},
    {"ZIP64: locator in a comment", zip64_locator_in_a_comment, U, Z},
    {"ZIP64: count", zip64_count, U, Z},
    {"ZIP64: count here", zip64_count_here, U, Z},
    {"ZIP64: directory", zip64_directory, U, Z},
    {"ZIP64: size of the directory", zip64_directory_size, U, Z},
    {"ZIP64: disk", zip64_disk, U, Z},
    {"ZIP64: disk of the directory", zip64_directory_disk, U, Z},
    {"ZIP64: size", zip64_size, U, Z},
    {"ZIP64: packed size", zip64_packed, U, Z},
    {"ZIP64: offset", zip64_at, U, Z},
    {"ZIP64: disk of an entry", zip64_entry_disk, U, Z},
    {"ZIP64: extra field", zip64_extra, U, Z},
    {"ZIP64: extra field of the header", zip64_extra_in_local, U, Z},
    {"ZIP64: size in the header", zip64_local_size, U, Z},
    {"ZIP64: packed size in the header", zip64_local_packed, U, Z},

    {"encrypted", encrypted, U, "is encrypted"},
    {"encrypted by the directory alone", encrypted_by_the_directory, U, "is encrypted"},
    {"encrypted by the header alone", encrypted_by_the_header, M, "another set of flags"},
    {"encrypted strongly", encrypted_strongly, U, "is encrypted"},
    {"headers masked", headers_masked, U, "is encrypted"},
    {"patched", patched, U, "is a patch"},
    {"flag 4", flag_4, U, "flags (0x0010)"},
    {"flag 15", flag_15, U, "flags (0x8000)"},
    {"method 9", method_9, U, "by method 9; we take 0 and 8"},
    {"version 4.5", version_45, U, "needs version 4.5 of ZIP"},
    {"version 2.1", version_21, U, "needs version 2.1 of ZIP"},
    {"stored, of two sizes", stored_in_two_sizes, M, "two sizes"},
    {"stored, with a descriptor", stored_and_described, M, "with its size behind it"},
    {"second name", extra_name, M, "has a second name"},
    {"second name in the header", extra_name_in_local, M, "has a second name"},
    {"extra field of AES", extra_aes, U, "is encrypted"},
    {"extra field of encryption", extra_strong, U, "is encrypted"},
    {"extra field of recipients", extra_recipients, U, "is encrypted"},
    {"extra field of another coding", extra_coding, M, "another coding of its name"},
    {"extra field of a patch", extra_patch, U, "is a patch"},
    {"extra field with attributes", extra_local_attributes, M, "attributes in its local header"},
    {"extra field of ASi", extra_asi, M, "can make a link of it"},
    {"extra field with a link", extra_unix_link, M, "is a link or a device"},
    {"extra field cut off", extra_cut_off, M, "extra field that is cut off"},
    {"half the head of an extra field", extra_half_a_head, M, "extra field that is cut off"},
    {"extra field cut off in the header", extra_cut_off_in_local, M, "field that is cut off"},
    {"symbolic link", symbolic_link, M, "is a symbolic link"},
    {"symbolic link that is not of Unix", symbolic_link_of_no_unix, M, "is a symbolic link"},
    {"device", device, M, "is a device"},
    {"pipe", fifo, M, "is a device"},
    {"reparse point", reparse_point, M, "is a link, by its attributes"},
    {"label of a volume", volume_label, M, "label of a disk"},
    {"file with the mode of a folder", file_with_mode_of_folder, M, "a folder by its attributes"},
    {"file with the bit of a folder", file_with_attribute_of_folder, M,
     "a folder by its attributes"},
    {"folder with the mode of a file", folder_with_mode_of_file, M, "a file by its attributes"},
    {"folder with a content", folder_with_content, M, "has a content"},
    {"folder with a CRC", folder_with_crc, M, "has a content"},

    {"name not flagged", name_not_flagged, M, "not said to be UTF-8"},
    {"name not UTF-8", name_not_utf8, M, "its name is not UTF-8"},
    {"zero byte in a name", name_with_zero, M, "good.txt\\x00.exe"},
    {"no name", name_of_none, M, "its name is empty"},
    {"slip", name_slips, M, "leads out of its folder"},
    {"slip, encoded", name_slips_encoded, M, "leads out of its folder"},
    {"slip, backwards", name_slips_backwards, M, "leads out of its folder"},
    {"absolute", name_is_absolute, M, "is absolute"},
    {"drive", name_has_a_drive, M, "has a colon"},
    {"name too long", name_too_long, CM_E_LIMIT, "name of 261 bytes; 260 are the limit"},
    {"the same name", twice, M, "there is another entry of that name"},
    {"the same but for case", twice_by_case, M, "\"good.txt\" for the same"},
    {"the same when decoded", twice_by_percent, M, "\"good.txt\" for the same"},
    {"the same with the other slash", twice_by_backslash, M, "\"lib/a.dll\" for the same"},
    {"the same on Windows", twice_by_dot, M, "\"good.txt\" for the same"},
    {"the same when normalised", twice_by_form, M, "for the same"},
    {"file and folder", file_and_folder, M, "\"good.txt\" for the same"},
    {"folder and file", folder_and_file, M, "\"lib/\" for the same"},
    {"below a file", below_a_file, M, "it lies in \"good.txt\", which is a file"},
    {"below a file that comes later", below_a_later_file, M, "it lies in \"x/Y\", which is a file"},

    {"another name in the header", local_name, M, "another name in its local header"},
    {"a longer name in the header", local_name_longer, M, "another name in its local header"},
    {"other sizes in the header", local_sizes, M, "another size in its local header"},
    {"another size in the header", local_size, M, "another size in its local header"},
    {"no size in the header", local_size_zero, M, "another size in its local header"},
    {"another packed size in the header", local_packed, M, "another size in its local header"},
    {"another CRC in the header", local_crc, M, "another CRC in its local header"},
    {"another method in the header", local_method, M, "another method in its local header"},
    {"other flags in the header", local_flags, M, "another set of flags"},
    {"another version in the header", local_version, M, "another version in its local header"},
    {"another time in the header", local_time, M, "another time in its local header"},
    {"another date in the header", local_date, M, "another time in its local header"},
    {"a CRC in the header where it is behind", local_described_crc, M, "another CRC in its local"},
    {"a size in the header where it is behind", local_described_size, M, "another size in its"},
    {"no header", local_mark, M, "no local header where the directory says"},
    {"two records of one entry", two_records, M, "shares its local header with another record"},
    {"hidden entry", hidden, M, "a local header that the directory does not know"},
    {"hidden entry in front", hidden_first, M, "42 bytes in front of the first entry"},
    {"gap", gap, M, "3 bytes that belong to no entry"},
    {"overlap", overlap, M, "reaches into what follows"},
    {"overlap of a header", overlap_by_header, M, "reaches into what follows"},
    {"entry inside a header", inside_a_header, M, "reaches into what follows"},
    {"entry in the directory", inside_the_directory, M, "in the directory or behind it"},
    {"first entry not at the beginning", first_not_first, M, "1 bytes in front"},

    {"no descriptor", descriptor_missing, M, "has no descriptor"},
    {"descriptor cut off", descriptor_cut_off, M, "has no descriptor"},
    {"descriptor not announced", descriptor_not_announced, M, "16 bytes that belong to no entry"},
    {"descriptor of ZIP64", descriptor_zip64, M, "24 bytes that belong to no entry"},
    {"another CRC in the descriptor", descriptor_crc, M, "size in its descriptor"},
    {"another packed size in the descriptor", descriptor_packed, M, "size in its descriptor"},
    {"another size in the descriptor", descriptor_size, M, "size in its descriptor"},
    {"descriptor without its mark", descriptor_mark, M, "belong to nothing"},
    {"descriptor that looks like its mark", descriptor_crc_like_a_mark, M, "cannot be told from"},
    {"descriptor without a mark behind nothing", descriptor_bare_of_nothing, M,
     "cannot be told from"},

    {"ratio", ratio, CM_E_LIMIT, "1:1000 is the limit"},
    {"ratio to nothing", ratio_to_nothing, CM_E_LIMIT, "1:1000 is the limit"},
};

static void
test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
        make(&zip);
        rows[i].lie(&zip);
        CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
        if (cm_archive_open(fd, "the archive", NULL, &archive, &err))
            fail_msg("%s: taken", rows[i].name);
        if (err.class != rows[i].class || !strstr(err.text, rows[i].says) ||
            strncmp(err.text, "the archive: ", 13) != 0)
            fail_msg("%s: %s: %s", rows[i].name, cm_class_name(err.class), err.text);
        assert_null(archive);
    }
    print_message("%zu lies\n", CM_COUNT(rows));
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
