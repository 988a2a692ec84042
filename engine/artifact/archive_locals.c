/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies in front of the directory: entries, one behind the other, and nothing else.
 */
#include "artifact/archive_inside.h"

#include <inttypes.h>
#include <stdlib.h>

#define DESCRIPTOR_MOST ((size_t)16)

static int
compare_offsets(const void *a, const void *b, void *data)
{
    const struct cm_archive_entry *entries = data;
    uint32_t left = entries[*(const uint32_t *)a].at, right = entries[*(const uint32_t *)b].at;
    return left < right ? -1 : left > right;
}

/* Most directories are in order already. */
static void
sort_by_offset(struct cm_archive *archive)
{
    bool sorted = true;
    for (uint32_t i = 0; i < archive->count; i++) {
        archive->by_offset[i] = i;
        sorted = sorted && (i == 0 || archive->entries[i - 1].at < archive->entries[i].at);
    }
    if (!sorted)
        qsort_r(archive->by_offset, archive->count, sizeof *archive->by_offset, compare_offsets,
                archive->entries);
}

static bool
has_room(const struct cm_archive_entry *entry, uint64_t size, struct cm_err *err)
{
    if (entry->span == 0)
        return cm_fail(err, CM_E_MALFORMED, "shares its local header with another record");
    if (size > entry->span)
        return cm_fail(err, CM_E_MALFORMED,
                       "reaches into what follows: another entry, or the directory");
    return true;
}

/* The whole header, name and extra fields with it. */
static const unsigned char *
read_local(struct cm_archive *archive, struct cm_archive_entry *entry, struct cm_zip_header *ret,
           struct cm_err *err)
{
    if (!has_room(entry, CM_ZIP_LOCAL_SIZE, err))
        return NULL;
    const unsigned char *at = cm_window_get(&archive->window, entry->at, CM_ZIP_LOCAL_SIZE, err);
    if (!at || !cm_zip_read_local(at, ret, err))
        return NULL;
    uint32_t size = CM_ZIP_LOCAL_SIZE + ret->name_size + ret->extra_size;
    if (!has_room(entry, size, err))
        return NULL;
    at = cm_window_get(&archive->window, entry->at, size, err);
    if (!at)
        return NULL;
    ret->name = at + CM_ZIP_LOCAL_SIZE;
    ret->extra = ret->name + ret->name_size;
    entry->content = entry->at + size;
    return at;
}

/* What lies between its header and the next one has to be the entry's, all of it. */
static bool
check_span(struct cm_archive *archive, struct cm_archive_entry *entry, struct cm_digest *digest,
           struct cm_err *err)
{
    struct cm_zip_header local;
    const unsigned char *at = read_local(archive, entry, &local, err);
    if (!at || !cm_zip_check_local(&local, entry, err))
        return false;
    uint32_t header = entry->content - entry->at;
    cm_digest_add(digest, at, header);
    if (!has_room(entry, (uint64_t)header + entry->packed, err))
        return false;
    uint32_t behind = entry->span - header - entry->packed;
    size_t looked_at = behind < DESCRIPTOR_MOST ? behind : DESCRIPTOR_MOST;
    at = cm_window_get(&archive->window, entry->content + (uint64_t)entry->packed, looked_at, err);
    if (!at || !cm_zip_check_behind(at, behind, entry, err))
        return false;
    cm_digest_add(digest, at, behind);
    return true;
}

static bool
check_beginning(const struct cm_archive *archive, struct cm_err *err)
{
    uint32_t first =
        archive->count > 0 ? archive->entries[archive->by_offset[0]].at : archive->directory;
    return first == 0 || cm_fail(err, CM_E_MALFORMED,
                                 "%s: offset 0: %" PRIu32 " bytes in front of the first entry",
                                 archive->name, first);
}

bool
cm_archive_read_locals(struct cm_archive *archive, struct cm_err *err)
{
    CM_CLEANUP(cm_digest_done) struct cm_digest *digest = cm_digest_new("sha256");
    if (!digest)
        return cm_archive_no_memory(archive, err);
    sort_by_offset(archive);
    if (!check_beginning(archive, err))
        return false;
    for (uint32_t i = 0; i < archive->count; i++) {
        uint32_t number = archive->by_offset[i];
        struct cm_archive_entry *entry = &archive->entries[number];
        uint32_t next = i + 1 < archive->count ? archive->entries[archive->by_offset[i + 1]].at
                                               : archive->directory;
        entry->span = next - entry->at;
        if (!check_span(archive, entry, digest, err))
            return cm_archive_entry_context(archive, number, err);
    }
    return cm_archive_end_digest(archive, &digest, archive->locals_sha256, err);
}
