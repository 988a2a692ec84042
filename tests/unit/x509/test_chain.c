/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* ---- what is good ---- */

static void
a_chain_to_a_root_is_valid(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_json_done)
    json_t *answer =
        world_judge(&w, &(struct asking){.others = X509S(w.issuing), .anchors = X509S(w.root)});
    assert_true(cm_json_bool(answer, "valid", false));
    assert_int_equal(json_array_size(json_object_get(answer, "chain")), 3);
    assert_string_equal(json_string_value(cm_json_path(answer, "chain.0.subject.1.0.text")),
                        "build-7");
    assert_string_equal(json_string_value(cm_json_path(answer, "chain.2.subject.1.0.text")),
                        "root");
    assert_null(json_object_get(answer, "error"));
    assert_null(json_object_get(answer, "at"));
    assert_int_equal(json_array_size(json_object_get(answer, "lists")), 0);
    assert_judged(json_incref(answer), NULL, NULL);
}

/* An issuing authority may be trusted without its root. */
static void
an_issuing_authority_can_be_the_anchor(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_json_done)
    json_t *answer = world_judge(&w, &(struct asking){.anchors = X509S(w.issuing)});
    assert_int_equal(json_array_size(json_object_get(answer, "chain")), 2);
    assert_judged(json_incref(answer), NULL, NULL);
    assert_judged(world_judge(&w, &(struct asking){.others = X509S(w.issuing, w.root, w.leaf),
                                                   .anchors = X509S(w.root, w.issuing)}),
                  NULL, NULL);
}

/* ---- whom nobody trusts ---- */

static void
nobody_trusted_issued_it(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    assert_judged(world_judge(&w, &(struct asking){.anchors = NULL}), "untrusted",
                  "none of the trusted certificates issued CN=build-7,O=Acme");
    assert_judged(world_judge(&w, &(struct asking){.anchors = X509S(w.root)}), "untrusted",
                  "CN=build-7");
    assert_judged(world_judge(&w, &(struct asking){.others = X509S(w.issuing)}), "untrusted",
                  "none of the trusted certificates issued CN=issuing,O=Acme");
    assert_judged(world_judge(&w, &(struct asking){.others = X509S(w.issuing, w.root)}),
                  "untrusted", "not trusted is the root CN=root,O=Acme");
}

static void
a_leaf_is_no_anchor(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    assert_judged(world_judge(&w, &(struct asking){.anchors = X509S(w.leaf)}), "untrusted",
                  "it stands among the trusted certificates itself");
    assert_judged(world_judge(&w, &(struct asking){.others = X509S(w.issuing),
                                                   .anchors = X509S(w.root, w.leaf)}),
                  "untrusted", "it stands among the trusted certificates itself");
    CM_CLEANUP(cm_x509_done)
    X509 *alone = make_certificate(
        &(struct making){.subject = "CN=alone", .key = w.key, .extensions = LEAF_EXTENSIONS});
    assert_judged(world_judge(&w, &(struct asking){.leaf = alone, .anchors = X509S(w.root)}),
                  "untrusted", "nobody but itself issued CN=alone");
}

/* The same name, another key: with and without a key identifier that would tell them apart. */
static void
the_name_of_an_issuer_proves_nothing(void **state)
{
    const char *const *const sets[] = {
        LEAF_EXTENSIONS, EXTENSIONS("keyUsage=digitalSignature", "extendedKeyUsage=clientAuth")};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(sets); i++) {
        CM_CLEANUP(cm_x509_done)
        X509 *evil = make_certificate(&(struct making){
            .subject = "O=Acme/CN=issuing", .key = w.other_key, .extensions = CA_EXTENSIONS});
        CM_CLEANUP(cm_x509_done)
        X509 *leaf = make_certificate(&(struct making){.subject = "O=Acme/CN=build-7",
                                                       .key = w.key,
                                                       .issuer = evil,
                                                       .signer = w.other_key,
                                                       .extensions = sets[i]});
        assert_judged(world_judge(&w, &(struct asking){.leaf = leaf,
                                                       .others = X509S(evil),
                                                       .anchors = X509S(w.issuing),
                                                       .lax = true}),
                      "untrusted", "");
    }
}

