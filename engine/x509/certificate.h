/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/certificate.h: a certificate as a value, as sdk/include/countermark/certificates.h says.
 */
#ifndef CM_X509_CERTIFICATE_H
#define CM_X509_CERTIFICATE_H

#include "base/err.h"

#include <jansson.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* Of one that cm_x509_parse() read. CM_E_MALFORMED if an extension that is told there cannot be
 * read. Owned. */
bool cm_certificate_value(X509 *certificate, json_t **ret, struct cm_err *err) CM_MUST;

#endif
