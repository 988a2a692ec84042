/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/stamp.h"

#include <openssl/ts.h>
#include <time.h>

#include "owner.h"

#define STAMPS                                                                                     \
    EXTENSIONS("basicConstraints=critical,CA:false", "keyUsage=critical,digitalSignature",         \
               "extendedKeyUsage=critical,timeStamping")

CM_FREED_BY(tsresp_done, TS_RESP, TS_RESP_free)
CM_FREED_BY(tsctx_done, TS_RESP_CTX, TS_RESP_CTX_free)

static const struct cm_cms_wish wish = {.content = "{artifact}"};

/* ---- an authority, here ---- */

/* Certificates that hold now: stamps are judged at the time of day. */
struct authority {
    EVP_PKEY *ca_key, *key;
    X509 *ca, *own;
    struct cm_buf pem;
    long ahead; /* of the time of day, seconds */
};

static void
authority_done(struct authority *a)
{
    cm_pkey_done(&a->ca_key);
    cm_pkey_done(&a->key);
    cm_x509_done(&a->ca);
    cm_x509_done(&a->own);
    cm_buf_done(&a->pem);
}

static void
found(struct authority *a)
{
    int64_t now = (int64_t)time(NULL);
    *a = (struct authority){.pem = CM_BUF_INIT(1 << 16)};
    a->ca_key = make_key("P-256");
    a->key = make_key("P-256");
    a->ca = make_certificate(&(struct making){.subject = "CN=Root",
                                              .key = a->ca_key,
                                              .from = now - DAY,
                                              .to = now + DAY,
                                              .extensions = CA_EXTENSIONS});
    a->own = make_certificate(&(struct making){.subject = "CN=Clock",
                                               .key = a->key,
                                               .issuer = a->ca,
                                               .signer = a->ca_key,
                                               .from = now - DAY,
                                               .to = now + DAY,
                                               .serial = 3,
                                               .extensions = STAMPS});
    put_pem(&a->pem, a->ca);
}

static ASN1_INTEGER *
give_serial(TS_RESP_CTX *context, void *data)
{
    (void)context;
    (void)data;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    assert_int_equal(ASN1_INTEGER_set(serial, 7), 1);
    return serial;
}

static int
give_time(TS_RESP_CTX *context, void *data, long *seconds, long *micros)
{
    (void)context;
    *seconds = (long)time(NULL) + ((const struct authority *)data)->ahead;
    *micros = 0;
    return 1;
}

