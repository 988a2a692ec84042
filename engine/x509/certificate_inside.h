/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to certificate*.c: what of a certificate's extensions is told.
 */
#ifndef CM_X509_CERTIFICATE_INSIDE_H
#define CM_X509_CERTIFICATE_INSIDE_H

#include <jansson.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* "key_usage", "extended_key_usage", "names", "ocsp", each where there is such an extension;
 * *ret_wrong: the name of one that cannot be read, else untouched. */
void cm_certificate_uses(const X509 *certificate, json_t *to, const char **ret_wrong, bool *ok);

/* "template", where there is one; one that cannot be read is { "broken": why }. */
void cm_certificate_template(const X509 *certificate, json_t *to, bool *ok);

#endif
