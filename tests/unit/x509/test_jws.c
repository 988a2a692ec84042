/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/jws.h"

#include "base/json.h"
#include "base/text.h"
#include "maker.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#define PAYLOAD "{\"nonce\":\"7\"}"

struct signer {
    EVP_PKEY *key;
    X509 *leaf;
    struct cm_buf base64;
};

static void
signer_done(struct signer *s)
{
    EVP_PKEY_free(s->key);
    X509_free(s->leaf);
    cm_buf_done(&s->base64);
}

static struct signer
signer_of(const char *kind, const char *const *extensions)
{
    struct signer s = {.key = make_key(kind), .base64 = CM_BUF_INIT(1 << 16)};
    s.leaf = make_certificate(
        &(struct making){.subject = "CN=node", .key = s.key, .extensions = extensions});
    put_base64(&s.base64, s.leaf);
    return s;
}

static struct cm_buf
sign(const struct signer *s)
{
    const char *x5c[] = {cm_buf_text(&s->base64)};
    struct cm_buf text = CM_BUF_INIT(1 << 17);
    struct cm_err err = CM_ERR_INIT;
    if (!cm_jws_sign(&text, s->key, NULL, x5c, 1, PAYLOAD, strlen(PAYLOAD), &err))
        fail_msg("%s", err.text);
    return text;
}

static void
assert_refused(const struct cm_buf *text, const X509 *leaf, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_jws jws = {.algorithm = "untouched"};
    if (cm_jws_verify(cm_buf_text(text), text->size, leaf, &jws, &err))
        fail_msg("\"%s\" was believed", cm_buf_text(text));
    assert_says(&err, says);
    assert_string_equal(jws.algorithm, "untouched");
    assert_null(jws.header);
}

/* ---- what was signed ---- */

static const struct {
    const char *key, *algorithm;
} pairs[] = {{"P-256", "ES256"},
             {"P-384", "ES384"},
             {"P-521", "ES512"},
             {"ED25519", "EdDSA"},
             {"RSA2048", "PS256"}};

static void
each_key_has_its_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(pairs); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(signer_done) struct signer s = signer_of(pairs[i].key, LEAF_EXTENSIONS);
        CM_CLEANUP(cm_buf_done) struct cm_buf text = sign(&s);
        CM_CLEANUP(cm_jws_done) struct cm_jws jws = {.header = NULL};
        if (!cm_jws_verify(cm_buf_text(&text), text.size, s.leaf, &jws, &err))
            fail_msg("%s: %s", pairs[i].key, err.text);
        assert_string_equal(jws.algorithm, pairs[i].algorithm);
        assert_string_equal(cm_buf_text(&jws.payload), PAYLOAD);
        assert_string_equal(
            json_string_value(json_array_get(json_object_get(jws.header, "x5c"), 0)),
            cm_buf_text(&s.base64));
        assert_null(json_object_get(jws.header, "typ"));
    }
}

static void
any_changed_byte_is_noticed(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = sign(&s);
    for (size_t i = 0; i < text.size; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_jws_done) struct cm_jws jws = {.header = NULL};
        char was = text.at[i];
        text.at[i] = was == 'A' ? 'B' : 'A';
        assert_false(cm_jws_verify(text.at, text.size, s.leaf, &jws, &err));
        text.at[i] = was;
    }
}

static void
the_type_is_carried(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("P-256", NULL);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_json_done) json_t *header = NULL;
    const char *x5c[] = {cm_buf_text(&s.base64), cm_buf_text(&s.base64)};
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_jws_sign(&text, s.key, "thing", x5c, 2, "", 0, &err));
    assert_true(cm_jws_peek(text.at, text.size, &header, &err));
    assert_string_equal(cm_json_text(header, "typ"), "thing");
    assert_int_equal(json_array_size(json_object_get(header, "x5c")), 2);
}

/* ---- what is refused ---- */

