/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/unit/artifact/zip.h: archives made byte by byte, with a knob for every lie.
 *
 *     CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
 *     zip_add(&zip, "a.txt", "hello", 5, ZIP_DEFLATE);
 *     zip.entries[0].local.name = "b.txt";
 *     zip_write(&zip, &bytes);
 *
 * zip_add() makes an honest entry; what a test changes afterwards is written as it stands. Fields
 * that are ZIP_HONEST (-1) are filled in when it is written.
 */
#ifndef CM_TESTS_UNIT_ARTIFACT_ZIP_H
#define CM_TESTS_UNIT_ARTIFACT_ZIP_H

#include "base/buf.h"
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define ZIP_HONEST     (-1)
#define ZIP_ENTRIES    16
#define ZIP_BYTES_MOST ((size_t)64 << 20)

enum {
    ZIP_STORE = 0,
    ZIP_DEFLATE = 1,
    ZIP_DESCRIBED = 2,     /* flag 8, zeros in the header, a descriptor of 16 bytes */
    ZIP_DESCRIBED_BARE = 4 /* one of 12 */
};

struct zip_piece {
    const void *at;
    size_t size;
};

#define ZIP_TEXT(text)                                                                             \
    (struct zip_piece)                                                                             \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

/* Of a local header or a record; what only records have stands below. */
struct zip_header {
    const char *mark;
    uint16_t needed, flags, method, time, date;
    uint32_t crc32, packed, size;
    int64_t name_size; /* said; the name is written as it is */
    struct zip_piece name, extra;
    uint16_t made_by, disk, internal;
    uint32_t attributes;
    int64_t at;
    struct zip_piece comment;
};

struct zip_entry {
    struct zip_header local, record;
    struct zip_piece front, content, behind; /* around the content, and in front of the header */
    bool unlisted;                           /* there is no record of it */
    bool unpacked;                           /* there is a record only */
    void *owned[2];
};

struct zip {
    struct zip_entry entries[ZIP_ENTRIES];
    size_t count;
    struct zip_piece front, before_directory, behind_directory, comment, tail;
    int64_t disk, directory_disk, count_here, count_all, directory_size, directory, comment_size;
};

#define ZIP_INIT                                                                                   \
    {                                                                                              \
        .disk = ZIP_HONEST, .directory_disk = ZIP_HONEST, .count_here = ZIP_HONEST,                \
        .count_all = ZIP_HONEST, .directory_size = ZIP_HONEST, .directory = ZIP_HONEST,            \
        .comment_size = ZIP_HONEST                                                                 \
    }

static inline void
zip_done(struct zip *zip)
{
    for (size_t i = 0; i < zip->count; i++) {
        free(zip->entries[i].owned[0]);
        free(zip->entries[i].owned[1]);
    }
    zip->count = 0;
}

/* ---- bytes ---- */

static inline void
zip_number(struct cm_buf *to, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        cm_buf_putc(to, (char)(value >> (8 * i)));
}

static inline void
zip_piece(struct cm_buf *to, struct zip_piece piece)
{
    if (piece.size > 0)
        cm_buf_add(to, piece.at, piece.size);
}

static inline void
zip_put_common(struct cm_buf *to, const struct zip_header *header)
{
    zip_number(to, header->needed, 2);
    zip_number(to, header->flags, 2);
    zip_number(to, header->method, 2);
    zip_number(to, header->time, 2);
    zip_number(to, header->date, 2);
    zip_number(to, header->crc32, 4);
    zip_number(to, header->packed, 4);
    zip_number(to, header->size, 4);
    zip_number(to, header->name_size < 0 ? header->name.size : (uint64_t)header->name_size, 2);
    zip_number(to, header->extra.size, 2);
}

static inline void
zip_put_local(struct cm_buf *to, const struct zip_header *header)
{
    cm_buf_add(to, header->mark, 4);
    zip_put_common(to, header);
    zip_piece(to, header->name);
    zip_piece(to, header->extra);
}

static inline void
zip_put_record(struct cm_buf *to, const struct zip_header *header, uint64_t at)
{
    cm_buf_add(to, header->mark, 4);
    zip_number(to, header->made_by, 2);
    zip_put_common(to, header);
    zip_number(to, header->comment.size, 2);
    zip_number(to, header->disk, 2);
    zip_number(to, header->internal, 2);
    zip_number(to, header->attributes, 4);
    zip_number(to, header->at < 0 ? at : (uint64_t)header->at, 4);
    zip_piece(to, header->name);
    zip_piece(to, header->extra);
    zip_piece(to, header->comment);
}

static inline uint64_t
zip_said(int64_t said, uint64_t honest)
{
    return said < 0 ? honest : (uint64_t)said;
}

static inline void
zip_put_end(struct cm_buf *to, const struct zip *zip, uint64_t count, uint64_t directory,
            uint64_t size)
{
    cm_buf_add(to, "PK\5\6", 4);
    zip_number(to, zip_said(zip->disk, 0), 2);
    zip_number(to, zip_said(zip->directory_disk, 0), 2);
    zip_number(to, zip_said(zip->count_here, count), 2);
    zip_number(to, zip_said(zip->count_all, count), 2);
    zip_number(to, zip_said(zip->directory_size, size), 4);
    zip_number(to, zip_said(zip->directory, directory), 4);
    zip_number(to, zip_said(zip->comment_size, zip->comment.size), 2);
    zip_piece(to, zip->comment);
    zip_piece(to, zip->tail);
}

