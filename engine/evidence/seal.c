/* SPDX-License-Identifier: Apache-2.0
 */
#include "evidence/key.h"

#include "base/dsse.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <openssl/err.h>
#include <string.h>

#define ROOM 128 /* for the head of the encoding */

static void
context_done(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

/* ---- making ---- */

static bool
sign(const struct cm_key *key, const struct cm_buf *encoding,
     unsigned char ret[CM_ED25519_SIGNATURE])
{
    size_t size = CM_ED25519_SIGNATURE;
    CM_CLEANUP(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, ret, &size, (const unsigned char *)encoding->at,
                               encoding->size) == 1 &&
                size == CM_ED25519_SIGNATURE;
    ERR_clear_error();
    return done;
}

static void
put_envelope(struct cm_buf *to, const struct cm_key *key, const void *payload, size_t payload_size,
             const unsigned char *signature)
{
    cm_buf_puts(to, "{\"payload\":\"");
    cm_base64(to, payload, payload_size);
    cm_buf_puts(to, "\",\"payloadType\":\"" CM_SEAL_TYPE "\",\"signatures\":[{\"keyid\":\"");
    cm_buf_puts(to, key->id);
    cm_buf_puts(to, "\",\"sig\":\"");
    cm_base64(to, signature, CM_ED25519_SIGNATURE);
    cm_buf_puts(to, "\"}]}\n");
}

bool
cm_seal(const json_t *evidence, const struct cm_key *key, struct cm_buf *to, struct cm_err *err)
{
    unsigned char signature[CM_ED25519_SIGNATURE];
    CM_CLEANUP(cm_buf_done) struct cm_buf payload = CM_BUF_INIT(CM_EVIDENCE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf encoding = CM_BUF_INIT(CM_EVIDENCE_MOST + ROOM);
    if (!cm_json_canonical(evidence, &payload) ||
        payload.size > CM_EVIDENCE_MOST / 4 * 3 - ROOM * 4)
        return cm_fail(err, CM_E_LIMIT,
                       "the evidence is larger than an evidence file may be (%u MiB)",
                       CM_EVIDENCE_MOST >> 20);
    cm_dsse_put_head(&encoding, CM_SEAL_TYPE, payload.size);
    cm_buf_add(&encoding, payload.at, payload.size);
    if (encoding.failed)
        return cm_fail(err, CM_E_LIMIT, "no memory to seal the evidence");
    if (!sign(key, &encoding, signature))
        return cm_fail(err, CM_E_INTERNAL, "the evidence key does not sign");
    put_envelope(to, key, payload.at, payload.size, signature);
    return to->failed ? cm_fail(err, CM_E_LIMIT, "no memory to seal the evidence") : true;
}

/* ---- opening ---- */

/* A file's envelope, its parts borrowed from the JSON. */
struct envelope {
    struct cm_buf encoding; /* owned */
    size_t payload_at;      /* where the payload begins in it */
    const char *key_id;     /* NULL: none */
    unsigned char signature[CM_ED25519_SIGNATURE];
    bool is_signed; /* by form */
};

static void
envelope_done(struct envelope *envelope)
{
    cm_buf_done(&envelope->encoding);
}

static bool
read_payload(const char *text, size_t size, struct envelope *ret, struct cm_err *err)
{
    if (!text || size < 4)
        return cm_fail(err, CM_E_MALFORMED, "the envelope has no payload");
    if (!cm_dsse_encode(&ret->encoding, CM_SEAL_TYPE, text, size, CM_DSSE_STANDARD,
                        &ret->payload_at))
        return cm_fail(err, CM_E_MALFORMED, "the payload of the envelope is not base64");
    return true;
}

/* One signature with both of its members, of the right size, and nothing beside. */
static bool
read_signature(const json_t *signatures, struct envelope *ret)
{
    const json_t *only = json_array_get(signatures, 0);
    const char *text = cm_json_text(only, "sig");
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(CM_ED25519_SIGNATURE);
    ret->key_id = cm_json_text(only, "keyid");
    if (json_array_size(signatures) != 1 || json_object_size(only) != 2 || !text || !ret->key_id)
        return false;
    if (!cm_unbase64(text, strlen(text), &bytes) || bytes.size != sizeof ret->signature)
        return false;
    memcpy(ret->signature, bytes.at, sizeof ret->signature);
    return true;
}

/* A file as JSON, its payload beside it. */
struct file {
    json_t *json; /* owned */
    struct cm_dsse_apart apart;
};

static void
file_done(struct file *file)
{
    cm_json_done(&file->json);
}

static bool
read_envelope(const struct file *file, struct envelope *ret, struct cm_err *err)
{
    const char *type = cm_json_text(file->json, "payloadType");
    const json_t *signatures = json_object_get(file->json, "signatures");
    if (json_object_size(file->json) != 3 || !type || !json_is_array(signatures))
        return cm_fail(err, CM_E_MALFORMED,
                       "neither evidence nor an envelope of payload, payloadType and signatures");
    if (strcmp(type, CM_SEAL_TYPE) != 0)
        return cm_fail(err, CM_E_MALFORMED, "an envelope, but not of evidence (%s)", type);
    size_t size = 0;
    const char *payload = cm_dsse_text(json_object_get(file->json, "payload"), &file->apart, &size);
    if (!read_payload(payload, size, ret, err))
        return false;
    ret->is_signed = read_signature(signatures, ret);
    return true;
}

static bool
verifies(const struct cm_key *key, const struct envelope *envelope)
{
    CM_CLEANUP(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, envelope->signature, sizeof envelope->signature,
                                 (const unsigned char *)envelope->encoding.at,
                                 envelope->encoding.size) == 1;
    ERR_clear_error();
    return done;
}

/* The id in the envelope is not signed: it tells what to say, never whom to trust. */
static enum cm_seal_state
judge_seal(const struct envelope *envelope, struct cm_key *const *keys, size_t key_count)
{
    enum cm_seal_state state = CM_SEAL_UNKNOWN;
    if (!envelope->is_signed)
        return CM_SEAL_BROKEN;
    for (size_t i = 0; i < key_count; i++) {
        bool is_named = strcmp(keys[i]->id, envelope->key_id) == 0;
        bool is_made_by = verifies(keys[i], envelope);
        if (is_made_by && is_named)
            return CM_SEALED;
        if (is_made_by || is_named)
            state = CM_SEAL_BROKEN;
    }
    return state;
}

static bool
check_format(const json_t *evidence, struct cm_err *err)
{
    const char *format = cm_json_text(evidence, "format");
    if (!format || strcmp(format, CM_EVIDENCE_FORMAT) != 0)
        return cm_fail(err, CM_E_MALFORMED, "not evidence of a format that is known (%s)",
                       format ? format : "none");
    return true;
}

/* An id is shown only if it could be one. */
static void
set_key_id(struct cm_opened *opened, const char *key_id)
{
    if (key_id && strlen(key_id) < sizeof opened->key_id)
        memcpy(opened->key_id, key_id, strlen(key_id) + 1);
}

static bool
open_sealed(const struct file *file, struct cm_key *const *keys, size_t key_count,
            struct cm_opened *ret, struct cm_err *err)
{
    CM_CLEANUP(envelope_done)
    struct envelope envelope = {.encoding = CM_BUF_INIT(CM_EVIDENCE_MOST)};
    struct cm_opened opened = {.evidence = NULL};
    if (!read_envelope(file, &envelope, err))
        return false;
    opened.seal = judge_seal(&envelope, keys, key_count);
    set_key_id(&opened, envelope.key_id);
    const char *payload = envelope.encoding.at + envelope.payload_at;
    bool is_read = cm_json_parse(payload, envelope.encoding.size - envelope.payload_at,
                                 "the evidence", &opened.evidence, err) &&
                   check_format(opened.evidence, err);
    if (!is_read)
        cm_json_done(&opened.evidence);
    if (!is_read && opened.seal != CM_SEAL_BROKEN)
        return false;
    *ret = opened;
    return true;
}

bool
cm_seal_open(const void *at, size_t size, struct cm_key *const *keys, size_t key_count,
             struct cm_opened *ret, struct cm_err *err)
{
    CM_CLEANUP(file_done) struct file file = {.json = NULL};
    if (size > CM_EVIDENCE_MOST)
        return cm_fail(err, CM_E_LIMIT, "larger than an evidence file may be (%u MiB)",
                       CM_EVIDENCE_MOST >> 20);
    if (!cm_dsse_parse(at, size, "the evidence file", &file.json, &file.apart, err))
        return false;
    if (!json_object_get(file.json, "format"))
        return open_sealed(&file, keys, key_count, ret, err);
    if (!check_format(file.json, err))
        return false;
    *ret = (struct cm_opened){.seal = CM_UNSEALED};
    ret->evidence = CM_TAKE(file.json);
    return true;
}
