/* SPDX-License-Identifier: Apache-2.0
 *
 * Lies about what an entry is.
 */
#include "lies.h"

#include <sys/stat.h>

/* ---- what an entry is ---- */

static void
encrypted(struct zip *zip)
{
    zip_flag(zip, GOOD, 1);
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
    zip_flag(zip, GOOD, 0x40);
}

static void
headers_masked(struct zip *zip)
{
    zip_flag(zip, GOOD, 0x2000);
}

static void
patched(struct zip *zip)
{
    zip_flag(zip, GOOD, 0x20);
}

static void
flag_4(struct zip *zip)
{
    zip_flag(zip, GOOD, 0x10);
}

static void
flag_15(struct zip *zip)
{
    zip_flag(zip, GOOD, 0x8000);
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
stored_and_described_of_nothing(struct zip *zip)
{
    zip_done(zip);
    zip_add(zip, "empty", "", 0, ZIP_STORE | ZIP_DESCRIBED);
}

static void
comment_not_utf8(struct zip *zip)
{
    zip->entries[TEXT].record.comment = ZIP_TEXT("\xff");
}

static void
comment_with_controls(struct zip *zip)
{
    zip->entries[TEXT].record.comment = ZIP_TEXT("a\x1b[2J");
}

static void
comment_with_zero(struct zip *zip)
{
    zip->entries[TEXT].record.comment = ZIP_TEXT("a\0b");
}

static void
extra_name(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x75\x70\x0d\0\1\0\0\0\0evil.txt", 17);
}

static void
extra_name_in_local(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\x75\x70\x0d\0\1\0\0\0\0evil.txt");
}

static void
extra_aes(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x01\x99\x07\0\2\0AE\3\0\0", 11);
}

static void
extra_strong(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x17\0\0\0", 4);
}

static void
extra_recipients(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x19\0\0\0", 4);
}

static void
extra_coding(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x08\0\0\0", 4);
}

static void
extra_patch(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x0f\0\0\0", 4);
}

static void
extra_local_attributes(struct zip *zip)
{
    zip->entries[GOOD].local.extra = ZIP_TEXT("\x78\x6c\x01\0\0");
}

static void
extra_asi(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x6e\x75\0\0", 4);
}

static void
extra_unix_link(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x0d\0\x0d\0\0\0\0\0\0\0\0\0\0\0\0\0/", 17);
}

static void
extra_cut_off(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x55\x54\x09\0\1", 5);
}

static void
extra_half_a_head(struct zip *zip)
{
    zip_extra(zip, GOOD, "\x55\x54\0\0\0", 5);
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
    zip_rename(zip, GOOD, "good/", 5);
}

static void
folder_with_crc(struct zip *zip)
{
    zip->entries[FOLDER].local.crc32 = zip->entries[FOLDER].record.crc32 = 1;
}

/* ---- too much ---- */

static void
ratio(struct zip *zip)
{
    zip->entries[TEXT].record.size = zip->entries[TEXT].local.size = 8u << 20;
}

static void
ratio_to_nothing(struct zip *zip)
{
    zip->entries[TEXT].content.size = 0;
    zip->entries[TEXT].local.packed = zip->entries[TEXT].record.packed = 0;
    zip->entries[TEXT].local.size = zip->entries[TEXT].record.size = (1u << 20) + 1;
}

const struct lie lies_entry[] = {
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
    {"stored, with a descriptor, empty", stored_and_described_of_nothing, M,
     "with its size behind it"},
    {"comment not UTF-8", comment_not_utf8, M, "no text in UTF-8"},
    {"comment with controls", comment_with_controls, M, "no text in UTF-8"},
    {"comment with a zero byte", comment_with_zero, M, "no text in UTF-8"},
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
    {"ratio", ratio, CM_E_LIMIT, "1:1000 is the limit"},
    {"ratio to nothing", ratio_to_nothing, CM_E_LIMIT, "1:1000 is the limit"},
};
const size_t lies_entry_count = CM_COUNT(lies_entry);
