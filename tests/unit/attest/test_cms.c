/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/form.h"

#include "owner.h"

#define TEXT      "Form:1\n\nHash:{sha256:base64}\n\n"
#define PURPOSE   "1.2.840.113549.1.9.16.2.16=300d060b2a864886f70d0109100601"
#define ANOTHER   "1.2.840.113549.1.9.16.2.16=300d060b2a864886f70d0109100602"
#define OTHER_SHA "e05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"

static const char *const purpose[] = {PURPOSE};
static const char *const another[] = {ANOTHER};
static const struct cm_cms_wish of_artifact = {.content = "{artifact}"};
static const struct cm_cms_wish of_text = {
    .content = TEXT, .attributes = purpose, .attribute_count = 1, .demands = CM_CMS_DEMANDS};

/* ---- what is made is what is read ---- */

static void
what_is_made_verifies(void **state)
{
    static const char *const kinds[] = {"RSA2048", "P-256", "P-384", "P-521"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_cms_facts facts;
        CM_CLEANUP(owner_done) struct owner o;
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
        certify(&o, kinds[i], CODE);
        made(&o, &of_artifact, &der);
        if (!cm_cms_verify(der.at, der.size, &of_artifact, SHA, &facts, &err))
            fail_msg("%s: %s", kinds[i], err.text);
        assert_string_equal(facts.key_id, cm_attest_key_id(o.key));
        assert_string_equal(facts.certificate, cm_cms_chain_sha256(o.chain));
        assert_int_equal(facts.signed_at, NOW);
    }
}

static void
without_a_key_identifier(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "RSA2048", EXTENSIONS("extendedKeyUsage=codeSigning"));
    made(&o, &of_text, &der);
    assert_true(cm_cms_verify(der.at, der.size, &of_text, SHA, &facts, &err));
}

static void
differs(const struct cm_buf *der, const struct cm_cms_wish *wish, const char *artifact,
        const char *words)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    refused(cm_cms_verify(der->at, der->size, wish, artifact, &facts, &err), &err, CM_E_DENIED,
            words, words);
}

static void
what_is_not_what_was_wished(void **state)
{
    const struct cm_cms_wish other_purpose = {TEXT, another, 1, 0};
    const struct cm_cms_wish other_text = {"Form:2{sha256:base64}", purpose, 1, 0};
    const struct cm_cms_wish no_purpose = {TEXT, NULL, 0, 0};
    const struct cm_cms_wish both = {"{artifact}", purpose, 1, 0};
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf detached = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "RSA2048", CODE);
    made(&o, &of_text, &text);
    made(&o, &of_artifact, &detached);
    differs(&text, &of_text, OTHER_SHA, "another content");
    differs(&detached, &of_artifact, OTHER_SHA, "another artifact");
    differs(&text, &of_artifact, SHA, "not detached");
    differs(&detached, &of_text, SHA, "another content");
    differs(&text, &other_text, SHA, "another content");
    differs(&text, &other_purpose, SHA, "was wished for is not in it");
    differs(&detached, &both, SHA, "was wished for is not in it");
    differs(&text, &no_purpose, SHA, "other attributes");
}

static void
what_is_demanded(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    const struct cm_cms_wish rsa = {.content = "{artifact}", .demands = CM_CMS_RSA};
    const struct cm_cms_wish code = {.content = "{artifact}", .demands = CM_CMS_CODE_SIGNING};
    CM_CLEANUP(owner_done) struct owner curve;
    CM_CLEANUP(owner_done) struct owner client;
    CM_CLEANUP(owner_done) struct owner life;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&curve, "P-256", LEAF_EXTENSIONS);
    refused(make(&curve, &rsa, &der, &err), &err, CM_E_CONFIG, "not RSA of 2048", "rsa");
    refused(make(&curve, &code, &der, &err), &err, CM_E_CONFIG, "not for signing code", "code");
    made(&curve, &of_artifact, &der);
    refused(cm_cms_verify(der.at, der.size, &rsa, SHA, &facts, &err), &err, CM_E_CONFIG,
            "not RSA of 2048", "rsa, read");
    refused(cm_cms_verify(der.at, der.size, &code, SHA, &facts, &err), &err, CM_E_CONFIG,
            "not for signing code", "code, read");
    certify(&client, "RSA2048", EXTENSIONS("keyUsage=digitalSignature"));
    refused(make(&client, &code, &der, &err), &err, CM_E_CONFIG, "not for signing code", "none");
    certify(&life, "RSA2048", EXTENSIONS("extendedKeyUsage=codeSigning,1.3.6.1.4.1.311.10.3.13"));
    refused(make(&life, &code, &der, &err), &err, CM_E_CONFIG, "lifetime signing", "life");
}

