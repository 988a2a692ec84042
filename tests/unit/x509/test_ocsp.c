/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/ocsp.h"

#include "base/text.h"
#include "world.h"

#include <string.h>

/* What a responder says, and who signs it. */
struct saying {
    X509 *about; /* NULL: the world's leaf */
    X509 *issuer;
    X509 *signer; /* NULL: the issuing authority */
    EVP_PKEY *key;
    const EVP_MD *digest, *id_digest; /* NULL: SHA-256 and SHA-1 */
    int status;
    int64_t from, to;         /* of MADE_AT; to 0: none */
    bool without_certificate; /* nothing comes with it */
    bool by_key;              /* it says who it is by its key */
    bool twice;               /* it speaks of it twice */
    bool critical, critical_single;
};

static void
add_status(OCSP_BASICRESP *to, const struct world *w, const struct saying *s)
{
    OCSP_CERTID *id = OCSP_cert_to_id(s->id_digest != NULL ? s->id_digest : EVP_sha1(),
                                      s->about != NULL ? s->about : w->leaf,
                                      s->issuer != NULL ? s->issuer : w->issuing);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, MADE_AT + s->from);
    ASN1_TIME *until = s->to != 0 ? ASN1_GENERALIZEDTIME_set(NULL, MADE_AT + s->to) : NULL;
    ASN1_TIME *revoked = ASN1_GENERALIZEDTIME_set(NULL, MADE_AT - DAY);
    bool is_revoked = s->status == V_OCSP_CERTSTATUS_REVOKED;
    OCSP_SINGLERESP *one = OCSP_basic_add1_status(
        to, id, s->status, is_revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : 0,
        is_revoked ? revoked : NULL, from, until);
    assert_non_null(one);
    if (s->critical_single) {
        X509_EXTENSION *odd = X509V3_EXT_nconf(NULL, NULL, "1.2.3.4", "critical,DER:0500");
        assert_int_equal(OCSP_SINGLERESP_add_ext(one, odd, -1), 1);
        X509_EXTENSION_free(odd);
    }
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
}

static void
put_response(struct cm_buf *to, OCSP_RESPONSE *response)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_OCSP_RESPONSE(response, &der);
    assert_true(size > 0);
    cm_buf_add(to, der, (size_t)size);
    OCSP_RESPONSE_free(response);
}

static struct cm_buf
say(const struct world *w, const struct saying *s)
{
    struct cm_buf der = CM_BUF_INIT(1 << 20);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    unsigned long flags =
        (s->without_certificate ? OCSP_NOCERTS : 0UL) | (s->by_key ? OCSP_RESPID_KEY : 0UL);
    add_status(basic, w, s);
    if (s->twice)
        add_status(basic, w, s);
    if (s->critical) {
        X509_EXTENSION *odd = X509V3_EXT_nconf(NULL, NULL, "1.2.3.4", "critical,DER:0500");
        assert_int_equal(OCSP_BASICRESP_add_ext(basic, odd, -1), 1);
        X509_EXTENSION_free(odd);
    }
    assert_int_equal(OCSP_basic_sign(basic, s->signer != NULL ? s->signer : w->issuing,
                                     s->key != NULL ? s->key : w->key,
                                     s->digest != NULL ? s->digest : EVP_sha256(), NULL, flags),
                     1);
    put_response(&der, OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic));
    OCSP_BASICRESP_free(basic);
    return der;
}

/* `status` NULL: refused, with that reason. */
static void
assert_read(const struct world *w, const struct cm_buf *der, int64_t at, const char *status,
            const char *says)
{
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    struct cm_err err = CM_ERR_INIT;
    bool done = cm_ocsp_answer(der->at, der->size, w->leaf, w->issuing, (MADE_AT + at) * CM_SECOND,
                               &answer, &err);
    if (done != (status != NULL))
        fail_msg("%s", done ? cm_json_text(answer, "status") : err.text);
    if (done)
        assert_string_equal(cm_json_text(answer, "status"), status);
    else
        assert_says(&err, says);
    assert_int_equal(answer != NULL, done);
}

static void
assert_said(const struct world *w, const struct saying *s, const char *status, const char *says)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = say(w, s);
    assert_read(w, &der, 0, status, says);
}

/* ---- what is asked ---- */

static void
the_request_is_of_one_certificate(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_ocsp_request(w.leaf, w.issuing, &der, &err));
    const unsigned char *at = (const unsigned char *)der.at;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)der.size);
    OCSP_CERTID *wanted = OCSP_cert_to_id(EVP_sha1(), w.leaf, w.issuing);
    assert_non_null(request);
    assert_ptr_equal(at, der.at + der.size);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    assert_int_equal(OCSP_id_cmp(OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0)), wanted),
                     0);
    assert_int_equal(OCSP_REQUEST_get_ext_count(request), 0); /* no nonce */
    OCSP_CERTID_free(wanted);
    OCSP_REQUEST_free(request);
}

