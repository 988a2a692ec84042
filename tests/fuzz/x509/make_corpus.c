/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes fixed.h and what the corpora begin with, anew: certificates, a list, a signed text and an
 * OCSP answer that belong together. Not run by any test: cmake --build ... --target
 * x509_make_corpus, then x509_make_corpus tests/fuzz/x509.
 */
#include "base/fd.h"
#include "base/text.h"
#include "maker.h"
#include "x509/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGES (INT64_C(36500) * DAY)

static const char *folder;

static void
write_file(const char *name, const void *at, size_t size)
{
    char path[512];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!cm_file_replace(path, 0644, at, size, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static void
write_certificate(const char *name, const X509 *certificate)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    put_der(&der, certificate);
    write_file(name, der.at, der.size);
}

static struct cm_buf
responded(X509 *leaf, X509 *issuer, EVP_PKEY *key)
{
    struct cm_buf der = CM_BUF_INIT(1 << 16);
    unsigned char *at = NULL;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, MADE_AT);
    assert_non_null(OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, NULL));
    assert_int_equal(OCSP_basic_sign(basic, issuer, key, NULL, NULL, 0), 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int size = i2d_OCSP_RESPONSE(response, &at);
    cm_buf_add(&der, at, (size_t)size);
    OPENSSL_free(at);
    ASN1_TIME_free(from);
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return der;
}

static void
put_line(struct cm_buf *to, const char *name, const char *text)
{
    cm_buf_printf(to, "#define %s \\\n    \"%s\"\n", name, text);
}

static void
write_fixed(const X509 *leaf, const X509 *issuer, const char *jws)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
    CM_CLEANUP(cm_buf_done) struct cm_buf one = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf other = CM_BUF_INIT(1 << 16);
    put_base64(&one, leaf);
    put_base64(&other, issuer);
    cm_buf_puts(&text, "/* SPDX-License-Identifier: Apache-2.0 */\n/* written by make_corpus.c */\n"
                       "/* clang-format off */\n");
    put_line(&text, "FIXED_LEAF", cm_buf_text(&one));
    put_line(&text, "FIXED_ISSUER", cm_buf_text(&other));
    put_line(&text, "FIXED_JWS", jws);
    cm_buf_printf(&text, "#define FIXED_AT INT64_C(%lld) /* s */\n", (long long)MADE_AT);
    write_file("fixed.h", text.at, text.size);
}

static void
write_lists(X509 *issuer, EVP_PKEY *key)
{
    CM_CLEANUP(cm_crl_done)
    X509_CRL *list = make_list(&(struct listing){
        .issuer = issuer, .signer = key, .number = 7, .revoked = 3, .to = MADE_AT + AGES});
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    put_list_der(&der, list);
    write_file("corpus_x509_file/list", der.at, der.size);
}

static void
write_more(EVP_PKEY *key, X509 *issuer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_x509_done)
    X509 *rich = make_certificate(&(struct making){
        .subject = "DC=acme/O=M\xc3\xbcller/CN=build-7",
        .key = key,
        .issuer = issuer,
        .extensions =
            EXTENSIONS("subjectAltName=DNS:a.example,IP:192.0.2.1,URI:urn:x",
                       "authorityInfoAccess=OCSP;URI:http://o.example/",
                       "1.3.6.1.4.1.311.21.7=DER:301006082b0601040182377f02016402010c",
                       "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth")});
    CM_CLEANUP(cm_x509_done)
    X509 *old = make_certificate(
        &(struct making){.subject = "CN=x",
                         .key = key,
                         .extensions = EXTENSIONS("1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:Machine")});
    write_certificate("corpus_x509_certificate/rich", rich);
    write_certificate("corpus_x509_certificate/old", old);
    put_pem(&pem, rich);
    put_pem(&pem, old);
    write_file("corpus_x509_file/pem", pem.at, pem.size);
    put_key_pem(&pem, key, NULL);
    write_file("corpus_x509_file/key", pem.at, pem.size);
}

int
main(int count, char **words)
{
    if (count != 2)
        return 2;
    folder = words[1];
    EVP_PKEY *key = make_key("ED25519");
    X509 *issuer = make_certificate(&(struct making){
        .subject = "CN=issuing", .key = key, .to = MADE_AT + AGES, .extensions = CA_EXTENSIONS});
    X509 *leaf = make_certificate(&(struct making){.subject = "CN=build-7",
                                                   .key = key,
                                                   .issuer = issuer,
                                                   .serial = 2,
                                                   .to = MADE_AT + AGES,
                                                   .extensions = LEAF_EXTENSIONS});
    struct cm_buf jws = CM_BUF_INIT(1 << 16), base64 = CM_BUF_INIT(1 << 16);
    struct cm_buf answer = responded(leaf, issuer, key);
    struct cm_err err = CM_ERR_INIT;
    put_base64(&base64, leaf);
    const char *x5c[] = {cm_buf_text(&base64)};
    assert_true(cm_jws_sign(&jws, key, "test", x5c, 1, "{\"a\":1}", 7, &err));
    write_fixed(leaf, issuer, cm_buf_text(&jws));
    write_file("corpus_jws/good", jws.at, jws.size);
    write_file("corpus_ocsp/good", answer.at, answer.size);
    write_certificate("corpus_x509_certificate/leaf", leaf);
    write_certificate("corpus_x509_certificate/issuing", issuer);
    write_lists(issuer, key);
    write_more(key, issuer);
    cm_buf_done(&jws);
    cm_buf_done(&base64);
    cm_buf_done(&answer);
    X509_free(leaf);
    X509_free(issuer);
    EVP_PKEY_free(key);
    return 0;
}
