/* SPDX-License-Identifier: Apache-2.0
 *
 * Lies about where entries lie: headers that disagree, gaps, overlaps, descriptors.
 */
#include "lies.h"

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
    struct zip_header *record = &zip->entries[DEEP].record;
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

const struct lie lies_place[] = {
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
    {"descriptor that looks like its mark", descriptor_crc_like_a_mark, M, "looks like the mark"},
};
const size_t lies_place_count = CM_COUNT(lies_place);
