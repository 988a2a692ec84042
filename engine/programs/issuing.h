/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/issuing.h: attestations of an accepted artifact, asked for and written.
 */
#ifndef CM_PROGRAMS_ISSUING_H
#define CM_PROGRAMS_ISSUING_H

#include "programs/session.h"

/* For the tables of commands: where attestations are written to. */
#define CM_ISSUING_FLAGS                                                                           \
    {"attestations", 0, CM_TAKES_FILE, "FILE", "write all attestations there, one a line"},        \
        {"provenance", 0, CM_TAKES_FILE, "FILE", "write the SLSA provenance there"},               \
    {                                                                                              \
        "vsa", 0, CM_TAKES_FILE, "FILE", "write the verification summary (VSA) there"              \
    }

/* Is any of them said? */
bool cm_issuing_is_said(const struct cm_session *);

/* Can they be written, and does the configuration say with which key? Before long work. 0, or the
 * exit status, everything said. */
int cm_issuing_may_be(const struct cm_session *);

struct cm_issuing {
    const json_t *evidence;      /* what the sealed file holds */
    const struct cm_buf *sealed; /* the sealed file */
    int artifact;                /* as it is delivered */
    int built;                   /* as it was built, where that is another file; -1 */
};

/* Has them signed by the process with the keys, and writes them. *ret_said: what the report says of
 * them (owned): { "key_id", "first", "decided_at", "files": [ path ] }. 0, or the exit status,
 * everything said; then nothing is written. */
int cm_issue(struct cm_session *, const struct cm_issuing *, json_t **ret_said);

#endif
