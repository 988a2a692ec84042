/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/output.h: files that an option names and a command writes.
 */
#ifndef CM_PROGRAMS_OUTPUT_H
#define CM_PROGRAMS_OUTPUT_H

#include "programs/session.h"

#include <sys/types.h>

/* Is that a file which could be written? What cannot be is known before long work. `option`: what
 * named it, "--output" or "OUT". 0, or the exit status, everything said. */
int cm_may_write(const struct cm_session *, const char *option, const char *path);

/* Says that it was not written, and which option names another place. CM_EXIT_OUTPUT. */
int cm_not_written(const struct cm_session *, const char *what, const char *option,
                   struct cm_err *err);

/* The text and an end of line, to the file that --output names, or to standard output. 0, or the
 * exit status, everything said. */
int cm_write_text(const struct cm_session *, const char *what, mode_t mode, struct cm_buf *text);

#endif
