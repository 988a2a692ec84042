/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/installed.h: the ids of the plug-ins that are there.
 */
#ifndef CM_PROGRAMS_INSTALLED_H
#define CM_PROGRAMS_INSTALLED_H

#include "programs/session.h"

#define CM_MOST_INSTALLED 256

struct cm_installed {
    const char *ids[CM_MOST_INSTALLED]; /* each once; arena of the installation */
    size_t count;
};

/* Those whose files would be accepted, by the order of their files. Loads none. */
void cm_session_installed(struct cm_session *, struct cm_installed *ret);

#endif
