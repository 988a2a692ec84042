/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of what a program made: it stands in them as it is.
 */
#include "owner.h"

#include <openssl/pkcs7.h>

#define TYPE "1.3.6.1.4.1.311.2.1.4"

static const char *const statement[] = {"1.3.6.1.4.1.311.2.1.12=3000"};
static const struct cm_cms_wish of_made = {.content = "{program:" TYPE "}",
                                           .attributes = statement,
                                           .attribute_count = 1,
                                           .demands = CM_CMS_CODE_SIGNING};
static char value[] = "\x30\x06\x02\x01\x07\x04\x01\x78";
static const struct cm_buf content = {.at = value, .size = sizeof value - 1};

static bool
make_of(const struct owner *o, const struct cm_cms_wish *wish, const struct cm_buf *of,
        struct cm_buf *to, struct cm_err *err)
{
    const struct cm_cms_making making = {
        .key = o->key, .chain = o->chain, .wish = wish, .artifact = SHA, .made = of, .now = NOW};
    return cm_cms_make(&making, to, err);
}

static void
sign_content(const struct owner *o, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    if (!make_of(o, &of_made, &content, to, &err))
        fail_msg("%s", err.text);
}

static void
digest_of(const struct cm_buf *der, char ret[CM_SHA256_HEX])
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_cms_made_sha256(der->at, der->size, ret, &err))
        fail_msg("%s", err.text);
}

static void
what_is_made_verifies(void **state)
{
    static const char *const kinds[] = {"RSA2048", "P-256"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        struct cm_cms_facts facts;
        struct cm_err err = CM_ERR_INIT;
        char sha256[CM_SHA256_HEX], expected[CM_SHA256_HEX];
        CM_CLEANUP(owner_done) struct owner o;
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
        certify(&o, kinds[i], CODE);
        sign_content(&o, &der);
        digest_of(&der, sha256);
        assert_true(cm_sha256(value + 2, sizeof value - 3, expected)); /* without tag and length */
        assert_string_equal(sha256, expected);
        if (!cm_cms_verify(der.at, der.size, &of_made, sha256, &facts, &err))
            fail_msg("%s", err.text);
        assert_string_equal(facts.key_id, cm_attest_key_id(o.key));
        assert_int_equal(facts.signed_at, NOW);
        assert_int_equal(facts.stamped_at, 0);
    }
}

/* As PKCS #7 has it, which knows signers by issuer and number only; OpenSSL's word. */
static void
it_is_pkcs7(void **state)
{
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "RSA2048", CODE);
    sign_content(&o, &der);
    const unsigned char *at = (const unsigned char *)der.at;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der.size);
    assert_non_null(p7);
    assert_int_equal(ASN1_INTEGER_get(p7->d.sign->version), 1);
    PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
    assert_int_equal(ASN1_INTEGER_get(si->version), 1);
    BIO *signed_content = BIO_new_mem_buf(value + 2, sizeof value - 3);
    BIO *out = BIO_new(BIO_s_mem());
    X509_STORE *store = X509_STORE_new();
    assert_int_equal(X509_STORE_add_cert(store, o.ca), 1);
    assert_int_equal(
        PKCS7_verify(p7, NULL, store, signed_content, out, PKCS7_NOVERIFY | PKCS7_BINARY), 1);
    X509_STORE_free(store);
    BIO_free(signed_content);
    BIO_free(out);
    PKCS7_free(p7);
}

static void
denied(const struct cm_buf *der, const struct cm_cms_wish *wish, const char *sha256,
       const char *words)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    refused(cm_cms_verify(der->at, der->size, wish, sha256, &facts, &err), &err, CM_E_DENIED, words,
            words);
}

static void
what_is_not_what_was_wished(void **state)
{
    static const struct cm_cms_wish other_type = {"{program:1.2.3}", statement, 1, 0};
    static const struct cm_cms_wish of_file = {"{artifact}", statement, 1, 0};
    static const struct cm_cms_wish of_text = {"{sha256:base64}", statement, 1, 0};
    static const struct cm_cms_wish no_statement = {of_made.content, NULL, 0, 0};
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf plain = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "RSA2048", CODE);
    sign_content(&o, &der);
    digest_of(&der, sha256);
    denied(&der, &of_made, SHA, "another content");
    denied(&der, &of_made, "", "another content");
    denied(&der, &other_type, sha256, "another type");
    denied(&der, &of_file, sha256, "another type");
    denied(&der, &of_text, sha256, "another type");
    denied(&der, &no_statement, sha256, "other attributes");
    made(&o, &of_file, &plain);
    denied(&plain, &of_made, sha256, "another type");
    denied(&plain, &of_made, SHA, "another type");
}

