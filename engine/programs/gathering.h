/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/gathering.h: from a command line to evidence, interruptible.
 */
#ifndef CM_PROGRAMS_GATHERING_H
#define CM_PROGRAMS_GATHERING_H

#include "programs/session.h"

/* Admits what --project, --policy, --system, --notice, the names and the file on the command line
 * say, and gathers, within --timeout and until SIGINT, SIGTERM or SIGHUP. 0, or the exit status
 * (everything was said). The configuration and the plug-ins are there already. */
int cm_gathering(struct cm_session *, bool only_gates, struct cm_gathered *ret);

#endif