/* ---- what is said ---- */

static void
the_issuer_answers(void **state)
{
    static const struct {
        int status;
        const char *text;
    } rows[] = {{V_OCSP_CERTSTATUS_GOOD, "good"},
                {V_OCSP_CERTSTATUS_REVOKED, "revoked"},
                {V_OCSP_CERTSTATUS_UNKNOWN, "unknown"}};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct saying s = {.status = rows[i].status, .from = -60, .to = DAY};
        assert_said(&w, &s, rows[i].text, NULL);
        s.by_key = s.without_certificate = true;
        assert_said(&w, &s, rows[i].text, NULL);
        s.id_digest = EVP_sha256();
        assert_said(&w, &s, rows[i].text, NULL);
    }
}

static void
its_times_are_told(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_buf_done)
    struct cm_buf der = say(&w, &(struct saying){.status = V_OCSP_CERTSTATUS_REVOKED, .to = DAY});
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(
        cm_ocsp_answer(der.at, der.size, w.leaf, w.issuing, MADE_AT * CM_SECOND, &answer, &err));
    assert_string_equal(cm_json_text(answer, "this_update"), "2026-01-02T00:00:00Z");
    assert_string_equal(cm_json_text(answer, "next_update"), "2026-01-03T00:00:00Z");
    assert_string_equal(cm_json_text(answer, "revoked_at"), "2026-01-01T00:00:00Z");
    assert_non_null(cm_json_text(answer, "produced_at"));
}

static void
an_answer_holds_for_a_time(void **state)
{
    static const struct {
        int64_t from, to, at;
        const char *status, *says;
    } rows[] = {
        {0, 3600, 3600, "good", NULL}, {0, 3600, 3601, NULL, "held until 2026-01-02T01:00:00Z"},
        {300, 3600, 0, "good", NULL},  {301, 3600, 0, NULL, "holds from 2026-01-02T00:05:01Z only"},
        {0, 0, 86400, "good", NULL},   {0, 0, 86401, NULL, "is older than a day"},
    };
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done)
        struct cm_buf der = say(&w, &(struct saying){.from = rows[i].from, .to = rows[i].to});
        assert_read(&w, &der, rows[i].at, rows[i].status, rows[i].says);
    }
}

/* ---- who says it ---- */

#define RESPONDER                                                                                  \
    EXTENSIONS("basicConstraints=critical,CA:false", "keyUsage=critical,digitalSignature",         \
               "extendedKeyUsage=OCSPSigning", "noCheck=ignored")

static void
assert_responder(const struct world *w, struct making m, const char *status)
{
    m.subject = "CN=responder";
    m.key = w->other_key;
    m.issuer = m.issuer != NULL ? m.issuer : w->issuing;
    m.signer = m.signer != NULL ? m.signer : w->key;
    m.serial = 50;
    CM_CLEANUP(cm_x509_done) X509 *signer = make_certificate(&m);
    assert_said(w, &(struct saying){.signer = signer, .key = w->other_key, .to = DAY}, status,
                "signed neither by the issuer");
}

static void
a_responder_is_appointed_by_the_issuer(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *rsa = make_key("RSA2048");
    assert_responder(&w, (struct making){.extensions = RESPONDER}, "good");
    assert_responder(&w, (struct making){.extensions = RESPONDER, .issuer = w.root}, NULL);
    assert_responder(&w, (struct making){.extensions = RESPONDER, .signer = w.other_key}, NULL);
    assert_responder(&w, (struct making){.extensions = RESPONDER, .to = MADE_AT - 1}, NULL);
    assert_responder(&w, (struct making){.extensions = RESPONDER, .from = MADE_AT + 1}, NULL);
    assert_responder(&w, (struct making){.extensions = RESPONDER, .digest = "SHA1"}, NULL);
    assert_responder(&w, (struct making){.extensions = LEAF_EXTENSIONS}, NULL);
    assert_responder(&w, (struct making){.extensions = NULL}, NULL);
    assert_responder(&w,
                     (struct making){.extensions = EXTENSIONS("extendedKeyUsage=OCSPSigning",
                                                              "keyUsage=keyAgreement")},
                     NULL);
}

static void
a_responder_has_a_strong_key(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *weak = make_key("RSA1024");
    CM_CLEANUP(cm_x509_done)
    X509 *signer = make_certificate(&(struct making){.subject = "CN=responder",
                                                     .key = weak,
                                                     .issuer = w.issuing,
                                                     .signer = w.key,
                                                     .extensions = RESPONDER});
    assert_said(&w, &(struct saying){.signer = signer, .key = weak, .to = DAY}, NULL,
                "signed neither by the issuer");
}

