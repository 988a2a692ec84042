/* SPDX-License-Identifier: Apache-2.0
 *
 * What entries hold. A content has to end where its packed bytes do, and to have the size and the
 * CRC that the directory says.
 */
#include "artifact/archive_inside.h"
#include "base/fd.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE      ((size_t)64 * 1024)
#define RAW        (-15) /* to zlib: deflate without a header, the largest window */
#define ROOM_LEAST 8

struct unpacking {
    struct cm_archive *archive;
    const struct cm_archive_entry *entry; /* the one at hand */
    struct cm_digest *digest;             /* of all packed bytes, or NULL */
    unsigned char *piece;
    z_stream inflate;
    bool has_inflate, at_end;
    uint32_t size, crc32; /* of the content so far */

    /* Where it goes: one of them, or nowhere. */
    struct cm_buf *to;
    int fd; /* or -1 */
};

static void
unpacking_done(struct unpacking *unpacking)
{
    if (unpacking->has_inflate)
        (void)inflateEnd(&unpacking->inflate);
    cm_digest_done(&unpacking->digest);
    free(unpacking->piece);
}

static bool
begin(struct unpacking *unpacking, struct cm_err *err)
{
    unpacking->piece = malloc(PIECE);
    unpacking->digest = cm_digest_new("sha256");
    if (!unpacking->piece || !unpacking->digest || inflateInit2(&unpacking->inflate, RAW) != Z_OK)
        return cm_archive_no_memory(unpacking->archive, err);
    unpacking->has_inflate = true;
    return true;
}

static bool
malformed(struct cm_err *err, const char *why)
{
    return cm_fail(err, CM_E_MALFORMED, "%s", why);
}

/* ---- the content, piece by piece ---- */

static bool
hand_out(struct unpacking *unpacking, const unsigned char *at, size_t size, struct cm_err *err)
{
    if (size > unpacking->entry->size - unpacking->size)
        return malformed(err, "holds more bytes than the directory says");
    unpacking->size += (uint32_t)size;
    unpacking->crc32 = (uint32_t)crc32_z(unpacking->crc32, at, size);
    if (unpacking->fd >= 0)
        return cm_fd_write_all(unpacking->fd, "its content", at, size, err);
    if (unpacking->to)
        cm_buf_add(unpacking->to, at, size);
    return !unpacking->to || !unpacking->to->failed ||
           cm_fail(err, CM_E_LIMIT, "no memory for its content");
}

