/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/read.h"

#include "base/json.h"
#include "base/text.h"
#include "maker.h"

#include <stdio.h>
#include <string.h>

struct made {
    EVP_PKEY *key;
    X509 *ca;
    X509_CRL *list;
    struct cm_buf der, pem, list_der;
};

static void
made_done(struct made *m)
{
    EVP_PKEY_free(m->key);
    X509_free(m->ca);
    X509_CRL_free(m->list);
    cm_buf_done(&m->der);
    cm_buf_done(&m->pem);
    cm_buf_done(&m->list_der);
}

static struct made
make(void)
{
    struct made m = {.key = make_key("P-256"),
                     .der = CM_BUF_INIT(1 << 16),
                     .pem = CM_BUF_INIT(1 << 16),
                     .list_der = CM_BUF_INIT(1 << 16)};
    m.ca = make_certificate(
        &(struct making){.subject = "CN=ca", .key = m.key, .extensions = CA_EXTENSIONS});
    m.list = make_list(&(struct listing){.issuer = m.ca, .signer = m.key, .number = 7});
    put_der(&m.der, m.ca);
    put_pem(&m.pem, m.ca);
    put_list_der(&m.list_der, m.list);
    return m;
}

static void
assert_no_certificate(const void *der, size_t size, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    X509 *read = NULL;
    assert_false(cm_x509_parse(der, size, &read, &err));
    assert_null(read);
    assert_says(&err, says);
}

static void
der_is_read_whole(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    CM_CLEANUP(cm_crl_done) X509_CRL *list = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_x509_parse(m.der.at, m.der.size, &read, &err));
    assert_true(cm_x509_parse_list(m.list_der.at, m.list_der.size, &list, &err));
    for (size_t size = 0; size < m.der.size; size++)
        assert_no_certificate(m.der.at, size, "not a certificate");
    cm_buf_putc(&m.der, '\0');
    assert_no_certificate(m.der.at, m.der.size, "bytes behind it");
    assert_no_certificate(m.list_der.at, m.list_der.size, "not a certificate");
    assert_no_certificate("", CM_X509_MOST + 1, "more than");
}

static void
a_list_is_read_whole(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    X509_CRL *read = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_x509_parse_list(m.list_der.at, m.list_der.size - 1, &read, &err));
    assert_false(cm_x509_parse_list(m.der.at, m.der.size, &read, &err));
    cm_buf_putc(&m.list_der, '\0');
    assert_false(cm_x509_parse_list(m.list_der.at, m.list_der.size, &read, &err));
    assert_says(&err, "bytes behind it");
    assert_false(cm_x509_parse_list("", CM_X509_LIST_MOST + 1, &read, &err));
    assert_says(&err, "more than");
    assert_null(read);
}

/* The length of the outermost SEQUENCE in one byte more than it needs: BER, but not DER. */
static void
what_is_not_der_is_no_certificate(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf ber = CM_BUF_INIT(1 << 16);
    assert_memory_equal(m.der.at, "\x30\x82", 2);
    cm_buf_add(&ber, "\x30\x83\0", 3);
    cm_buf_add(&ber, m.der.at + 2, m.der.size - 2);
    assert_no_certificate(ber.at, ber.size, "not a certificate in DER");
}

static void
an_extension_stands_once(void **state)
{
    const char *const *const sets[] = {
        EXTENSIONS("1.2.3.4=DER:0500", "1.2.3.4=DER:0501"),
        EXTENSIONS("basicConstraints=CA:false", "keyUsage=keyAgreement",
                   "basicConstraints=CA:true"),
    };
    (void)state;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    for (size_t i = 0; i < CM_COUNT(sets); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_x509_done)
        X509 *made = make_certificate(
            &(struct making){.subject = "CN=x", .key = key, .extensions = sets[i]});
        put_der(&der, made);
        assert_no_certificate(der.at, der.size, "stands twice in the certificate");
    }
}

