/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/asn1.h: what stands in certificates, as text, numbers and JSON. Private to this floor.
 */
#ifndef CM_X509_ASN1_H
#define CM_X509_ASN1_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "base/text.h"

#include <jansson.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

/* A string that people can read, appended as UTF-8: UTF8, Printable, IA5, Visible, Numeric and BMP
 * strings without NUL, control characters, or bytes that their type does not have. False (nothing
 * appended) for all others. */
bool cm_asn1_text(const ASN1_STRING *string, struct cm_buf *to) CM_MUST;

/* UTF-8 without NUL and control characters? */
bool cm_asn1_is_readable(const char *text, size_t size);

/* "2.5.4.3", owned JSON; NULL without memory. */
json_t *cm_asn1_oid(const ASN1_OBJECT *object) CM_MUST;

/* Is it that one? */
bool cm_asn1_is(const ASN1_OBJECT *object, const char *oid);

/* Seconds since 1970; only the form of RFC 5280: to the second, with Z. */
bool cm_asn1_seconds(const ASN1_TIME *time, int64_t *ret) CM_MUST;

/* "2026-11-22T18:19:53Z" also behind the year 2262; "" for one that cannot be read. */
#define CM_ASN1_TIME_SIZE 32
void cm_asn1_time(const ASN1_TIME *time, char ret[CM_ASN1_TIME_SIZE]);

/* Of ns, downwards. */
static inline int64_t
cm_seconds_of(int64_t ns)
{
    return ns / CM_SECOND - (ns % CM_SECOND < 0 ? 1 : 0);
}

/* Decimal, owned JSON; NULL without memory. */
json_t *cm_asn1_number(const ASN1_INTEGER *integer) CM_MUST;

/* SHA-256 in hexadecimal, owned JSON, of what OpenSSL wrote; NULL if it wrote nothing. */
json_t *cm_asn1_sha256(const unsigned char *der, int size) CM_MUST;

#endif
