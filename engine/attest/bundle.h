/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/bundle.h: sigstore bundles (v0.1 to v0.3) whose signature is by a public key.
 *
 * One that rests on a certificate (keyless) is CM_E_UNSUPPORTED. The hint and the digest in a
 * message signature are nobody's word. Entries of a transparency log and time stamps are counted
 * and not looked into: it is the key that counts.
 */
#ifndef CM_ATTEST_BUNDLE_H
#define CM_ATTEST_BUNDLE_H

#include "attest/envelope.h"

#define CM_BUNDLE_TYPE       "application/vnd.dev.sigstore.bundle.v0.3+json"
#define CM_MOST_LOG_ENTRIES  32
#define CM_MOST_TIME_STAMPS  32
#define CM_MESSAGE_SIGNATURE 4096

struct cm_bundle {
    const char *hint;  /* NULL: none; lies in json */
    bool has_envelope; /* else a signature of the artifact's bytes */
    struct cm_envelope envelope;
    struct cm_buf signature;  /* owned */
    unsigned char digest[32]; /* SHA-256 of the artifact, as it says */
    bool has_digest;
    size_t log_entries;
    json_t *json; /* owned */
};

/* Is it meant to be one? */
bool cm_is_bundle(const json_t *value);

/* From its JSON; an envelope in it has exactly one signature. Owned: cm_bundle_done(). */
bool cm_bundle_read(json_t *value, const struct cm_dsse_apart *apart, const char *where,
                    struct cm_bundle *ret, struct cm_err *err) CM_MUST;
void cm_bundle_done(struct cm_bundle *bundle); /* for CM_CLEANUP */

/* A bundle v0.3 around an envelope, as cm_envelope_write() makes it; the hint is the key's. */
bool cm_bundle_write(const struct cm_buf *envelope, const char *hint, struct cm_buf *to,
                     struct cm_err *err) CM_MUST;

#endif