static void
weak_certificates(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    begin(&o, "RSA2048", CODE, "SHA1");
    assert_true(cm_cms_chain_parse(o.pem.at, o.pem.size, o.key, &o.chain, &err));
    refused(make(&o, &of_text, &der, &err), &err, CM_E_CONFIG, "RSA with SHA-2", "SHA-1");
    made(&o, &of_artifact, &der);
}

static void
keys_that_do_not_sign(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "ED25519", CODE);
    refused(make(&o, &of_artifact, &der, &err), &err, CM_E_UNSUPPORTED, "Ed25519", "Ed25519");
}

/* ---- attributes that are no DER ---- */

static void
values_of_attributes(void **state)
{
    static const char *const wrong[] = {"1.2.3=300d06", "1.2.3=30000000", "1.2.3=020101",
                                        "1.2.3=0500", "1.2.3=ffff"};
    static const char *const right[] = {"1.2.3=3000",   "1.2.3=3100",   "1.2.3=0c0161",
                                        "1.2.3=040161", "1.2.3=160161", "1.2.3=130161"};
    CM_CLEANUP(owner_done) struct owner o;
    (void)state;
    certify(&o, "P-256", CODE);
    for (size_t i = 0; i < CM_COUNT(wrong); i++) {
        struct cm_err err = CM_ERR_INIT;
        const struct cm_cms_wish wish = {"{artifact}", &wrong[i], 1, 0};
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
        refused(make(&o, &wish, &der, &err), &err, CM_E_CONFIG, "no DER", wrong[i]);
    }
    for (size_t i = 0; i < CM_COUNT(right); i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_cms_facts facts;
        const struct cm_cms_wish wish = {"{artifact}", &right[i], 1, 0};
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
        made(&o, &wish, &der);
        if (!cm_cms_verify(der.at, der.size, &wish, SHA, &facts, &err))
            fail_msg("%s: %s", right[i], err.text);
    }
}

/* ---- chains ---- */

static void
times_of_certificates(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(owner_done) struct owner o;
    (void)state;
    certify(&o, "P-256", CODE);
    assert_true(cm_cms_chain_serves(o.chain, 0, NOW, &err));
    refused(cm_cms_chain_serves(o.chain, 0, NOW - 2 * DAY * CM_SECOND, &err), &err, CM_E_CONFIG,
            "not valid yet", "before");
    refused(cm_cms_chain_serves(o.chain, 0, NOW + 11 * DAY * CM_SECOND, &err), &err, CM_E_CONFIG,
            "has expired", "behind");
}

static void
chains_that_are_none(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(owner_done) struct owner other;
    CM_CLEANUP(cm_cms_chain_done) struct cm_cms_chain *chain = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf turned = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf many = CM_BUF_INIT(1 << 20);
    (void)state;
    begin(&o, "P-256", CODE, NULL);
    begin(&other, "P-256", CODE, NULL);
    refused(cm_cms_chain_parse(other.pem.at, other.pem.size, o.key, &chain, &err), &err,
            CM_E_CONFIG, "not that of the key", "another's");
    put_pem(&turned, o.own);
    put_pem(&turned, other.own);
    refused(cm_cms_chain_parse(turned.at, turned.size, o.key, &chain, &err), &err, CM_E_CONFIG,
            "certificate 2 did not issue", "not the issuer");
    refused(cm_cms_chain_parse("", 0, o.key, &chain, &err), &err, CM_E_MALFORMED, "", "nothing");
    for (int i = 0; i <= CM_CMS_CHAIN_MOST; i++)
        put_pem(&many, o.ca);
    refused(cm_cms_chain_parse(many.at, many.size, o.key, &chain, &err), &err, CM_E_CONFIG,
            "more than 10", "many");
}

/* ---- bytes that were changed ---- */

