/* SPDX-License-Identifier: Apache-2.0
 *
 * base/run/calls.h: the system calls that a program of the operator's may make.
 */
#ifndef CM_BASE_RUN_CALLS_H
#define CM_BASE_RUN_CALLS_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>

/* Of this process, for good, and of all that it starts: what Landlock has no say in. No network, no
 * other process, no way out of the group or into a new namespace, no memory or queue that others
 * share; no mode, owner, time or attribute of a file, also through a descriptor, and no opening
 * that would empty a file without asking to write. Where Landlock keeps no signals in
 * (`signals_kept`), it sends them to itself and to its group, and to nobody else. Takes
 * no_new_privs; CM_E_UNSUPPORTED where the kernel has no seccomp, or the processor is of another
 * kind. */
bool cm_confine_calls(bool signals_kept, struct cm_err *err) CM_MUST;

#endif
