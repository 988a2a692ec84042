/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/bundle.h"

#include "attest/members.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

void
cm_bundle_done(struct cm_bundle *bundle)
{
    cm_envelope_done(&bundle->envelope);
    cm_buf_done(&bundle->signature);
    cm_json_done(&bundle->json);
}

bool
cm_is_bundle(const json_t *value)
{
    return json_object_get(value, "mediaType") != NULL ||
           json_object_get(value, "verificationMaterial") != NULL;
}

static bool
check_type(const json_t *value, const char *where, struct cm_err *err)
{
    static const char *const types[] = {CM_BUNDLE_TYPE,
                                        "application/vnd.dev.sigstore.bundle+json;version=0.1",
                                        "application/vnd.dev.sigstore.bundle+json;version=0.2",
                                        "application/vnd.dev.sigstore.bundle+json;version=0.3"};
    const char *type = NULL;
    if (!cm_member_text_needed(value, "mediaType", where, &type, err))
        return false;
    for (size_t i = 0; i < CM_COUNT(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return cm_fail(err, CM_E_MALFORMED, "%s: mediaType is '%s', which is no bundle v0.1 to v0.3",
                   where, type);
}

/* ---- what it is verified by ---- */

static bool
count_list(const json_t *object, const char *key, size_t most, const char *where, size_t *ret,
           struct cm_err *err)
{
    const json_t *list = NULL;
    if (!cm_member_array(object, key, where, &list, err))
        return false;
    if (json_array_size(list) > most)
        return cm_fail(err, CM_E_MALFORMED, "%s: more than %zu %s", where, most, key);
    *ret = json_array_size(list);
    return true;
}

static bool
read_stamps(const json_t *material, const char *where, struct cm_err *err)
{
    static const char *const known[] = {"rfc3161Timestamps", NULL};
    size_t count = 0;
    const json_t *data = NULL;
    if (!cm_member_object(material, "timestampVerificationData", where, &data, err))
        return false;
    return data == NULL || (cm_members_check(data, known, where, err) &&
                            count_list(data, known[0], CM_MOST_TIME_STAMPS, where, &count, err));
}

static bool
read_material(const json_t *value, const char *where, struct cm_bundle *to, struct cm_err *err)
{
    static const char *const known[] = {"publicKey",
                                        "certificate",
                                        "tlogEntries",
                                        "x509CertificateChain",
                                        "timestampVerificationData",
                                        NULL};
    static const char *const known_of_key[] = {"hint", NULL};
    const json_t *material = NULL, *key = NULL;
    if (!cm_member_object_needed(value, "verificationMaterial", where, &material, err) ||
        !cm_members_check(material, known, where, err))
        return false;
    if (cm_json_get(material, "certificate") != NULL ||
        cm_json_get(material, "x509CertificateChain") != NULL)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s: it rests on a certificate and on no key of yours (keyless); only "
                       "bundles with a public key are verified here",
                       where);
    return cm_member_object_needed(material, "publicKey", where, &key, err) &&
           cm_members_check(key, known_of_key, where, err) &&
           cm_member_text(key, "hint", where, &to->hint, err) &&
           count_list(material, "tlogEntries", CM_MOST_LOG_ENTRIES, where, &to->log_entries, err) &&
           read_stamps(material, where, err);
}

/* ---- what is signed ---- */

static bool
read_digest(const json_t *message, const char *where, struct cm_bundle *to, struct cm_err *err)
{
    static const char *const known[] = {"algorithm", "digest", NULL};
    const json_t *value = NULL;
    const char *algorithm = NULL, *text = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(64);
    if (!cm_member_object(message, "messageDigest", where, &value, err))
        return false;
    if (value == NULL)
        return true;
    if (!cm_members_check(value, known, where, err) ||
        !cm_member_text_needed(value, "algorithm", where, &algorithm, err) ||
        !cm_member_text_needed(value, "digest", where, &text, err))
        return false;
    if (strcmp(algorithm, "SHA2_256") != 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: messageDigest is of %s, not of SHA2_256", where,
                       algorithm);
    if (!cm_unbase64_either(text, strlen(text), &bytes) || bytes.size != sizeof to->digest)
        return cm_fail(err, CM_E_MALFORMED, "%s: messageDigest is no SHA-256 in base64", where);
    memcpy(to->digest, bytes.at, sizeof to->digest);
    to->has_digest = true;
    return true;
}

static bool
read_message(const json_t *message, const char *where, struct cm_bundle *to, struct cm_err *err)
{
    static const char *const known[] = {"messageDigest", "signature", NULL};
    const char *text = NULL;
    if (!cm_members_check(message, known, where, err) || !read_digest(message, where, to, err) ||
        !cm_member_text_needed(message, "signature", where, &text, err))
        return false;
    if (!cm_unbase64_either(text, strlen(text), &to->signature))
        return cm_fail(err, CM_E_MALFORMED, "%s: the signature is no base64 of one", where);
    return true;
}

static bool
read_content(json_t *value, const struct cm_dsse_apart *apart, const char *where,
             struct cm_bundle *to, struct cm_err *err)
{
    const json_t *envelope = NULL, *message = NULL;
    if (!cm_member_object(value, "dsseEnvelope", where, &envelope, err) ||
        !cm_member_object(value, "messageSignature", where, &message, err))
        return false;
    if ((envelope == NULL) == (message == NULL))
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: a bundle holds a dsseEnvelope or a messageSignature, and one of them",
                       where);
    if (envelope == NULL)
        return read_message(message, where, to, err);
    if (!cm_envelope_read(json_object_get(value, "dsseEnvelope"), apart, where, &to->envelope, err))
        return false;
    if (to->envelope.count != 1)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: the envelope of a bundle has one signature, not %zu", where,
                       to->envelope.count);
    to->has_envelope = true;
    return true;
}

bool
cm_bundle_read(json_t *value, const struct cm_dsse_apart *apart, const char *where,
               struct cm_bundle *ret, struct cm_err *err)
{
    static const char *const known[] = {"mediaType", "verificationMaterial", "dsseEnvelope",
                                        "messageSignature", NULL};
    CM_CLEANUP(cm_bundle_done)
    struct cm_bundle bundle = {.signature = CM_BUF_INIT(CM_MESSAGE_SIGNATURE)};
    if (!cm_members_check(value, known, where, err) || !check_type(value, where, err) ||
        !read_material(value, where, &bundle, err) ||
        !read_content(value, apart, where, &bundle, err))
        return false;
    bundle.json = json_incref(value);
    *ret = bundle;
    bundle = (struct cm_bundle){.hint = NULL};
    return true;
}

bool
cm_bundle_write(const struct cm_buf *envelope, const char *hint, struct cm_buf *to,
                struct cm_err *err)
{
    cm_buf_puts(to, "{\"dsseEnvelope\":");
    cm_buf_add(to, envelope->at, envelope->size);
    cm_buf_puts(to, ",\"mediaType\":\"" CM_BUNDLE_TYPE "\",\"verificationMaterial\":{"
                    "\"publicKey\":{\"hint\":\"");
    cm_buf_puts(to, hint);
    cm_buf_puts(to, "\"}}}");
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no room for the bundle");
}
