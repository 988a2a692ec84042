/* SPDX-License-Identifier: Apache-2.0 */
#include "git/mirror_inside.h"

#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BROKEN ".broken"

static void
folder_done(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static bool
is_hidden(const struct dirent *entry)
{
    return entry->d_name[0] == '.';
}

/* "FOLDER/NAME"; false if that is too long. */
static bool
join(const char *folder, const char *name, char ret[PATH_MAX])
{
    int size = snprintf(ret, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX;
}

/* ---- inside one ---- */

static void
tidy_packs(const char *path, const struct cm_mirror_manifest *manifest)
{
    CM_CLEANUP(folder_done) DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!is_hidden(entry) && !cm_mirror_manifest_names(manifest, entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
}

void
cm_mirror_tidy(const char *path, const struct cm_mirror_manifest *manifest, bool packs_too)
{
    char name[PATH_MAX];
    CM_CLEANUP(folder_done) DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        bool left = cm_starts_with(entry->d_name, "incoming-") ||
                    cm_starts_with(entry->d_name, ".countermark-");
        if (left && join(path, entry->d_name, name))
            cm_folder_remove(name);
    }
    if (packs_too && join(path, "objects/pack", name))
        tidy_packs(name, manifest);
}

/* ---- all of them ---- */

struct candidate {
    char name[CM_MIRROR_NAME + sizeof BROKEN];
    int64_t used; /* ns since 1970 */
    uint64_t size;
};

struct candidates {
    struct candidate *at; /* owned */
    size_t count, room;
    uint64_t size; /* of all, one's own included */
};

static void
candidates_done(struct candidates *list)
{
    free(list->at);
}

static uint64_t
size_of(const char *path)
{
    char packs[PATH_MAX];
    uint64_t size = 0;
    CM_CLEANUP(folder_done) DIR *folder = join(path, "objects/pack", packs) ? opendir(packs) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct stat info;
        if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            size += (uint64_t)info.st_size;
    }
    return size;
}

static bool
is_broken(const char *name)
{
    return name[CM_MIRROR_NAME] != '\0';
}

/* When it was used last: its folder's time, which every use renews. What was set aside goes first.
 */
static int64_t
time_of(const char *path, const char *name)
{
    struct stat info;
    return !is_broken(name) && lstat(path, &info) == 0
               ? (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec
               : 0;
}

static bool
is_name(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");
    return digits == CM_MIRROR_NAME && (name[digits] == '\0' || strcmp(name + digits, BROKEN) == 0);
}

static void
add_candidate(struct candidates *list, const char *place, const char *name)
{
    char path[PATH_MAX];
    if (!join(place, name, path))
        return;
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        struct candidate *at = reallocarray(list->at, room, sizeof *at);
        if (!at)
            return;
        list->at = at;
        list->room = room;
    }
    struct candidate *new = &list->at[list->count++];
    *new = (struct candidate){.used = time_of(path, name), .size = size_of(path)};
    memcpy(new->name, name, strlen(name) + 1);
    list->size += new->size;
}

static int
by_use(const void *a, const void *b)
{
    int64_t x = ((const struct candidate *)a)->used;
    int64_t y = ((const struct candidate *)b)->used;
    return (x > y) - (x < y);
}

static void
find_candidates(const char *place, struct candidates *ret)
{
    CM_CLEANUP(folder_done) DIR *folder = opendir(place);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (is_name(entry->d_name))
            add_candidate(ret, place, entry->d_name);
    }
    if (ret->count > 0)
        qsort(ret->at, ret->count, sizeof *ret->at, by_use);
}

/* One that is in use stays. The lock goes with the last that it is for. */
static bool
remove_mirror(const char *place, const char *name)
{
    char path[PATH_MAX], mirror[PATH_MAX], lock[PATH_MAX];
    struct cm_err ignored = CM_ERR_INIT;
    if (!join(place, name, path) || !join(place, name, mirror))
        return false;
    mirror[strlen(place) + 1 + CM_MIRROR_NAME] = '\0';
    int size = snprintf(lock, sizeof lock, "%s.lock", mirror);
    if (size < 0 || (size_t)size >= sizeof lock)
        return false;
    CM_CLEANUP(cm_fd_done) int fd = cm_mirror_lock_open(lock, &ignored);
    if (fd < 0 || cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_WRITE, &ignored) != CM_MIRROR_GOT)
        return false;
    bool alone = cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_READ, &ignored) == CM_MIRROR_GOT;
    if (!alone && !is_broken(name))
        return false;
    cm_folder_remove(path);
    if (alone && access(mirror, F_OK) != 0)
        (void)unlink(lock);
    return true;
}

void
cm_mirror_trim_folder(const char *place, const char *own, uint64_t most)
{
    CM_CLEANUP(candidates_done) struct candidates list = {.at = NULL};
    find_candidates(place, &list);
    for (size_t i = 0; i < list.count && list.size > most; i++) {
        const struct candidate *at = &list.at[i];
        if (strcmp(at->name, own) != 0 && remove_mirror(place, at->name))
            list.size -= at->size;
    }
}
