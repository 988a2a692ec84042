/* SPDX-License-Identifier: Apache-2.0
 *
 * base/run.h: a program of the operator's, run to its end, and what it had to say.
 */
#ifndef CM_BASE_RUN_H
#define CM_BASE_RUN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct cm_run {
    const char *program;          /* a path: a file that nobody else could change (base/fd.h) */
    const char *const *arguments; /* behind the program's name; NULL at the end */
    const char *folder;           /* its working directory, and where it may put temporary files */
    int input;                    /* its standard input: a file, which it may open again as
                                     /dev/stdin; -1: none. Borrowed */
    int64_t deadline;             /* monotonic ns */
    uint64_t most; /* bytes of any file that it writes: it is ended when it wants more,
                      once it has been bounded, which is right after its start */
};

#define CM_RUN_ARGUMENTS 32                 /* at most */
#define CM_RUN_SECONDS   600                /* of processor time */
#define CM_RUN_SAID_MOST ((size_t)64 << 10) /* a buffer for what it says needs no more */

/* Starts it with nothing of our environment, in no language, and waits. What it says on both of its
 * outputs is appended to `said`, as far as that has room. True once it has ended by itself;
 * *ret_status (0 to 255) is its own word. CM_E_CANCELLED past the deadline; CM_E_LIMIT if it wanted
 * more than it may have, or was killed; CM_E_MALFORMED if it crashed on what it was given;
 * CM_E_CONFIG if it is no program to run. Nothing of it goes on running then. */
bool cm_run(const struct cm_run *run, struct cm_buf *said, int *ret_status, struct cm_err *err)
    CM_MUST;

#endif
