/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting a file there whole: it is written where nobody sees it, synced, and takes its name at the
 * end.
 */
#include "base/fd.h"

#include "base/digest.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the file shall contain. */
struct content {
    const void *at;
    size_t size;
};

/* What becomes of a file that is there already: it, or the wish. */
enum taken { REPLACED, LEFT, REFUSED };

struct cm_draft {
    const char *path; /* of the target; for messages too */
    const char *base; /* its last component */
    int folder;
    int fd;
    char name[64]; /* the temporary name; "" while there is none */
    bool left;     /* what was there already stayed */
    bool held;     /* signals wait */
    sigset_t before;
};

/* While there is a temporary name, signals that would end us wait: nobody else would remove it. */
static bool
hold_signals(struct cm_draft *draft, struct cm_err *err)
{
    sigset_t all;
    sigfillset(&all);
    draft->held = sigprocmask(SIG_BLOCK, &all, &draft->before) == 0;
    return draft->held ||
           cm_fail(err, CM_E_INTERNAL, "%s: signals cannot be held back", draft->path);
}

static void
release_signals(struct cm_draft *draft)
{
    if (draft->held)
        (void)sigprocmask(SIG_SETMASK, &draft->before, NULL);
    draft->held = false;
}

static void
close_draft(struct cm_draft *draft)
{
    if (draft->name[0])
        (void)unlinkat(draft->folder, draft->name, 0);
    cm_fd_done(&draft->fd);
    cm_fd_done(&draft->folder);
    release_signals(draft);
}

static bool
new_name(char ret[64])
{
    unsigned char random[16];
    char hex[2 * sizeof random + 1];
    if (!cm_random(random, sizeof random))
        return false;
    cm_hex(random, sizeof random, hex);
    (void)snprintf(ret, 64, ".countermark-%s", hex);
    return true;
}

static bool
open_folder(struct cm_draft *draft, struct cm_err *err)
{
    const char *slash = strrchr(draft->path, '/');
    draft->base = slash ? slash + 1 : draft->path;
    char *folder = slash ? strndup(draft->path, (size_t)(slash - draft->path) + 1) : strdup(".");
    if (!folder)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", draft->path);
    draft->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    free(folder);
    if (draft->folder < 0)
        return cm_fail_errno(err, error, "%s: its folder", draft->path);
    return true;
}

