/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_copy.h"
#include "base/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
cm_copy_done(struct cm_copy *copy)
{
    cm_hashing_done(&copy->hashing);
    cm_follower_done(&copy->follower);
}

bool
cm_copy_begin(struct cm_copy *copy, const struct cm_archive *archive, int to,
              const struct cm_edits_digests *digests, struct cm_err *err)
{
    copy->archive = archive;
    copy->to = to;
    copy->of_input = digests->of_input;
    copy->passes = digests->of_input || digests->of_output || digests->sha512;
    copy->hashing = cm_hashing_new(digests);
    if (!copy->hashing)
        return cm_archive_no_memory(archive, err);
    return !copy->of_input || cm_follower_begin(&copy->follower, archive, err);
}

/* ---- blocks ---- */

/* To the digests, and into the output if it is of it. */
static bool
pass_on(struct cm_copy *copy, struct cm_block *block, struct cm_err *err)
{
    cm_hashing_give(copy->hashing, block);
    if (!(block->of & CM_BLOCK_OUTPUT))
        return true;
    copy->written += block->size;
    return copy->to < 0 ||
           cm_fd_write_all(copy->to, "the new archive", block->at, block->size, err);
}

/* What is being filled goes first. */
static bool
flush(struct cm_copy *copy, struct cm_err *err)
{
    if (copy->input && !pass_on(copy, CM_TAKE(copy->input), err))
        return false;
    return !copy->output || pass_on(copy, CM_TAKE(copy->output), err);
}

static bool
fill(const struct cm_copy *copy, int from, uint64_t offset, size_t size, struct cm_block *block,
     struct cm_err *err)
{
    while (block->size < size) {
        ssize_t got =
            pread(from, block->at + block->size, size - block->size, (off_t)(offset + block->size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "%s: reading it", copy->archive->name);
        if (got == 0)
            return cm_archive_changed(copy->archive, err); /* shorter than it was */
        block->size += (size_t)got;
    }
    return true;
}

/* Bytes of a file, through memory. */
static bool
pass(struct cm_copy *copy, int from, uint64_t offset, uint64_t size, unsigned of,
     struct cm_err *err)
{
    if (!flush(copy, err))
        return false;
    while (size > 0) {
        struct cm_block *block = cm_hashing_block(copy->hashing);
        size_t step = size < CM_BLOCK_SIZE ? (size_t)size : CM_BLOCK_SIZE;
        block->of = of;
        if (!fill(copy, from, offset, step, block, err))
            return false;
        if ((of & CM_BLOCK_INPUT) && copy->of_input)
            cm_follow(&copy->follower, block->at, block->size);
        if (!pass_on(copy, block, err))
            return false;
        offset += step;
        size -= step;
    }
    return true;
}

/* ---- without a digest, the kernel copies ---- */

static bool
cannot_copy(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

/* As much as it can; what is left is for pass(). */
static bool
let_copy(struct cm_copy *copy, uint64_t *offset, uint64_t *size, struct cm_err *err)
{
    if (!flush(copy, err))
        return false;
    while (*size > 0 && !copy->by_hand) {
        off_t from = (off_t)*offset;
        ssize_t got = copy_file_range(copy->archive->window.fd, &from, copy->to, NULL, *size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && !cannot_copy(errno))
            return cm_fail_errno(err, errno, "%s: copying it", copy->archive->name);
        if (got == 0)
            return cm_archive_changed(copy->archive, err); /* shorter than it was */
        copy->by_hand = got < 0;
        if (got > 0) {
            *offset += (uint64_t)got;
            *size -= (uint64_t)got;
            copy->written += (uint64_t)got;
        }
    }
    return true;
}

/* ---- the ways of a byte ---- */

bool
cm_copy_keep(struct cm_copy *copy, uint64_t end, struct cm_err *err)
{
    uint64_t offset = copy->input_at, size = end - copy->input_at;
    copy->input_at = end;
    if (!copy->passes && !let_copy(copy, &offset, &size, err))
        return false;
    return pass(copy, copy->archive->window.fd, offset, size, CM_BLOCK_INPUT | CM_BLOCK_OUTPUT,
                err);
}

bool
cm_copy_skip(struct cm_copy *copy, uint64_t end, struct cm_err *err)
{
    uint64_t offset = copy->input_at;
    copy->input_at = end;
    return !copy->of_input ||
           pass(copy, copy->archive->window.fd, offset, end - offset, CM_BLOCK_INPUT, err);
}

/* Adds to the block that is being filled; gives it away when it is full. */
static bool
collect(struct cm_copy *copy, struct cm_block **block, unsigned of, const unsigned char *at,
        size_t size, struct cm_err *err)
{
    while (size > 0) {
        if (!*block) {
            *block = cm_hashing_block(copy->hashing);
            (*block)->of = of;
        }
        size_t room = CM_BLOCK_SIZE - (*block)->size;
        size_t step = size < room ? size : room;
        memcpy((*block)->at + (*block)->size, at, step);
        (*block)->size += step;
        at += step;
        size -= step;
        if ((*block)->size == CM_BLOCK_SIZE && !pass_on(copy, CM_TAKE(*block), err))
            return false;
    }
    return true;
}

void
cm_copy_show(struct cm_copy *copy, const void *at, size_t size)
{
    copy->input_at += size;
    if (!copy->of_input)
        return;
    cm_follow(&copy->follower, at, size);
    (void)collect(copy, &copy->input, CM_BLOCK_INPUT, at, size, NULL); /* nothing is written */
}

bool
cm_copy_put(struct cm_copy *copy, const void *at, size_t size, struct cm_err *err)
{
    return collect(copy, &copy->output, CM_BLOCK_OUTPUT, at, size, err);
}

bool
cm_copy_put_from(struct cm_copy *copy, int from, uint64_t size, struct cm_err *err)
{
    return pass(copy, from, 0, size, CM_BLOCK_OUTPUT, err);
}

static bool
check_input(struct cm_copy *copy, const struct cm_written *written, struct cm_err *err)
{
    struct stat status;
    const struct cm_archive *archive = copy->archive;
    if (!copy->of_input)
        return true;
    if (fstat(archive->window.fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", archive->name);
    if ((uint64_t)status.st_size != archive->size)
        return cm_archive_changed(archive, err);
    if (archive->whole_sha256[0] != '\0' &&
        strcmp(archive->whole_sha256, written->input_sha256) != 0)
        return cm_archive_changed(archive, err);
    return cm_follower_end(&copy->follower, err);
}

bool
cm_copy_end(struct cm_copy *copy, struct cm_written *ret, struct cm_err *err)
{
    struct cm_written written = {.size = 0};
    if (!flush(copy, err) || !cm_hashing_end(copy->hashing, &written, err) ||
        !check_input(copy, &written, err))
        return false;
    written.size = copy->written;
    *ret = written;
    return true;
}