static void
no_leaf_issues_another(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *child = make_certificate(&(struct making){
        .subject = "CN=child", .key = w.key, .issuer = w.leaf, .extensions = LEAF_EXTENSIONS});
    assert_judged(world_judge(&w, &(struct asking){.leaf = child,
                                                   .others = X509S(w.leaf, w.issuing),
                                                   .anchors = X509S(w.root)}),
                  "purpose", "CN=build-7");
    assert_judged(
        world_judge(&w, &(struct asking){.leaf = child, .anchors = X509S(w.leaf), .lax = true}),
        "purpose", "CN=build-7");
}

/* ---- when ---- */

static void
it_is_judged_at_the_time_that_is_said(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    struct asking ask = {.anchors = X509S(w.issuing), .at = MADE_AT + 11 * DAY};
    assert_judged(world_judge(&w, &ask), "expired",
                  "CN=build-7,O=Acme was valid until 2026-01-12T00:00:00Z");
    ask.at = MADE_AT - 2 * DAY;
    assert_judged(world_judge(&w, &ask), "not-yet-valid",
                  "CN=build-7,O=Acme is valid from 2026-01-01T00:00:00Z");
    ask.at = MADE_AT + 9 * DAY;
    assert_judged(world_judge(&w, &ask), NULL, NULL);
}

/* Anchors, too: an authority that has run out vouches for nobody. */
static void
every_link_has_its_time(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *past = make_certificate(&(struct making){.subject = "O=Acme/CN=issuing",
                                                   .key = w.key,
                                                   .issuer = w.root,
                                                   .to = MADE_AT - 1,
                                                   .extensions = CA_EXTENSIONS});
    assert_judged(world_judge(&w, &(struct asking){.anchors = X509S(past)}), "expired",
                  "CN=issuing");
    assert_judged(
        world_judge(&w, &(struct asking){.others = X509S(past), .anchors = X509S(w.root)}),
        "expired", "CN=issuing");
}

/* ---- what for ---- */

#define KU  "keyUsage=critical,digitalSignature"
#define IDS "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"

static void
a_client_says_so_itself(void **state)
{
    const struct {
        const char *const *extensions;
        const char *class, *says;
    } rows[] = {
        {EXTENSIONS(KU, IDS), "purpose", "it has no extended key usage"},
        {EXTENSIONS(KU, IDS, "extendedKeyUsage=anyExtendedKeyUsage"), "purpose",
         "does not allow TLS client"},
        {EXTENSIONS(KU, IDS, "extendedKeyUsage=serverAuth"), "purpose",
         "does not allow TLS client"},
        {EXTENSIONS(KU, IDS, "extendedKeyUsage=serverAuth,clientAuth"), NULL, NULL},
        {EXTENSIONS(KU, IDS, "extendedKeyUsage=anyExtendedKeyUsage,clientAuth"), NULL, NULL},
        {EXTENSIONS("keyUsage=keyEncipherment", IDS, "extendedKeyUsage=clientAuth"), "purpose", ""},
        {EXTENSIONS(KU, IDS, "extendedKeyUsage=clientAuth", "1.2.3.4=critical,DER:0500"), "form",
         "unhandled critical extension"},
    };
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_x509_done) X509 *leaf = world_leaf(&w, rows[i].extensions);
        assert_judged(world_judge(&w, &(struct asking){.leaf = leaf, .anchors = X509S(w.issuing)}),
                      rows[i].class, rows[i].says);
    }
}

static void
an_authority_is_no_client(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = world_leaf(&w, EXTENSIONS("basicConstraints=critical,CA:true",
                                           "keyUsage=critical,keyCertSign,digitalSignature", IDS,
                                           "extendedKeyUsage=clientAuth"));
    assert_judged(world_judge(&w, &(struct asking){.leaf = leaf, .anchors = X509S(w.issuing)}),
                  "purpose", "it is that of an authority");
}