static void
another_signer_is_none(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done) struct signer one = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(signer_done) struct signer other = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = sign(&one);
    assert_refused(&text, other.leaf, "the first certificate of x5c is another one");
}

static void
a_key_that_may_not_sign_is_refused(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done)
    struct signer s = signer_of("P-256", EXTENSIONS("keyUsage=critical,keyAgreement"));
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    const char *x5c[] = {cm_buf_text(&s.base64)};
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_jws_sign(&text, s.key, NULL, x5c, 1, PAYLOAD, strlen(PAYLOAD), &err));
    assert_says(&err, "digitalSignature");
    assert_int_equal(text.size, 0);
}

static void
a_key_of_another_certificate_does_not_sign(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done) struct signer one = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(signer_done) struct signer other = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    const char *x5c[] = {cm_buf_text(&one.base64)};
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_jws_sign(&text, other.key, NULL, x5c, 1, "", 0, &err));
    assert_says(&err, "not that of the certificate");
    assert_false(cm_jws_sign(&text, other.key, NULL, x5c, 0, "", 0, &err));
    assert_says(&err, "1 to 8 certificates");
    assert_false(cm_jws_sign(&text, one.key, NULL, x5c, 9, "", 0, &err));
    assert_false(cm_jws_sign(&text, one.key, NULL, x5c, 1, "", CM_JWS_PAYLOAD_MOST + 1, &err));
    assert_int_equal(text.size, 0);
}

static void
the_certificates_are_looked_through_before_signing(void **state)
{
    static char large[70000];
    const char *x5c[] = {"no base64", large};
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_jws_sign(&text, s.key, NULL, x5c, 1, "", 0, &err));
    assert_says(&err, "not base64");
    x5c[0] = "AAAA";
    assert_false(cm_jws_sign(&text, s.key, NULL, x5c, 1, "", 0, &err));
    assert_says(&err, "not a certificate");
    memset(large, 'A', sizeof large - 1);
    x5c[0] = cm_buf_text(&s.base64);
    assert_false(cm_jws_sign(&text, s.key, NULL, x5c, 2, "", 0, &err));
    assert_says(&err, "too large for a JWS");
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(100);
    assert_false(cm_jws_sign(&small, s.key, NULL, x5c, 1, "", 0, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_int_equal(text.size + small.size, 0);
}

static void
weak_and_odd_keys_do_not_sign(void **state)
{
    static const char *const kinds[] = {"RSA1024", "secp256k1", "P-224"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        CM_CLEANUP(signer_done) struct signer s = signer_of(kinds[i], LEAF_EXTENSIONS);
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        const char *x5c[] = {cm_buf_text(&s.base64)};
        struct cm_err err = CM_ERR_INIT;
        assert_false(cm_jws_sign(&text, s.key, NULL, x5c, 1, "", 0, &err));
        assert_int_equal(err.class, CM_E_UNSUPPORTED);
    }
}

/* A JWS with a header of the test's, signed with that algorithm: what our own writer never makes.
 */
static struct cm_buf
forge(const struct signer *s, const char *header, const char *digest, int padding, int salt)
{
    struct cm_buf text = CM_BUF_INIT(1 << 17);
    unsigned char signature[1024];
    size_t size = sizeof signature;
    EVP_PKEY_CTX *context = NULL;
    CM_CLEANUP(cm_mdctx_done) EVP_MD_CTX *run = EVP_MD_CTX_new();
    cm_base64url(&text, header, strlen(header));
    cm_buf_putc(&text, '.');
    cm_base64url(&text, PAYLOAD, strlen(PAYLOAD));
    assert_int_equal(EVP_DigestSignInit_ex(run, &context, digest, NULL, NULL, s->key, NULL), 1);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    if (padding == RSA_PKCS1_PSS_PADDING)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt), 1);
    assert_int_equal(
        EVP_DigestSign(run, signature, &size, (const unsigned char *)text.at, text.size), 1);
    cm_buf_putc(&text, '.');
    cm_base64url(&text, signature, size);
    return text;
}