static void
answer_to(const struct authority *a, const struct cm_buf *query, struct cm_buf *to)
{
    unsigned char *der = NULL;
    struct authority copy = *a;
    CM_CLEANUP(cm_bio_done) BIO *in = BIO_new_mem_buf(query->at, (int)query->size);
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
    CM_CLEANUP(tsctx_done) TS_RESP_CTX *context = TS_RESP_CTX_new();
    assert_int_equal(TS_RESP_CTX_set_signer_cert(context, a->own), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_key(context, a->key), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_digest(context, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_def_policy(context, policy), 1);
    assert_int_equal(TS_RESP_CTX_add_md(context, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256()), 1);
    TS_RESP_CTX_set_serial_cb(context, give_serial, NULL);
    TS_RESP_CTX_set_time_cb(context, give_time, &copy);
    CM_CLEANUP(tsresp_done) TS_RESP *response = TS_RESP_create_response(context, in);
    int size = i2d_TS_RESP(response, &der);
    assert_true(size > 0);
    cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
}

/* ---- a signature of now ---- */

static void
sign_now(struct owner *o, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t now = (int64_t)time(NULL);
    *o = (struct owner){.pem = CM_BUF_INIT(1 << 16)};
    o->pkey = make_key("P-256");
    o->own = make_certificate(&(struct making){.subject = "CN=Acme",
                                               .key = o->pkey,
                                               .from = now - DAY,
                                               .to = now + DAY,
                                               .extensions = CODE});
    take_key(o);
    put_pem(&o->pem, o->own);
    assert_true(cm_cms_chain_parse(o->pem.at, o->pem.size, o->key, &o->chain, &err));
    const struct cm_cms_making making = {
        .key = o->key, .chain = o->chain, .wish = &wish, .artifact = SHA, .now = now * CM_SECOND};
    if (!cm_cms_make(&making, to, &err))
        fail_msg("%s", err.text);
}

struct asked {
    struct owner owner;
    struct authority authority;
    struct cm_stamp *stamp;
    struct cm_buf cms, query, answer, stamped;
};

static void
asked_done(struct asked *a)
{
    owner_done(&a->owner);
    authority_done(&a->authority);
    cm_stamp_done(&a->stamp);
    cm_buf_done(&a->cms);
    cm_buf_done(&a->query);
    cm_buf_done(&a->answer);
    cm_buf_done(&a->stamped);
}

static void
ask(struct asked *a)
{
    struct cm_err err = CM_ERR_INIT;
    *a = (struct asked){.cms = CM_BUF_INIT(CM_CMS_MOST),
                        .query = CM_BUF_INIT(4096),
                        .answer = CM_BUF_INIT(CM_STAMP_MOST),
                        .stamped = CM_BUF_INIT(CM_CMS_MOST)};
    sign_now(&a->owner, &a->cms);
    found(&a->authority);
    if (!cm_stamp_ask(a->cms.at, a->cms.size, &a->stamp, &a->query, &err))
        fail_msg("%s", err.text);
}

static bool
take(struct asked *a, const struct cm_buf *answer, struct cm_err *err)
{
    return cm_stamp_take(a->stamp, answer->at, answer->size, &a->authority.pem, &a->stamped, err);
}

/* ---- honest ---- */

static void
a_stamp(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    CM_CLEANUP(asked_done) struct asked a;
    (void)state;
    ask(&a);
    answer_to(&a.authority, &a.query, &a.answer);
    if (!take(&a, &a.answer, &err))
        fail_msg("%s", err.text);
    assert_true(cm_cms_verify(a.cms.at, a.cms.size, &wish, SHA, &facts, &err));
    assert_int_equal(facts.stamped_at, 0);
    if (!cm_cms_verify(a.stamped.at, a.stamped.size, &wish, SHA, &facts, &err))
        fail_msg("%s", err.text);
    assert_in_range(facts.stamped_at / CM_SECOND, (uint64_t)time(NULL) - 60, (uint64_t)time(NULL));
}

/* Each question has a number of its own. */
static void
questions(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(asked_done) struct asked a;
    CM_CLEANUP(cm_stamp_done) struct cm_stamp *again = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf query = CM_BUF_INIT(4096);
    (void)state;
    ask(&a);
    assert_true(cm_stamp_ask(a.cms.at, a.cms.size, &again, &query, &err));
    assert_int_equal(query.size, a.query.size);
    assert_memory_not_equal(query.at, a.query.at, query.size);
    refused(cm_stamp_ask("x", 1, &again, &query, &err), &err, CM_E_MALFORMED, "no signature",
            "no signature");
}

/* ---- what does not count ---- */

static void
other_answers(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(asked_done) struct asked a;
    CM_CLEANUP(asked_done) struct asked other;
    CM_CLEANUP(cm_stamp_done) struct cm_stamp *again = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf query = CM_BUF_INIT(4096);
    CM_CLEANUP(cm_buf_done) struct cm_buf answer = CM_BUF_INIT(CM_STAMP_MOST);
    (void)state;
    ask(&a);
    ask(&other);
    answer_to(&a.authority, &other.query, &a.answer);
    refused(take(&a, &a.answer, &err), &err, CM_E_DENIED, "message imprint mismatch", "another's");
    assert_true(cm_stamp_ask(a.cms.at, a.cms.size, &again, &query, &err));
    answer_to(&a.authority, &query, &answer);
    refused(take(&a, &answer, &err), &err, CM_E_DENIED, "nonce mismatch", "another number");
    cm_buf_clear(&answer);
    answer_to(&other.authority, &a.query, &answer);
    refused(take(&a, &answer, &err), &err, CM_E_DENIED, "certificate verify error",
            "another authority");
    assert_int_equal(a.stamped.size, 0);
}

static void
clocks(void **state)
{
    static const struct {
        long ahead;
        bool counts;
    } rows[] = {{0, true}, {500, true}, {-500, true}, {700, false}, {-700, false}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(asked_done) struct asked a;
        ask(&a);
        a.authority.ahead = rows[i].ahead;
        answer_to(&a.authority, &a.query, &a.answer);
        if (rows[i].counts && !take(&a, &a.answer, &err))
            fail_msg("%ld: %s", rows[i].ahead, err.text);
        if (!rows[i].counts)
            refused(take(&a, &a.answer, &err), &err, CM_E_DENIED, "10 minutes apart", "clock");
    }
}

/* Times that do not fit into what the house counts with. */
static void
other_ages(void **state)
{
    static const long ages[] = {INT64_C(9500000000), -INT64_C(3000000000)};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(ages); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(asked_done) struct asked a;
        ask(&a);
        a.authority.ahead = ages[i];
        answer_to(&a.authority, &a.query, &a.answer);
        refused(take(&a, &a.answer, &err), &err, CM_E_MALFORMED, "tells no time", "age");
    }
}

