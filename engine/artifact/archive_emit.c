/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing: the entries in the order in which they lie, what was added, the directory in its own
 * order, the end record. Whatever is read of the input on the way is held against what it was.
 */
#include "artifact/archive_copy.h"
#include "artifact/archive_write_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MADE_BY 20u         /* FAT, 2.0 */
#define DATE    0x00210000u /* 1980-01-01, 00:00 */

/* Where fields stand in a local header, and in a record of the directory. */
#define LOCAL_FLAGS  6u
#define LOCAL_CRC    14u
#define LOCAL_PACKED 18u
#define LOCAL_SIZE   22u

#define RECORD_FLAGS  8u
#define RECORD_CRC    16u
#define RECORD_PACKED 20u
#define RECORD_SIZE   24u
#define RECORD_AT     42u

#define END_COUNT_HERE     8u
#define END_COUNT          10u
#define END_DIRECTORY_SIZE 12u
#define END_DIRECTORY      16u

struct emitting {
    struct cm_edits *edits;
    struct cm_archive *archive;
    struct cm_copy copy;
    int64_t *shifts;             /* of what lies behind each change: by how much it moves */
    struct cm_digest *directory; /* of the input */
    uint64_t added_at;           /* where the first addition lies */
    uint64_t directory_at;       /* of the output */
};

static void
emitting_done(struct emitting *emitting)
{
    cm_copy_done(&emitting->copy);
    cm_digest_done(&emitting->directory);
    free(emitting->shifts);
}

