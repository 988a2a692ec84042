/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/process.h: what every program of ours does with its process, whatever it is for.
 */
#ifndef CM_PROGRAMS_PROCESS_H
#define CM_PROGRAMS_PROCESS_H

#include "programs/session.h"

/* Once, before anything else in main: nothing of this process ends in a core file or under a
 * debugger of the same user; files are the user's own. False: it cannot be made safe to run. */
bool cm_process_tidy(void) CM_MUST;

/* Does the command line say --log-format json? Looked at before anything else is read, so that what
 * is wrong with the rest is said in that form, too. */
bool cm_process_wants_json(int argc, char *const *argv);

/* Reads the command line from argv[1] on and runs the command; the exit status. `errors` is for
 * what is wrong with the line itself. */
int cm_process_run(const struct cm_command *command, int argc, char **argv, struct cm_log *errors);

#endif
