/* SPDX-License-Identifier: Apache-2.0 */
#include "git/mirror_inside.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "ref: refs/heads/main\n"

struct cm_mirror {
    char place[PATH_MAX], path[PATH_MAX], broken[PATH_MAX], lock_path[PATH_MAX];
    char incoming[PATH_MAX]; /* "": no update is under way */
    char name[CM_SHA256_HEX];
    char *url;
    int lock;
    struct cm_mirror_manifest manifest;
    char idx[CM_MIRROR_PACKS][PATH_MAX];
    const char *packs[CM_MIRROR_PACKS];
    const char *tips[CM_MIRROR_TIPS];
};

/* ---- opening ---- */

static bool
path_in(const char *folder, const char *name, const char *suffix, char ret[PATH_MAX],
        struct cm_err *err)
{
    int size = snprintf(ret, PATH_MAX, "%s/%s%s", folder, name, suffix);
    return (size > 0 && size < PATH_MAX) ||
           cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
}

/* The helper is told whole paths. */
static bool
absolute(const char *folder, char ret[PATH_MAX], struct cm_err *err)
{
    char here[PATH_MAX] = "";
    if (*folder != '/' && !getcwd(here, sizeof here))
        return cm_fail_errno(err, errno, "the working directory is not known");
    int size = snprintf(ret, PATH_MAX, "%s%s%s", here, *here ? "/" : "", folder);
    return (size > 0 && size < PATH_MAX) ||
           cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
}

static bool
name_it(struct cm_mirror *mirror, const char *folder, const char *url, struct cm_err *err)
{
    mirror->url = strdup(url);
    if (!mirror->url || !cm_sha256(url, strlen(url), mirror->name))
        return cm_fail(err, CM_E_LIMIT, "no memory for a mirror");
    mirror->name[CM_MIRROR_NAME] = '\0';
    const char *place = mirror->place;
    return absolute(folder, mirror->place, err) &&
           path_in(place, mirror->name, "", mirror->path, err) &&
           path_in(place, mirror->name, ".broken", mirror->broken, err) &&
           path_in(place, mirror->name, ".lock", mirror->lock_path, err);
}

bool
cm_mirror_open(const char *folder, const char *url, struct cm_mirror **ret, struct cm_err *err)
{
    struct cm_mirror *mirror = calloc(1, sizeof *mirror);
    if (!mirror)
        return cm_fail(err, CM_E_LIMIT, "no memory for a mirror");
    mirror->lock = -1;
    if (!name_it(mirror, folder, url, err)) {
        cm_mirror_close(mirror);
        return false;
    }
    *ret = mirror;
    return true;
}

void
cm_mirror_close(struct cm_mirror *mirror)
{
    if (!mirror)
        return;
    cm_mirror_end_update(mirror);
    cm_fd_done(&mirror->lock);
    free(mirror->url);
    free(mirror);
}

/* ---- what there is ---- */

static void
forget(struct cm_mirror *mirror)
{
    mirror->manifest = (struct cm_mirror_manifest){.pack_count = 0};
}

static bool
read_manifest(struct cm_mirror *mirror, struct cm_err *err)
{
    struct cm_mirror_manifest manifest = {.pack_count = 0};
    forget(mirror);
    if (!cm_mirror_manifest_read(mirror->path, mirror->url, &manifest, err))
        return false;
    for (size_t i = 0; i < manifest.pack_count; i++) {
        if (!cm_mirror_pack_path(mirror->path, manifest.packs[i].name, ".idx", mirror->idx[i]))
            return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", mirror->path);
        mirror->packs[i] = mirror->idx[i];
    }
    mirror->manifest = manifest;
    for (size_t i = 0; i < manifest.tip_count; i++)
        mirror->tips[i] = mirror->manifest.tips[i];
    return true;
}

/* So that it is seen which mirror was not used for the longest time. */
static void
touch(const struct cm_mirror *mirror)
{
    (void)utimensat(AT_FDCWD, mirror->path, NULL, 0);
}

