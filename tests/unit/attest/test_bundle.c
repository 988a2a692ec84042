/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/bundle.h"

#include "base/text.h"
#include "sample.h"

#define ENVELOPE                                                                                   \
    "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\","                      \
    "\"signatures\":[{\"sig\":\"AAAA\"}]}"
#define BUNDLE                                                                                     \
    "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{"  \
    "\"publicKey\":{\"hint\":\"x\"}},\"dsseEnvelope\":" ENVELOPE "}"
#define MESSAGE                                                                                    \
    "{\"mediaType\":\"application/vnd.dev.sigstore.bundle+json;version=0.2\","                     \
    "\"verificationMaterial\":{\"publicKey\":{},\"tlogEntries\":[{}]},\"messageSignature\":{"      \
    "\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":"                                    \
    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},\"signature\":\"AAAA\"}}"

static bool
reads(const char *text, struct cm_bundle *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = parsed(text);
    assert_true(cm_is_bundle(value) || strstr(text, "mediatype") != NULL);
    return cm_bundle_read(value, &nothing, "it", ret, err);
}

static void
test_reading(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_bundle_done) struct cm_bundle envelope = {.hint = NULL};
    CM_CLEANUP(cm_bundle_done) struct cm_bundle message = {.hint = NULL};
    assert_true(reads(BUNDLE, &envelope, &err));
    assert_string_equal(envelope.hint, "x");
    assert_true(envelope.has_envelope && envelope.envelope.count == 1);
    assert_true(reads(MESSAGE, &message, &err));
    assert_true(!message.has_envelope && message.has_digest && message.log_entries == 1);
    assert_int_equal(message.signature.size, 3);
    CM_CLEANUP(cm_json_done) json_t *bare = parsed(ENVELOPE);
    assert_false(cm_is_bundle(bare));
}

static void
test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *of, *from, *to;
        enum cm_class class; /* CM_OK: it is taken */
        const char *words;
    } rows[] = {
        {BUNDLE, "{\"hint\":\"x\"}", "{}", CM_OK, ""},
        {BUNDLE, "}},\"dsse", "},\"timestampVerificationData\":{}},\"dsse", CM_OK, ""},
        {MESSAGE,
         "\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":"
         "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},",
         "", CM_OK, ""},
        {BUNDLE, "bundle.v0.3", "bundle.v0.4", CM_E_MALFORMED, "mediaType is"},
        {BUNDLE, "\"mediaType\"", "\"mediatype\"", CM_E_MALFORMED, "take it for 'mediaType'"},
        {BUNDLE, "\"publicKey\":{\"hint\":\"x\"}", "\"certificate\":{\"rawBytes\":\"AAAA\"}",
         CM_E_UNSUPPORTED, "keyless"},
        {BUNDLE, "\"publicKey\":{\"hint\":\"x\"}", "\"x509CertificateChain\":{}", CM_E_UNSUPPORTED,
         "keyless"},
        {BUNDLE, "{\"hint\":\"x\"}", "{},\"certificate\":{}", CM_E_UNSUPPORTED, "keyless"},
        {BUNDLE, "\"publicKey\":{\"hint\":\"x\"}", "", CM_E_MALFORMED, "there is no publicKey"},
        {BUNDLE, "\"publicKey\"", "\"publicKeyIdentifier\"", CM_E_MALFORMED, "no publicKey"},
        {BUNDLE, "\"hint\":\"x\"", "\"hint\":7", CM_E_MALFORMED, "hint is no text"},
        {BUNDLE, "\"hint\"", "\"Hint\"", CM_E_MALFORMED, "take it for 'hint'"},
        {BUNDLE, "\"dsseEnvelope\":", "\"messageSignature\":{},\"dsseEnvelope\":", CM_E_MALFORMED,
         "one of them"},
        {BUNDLE, "\"dsseEnvelope\"", "\"other\"", CM_E_MALFORMED, "one of them"},
        {BUNDLE, "{\"sig\":\"AAAA\"}", "{\"sig\":\"AAAA\"},{\"sig\":\"AAAA\"}", CM_E_MALFORMED,
         "one signature, not 2"},
        {BUNDLE, "{\"sig\":\"AAAA\"}", "", CM_E_MALFORMED, "there is no signature"},
        {BUNDLE, "}},\"dsse", "},\"tlogEntries\":{}},\"dsse", CM_E_MALFORMED,
         "tlogEntries is no list"},
        {BUNDLE, "}},\"dsse", "},\"timestampVerificationData\":[]},\"dsse", CM_E_MALFORMED,
         "is no object"},
        {BUNDLE, "}},\"dsse", "},\"timestampVerificationData\":{\"rfc3161Timestamps\":7}},\"dsse",
         CM_E_MALFORMED, "rfc3161Timestamps is no list"},
        {BUNDLE, "}},\"dsse", "},\"timestampVerificationData\":{\"rfc3161timestamps\":[]}},\"dsse",
         CM_E_MALFORMED, "take it for"},
        {MESSAGE, "\"algorithm\":\"SHA2_256\"", "\"algorithm\":7", CM_E_MALFORMED, "is no text"},
        {MESSAGE, "\"messageDigest\":{", "\"messageDigest\":7,\"x\":{", CM_E_MALFORMED,
         "messageDigest is no object"},
        {BUNDLE, "\"dsseEnvelope\":", "\"messageSignature\":7,\"x\":", CM_E_MALFORMED,
         "messageSignature is no object"},
        {BUNDLE, "\"mediaType\"", "\"x\"", CM_E_MALFORMED, "no mediaType"},
        {MESSAGE, "SHA2_256", "SHA1", CM_E_UNSUPPORTED, "messageDigest is of SHA1"},
        {MESSAGE, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAA", CM_E_MALFORMED,
         "no SHA-256"},
        {MESSAGE, "\"AAAA\"}}", "\"A\"}}", CM_E_MALFORMED, "no base64"},
        {MESSAGE, "\"signature\":\"AAAA\"", "\"signature\":\"\"", CM_E_MALFORMED, "no signature"},
        {MESSAGE, "\"algorithm\"", "\"Algorithm\"", CM_E_MALFORMED, "take it for 'algorithm'"},
        {MESSAGE, "\"signature\":\"AAAA\"", "\"Signature\":\"AAAA\"", CM_E_MALFORMED,
         "take it for"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_bundle_done) struct cm_bundle bundle = {.hint = NULL};
        CM_CLEANUP(cm_text_done) char *text = changed(rows[i].of, rows[i].from, rows[i].to);
        bool done = reads(text, &bundle, &err);
        if (rows[i].class != CM_OK)
            refused(done, &err, rows[i].class, rows[i].words, text);
        else if (!done)
            fail_msg("%s: %s", text, err.text);
    }
}

