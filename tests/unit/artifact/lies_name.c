/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that are none, and names that are one name to somebody.
 */
#include "lies.h"

/* ---- names ---- */

static void
name_not_flagged(struct zip *zip)
{
    zip_rename(zip, GOOD, "g\xc3\xb6", 3);
}

static void
name_not_utf8(struct zip *zip)
{
    zip_rename(zip, GOOD, "g\x94od", 4);
    zip_flag(zip, GOOD, 0x800);
}

static void
name_with_zero(struct zip *zip)
{
    zip_rename(zip, GOOD, "good.txt\0.exe", 13);
}

static void
name_of_none(struct zip *zip)
{
    zip_rename(zip, GOOD, "", 0);
}

static void
name_slips(struct zip *zip)
{
    zip_rename(zip, GOOD, "../../../evil.txt", 17);
}

static void
name_slips_encoded(struct zip *zip)
{
    zip_rename(zip, GOOD, "..%2F..%2Fevil.txt", 18);
}

static void
name_slips_backwards(struct zip *zip)
{
    zip_rename(zip, GOOD, "..\\evil.txt", 11);
}

static void
name_is_absolute(struct zip *zip)
{
    zip_rename(zip, GOOD, "/etc/passwd", 11);
}

static void
name_has_a_drive(struct zip *zip)
{
    zip_rename(zip, GOOD, "C:\\evil.txt", 11);
}

static void
name_too_long(struct zip *zip)
{
    static char name[261];
    memset(name, 'a', sizeof name);
    zip_rename(zip, GOOD, name, sizeof name);
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
    zip_rename(zip, GOOD, "x/y/good.txt", 12);
    zip_add(zip, "x/Y", "EVIL", 4, ZIP_STORE);
}

const struct lie lies_name[] = {
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
};
const size_t lies_name_count = CM_COUNT(lies_name);
