/* SPDX-License-Identifier: Apache-2.0
 *
 * The end record says where the directory is. Some readers look for it from the back, some from the
 * front, some correct what it says: it has to be the only one, and to say what is.
 */
#include "artifact/archive_inside.h"
#include "base/cursor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMMENT_MOST 0xffffu
#define LOCATOR_SIZE 20u /* of ZIP64, in front of the end record */
#define TAIL_MOST    ((size_t)LOCATOR_SIZE + CM_ZIP_END_SIZE + COMMENT_MOST)

#define END_MARK     "PK\5\6"
#define LOCATOR_MARK "PK\6\7"
#define RECORD_MARK  "PK\1\2"

struct end {
    uint64_t at;
    uint16_t disk, directory_disk, count_here, count;
    uint32_t directory_size, directory;
    uint16_t comment_size;
};

/* What the file ends with: all that anybody looks for an end record in. */
struct tail {
    const unsigned char *at; /* the window's */
    size_t size;
    uint64_t offset;
};

static struct end
read_end(const unsigned char *at, uint64_t offset)
{
    struct cm_cursor cursor = cm_cursor(at, CM_ZIP_END_SIZE);
    struct end end = {.at = offset};
    (void)cm_cursor_skip(&cursor, END_MARK);
    end.disk = cm_cursor_le16(&cursor);
    end.directory_disk = cm_cursor_le16(&cursor);
    end.count_here = cm_cursor_le16(&cursor);
    end.count = cm_cursor_le16(&cursor);
    end.directory_size = cm_cursor_le32(&cursor);
    end.directory = cm_cursor_le32(&cursor);
    end.comment_size = cm_cursor_le16(&cursor);
    return end;
}

/* The last place in front of `before` where the mark stands; false if there is none. */
static bool
mark_before(const struct tail *tail, size_t before, size_t *ret)
{
    for (size_t i = before; i-- > 0;)
        if (tail->size - i >= strlen(END_MARK) &&
            memcmp(tail->at + i, END_MARK, strlen(END_MARK)) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static bool
no_archive(const struct cm_archive *archive, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED,
                   "%s: no ZIP archive, or one that is cut off: it has no end record",
                   archive->name);
}

static bool
last_end(const struct cm_archive *archive, const struct tail *tail, struct end *ret,
         struct cm_err *err)
{
    size_t at = 0;
    if (!mark_before(tail, tail->size, &at))
        return no_archive(archive, err);
    size_t left = tail->size - at;
    if (left < CM_ZIP_END_SIZE)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: offset %" PRIu64 ": an end record, but only %zu bytes of it",
                       archive->name, tail->offset + at, left);
    *ret = read_end(tail->at + at, tail->offset + at);
    if (left - CM_ZIP_END_SIZE != ret->comment_size)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: offset %" PRIu64
                       ": the end record says that %u bytes of comment follow,"
                       " there are %zu; readers disagree whether it is the end",
                       archive->name, ret->at, ret->comment_size, left - CM_ZIP_END_SIZE);
    return true;
}

/* Could a reader that comes from the front take that one? If so, it leads to a directory. An
 * archive that is stored in another one counts from its own beginning, and does not. */
static bool
is_no_end(const struct cm_archive *archive, const struct end *other, const struct end *end,
          struct cm_window *window, struct cm_err *err)
{
    const unsigned char *there = NULL;
    if ((uint64_t)other->directory + other->directory_size > other->at)
        return true;
    if (other->count > 0) {
        there = cm_window_get(window, other->directory, strlen(RECORD_MARK), err);
        if (!there)
            return false;
        if (memcmp(there, RECORD_MARK, strlen(RECORD_MARK)) != 0)
            return true;
    }
    return cm_fail(err, CM_E_MALFORMED,
                   "%s: two end records, at offsets %" PRIu64 " and %" PRIu64
                   "; some readers take the one, some the other",
                   archive->name, other->at, end->at);
}

static bool
is_only_end(const struct cm_archive *archive, const struct tail *tail, const struct end *end,
            struct cm_err *err)
{
    /* The tail is in the archive's own window. */
    CM_CLEANUP(cm_window_done)
    struct cm_window window = {.fd = archive->window.fd, .name = archive->name};
    for (size_t at = (size_t)(end->at - tail->offset); mark_before(tail, at, &at);) {
        struct end other = read_end(tail->at + at, tail->offset + at);
        if (!is_no_end(archive, &other, end, &window, err))
            return false;
    }
    return true;
}

static bool
is_zip64(const struct tail *tail, const struct end *end)
{
    size_t at = (size_t)(end->at - tail->offset);
    if (at >= LOCATOR_SIZE && memcmp(tail->at + at - LOCATOR_SIZE, LOCATOR_MARK, 4) == 0)
        return true;
    return end->disk == 0xffff || end->directory_disk == 0xffff || end->count_here == 0xffff ||
           end->count == 0xffff || end->directory_size == UINT32_MAX ||
           end->directory == UINT32_MAX;
}

static bool
check_kind(const struct cm_archive *archive, const struct tail *tail, const struct end *end,
           struct cm_err *err)
{
    if (is_zip64(tail, end))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s: it takes ZIP64; package feeds and their signatures do not take ZIP64",
                       archive->name);
    if (end->disk != 0 || end->directory_disk != 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: an archive on several disks", archive->name);
    if (archive->size > UINT32_MAX)
        return cm_fail(err, CM_E_LIMIT, "%s: larger than 4 GiB", archive->name);
    return true;
}

static bool
check_place(const struct cm_archive *archive, const struct end *end, struct cm_err *err)
{
    if (end->count_here != end->count)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: offset %" PRIu64 ": the end record says %u entries, and %u",
                       archive->name, end->at, end->count_here, end->count);
    if (end->count > archive->limits.entries)
        return cm_fail(err, CM_E_LIMIT, "%s: %u entries; %" PRIu32 " are the limit", archive->name,
                       end->count, archive->limits.entries);
    uint64_t directory_end = (uint64_t)end->directory + end->directory_size;
    if (directory_end != end->at)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: offset %" PRIu64 ": by the end record, the directory ends at %" PRIu64
                       " and not there",
                       archive->name, end->at, directory_end);
    return true;
}

static bool
keep_end(struct cm_archive *archive, const struct tail *tail, const struct end *end,
         struct cm_err *err)
{
    size_t size = (size_t)(archive->size - end->at);
    archive->last = malloc(size);
    if (!archive->last)
        return cm_archive_no_memory(archive, err);
    memcpy(archive->last, tail->at + (end->at - tail->offset), size);
    archive->directory = end->directory;
    archive->end = (uint32_t)end->at;
    archive->count = end->count;
    return true;
}

bool
cm_archive_find_end(struct cm_archive *archive, struct cm_err *err)
{
    struct end end = {.at = 0};
    struct tail tail = {.size = archive->size < TAIL_MOST ? (size_t)archive->size : TAIL_MOST};
    if (archive->size < CM_ZIP_END_SIZE)
        return no_archive(archive, err);
    tail.offset = archive->size - tail.size;
    tail.at = cm_window_get(&archive->window, tail.offset, tail.size, err);
    return tail.at && last_end(archive, &tail, &end, err) &&
           is_only_end(archive, &tail, &end, err) && check_kind(archive, &tail, &end, err) &&
           check_place(archive, &end, err) && keep_end(archive, &tail, &end, err);
}