/* Nothing at all is no fault: there was no update yet, or somebody removed it. */
static bool
is_nothing(const struct cm_mirror *mirror, const struct cm_err *why)
{
    struct stat info;
    return why->class == CM_E_NOT_FOUND &&
           (lstat(mirror->path, &info) != 0 ? errno == ENOENT : S_ISDIR(info.st_mode));
}

static enum cm_mirror_got
lock_for_use(struct cm_mirror *mirror, struct cm_err *err)
{
    cm_fd_done(&mirror->lock); /* another file may have that name by now */
    if (!cm_folder_is_guarded(mirror->place, err))
        return CM_MIRROR_FAILED;
    mirror->lock = cm_mirror_lock_open(mirror->lock_path, err);
    return mirror->lock < 0 ? CM_MIRROR_FAILED
                            : cm_mirror_lock(mirror->lock, F_RDLCK, CM_MIRROR_LOCK_READ, err);
}

/* Packs that others may still be reading stay for the next update. */
static void
tidy(struct cm_mirror *mirror)
{
    struct cm_err ignored = CM_ERR_INIT;
    bool alone =
        cm_mirror_lock(mirror->lock, F_WRLCK, CM_MIRROR_LOCK_READ, &ignored) == CM_MIRROR_GOT;
    cm_mirror_tidy(mirror->path, &mirror->manifest, alone);
    if (alone)
        cm_mirror_give_back(mirror->lock, F_RDLCK, CM_MIRROR_LOCK_READ);
}

static void
tidy_if_nobody_updates(struct cm_mirror *mirror)
{
    struct cm_err ignored = CM_ERR_INIT;
    if (cm_mirror_lock(mirror->lock, F_WRLCK, CM_MIRROR_LOCK_WRITE, &ignored) != CM_MIRROR_GOT)
        return;
    tidy(mirror);
    cm_mirror_give_back(mirror->lock, F_UNLCK, CM_MIRROR_LOCK_WRITE);
}

enum cm_mirror_got
cm_mirror_use(struct cm_mirror *mirror, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (access(mirror->place, F_OK) != 0 && errno == ENOENT)
        return CM_MIRROR_GOT; /* there are none yet, and reading makes nothing */
    enum cm_mirror_got got = lock_for_use(mirror, err);
    if (got != CM_MIRROR_GOT)
        return got;
    if (read_manifest(mirror, &why))
        touch(mirror);
    else if (!is_nothing(mirror, &why) && !cm_mirror_set_aside(mirror))
        return CM_MIRROR_BUSY;
    tidy_if_nobody_updates(mirror);
    return CM_MIRROR_GOT;
}

size_t
cm_mirror_packs(const struct cm_mirror *mirror, const char *const **ret)
{
    *ret = mirror->packs;
    return mirror->manifest.pack_count;
}

size_t
cm_mirror_tips(const struct cm_mirror *mirror, const char *const **ret)
{
    *ret = mirror->tips;
    return mirror->manifest.tip_count;
}

bool
cm_mirror_holds(const struct cm_mirror *mirror, const char *tip)
{
    for (size_t i = 0; i < mirror->manifest.tip_count; i++) {
        if (strcmp(mirror->manifest.tips[i], tip) == 0)
            return true;
    }
    return false;
}

/* ---- updates ---- */

static bool
make_folder(const char *path, const char *name, struct cm_err *err)
{
    char folder[PATH_MAX];
    if (!path_in(path, name, "", folder, err))
        return false;
    return mkdir(folder, 0700) == 0 || errno == EEXIST ||
           cm_fail_errno(err, errno, "cannot make %s", folder);
}

/* As little as makes it a repository for git, so that people can look into it. */
static bool
make_repository(const struct cm_mirror *mirror, struct cm_err *err)
{
    static const char *const folders[] = {"", "refs", "objects", "objects/pack"};
    char head[PATH_MAX];
    for (size_t i = 0; i < CM_COUNT(folders); i++) {
        if (!make_folder(mirror->path, folders[i], err))
            return false;
    }
    return path_in(mirror->path, "HEAD", "", head, err) &&
           (access(head, F_OK) == 0 || cm_file_replace(head, 0600, HEAD, strlen(HEAD), err));
}

