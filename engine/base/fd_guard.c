/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard: who could have put this file here, or another in its place? Every component of the
 * resolved path is opened below the one judged before it, so that what is judged is what is used.
 */
#include "base/fd.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `so_far` is the path of what `status` describes. */
static bool
judge(const struct stat *status, const char *so_far, bool is_parent, struct cm_err *err)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return cm_fail(err, CM_E_DENIED,
                       "%s: owned by user %u, neither root nor the user of this program; "
                       "mend it with: chown root '%s'",
                       so_far, (unsigned)status->st_uid, so_far);
    /* In a sticky folder nobody else can take away what belongs to root or to us, and that the
     * next component does is judged next. */
    bool is_sticky_parent = is_parent && status->st_uid == 0 && (status->st_mode & S_ISVTX);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) && !is_sticky_parent)
        return cm_fail(err, CM_E_DENIED,
                       "%s: writable by others than its owner; mend it with: chmod go-w '%s'",
                       so_far, so_far);
    return true;
}

static bool
judge_fd(int fd, const char *so_far, bool is_parent, struct cm_err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", so_far);
    return judge(&status, so_far, is_parent, err);
}

/* Replaces *folder by the folder `name` in it, judged. */
static bool
step_down(int *folder, const char *name, const char *so_far, bool is_parent, struct cm_err *err)
{
    int next = openat(*folder, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    if (next < 0)
        return cm_fail_errno(err, errno, "%s", so_far);
    cm_fd_done(folder);
    *folder = next;
    return judge_fd(next, so_far, is_parent, err);
}

/* Walks the folders of a resolved path, all but its last component. Gives the descriptor of the
 * last folder, and returns where the last component begins ("" for the root itself); NULL on
 * failure. */
static const char *
walk(char *path, int *ret_folder, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        (void)cm_fail_errno(err, errno, "/");
    if (folder < 0 || !judge_fd(folder, "/", path[1] != '\0', err))
        return NULL;
    char *name = path + 1;
    for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        *slash = '\0';
        bool done = step_down(&folder, name, path, true, err);
        *slash = '/';
        if (!done)
            return NULL;
    }
    *ret_folder = folder;
    folder = -1;
    return name;
}

static char *
resolve(const char *path, struct cm_err *err)
{
    char *resolved = realpath(path, NULL);
    if (!resolved)
        (void)cm_fail_errno(err, errno, "%s", path);
    return resolved;
}

/* O_NONBLOCK: a pipe in the file's place must not hold us up before it is refused. */
static bool
open_last(int folder, const char *name, const char *path, int *ret_fd, struct cm_err *err)
{
    struct stat status;
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    CM_CLEANUP(cm_fd_done) int fd = name[0] ? openat(folder, name, flags) : dup(folder);
    if (fd < 0 || fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode))
        return cm_fail(err, CM_E_DENIED, "%s: not a regular file", path);
    if (!judge(&status, path, false, err))
        return false;
    *ret_fd = fd;
    fd = -1;
    return true;
}

bool
cm_file_open_guarded(const char *path, int *ret_fd, char **ret_path, struct cm_err *err)
{
    CM_CLEANUP(cm_text_done) char *resolved = resolve(path, err);
    CM_CLEANUP(cm_fd_done) int folder = -1;
    const char *last = resolved ? walk(resolved, &folder, err) : NULL;
    if (!last || !open_last(folder, last, resolved, ret_fd, err))
        return false;
    if (ret_path)
        *ret_path = CM_TAKE(resolved);
    return true;
}

bool
cm_folder_is_guarded(const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_text_done) char *resolved = resolve(path, err);
    CM_CLEANUP(cm_fd_done) int folder = -1;
    const char *last = resolved ? walk(resolved, &folder, err) : NULL;
    if (!last)
        return false;
    return last[0] == '\0' || step_down(&folder, last, resolved, false, err);
}
