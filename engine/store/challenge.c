/* SPDX-License-Identifier: Apache-2.0
 *
 * Challenges that are open: a file each.
 */
#include "store/challenge.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER    "challenges"
#define LEFT_OVER ".countermark-" /* of a file in the making whose maker was killed */
#define PAST      (CM_CHALLENGE_VALID + 60 * CM_SECOND)

static bool
folder_of(const char *state, char **ret, struct cm_err *err)
{
    return asprintf(ret, "%s/" FOLDER, state) >= 0 || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- sweeping ---- */

static bool
is_ours(const char *name)
{
    return strlen(name) == CM_SHA256_HEX - 1 &&
           strspn(name, "0123456789abcdef") == CM_SHA256_HEX - 1;
}

/* By the time of the file alone: no challenge is good for longer. One of the future is of a clock
 * that has been set back. */
static bool
is_past(const struct stat *status, int64_t now)
{
    int64_t at = status->st_mtim.tv_sec * CM_SECOND + status->st_mtim.tv_nsec;
    return now - at > PAST || at - now > PAST;
}

/* Gives how many are still open. */
static bool
sweep(const char *folder, int64_t now, size_t *ret_open, struct cm_err *err)
{
    size_t open = 0;
    DIR *at = opendir(folder);
    if (at == NULL)
        return cm_fail_errno(err, errno, "%s", folder);
    for (const struct dirent *entry; (entry = readdir(at)) != NULL;) {
        struct stat status;
        if (!is_ours(entry->d_name) && !cm_starts_with(entry->d_name, LEFT_OVER))
            continue;
        if (fstatat(dirfd(at), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue; /* somebody used it meanwhile */
        if (is_past(&status, now))
            (void)unlinkat(dirfd(at), entry->d_name, 0);
        else
            open += is_ours(entry->d_name);
    }
    (void)closedir(at);
    *ret_open = open;
    return true;
}

/* ---- keeping ---- */

bool
cm_challenge_keep(const char *state, const struct cm_buf *text, int64_t now, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    size_t open = 0;
    CM_CLEANUP(cm_text_done) char *folder = NULL;
    CM_CLEANUP(cm_text_done) char *path = NULL;
    if (!folder_of(state, &folder, err) || !cm_folder_make(folder, err) ||
        !cm_folder_is_guarded(folder, err) || !sweep(folder, now, &open, err))
        return false;
    if (open >= CM_CHALLENGES_MOST)
        return cm_fail(err, CM_E_LIMIT,
                       "%s: %zu challenges are open already; each ends within ten minutes", folder,
                       open);
    if (!cm_sha256(text->at, text->size, sha256) || asprintf(&path, "%s/%s", folder, sha256) < 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return cm_file_write_new(path, 0600, text->at, text->size, err);
}

/* ---- using ---- */

static bool
not_open(struct cm_err *err)
{
    return cm_fail(err, CM_E_DENIED,
                   "this challenge was used already, has expired, or was not made here");
}

/* The folder for as long as it is looked into: judged by its name, then held. */
static bool
open_folder(const char *folder, int *ret, struct cm_err *err)
{
    if (access(folder, F_OK) != 0 && errno == ENOENT)
        return not_open(err);
    if (!cm_folder_is_guarded(folder, err))
        return false;
    *ret = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret >= 0 || cm_fail_errno(err, errno, "%s", folder);
}

static bool
is_kept(int folder, const char *name, const void *text, size_t size, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf kept = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_fd_done)
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? not_open(err) : cm_fail_errno(err, errno, FOLDER "/%s", name);
    if (!cm_fd_read_all(fd, name, &kept, err))
        return false;
    return (kept.size == size && memcmp(kept.at, text, size) == 0) ||
           cm_fail(err, CM_E_DENIED, FOLDER "/%s has been changed: it is not used", name);
}

/* Of all who are here at once, one takes it away; and it has to be gone after a crash, too. */
static bool
take_away(int folder, const char *name, struct cm_err *err)
{
    if (unlinkat(folder, name, 0) < 0)
        return errno == ENOENT ? not_open(err)
                               : cm_fail_errno(err, errno, FOLDER "/%s cannot be used up", name);
    return fsync(folder) == 0 || cm_fail_errno(err, errno, FOLDER ": cannot be written");
}

bool
cm_challenge_use(const char *state, const void *text, size_t size, int64_t now, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_text_done) char *path = NULL;
    CM_CLEANUP(cm_fd_done) int folder = -1;
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    if (!folder_of(state, &path, err) || !cm_challenge_read(text, size, &challenge, err))
        return false;
    if (!cm_sha256(text, size, sha256))
        return cm_fail(err, CM_E_INTERNAL, "SHA-256 is not available");
    return open_folder(path, &folder, err) && is_kept(folder, sha256, text, size, err) &&
           take_away(folder, sha256, err) && cm_challenge_is_good(challenge, now, err);
}
