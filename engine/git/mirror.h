/* SPDX-License-Identifier: Apache-2.0
 *
 * git/mirror.h: whole histories of a repository, kept between runs, so that the next question costs
 * what has changed since.
 *
 *   FOLDER/NAME/               a bare repository; NAME is made of its URL
 *     HEAD  refs/  objects/pack/pack-*.{pack,idx}
 *     manifest.json            what of it counts: packs with their sizes, and tips, of each of
 * which the whole history is there; replaced as one, when an update is whole incoming-* packs of an
 * update that is under way FOLDER/NAME.lock           byte 0: shared by all who read, exclusive for
 * who removes byte 1: exclusive for who updates FOLDER/NAME.broken/        the last one that was
 * set aside, for whoever wants to know why
 *
 * Locks are those of open files (F_OFD_SETLK): they end with the process, however that ends, and
 * are never waited for. Nothing of a mirror is believed but that it once was written: sizes are
 * held against the manifest, objects hash to their ids, histories are walked to their ends.
 */
#ifndef CM_GIT_MIRROR_H
#define CM_GIT_MIRROR_H

#include "base/err.h"
#include "git/object.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_MIRROR_PACKS 32u /* then all is fetched anew, into one */
#define CM_MIRROR_TIPS  64u
#define CM_MIRROR_MOST  (UINT64_C(4) << 30) /* bytes of all mirrors, where nobody says otherwise */

struct cm_mirror;

/* Makes nothing: the first update makes FOLDER (0700), and who uses it NAME.lock. FOLDER must be
 * guarded like those of the configuration. Owned. */
bool cm_mirror_open(const char *folder, const char *url, struct cm_mirror **ret, struct cm_err *err)
    CM_MUST;
void cm_mirror_close(struct cm_mirror *mirror); /* ends locks and updates; NULL is fine */

enum cm_mirror_got { CM_MIRROR_GOT, CM_MIRROR_BUSY, CM_MIRROR_FAILED };

/* Begins to use it: what there is stays until it is closed. BUSY: somebody is removing it. One
 * whose manifest or files are not as they were written is set aside, and there is nothing then. */
enum cm_mirror_got cm_mirror_use(struct cm_mirror *mirror, struct cm_err *err) CM_MUST;

/* What there is: paths of .idx files, and ids. Borrowed until the next use, update or keep. */
size_t cm_mirror_packs(const struct cm_mirror *mirror, const char *const **ret);
size_t cm_mirror_tips(const struct cm_mirror *mirror, const char *const **ret);
bool cm_mirror_holds(const struct cm_mirror *mirror, const char *tip);

/* Begins an update, for who uses it: reads again what there is, removes what killed updates left,
 * makes *ret_incoming. BUSY: somebody else is updating it. */
enum cm_mirror_got cm_mirror_update(struct cm_mirror *mirror, char ret_incoming[PATH_MAX],
                                    struct cm_err *err) CM_MUST;
/* The new pack (.idx in incoming; NULL: nothing new was needed) and the tips whose histories are
 * whole now. `anew`: instead of all that was there. */
bool cm_mirror_keep(struct cm_mirror *mirror, const char *idx, const char *const *tips,
                    size_t tip_count, bool anew, struct cm_err *err) CM_MUST;
void cm_mirror_end_update(struct cm_mirror *mirror); /* also one that was not kept */

/* What it held is not what was written: out of the way with it, and then there is nothing, or what
 * somebody else made meanwhile. False while others use it: it must be closed then. Ends an update.
 */
bool cm_mirror_set_aside(struct cm_mirror *mirror) CM_MUST;

/* Removes mirrors that nobody uses, the longest unused first, until all have at most `most` bytes.
 * Its own stays. */
void cm_mirror_trim(struct cm_mirror *mirror, uint64_t most);

#endif
