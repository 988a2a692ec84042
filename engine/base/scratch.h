/* SPDX-License-Identifier: Apache-2.0
 *
 * base/scratch.h: a folder for files that nobody keeps.
 *
 * It is locked (flock) for as long as it is in use, so that what a killed process left behind is
 * found and removed by the next one that needs a folder in the same place.
 */
#ifndef CM_BASE_SCRATCH_H
#define CM_BASE_SCRATCH_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

struct cm_scratch {
    char path[PATH_MAX]; /* "": none */
    int lock;
};

/* A new one, 0700, in `in` (NULL: $TMPDIR, /var/tmp or /tmp). `what` is a word for what it is for:
 * who finds a stale one reads it, and of the same word they are removed. */
bool cm_scratch_make(const char *in, const char *what, struct cm_scratch *ret, struct cm_err *err)
    CM_MUST;
/* Removes it and all that is in it; none is fine. */
void cm_scratch_remove(struct cm_scratch *scratch);

#endif
