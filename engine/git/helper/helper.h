/* SPDX-License-Identifier: Apache-2.0
 *
 * git/helper/helper.h: the parts of countermark-git, the program that takes packs apart.
 *
 * It is the only one that is linked with libgit2. It has no network, no secrets, no environment and
 * few of everything else, answers one question and ends; whoever called it may kill it at any time
 * and removes its folder.
 */
#ifndef CM_GIT_HELPER_H
#define CM_GIT_HELPER_H

#include "base/err.h"

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* confine.c: limits on itself, before the first foreign byte is read. */
bool cm_helper_confine(struct cm_err *err) CM_MUST;

/* store.c: libgit2 without any configuration; the pack on `pack`, indexed in `folder`. Owned. */
bool cm_helper_open(int pack, const char *folder, size_t objects_most, git_odb **ret,
                    struct cm_err *err) CM_MUST;
/* Why libgit2 could not do something. Returns false. */
bool cm_helper_fail(struct cm_err *err, const char *what);

/* walk.c */
struct cm_helper_walk;
struct cm_helper_walk *cm_helper_walk_new(git_odb *odb) CM_MUST;
void cm_helper_walk_done(struct cm_helper_walk **walk);

#define CM_HELPER_COMMITS 10000000u

/* From all tips at once, nearest commits first, until `commit` is met or nothing is left. */
bool cm_helper_walk(struct cm_helper_walk *walk, const git_oid *commit, const git_oid *tips,
                    size_t tip_count, struct cm_err *err) CM_MUST;

/* Writes what it found, see git/reply.h; the path only if its commits have at most `most` bytes. */
bool cm_helper_walk_tell(struct cm_helper_walk *walk, size_t most, FILE *to, struct cm_err *err)
    CM_MUST;

#endif
