/* SPDX-License-Identifier: Apache-2.0
 *
 * base/dsse.h: what all DSSE envelopes have in common, whatever they carry.
 *
 * Signed is not the JSON around a payload but its pre-authentication encoding,
 *     "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload
 * and what was verified is what is read: the payload is decoded once, into that encoding.
 */
#ifndef CM_BASE_DSSE_H
#define CM_BASE_DSSE_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/* The encoding of such a payload, up to where it begins; the payload is to be appended. */
void cm_dsse_put_head(struct cm_buf *to, const char *type, size_t payload_size);

/* Envelopes by others may have either alphabet of base64 in them; ours has the standard one. */
enum cm_dsse_alphabet { CM_DSSE_STANDARD, CM_DSSE_EITHER };

/* The whole encoding, of a payload that stands in an envelope as base64. *ret_payload_at: where the
 * payload begins in `to`. False if it is no base64, or there is no room (`to` has failed then). */
bool cm_dsse_encode(struct cm_buf *to, const char *type, const char *base64, size_t base64_size,
                    enum cm_dsse_alphabet alphabet, size_t *ret_payload_at) CM_MUST;

/* The payload of an envelope, where it was left out of the JSON that was read. */
struct cm_dsse_apart {
    const char *at; /* borrowed; NULL: nothing was left out */
    size_t size;
};

/* cm_json_parse(), of a text with an envelope in it somewhere. Nearly all of that is the payload,
 * and nobody needs to read megabytes of base64 as a string of JSON: where it is plainly there it is
 * left out, and *ret_apart says where in the text it stands. *ret is owned. */
bool cm_dsse_parse(const void *at, size_t size, const char *name, json_t **ret,
                   struct cm_dsse_apart *ret_apart, struct cm_err *err) CM_MUST;

/* The text of a payload that was read so, wherever it is. NULL: it is no text. Borrowed. */
const char *cm_dsse_text(const json_t *payload, const struct cm_dsse_apart *apart,
                         size_t *ret_size);

#endif
