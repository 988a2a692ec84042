/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/name.h: distinguished names, attribute by attribute; no printed form is ever compared.
 *
 *   NAME = [ [ { "type": OID, "word": "CN" (absent: it has none), "text": UTF-8 or "hex": DER } ] ]
 *
 * RDNs in the order of the certificate, root first; several attributes in one RDN are one that is
 * multi-valued. "hex" stands for what is no text that people can read.
 */
#ifndef CM_X509_NAME_H
#define CM_X509_NAME_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_NAME_CONDITION_MOST ((size_t)4096) /* bytes of a condition */

/* A name out of a certificate. Owned. */
bool cm_name_value(const X509_NAME *name, json_t **ret, struct cm_err *err) CM_MUST;

/* A condition as people write it, RFC 4514: "CN=build-7,OU=Release Nodes,DC=acme". Types are CN, L,
 * ST, O, OU, C, STREET, DC, UID in either case, or an OID. Blanks around `,`, `+` and `=` do not
 * count unless they are escaped; nothing may be empty. What is wrong is said with its position.
 * Owned. */
bool cm_name_condition(const char *text, json_t **ret, struct cm_err *err) CM_MUST;

/* NAME as RFC 4514 writes it, last RDN first; for people. CM_E_MALFORMED if it is no NAME. */
bool cm_name_show(const json_t *name, struct cm_buf *to, struct cm_err *err) CM_MUST;

/* Are both attributes of one type, and the same text? ASCII letters of either case are alike, so
 * are runs of blanks, and blanks at the ends do not count; all else byte for byte. What is no text
 * is the same as nothing. */
bool cm_name_same(const json_t *a, const json_t *b);

/* The short word for a type, NULL: none; and the type of a word. Static. */
const char *cm_name_word(const char *oid);
const char *cm_name_type(const char *word, size_t size);

#endif
