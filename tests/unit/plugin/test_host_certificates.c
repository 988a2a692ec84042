/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates, as hooks see them: what is malformed fails the call, what is not valid is answered.
 */
#include "base/json.h"
#include "base/text.h"
#include "pear.h"
#include "world.h"
#include "x509/jws.h"

#include <countermark/certificates.h>
#include <string.h>

static struct world w;
static struct cm_buf leaf, issuing, list, pem;

static const struct cmk_certificates *
tools(struct cmk_call *c)
{
    return c->base->query(c, CMK_CERTIFICATES, sizeof(struct cmk_certificates));
}

static struct cmk_bytes
bytes(const struct cm_buf *buf)
{
    return (struct cmk_bytes){buf->at, buf->size};
}

#define NONE ((struct cmk_bytes){NULL, 0})
#define JUNK ((struct cmk_bytes){"junk", 4})

/* ---- reading ---- */

static int32_t
reads(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    const struct cmk_value *all = t->read(c, "certificate", bytes(&pem));
    assert_int_equal(c->json->count(c, all), 1);
    struct cmk_bytes der = c->crypto->decode(c, "base64", cmk_text(c, all, "0"));
    const struct cmk_value *value = t->certificate(c, der);
    assert_string_equal(cmk_text(c, value, "subject.1.0.text"), "build-7");
    assert_int_equal(c->json->count(c, t->read(c, "crl", bytes(&list))), 1);
    assert_null(t->read(c, NULL, bytes(&pem)));
    assert_null(t->read(c, "crl", NONE));
    assert_null(t->certificate(c, NONE));
    return CMK_PASS;
}

static void
certificates_are_values(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    assert_int_equal(pear_answer(&s, reads).word, CM_PASS);
}

static int32_t
reads_another_kind(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->read(c, "key", bytes(&pem)));
    return CMK_PASS;
}

static int32_t
reads_junk(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    assert_null(t->read(c, "crl", JUNK));
    assert_null(t->read(c, "crl", bytes(&list)));
    return CMK_PASS;
}

static int32_t
reads_no_certificate(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    assert_null(t->certificate(c, JUNK));
    assert_null(t->certificate(c, bytes(&leaf)));
    return CMK_PASS;
}

static int32_t
reads_too_much(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->read(c, "crl", (struct cmk_bytes){"x", UINT64_C(1) << 40}));
    return CMK_PASS;
}

static void
what_is_malformed_fails_the_call(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer kind = pear_answer(&s, reads_another_kind);
    assert_unknown(&kind, CM_E_UNSUPPORTED, "'key' is nothing that this engine reads");
    struct cm_answer junk = pear_answer(&s, reads_junk);
    assert_unknown(&junk, CM_E_MALFORMED, "neither PEM nor DER: there is no revocation list in it");
    struct cm_answer none = pear_answer(&s, reads_no_certificate);
    assert_unknown(&none, CM_E_MALFORMED,
                   "a certificate: not a certificate in DER, or one with bytes behind it");
    struct cm_answer much = pear_answer(&s, reads_too_much);
    assert_unknown(&much, CM_E_LIMIT, "plug-in pear reads more certificates than a call may");
}

/* ---- names ---- */

static int32_t
names(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    const struct cmk_value *one = t->name(c, "CN=BUILD-7,O=acme");
    const struct cmk_value *found = c->json->member(c, t->certificate(c, bytes(&leaf)), "subject");
    assert_int_equal(t->same(c, cmk_get(c, one, "1.0"), cmk_get(c, found, "1.0")), 1);
    assert_int_equal(t->same(c, cmk_get(c, one, "0.0"), cmk_get(c, found, "1.0")), 0);
    assert_int_equal(t->same(c, NULL, cmk_get(c, found, "1.0")), 0);
    assert_int_equal(t->same(c, cmk_get(c, found, "1.0"), NULL), 0);
    assert_string_equal(t->show_name(c, found), "CN=build-7,O=Acme");
    assert_null(t->show_name(c, NULL));
    assert_null(t->name(c, NULL));
    return CMK_PASS;
}

static void
names_are_read_compared_and_shown(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    assert_int_equal(pear_answer(&s, names).word, CM_PASS);
}

static int32_t
names_badly(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->name(c, "CN="));
    return CMK_PASS;
}