static bool
begin_update(struct cm_mirror *mirror, char ret_incoming[PATH_MAX], struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (!read_manifest(mirror, &why) && !is_nothing(mirror, &why))
        return cm_fail(err, why.class, "%s", why.text);
    tidy(mirror);
    if (!make_repository(mirror, err) ||
        !path_in(mirror->path, "incoming-XXXXXX", "", mirror->incoming, err))
        return false;
    if (!mkdtemp(mirror->incoming)) {
        (void)cm_fail_errno(err, errno, "cannot make a folder in %s", mirror->path);
        *mirror->incoming = '\0';
        return false;
    }
    memcpy(ret_incoming, mirror->incoming, PATH_MAX);
    return true;
}

enum cm_mirror_got
cm_mirror_update(struct cm_mirror *mirror, char ret_incoming[PATH_MAX], struct cm_err *err)
{
    enum cm_mirror_got got = CM_MIRROR_GOT;
    if (mirror->lock < 0)
        got = cm_folder_make(mirror->place, err) ? lock_for_use(mirror, err) : CM_MIRROR_FAILED;
    if (got == CM_MIRROR_GOT)
        got = cm_mirror_lock(mirror->lock, F_WRLCK, CM_MIRROR_LOCK_WRITE, err);
    if (got != CM_MIRROR_GOT)
        return got;
    if (begin_update(mirror, ret_incoming, err))
        return CM_MIRROR_GOT;
    cm_mirror_end_update(mirror);
    return CM_MIRROR_FAILED;
}

void
cm_mirror_end_update(struct cm_mirror *mirror)
{
    if (*mirror->incoming)
        cm_folder_remove(mirror->incoming);
    *mirror->incoming = '\0';
    if (mirror->lock >= 0)
        cm_mirror_give_back(mirror->lock, F_UNLCK, CM_MIRROR_LOCK_WRITE);
}

/* The one file of a pack, to where it belongs. */
static bool
move_file(const struct cm_mirror *mirror, const char *from, const char *name, const char *suffix,
          int64_t *ret_size, struct cm_err *err)
{
    char source[PATH_MAX], target[PATH_MAX];
    struct stat info;
    int size = snprintf(source, sizeof source, "%.*s%s", (int)(strlen(from) - strlen(".idx")), from,
                        suffix);
    if (size < 0 || (size_t)size >= sizeof source ||
        !cm_mirror_pack_path(mirror->path, name, suffix, target))
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", mirror->path);
    if (lstat(source, &info) != 0 || !S_ISREG(info.st_mode) || rename(source, target) != 0)
        return cm_fail_errno(err, errno, "%s cannot be kept", source);
    *ret_size = info.st_size;
    return true;
}

static bool
move_pack(const struct cm_mirror *mirror, const char *idx, struct cm_mirror_pack *ret,
          struct cm_err *err)
{
    const char *slash = strrchr(idx, '/');
    const char *name = slash ? slash + 1 : idx;
    if (strlen(name) != sizeof ret->name - 1 + strlen(".idx"))
        return cm_fail(err, CM_E_INTERNAL, "%s is no name of a pack", idx);
    *ret = (struct cm_mirror_pack){.pack_size = 0};
    memcpy(ret->name, name, sizeof ret->name - 1);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    return cm_file_open(idx, &fd, err) && cm_sha256_fd(fd, idx, ret->idx_sha256, err) &&
           move_file(mirror, idx, ret->name, ".pack", &ret->pack_size, err) &&
           move_file(mirror, idx, ret->name, ".idx", &ret->idx_size, err);
}

static void
add_tip(struct cm_mirror_manifest *to, const char *tip)
{
    for (size_t i = 0; i < to->tip_count; i++) {
        if (strcmp(to->tips[i], tip) == 0)
            return;
    }
    if (to->tip_count < CM_MIRROR_TIPS)
        memcpy(to->tips[to->tip_count++], tip, CM_GIT_ID);
}

