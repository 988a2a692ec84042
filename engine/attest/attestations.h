/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/attestations.h: files of attestations: one envelope or bundle, or lines of them
 * (.intoto.jsonl).
 *
 * A file of several lines holds one object a line, each whole; blank lines are passed over. One
 * object may go over several lines if it is the only one. What is anything else (a line of text,
 * something behind an object) makes the whole file CM_E_MALFORMED: nobody knows what it was meant
 * to be.
 */
#ifndef CM_ATTEST_ATTESTATIONS_H
#define CM_ATTEST_ATTESTATIONS_H

#include "attest/bundle.h"
#include "attest/statement.h"

#define CM_ATTESTATION_FILE_MOST ((size_t)16 << 20) /* bytes of a file */
#define CM_MOST_ATTESTATIONS     1024               /* of a file */

/* One of them. Its envelope is bundle.envelope, whether it came in a bundle or not. */
struct cm_attestation {
    char where[280]; /* "FILE", or "FILE: line 3", for messages */
    bool is_bundle;
    struct cm_bundle bundle;
};

struct cm_attestations {
    struct cm_attestation *at; /* owned */
    size_t count;              /* at least one */
};

/* `name` is for messages. Owned by the caller: cm_attestations_done(). */
bool cm_attestations_read(const void *at, size_t size, const char *name,
                          struct cm_attestations *ret, struct cm_err *err) CM_MUST;
bool cm_attestations_read_file(const char *path, struct cm_attestations *ret, struct cm_err *err)
    CM_MUST;
void cm_attestations_done(struct cm_attestations *attestations); /* for CM_CLEANUP */

/* One that cm_dsse_parse() has read (`where` is filled in). */
bool cm_attestation_read(json_t *value, const struct cm_dsse_apart *apart,
                         struct cm_attestation *ret, struct cm_err *err) CM_MUST;
void cm_attestation_done(struct cm_attestation *attestation); /* for CM_CLEANUP */

#endif
