/* SPDX-License-Identifier: Apache-2.0 */
#include "maker.h"

#include "base/text.h"

#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

EVP_PKEY *
make_key(const char *kind)
{
    EVP_PKEY *key;
    if (strncmp(kind, "RSA", 3) == 0)
        key = EVP_RSA_gen((unsigned)strtoul(kind + 3, NULL, 10));
    else if (strcmp(kind, "ED25519") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        key = EVP_EC_gen(kind);
    assert_non_null(key);
    return key;
}

static void
set_name(X509_NAME *name, const char *subject)
{
    char copy[512];
    char *rest = copy;
    assert_true(strlen(subject) < sizeof copy);
    memcpy(copy, subject, strlen(subject) + 1);
    for (char *part = strsep(&rest, "/"); part != NULL; part = strsep(&rest, "/")) {
        char *value = strchr(part, '=');
        assert_non_null(value);
        *value++ = '\0';
        assert_int_equal(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                                                    (const unsigned char *)value, -1, -1, 0),
                         1);
    }
}

static X509_EXTENSION *
make_extension(X509V3_CTX *context, const char *line)
{
    char copy[1024];
    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    char *value = strchr(copy, '=');
    assert_non_null(value);
    *value++ = '\0';
    X509_EXTENSION *made = X509V3_EXT_nconf(NULL, context, copy, value);
    if (made == NULL)
        fail_msg("cannot make %s", line);
    return made;
}

static void
add_extensions(X509 *to, X509 *issuer, const char *const *lines)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    for (; lines != NULL && *lines != NULL; lines++) {
        X509_EXTENSION *made = make_extension(&context, *lines);
        assert_int_equal(X509_add_ext(to, made, -1), 1);
        X509_EXTENSION_free(made);
    }
}

static const EVP_MD *
digest_of(const char *name, const EVP_PKEY *signer)
{
    if (EVP_PKEY_is_a(signer, "ED25519"))
        return NULL;
    return EVP_get_digestbyname(name != NULL ? name : "SHA256");
}

X509 *
make_certificate(const struct making *m)
{
    X509 *made = X509_new();
    EVP_PKEY *signer = m->signer != NULL ? m->signer : m->key;
    X509 *issuer = m->issuer != NULL ? m->issuer : made;
    assert_int_equal(X509_set_version(made, (m->version != 0 ? m->version : 3) - 1), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made), m->serial != 0 ? m->serial : 1),
                     1);
    ASN1_TIME_set(X509_getm_notBefore(made), m->from != 0 ? m->from : MADE_AT - DAY);
    ASN1_TIME_set(X509_getm_notAfter(made), m->to != 0 ? m->to : MADE_AT + 10 * DAY);
    if (m->subject != NULL)
        set_name(X509_get_subject_name(made), m->subject);
    else
        assert_int_equal(X509_set_subject_name(made, m->name), 1);
    assert_int_equal(X509_set_issuer_name(made, X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_set_pubkey(made, m->key), 1);
    add_extensions(made, issuer, m->extensions);
    assert_true(X509_sign(made, signer, digest_of(m->digest, signer)) > 0);
    return made;
}

/* ---- revocation lists ---- */

static void
set_times(X509_CRL *to, const struct listing *l)
{
    ASN1_TIME *from = ASN1_TIME_set(NULL, l->from != 0 ? l->from : MADE_AT - 3600);
    ASN1_TIME *until = ASN1_TIME_set(NULL, l->to > 0 ? l->to : MADE_AT + DAY);
    assert_int_equal(X509_CRL_set1_lastUpdate(to, from), 1);
    if (l->to >= 0)
        assert_int_equal(X509_CRL_set1_nextUpdate(to, until), 1);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
}

static void
set_number(X509_CRL *to, long number)
{
    ASN1_INTEGER *value = ASN1_INTEGER_new();
    assert_int_equal(ASN1_INTEGER_set(value, number), 1);
    assert_int_equal(X509_CRL_add1_ext_i2d(to, NID_crl_number, value, 0, 0), 1);
    ASN1_INTEGER_free(value);
}

static void
add_revoked(X509_CRL *to, long serial)
{
    X509_REVOKED *one = X509_REVOKED_new();
    ASN1_INTEGER *value = ASN1_INTEGER_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, MADE_AT - 7200);
    assert_int_equal(ASN1_INTEGER_set(value, serial), 1);
    assert_int_equal(X509_REVOKED_set_serialNumber(one, value), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(one, when), 1);
    assert_int_equal(X509_CRL_add0_revoked(to, one), 1);
    ASN1_INTEGER_free(value);
    ASN1_TIME_free(when);
}

X509_CRL *
make_list(const struct listing *l)
{
    X509_CRL *made = X509_CRL_new();
    X509V3_CTX context;
    assert_int_equal(X509_CRL_set_version(made, 1), 1);
    assert_int_equal(X509_CRL_set_issuer_name(made, X509_get_subject_name(l->issuer)), 1);
    set_times(made, l);
    if (l->number >= 0)
        set_number(made, l->number);
    if (l->revoked != 0)
        add_revoked(made, l->revoked);
    X509V3_set_ctx(&context, l->issuer, NULL, NULL, made, 0);
    for (const char *const *line = l->extensions; line != NULL && *line != NULL; line++) {
        X509_EXTENSION *extension = make_extension(&context, *line);
        assert_int_equal(X509_CRL_add_ext(made, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_CRL_sign(made, l->signer, digest_of(l->digest, l->signer)) > 0);
    return made;
}

/* ---- written down ---- */

void
put_der(struct cm_buf *to, const X509 *certificate)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    assert_true(size > 0);
    cm_buf_add(to, der, (size_t)size);
}

void
put_list_der(struct cm_buf *to, const X509_CRL *list)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_X509_CRL(list, &der);
    assert_true(size > 0);
    cm_buf_add(to, der, (size_t)size);
}

void
put_base64(struct cm_buf *to, const X509 *certificate)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    put_der(&der, certificate);
    cm_base64(to, der.at, der.size);
}

static void
put_bio(struct cm_buf *to, BIO *bio)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    assert_true(size > 0);
    cm_buf_add(to, text, (size_t)size);
    BIO_free(bio);
}

void
put_pem(struct cm_buf *to, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    put_bio(to, bio);
}

void
put_key_pem(struct cm_buf *to, EVP_PKEY *key, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
                         bio, key, passphrase != NULL ? EVP_aes_128_cbc() : NULL, passphrase,
                         passphrase != NULL ? (int)strlen(passphrase) : 0, NULL, NULL),
                     1);
    put_bio(to, bio);
}