/* The newest tips first: the oldest are forgotten when there is no room. */
static void
set_tips(struct cm_mirror_manifest *to, const struct cm_mirror_manifest *before,
         const char *const *tips, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_tip(to, tips[i]);
    for (size_t i = 0; i < before->tip_count; i++)
        add_tip(to, before->tips[i]);
}

/* Without all the old packs the old tips are not whole any more. One that came again has taken the
 * place of its like. */
static bool
set_packs(struct cm_mirror_manifest *to, const struct cm_mirror_manifest *before,
          const struct cm_mirror_pack *new, struct cm_err *err)
{
    to->pack_count = before->pack_count;
    memcpy(to->packs, before->packs, before->pack_count * sizeof *to->packs);
    if (*new->name == '\0')
        return true;
    size_t at = 0;
    while (at < to->pack_count && strcmp(to->packs[at].name, new->name) != 0)
        at++;
    if (at == CM_MIRROR_PACKS)
        return cm_fail(err, CM_E_INTERNAL, "a mirror has more packs than it may");
    to->packs[at] = *new;
    to->pack_count += at == to->pack_count;
    return true;
}

bool
cm_mirror_keep(struct cm_mirror *mirror, const char *idx, const char *const *tips, size_t tip_count,
               bool anew, struct cm_err *err)
{
    struct cm_mirror_pack pack = {.name = ""};
    struct cm_mirror_manifest before = {.pack_count = 0}, after = {.pack_count = 0};
    if (*mirror->incoming == '\0')
        return cm_fail(err, CM_E_INTERNAL, "a mirror is not being updated");
    if (idx && !move_pack(mirror, idx, &pack, err))
        return false;
    if (!anew)
        before = mirror->manifest;
    if (!set_packs(&after, &before, &pack, err))
        return false;
    set_tips(&after, &before, tips, tip_count);
    return cm_mirror_manifest_write(mirror->path, mirror->url, &after, err) &&
           read_manifest(mirror, err);
}

/* ---- when it is not what was written, or too large ---- */

static bool
is_same(const struct cm_mirror_manifest *a, const struct cm_mirror_manifest *b)
{
    bool same = a->pack_count == b->pack_count && a->tip_count == b->tip_count;
    for (size_t i = 0; same && i < a->pack_count; i++)
        same = strcmp(a->packs[i].name, b->packs[i].name) == 0;
    for (size_t i = 0; same && i < a->tip_count; i++)
        same = strcmp(a->tips[i], b->tips[i]) == 0;
    return same;
}

/* Somebody else may have mended it meanwhile. */
static bool
is_as_before(struct cm_mirror *mirror, const struct cm_mirror_manifest *before)
{
    struct cm_err ignored = CM_ERR_INIT;
    return !read_manifest(mirror, &ignored) || is_same(before, &mirror->manifest);
}

static void
move_aside(struct cm_mirror *mirror)
{
    cm_folder_remove(mirror->broken);
    if (rename(mirror->path, mirror->broken) != 0)
        cm_folder_remove(mirror->path);
    forget(mirror);
}

bool
cm_mirror_set_aside(struct cm_mirror *mirror)
{
    struct cm_err ignored = CM_ERR_INIT;
    int lock = mirror->lock;
    const struct cm_mirror_manifest before = mirror->manifest;
    cm_mirror_end_update(mirror);
    forget(mirror);
    if (cm_mirror_lock(lock, F_WRLCK, CM_MIRROR_LOCK_WRITE, &ignored) != CM_MIRROR_GOT)
        return false;
    bool alone = cm_mirror_lock(lock, F_WRLCK, CM_MIRROR_LOCK_READ, &ignored) == CM_MIRROR_GOT;
    if (alone && is_as_before(mirror, &before))
        move_aside(mirror);
    if (alone)
        cm_mirror_give_back(lock, F_RDLCK, CM_MIRROR_LOCK_READ);
    cm_mirror_give_back(lock, F_UNLCK, CM_MIRROR_LOCK_WRITE);
    return alone;
}

void
cm_mirror_trim(struct cm_mirror *mirror, uint64_t most)
{
    cm_mirror_trim_folder(mirror->place, mirror->name, most);
}
