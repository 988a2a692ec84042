/* SPDX-License-Identifier: Apache-2.0
 *
 * base/run/confine.h: what a program of the operator's may, which parses files of strangers.
 */
#ifndef CM_BASE_RUN_CONFINE_H
#define CM_BASE_RUN_CONFINE_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_confines {
    const char *program;         /* may be run, wherever it is */
    const char *const *readable; /* files or folders */
    size_t readable_count;
    uint64_t most; /* bytes of any file that it writes */
};

/* Of this process, for good, and of all that it starts. It reads what the system's packages bring
 * (/usr, and of /etc what programs need to run at all), standard input and what is named; it writes
 * into its working folder and nowhere else, gives no file another mode, owner, time or attribute,
 * runs nothing from there, asks no network, looks into no other process and signals none, has no
 * privilege but to read what is another user's, and gains none, leaves its process group in no way,
 * and ends with whoever has started it. Landlock, seccomp (base/run/calls.h), capabilities and
 * limits; CM_E_UNSUPPORTED where the kernel has not all of it. */
bool cm_confine(const struct cm_confines *confines, struct cm_err *err) CM_MUST;

#endif