static int32_t
shows_no_name(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->show_name(c, c->options));
    return CMK_PASS;
}

/* What was withheld is no name that differs. */
static int32_t
compares_withheld(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *kept = x->evidence->document(c, "peer");
    assert_int_equal(tools(c)->same(c, cmk_get(c, kept, "a"), cmk_get(c, kept, "a")), 0);
    return CMK_FAIL;
}

static int32_t
shows_withheld(struct cmk_call *c, const struct cmk_exam *x)
{
    assert_null(tools(c)->show_name(c, x->evidence->document(c, "peer")));
    return CMK_PASS;
}

static void
what_is_no_name_fails_the_call(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer bad = pear_answer(&s, names_badly);
    assert_unknown(&bad, CM_E_CONFIG, "position 4 of the name: the value is empty");
    struct cm_answer none = pear_answer(&s, shows_no_name);
    assert_unknown(&none, CM_E_MALFORMED, "not a name: no list of RDNs");
    scene_document(&s, "peer",
                   "{\"a\":{\"type\":{\"withheld\":\"string\",\"empty\":false},\"text\":\"x\"}}",
                   CM_OK);
    struct cm_answer same = pear_answer(&s, compares_withheld);
    assert_unknown(&same, CM_E_UNSUPPORTED, "a part of the name was withheld from the evidence");
    struct cm_answer shown = pear_answer(&s, shows_withheld);
    assert_unknown(&shown, CM_E_UNSUPPORTED, "a part of the name was withheld from the evidence");
}

/* ---- chains ---- */

static struct cmk_chain_request
request_of(const struct cmk_bytes *anchors, const struct cmk_bytes *lists)
{
    return (struct cmk_chain_request){.size = sizeof(struct cmk_chain_request),
                                      .flags = CMK_CHAIN_REVOCATION,
                                      .at = SCENE_NOW,
                                      .leaf = bytes(&leaf),
                                      .anchors = anchors,
                                      .anchor_count = anchors != NULL,
                                      .lists = lists,
                                      .list_count = lists != NULL};
}

static int32_t
chains(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_bytes anchors[] = {bytes(&issuing)}, lists[] = {bytes(&list)};
    struct cmk_chain_request ask = request_of(anchors, lists);
    (void)x;
    const struct cmk_value *answer = tools(c)->chain(c, &ask);
    assert_int_equal(cmk_truth(c, answer, "valid", 0), 1);
    assert_int_equal(c->json->count(c, cmk_get(c, answer, "chain")), 2);
    assert_string_equal(cmk_text(c, answer, "lists.0.number"), "7");
    ask.list_count = 0;
    answer = tools(c)->chain(c, &ask);
    assert_int_equal(cmk_truth(c, answer, "valid", 1), 0);
    assert_string_equal(cmk_text(c, answer, "class"), "no-list");
    ask.flags = CMK_CHAIN_LAX;
    assert_int_equal(cmk_truth(c, tools(c)->chain(c, &ask), "valid", 0), 1);
    ask.strength = 192;
    assert_string_equal(cmk_text(c, tools(c)->chain(c, &ask), "class"), "weak");
    ask.strength = 0;
    ask.at += INT64_C(90) * 86400 * CM_SECOND;
    assert_string_equal(cmk_text(c, tools(c)->chain(c, &ask), "class"), "expired");
    ask.leaf = NONE;
    assert_null(tools(c)->chain(c, &ask));
    return CMK_PASS;
}

static void
chains_are_judged_at_a_time(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    assert_int_equal(pear_answer(&s, chains).word, CM_PASS);
}

static struct cmk_chain_request said;

static int32_t
asks(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->chain(c, said.size != 1 ? &said : NULL));
    return CMK_PASS;
}

