/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_pack.h"

#include "artifact/archive_inside.h"
#include "base/fd.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK     ((size_t)64 * 1024)
#define SIZE_MOST (UINT32_MAX - 1) /* the next one means ZIP64 */
#define LEVEL     6
#define RAW       (-15) /* to zlib: deflate without a header, the largest window */
#define MEMORY    8

struct packing {
    struct cm_packed *packed;
    unsigned char *block; /* what comes out of deflate */
    z_stream deflate;
    bool has_deflate;
};

static void
packing_done(struct packing *packing)
{
    if (packing->has_deflate)
        (void)deflateEnd(&packing->deflate);
    free(packing->block);
}

void
cm_packed_done(struct cm_packed *packed)
{
    cm_buf_done(&packed->bytes);
    cm_fd_done(&packed->fd);
}

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for the new content of an entry");
}

static bool
begin(struct packing *packing, uint16_t method, struct cm_err *err)
{
    packing->block = malloc(BLOCK);
    if (!packing->block)
        return no_memory(err);
    if (method == CM_ZIP_STORED)
        return true;
    packing->has_deflate =
        deflateInit2(&packing->deflate, LEVEL, Z_DEFLATED, RAW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
    return packing->has_deflate || no_memory(err);
}

static bool
check_size(uint32_t size, size_t more, struct cm_err *err)
{
    return more <= SIZE_MOST - size ||
           cm_fail(err, CM_E_LIMIT, "4 GiB or more for one entry take ZIP64");
}

static bool
put(struct cm_packed *packed, const void *at, size_t size, struct cm_err *err)
{
    if (!check_size(packed->packed, size, err))
        return false;
    packed->packed += (uint32_t)size;
    if (packed->fd >= 0)
        return cm_fd_write_all(packed->fd, "the new content of an entry", at, size, err);
    cm_buf_add(&packed->bytes, at, size);
    return !packed->bytes.failed || no_memory(err);
}

static bool
deflate_some(struct packing *packing, const void *at, size_t size, int flush, struct cm_err *err)
{
    z_stream *stream = &packing->deflate;
    stream->next_in = (z_const Bytef *)(uintptr_t)at; /* it only reads */
    stream->avail_in = (uInt)size;
    do {
        stream->next_out = packing->block;
        stream->avail_out = (uInt)BLOCK;
        if (deflate(stream, flush) == Z_STREAM_ERROR)
            return cm_fail(err, CM_E_INTERNAL, "zlib does not deflate");
        if (!put(packing->packed, packing->block, BLOCK - stream->avail_out, err))
            return false;
    } while (stream->avail_out == 0);
    return true;
}

static bool
feed(struct packing *packing, const void *at, size_t size, struct cm_err *err)
{
    struct cm_packed *packed = packing->packed;
    if (!check_size(packed->size, size, err))
        return false;
    packed->size += (uint32_t)size;
    packed->crc32 = (uint32_t)crc32_z(packed->crc32, at, size);
    return packing->has_deflate ? deflate_some(packing, at, size, Z_NO_FLUSH, err)
                                : put(packed, at, size, err);
}

static bool
end(struct packing *packing, struct cm_err *err)
{
    return !packing->has_deflate || deflate_some(packing, "", 0, Z_FINISH, err);
}

bool
cm_pack(const void *at, size_t size, uint16_t method, struct cm_packed *ret, struct cm_err *err)
{
    CM_CLEANUP(packing_done) struct packing packing = {.packed = ret};
    return begin(&packing, method, err) && (size == 0 || feed(&packing, at, size, err)) &&
           end(&packing, err);
}

static bool
feed_from(struct packing *packing, int from, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf block = CM_BUF_INIT(BLOCK);
    if (!cm_buf_extend(&block, BLOCK))
        return no_memory(err);
    for (off_t offset = 0;;) {
        ssize_t got = pread(from, block.at, BLOCK, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "the new content of an entry: reading it");
        if (got == 0)
            return true;
        if (!feed(packing, block.at, (size_t)got, err))
            return false;
        offset += got;
    }
}

/* That there is none is the machine's fault, and never the archive's. */
static bool
open_private(int *ret_fd, struct cm_err *err)
{
    if (cm_file_unlinked(NULL, ret_fd, err))
        return true;
    err->class = CM_E_TRANSIENT;
    return cm_context(err, "set TMPDIR to a folder with room for what is changed");
}

bool
cm_pack_from(int from, uint16_t method, struct cm_packed *ret, struct cm_err *err)
{
    CM_CLEANUP(packing_done) struct packing packing = {.packed = ret};
    return open_private(&ret->fd, err) && begin(&packing, method, err) &&
           feed_from(&packing, from, err) && end(&packing, err);
}