static const char *
header_with(struct cm_buf *to, const struct signer *s, const char *members)
{
    cm_buf_printf(to, "{\"x5c\":[\"%s\"],%s}", cm_buf_text(&s->base64), members);
    return cm_buf_text(to);
}

static void
rsa_may_be_signed_in_two_ways_only(void **state)
{
    static const struct {
        const char *alg, *digest;
        int padding, salt;
        const char *says; /* NULL: good */
    } rows[] = {
        {"RS256", "SHA256", RSA_PKCS1_PADDING, 0, NULL},
        {"PS256", "SHA256", RSA_PKCS1_PSS_PADDING, 32, NULL},
        {"PS256", "SHA256", RSA_PKCS1_PSS_PADDING, 20, "not made with the key"},
        {"PS256", "SHA256", RSA_PKCS1_PADDING, 0, "not made with the key"},
        {"RS256", "SHA1", RSA_PKCS1_PADDING, 0, "not made with the key"},
        {"RS512", "SHA512", RSA_PKCS1_PADDING, 0, "RS512 is not the one"},
        {"ES256", "SHA256", RSA_PKCS1_PADDING, 0, "ES256 is not the one"},
        {"HS256", "SHA256", RSA_PKCS1_PADDING, 0, "HS256 is not the one"},
        {"none", "SHA256", RSA_PKCS1_PADDING, 0, "none is not the one"},
    };
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("RSA2048", LEAF_EXTENSIONS);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char members[32];
        CM_CLEANUP(cm_buf_done) struct cm_buf header = CM_BUF_INIT(1 << 16);
        (void)snprintf(members, sizeof members, "\"alg\":\"%s\"", rows[i].alg);
        CM_CLEANUP(cm_buf_done)
        struct cm_buf text = forge(&s, header_with(&header, &s, members), rows[i].digest,
                                   rows[i].padding, rows[i].salt);
        CM_CLEANUP(cm_jws_done) struct cm_jws jws = {.header = NULL};
        struct cm_err err = CM_ERR_INIT;
        if (rows[i].says != NULL)
            assert_refused(&text, s.leaf, rows[i].says);
        else if (!cm_jws_verify(text.at, text.size, s.leaf, &jws, &err))
            fail_msg("%s: %s", rows[i].alg, err.text);
    }
}

/* Signed properly, all of them: it is the header alone that is refused. */
static void
nothing_else_may_stand_in_the_header(void **state)
{
    static const struct {
        const char *members, *says;
    } rows[] = {
        {"\"alg\":\"EdDSA\",\"crit\":[\"b64\"],\"b64\":false", "\"crit\""},
        {"\"alg\":\"EdDSA\",\"b64\":true", "\"b64\""},
        {"\"alg\":\"EdDSA\",\"jwk\":{}", "\"jwk\""},
        {"\"alg\":\"EdDSA\",\"kid\":\"1\"", "\"kid\""},
        {"\"alg\":\"EdDSA\",\"x5u\":\"https://evil.example\"", "\"x5u\""},
        {"\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"", "alg"},
        {"\"alg\":\"EdDSA\",\"ALG\":\"none\"", "only in case"},
        {"\"alg\":\"EdDSA\",\"typ\":7", "typ"},
        {"\"alg\":7", "alg"},
        {"\"typ\":\"JWT\"", "alg"},
    };
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("ED25519", LEAF_EXTENSIONS);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf header = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_buf_done)
        struct cm_buf text = forge(&s, header_with(&header, &s, rows[i].members), NULL, 0, 0);
        assert_refused(&text, s.leaf, rows[i].says);
    }
}

