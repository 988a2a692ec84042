/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/stamp.h: the time of a signature, by the word of an authority (RFC 3161).
 *
 * An authority is asked with the digest of the signature's value and a random number, and answers
 * with a token: a signature of its own, over both and the time. The token goes into the signature,
 * outside of what that signs.
 */
#ifndef CM_ATTEST_STAMP_H
#define CM_ATTEST_STAMP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_STAMP_MOST ((size_t)64 << 10) /* bytes of an answer */

/* How far an authority's clock may be from that of the signer, ns. */
#define CM_STAMP_APART (INT64_C(600) * 1000000000)

struct cm_stamp;                             /* a question under way */
void cm_stamp_done(struct cm_stamp **stamp); /* for CM_CLEANUP */

/* A question about a signature (CMS, DER; see attest/cms.h), appended to `query`. Owned. */
bool cm_stamp_ask(const void *der, size_t size, struct cm_stamp **ret, struct cm_buf *query,
                  struct cm_err *err) CM_MUST;

/* The signature with the token in it, appended: if the answer is to that question, signed by a
 * certificate for time stamps which leads to one of `authority` (PEM), and about the time that the
 * signature says itself. CM_E_DENIED if the authority refuses or its word does not count;
 * CM_E_MALFORMED: no answer. */
bool cm_stamp_take(struct cm_stamp *stamp, const void *answer, size_t size,
                   const struct cm_buf *authority, struct cm_buf *to, struct cm_err *err) CM_MUST;

#endif
