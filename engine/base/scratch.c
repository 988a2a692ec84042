/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME      "countermark-%s-"
#define MOST_NAME 64
#define TRIES     8

static const char *
place_of(const char *in)
{
    const char *named = secure_getenv("TMPDIR");
    if (in)
        return in;
    return named && *named ? named : access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

/* Of a process that is gone: ours, and not locked. */
static void
remove_stale(int place, const char *in, const char *name)
{
    char path[PATH_MAX];
    struct stat info;
    int size = snprintf(path, sizeof path, "%s/%s", in, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return;
    CM_CLEANUP(cm_fd_done)
    int lock = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock >= 0 && fstat(lock, &info) == 0 && info.st_uid == geteuid() &&
        flock(lock, LOCK_EX | LOCK_NB) == 0)
        cm_folder_remove(path);
}

static void
folder_done(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static void
remove_all_stale(const char *in, const char *what)
{
    char name[MOST_NAME];
    CM_CLEANUP(folder_done) DIR *folder = opendir(in);
    snprintf(name, sizeof name, NAME, what);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (cm_starts_with(entry->d_name, name))
            remove_stale(dirfd(folder), in, entry->d_name);
    }
}

/* Another process may take it for a stale one until it is locked. */
static bool
make_locked(const char *in, const char *what, struct cm_scratch *ret, bool *ret_gone,
            struct cm_err *err)
{
    struct stat info;
    *ret_gone = false;
    int size = snprintf(ret->path, sizeof ret->path, "%s/" NAME "XXXXXX", in, what);
    if (size < 0 || (size_t)size >= sizeof ret->path)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", in);
    if (!mkdtemp(ret->path))
        return cm_fail_errno(err, errno, "cannot make a folder in %s", in);
    ret->lock = open(ret->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *ret_gone = ret->lock < 0 ? errno == ENOENT
                              : flock(ret->lock, LOCK_EX | LOCK_NB) != 0 ||
                                    fstat(ret->lock, &info) != 0 || info.st_nlink == 0;
    if (ret->lock >= 0 && !*ret_gone)
        return true;
    cm_fd_done(&ret->lock);
    return cm_fail(err, CM_E_TRANSIENT, "%s cannot be locked", ret->path);
}

bool
cm_scratch_make(const char *in, const char *what, struct cm_scratch *ret, struct cm_err *err)
{
    struct cm_scratch made = {.lock = -1};
    const char *place = place_of(in);
    remove_all_stale(place, what);
    for (int i = 0; i < TRIES; i++) {
        bool gone = false;
        if (make_locked(place, what, &made, &gone, err)) {
            *ret = made;
            return true;
        }
        if (!gone)
            break;
    }
    return false;
}

void
cm_scratch_remove(struct cm_scratch *scratch)
{
    if (*scratch->path == '\0')
        return;
    cm_folder_remove(scratch->path);
    cm_fd_done(&scratch->lock);
    *scratch->path = '\0';
}