static void
an_authority_may_be_for_something_else(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *servers = make_certificate(&(struct making){
        .subject = "CN=servers",
        .key = w.key,
        .issuer = w.root,
        .extensions = EXTENSIONS("basicConstraints=critical,"
                                 "CA:true",
                                 "keyUsage=keyCertSign", IDS, "extendedKeyUsage=serverAuth")});
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){
        .subject = "CN=x", .key = w.key, .issuer = servers, .extensions = LEAF_EXTENSIONS});
    assert_judged(
        world_judge(
            &w, &(struct asking){.leaf = leaf, .others = X509S(servers), .anchors = X509S(w.root)}),
        "purpose", "CN=servers");
}

/* ---- how ---- */

static void
old_versions_are_refused(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *old = make_certificate(
        &(struct making){.subject = "CN=old", .key = w.key, .version = 1, .serial = 5});
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){
        .subject = "CN=x",
        .key = w.key,
        .issuer = old,
        .extensions = EXTENSIONS("keyUsage=digitalSignature", "extendedKeyUsage=clientAuth",
                                 "authorityKeyIdentifier=DER:3006800401020304")});
    struct asking ask = {.leaf = leaf, .anchors = X509S(old)};
    assert_judged(world_judge(&w, &ask), "purpose", "CN=old");
    ask.lax = true;
    assert_judged(world_judge(&w, &ask), NULL, NULL);
}

/* Version 2 can carry no extension for OpenSSL to look at, but these say that it has some. */
static void
a_leaf_is_of_version_3(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){.subject = "CN=x",
                                                   .key = w.key,
                                                   .issuer = w.issuing,
                                                   .version = 2,
                                                   .extensions = LEAF_EXTENSIONS});
    assert_judged(
        world_judge(&w, &(struct asking){.leaf = leaf, .anchors = X509S(w.issuing), .lax = true}),
        "form", "CN=x is not of version 3");
}

/* RFC 5280 demands a subject key identifier of each authority. */
static void
lax_is_for_old_authorities(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *bare = make_certificate(&(struct making){
        .subject = "CN=bare", .key = w.key, .extensions = EXTENSIONS("basicConstraints=CA:true")});
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){
        .subject = "CN=x",
        .key = w.key,
        .issuer = bare,
        .extensions = EXTENSIONS("keyUsage=digitalSignature", "extendedKeyUsage=clientAuth")});
    struct asking ask = {.leaf = leaf, .anchors = X509S(bare)};
    assert_judged(world_judge(&w, &ask), "form", "");
    ask.lax = true;
    assert_judged(world_judge(&w, &ask), NULL, NULL);
}

/* A key that may sign certificates makes no authority of who does not say to be one. */
static void
lax_is_not_for_anybody(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *signing =
        make_certificate(&(struct making){.subject = "CN=signing",
                                          .key = w.key,
                                          .issuer = w.root,
                                          .extensions = EXTENSIONS("keyUsage=keyCertSign", IDS)});
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){
        .subject = "CN=x", .key = w.key, .issuer = signing, .extensions = LEAF_EXTENSIONS});
    struct asking ask = {
        .leaf = leaf, .others = X509S(signing), .anchors = X509S(w.root), .lax = true};
    assert_judged(world_judge(&w, &ask), "purpose", "CN=signing");
    ask.anchors = X509S(signing);
    assert_judged(world_judge(&w, &ask), "form", "CN=signing does not say that it is an authority");
}

static void
a_key_names_its_curve(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key("P-256");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){.subject = "CN=x",
                                                   .key = key,
                                                   .issuer = w.issuing,
                                                   .signer = w.key,
                                                   .extensions = LEAF_EXTENSIONS});
    struct asking ask = {.leaf = leaf, .anchors = X509S(w.issuing)};
    assert_judged(world_judge(&w, &ask), "form", "CN=x");
    ask.lax = true;
    assert_judged(world_judge(&w, &ask), "form", "CN=x");
}