static void
a_request_is_looked_through(void **state)
{
    static const struct cmk_bytes junk[] = {{"junk", 4}}, null[] = {{NULL, 4}},
                                  huge[] = {{"x", UINT64_C(1) << 40}};
    const struct cmk_chain_request good = request_of(NULL, NULL);
    const char *form = "no proper size, flags or strength";
    struct {
        struct cmk_chain_request said;
        enum cm_class class;
        const char *says;
    } rows[] = {
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_INTERNAL, form},
        {good, CM_E_LIMIT, "33 certificates or lists"},
        {good, CM_E_LIMIT, "1001 certificates or lists"},
        {good, CM_E_LIMIT, "1002 certificates or lists"},
        {good, CM_E_MALFORMED, "trusted certificate 1: not a certificate"},
        {good, CM_E_MALFORMED, "revocation list 1: not a revocation list"},
        {good, CM_E_LIMIT, "reads more certificates than a call may"},
        {good, CM_E_MALFORMED, "the leaf: not a certificate"},
    };
    (void)state;
    rows[0].said.size = 1; /* NULL */
    rows[1].said.size = 71;
    rows[2].said.size = 4097;
    rows[3].said.flags = 4;
    rows[4].said.strength = 1025;
    rows[5].said.other_count = 1;
    rows[6].said.anchor_count = 1;
    rows[7].said.list_count = 1;
    rows[8].said.others = junk, rows[8].said.other_count = 33;
    rows[9].said.anchors = junk, rows[9].said.anchor_count = 1001;
    rows[10].said.lists = junk, rows[10].said.list_count = 1002;
    rows[11].said.anchors = null, rows[11].said.anchor_count = 1;
    rows[12].said.lists = junk, rows[12].said.list_count = 1;
    rows[13].said.lists = huge, rows[13].said.list_count = 1;
    rows[14].said.leaf = JUNK;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        PURE_SCENE(s, "{}");
        said = rows[i].said;
        struct cm_answer answer = pear_answer(&s, asks);
        assert_int_equal(answer.word, CM_UNKNOWN);
        assert_int_equal(answer.reason_class, rows[i].class);
        if (strstr(answer.reason, rows[i].says) == NULL)
            fail_msg("%zu: %s", i, answer.reason);
    }
}

/* ---- OCSP and signed texts ---- */

static int32_t
asks_a_responder(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    const char *request = t->ocsp_request(c, bytes(&leaf), bytes(&issuing));
    struct cmk_bytes der = c->crypto->decode(c, "base64", request);
    assert_memory_equal(der.at, "\x30", 1);
    const struct cmk_value *answer =
        t->ocsp_answer(c, JUNK, bytes(&leaf), bytes(&issuing), SCENE_NOW);
    assert_null(cmk_get(c, answer, "status"));
    assert_string_equal(cmk_text(c, answer, "error"), "not an OCSP answer in DER");
    assert_null(t->ocsp_request(c, NONE, bytes(&issuing)));
    assert_null(t->ocsp_request(c, bytes(&leaf), NONE));
    assert_null(t->ocsp_answer(c, NONE, bytes(&leaf), bytes(&issuing), 0));
    assert_null(t->ocsp_answer(c, JUNK, NONE, bytes(&issuing), 0));
    assert_null(t->ocsp_answer(c, JUNK, bytes(&leaf), NONE, 0));
    return CMK_PASS;
}

static int32_t
asks_about_junk(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->ocsp_request(c, bytes(&leaf), JUNK));
    return CMK_PASS;
}

static int32_t
answers_about_junk(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->ocsp_answer(c, JUNK, JUNK, bytes(&issuing), 0));
    return CMK_PASS;
}

static void
responders_are_asked_and_answer(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    assert_int_equal(pear_answer(&s, asks_a_responder).word, CM_PASS);
    struct cm_answer junk = pear_answer(&s, asks_about_junk);
    assert_unknown(&junk, CM_E_MALFORMED,
                   "the issuer's certificate: not a certificate in DER, or "
                   "one with bytes behind it");
    junk = pear_answer(&s, answers_about_junk);
    assert_unknown(&junk, CM_E_MALFORMED,
                   "a certificate: not a certificate in DER, or one with bytes behind it");
}

static char proof[1 << 14];

