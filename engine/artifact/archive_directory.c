/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory: record after record, until where the end record is. Only what is needed of it is
 * kept; it can be far larger than the memory that we want to take.
 */
#include "artifact/archive_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RATIO_FROM ((uint32_t)1 << 20) /* smaller entries may be packed as well as they can */

struct reading {
    struct cm_archive *archive;
    struct cm_digest *digest; /* of all that is read */
    uint64_t at;              /* offset of the next record */
    char *text;               /* where the next name goes */
};

static void
reading_done(struct reading *reading)
{
    cm_digest_done(&reading->digest);
}

/* Names together cannot be longer than the directory is, nor than they may be; each gets a NUL. */
static bool
make_room(struct reading *reading, struct cm_err *err)
{
    struct cm_archive *archive = reading->archive;
    uint64_t size = archive->end - archive->directory;
    uint64_t most = (uint64_t)archive->count * archive->limits.name;
    size_t room = archive->count + (size_t)(size < most ? size : most) + 1;
    archive->entries = calloc((size_t)archive->count + 1, sizeof *archive->entries);
    archive->by_offset = calloc((size_t)archive->count + 1, sizeof *archive->by_offset);
    archive->text = malloc(room);
    reading->text = archive->text;
    reading->digest = cm_digest_new("sha256");
    return (archive->entries && archive->by_offset && archive->text && reading->digest) ||
           cm_archive_no_memory(archive, err);
}

static bool
check_limits(const struct reading *reading, const struct cm_zip_header *record, struct cm_err *err)
{
    struct cm_archive *archive = reading->archive;
    const struct cm_archive_limits *limits = &archive->limits;
    if (record->name_size > limits->name)
        return cm_fail(err, CM_E_LIMIT, "has a name of %u bytes; %" PRIu32 " are the limit",
                       record->name_size, limits->name);
    if (record->size > RATIO_FROM && record->size > (uint64_t)record->packed * limits->ratio)
        return cm_fail(
            err, CM_E_LIMIT, "is packed 1:%" PRIu32 " or more; 1:%" PRIu32 " is the limit",
            record->packed > 0 ? record->size / record->packed : record->size, limits->ratio);
    if (record->size > limits->inflated - archive->inflated)
        return cm_fail(err, CM_E_LIMIT, "and those before it hold more than %" PRIu64 " bytes",
                       limits->inflated);
    archive->inflated += record->size;
    return true;
}

static bool
keep_entry(struct reading *reading, const struct cm_zip_header *record,
           struct cm_archive_entry *ret, struct cm_err *err)
{
    struct cm_archive *archive = reading->archive;
    if (record->at >= archive->directory)
        return cm_fail(err, CM_E_MALFORMED, "begins at %" PRIu32 ", in the directory or behind it",
                       record->at);
    memcpy(reading->text, record->name, record->name_size);
    reading->text[record->name_size] = '\0';
    *ret = (struct cm_archive_entry){
        .name = reading->text,
        .name_size = record->name_size,
        .crc32 = record->crc32,
        .packed = record->packed,
        .size = record->size,
        .at = record->at,
        .record = (uint32_t)reading->at,
        .modified = record->modified,
        .method = record->method,
        .flags = record->flags,
        .needed = (uint8_t)record->needed,
        .is_folder = record->name_size > 0 && record->name[record->name_size - 1] == '/',
    };
    reading->text += record->name_size + 1;
    return true;
}

/* `size` bytes of the directory from the next record on. */
static const unsigned char *
directory_bytes(struct reading *reading, size_t size, struct cm_err *err)
{
    struct cm_archive *archive = reading->archive;
    if (size <= archive->end - reading->at)
        return cm_window_get(&archive->window, reading->at, size, err);
    (void)cm_fail(err, CM_E_MALFORMED,
                  "%s: offset %" PRIu64 ": the directory ends within a record, or holds fewer than"
                  " the %" PRIu32 " that it should",
                  archive->name, reading->at, archive->count);
    return NULL;
}

static bool
read_record(struct reading *reading, struct cm_archive_entry *ret, struct cm_err *err)
{
    struct cm_archive *archive = reading->archive;
    struct cm_zip_header record;
    const unsigned char *at = directory_bytes(reading, CM_ZIP_RECORD_SIZE, err);
    if (!at)
        return false;
    if (!cm_zip_read_record(at, &record, err))
        return cm_context(err, "%s: offset %" PRIu64, archive->name, reading->at);
    size_t size =
        (size_t)CM_ZIP_RECORD_SIZE + record.name_size + record.extra_size + record.comment_size;
    at = directory_bytes(reading, size, err);
    if (!at)
        return false;
    record.name = at + CM_ZIP_RECORD_SIZE;
    record.extra = record.name + record.name_size;
    record.comment = record.extra + record.extra_size;
    if (!cm_zip_check_record(&record, err) || !check_limits(reading, &record, err) ||
        !keep_entry(reading, &record, ret, err))
        return cm_archive_context(archive, (const char *)record.name, record.name_size, reading->at,
                                  err);
    cm_digest_add(reading->digest, at, size);
    reading->at += size;
    return true;
}

bool
cm_archive_read_directory(struct cm_archive *archive, struct cm_err *err)
{
    CM_CLEANUP(reading_done)
    struct reading reading = {.archive = archive, .at = archive->directory};
    if (!make_room(&reading, err))
        return false;
    for (uint32_t i = 0; i < archive->count; i++)
        if (!read_record(&reading, &archive->entries[i], err))
            return false;
    if (reading.at != archive->end)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: offset %" PRIu64 ": the directory holds more than its %" PRIu32
                       " records",
                       archive->name, reading.at, archive->count);
    return cm_archive_end_digest(archive, &reading.digest, archive->directory_sha256, err);
}
