/* SPDX-License-Identifier: Apache-2.0
 *
 * Mirrors below a folder of the test, and packs of any bytes for them: nothing here reads a pack.
 */
#ifndef CM_TEST_GIT_MIRRORS_H
#define CM_TEST_GIT_MIRRORS_H

#include "base/digest.h"
#include "base/fd.h"
#include "git/mirror_inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "../base/folder.h"

#define MIRRORS   "mirrors"
#define URL       "https://git.test/group/one.git"
#define PACK_SIZE 1111
#define IDX_SIZE  222

/* FOLDER/mirrors/NAME-OF-THE-URL and `rest`; of the last four. */
static inline const char *
mirror_path(void **state, const char *url, const char *rest)
{
    char name[CM_SHA256_HEX], path[PATH_MAX];
    assert_true(cm_sha256(url, strlen(url), name));
    snprintf(path, sizeof path, MIRRORS "/%.*s%s", CM_MIRROR_NAME, name, rest);
    return in_folder(state, path);
}

static inline bool
is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Synced by nobody, so that a test may do it often. */
static inline void
put_bytes(const char *path, const void *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    if (!cm_fd_write_all(fd, path, at, size, &err))
        fail_msg("%s", err.text);
}

static inline void
put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

/* How many entries begin so: -1 if there is no such folder. */
static inline int
count_of(const char *path, const char *head)
{
    int count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strncmp(entry->d_name, head, strlen(head)) == 0 &&
                 strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

static inline struct cm_mirror *
opened(void **state, const char *url)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = NULL;
    if (!cm_mirror_open(in_folder(state, MIRRORS), url, &mirror, &err))
        fail_msg("%s", err.text);
    return mirror;
}

static inline enum cm_mirror_got
use(struct cm_mirror *mirror)
{
    struct cm_err err = CM_ERR_INIT;
    enum cm_mirror_got got = cm_mirror_use(mirror, &err);
    assert_int_equal(got == CM_MIRROR_FAILED, err.class != CM_OK);
    return got;
}

static inline struct cm_mirror *
used(void **state, const char *url)
{
    struct cm_mirror *mirror = opened(state, url);
    assert_int_equal(use(mirror), CM_MIRROR_GOT);
    return mirror;
}

static inline enum cm_mirror_got
update(struct cm_mirror *mirror, char incoming[PATH_MAX])
{
    struct cm_err err = CM_ERR_INIT;
    enum cm_mirror_got got = cm_mirror_update(mirror, incoming, &err);
    assert_int_equal(got == CM_MIRROR_FAILED, err.class != CM_OK);
    return got;
}

static inline void
make_file(const char *path, unsigned n, size_t size)
{
    char content[PACK_SIZE];
    memset(content, (int)('A' + n % 26), sizeof content);
    put_bytes(path, content, size);
}

/* The n-th pack, in a folder; *idx is where its index is. */
static inline void
make_pack(const char *folder, unsigned n, char idx[PATH_MAX])
{
    char pack[PATH_MAX];
    assert_true(snprintf(pack, sizeof pack, "%s/pack-%040x.pack", folder, n) < PATH_MAX);
    assert_true(snprintf(idx, PATH_MAX, "%s/pack-%040x.idx", folder, n) < PATH_MAX);
    make_file(pack, n, PACK_SIZE);
    make_file(idx, n, IDX_SIZE);
}

/* The n-th tip; of the last four. */
static inline const char *
tip(unsigned n)
{
    static char tips[4][CM_GIT_ID];
    static unsigned next;
    char *at = tips[next++ % 4];
    snprintf(at, sizeof tips[0], "%039xf", n);
    return at;
}

/* One update of who uses it: with the n-th pack, and the n-th tip. */
static inline void
keep(struct cm_mirror *mirror, unsigned n, bool anew)
{
    char incoming[PATH_MAX], idx[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    const char *tips[] = {tip(n)};
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    make_pack(incoming, n, idx);
    if (!cm_mirror_keep(mirror, idx, tips, 1, anew, &err))
        fail_msg("%s", err.text);
    cm_mirror_end_update(mirror);
}

/* A mirror with pack 1 and tip 1, which nobody uses. */
static inline void
make_mirror(void **state, const char *url)
{
    struct cm_mirror *mirror = used(state, url);
    keep(mirror, 1, false);
    cm_mirror_close(mirror);
}

static inline size_t
pack_count(const struct cm_mirror *mirror)
{
    const char *const *packs;
    return cm_mirror_packs(mirror, &packs);
}

static inline size_t
tip_count(const struct cm_mirror *mirror)
{
    const char *const *tips;
    return cm_mirror_tips(mirror, &tips);
}

#endif
