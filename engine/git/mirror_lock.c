/* SPDX-License-Identifier: Apache-2.0 */
#include "git/mirror_inside.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Whoever removes a mirror removes this file, too: what was opened must still be what has the name
 * once it is locked. That is asked by cm_mirror_lock(), which then is BUSY. */
int
cm_mirror_lock_open(const char *path, struct cm_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        (void)cm_fail_errno(err, errno, "%s", path);
    return fd;
}

static bool
set_lock(int fd, short how, off_t byte)
{
    struct flock lock = {.l_type = how, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

enum cm_mirror_got
cm_mirror_lock(int fd, short how, off_t byte, struct cm_err *err)
{
    struct stat info;
    if (!set_lock(fd, how, byte)) {
        if (errno == EAGAIN || errno == EACCES)
            return CM_MIRROR_BUSY;
        (void)cm_fail_errno(err, errno, "a mirror cannot be locked");
        return CM_MIRROR_FAILED;
    }
    if (fstat(fd, &info) == 0 && info.st_nlink > 0)
        return CM_MIRROR_GOT;
    cm_mirror_give_back(fd, F_UNLCK, byte);
    return CM_MIRROR_BUSY;
}

void
cm_mirror_give_back(int fd, short how, off_t byte)
{
    (void)set_lock(fd, how, byte);
}