static void
no_answers(void **state)
{
    static const unsigned char rejection[] = {0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02};
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(asked_done) struct asked a;
    CM_CLEANUP(cm_buf_done) struct cm_buf large = CM_BUF_INIT(2 * CM_STAMP_MOST);
    (void)state;
    ask(&a);
    answer_to(&a.authority, &a.query, &a.answer);
    assert_non_null(cm_buf_extend(&large, CM_STAMP_MOST + 1));
    memset(large.at, 0, large.size);
    refused(cm_stamp_take(a.stamp, rejection, sizeof rejection, &a.authority.pem, &a.stamped, &err),
            &err, CM_E_DENIED, "refuses", "rejection");
    refused(take(&a, &large, &err), &err, CM_E_LIMIT, "more than", "large");
    cm_buf_putc(&a.answer, '\0');
    refused(take(&a, &a.answer, &err), &err, CM_E_MALFORMED, "no time stamp", "one byte more");
    cm_buf_cut(&a.answer, a.answer.size - 2);
    refused(take(&a, &a.answer, &err), &err, CM_E_MALFORMED, "no time stamp", "one byte less");
    cm_buf_clear(&a.authority.pem);
    cm_buf_puts(&a.authority.pem, "no certificates");
    cm_buf_clear(&a.answer);
    answer_to(&a.authority, &a.query, &a.answer);
    refused(take(&a, &a.answer, &err), &err, CM_E_MALFORMED, "the authority for time stamps",
            "no authority");
}

/* ---- stamps in signatures ---- */

/* The signature with that value as an attribute that is not signed. */
static void
with_attribute(const struct cm_buf *cms, int nid, const struct cm_buf *value, int times,
               struct cm_buf *to)
{
    unsigned char *der = NULL;
    const unsigned char *at = (const unsigned char *)cms->at;
    CM_CLEANUP(cm_cms_done)
    CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &at, (long)cms->size);
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
    for (int i = 0; i < times; i++)
        assert_int_equal(CMS_unsigned_add1_attr_by_NID(si, nid + i, V_ASN1_SEQUENCE, value->at,
                                                       (int)value->size),
                         1);
    int size = i2d_CMS_ContentInfo(info, &der);
    cm_buf_clear(to);
    cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
}

static void
token_of(const struct cm_buf *answer, struct cm_buf *to)
{
    unsigned char *der = NULL;
    const unsigned char *at = (const unsigned char *)answer->at;
    CM_CLEANUP(tsresp_done) TS_RESP *response = d2i_TS_RESP(NULL, &at, (long)answer->size);
    int size = i2d_PKCS7(TS_RESP_get_token(response), &der);
    cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
}

static void
what_nobody_signed(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    CM_CLEANUP(asked_done) struct asked a;
    CM_CLEANUP(asked_done) struct asked other;
    CM_CLEANUP(cm_buf_done) struct cm_buf token = CM_BUF_INIT(CM_STAMP_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf none = CM_BUF_INIT(16);
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(CM_CMS_MOST);
    (void)state;
    ask(&a);
    ask(&other);
    answer_to(&a.authority, &other.query, &a.answer);
    token_of(&a.answer, &token);
    cm_buf_add(&none, "\x30\x00", 2);
    with_attribute(&a.cms, NID_id_smime_aa_timeStampToken, &token, 1, &made);
    refused(cm_cms_verify(made.at, made.size, &wish, SHA, &facts, &err), &err, CM_E_DENIED,
            "of another signature", "another's");
    with_attribute(&a.cms, NID_id_smime_aa_timeStampToken, &none, 1, &made);
    refused(cm_cms_verify(made.at, made.size, &wish, SHA, &facts, &err), &err, CM_E_MALFORMED,
            "is none", "nothing");
    with_attribute(&a.cms, NID_id_smime_aa_ets_contentTimestamp, &none, 1, &made);
    refused(cm_cms_verify(made.at, made.size, &wish, SHA, &facts, &err), &err, CM_E_DENIED,
            "what nobody signed", "something else");
    with_attribute(&a.cms, NID_id_smime_aa_timeStampToken, &token, 2, &made);
    refused(cm_cms_verify(made.at, made.size, &wish, SHA, &facts, &err), &err, CM_E_DENIED,
            "what nobody signed", "two");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp),
        cmocka_unit_test(questions),
        cmocka_unit_test(other_answers),
        cmocka_unit_test(clocks),
        cmocka_unit_test(other_ages),
        cmocka_unit_test(no_answers),
        cmocka_unit_test(what_nobody_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
