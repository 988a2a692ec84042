/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/strength.h: bits of security. Private to this floor.
 */
#ifndef CM_X509_STRENGTH_H
#define CM_X509_STRENGTH_H

#include <openssl/x509.h>

#define CM_STRENGTH_LEAST 112 /* where nobody asks for more */

/* Of a key; 0 if its type is unknown. */
int cm_strength_of_key(const X509 *certificate);

/* What finding a second text for a signature of that algorithm costs: half of the digest's bits, 0
 * for MD5, SHA-1 and what is unknown. */
int cm_strength_of_signature(const X509_ALGOR *algorithm);

#endif
