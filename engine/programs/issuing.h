/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/issuing.h: attestations of an accepted artifact, asked for and written.
 */
#ifndef CM_PROGRAMS_ISSUING_H
#define CM_PROGRAMS_ISSUING_H

#include "programs/session.h"
#include "signing/ask.h"

/* For the tables of commands: where attestations are written to. */
#define CM_ISSUING_FLAGS                                                                           \
    {"attestations", 0, CM_TAKES_FILE, "FILE", "write all attestations there, one a line"},        \
        {"provenance", 0, CM_TAKES_FILE, "FILE", "write the SLSA provenance there"},               \
        {"vsa", 0, CM_TAKES_FILE, "FILE", "write the verification summary (VSA) there"},           \
    {                                                                                              \
        "attest-failures", 0, CM_TAKES_NOTHING, NULL, "also of a verdict that is not accepted"     \
    }

#define CM_ISSUING_FILES_MOST 3

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

struct cm_issued {
    struct cm_attested attested;                   /* owned */
    struct cm_buf contents[CM_ISSUING_FILES_MOST]; /* owned: of each file that is asked for */
};
void cm_issued_done(struct cm_issued *); /* for CM_CLEANUP; begin with {.attested.first = false} */

/* Has them signed by the process with the keys; nothing is written yet. 0, or the exit status,
 * everything said. */
int cm_issue(struct cm_session *, const struct cm_issuing *, struct cm_issued *ret);

/* Writes them. *ret_said: what the report says of them (owned): { "key_id", "first", "kept",
 * "decided_at", "files": [ path ] }. 0, or the exit status, everything said. */
int cm_issued_write(const struct cm_session *, const struct cm_issued *, json_t **ret_said);

#endif
