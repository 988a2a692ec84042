/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/dry_run.h: what would be asked, without asking it.
 */
#ifndef CM_PROGRAMS_DRY_RUN_H
#define CM_PROGRAMS_DRY_RUN_H

#include "programs/session.h"

/* Admits what the command line says, as cm_gathering() does, and prints whom it would ask for what
 * and which checks would count. Asks nothing and writes nothing. 0 if it could go ahead; else the
 * exit status that there would be: `exit_of` gives it for a request that is not allowed. The
 * configuration and the plug-ins are there already. */
int cm_dry_run(struct cm_session *, bool only_gates, int (*exit_of)(const struct cm_verdict *));

#endif
