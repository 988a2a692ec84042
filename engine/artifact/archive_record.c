/* SPDX-License-Identifier: Apache-2.0
 *
 * One record of the directory, one local header, one descriptor: what may stand in them.
 */
#include "artifact/archive_inside.h"
#include "base/cursor.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD_MARK     "PK\1\2"
#define LOCAL_MARK      "PK\3\4"
#define DESCRIPTOR_MARK 0x08074b50u /* "PK\7\8" */

#define BARE_DESCRIPTOR   12u /* CRC and two sizes */
#define MARKED_DESCRIPTOR 16u

#define FLAGS_ENCRYPTED 0x2041u /* bits 0, 6 and 13 */
#define FLAG_PATCHED    0x0020u
#define FLAGS_KNOWN     (0x0006u | CM_ZIP_BEHIND | CM_ZIP_UTF8) /* 0x6: how hard it was packed */

/* Attributes of Windows, and what others keep in the upper half. */
#define ATTRIBUTE_LABEL  0x0008u
#define ATTRIBUTE_FOLDER 0x0010u
#define ATTRIBUTE_LINK   0x0400u
#define MODE_SHIFT       16u

#define NO_ZIP64 "takes ZIP64; package feeds and their signatures do not take ZIP64"

/* Extra fields that change what an entry is, to those who know them. Whatever else there is says
 * when it was changed and whose it is. */
static const struct {
    uint16_t id;
    enum cm_class class;
    const char *why;
} refused[] = {
    {0x0001, CM_E_UNSUPPORTED, NO_ZIP64},
    {0x0008, CM_E_MALFORMED, "has an extra field with another coding of its name"},
    {0x000f, CM_E_UNSUPPORTED, "is a patch"},
    {0x0017, CM_E_UNSUPPORTED, "is encrypted"},
    {0x0019, CM_E_UNSUPPORTED, "is encrypted"},
    {0x6c78, CM_E_MALFORMED, "has attributes in its local header, which only some readers see"},
    {0x7075, CM_E_MALFORMED, "has a second name in an extra field, which only some readers take"},
    {0x756e, CM_E_MALFORMED, "has an extra field that can make a link of it"},
    {0x9901, CM_E_UNSUPPORTED, "is encrypted"},
};

/* PKWARE's for Unix: times and owner, and behind them where a link leads to. */
#define EXTRA_UNIX      0x000du
#define EXTRA_UNIX_SIZE 12u

static bool
malformed(struct cm_err *err, const char *why)
{
    return cm_fail(err, CM_E_MALFORMED, "%s", why);
}

static void
read_common(struct cm_cursor *cursor, struct cm_zip_header *header)
{
    header->needed = cm_cursor_le16(cursor);
    header->flags = cm_cursor_le16(cursor);
    header->method = cm_cursor_le16(cursor);
    header->modified = cm_cursor_le32(cursor);
    header->crc32 = cm_cursor_le32(cursor);
    header->packed = cm_cursor_le32(cursor);
    header->size = cm_cursor_le32(cursor);
    header->name_size = cm_cursor_le16(cursor);
    header->extra_size = cm_cursor_le16(cursor);
}

bool
cm_zip_read_record(const unsigned char *at, struct cm_zip_header *ret, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, CM_ZIP_RECORD_SIZE);
    struct cm_zip_header record = {.name = NULL};
    if (!cm_cursor_skip(&cursor, RECORD_MARK))
        return malformed(err, "the directory has something there that is no record of an entry");
    record.made_by = cm_cursor_le16(&cursor);
    read_common(&cursor, &record);
    record.comment_size = cm_cursor_le16(&cursor);
    record.disk = cm_cursor_le16(&cursor);
    (void)cm_cursor_le16(&cursor); /* is it text? Nobody asks. */
    record.attributes = cm_cursor_le32(&cursor);
    record.at = cm_cursor_le32(&cursor);
    *ret = record;
    return true;
}

