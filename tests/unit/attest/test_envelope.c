/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/envelope.h"

#include "base/text.h"
#include "sample.h"

#define ENVELOPE                                                                                   \
    "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\","                      \
    "\"signatures\":[{\"keyid\":\"\",\"sig\":\"AAAA\"}]}"

static bool
reads(const char *text, struct cm_envelope *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = parsed(text);
    *err = (struct cm_err)CM_ERR_INIT;
    return cm_envelope_read(value, &nothing, "it", ret, err);
}

static void
test_reading(void **state)
{
    (void)state;
    size_t size = 0;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_envelope_done) struct cm_envelope envelope = {.count = 0};
    assert_true(reads(ENVELOPE, &envelope, &err));
    const char *payload = cm_envelope_payload(&envelope, &size);
    assert_true(size == 2 && memcmp(payload, "{}", 2) == 0);
    assert_string_equal(envelope.encoding.at, "DSSEv1 28 application/vnd.in-toto+json 2 {}");
    assert_int_equal(envelope.count, 1);
    assert_null(envelope.signatures[0].key_id); /* empty is none */
    assert_int_equal(envelope.signatures[0].size, 3);
}

static void
test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words; /* words NULL: it is taken */
    } rows[] = {
        {"\"e30=\"", "\"e30=\",\"unknown\":[1]", NULL},
        {"\"keyid\":\"\"", "\"keyid\":null", NULL},
        {"\"keyid\":\"\",", "", NULL},
        {"\"AAAA\"", "\"-_-_\"", NULL},
        {"\"e30=\"", "\"eyIwIjoiPz8_In0=\"", NULL},
        {"\"e30=\"", "\"eyIwIjoiPz8/In0=\"", NULL},
        {"\"e30=\"", "\"e30\"", "payload is no base64"},
        {"\"e30=\"", "\"e31=\"", "payload is no base64"},
        {"\"e30=\"", "\"e3 0=\"", "payload is no base64"},
        {"\"e30=\"", "\"\"", "there is no payload"},
        {"\"e30=\"", "null", "there is no payload"},
        {"\"e30=\"", "7", "payload is no text"},
        {"\"payload\"", "\"Payload\"", "some readers take it for 'payload'"},
        {"\"keyid\"", "\"keyId\"", "some readers take it for 'keyid'"},
        {"\"keyid\"",
         "\"\xe2\x84\xaa"
         "eyid\"",
         "some readers take it for 'keyid'"},
        {"\"signatures\"", "\"\xc5\xbfignatures\"", "some readers take it for 'signatures'"},
        {"\"sig\":", "\"\xc5\xbfig\":\"AA==\",\"sig\":", "some readers take it for 'sig'"},
        {"vnd.in-toto+json", "vnd.in-toto.vsa+json", "payloadType is"},
        {"vnd.in-toto+json", "vnd.in-toto+JSON", "payloadType is"},
        {"\"application/vnd.in-toto+json\"", "[]", "payloadType is no text"},
        {"[{\"keyid\":\"\",\"sig\":\"AAAA\"}]", "[]", "there is no signature"},
        {"[{\"keyid\":\"\",\"sig\":\"AAAA\"}]", "null", "there is no signatures"},
        {"[{\"keyid\":\"\",\"sig\":\"AAAA\"}]", "{}", "signatures is no list"},
        {"{\"keyid\":\"\",\"sig\":\"AAAA\"}", "\"AAAA\"", "signature 1 is no object"},
        {"\"AAAA\"", "\"\"", "there is no sig"},
        {"\"AAAA\"", "\"A\"", "sig is not"},
        {"\"AAAA\"", "{}", "sig is no text"},
        {"\"keyid\":\"\"", "\"keyid\":7", "keyid is no text"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_envelope_done) struct cm_envelope envelope = {.count = 0};
        CM_CLEANUP(cm_text_done) char *text = changed(ENVELOPE, rows[i].from, rows[i].to);
        bool done = reads(text, &envelope, &err);
        if (rows[i].words != NULL)
            refused(done, &err, CM_E_MALFORMED, rows[i].words, text);
        else if (!done)
            fail_msg("%s: %s", text, err.text);
    }
    struct cm_err err = CM_ERR_INIT;
    struct cm_envelope envelope;
    refused(reads("[]", &envelope, &err), &err, CM_E_MALFORMED, "no object", "a list");
}

static void
put_signatures(struct cm_buf *to, int count, const char *each)
{
    cm_buf_puts(to, "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\","
                    "\"signatures\":[");
    for (int i = 0; i < count; i++)
        cm_buf_printf(to, "%s%s", i > 0 ? "," : "", each);
    cm_buf_puts(to, "]}");
}

static void
test_limits(void **state)
{
    (void)state;
    for (int count = 32; count <= 33; count++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_envelope_done) struct cm_envelope envelope = {.count = 0};
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        put_signatures(&text, count, "{\"sig\":\"AAAA\"}");
        bool done = reads(cm_buf_text(&text), &envelope, &err);
        if (count == 32)
            assert_true(done && envelope.count == 32);
        else
            refused(done, &err, CM_E_MALFORMED, "more than 32", "33");
    }
    /* a signature of 4096 bytes is one of RSA's largest; a longer one is none */
    for (size_t size = 4095; size <= 4098; size += 3) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_envelope_done) struct cm_envelope envelope = {.count = 0};
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_buf_done) struct cm_buf one = CM_BUF_INIT(1 << 16);
        cm_buf_puts(&one, "{\"sig\":\"");
        memset(cm_buf_extend(&one, size / 3 * 4), 'A', size / 3 * 4);
        cm_buf_puts(&one, "\"}");
        put_signatures(&text, 1, cm_buf_text(&one));
        bool done = reads(cm_buf_text(&text), &envelope, &err);
        if (size < 4096)
            assert_true(done);
        else
            refused(done, &err, CM_E_MALFORMED, "sig is not", "long");
    }
}

