/* SPDX-License-Identifier: Apache-2.0
 *
 * base/spawn.h: another program, started with nothing of ours but what it is given.
 */
#ifndef CM_BASE_SPAWN_H
#define CM_BASE_SPAWN_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct cm_spawn {
    const char *program;       /* a path */
    const char *const *argv;   /* from the program's name on; NULL at the end */
    char *const *environment;  /* NULL at the end; NULL: an empty one */
    const char *folder;        /* its working directory; NULL: ours */
    int input, output, errors; /* its descriptors 0 to 2; -1: /dev/null */
};

/* In a process group of its own, with all signals as they were made and no other descriptor. The
 * process is the caller's to wait for. */
bool cm_spawn(const struct cm_spawn *spawn, pid_t *ret, struct cm_err *err) CM_MUST;

#endif