static int32_t
verifies(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    (void)x;
    const struct cmk_value *good = t->jws(c, proof, bytes(&leaf));
    assert_int_equal(cmk_truth(c, good, "valid", 0), 1);
    assert_string_equal(cmk_text(c, good, "algorithm"), "ES256");
    assert_string_equal(cmk_text(c, good, "type"), "test");
    assert_string_equal(cmk_text(c, good, "payload"), "aGVsbG8=");
    assert_int_equal(c->json->count(c, cmk_get(c, good, "chain")), 1);
    const struct cmk_value *bad = t->jws(c, "x.y.z", bytes(&leaf));
    assert_int_equal(cmk_truth(c, bad, "valid", 1), 0);
    assert_non_null(cmk_text(c, bad, "error"));
    assert_null(cmk_get(c, bad, "payload"));
    bad = t->jws(c, proof, bytes(&issuing));
    assert_int_equal(cmk_truth(c, bad, "valid", 1), 0);
    assert_string_equal(cmk_text(c, bad, "error"), "the first certificate of x5c is another one");
    assert_null(t->jws(c, NULL, bytes(&leaf)));
    assert_null(t->jws(c, proof, NONE));
    return CMK_PASS;
}

static int32_t
verifies_with_junk(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(tools(c)->jws(c, proof, JUNK));
    return CMK_PASS;
}

static void
signed_texts_are_verified(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(sizeof proof - 1);
    CM_CLEANUP(cm_buf_done) struct cm_buf base64 = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    put_base64(&base64, w.leaf);
    const char *x5c[] = {cm_buf_text(&base64)};
    assert_true(cm_jws_sign(&text, w.key, "test", x5c, 1, "hello", 5, &err));
    memcpy(proof, text.at, text.size + 1);
    PURE_SCENE(s, "{}");
    assert_int_equal(pear_answer(&s, verifies).word, CM_PASS);
    struct cm_answer junk = pear_answer(&s, verifies_with_junk);
    assert_unknown(&junk, CM_E_MALFORMED,
                   "a certificate: not a certificate in DER, or one with bytes behind it");
}

/* ---- whom it is given to ---- */

static int32_t
does_nothing_any_more(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = tools(c);
    const struct cmk_chain_request ask = request_of(NULL, NULL);
    (void)x;
    assert_null(c->base->query(c, CMK_CERTIFICATES, sizeof *t + 1));
    cmk_fail(c, CMK_E_CONFIG, "once");
    assert_null(t->read(c, "certificate", bytes(&pem)));
    assert_null(t->certificate(c, bytes(&leaf)));
    assert_null(t->name(c, "CN=a"));
    assert_null(t->show_name(c, c->options));
    assert_int_equal(t->same(c, c->options, c->options), 0);
    assert_null(t->chain(c, &ask));
    assert_null(t->ocsp_request(c, bytes(&leaf), bytes(&issuing)));
    assert_null(t->ocsp_answer(c, JUNK, bytes(&leaf), bytes(&issuing), 0));
    assert_null(t->jws(c, "x", bytes(&leaf)));
    return CMK_PASS;
}

static void
a_failed_call_does_nothing(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer failed = pear_answer(&s, does_nothing_any_more);
    assert_unknown(&failed, CM_E_CONFIG, "once");
}

static void
looks_for_it(struct cmk_call *c, const struct cmk_collect *k)
{
    (void)k;
    assert_non_null(tools(c));
    assert_non_null(c->base->query(c, CMK_CERTIFICATES, 8));
    assert_null(c->base->query(c, "certificate", 8));
}

static void
those_who_ask_get_it_too(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    collect_well(&s, looks_for_it);
}

static int
begin(void **state)
{
    (void)state;
    w = world_begin();
    leaf = issuing = list = pem = (struct cm_buf)CM_BUF_INIT(1 << 16);
    X509_CRL *made =
        make_list(&(struct listing){.issuer = w.issuing, .signer = w.key, .number = 7});
    put_der(&leaf, w.leaf);
    put_der(&issuing, w.issuing);
    put_list_der(&list, made);
    put_pem(&pem, w.leaf);
    X509_CRL_free(made);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    world_done(&w);
    cm_buf_done(&leaf);
    cm_buf_done(&issuing);
    cm_buf_done(&list);
    cm_buf_done(&pem);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_values),
        cmocka_unit_test(what_is_malformed_fails_the_call),
        cmocka_unit_test(names_are_read_compared_and_shown),
        cmocka_unit_test(what_is_no_name_fails_the_call),
        cmocka_unit_test(chains_are_judged_at_a_time),
        cmocka_unit_test(a_request_is_looked_through),
        cmocka_unit_test(responders_are_asked_and_answer),
        cmocka_unit_test(signed_texts_are_verified),
        cmocka_unit_test(a_failed_call_does_nothing),
        cmocka_unit_test(those_who_ask_get_it_too),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
