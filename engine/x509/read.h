/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/read.h: certificates, revocation lists and keys, out of bytes.
 *
 * Whatever is read is read whole: nothing stands behind it, each extension stands once and is well
 * formed. What is not so is no certificate, however much of it could be understood.
 */
#ifndef CM_X509_READ_H
#define CM_X509_READ_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_X509_MOST        ((size_t)64 << 10) /* bytes of one certificate */
#define CM_X509_LIST_MOST   ((size_t)16 << 20) /* bytes of one revocation list */
#define CM_X509_BLOCKS_MOST 1000               /* certificates, or lists, in a file */

/* One certificate, DER. Owned. */
bool cm_x509_parse(const void *der, size_t size, X509 **ret, struct cm_err *err) CM_MUST;

/* One revocation list, DER. Owned. */
bool cm_x509_parse_list(const void *der, size_t size, X509_CRL **ret, struct cm_err *err) CM_MUST;

/* All of a file: PEM blocks with anything between them, or one DER: [ base64 of DER, ... ], each
 * one parsed as above. A block of another kind, a broken one or none at all is CM_E_MALFORMED.
 * Owned. */
bool cm_x509_read_certificates(const void *file, size_t size, json_t **ret, struct cm_err *err)
    CM_MUST;
bool cm_x509_read_lists(const void *file, size_t size, json_t **ret, struct cm_err *err) CM_MUST;

/* The one secret key in a PEM file (there may be certificates beside it). `passphrase`: NULL if
 * there is none; nobody is ever asked for it. An encrypted key without one is CM_E_CONFIG, a wrong
 * one CM_E_AUTH. Owned. */
bool cm_x509_read_key(const void *pem, size_t size, const char *passphrase, EVP_PKEY **ret,
                      struct cm_err *err) CM_MUST;

#endif