static void
set(unsigned char *to, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

static uint16_t
flags_of(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

/* ---- entries ---- */

static bool
put_packed(struct emitting *emitting, const struct cm_packed *packed, struct cm_err *err)
{
    if (packed->fd >= 0)
        return cm_copy_put_from(&emitting->copy, packed->fd, packed->packed, err);
    return cm_copy_put(&emitting->copy, packed->bytes.at, packed->packed, err);
}

/* The old header, name and extra fields with it; sizes and CRC of the new content. */
static bool
put_changed(struct emitting *emitting, const unsigned char *at, size_t size,
            const struct cm_packed *packed, struct cm_err *err)
{
    unsigned char head[CM_ZIP_LOCAL_SIZE];
    memcpy(head, at, sizeof head);
    set(head + LOCAL_FLAGS, 2, flags_of(head + LOCAL_FLAGS) & ~CM_ZIP_BEHIND);
    set(head + LOCAL_CRC, 4, packed->crc32);
    set(head + LOCAL_PACKED, 4, packed->packed);
    set(head + LOCAL_SIZE, 4, packed->size);
    return cm_copy_put(&emitting->copy, head, sizeof head, err) &&
           cm_copy_put(&emitting->copy, at + sizeof head, size - sizeof head, err) &&
           put_packed(emitting, packed, err);
}

static bool
put_change(struct emitting *emitting, const struct cm_change *change, struct cm_err *err)
{
    struct cm_archive *archive = emitting->archive;
    const struct cm_archive_entry *entry = &archive->entries[change->entry];
    size_t size = entry->content - entry->at;
    const unsigned char *at = cm_window_get(&archive->window, entry->at, size, err);
    if (!at || !cm_copy_keep(&emitting->copy, entry->at, err))
        return false;
    cm_copy_show(&emitting->copy, at, size);
    if (!change->removed && !put_changed(emitting, at, size, &change->packed, err))
        return false;
    return cm_copy_skip(&emitting->copy, (uint64_t)entry->at + entry->span, err);
}

static bool
is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* What a local header and a record of an addition have in common. */
static void
set_common(unsigned char *to, const struct cm_addition *addition)
{
    set(to, 2, CM_ZIP_NEEDED);
    set(to + 2, 2, is_ascii(addition->name) ? 0 : CM_ZIP_UTF8);
    set(to + 4, 2, addition->method);
    set(to + 6, 4, DATE);
    set(to + 10, 4, addition->packed.crc32);
    set(to + 14, 4, addition->packed.packed);
    set(to + 18, 4, addition->packed.size);
    set(to + 22, 2, addition->name_size);
}

static bool
put_addition(struct emitting *emitting, const struct cm_addition *addition, struct cm_err *err)
{
    unsigned char head[CM_ZIP_LOCAL_SIZE] = "PK\3\4";
    set_common(head + 4, addition);
    return cm_copy_put(&emitting->copy, head, sizeof head, err) &&
           cm_copy_put(&emitting->copy, addition->name, addition->name_size, err) &&
           put_packed(emitting, &addition->packed, err);
}

static bool
put_entries(struct emitting *emitting, struct cm_err *err)
{
    const struct cm_edits *edits = emitting->edits;
    int64_t shift = 0;
    for (size_t i = 0; i < edits->change_count; i++) {
        const struct cm_change *change = &edits->changes[i];
        const struct cm_archive_entry *entry = &emitting->archive->entries[change->entry];
        uint32_t span = change->removed ? 0 : entry->content - entry->at + change->packed.packed;
        if (!put_change(emitting, change, err))
            return false;
        shift += (int64_t)span - entry->span;
        emitting->shifts[i] = shift;
    }
    if (!cm_copy_keep(&emitting->copy, emitting->archive->directory, err))
        return false;
    emitting->added_at = (uint64_t)((int64_t)emitting->archive->directory + shift);
    emitting->directory_at = emitting->added_at;
    for (size_t i = 0; i < edits->addition_count; i++) {
        const struct cm_addition *addition = &edits->additions[i];
        if (!put_addition(emitting, addition, err))
            return false;
        emitting->directory_at +=
            (uint64_t)CM_ZIP_LOCAL_SIZE + addition->name_size + addition->packed.packed;
    }
    return true;
}

/* ---- the directory ---- */

static bool
put_record(struct emitting *emitting, uint32_t number, const unsigned char *at, size_t size,
           struct cm_err *err)
{
    const struct cm_edits *edits = emitting->edits;
    const struct cm_archive_entry *entry = &emitting->archive->entries[number];
    size_t place = cm_edits_place(edits, entry->at);
    const struct cm_change *change =
        place < edits->change_count && edits->changes[place].entry == number
            ? &edits->changes[place]
            : NULL;
    int64_t shift = place > 0 ? emitting->shifts[place - 1] : 0;
    unsigned char head[CM_ZIP_RECORD_SIZE];
    if (change && change->removed)
        return true;
    memcpy(head, at, sizeof head);
    set(head + RECORD_AT, 4, (uint64_t)((int64_t)entry->at + shift));
    if (change) {
        set(head + RECORD_FLAGS, 2, flags_of(head + RECORD_FLAGS) & ~CM_ZIP_BEHIND);
        set(head + RECORD_CRC, 4, change->packed.crc32);
        set(head + RECORD_PACKED, 4, change->packed.packed);
        set(head + RECORD_SIZE, 4, change->packed.size);
    }
    return cm_copy_put(&emitting->copy, head, sizeof head, err) &&
           cm_copy_put(&emitting->copy, at + sizeof head, size - sizeof head, err);
}

static bool
put_records(struct emitting *emitting, struct cm_err *err)
{
    struct cm_archive *archive = emitting->archive;
    char sha256[CM_SHA256_HEX];
    for (uint32_t i = 0; i < archive->count; i++) {
        size_t size = cm_archive_record_size(archive, i);
        const unsigned char *at =
            cm_window_get(&archive->window, archive->entries[i].record, size, err);
        if (!at)
            return false;
        cm_digest_add(emitting->directory, at, size);
        cm_copy_show(&emitting->copy, at, size);
        if (!put_record(emitting, i, at, size, err))
            return false;
    }
    if (!cm_archive_end_digest(archive, &emitting->directory, sha256, err))
        return false;
    return strcmp(sha256, archive->directory_sha256) == 0 || cm_archive_changed(archive, err);
}

static bool
put_added_records(struct emitting *emitting, struct cm_err *err)
{
    uint64_t offset = emitting->added_at;
    for (size_t i = 0; i < emitting->edits->addition_count; i++) {
        const struct cm_addition *addition = &emitting->edits->additions[i];
        unsigned char head[CM_ZIP_RECORD_SIZE] = "PK\1\2";
        set(head + 4, 2, MADE_BY);
        set_common(head + 6, addition);
        set(head + RECORD_AT, 4, offset);
        if (!cm_copy_put(&emitting->copy, head, sizeof head, err) ||
            !cm_copy_put(&emitting->copy, addition->name, addition->name_size, err))
            return false;
        offset += (uint64_t)CM_ZIP_LOCAL_SIZE + addition->name_size + addition->packed.packed;
    }
    return true;
}

static bool
put_end(struct emitting *emitting, struct cm_err *err)
{
    struct cm_archive *archive = emitting->archive;
    unsigned char head[CM_ZIP_END_SIZE];
    size_t size = (size_t)(archive->size - archive->end);
    uint64_t end = emitting->edits->size - size;
    const unsigned char *at = cm_window_get(&archive->window, archive->end, size, err);
    if (!at)
        return false;
    if (memcmp(at, archive->last, size) != 0)
        return cm_archive_changed(archive, err);
    cm_copy_show(&emitting->copy, at, size);
    memcpy(head, at, sizeof head);
    set(head + END_COUNT_HERE, 2, emitting->edits->count);
    set(head + END_COUNT, 2, emitting->edits->count);
    set(head + END_DIRECTORY_SIZE, 4, end - emitting->directory_at);
    set(head + END_DIRECTORY, 4, emitting->directory_at);
    return cm_copy_put(&emitting->copy, head, sizeof head, err) &&
           cm_copy_put(&emitting->copy, at + sizeof head, size - sizeof head, err);
}

/* ---- the whole ---- */

static bool
begin(struct emitting *emitting, int to, const struct cm_edits_digests *digests, struct cm_err *err)
{
    emitting->archive = emitting->edits->archive;
    emitting->directory = cm_digest_new("sha256");
    emitting->shifts = calloc(emitting->edits->change_count + 1, sizeof *emitting->shifts);
    if (!emitting->directory || !emitting->shifts)
        return cm_archive_no_memory(emitting->archive, err);
    cm_window_forget(&emitting->archive->window);
    return cm_copy_begin(&emitting->copy, emitting->archive, to, digests, err);
}

static bool
emit(struct cm_edits *edits, int to, const struct cm_edits_digests *digests, struct cm_written *ret,
     struct cm_err *err)
{
    CM_CLEANUP(emitting_done) struct emitting emitting = {.edits = edits};
    if (!begin(&emitting, to, digests, err) || !put_entries(&emitting, err) ||
        !put_records(&emitting, err) || !put_added_records(&emitting, err) ||
        !put_end(&emitting, err))
        return false;
    return cm_copy_end(&emitting.copy, ret, err);
}

/* A new content could hold what some reader takes for an end record. */
bool
cm_edits_write(struct cm_edits *edits, int to, const struct cm_edits_digests *digests,
               struct cm_written *ret, struct cm_err *err)
{
    struct cm_written written;
    const struct cm_archive *archive = edits->archive;
    if (lseek(to, 0, SEEK_SET) < 0)
        return cm_fail_errno(err, errno, "%s: writing its successor", archive->name);
    if (!emit(edits, to, digests, &written, err))
        return false;
    if (!cm_archive_check_end(to, "what was written", &archive->limits, err))
        return cm_context(err, "%s", archive->name);
    *ret = written;
    return true;
}

bool
cm_edits_digest(struct cm_edits *edits, const char *name, char *ret_hex, struct cm_err *err)
{
    struct cm_written written;
    bool sha512 = strcmp(name, "sha512") == 0;
    const struct cm_edits_digests digests = {.of_output = !sha512, .sha512 = sha512};
    if (!sha512 && strcmp(name, "sha256") != 0)
        return cm_fail(err, CM_E_INTERNAL, "there is no digest \"%s\"", name);
    if (!emit(edits, -1, &digests, &written, err))
        return false;
    if (sha512)
        memcpy(ret_hex, written.sha512, sizeof written.sha512);
    else
        memcpy(ret_hex, written.sha256, sizeof written.sha256);
    return true;
}