bool
cm_zip_read_local(const unsigned char *at, struct cm_zip_header *ret, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, CM_ZIP_LOCAL_SIZE);
    struct cm_zip_header local = {.name = NULL};
    if (!cm_cursor_skip(&cursor, LOCAL_MARK))
        return malformed(err, "has no local header where the directory says");
    read_common(&cursor, &local);
    *ret = local;
    return true;
}

/* ---- what an entry may be ---- */

static bool
check_extra_field(unsigned id, size_t size, struct cm_err *err)
{
    for (size_t i = 0; i < CM_COUNT(refused); i++)
        if (refused[i].id == id)
            return cm_fail(err, refused[i].class, "%s", refused[i].why);
    if (id == EXTRA_UNIX && size > EXTRA_UNIX_SIZE)
        return malformed(err, "is a link or a device, by an extra field");
    return true;
}

static bool
check_extra(const unsigned char *at, size_t size, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    while (cm_cursor_left(&cursor) > 0) {
        unsigned id = cm_cursor_le16(&cursor);
        size_t field = cm_cursor_le16(&cursor);
        if (!cm_cursor_take(&cursor, field))
            return malformed(err, "has an extra field that is cut off");
        if (!check_extra_field(id, field, err))
            return false;
    }
    return true;
}

static bool
check_packing(const struct cm_zip_header *record, struct cm_err *err)
{
    if (record->flags & FLAGS_ENCRYPTED)
        return cm_fail(err, CM_E_UNSUPPORTED, "is encrypted");
    if (record->flags & FLAG_PATCHED)
        return cm_fail(err, CM_E_UNSUPPORTED, "is a patch");
    if (record->flags & ~FLAGS_KNOWN)
        return cm_fail(err, CM_E_UNSUPPORTED, "has flags (0x%04x) that mean nothing to us",
                       record->flags & ~FLAGS_KNOWN);
    if (record->method != CM_ZIP_STORED && record->method != CM_ZIP_DEFLATED)
        return cm_fail(err, CM_E_UNSUPPORTED, "is packed by method %u; we take 0 and 8",
                       record->method);
    if (record->needed > CM_ZIP_NEEDED)
        return cm_fail(err, CM_E_UNSUPPORTED, "needs version %u.%u of ZIP; we take 2.0",
                       record->needed / 10u, record->needed % 10u);
    if (record->method == CM_ZIP_STORED && record->packed != record->size)
        return malformed(err, "is stored, but has two sizes");
    /* From front to back nobody sees where it ends: it may have the mark of a descriptor inside. */
    if (record->method == CM_ZIP_STORED && (record->flags & CM_ZIP_BEHIND))
        return malformed(err, "is stored with its size behind it, where only some readers look");
    return true;
}

/* The name says whether it is a folder; attributes may say nothing, or the same. */
static bool
check_attributes(uint32_t attributes, bool is_folder, struct cm_err *err)
{
    unsigned type = (attributes >> MODE_SHIFT) & S_IFMT;
    if (type != 0 && !S_ISREG(type) && !S_ISDIR(type))
        return malformed(err, S_ISLNK(type) ? "is a symbolic link" : "is a device, or the like");
    if (attributes & ATTRIBUTE_LINK)
        return malformed(err, "is a link, by its attributes");
    if (attributes & ATTRIBUTE_LABEL)
        return malformed(err, "is the label of a disk, by its attributes");
    if (!is_folder && (S_ISDIR(type) || (attributes & ATTRIBUTE_FOLDER)))
        return malformed(err, "is a folder by its attributes, but not by its name");
    if (is_folder && S_ISREG(type))
        return malformed(err, "is a file by its attributes, but a folder by its name");
    return true;
}

static bool
is_ascii(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] >= 0x80)
            return false;
    return true;
}

static bool
is_text(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] < ' ' && !strchr("\t\n\r", at[i]))
            return false;
    return cm_is_utf8(at, size);
}