/* Without this, root's `--output /dev/null` would put a file in the device's place. */
static bool
check_target(const struct cm_draft *draft, struct cm_err *err)
{
    struct stat status;
    if (draft->base[0] == '\0')
        return cm_fail(err, CM_E_CONFIG, "%s: not the name of a file", draft->path);
    if (fstatat(draft->folder, draft->base, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? true : cm_fail_errno(err, errno, "%s", draft->path);
    if (!S_ISREG(status.st_mode))
        return cm_fail(err, CM_E_CONFIG, "%s: not a regular file, and not replaced by one",
                       draft->path);
    return true;
}

static bool
open_named(struct cm_draft *draft, struct cm_err *err)
{
    char name[64];
    if (!new_name(name))
        return cm_fail(err, CM_E_INTERNAL, "%s: no random name", draft->path);
    if (!hold_signals(draft, err))
        return false;
    draft->fd =
        openat(draft->folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (draft->fd < 0)
        return cm_fail_errno(err, errno, "%s: a temporary file beside it", draft->path);
    memcpy(draft->name, name, sizeof name);
    return true;
}

/* An unlinked file gets its name through /proc; where that is missing it needs one from the start.
 */
static bool
open_draft(struct cm_draft *draft, struct cm_err *err)
{
    if (access("/proc/self/fd", X_OK) < 0)
        return open_named(draft, err);
    draft->fd = openat(draft->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (draft->fd >= 0)
        return true;
    if (errno == EOPNOTSUPP || errno == EISDIR)
        return open_named(draft, err);
    return cm_fail_errno(err, errno, "%s: a temporary file in its folder", draft->path);
}

/* One more name for it; false with errno. */
static bool
link_as(const struct cm_draft *draft, const char *name)
{
    char link[64];
    if (draft->name[0])
        return linkat(draft->folder, draft->name, draft->folder, name, 0) == 0;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", draft->fd);
    return linkat(AT_FDCWD, link, draft->folder, name, AT_SYMLINK_FOLLOW) == 0;
}

static bool
give_name(struct cm_draft *draft, struct cm_err *err)
{
    if (draft->name[0])
        return true;
    char name[64];
    if (!new_name(name))
        return cm_fail(err, CM_E_INTERNAL, "%s: no random name", draft->path);
    if (!hold_signals(draft, err))
        return false;
    if (!link_as(draft, name))
        return cm_fail_errno(err, errno, "%s: a temporary name beside it", draft->path);
    memcpy(draft->name, name, sizeof name);
    return true;
}

/* In the place of what is there already. Signals go on at once, and not when the draft is done: of
 * two, the one that is done last would else bring back what the other has found. */
static bool
rename_over(struct cm_draft *draft, struct cm_err *err)
{
    if (!give_name(draft, err))
        return false;
    if (renameat(draft->folder, draft->name, draft->folder, draft->base) < 0)
        return cm_fail_errno(err, errno, "%s", draft->path);
    draft->name[0] = '\0';
    release_signals(draft);
    return true;
}

static bool
is_there(const struct cm_draft *draft, struct cm_err *err)
{
    return cm_fail(err, CM_E_CONFIG,
                   "%s: is there already, and not replaced: name another file, or move it away",
                   draft->path);
}

/* Only if nothing is there yet. A temporary name that was needed goes with the draft. */
static bool
link_once(struct cm_draft *draft, enum taken taken, struct cm_err *err)
{
    if (link_as(draft, draft->base))
        return true;
    draft->left = errno == EEXIST && taken == LEFT;
    if (errno == EEXIST)
        return draft->left || is_there(draft, err);
    return cm_fail_errno(err, errno, "%s", draft->path);
}

static bool
publish(struct cm_draft *draft, mode_t mode, enum taken taken, struct cm_err *err)
{
    if (fchmod(draft->fd, mode) < 0 || fsync(draft->fd) < 0)
        return cm_fail_errno(err, errno, "%s", draft->path);
    if (!(taken == REPLACED ? rename_over(draft, err) : link_once(draft, taken, err)))
        return false;
    if (fsync(draft->folder) < 0 && errno != EINVAL) /* some file systems cannot sync a folder */
        return cm_fail_errno(err, errno, "%s: its folder", draft->path);
    return true;
}

/* ---- for those who write it themselves ---- */

void
cm_draft_done(struct cm_draft **draft)
{
    if (*draft)
        close_draft(*draft);
    free(*draft);
    *draft = NULL;
}

bool
cm_draft_begin(const char *path, struct cm_draft **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = calloc(1, sizeof *draft);
    if (!draft)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", path);
    *draft = (struct cm_draft){.path = path, .folder = -1, .fd = -1};
    if (!open_folder(draft, err) || !check_target(draft, err) || !open_draft(draft, err))
        return false;
    *ret = CM_TAKE(draft);
    return true;
}

int
cm_draft_fd(const struct cm_draft *draft)
{
    return draft->fd;
}

bool
cm_draft_publish(struct cm_draft *draft, mode_t mode, struct cm_err *err)
{
    return check_target(draft, err) && publish(draft, mode, REPLACED, err);
}

/* ---- bytes that are there already ---- */

/* *ret_left (may be NULL): did what was there already stay? */
static bool
put(const char *path, mode_t mode, enum taken taken, const struct content *content, bool *ret_left,
    struct cm_err *err)
{
    CM_CLEANUP(close_draft) struct cm_draft draft = {.path = path, .folder = -1, .fd = -1};
    if (!open_folder(&draft, err) || !check_target(&draft, err) || !open_draft(&draft, err) ||
        !cm_fd_write_all(draft.fd, path, content->at, content->size, err) ||
        !publish(&draft, mode, taken, err))
        return false;
    if (ret_left != NULL)
        *ret_left = draft.left;
    return true;
}

static bool
may_write(const struct cm_draft *draft, struct cm_err *err)
{
    return faccessat(draft->folder, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
           cm_fail_errno(err, errno, "%s: its folder", draft->path);
}

bool
cm_file_may_replace(const char *path, struct cm_err *err)
{
    CM_CLEANUP(close_draft) struct cm_draft draft = {.path = path, .folder = -1, .fd = -1};
    if (!open_folder(&draft, err) || !check_target(&draft, err))
        return false;
    return may_write(&draft, err);
}

bool
cm_file_may_write_new(const char *path, struct cm_err *err)
{
    CM_CLEANUP(close_draft) struct cm_draft draft = {.path = path, .folder = -1, .fd = -1};
    if (!open_folder(&draft, err) || !check_target(&draft, err))
        return false;
    return faccessat(draft.folder, draft.base, F_OK, 0) == 0 ? is_there(&draft, err)
                                                             : may_write(&draft, err);
}

bool
cm_file_replace(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
{
    const struct content content = {.at = at, .size = size};
    return put(path, mode, REPLACED, &content, NULL, err);
}

bool
cm_file_create(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
{
    bool ignored;
    return cm_file_create_first(path, mode, at, size, &ignored, err);
}

bool
cm_file_create_first(const char *path, mode_t mode, const void *at, size_t size, bool *ret_ours,
                     struct cm_err *err)
{
    bool left = false;
    const struct content content = {.at = at, .size = size};
    if (!put(path, mode, LEFT, &content, &left, err))
        return false;
    *ret_ours = !left;
    return true;
}

bool
cm_file_write_new(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
{
    const struct content content = {.at = at, .size = size};
    return put(path, mode, REFUSED, &content, NULL, err);
}