static void
the_way_is_short(void **state)
{
    X509 *all[8] = {NULL};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (int i = 0; i < 6; i++) {
        char subject[32];
        (void)snprintf(subject, sizeof subject, "CN=ca-%d", i);
        all[i] = make_certificate(&(struct making){.subject = subject,
                                                   .key = w.key,
                                                   .issuer = i > 0 ? all[i - 1] : w.root,
                                                   .extensions = CA_EXTENSIONS});
        CM_CLEANUP(cm_x509_done)
        X509 *leaf = make_certificate(&(struct making){
            .subject = "CN=x", .key = w.key, .issuer = all[i], .extensions = LEAF_EXTENSIONS});
        assert_judged(
            world_judge(&w,
                        &(struct asking){.leaf = leaf, .others = all, .anchors = X509S(w.root)}),
            i < 4 ? NULL : "form", "");
    }
    for (int i = 0; i < 6; i++)
        X509_free(all[i]);
}

/* ---- how strong ---- */

static void
each_key_is_strong_enough(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *weak = make_key("RSA1024");
    CM_CLEANUP(cm_x509_done)
    X509 *leaf = make_certificate(&(struct making){.subject = "CN=weak",
                                                   .key = weak,
                                                   .issuer = w.issuing,
                                                   .signer = w.key,
                                                   .extensions = LEAF_EXTENSIONS});
    struct asking ask = {.leaf = leaf, .anchors = X509S(w.issuing)};
    assert_judged(world_judge(&w, &ask), "weak",
                  "the key of CN=weak has a strength of 80 bits; 112 are demanded");
    ask.strength = 80;
    assert_judged(world_judge(&w, &ask), NULL, NULL);
    assert_judged(world_judge(&w, &(struct asking){.anchors = X509S(w.issuing), .strength = 129}),
                  "weak", "the key of CN=build-7");
    CM_CLEANUP(cm_x509_done)
    X509 *anchor = make_certificate(
        &(struct making){.subject = "CN=weak root", .key = weak, .extensions = CA_EXTENSIONS});
    CM_CLEANUP(cm_x509_done)
    X509 *child = make_certificate(&(struct making){.subject = "CN=x",
                                                    .key = w.key,
                                                    .issuer = anchor,
                                                    .signer = weak,
                                                    .extensions = LEAF_EXTENSIONS});
    assert_judged(world_judge(&w, &(struct asking){.leaf = child, .anchors = X509S(anchor)}),
                  "weak", "the key of CN=weak root");
}

/* Of an anchor it is the key that is trusted, and not who signed it. */
static void
each_signature_is_strong_enough(void **state)
{
    static const char *const digests[] = {"SHA1", "MD5"};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *rsa = make_key("RSA2048");
    for (size_t i = 0; i < CM_COUNT(digests); i++) {
        CM_CLEANUP(cm_x509_done)
        X509 *root = make_certificate(&(struct making){.subject = "CN=old root",
                                                       .key = rsa,
                                                       .digest = digests[i],
                                                       .extensions = CA_EXTENSIONS});
        CM_CLEANUP(cm_x509_done)
        X509 *good = make_certificate(&(struct making){.subject = "CN=good",
                                                       .key = w.key,
                                                       .issuer = root,
                                                       .signer = rsa,
                                                       .extensions = LEAF_EXTENSIONS});
        CM_CLEANUP(cm_x509_done)
        X509 *weak = make_certificate(&(struct making){.subject = "CN=weak",
                                                       .key = w.key,
                                                       .issuer = root,
                                                       .signer = rsa,
                                                       .digest = digests[i],
                                                       .extensions = LEAF_EXTENSIONS});
        assert_judged(world_judge(&w, &(struct asking){.leaf = good, .anchors = X509S(root)}), NULL,
                      NULL);
        assert_judged(
            world_judge(&w, &(struct asking){.leaf = weak, .anchors = X509S(root), .strength = 1}),
            "weak", "the signature of CN=weak has a strength of 0 bits");
    }
}

