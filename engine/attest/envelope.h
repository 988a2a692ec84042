/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/envelope.h: DSSE envelopes of in-toto statements, as others write them and as we do.
 *
 * Read strictly: payload, payloadType and signatures are there and of their types; the payload type
 * is CM_INTOTO_TYPE and nothing like it; base64 is whole; there are 1 to CM_MOST_SIGNATURES
 * signatures, none empty. Unknown members are ignored, as the specification wants it; names that
 * look like known ones are refused (members.h).
 */
#ifndef CM_ATTEST_ENVELOPE_H
#define CM_ATTEST_ENVELOPE_H

#include "attest/key.h"
#include "base/buf.h"
#include "base/dsse.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_INTOTO_TYPE     "application/vnd.in-toto+json"
#define CM_MOST_SIGNATURES 32
#define CM_ENVELOPE_MOST   ((size_t)8 << 20) /* bytes of a payload */

struct cm_envelope {
    struct cm_buf encoding; /* what is signed; owned */
    size_t payload_at;      /* where the payload begins in it */
    json_t *json;           /* owned; the ids of keys lie in it */
    struct cm_buf bytes;    /* of all signatures; owned */
    struct {
        const char *key_id; /* a hint that nobody has signed; NULL: none */
        size_t at, size;    /* in bytes */
    } signatures[CM_MOST_SIGNATURES];
    size_t count;
};

/* From its JSON, which cm_dsse_parse() has read. `where` is for messages. Owned by the caller:
 * cm_envelope_done(). */
bool cm_envelope_read(json_t *value, const struct cm_dsse_apart *apart, const char *where,
                      struct cm_envelope *ret, struct cm_err *err) CM_MUST;
void cm_envelope_done(struct cm_envelope *envelope); /* for CM_CLEANUP */

/* The payload's bytes: those that signatures are of. Borrowed. */
const char *cm_envelope_payload(const struct cm_envelope *envelope, size_t *ret_size);

/* By how many of the keys it is signed: each key counts once, however often it is given or has
 * signed. `key_id`: signatures that name another key are passed over; NULL: whatever they name,
 * because nobody has signed that. */
size_t cm_envelope_signers(const struct cm_envelope *envelope, struct cm_attest_key *const *keys,
                           size_t key_count, const char *key_id);

/* One line of JSON around a statement, signed by that key: standard base64, and no keyid (a keyid
 * makes some tools pass the signature over). */
bool cm_envelope_write(const void *statement, size_t size, const struct cm_attest_key *key,
                       struct cm_buf *to, struct cm_err *err) CM_MUST;

#endif