static void
test_large_payload(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_envelope envelope;
    CM_CLEANUP(cm_buf_done) struct cm_buf base64 = CM_BUF_INIT((size_t)32 << 20);
    memset(cm_buf_extend(&base64, (size_t)12 << 20), 'A', (size_t)12 << 20);
    CM_CLEANUP(cm_json_done)
    json_t *value = json_pack("{s:s, s:s, s:[{s:s}]}", "payload", cm_buf_text(&base64),
                              "payloadType", CM_INTOTO_TYPE, "signatures", "sig", "AAAA");
    refused(cm_envelope_read(value, &nothing, "it", &envelope, &err), &err, CM_E_LIMIT, "8 MiB",
            "large");
}

/* ---- who signed ---- */

static struct cm_attest_key *keys[3];

/* Signed by those keys, in that order, each with that id of a key. */
static json_t *
signed_by(size_t count, struct cm_attest_key *const *by, const char *const *ids)
{
    static const char encoding[] = "DSSEv1 28 application/vnd.in-toto+json 2 {}";
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(1024);
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2048);
        assert_true(cm_attest_key_sign(by[i], encoding, strlen(encoding), &signature, &err));
        cm_base64(&text, signature.at, signature.size);
        json_t *one = json_pack("{s:s}", "sig", cm_buf_text(&text));
        if (ids != NULL && ids[i] != NULL)
            json_object_set_new(one, "keyid", json_string(ids[i]));
        json_array_append_new(list, one);
    }
    return json_pack("{s:s, s:s, s:o}", "payload", "e30=", "payloadType", CM_INTOTO_TYPE,
                     "signatures", list);
}

static size_t
signers(json_t *owned, struct cm_attest_key *const *given, size_t count, const char *key_id)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *value = owned;
    CM_CLEANUP(cm_envelope_done) struct cm_envelope envelope = {.count = 0};
    assert_true(cm_envelope_read(value, &nothing, "it", &envelope, &err));
    return cm_envelope_signers(&envelope, given, count, key_id);
}

static void
test_signers(void **state)
{
    (void)state;
    struct cm_attest_key *const twice[] = {keys[0], keys[0]};
    struct cm_attest_key *const other_first[] = {keys[1], keys[0]};
    assert_int_equal(signers(signed_by(1, keys, NULL), keys, 3, NULL), 1);
    assert_int_equal(signers(signed_by(3, keys, NULL), keys, 3, NULL), 3);
    assert_int_equal(signers(signed_by(3, keys, NULL), keys, 2, NULL), 2);
    assert_int_equal(signers(signed_by(1, keys, NULL), keys + 1, 2, NULL), 0);
    assert_int_equal(signers(signed_by(2, other_first, NULL), keys, 1, NULL), 1);
    /* neither signing twice nor being given twice makes two */
    assert_int_equal(signers(signed_by(2, twice, NULL), keys, 3, NULL), 1);
    assert_int_equal(signers(signed_by(2, twice, NULL), twice, 2, NULL), 1);
}

static void
test_key_ids(void **state)
{
    (void)state;
    static const char *const mine[] = {"mine"}, *const none[] = {NULL};
    assert_int_equal(signers(signed_by(1, keys, mine), keys, 1, NULL), 1);
    assert_int_equal(signers(signed_by(1, keys, mine), keys, 1, "mine"), 1);
    assert_int_equal(signers(signed_by(1, keys, mine), keys, 1, "other"), 0);
    assert_int_equal(signers(signed_by(1, keys, none), keys, 1, "other"), 1);
}

static void
test_writing(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    assert_true(cm_envelope_write("{}", 2, keys[0], &text, &err));
    assert_null(strstr(cm_buf_text(&text), "keyid"));
    assert_int_equal(signers(parsed(cm_buf_text(&text)), keys, 1, NULL), 1);
    CM_CLEANUP(cm_buf_done) struct cm_buf large = CM_BUF_INIT((size_t)16 << 20);
    memset(cm_buf_extend(&large, CM_ENVELOPE_MOST + 129), ' ', CM_ENVELOPE_MOST + 129);
    refused(cm_envelope_write(large.at, large.size, keys[0], &text, &err), &err, CM_E_LIMIT,
            "8 MiB", "large");
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *half = NULL;
    assert_true(cm_attest_key_put_public(keys[0], &pem));
    assert_true(cm_attest_key_public(&pem, "it", &half, &err));
    cm_buf_clear(&text);
    refused(cm_envelope_write("{}", 2, half, &text, &err), &err, CM_E_CONFIG, "signs nothing",
            "public");
    assert_int_equal(text.size, 0);
}

static int
set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(keys); i++)
        keys[i] = new_key(i == 1 ? CM_KEY_ED25519 : CM_KEY_P256);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(keys); i++)
        keys[i] = cm_attest_key_free(keys[i]);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading), cmocka_unit_test(test_forms),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_large_payload),
        cmocka_unit_test(test_signers), cmocka_unit_test(test_key_ids),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
