/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/form.h: what a key may put into a signature (CMS), as the operator writes it down.
 *
 * A form has a content and signed attributes, and is signed as it stands or not at all. The content
 * is "{artifact}", the file itself, which then stays outside of the signature; or a text that the
 * signature holds, with one place for the file's digest: "...{sha256:base64}..."; or
 * "{program:OID}", a value of that type, which the form's program makes of the file. An attribute
 * is "OID=HEX": its identifier, and its value as DER in lower-case hexadecimal digits. Those that
 * the process with the keys makes itself cannot be named: content type, message digest, signing
 * time, signing certificate.
 */
#ifndef CM_TRUST_FORM_H
#define CM_TRUST_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "trust/model.h"

#include <stdbool.h>

#define CM_FORM_CONTENT_MOST    4096 /* bytes */
#define CM_FORM_ATTRIBUTE_MOST  2048 /* characters */
#define CM_FORM_ATTRIBUTES_MOST 8
#define CM_FORM_PROGRAM_MOST    32 /* words: the path, and arguments */
#define CM_FORM_MADE            "{program:%s}"
#define CM_FORM_TYPE_SIZE       64 /* with the NUL */

/* As a matter of form: CM_E_CONFIG. */
bool cm_form_content_check(const char *content, struct cm_err *err) CM_MUST;
bool cm_form_attribute_check(const char *attribute, struct cm_err *err) CM_MUST;
/* Does the content need a program, and is it there: a path, and its arguments? */
bool cm_form_program_check(const struct cm_key_form *form, struct cm_err *err) CM_MUST;

/* Is the content the file itself? */
bool cm_form_is_artifact(const char *content);

/* Is it what a program makes? Of which type: an identifier as numbers with dots. */
bool cm_form_is_made(const char *content, char ret_type[CM_FORM_TYPE_SIZE]);

/* A text with the digest (64 hexadecimal digits) in its place; CM_E_INTERNAL of a content that has
 * none. */
bool cm_form_fill(const char *content, const char *sha256, struct cm_buf *to, struct cm_err *err)
    CM_MUST;

/* Is it that form: the same content, and the same attributes, each once? */
bool cm_form_is(const struct cm_key_form *form, const char *content, const char *const *attributes,
                size_t count);

#endif
