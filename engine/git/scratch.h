/* SPDX-License-Identifier: Apache-2.0
 *
 * git/scratch.h: a folder for objects that nobody keeps.
 *
 * It is locked (flock) for as long as it is in use, so that what a killed process left behind is
 * found and removed by the next one that needs a folder in the same place.
 */
#ifndef CM_GIT_SCRATCH_H
#define CM_GIT_SCRATCH_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

struct cm_git_scratch {
    char path[PATH_MAX]; /* "": none */
    int lock;
};

/* A new one, 0700, in `in` (NULL: $TMPDIR, /var/tmp or /tmp). */
bool cm_git_scratch_make(const char *in, struct cm_git_scratch *ret, struct cm_err *err) CM_MUST;
/* Removes it and all that is in it; none is fine. */
void cm_git_scratch_remove(struct cm_git_scratch *scratch);

#endif