bool
cm_zip_check_record(const struct cm_zip_header *record, struct cm_err *err)
{
    bool is_folder = record->name_size > 0 && record->name[record->name_size - 1] == '/';
    if (record->packed == UINT32_MAX || record->size == UINT32_MAX || record->at == UINT32_MAX ||
        record->disk == 0xffff)
        return cm_fail(err, CM_E_UNSUPPORTED, NO_ZIP64);
    if (record->disk != 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "lies on another disk");
    if (!check_extra(record->extra, record->extra_size, err) || !check_packing(record, err) ||
        !check_attributes(record->attributes, is_folder, err))
        return false;
    if (is_folder && (record->size != 0 || record->crc32 != 0))
        return malformed(err, "is a folder, but has a content");
    if (!(record->flags & CM_ZIP_UTF8) && !is_ascii(record->name, record->name_size))
        return malformed(err, "has a name that is not ASCII and not said to be UTF-8;"
                              " readers disagree what it is");
    if (!is_text(record->comment, record->comment_size))
        return malformed(err, "has a comment that is no text in UTF-8; some readers refuse it");
    return true;
}

/* ---- the same in two places ---- */

static bool
differs(struct cm_err *err, const char *what)
{
    return cm_fail(err, CM_E_MALFORMED, "has another %s in its local header than in the directory",
                   what);
}

/* Where they stand behind the content, the header may say nothing. */
static bool
agrees(uint32_t local, uint32_t listed, const struct cm_archive_entry *entry)
{
    return local == listed || (local == 0 && (entry->flags & CM_ZIP_BEHIND));
}

bool
cm_zip_check_local(const struct cm_zip_header *local, const struct cm_archive_entry *entry,
                   struct cm_err *err)
{
    if (local->name_size != entry->name_size ||
        memcmp(local->name, entry->name, entry->name_size) != 0)
        return differs(err, "name");
    if (local->flags != entry->flags)
        return differs(err, "set of flags");
    if (local->method != entry->method)
        return differs(err, "method");
    if (local->packed == UINT32_MAX || local->size == UINT32_MAX)
        return cm_fail(err, CM_E_UNSUPPORTED, NO_ZIP64);
    if (!agrees(local->crc32, entry->crc32, entry))
        return differs(err, "CRC");
    if (!agrees(local->packed, entry->packed, entry) || !agrees(local->size, entry->size, entry))
        return differs(err, "size");
    if (local->needed != entry->needed)
        return differs(err, "version");
    if (local->modified != entry->modified)
        return differs(err, "time");
    return check_extra(local->extra, local->extra_size, err);
}

/* ---- behind the content ---- */

static bool
check_descriptor(const unsigned char *at, size_t size, const struct cm_archive_entry *entry,
                 struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    if (size == MARKED_DESCRIPTOR && cm_cursor_le32(&cursor) != DESCRIPTOR_MARK)
        return malformed(err, "has 4 bytes between content and descriptor that belong to nothing");
    uint32_t crc32 = cm_cursor_le32(&cursor);
    uint32_t packed = cm_cursor_le32(&cursor);
    uint32_t unpacked = cm_cursor_le32(&cursor);
    if (crc32 != entry->crc32 || packed != entry->packed || unpacked != entry->size)
        return malformed(err, "has another CRC or size in its descriptor than in the directory");
    if (size == BARE_DESCRIPTOR && crc32 == DESCRIPTOR_MARK)
        return malformed(err, "has a descriptor whose CRC looks like the mark of one");
    return true;
}

bool
cm_zip_check_behind(const unsigned char *at, size_t size, const struct cm_archive_entry *entry,
                    struct cm_err *err)
{
    bool described = entry->flags & CM_ZIP_BEHIND;
    if (described && (size == BARE_DESCRIPTOR || size == MARKED_DESCRIPTOR))
        return check_descriptor(at, size, entry, err);
    if (described && size < BARE_DESCRIPTOR)
        return malformed(err, "has no descriptor, or not all of it, where one is announced");
    if (size == 0)
        return true;
    return cm_fail(err, CM_E_MALFORMED, "is followed by %zu bytes that belong to no entry%s", size,
                   size >= strlen(LOCAL_MARK) && memcmp(at, LOCAL_MARK, strlen(LOCAL_MARK)) == 0
                       ? ", beginning with a local header that the directory does not know"
                       : "");
}