static void
extensions_are_counted(void **state)
{
    static char lines[101][32];
    const char *extensions[102] = {NULL};
    (void)state;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    for (int i = 0; i < 101; i++) {
        (void)snprintf(lines[i], sizeof lines[i], "1.2.3.%d=DER:0500", i);
        extensions[i] = lines[i];
    }
    for (int count = 101; count >= 100; count--) {
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_x509_done) X509 *read = NULL;
        struct cm_err err = CM_ERR_INIT;
        extensions[count] = NULL;
        CM_CLEANUP(cm_x509_done)
        X509 *made = make_certificate(
            &(struct making){.subject = "CN=x", .key = key, .extensions = extensions});
        put_der(&der, made);
        assert_int_equal(cm_x509_parse(der.at, der.size, &read, &err), count == 100);
        if (count > 100)
            assert_says(&err, "more than 100 extensions");
    }
}

static void
a_list_has_each_extension_once_too(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_crl_done)
    X509_CRL *made = make_list(&(struct listing){.issuer = m.ca,
                                                 .signer = m.key,
                                                 .number = 7,
                                                 .extensions = EXTENSIONS("2.5.29.20=DER:020108")});
    X509_CRL *read = NULL;
    struct cm_err err = CM_ERR_INIT;
    put_list_der(&der, made);
    assert_false(cm_x509_parse_list(der.at, der.size, &read, &err));
    assert_says(&err, "2.5.29.20 stands twice in the revocation list");
}

static void
a_malformed_extension_breaks_it(void **state)
{
    static const char *const lines[] = {"keyUsage=DER:0500", "extendedKeyUsage=DER:0500",
                                        "subjectAltName=DER:30028201"};
    (void)state;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    for (size_t i = 0; i < CM_COUNT(lines); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_x509_done)
        X509 *made = make_certificate(
            &(struct making){.subject = "CN=x", .key = key, .extensions = EXTENSIONS(lines[i])});
        put_der(&der, made);
        assert_no_certificate(der.at, der.size, "malformed");
    }
}

/* ---- files ---- */

static json_t *
read_file(const struct cm_buf *file)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *all = NULL;
    if (!cm_x509_read_certificates(cm_buf_text(file), file->size, &all, &err))
        fail_msg("%s", err.text);
    return all;
}

static void
a_file_is_pem_or_der(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf two = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf base64 = CM_BUF_INIT(1 << 16);
    cm_buf_printf(&two, "Our authority:\n%s\nand\n%s", cm_buf_text(&m.pem), cm_buf_text(&m.pem));
    put_base64(&base64, m.ca);
    CM_CLEANUP(cm_json_done) json_t *of_der = read_file(&m.der);
    CM_CLEANUP(cm_json_done) json_t *of_pem = read_file(&m.pem);
    CM_CLEANUP(cm_json_done) json_t *of_two = read_file(&two);
    assert_int_equal(json_array_size(of_der), 1);
    assert_string_equal(json_string_value(json_array_get(of_der, 0)), cm_buf_text(&base64));
    assert_true(json_equal(of_der, of_pem));
    assert_int_equal(json_array_size(of_two), 2);
}

static void
assert_no_file(const char *file, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *all = NULL;
    assert_false(cm_x509_read_certificates(file, strlen(file), &all, &err));
    assert_null(all);
    assert_says(&err, says);
}

#define BLOCK(name, text) "-----BEGIN " name "-----\n" text "\n-----END " name "-----\n"

static void
another_file_is_refused(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(1 << 16);
    assert_no_file("", "neither PEM nor DER");
    assert_no_file("some text", "neither PEM nor DER");
    assert_no_file("0", "neither PEM nor DER");
    assert_no_file(BLOCK("PRIVATE KEY", "MAA="), "no certificate but \"PRIVATE KEY\"");
    assert_no_file(BLOCK("TRUSTED CERTIFICATE", "MAA="), "\"TRUSTED CERTIFICATE\"");
    assert_no_file(BLOCK("X509 CRL", "MAA="), "\"X509 CRL\"");
    assert_no_file(BLOCK("CERTIFICATE", "MAA="), "block 1: not a certificate");
    assert_no_file("-----BEGIN CERTIFICATE-----\nMAA=\n", "a broken block");
    cm_buf_printf(&file, "%s" BLOCK("PRIVATE KEY", "MAA="), cm_buf_text(&m.pem));
    assert_no_file(cm_buf_text(&file), "block 2");
}

