/* SPDX-License-Identifier: Apache-2.0
 *
 * git/reply.h: what the helper program says, and how the engine reads it: pure.
 *
 * The helper takes apart what a stranger's server sent, so its words are foreign, too: they are
 * bounded and checked here, and every object that it gives is hashed again. A helper that was taken
 * over can make an answer fail, but it cannot forge an object or a path that is kept. Two findings
 * are its word alone: that there is no path, and that there is one too long to be kept.
 *
 * The helper is called with the pack as its standard input:
 *
 *   countermark-git FOLDER OBJECTS_MOST object BYTES_MOST ID
 *   countermark-git FOLDER OBJECTS_MOST path BYTES_MOST COMMIT TIP...
 *
 * FOLDER is an empty one for its files, OBJECTS_MOST what a pack may hold. It answers with lines,
 * some of them followed by so many raw bytes:
 *
 *   countermark-git 1
 *   object TYPE SIZE                 then SIZE bytes; or: absent
 *   walk FINDING WALKED LENGTH KEPT ID
 *   commit SIZE                      then SIZE bytes; KEPT times, tip first
 *   end
 *
 * FINDING is `found` (ID: the tip that the path begins at), `closed` (there is no path and no
 * parent was missing; ID is "-") or `open` (ID: a parent that was missing). WALKED is the commits
 * looked at, LENGTH those of the path, tip and commit included (0: none), KEPT is LENGTH, or 0
 * where the path has more than BYTES_MOST bytes.
 *
 * Or, instead of all that follows: error CLASS TEXT
 */
#ifndef CM_GIT_REPLY_H
#define CM_GIT_REPLY_H

#include "base/arena.h"
#include "base/err.h"
#include "git/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_GIT_HELLO    "countermark-git 1"
#define CM_GIT_TIPS     64u
#define CM_GIT_PATH_MAX 65536u /* commits of one path that are kept */

struct cm_git_raw {
    const unsigned char *at; /* borrowed from what was read */
    size_t size;
};

/* Reads the answer to `object`: it is there, of that type, and hashes to its id. CM_E_NOT_FOUND if
 * the pack does not hold it. */
bool cm_git_reply_object(const void *at, size_t size, const char *id, const char *type,
                         struct cm_git_raw *ret, struct cm_err *err) CM_MUST;

enum cm_git_finding {
    CM_GIT_REACHABLE,     /* there is a path */
    CM_GIT_NOT_REACHABLE, /* there is none, and no parent was missing */
    CM_GIT_OPEN,          /* there is none in what was there; parents were missing */
};

struct cm_git_walk {
    enum cm_git_finding finding;
    uint64_t walked;
    uint64_t length;               /* commits on the path; 0: none */
    char id[CM_GIT_ID];            /* where the path begins; CM_GIT_OPEN: a missing one; else "" */
    const struct cm_git_raw *path; /* tip first; NULL if it was too long. Arena */
    size_t path_count;
};

/* Reads the answer to `path`. If the path is there: it begins at one of the tips, each commit names
 * the next as a parent, the last is `commit`. */
bool cm_git_reply_walk(struct cm_arena *arena, const void *at, size_t size, const char *commit,
                       const char *const *tips, size_t tip_count, struct cm_git_walk *ret,
                       struct cm_err *err) CM_MUST;

#endif
