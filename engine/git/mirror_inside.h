/* SPDX-License-Identifier: Apache-2.0
 *
 * git/mirror_inside.h: the parts of a mirror among themselves.
 */
#ifndef CM_GIT_MIRROR_INSIDE_H
#define CM_GIT_MIRROR_INSIDE_H

#include "git/mirror.h"

#include "base/digest.h"

#include <stdio.h>
#include <sys/stat.h>

#define CM_MIRROR_NAME       40                   /* digits of a mirror's name, and of a pack's */
#define CM_MIRROR_PACK_NAME  (CM_MIRROR_NAME + 6) /* "pack-" and a NUL */
#define CM_MIRROR_LOCK_READ  0
#define CM_MIRROR_LOCK_WRITE 1

/* ---- mirror_manifest.c ---- */

struct cm_mirror_pack {
    char name[CM_MIRROR_PACK_NAME]; /* "pack-" and 40 digits */
    int64_t pack_size, idx_size;
    char idx_sha256[CM_SHA256_HEX]; /* what reads it is not made for one that is wrong */
};

struct cm_mirror_manifest {
    struct cm_mirror_pack packs[CM_MIRROR_PACKS];
    size_t pack_count;
    char tips[CM_MIRROR_TIPS][CM_GIT_ID]; /* the newest first */
    size_t tip_count;
};

/* CM_E_NOT_FOUND if there is none; CM_E_MALFORMED if it, or a file that it names, is not what was
 * written. */
bool cm_mirror_manifest_read(const char *folder, const char *url, struct cm_mirror_manifest *ret,
                             struct cm_err *err) CM_MUST;
bool cm_mirror_manifest_write(const char *folder, const char *url,
                              const struct cm_mirror_manifest *manifest, struct cm_err *err)
    CM_MUST;
bool cm_mirror_manifest_names(const struct cm_mirror_manifest *manifest, const char *file);
/* "FOLDER/objects/pack/NAME.SUFFIX"; false if that is too long. */
bool cm_mirror_pack_path(const char *folder, const char *name, const char *suffix,
                         char ret[PATH_MAX]) CM_MUST;

/* ---- mirror_lock.c ---- */

/* The file of that name, opened and there: -1 with an err. */
int cm_mirror_lock_open(const char *path, struct cm_err *err) CM_MUST;
/* Never waits. `how`: F_RDLCK, F_WRLCK. */
enum cm_mirror_got cm_mirror_lock(int fd, short how, off_t byte, struct cm_err *err) CM_MUST;

/* An exclusive lock becomes a shared one (F_RDLCK) or none (F_UNLCK). */
void cm_mirror_give_back(int fd, short how, off_t byte);

/* ---- mirror_trim.c ---- */

/* Removes what no manifest names: of killed updates, and packs that were replaced. */
void cm_mirror_tidy(const char *folder, const struct cm_mirror_manifest *manifest, bool packs_too);
/* Of all mirrors in `place`; the one that is called `own` stays. */
void cm_mirror_trim_folder(const char *place, const char *own, uint64_t most);

#endif