/* One bit of it more or less, and it does not hold, or is none. */
static void
each_byte_counts(void **state)
{
    struct cm_cms_facts facts;
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    certify(&o, "P-256", CODE);
    sign_content(&o, &der);
    digest_of(&der, sha256);
    size_t held = 0;
    for (size_t i = 0; i < der.size; i++) {
        struct cm_err ignored = CM_ERR_INIT;
        der.at[i] = (char)(der.at[i] ^ 1);
        held += cm_cms_verify(der.at, der.size, &of_made, sha256, &facts, &ignored) &&
                strcmp(facts.certificate, cm_cms_chain_sha256(o.chain)) == 0;
        der.at[i] = (char)(der.at[i] ^ 1);
    }
    /* What may change is the CA's certificate, which is there to be looked at by others. */
    int ca = i2d_X509(o.ca, NULL);
    if (ca <= 0 || held > (size_t)ca)
        fail_msg("%zu bytes of %zu can be changed", held, der.size);
    struct cm_err err = CM_ERR_INIT;
    cm_buf_putc(&der, '\0');
    refused(cm_cms_verify(der.at, der.size, &of_made, sha256, &facts, &err), &err, CM_E_MALFORMED,
            "no signature", "a byte more");
}

static void
not_made(const struct cm_cms_wish *wish, const struct cm_buf *of, enum cm_class class,
         const char *words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    certify(&o, "P-256", CODE);
    refused(make_of(&o, wish, of, &der, &err), &err, class, words, words);
    assert_int_equal(der.size, 0);
}

static void
what_cannot_be_made(void **state)
{
    static char longer[] = "\x30\x06\x02\x01\x07\x04\x01\x78\x00";
    static char shorter[] = "\x30\x06\x02\x01\x07";
    static char endless[] = "\x30\x80\x02\x01\x07\x00\x00";
    const struct cm_buf values[] = {{.at = longer, .size = sizeof longer - 1},
                                    {.at = shorter, .size = sizeof shorter - 1},
                                    {.at = endless, .size = sizeof endless - 1},
                                    {.at = longer, .size = 1},
                                    {.at = longer, .size = 0}};
    static const struct cm_cms_wish of_file = {.content = "{artifact}"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(values); i++)
        not_made(&of_made, &values[i], CM_E_MALFORMED, "no value in DER");
    not_made(&of_made, NULL, CM_E_INTERNAL, "against what is wished for");
    not_made(&of_file, &content, CM_E_INTERNAL, "against what is wished for");
}

/* What a program hands over need not be signed. */
static void
what_a_program_hands_over(void **state)
{
    static char bare[] = "\x30\x2d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x20\x30\x1e\x02"
                         "\x01\x01\x31\x00\x30\x15\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"
                         "\xa0\x07\x30\x05\x02\x01\x07\x05\x00\x31\x00";
    struct cm_err err = CM_ERR_INIT;
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(owner_done) struct owner o;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf found = CM_BUF_INIT(100);
    CM_CLEANUP(cm_buf_done) struct cm_buf plain = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    assert_true(cm_cms_made_read(bare, sizeof bare - 1, TYPE, &found, &err));
    assert_int_equal(found.size, 7);
    assert_memory_equal(found.at, "\x30\x05\x02\x01\x07\x05\x00", 7);
    cm_buf_clear(&found);
    refused(cm_cms_made_read(bare, sizeof bare - 1, "1.2.3", &found, &err), &err, CM_E_MALFORMED,
            "is of type " TYPE, "another type");
    assert_true(cm_cms_made_read(bare, sizeof bare, TYPE, &found, &err)); /* a byte behind it */
    assert_int_equal(found.size, 7);
    cm_buf_clear(&found);
    refused(cm_cms_made_read(bare, sizeof bare - 2, TYPE, &found, &err), &err, CM_E_MALFORMED,
            "no signature", "cut off");
    refused(cm_cms_made_read("", 0, TYPE, &found, &err), &err, CM_E_MALFORMED, "no signature",
            "nothing");
    certify(&o, "P-256", CODE);
    made(&o, &(struct cm_cms_wish){.content = "{sha256:base64}"}, &plain);
    refused(cm_cms_made_read(plain.at, plain.size, TYPE, &found, &err), &err, CM_E_MALFORMED,
            "no signature", "of data");
    refused(cm_cms_made_sha256(plain.at, plain.size, sha256, &err), &err, CM_E_MALFORMED,
            "no content of another type", "of data");
    sign_content(&o, &der);
    assert_true(cm_cms_made_read(der.at, der.size, TYPE, &found, &err)); /* signed as well */
    assert_int_equal(found.size, content.size);
    assert_memory_equal(found.at, value, content.size);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_verifies),       cmocka_unit_test(it_is_pkcs7),
        cmocka_unit_test(what_is_not_what_was_wished), cmocka_unit_test(each_byte_counts),
        cmocka_unit_test(what_cannot_be_made),         cmocka_unit_test(what_a_program_hands_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
