/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/certificate.h"

#include "base/digest.h"
#include "base/json.h"
#include "maker.h"
#include "x509/read.h"

#include <string.h>

static json_t *
value_of(X509 *made)
{
    CM_CLEANUP(cm_x509_done) X509 *owned = made;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    put_der(&der, owned);
    if (!cm_x509_parse(der.at, der.size, &read, &err) || !cm_certificate_value(read, &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static X509 *
made_with(const char *const *extensions)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    return make_certificate(&(struct making){
        .subject = "CN=x", .key = key, .serial = 0x1f2e, .extensions = extensions});
}

static void
assert_part(const json_t *value, const char *path, const char *expected)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    const json_t *part = cm_json_path(value, path);
    if (part == NULL && expected == NULL)
        return;
    if (part == NULL || expected == NULL)
        fail_msg("%s: %s", path, part == NULL ? "missing" : "there");
    assert_true(cm_json_canonical(part, &text));
    assert_string_equal(cm_buf_text(&text), expected);
}

static void
its_basics_are_told(void **state)
{
    (void)state;
    X509 *made = made_with(LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    char sha256[CM_SHA256_HEX];
    put_der(&der, made);
    assert_true(cm_sha256(der.at, der.size, sha256));
    CM_CLEANUP(cm_json_done) json_t *value = value_of(made);
    assert_string_equal(cm_json_text(value, "sha256"), sha256);
    assert_int_equal(strlen(cm_json_text(value, "key_sha256")), 64);
    assert_string_not_equal(cm_json_text(value, "key_sha256"), sha256);
    assert_part(value, "version", "3");
    assert_part(value, "serial", "\"1f2e\"");
    assert_part(value, "not_before", "\"2026-01-01T00:00:00Z\"");
    assert_part(value, "not_after", "\"2026-01-12T00:00:00Z\"");
    assert_part(value, "subject.0.0.text", "\"x\"");
    assert_part(value, "issuer", "[[{\"text\":\"x\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]");
    assert_part(value, "key",
                "{\"bits\":256,\"curve\":\"P-256\",\"strength\":128,\"type\":\"ec\"}");
    assert_part(value, "ca", "false");
    assert_part(value, "key_usage", "[\"digitalSignature\"]");
    assert_part(value, "extended_key_usage", "[\"1.3.6.1.5.5.7.3.2\"]");
    assert_part(value, "names", NULL);
    assert_part(value, "template", NULL);
    assert_part(value, "ocsp", NULL);
}

static void
a_bare_one_has_no_more_than_basics(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *value = value_of(made_with(NULL));
    assert_part(value, "key_usage", NULL);
    assert_part(value, "extended_key_usage", NULL);
    assert_part(value, "ca", "false");
    assert_int_equal(json_object_size(value), 10);
    CM_CLEANUP(cm_json_done) json_t *ca = value_of(made_with(CA_EXTENSIONS));
    assert_part(ca, "ca", "true");
    assert_part(ca, "key_usage", "[\"keyCertSign\",\"cRLSign\"]");
}

static void
keys_are_told_by_type(void **state)
{
    static const char *const rows[][2] = {
        {"RSA2048", "{\"bits\":2048,\"strength\":112,\"type\":\"rsa\"}"},
        {"RSA1024", "{\"bits\":1024,\"strength\":80,\"type\":\"rsa\"}"},
        {"P-384", "{\"bits\":384,\"curve\":\"P-384\",\"strength\":192,\"type\":\"ec\"}"},
        {"P-521", "{\"bits\":521,\"curve\":\"P-521\",\"strength\":256,\"type\":\"ec\"}"},
        {"secp256k1", "{\"bits\":256,\"curve\":\"secp256k1\",\"strength\":128,\"type\":\"ec\"}"},
        {"ED25519", "{\"bits\":256,\"strength\":128,\"type\":\"ed25519\"}"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key(rows[i][0]);
        CM_CLEANUP(cm_json_done)
        json_t *value = value_of(make_certificate(&(struct making){.subject = "CN=x", .key = key}));
        assert_part(value, "key", rows[i][1]);
    }
}

/* Behind the year 2262, where ns since 1970 end, and where nothing ends. */
static void
a_far_end_is_told(void **state)
{
    (void)state;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    CM_CLEANUP(cm_json_done)
    json_t *value = value_of(make_certificate(
        &(struct making){.subject = "CN=x", .key = key, .to = INT64_C(253402300799)}));
    assert_part(value, "not_after", "\"9999-12-31T23:59:59Z\"");
}

static void
other_names_are_told(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *value = value_of(made_with(EXTENSIONS(
        "subjectAltName=DNS:a.example,URI:urn:x,email:a@b.example,IP:192.0.2.1,IP:2001:db8::1,"
        "otherName:1.2.3.4;UTF8:x,RID:1.2.3.4")));
    assert_part(value, "names",
                "[{\"kind\":\"dns\",\"text\":\"a.example\"},"
                "{\"kind\":\"uri\",\"text\":\"urn:x\"},"
                "{\"kind\":\"email\",\"text\":\"a@b.example\"},"
                "{\"kind\":\"ip\",\"text\":\"192.0.2.1\"},"
                "{\"kind\":\"ip\",\"text\":\"2001:db8::1\"},{\"kind\":\"other\"},"
                "{\"kind\":\"other\"}]");
}

/* dNSName "a\0b", iPAddress of 5 bytes, dNSName with a byte that is not ASCII. */
static void
odd_names_have_no_text(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *value =
        value_of(made_with(EXTENSIONS("subjectAltName=DER:300f820361006287050102030405820180")));
    assert_part(value, "names", "[{\"kind\":\"dns\"},{\"kind\":\"ip\"},{\"kind\":\"dns\"}]");
}

static void
responders_are_told(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *value = value_of(made_with(
        EXTENSIONS("authorityInfoAccess=OCSP;URI:http://o.example/,caIssuers;URI:http://c.example/,"
                   "OCSP;URI:http://p.example,OCSP;DNS:q.example")));
    assert_part(value, "ocsp", "[\"http://o.example/\",\"http://p.example\"]");
}

static void
what_is_told_must_be_readable(void **state)
{
    (void)state;
    CM_CLEANUP(cm_x509_done) X509 *made = made_with(EXTENSIONS("authorityInfoAccess=DER:0500"));
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    assert_false(cm_certificate_value(made, &value, &err));
    assert_null(value);
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_says(&err, "Authority Information Access");
}

/* RFC 5280 knows times to the second, in UTC; others are read in other ways by others. */
static void
odd_times_are_refused(void **state)
{
    static const char *const times[] = {"20260101000000.5Z", "20260101000000+0100",
                                        "202601010000Z"};
    (void)state;
    for (size_t i = 0; i < 2 * CM_COUNT(times); i++) {
        CM_CLEANUP(cm_x509_done) X509 *made = made_with(NULL);
        ASN1_TIME *time = i % 2 == 0 ? X509_getm_notBefore(made) : X509_getm_notAfter(made);
        struct cm_err err = CM_ERR_INIT;
        json_t *value = NULL;
        time->type = V_ASN1_GENERALIZEDTIME;
        assert_int_equal(ASN1_STRING_set(time, times[i / 2], -1), 1);
        assert_false(cm_certificate_value(made, &value, &err));
        assert_says(&err, "a time in the certificate");
    }
}

/* ---- templates ---- */

#define V2      "1.3.6.1.4.1.311.21.7="
#define V1      "1.3.6.1.4.1.311.20.2="
#define ID      "06082b0601040182377f" /* 1.3.6.1.4.1.311.127 */
#define TOLD_ID "\"id\":\"1.3.6.1.4.1.311.127\""

static void
templates_are_told(void **state)
{
    static const char *const rows[][2] = {
        {V2 "DER:300a" ID, "{" TOLD_ID ",\"version\":2}"},
        {V2 "DER:300d" ID "020164", "{" TOLD_ID ",\"major\":100,\"version\":2}"},
        {V2 "DER:3010" ID "02016402010c", "{" TOLD_ID ",\"major\":100,\"minor\":12,\"version\":2}"},
        {V2 "DER:3011" ID "020500ffffffff", "{" TOLD_ID ",\"major\":4294967295,\"version\":2}"},
        {V1 "ASN1:BMPSTRING:Machine", "{\"name\":\"Machine\",\"version\":1}"},

        {V2 "DER:3011" ID "02050100000000", NULL},
        {V2 "DER:300d" ID "0201ff", NULL},
        {V2 "DER:300d" ID "040164", NULL},
        {V2 "DER:3013" ID "020164020101020101", NULL},
        {V2 "DER:3003020164", NULL},
        {V2 "DER:3000", NULL},
        {V2 "DER:310a" ID, NULL},
        {V2 "DER:" ID, NULL},
        {V2 "DER:300a" ID "00", NULL},
        {V2 "DER:300b" ID, NULL},
        {V2 "DER:00", NULL},
        {V2 "critical,DER:300a" ID, NULL},
        {V1 "ASN1:UTF8:Machine", NULL},
        {V1 "DER:1e03004d00", NULL},
        {V1 "DER:1e04004d0000", NULL},
        {V1 "DER:1e00", NULL},
        {V1 "DER:1e02004d00", NULL},
        {V1 "DER:0500", NULL},
        {V1 "critical,ASN1:BMPSTRING:Machine", NULL},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_json_done) json_t *value = value_of(made_with(EXTENSIONS(rows[i][0])));
        if (rows[i][1] != NULL)
            assert_part(value, "template", rows[i][1]);
        else if (cm_json_text(cm_json_path(value, "template"), "broken") == NULL ||
                 json_object_size(cm_json_path(value, "template")) != 1)
            fail_msg("%s was read", rows[i][0]);
    }
}

static void
two_templates_are_none(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *value = value_of(made_with(EXTENSIONS(V2 "DER:300a" ID, V1 "ASN1:BMPSTRING:Machine")));
    assert_part(value, "template",
                "{\"broken\":\"there is one of version 1 and one of version 2\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_basics_are_told),
        cmocka_unit_test(a_bare_one_has_no_more_than_basics),
        cmocka_unit_test(keys_are_told_by_type),
        cmocka_unit_test(a_far_end_is_told),
        cmocka_unit_test(other_names_are_told),
        cmocka_unit_test(odd_names_have_no_text),
        cmocka_unit_test(responders_are_told),
        cmocka_unit_test(what_is_told_must_be_readable),
        cmocka_unit_test(odd_times_are_refused),
        cmocka_unit_test(templates_are_told),
        cmocka_unit_test(two_templates_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
