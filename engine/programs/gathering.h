/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/gathering.h: from a command line to evidence, interruptible.
 */
#ifndef CM_PROGRAMS_GATHERING_H
#define CM_PROGRAMS_GATHERING_H

#include "programs/node_proof.h"
#include "programs/session.h"

#define CM_DEFAULT_TIMEOUT "5m"

/* What a command line says, admitted: all that is known before anything is asked. */
struct cm_prepared {
    struct cm_staged file;
    struct cm_node_proof proof; /* read, and not used yet */
    struct cm_submission submission;
    struct cm_admitted admitted; /* points into itself: not to be copied */
    int64_t deadline;            /* monotonic ns, --timeout from when it was prepared */
};

/* Reads --notice, --node-proof and the file on the command line and admits; the options hold, the
 * secrets can be read. `dry`: the file is looked at, not copied. 0, or the exit status (everything
 * was said). */
int cm_prepare(struct cm_session *, bool dry, struct cm_prepared *ret);
void cm_prepared_done(struct cm_prepared *); /* for CM_CLEANUP; begin with {.file.fd = -1} */

/* Admits what --project, --policy, --system, --notice, the names and the file on the command line
 * say, and gathers, within --timeout and until SIGINT, SIGTERM or SIGHUP. 0, or the exit status
 * (everything was said). The configuration and the plug-ins are there already. */
int cm_gathering(struct cm_session *, enum cm_errand, struct cm_gathered *ret);

/* The same where no build is meant, about a link that was admitted. */
int cm_gathering_about_system(struct cm_session *, const struct cm_admitted *, enum cm_errand,
                              struct cm_gathered *ret);

#endif
