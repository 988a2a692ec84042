/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/stage.h: the submitted file, received once.
 */
#ifndef CM_ARTIFACT_STAGE_H
#define CM_ARTIFACT_STAGE_H

#include "base/digest.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CM_ARTIFACT_MOST (INT64_C(8) << 30)

struct cm_staged {
    int fd;           /* an unlinked file of ours, or -1 */
    const char *name; /* last part of the path, borrowed from it; NULL: standard input */
    int64_t size;
    char sha256[CM_SHA256_HEX];
};

/* Copies a regular file (or standard input, "-") once into a private unlinked file, hashing while
 * it streams; the original is never opened again. `folder` NULL: see cm_file_unlinked(). Not a
 * regular file, empty, larger than CM_ARTIFACT_MOST: an error; no room for the copy:
 * CM_E_TRANSIENT. */
bool cm_stage(const char *path, const char *folder, struct cm_staged *ret, struct cm_err *err)
    CM_MUST;

/* Could it be staged, as far as the file itself tells? Copies nothing; of standard input nothing is
 * known. */
bool cm_may_stage(const char *path, struct cm_err *err) CM_MUST;
void cm_staged_done(struct cm_staged *staged); /* for CM_CLEANUP; begin with {.fd = -1} */

#endif
