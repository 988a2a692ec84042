/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/envelope.h"

#include "attest/members.h"
#include "base/dsse.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define HEAD_ROOM      128 /* of the encoding, in front of the payload */
#define MOST_SIGNATURE 4096

void
cm_envelope_done(struct cm_envelope *envelope)
{
    cm_buf_done(&envelope->encoding);
    cm_buf_done(&envelope->bytes);
    cm_json_done(&envelope->json);
}

/* ---- reading ---- */

static bool
read_signature(const json_t *value, const char *where, struct cm_envelope *to, struct cm_err *err)
{
    static const char *const known[] = {"keyid", "sig", NULL};
    const char *key_id = NULL, *text = NULL;
    size_t at = to->bytes.size;
    if (!cm_members_check(value, known, where, err) ||
        !cm_member_text(value, "keyid", where, &key_id, err) ||
        !cm_member_text_needed(value, "sig", where, &text, err))
        return false;
    if (!cm_unbase64_either(text, strlen(text), &to->bytes) || to->bytes.size - at > MOST_SIGNATURE)
        return cm_fail(err, CM_E_MALFORMED, "%s: sig is not the base64 of a signature", where);
    to->signatures[to->count].key_id = key_id;
    to->signatures[to->count].at = at;
    to->signatures[to->count++].size = to->bytes.size - at;
    return true;
}

static bool
read_signatures(const json_t *list, const char *where, struct cm_envelope *to, struct cm_err *err)
{
    char place[256];
    size_t size = json_array_size(list);
    if (size == 0)
        return cm_fail(err, CM_E_MALFORMED, "%s: there is no signature", where);
    if (size > CM_MOST_SIGNATURES)
        return cm_fail(err, CM_E_MALFORMED, "%s: more than %d signatures", where,
                       CM_MOST_SIGNATURES);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(place, sizeof place, "%.200s: signature %zu", where, i + 1);
        if (!read_signature(json_array_get(list, i), place, to, err))
            return false;
    }
    return true;
}

static bool
read_payload(const json_t *value, const struct cm_dsse_apart *apart, const char *where,
             struct cm_envelope *to, struct cm_err *err)
{
    size_t size = 0;
    const char *type = NULL, *payload = NULL;
    if (!cm_member_text_needed(value, "payloadType", where, &type, err) ||
        !cm_member_text_needed(value, "payload", where, &payload, err))
        return false;
    if (strcmp(type, CM_INTOTO_TYPE) != 0)
        return cm_fail(err, CM_E_MALFORMED, "%s: payloadType is '%s', not " CM_INTOTO_TYPE, where,
                       type);
    payload = cm_dsse_text(json_object_get(value, "payload"), apart, &size);
    if (cm_dsse_encode(&to->encoding, type, payload, size, CM_DSSE_EITHER, &to->payload_at))
        return true;
    return to->encoding.failed ? cm_fail(err, CM_E_LIMIT, "%s: the payload is larger than %zu MiB",
                                         where, CM_ENVELOPE_MOST >> 20)
                               : cm_fail(err, CM_E_MALFORMED, "%s: payload is no base64", where);
}

bool
cm_envelope_read(json_t *value, const struct cm_dsse_apart *apart, const char *where,
                 struct cm_envelope *ret, struct cm_err *err)
{
    static const char *const known[] = {"payload", "payloadType", "signatures", NULL};
    const json_t *list = NULL;
    CM_CLEANUP(cm_envelope_done)
    struct cm_envelope envelope = {
        .encoding = CM_BUF_INIT(CM_ENVELOPE_MOST + HEAD_ROOM),
        .bytes = CM_BUF_INIT((size_t)CM_MOST_SIGNATURES * 2 * MOST_SIGNATURE),
    };
    if (!cm_members_check(value, known, where, err) ||
        !read_payload(value, apart, where, &envelope, err) ||
        !cm_member_array_needed(value, "signatures", where, &list, err) ||
        !read_signatures(list, where, &envelope, err))
        return false;
    envelope.json = json_incref(value);
    *ret = envelope;
    envelope = (struct cm_envelope){.count = 0};
    return true;
}

const char *
cm_envelope_payload(const struct cm_envelope *envelope, size_t *ret_size)
{
    *ret_size = envelope->encoding.size - envelope->payload_at;
    return envelope->encoding.at + envelope->payload_at;
}

/* ---- whose it is ---- */

static bool
is_signed_by(const struct cm_envelope *envelope, const struct cm_attest_key *key,
             const char *key_id)
{
    for (size_t i = 0; i < envelope->count; i++) {
        const char *named = envelope->signatures[i].key_id;
        if (key_id != NULL && named != NULL && strcmp(named, key_id) != 0)
            continue;
        if (cm_attest_key_verifies(key, envelope->encoding.at, envelope->encoding.size,
                                   envelope->bytes.at + envelope->signatures[i].at,
                                   envelope->signatures[i].size))
            return true;
    }
    return false;
}

static bool
is_given_before(struct cm_attest_key *const *keys, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (cm_attest_key_same(keys[i], keys[index]))
            return true;
    return false;
}

size_t
cm_envelope_signers(const struct cm_envelope *envelope, struct cm_attest_key *const *keys,
                    size_t key_count, const char *key_id)
{
    size_t signers = 0;
    for (size_t i = 0; i < key_count; i++)
        signers += !is_given_before(keys, i) && is_signed_by(envelope, keys[i], key_id);
    return signers;
}

/* ---- writing ---- */

bool
cm_envelope_write(const void *statement, size_t size, const struct cm_attest_key *key,
                  struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf encoding = CM_BUF_INIT(CM_ENVELOPE_MOST + HEAD_ROOM);
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(MOST_SIGNATURE);
    cm_dsse_put_head(&encoding, CM_INTOTO_TYPE, size);
    cm_buf_add(&encoding, statement, size);
    if (encoding.failed)
        return cm_fail(err, CM_E_LIMIT, "the statement is larger than %zu MiB",
                       CM_ENVELOPE_MOST >> 20);
    if (!cm_attest_key_sign(key, encoding.at, encoding.size, &signature, err))
        return false;
    cm_buf_puts(to, "{\"payload\":\"");
    cm_base64(to, statement, size);
    cm_buf_puts(to, "\",\"payloadType\":\"" CM_INTOTO_TYPE "\",\"signatures\":[{\"sig\":\"");
    cm_base64(to, signature.at, signature.size);
    cm_buf_puts(to, "\"}]}");
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no room for the envelope");
}