static void
nobody_else_answers(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *evil = make_certificate(&(struct making){
        .subject = "O=Acme/CN=issuing", .key = w.other_key, .extensions = CA_EXTENSIONS});
    assert_said(&w, &(struct saying){.signer = evil, .key = w.other_key, .to = DAY}, NULL,
                "signed neither by the issuer");
    assert_said(&w, &(struct saying){.signer = w.leaf, .to = DAY}, NULL,
                "signed neither by the issuer");
    assert_said(&w, &(struct saying){.digest = EVP_sha1(), .to = DAY}, NULL, "too weak");
}

/* ---- about whom ---- */

static void
it_is_about_this_certificate(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *other = make_certificate(&(struct making){.subject = "CN=x",
                                                    .key = w.key,
                                                    .issuer = w.issuing,
                                                    .serial = 4,
                                                    .extensions = LEAF_EXTENSIONS});
    CM_CLEANUP(cm_x509_done)
    X509 *evil = make_certificate(&(struct making){
        .subject = "O=Acme/CN=issuing", .key = w.other_key, .extensions = CA_EXTENSIONS});
    assert_said(&w, &(struct saying){.about = other, .to = DAY}, NULL, "another certificate");
    assert_said(&w, &(struct saying){.issuer = evil, .to = DAY}, NULL, "another certificate");
    assert_said(&w, &(struct saying){.twice = true, .to = DAY}, NULL, "twice");
    assert_said(&w, &(struct saying){.critical = true, .to = DAY}, NULL, "critical extension");
    assert_said(&w, &(struct saying){.critical_single = true, .to = DAY}, NULL,
                "critical extension");
}

static void
the_issuer_is_the_issuer(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_buf_done) struct cm_buf der = say(&w, &(struct saying){.to = DAY});
    CM_CLEANUP(cm_x509_done)
    X509 *evil = make_certificate(
        &(struct making){.subject = "O=Acme/CN=issuing",
                         .key = w.other_key,
                         .extensions = EXTENSIONS("basicConstraints=critical,CA:true")});
    struct cm_err err = CM_ERR_INIT;
    json_t *answer = NULL;
    assert_false(
        cm_ocsp_answer(der.at, der.size, w.leaf, evil, MADE_AT * CM_SECOND, &answer, &err));
    assert_says(&err, "was not issued by the one");
    assert_false(
        cm_ocsp_answer(der.at, der.size, w.leaf, w.root, MADE_AT * CM_SECOND, &answer, &err));
    assert_says(&err, "was not issued by the one");
    assert_read(&w, &der, 1001 * DAY, NULL, "issuer's certificate is not valid at that time");
    assert_read(&w, &der, -101 * DAY, NULL, "issuer's certificate is not valid at that time");
}

/* ---- what is no answer ---- */

static void
assert_status(const struct world *w, int status, enum cm_class class, const char *says)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    json_t *answer = NULL;
    put_response(&der, OCSP_response_create(status, NULL));
    assert_false(
        cm_ocsp_answer(der.at, der.size, w->leaf, w->issuing, MADE_AT * CM_SECOND, &answer, &err));
    assert_int_equal(err.class, class);
    assert_says(&err, says);
}

static void
what_is_no_answer_is_said(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_buf_done) struct cm_buf der = say(&w, &(struct saying){.to = DAY});
    assert_status(&w, OCSP_RESPONSE_STATUS_UNAUTHORIZED, CM_E_DENIED, "unauthorized");
    assert_status(&w, OCSP_RESPONSE_STATUS_TRYLATER, CM_E_TRANSIENT, "trylater");
    assert_status(&w, OCSP_RESPONSE_STATUS_SUCCESSFUL, CM_E_UNSUPPORTED, "unknown type");
    cm_buf_putc(&der, '\0');
    assert_read(&w, &der, 0, NULL, "not an OCSP answer in DER");
    for (size_t size = 0, whole = der.size - 1; size < whole; size++) {
        der.size = size;
        assert_read(&w, &der, 0, NULL, "not an OCSP answer in DER");
    }
    der.size = CM_OCSP_MOST + 1;
    assert_read(&w, &der, 0, NULL, "more than");
    der.size = 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_of_one_certificate),
        cmocka_unit_test(the_issuer_answers),
        cmocka_unit_test(its_times_are_told),
        cmocka_unit_test(an_answer_holds_for_a_time),
        cmocka_unit_test(a_responder_is_appointed_by_the_issuer),
        cmocka_unit_test(a_responder_has_a_strong_key),
        cmocka_unit_test(nobody_else_answers),
        cmocka_unit_test(it_is_about_this_certificate),
        cmocka_unit_test(the_issuer_is_the_issuer),
        cmocka_unit_test(what_is_no_answer_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