static void
a_file_holds_so_many(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(1 << 24);
    for (int i = 0; i <= CM_X509_BLOCKS_MOST; i++)
        cm_buf_puts(&file, cm_buf_text(&m.pem));
    assert_no_file(cm_buf_text(&file), "more than 1000 of them");
    struct cm_err err = CM_ERR_INIT;
    json_t *all = NULL;
    EVP_PKEY *key = NULL;
    assert_false(cm_x509_read_certificates("", ((size_t)64 << 20) + 1, &all, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_false(cm_x509_read_key("", CM_X509_LIST_MOST + 1, NULL, &key, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

static void
lists_are_read_alike(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_json_done) json_t *all = NULL;
    struct cm_err err = CM_ERR_INIT;
    json_t *none = NULL;
    assert_true(cm_x509_read_lists(m.list_der.at, m.list_der.size, &all, &err));
    assert_int_equal(json_array_size(all), 1);
    assert_false(cm_x509_read_lists(m.pem.at, m.pem.size, &none, &err));
    assert_says(&err, "no revocation list but \"CERTIFICATE\"");
}

/* ---- keys ---- */

static void
read_key(const struct cm_buf *pem, const char *passphrase, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = NULL;
    bool done = cm_x509_read_key(cm_buf_text(pem), pem->size, passphrase, &key, &err);
    assert_int_equal(err.class, class);
    assert_int_equal(done, class == CM_OK);
    assert_int_equal(key != NULL, done);
    assert_says(&err, says);
}

static void
one_key_is_read(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(1 << 16);
    read_key(&file, NULL, CM_E_MALFORMED, "no secret key");
    cm_buf_puts(&file, cm_buf_text(&m.pem));
    read_key(&file, NULL, CM_E_MALFORMED, "no secret key");
    put_key_pem(&file, m.key, NULL);
    read_key(&file, NULL, CM_OK, "");
    read_key(&file, "not needed", CM_OK, "");
    put_key_pem(&file, m.key, NULL);
    read_key(&file, NULL, CM_E_MALFORMED, "more than one");
}

static void
nobody_is_asked_for_a_passphrase(void **state)
{
    (void)state;
    CM_CLEANUP(made_done) struct made m = make();
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(1 << 16);
    put_key_pem(&file, m.key, "sesame");
    read_key(&file, NULL, CM_E_CONFIG, "openssl pkey");
    read_key(&file, "simsalabim", CM_E_AUTH, "does not fit");
    read_key(&file, "sesame", CM_OK, "");
}

static void
a_broken_key_is_none(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(1 << 16);
    cm_buf_puts(&file, BLOCK("PRIVATE KEY", "MAA="));
    read_key(&file, NULL, CM_E_MALFORMED, "cannot be read");
    cm_buf_cut(&file, file.size - 5);
    read_key(&file, NULL, CM_E_MALFORMED, "a broken block");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_is_read_whole),
        cmocka_unit_test(a_list_is_read_whole),
        cmocka_unit_test(what_is_not_der_is_no_certificate),
        cmocka_unit_test(an_extension_stands_once),
        cmocka_unit_test(extensions_are_counted),
        cmocka_unit_test(a_list_has_each_extension_once_too),
        cmocka_unit_test(a_malformed_extension_breaks_it),
        cmocka_unit_test(a_file_is_pem_or_der),
        cmocka_unit_test(another_file_is_refused),
        cmocka_unit_test(a_file_holds_so_many),
        cmocka_unit_test(lists_are_read_alike),
        cmocka_unit_test(one_key_is_read),
        cmocka_unit_test(nobody_is_asked_for_a_passphrase),
        cmocka_unit_test(a_broken_key_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