static void
strength_is_known_for_all_algorithms(void **state)
{
    static const char *const keys[] = {"ED25519", "P-384", "RSA3072"};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(keys); i++) {
        CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = make_key(keys[i]);
        CM_CLEANUP(cm_x509_done)
        X509 *root = make_certificate(
            &(struct making){.subject = "CN=r", .key = key, .extensions = CA_EXTENSIONS});
        CM_CLEANUP(cm_x509_done)
        X509 *leaf = make_certificate(&(struct making){.subject = "CN=x",
                                                       .key = w.key,
                                                       .issuer = root,
                                                       .signer = key,
                                                       .extensions = LEAF_EXTENSIONS});
        assert_judged(
            world_judge(&w,
                        &(struct asking){.leaf = leaf, .anchors = X509S(root), .strength = 128}),
            NULL, NULL);
    }
}

/* ---- how it is told ---- */

static void
long_names_are_cut(void **state)
{
    char subject[500] = "CN=\x1b[31m";
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0, end = strlen(subject); i < 8; i++, end = strlen(subject))
        (void)snprintf(subject + end, sizeof subject - end,
                       "/OU=M\xc3\xbcller M\xc3\xbcller M\xc3\xbcller M\xc3\xbcller");
    CM_CLEANUP(cm_x509_done)
    X509 *leaf =
        make_certificate(&(struct making){.subject = subject, .key = w.key, .issuer = w.issuing});
    CM_CLEANUP(cm_json_done)
    json_t *answer = world_judge(&w, &(struct asking){.leaf = leaf, .anchors = X509S(w.root)});
    const char *error = cm_json_text(answer, "error");
    assert_non_null(strstr(error, "none of the trusted certificates issued OU=M\xc3\xbcller"));
    assert_string_equal(error + strlen(error) - 3, "...");
    assert_true(strlen(error) < 260);
    assert_null(strchr(error, '\x1b'));
}

/* ---- what is no question ---- */

static void
what_is_malformed_is_said(void **state)
{
    static const struct cm_chain_piece junk[] = {{"junk", 4}};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    put_der(&der, w.leaf);
    const struct cm_chain_piece leaf = {der.at, der.size};
    const struct {
        struct cm_chain_ask ask;
        const char *says;
    } rows[] = {
        {{.leaf = junk[0]}, "the leaf: not a certificate"},
        {{.leaf = leaf, .others = junk, .other_count = 1}, "other certificate 1: not a"},
        {{.leaf = leaf, .anchors = junk, .anchor_count = 1}, "trusted certificate 1: not a"},
        {{.leaf = leaf, .lists = junk, .list_count = 1}, "revocation list 1: not a"},
        {{.leaf = leaf, .other_count = 33}, "more than 32"},
        {{.leaf = leaf, .anchor_count = 1001}, "1000 trusted"},
        {{.leaf = leaf, .list_count = 1001}, "1000 revocation"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        json_t *answer = NULL;
        assert_false(cm_chain_judge(&rows[i].ask, &answer, &err));
        assert_null(answer);
        assert_says(&err, rows[i].says);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_to_a_root_is_valid),
        cmocka_unit_test(an_issuing_authority_can_be_the_anchor),
        cmocka_unit_test(nobody_trusted_issued_it),
        cmocka_unit_test(a_leaf_is_no_anchor),
        cmocka_unit_test(the_name_of_an_issuer_proves_nothing),
        cmocka_unit_test(no_leaf_issues_another),
        cmocka_unit_test(it_is_judged_at_the_time_that_is_said),
        cmocka_unit_test(every_link_has_its_time),
        cmocka_unit_test(a_client_says_so_itself),
        cmocka_unit_test(an_authority_is_no_client),
        cmocka_unit_test(an_authority_may_be_for_something_else),
        cmocka_unit_test(old_versions_are_refused),
        cmocka_unit_test(a_leaf_is_of_version_3),
        cmocka_unit_test(lax_is_for_old_authorities),
        cmocka_unit_test(lax_is_not_for_anybody),
        cmocka_unit_test(a_key_names_its_curve),
        cmocka_unit_test(the_way_is_short),
        cmocka_unit_test(each_key_is_strong_enough),
        cmocka_unit_test(each_signature_is_strong_enough),
        cmocka_unit_test(strength_is_known_for_all_algorithms),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(what_is_malformed_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
