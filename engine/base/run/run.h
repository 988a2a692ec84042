/* SPDX-License-Identifier: Apache-2.0
 *
 * base/run/run.h: a program of the operator's, run to its end, and what it had to say.
 */
#ifndef CM_BASE_RUN_H
#define CM_BASE_RUN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct cm_run {
    const char *helper;           /* path of countermark-run */
    const char *program;          /* a path: a file that nobody else could change (base/fd.h) */
    const char *const *arguments; /* behind the program's name; NULL at the end */
    const char *const *readable;  /* files and folders that it may read beside those of the system;
                                     NULL at the end; NULL: none */
    const char *folder;           /* its working directory, and all that it may write to */
    int input;                    /* its standard input, from the beginning: a file, which it may
                                     open again as /dev/stdin; -1: none. Borrowed */
    int64_t deadline;             /* monotonic ns */
    uint64_t most;                /* bytes of any file that it writes */
};

#define CM_RUN_ARGUMENTS 32                 /* at most */
#define CM_RUN_READABLE  32                 /* at most */
#define CM_RUN_SAID_MOST ((size_t)64 << 10) /* a buffer for what it says needs no more */

/* What countermark-run says where it has not become the program. */
#define CM_RUN_NOT         125
#define CM_RUN_NOT_BECAUSE "countermark-run: "

/* Starts it confined (base/run/confine.h), with nothing of our environment and in no language, and
 * waits. What it says on both of its outputs is appended to `said`, as far as that has room. True
 * once it has ended by itself; *ret_status (0 to 255) is its own word. CM_E_CANCELLED past the
 * deadline; CM_E_LIMIT if it wanted more than it may have, or was killed; CM_E_MALFORMED if it
 * crashed on what it was given; CM_E_CONFIG if it is no program to run, or cannot be confined here.
 * Nothing of its process group goes on running then; nor does the program itself when this
 * process ends. */
bool cm_run(const struct cm_run *run, struct cm_buf *said, int *ret_status, struct cm_err *err)
    CM_MUST;

#endif