/* Whatever single byte is another: it does not verify, and nothing worse happens. */
static void
each_byte_counts(void **state)
{
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "P-256", CODE);
    made(&o, &of_artifact, &der);
    size_t held = 0;
    for (size_t i = 0; i < der.size; i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_cms_facts facts;
        der.at[i] = (char)(der.at[i] ^ 1);
        held += cm_cms_verify(der.at, der.size, &of_artifact, SHA, &facts, &err) &&
                strcmp(facts.certificate, cm_cms_chain_sha256(o.chain)) == 0;
        der.at[i] = (char)(der.at[i] ^ 1);
    }
    /* What may change is the CA's certificate, which is there to be looked at by others. */
    int ca = i2d_X509(o.ca, NULL);
    if (ca <= 0 || held > (size_t)ca)
        fail_msg("%zu bytes of %zu can be changed", held, der.size);
}

static void
what_is_no_signature(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf large = CM_BUF_INIT(2 * CM_CMS_MOST);
    (void)state;
    certify(&o, "P-256", CODE);
    made(&o, &of_artifact, &der);
    cm_buf_putc(&der, '\0');
    refused(cm_cms_verify(der.at, der.size, &of_artifact, SHA, &facts, &err), &err, CM_E_MALFORMED,
            "no signature", "one byte more");
    refused(cm_cms_verify(der.at, der.size - 2, &of_artifact, SHA, &facts, &err), &err,
            CM_E_MALFORMED, "no signature", "one byte less");
    refused(cm_cms_verify("", 0, &of_artifact, SHA, &facts, &err), &err, CM_E_MALFORMED,
            "no signature", "nothing");
    assert_non_null(cm_buf_extend(&large, CM_CMS_MOST + 1));
    memset(large.at, 0, large.size);
    refused(cm_cms_verify(large.at, large.size, &of_artifact, SHA, &facts, &err), &err, CM_E_LIMIT,
            "more than", "large");
}

/* Two signers, none, another digest, another content: made by OpenSSL as anybody can make them. */
static void
by_openssl(const struct owner *o, unsigned flags, const EVP_MD *md, int signers, struct cm_buf *to)
{
    unsigned char *der = NULL;
    CM_CLEANUP(cm_bio_done) BIO *in = BIO_new_mem_buf("x", 1);
    CM_CLEANUP(cm_cms_done)
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED | flags);
    unsigned cades = (flags & CMS_NOATTR) == 0 ? CMS_CADES : 0;
    for (int i = 0; i < signers; i++) /* a certificate goes in once */
        assert_non_null(
            CMS_add1_signer(cms, o->own, o->pkey, md, flags | cades | (i > 0 ? CMS_NOCERTS : 0)));
    if (signers > 0)
        assert_int_equal(CMS_final(cms, in, NULL, CMS_DETACHED | CMS_BINARY | flags), 1);
    int size = i2d_CMS_ContentInfo(cms, &der);
    cm_buf_clear(to);
    cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
}

static void
signatures_of_others(void **state)
{
    char of_x[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "RSA2048", CODE);
    assert_true(cm_sha256("x", 1, of_x));
    by_openssl(&o, CMS_NOSMIMECAP, EVP_sha256(), 1, &der);
    if (!cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err))
        fail_msg("%s", err.text);
    by_openssl(&o, 0, EVP_sha256(), 1, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_DENIED,
            "other attributes", "capabilities");
    by_openssl(&o, CMS_NOSMIMECAP, EVP_sha256(), 2, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_MALFORMED,
            "one signer", "two");
    by_openssl(&o, CMS_NOSMIMECAP, EVP_sha256(), 0, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_MALFORMED,
            "one signer", "none");
    by_openssl(&o, CMS_NOSMIMECAP, EVP_sha512(), 1, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_MALFORMED,
            "SHA-256", "SHA-512");
    by_openssl(&o, CMS_NOSMIMECAP | CMS_NOCERTS, EVP_sha256(), 1, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_MALFORMED,
            "not in the signature", "no certificate");
    by_openssl(&o, CMS_NOSMIMECAP | CMS_NOATTR, EVP_sha256(), 1, &der);
    refused(cm_cms_verify(der.at, der.size, &of_artifact, of_x, &facts, &err), &err, CM_E_MALFORMED,
            "what it is of", "no attributes");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_verifies),       cmocka_unit_test(without_a_key_identifier),
        cmocka_unit_test(what_is_not_what_was_wished), cmocka_unit_test(what_is_demanded),
        cmocka_unit_test(weak_certificates),           cmocka_unit_test(keys_that_do_not_sign),
        cmocka_unit_test(values_of_attributes),        cmocka_unit_test(times_of_certificates),
        cmocka_unit_test(chains_that_are_none),        cmocka_unit_test(each_byte_counts),
        cmocka_unit_test(what_is_no_signature),        cmocka_unit_test(signatures_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
