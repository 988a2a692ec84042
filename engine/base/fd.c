/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading, writing and making. Replacing files is in fd_replace.c, the guard in fd_guard.c.
 */
#include "base/fd.h"

#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK      ((size_t)64 * 1024)
#define COPY_BLOCK ((size_t)256 * 1024) /* stays in the cache between reading, hashing, writing */

void
cm_fd_done(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    errno = saved;
}

static ssize_t
read_some(int fd, void *to, size_t size)
{
    ssize_t got = 0;
    do
        got = read(fd, to, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* One block, or fewer bytes, behind what `to` has. A full buffer asks for one byte more than it
 * may hold, on the side, to tell an end from too much. */
static bool
read_block(int fd, const char *name, struct cm_buf *to, size_t *ret_got, struct cm_err *err)
{
    char spare = 0;
    size_t before = to->size;
    size_t left = to->most - before;
    size_t size = left < BLOCK ? left : BLOCK;
    char *at = size > 0 ? cm_buf_extend(to, size) : &spare;
    if (!at)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", name);
    ssize_t got = read_some(fd, at, size > 0 ? size : 1);
    int error = errno;
    cm_buf_cut(to, before + (got > 0 && size > 0 ? (size_t)got : 0));
    if (got < 0)
        return cm_fail_errno(err, error, "%s", name);
    if (got > 0 && size == 0)
        return cm_fail(err, CM_E_LIMIT, "%s: larger than %zu bytes", name, to->most);
    *ret_got = (size_t)got;
    return true;
}

bool
cm_fd_read_all(int fd, const char *name, struct cm_buf *to, struct cm_err *err)
{
    size_t before = to->size;
    if (to->failed)
        return cm_fail(err, CM_E_INTERNAL, "%s: read into a failed buffer", name);
    for (size_t got = 1; got > 0;)
        if (!read_block(fd, name, to, &got, err)) {
            cm_buf_cut(to, before);
            return false;
        }
    return true;
}

bool
cm_fd_write_all(int fd, const char *name, const void *at, size_t size, struct cm_err *err)
{
    const char *bytes = at;
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return cm_fail_errno(err, errno, "%s", name);
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static bool
copy_blocks(int from, int to, const char *name, char *block, struct cm_digest *digest,
            struct cm_err *err)
{
    for (off_t offset = 0;;) {
        ssize_t got = pread(from, block, COPY_BLOCK, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "%s: reading what it shall contain", name);
        if (got == 0)
            return true;
        if (digest)
            cm_digest_add(digest, block, (size_t)got);
        if (!cm_fd_write_all(to, name, block, (size_t)got, err))
            return false;
        offset += got;
    }
}

bool
cm_fd_copy(int from, int to, const char *name, struct cm_digest *digest, struct cm_err *err)
{
    char *block = malloc(COPY_BLOCK);
    if (!block)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to copy it", name);
    bool done = copy_blocks(from, to, name, block, digest, err);
    free(block);
    return done;
}

bool
cm_file_open(const char *path, int *ret_fd, struct cm_err *err)
{
    struct stat status;
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode))
        return cm_fail(err, CM_E_MALFORMED, "%s is %s", path,
                       S_ISDIR(status.st_mode) ? "a folder" : "not a regular file");
    *ret_fd = fd;
    fd = -1;
    return true;
}

bool
cm_file_read(const char *path, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return cm_fail_errno(err, errno, "%s", path);
    return cm_fd_read_all(fd, path, to, err);
}

/* For file systems without O_TMPFILE. */
static int
open_and_unlink(const char *folder)
{
    char *path = NULL;
    if (asprintf(&path, "%s/.countermark-XXXXXX", folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    int saved = errno;
    free(path);
    errno = saved;
    return fd;
}

static int
open_unlinked(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    return open_and_unlink(folder);
}

bool
cm_file_unlinked(const char *folder, int *ret_fd, struct cm_err *err)
{
    const char *wanted = folder ? folder : secure_getenv("TMPDIR");
    if (!folder && wanted && wanted[0] != '/')
        return cm_fail(err, CM_E_CONFIG, "TMPDIR is not an absolute path: %s", wanted);
    int fd = open_unlinked(wanted ? wanted : "/var/tmp");
    if (fd < 0 && !wanted)
        fd = open_unlinked("/tmp");
    if (fd < 0)
        return cm_fail_errno(err, errno, "no temporary file in %s", wanted ? wanted : "/tmp");
    *ret_fd = fd;
    return true;
}

static bool
make_one(const char *path, struct cm_err *err)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return true;
    if (errno != EEXIST)
        return cm_fail_errno(err, errno, "cannot make the folder %s", path);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    return cm_fail(err, CM_E_CONFIG, "%s: there is something that is not a folder", path);
}

bool
cm_folder_make(const char *path, struct cm_err *err)
{
    if (path[0] == '\0')
        return cm_fail(err, CM_E_CONFIG, "a folder without a name");
    char *copy = strdup(path);
    bool done = copy != NULL;
    if (!copy)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", path);
    for (char *slash = copy; done && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        done = make_one(copy, err);
        *slash = '/';
    }
    done = done && make_one(path, err);
    free(copy);
    return done;
}

/* The folder above, in place. */
static void
cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        memcpy(path, ".", sizeof ".");
    else
        slash[slash == path] = '\0';
}

bool
cm_folder_may_make(const char *path, struct cm_err *err)
{
    struct stat status = {0};
    if (path[0] == '\0')
        return cm_fail(err, CM_E_CONFIG, "a folder without a name");
    char *at = strdup(path);
    if (!at)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", path);
    while (stat(at, &status) < 0 && errno == ENOENT && strcmp(at, ".") != 0)
        cut_last(at);
    bool may = faccessat(AT_FDCWD, at, W_OK | X_OK, AT_EACCESS) == 0;
    if (may && !S_ISDIR(status.st_mode)) {
        may = false;
        errno = ENOTDIR;
    }
    if (!may)
        (void)cm_fail_errno(err, errno, "%s", at);
    free(at);
    return may;
}

static int
remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    (void)remove(path);
    return 0;
}

void
cm_folder_remove(const char *path)
{
    static const int descriptors = 8;
    if (rmdir(path) == 0) /* which takes no memory */
        return;
    (void)nftw(path, remove_entry, descriptors, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
