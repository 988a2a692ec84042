/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/mark.h: what is said of an artifact that was accepted: how it was built (SLSA
 * provenance), and that we have verified it (SLSA verification summary, VSA).
 *
 * Functions of what was accepted, of the configuration and of which key will sign; nothing else.
 * docs/buildtypes/ says what stands where.
 */
#ifndef CM_SIGNING_MARK_H
#define CM_SIGNING_MARK_H

#include "base/buf.h"
#include "signing/accept.h"

struct cm_mark {
    const struct cm_trust *trust;
    const struct cm_accepted *accepted;
    const struct cm_signing_key *key; /* of the configuration */
    const char *key_id;               /* "sha256:...": it signs */
};

/* The artifact's name: the origin's, or that of the submitted file. Borrowed; "artifact" if nobody
 * says. */
const char *cm_mark_name(const struct cm_accepted *accepted);

/* What attestations call the builder: the system's `builder`, or VERIFIER/builders/SYSTEM. Arena of
 * what was accepted. */
const char *cm_mark_builder(const struct cm_mark *mark);

/* A statement's canonical JSON. CM_E_UNSUPPORTED of a verdict without an origin, or that is not
 * accepted: nobody knows how it was built. A summary of such a verdict says FAILED, and nothing
 * else. */
bool cm_mark_provenance(const struct cm_mark *mark, struct cm_buf *to, struct cm_err *err) CM_MUST;
bool cm_mark_summary(const struct cm_mark *mark, struct cm_buf *to, struct cm_err *err) CM_MUST;

#endif