static bool
inflate_piece(struct unpacking *unpacking, const unsigned char *at, size_t size, struct cm_err *err)
{
    z_stream *stream = &unpacking->inflate;
    stream->next_in = (z_const Bytef *)(uintptr_t)at; /* it only reads */
    stream->avail_in = (uInt)size;
    do {
        if (unpacking->at_end)
            return malformed(err, "has bytes behind the end of its packed content");
        stream->next_out = unpacking->piece;
        stream->avail_out = (uInt)PIECE;
        int result = inflate(stream, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            return cm_archive_no_memory(unpacking->archive, err);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return malformed(err, "is not what deflate writes");
        unpacking->at_end = result == Z_STREAM_END;
        if (!hand_out(unpacking, unpacking->piece, PIECE - stream->avail_out, err))
            return false;
    } while (stream->avail_in > 0 || (stream->avail_out == 0 && !unpacking->at_end));
    return true;
}

static bool
check_end(const struct unpacking *unpacking, struct cm_err *err)
{
    const struct cm_archive_entry *entry = unpacking->entry;
    if (entry->method == CM_ZIP_DEFLATED && !unpacking->at_end)
        return malformed(err, "ends in the middle of its packed content");
    if (unpacking->size != entry->size)
        return cm_fail(err, CM_E_MALFORMED, "holds %" PRIu32 " bytes, %" PRIu32 " by the directory",
                       unpacking->size, entry->size);
    if (unpacking->crc32 != entry->crc32)
        return malformed(err, "holds something else than its CRC is of");
    return true;
}

static bool
unpack_pieces(struct unpacking *unpacking, struct cm_err *err)
{
    const struct cm_archive_entry *entry = unpacking->entry;
    for (uint32_t done = 0; done < entry->packed;) {
        size_t size = 0;
        const unsigned char *at =
            cm_window_some(&unpacking->archive->window, (uint64_t)entry->content + done,
                           entry->packed - done, &size, err);
        if (!at)
            return false;
        cm_digest_add(unpacking->digest, at, size);
        bool done_with = entry->method == CM_ZIP_DEFLATED ? inflate_piece(unpacking, at, size, err)
                                                          : hand_out(unpacking, at, size, err);
        if (!done_with)
            return false;
        done += (uint32_t)size;
    }
    return check_end(unpacking, err);
}

static bool
unpack(struct unpacking *unpacking, uint32_t entry, struct cm_err *err)
{
    unpacking->entry = &unpacking->archive->entries[entry];
    unpacking->size = 0;
    unpacking->crc32 = 0;
    unpacking->at_end = false;
    if (inflateReset(&unpacking->inflate) != Z_OK)
        return cm_fail(err, CM_E_INTERNAL, "zlib does not begin anew");
    return unpack_pieces(unpacking, err) ||
           cm_archive_entry_context(unpacking->archive, entry, err);
}

/* ---- what was handed out is remembered ---- */

/* Where it is, or would be. */
static size_t
place_of(const struct cm_archive *archive, uint32_t content)
{
    size_t low = 0, high = archive->seen_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (archive->seen[middle].content < content)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
make_room(struct cm_archive *archive, struct cm_err *err)
{
    if (archive->seen_count < archive->seen_room)
        return true;
    size_t room = archive->seen_room > 0 ? archive->seen_room * 2 : ROOM_LEAST;
    struct cm_archive_seen *seen = reallocarray(archive->seen, room, sizeof *seen);
    if (!seen)
        return cm_archive_no_memory(archive, err);
    archive->seen = seen;
    archive->seen_room = room;
    return true;
}

static bool
remember(struct cm_archive *archive, uint32_t entry, struct cm_digest **digest, struct cm_err *err)
{
    char hex[CM_SHA256_HEX];
    struct cm_archive_seen seen = {.content = archive->entries[entry].content, .entry = entry};
    if (!cm_archive_end_digest(archive, digest, hex, err) ||
        !cm_unhex(hex, sizeof hex - 1, seen.sha256))
        return false;
    if (!make_room(archive, err))
        return false;
    size_t place = place_of(archive, seen.content);
    struct cm_archive_seen *at = &archive->seen[place];
    if (place < archive->seen_count && at->content == seen.content)
        return memcmp(at->sha256, seen.sha256, sizeof seen.sha256) == 0 ||
               cm_fail(err, CM_E_MALFORMED, "%s: it has changed while it was read", archive->name);
    memmove(at + 1, at, (archive->seen_count - place) * sizeof *at);
    *at = seen;
    archive->seen_count++;
    return true;
}

/* ---- the three ways to read ---- */

static bool
read_entry(struct unpacking *unpacking, uint32_t entry, struct cm_err *err)
{
    struct cm_archive *archive = unpacking->archive;
    return begin(unpacking, err) && unpack(unpacking, entry, err) &&
           remember(archive, entry, &unpacking->digest, err);
}

static bool
check_size(const struct cm_archive *archive, uint32_t entry, uint64_t most, struct cm_err *err)
{
    if (entry >= archive->count)
        return cm_fail(err, CM_E_NOT_FOUND, "%s: there is no entry %" PRIu32, archive->name, entry);
    if (archive->entries[entry].size <= most)
        return true;
    (void)cm_fail(err, CM_E_LIMIT, "holds %" PRIu32 " bytes; %" PRIu64 " are the limit",
                  archive->entries[entry].size, most);
    return cm_archive_entry_context(archive, entry, err);
}

bool
cm_archive_read(struct cm_archive *archive, uint32_t entry, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(unpacking_done)
    struct unpacking unpacking = {.archive = archive, .to = to, .fd = -1};
    size_t before = to->size;
    if (!check_size(archive, entry, to->most - before, err))
        return false;
    if (read_entry(&unpacking, entry, err))
        return true;
    cm_buf_cut(to, before);
    return false;
}

bool
cm_archive_unpack(struct cm_archive *archive, uint32_t entry, int to, uint64_t most,
                  struct cm_err *err)
{
    CM_CLEANUP(unpacking_done) struct unpacking unpacking = {.archive = archive, .fd = to};
    return check_size(archive, entry, most, err) && read_entry(&unpacking, entry, err);
}

/* What is no content: headers, descriptors, the directory. */
static bool
pass_by(struct unpacking *unpacking, uint64_t from, uint64_t to, struct cm_err *err)
{
    while (from < to) {
        size_t size = 0;
        const unsigned char *at =
            cm_window_some(&unpacking->archive->window, from, to - from, &size, err);
        if (!at)
            return false;
        cm_digest_add(unpacking->digest, at, size);
        from += size;
    }
    return true;
}

bool
cm_archive_check_contents(struct cm_archive *archive, struct cm_err *err)
{
    CM_CLEANUP(unpacking_done) struct unpacking unpacking = {.archive = archive, .fd = -1};
    if (!begin(&unpacking, err))
        return false;
    for (uint32_t i = 0; i < archive->count; i++) {
        const struct cm_archive_entry *entry = &archive->entries[archive->by_offset[i]];
        uint64_t behind = (uint64_t)entry->content + entry->packed;
        if (!pass_by(&unpacking, entry->at, entry->content, err) ||
            !unpack(&unpacking, archive->by_offset[i], err) ||
            !pass_by(&unpacking, behind, (uint64_t)entry->at + entry->span, err))
            return false;
    }
    return pass_by(&unpacking, archive->directory, archive->size, err) &&
           cm_archive_end_digest(archive, &unpacking.digest, archive->whole_sha256, err);
}
