/* SPDX-License-Identifier: Apache-2.0
 *
 * Lies about where the directory is, and how large everything.
 */
#include "lies.h"

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
zip64_count_of_all(struct zip *zip)
{
    zip->count_all = 0xffff;
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
    zip_extra(zip, GOOD, "\1\0\x8\0\4\0\0\0\0\0\0\0", 12);
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

const struct lie lies_directory[] = {
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
    {"ZIP64: count of all", zip64_count_of_all, U, Z},
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
};
const size_t lies_directory_count = CM_COUNT(lies_directory);