static void
the_chain_is_of_certificates(void **state)
{
    static const struct {
        const char *header, *says;
    } rows[] = {
        {"[]", "no object"},
        {"{\"alg\":\"EdDSA\"}", "no x5c of 1 to 8"},
        {"{\"alg\":\"EdDSA\",\"x5c\":[]}", "no x5c of 1 to 8"},
        {"{\"alg\":\"EdDSA\",\"x5c\":\"AAAA\"}", "no x5c of 1 to 8"},
        {"{\"alg\":\"EdDSA\",\"x5c\":[7]}", "x5c[0]"},
        {"{\"alg\":\"EdDSA\",\"x5c\":[\"AA==\",\"A-_=\"]}", "x5c[1]"},
        {"{\"alg\":\"EdDSA\",\"x5c\":[\"AA==\"]}", "another one"},
        {"{\"alg\":\"EdDSA\",\"x5c\":[\"A\",\"A\",\"A\",\"A\",\"A\",\"A\",\"A\",\"A\",\"A\"]}",
         "no x5c of 1 to 8"},
        {"{", "the header of the JWS"},
    };
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("ED25519", LEAF_EXTENSIONS);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = forge(&s, rows[i].header, NULL, 0, 0);
        assert_refused(&text, s.leaf, rows[i].says);
    }
}

static void
its_form_is_strict(void **state)
{
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf good = sign(&s);
    const char *tail = strrchr(good.at, '.');
    const char *middle = strchr(good.at, '.');
    size_t head_size = (size_t)(middle - good.at), body = (size_t)(tail - good.at);
    const struct {
        size_t size;
        const char *more, *says;
    } rows[] = {
        {0, "", "three parts"},
        {head_size, "", "three parts"},
        {body, "", "three parts"},
        {body, ".", "not made with the key"},
        {body, ".AAAA", "not made with the key"},
        {good.size, ".", "three parts"},
        {good.size, "=", "signature of the JWS is not base64url"},
        {good.size, "\n", "signature of the JWS is not base64url"},
        {good.size, "AAAA", "not made with the key"},
        {head_size, ".e30=.AAAA", "payload of the JWS is not base64url"},
        {head_size, ".e30.AAAA", "not made with the key"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 17);
        cm_buf_add(&text, good.at, rows[i].size);
        cm_buf_puts(&text, rows[i].more);
        assert_refused(&text, s.leaf, rows[i].says);
    }
}

static void
its_size_is_bounded(void **state)
{
    static const size_t sizes[][2] = {{CM_JWS_HEADER_MOST + 3, 4}, {4, CM_JWS_PAYLOAD_MOST + 3}};
    (void)state;
    CM_CLEANUP(signer_done) struct signer s = signer_of("P-256", LEAF_EXTENSIONS);
    CM_CLEANUP(cm_buf_done) struct cm_buf good = sign(&s);
    for (size_t i = 0; i < CM_COUNT(sizes); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
        if (i == 0)
            memset(cm_buf_extend(&text, sizes[i][0] / 3 * 4), 'A', sizes[i][0] / 3 * 4);
        else
            cm_buf_add(&text, good.at, (size_t)(strchr(good.at, '.') - good.at));
        cm_buf_putc(&text, '.');
        memset(cm_buf_extend(&text, sizes[i][1] / 3 * 4 + 4), 'A', sizes[i][1] / 3 * 4 + 4);
        cm_buf_puts(&text, ".AAAA");
        assert_refused(&text, s.leaf, "larger than");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_has_its_algorithm),
        cmocka_unit_test(any_changed_byte_is_noticed),
        cmocka_unit_test(the_type_is_carried),
        cmocka_unit_test(another_signer_is_none),
        cmocka_unit_test(a_key_that_may_not_sign_is_refused),
        cmocka_unit_test(a_key_of_another_certificate_does_not_sign),
        cmocka_unit_test(the_certificates_are_looked_through_before_signing),
        cmocka_unit_test(weak_and_odd_keys_do_not_sign),
        cmocka_unit_test(rsa_may_be_signed_in_two_ways_only),
        cmocka_unit_test(nothing_else_may_stand_in_the_header),
        cmocka_unit_test(the_chain_is_of_certificates),
        cmocka_unit_test(its_form_is_strict),
        cmocka_unit_test(its_size_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
