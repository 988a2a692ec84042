/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/ocsp.h: asking an issuer's responder about one certificate (RFC 6960), and reading what it
 * says. Nothing here asks anybody; an answer is judged at a given time.
 */
#ifndef CM_X509_OCSP_H
#define CM_X509_OCSP_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_OCSP_MOST ((size_t)64 << 10) /* bytes of an answer */

/* Seconds: an answer that does not say how long it holds; and clocks that differ. */
#define CM_OCSP_WITHOUT_END INT64_C(86400)
#define CM_OCSP_SKEW        INT64_C(300)

/* The request, as DER: one certificate, its issuer by SHA-1, which is what responders look up; no
 * nonce, so that they may answer from what they have signed before. Appended. */
bool cm_ocsp_request(const X509 *leaf, const X509 *issuer, struct cm_buf *to, struct cm_err *err)
    CM_MUST;

/* { "status": "good" | "revoked" | "unknown", "this_update", "next_update" (absent: it does not
 * say), "produced_at", and of a revoked one "revoked_at" }. False, with the reason, for whatever is
 * no answer about this certificate, signed by its issuer or by whom its issuer has made a
 * responder, that holds at that time (ns since 1970). Owned. */
bool cm_ocsp_answer(const void *der, size_t size, X509 *leaf, X509 *issuer, int64_t at,
                    json_t **ret, struct cm_err *err) CM_MUST;

#endif