/* ---- entries ---- */

/* Raw deflate, malloc'ed. */
static inline void *
zip_deflate(const void *at, size_t size, size_t *ret_size)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)at, .avail_in = (uInt)size};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uLong room = deflateBound(&stream, size);
    unsigned char *to = malloc(room);
    assert_non_null(to);
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *ret_size = room - stream.avail_out;
    assert_int_equal(deflateEnd(&stream), Z_OK);
    return to;
}

static inline bool
zip_is_ascii(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name >= 0x80)
            return false;
    return true;
}

static inline struct zip_piece
zip_descriptor(struct zip_entry *entry, bool bare)
{
    struct cm_buf bytes = CM_BUF_INIT(16);
    if (!bare)
        cm_buf_add(&bytes, "PK\7\x8", 4);
    zip_number(&bytes, entry->record.crc32, 4);
    zip_number(&bytes, entry->record.packed, 4);
    zip_number(&bytes, entry->record.size, 4);
    entry->owned[1] = bytes.at;
    return (struct zip_piece){bytes.at, bytes.size};
}

/* An honest entry; the content is borrowed until it is written if it is stored. */
static inline struct zip_entry *
zip_add(struct zip *zip, const char *name, const void *at, size_t size, unsigned how)
{
    assert_true(zip->count < ZIP_ENTRIES);
    struct zip_entry *entry = &zip->entries[zip->count++];
    struct zip_header header = {
        .mark = "PK\3\4",
        .needed = 20,
        .flags = zip_is_ascii(name) ? 0 : 0x800,
        .time = 0x6000,
        .date = 0x5462,
        .crc32 = (uint32_t)crc32_z(0, at, size),
        .packed = (uint32_t)size,
        .size = (uint32_t)size,
        .name_size = ZIP_HONEST,
        .name = {name, strlen(name)},
    };
    *entry = (struct zip_entry){.content = {at, size}};
    if (how & ZIP_DEFLATE) {
        entry->owned[0] = zip_deflate(at, size, &entry->content.size);
        entry->content.at = entry->owned[0];
        header.method = 8;
        header.packed = (uint32_t)entry->content.size;
    }
    bool described = how & (ZIP_DESCRIBED | ZIP_DESCRIBED_BARE);
    header.flags |= described ? 8 : 0;
    entry->local = entry->record = header;
    entry->record.mark = "PK\1\2";
    entry->record.made_by = 20;
    entry->record.at = ZIP_HONEST;
    if (described) {
        entry->behind = zip_descriptor(entry, how & ZIP_DESCRIBED_BARE);
        entry->local.crc32 = entry->local.packed = entry->local.size = 0;
    }
    return entry;
}

static inline void
zip_write(const struct zip *zip, struct cm_buf *to)
{
    uint64_t at[ZIP_ENTRIES] = {0};
    size_t listed = 0;
    zip_piece(to, zip->front);
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_entry *entry = &zip->entries[i];
        listed += !entry->unlisted;
        zip_piece(to, entry->front);
        at[i] = to->size;
        if (entry->unpacked)
            continue;
        zip_put_local(to, &entry->local);
        zip_piece(to, entry->content);
        zip_piece(to, entry->behind);
    }
    zip_piece(to, zip->before_directory);
    size_t directory = to->size;
    for (size_t i = 0; i < zip->count; i++)
        if (!zip->entries[i].unlisted)
            zip_put_record(to, &zip->entries[i].record, at[i]);
    size_t size = to->size - directory;
    zip_piece(to, zip->behind_directory);
    zip_put_end(to, zip, listed, directory, size);
    assert_false(to->failed);
}

/* A whole archive of so many small entries. */
static inline void
zip_put_many(struct cm_buf *to, uint32_t count)
{
    char name[32];
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf directory = CM_BUF_INIT(ZIP_BYTES_MOST);
    struct zip_entry *entry = zip_add(&zip, "", "x", 1, ZIP_STORE);
    for (uint32_t i = 0; i < count; i++) {
        int size = snprintf(name, sizeof name, "lib/dir%u/File%u.txt", i % 100, i);
        entry->local.name = entry->record.name = (struct zip_piece){name, (size_t)size};
        size_t at = to->size;
        zip_put_local(to, &entry->local);
        zip_piece(to, entry->content);
        zip_put_record(&directory, &entry->record, at);
    }
    size_t at = to->size;
    cm_buf_add(to, directory.at, directory.size);
    zip_put_end(to, &zip, count, at, directory.size);
    assert_false(to->failed || directory.failed);
}

/* ---- files ---- */

static inline int
zip_file_of(const void *at, size_t size)
{
    int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_unlinked(NULL, &fd, &err) || !cm_fd_write_all(fd, "a test's file", at, size, &err))
        fail_msg("%s", err.text);
    return fd;
}

static inline int
zip_file(const struct zip *zip)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    zip_write(zip, &bytes);
    return zip_file_of(bytes.at, bytes.size);
}

#endif