static void
test_limits(void **state)
{
    (void)state;
    static const char *const lists[] = {"tlogEntries", "timestampVerificationData"};
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t count = 32; count <= 33; count++) {
            struct cm_err err = CM_ERR_INIT;
            CM_CLEANUP(cm_bundle_done) struct cm_bundle bundle = {.hint = NULL};
            CM_CLEANUP(cm_json_done) json_t *value = parsed(BUNDLE);
            json_t *list = json_array();
            for (size_t i = 0; i < count; i++)
                json_array_append_new(list, json_object());
            json_t *held = kind == 0 ? list : json_pack("{s:o}", "rfc3161Timestamps", list);
            json_object_set_new(json_object_get(value, "verificationMaterial"), lists[kind], held);
            bool done = cm_bundle_read(value, &nothing, "it", &bundle, &err);
            if (count == 32)
                assert_true(done);
            else
                refused(done, &err, CM_E_MALFORMED, "more than 32", lists[kind]);
        }
}

static void
test_writing(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    char hint[CM_KEY_HINT_SIZE];
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = new_key(CM_KEY_P256);
    CM_CLEANUP(cm_buf_done) struct cm_buf envelope = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_bundle_done) struct cm_bundle bundle = {.hint = NULL};
    assert_true(cm_envelope_write("{}", 2, key, &envelope, &err));
    cm_attest_key_hint(key, hint);
    assert_true(cm_bundle_write(&envelope, hint, &text, &err));
    assert_true(reads(cm_buf_text(&text), &bundle, &err));
    assert_string_equal(bundle.hint, hint);
    assert_int_equal(cm_envelope_signers(&bundle.envelope, &key, 1, NULL), 1);
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(64);
    refused(cm_bundle_write(&envelope, hint, &small, &err), &err, CM_E_LIMIT, "no room", "small");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
