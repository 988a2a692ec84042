/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/stage.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)256 * 1024) /* stays in the cache between reading, hashing and writing */

struct copying {
    const char *path;
    int from, to;
    int64_t size;             /* so far */
    int64_t listed;           /* that the file has by its folder; 0: not known */
    struct cm_digest *digest; /* owned */
    char *block;              /* owned */
};

static void
copying_done(struct copying *copying)
{
    cm_fd_done(&copying->from);
    cm_fd_done(&copying->to);
    cm_digest_done(&copying->digest);
    free(copying->block);
}

void
cm_staged_done(struct cm_staged *staged)
{
    cm_fd_done(&staged->fd);
}

static bool
is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* O_NONBLOCK: a pipe that nobody writes to must not hold us up before it is refused. */
static bool
open_source(struct copying *copying, struct cm_err *err)
{
    struct stat status;
    if (is_standard_input(copying->path)) {
        copying->path = "standard input";
        copying->from = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return copying->from >= 0 ? true : cm_fail_errno(err, errno, "standard input");
    }
    copying->from = open(copying->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (copying->from < 0 || fstat(copying->from, &status) < 0)
        return cm_fail_errno(err, errno, "%s", copying->path);
    if (!S_ISREG(status.st_mode))
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: %s; an artifact is a regular file",
                       copying->path, S_ISDIR(status.st_mode) ? "a folder" : "not a regular file");
    if (status.st_size > CM_ARTIFACT_MOST)
        return cm_fail(err, CM_E_LIMIT, "%s: larger than %" PRId64 " GiB", copying->path,
                       CM_ARTIFACT_MOST >> 30);
    (void)posix_fadvise(copying->from, 0, 0, POSIX_FADV_SEQUENTIAL);
    copying->listed = status.st_size;
    return true;
}

/* A full disk is no fault of the artifact's: CM_E_TRANSIENT. */
static bool
no_room(struct cm_err *err)
{
    err->class = CM_E_TRANSIENT;
    return cm_context(err, "no private copy can be made (set TMPDIR to a folder with room for it)");
}

/* A full disk is known now, not after gigabytes; and the blocks are found at once. Where the file
 * system cannot, writing tells. */
static bool
reserve(const struct copying *copying, struct cm_err *err)
{
    if (copying->listed == 0 ||
        fallocate(copying->to, FALLOC_FL_KEEP_SIZE, 0, copying->listed) == 0 ||
        (errno != ENOSPC && errno != EDQUOT))
        return true;
    (void)cm_fail_errno(err, errno, "%s", copying->path);
    return no_room(err);
}

static bool
write_block(const struct copying *copying, size_t size, struct cm_err *err)
{
    if (cm_fd_write_all(copying->to, copying->path, copying->block, size, err))
        return true;
    return no_room(err);
}

static bool
copy_all(struct copying *copying, struct cm_err *err)
{
    for (;;) {
        ssize_t got = read(copying->from, copying->block, BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "%s: reading it", copying->path);
        if (got == 0)
            return true;
        copying->size += got;
        if (copying->size > CM_ARTIFACT_MOST)
            return cm_fail(err, CM_E_LIMIT, "%s: larger than %" PRId64 " GiB", copying->path,
                           CM_ARTIFACT_MOST >> 30);
        cm_digest_add(copying->digest, copying->block, (size_t)got);
        if (!write_block(copying, (size_t)got, err))
            return false;
    }
}

static bool
copy(struct copying *copying, const char *folder, struct cm_err *err)
{
    copying->digest = cm_digest_new("sha256");
    copying->block = malloc(BLOCK);
    if (!copying->digest || !copying->block)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", copying->path);
    if (!cm_file_unlinked(folder, &copying->to, err) || !reserve(copying, err) ||
        !copy_all(copying, err))
        return false;
    if (copying->size == 0)
        return cm_fail(err, CM_E_MALFORMED, "%s: empty", copying->path);
    return true;
}

/* Where it is standard input, nobody has told a name. */
static const char *
name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return is_standard_input(path) ? NULL : slash ? slash + 1 : path;
}

bool
cm_may_stage(const char *path, struct cm_err *err)
{
    CM_CLEANUP(copying_done) struct copying copying = {.path = path, .from = -1, .to = -1};
    if (is_standard_input(path))
        return true;
    if (!open_source(&copying, err))
        return false;
    return copying.listed > 0 || cm_fail(err, CM_E_MALFORMED, "%s: empty", path);
}

bool
cm_stage(const char *path, const char *folder, struct cm_staged *ret, struct cm_err *err)
{
    CM_CLEANUP(copying_done) struct copying copying = {.path = path, .from = -1, .to = -1};
    struct cm_staged staged = {.fd = -1, .name = name_of(path)};
    if (!open_source(&copying, err) || !copy(&copying, folder, err))
        return false;
    if (!cm_digest_end(CM_TAKE(copying.digest), staged.sha256))
        return cm_fail(err, CM_E_INTERNAL, "%s: SHA-256 is not available", copying.path);
    staged.size = copying.size;
    staged.fd = copying.to;
    copying.to = -1;
    *ret = staged;
    return true;
}
