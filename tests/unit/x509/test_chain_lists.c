/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static X509_CRL *
list_of(const struct world *w, X509 *issuer, struct listing l)
{
    l.issuer = issuer;
    l.signer = l.signer != NULL ? l.signer : w->key;
    return make_list(&l);
}

/* Judges the world's leaf with the issuing authority as its anchor. */
static json_t *
judge(const struct world *w, X509_CRL *const *lists)
{
    return world_judge(
        w, &(struct asking){.anchors = X509S(w->issuing), .lists = lists, .revocation = true});
}

static void
each_link_below_the_anchor_is_looked_up(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *issuing = list_of(&w, w.issuing, (struct listing){.number = 7});
    CM_CLEANUP(cm_crl_done) X509_CRL *root = list_of(&w, w.root, (struct listing){.number = 1});
    struct asking ask = {.others = X509S(w.issuing), .anchors = X509S(w.root), .revocation = true};
    assert_judged(world_judge(&w, &ask), "no-list", "signed with its key: CN=issuing,O=Acme");
    ask.lists = LISTS(issuing);
    assert_judged(world_judge(&w, &ask), "no-list", "signed with its key: CN=root,O=Acme");
    ask.lists = LISTS(root, issuing);
    CM_CLEANUP(cm_json_done) json_t *answer = world_judge(&w, &ask);
    assert_judged(json_incref(answer), NULL, NULL);
    assert_int_equal(json_array_size(json_object_get(answer, "lists")), 2);
    assert_string_equal(json_string_value(cm_json_path(answer, "lists.0.number")), "7");
    assert_string_equal(json_string_value(cm_json_path(answer, "lists.0.this_update")),
                        "2026-01-01T23:00:00Z");
    assert_string_equal(json_string_value(cm_json_path(answer, "lists.0.next_update")),
                        "2026-01-03T00:00:00Z");
    assert_string_equal(json_string_value(cm_json_path(answer, "lists.1.issuer.1.0.text")), "root");
    assert_int_equal(strlen(json_string_value(cm_json_path(answer, "lists.1.sha256"))), 64);
}

static void
nobody_needs_a_list_unless_it_is_asked_for(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *revoked = list_of(&w, w.issuing, (struct listing){.number = 7, .revoked = 3});
    struct asking ask = {.anchors = X509S(w.issuing)};
    assert_judged(world_judge(&w, &ask), NULL, NULL);
    ask.lists = LISTS(revoked);
    assert_judged(world_judge(&w, &ask), "revoked", "CN=build-7,O=Acme was revoked on 2026-01-01");
}

static void
any_link_can_be_revoked(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *issuing = list_of(&w, w.issuing, (struct listing){.number = 7, .revoked = 4});
    CM_CLEANUP(cm_crl_done)
    X509_CRL *root = list_of(&w, w.root, (struct listing){.number = 7, .revoked = 2});
    assert_judged(world_judge(&w, &(struct asking){.others = X509S(w.issuing),
                                                   .anchors = X509S(w.root),
                                                   .lists = LISTS(issuing, root),
                                                   .revocation = true}),
                  "revoked", "CN=issuing,O=Acme was revoked");
    assert_judged(judge(&w, LISTS(issuing)), NULL, NULL);
}

/* ---- which of several ---- */

/* In either order: OpenSSL takes the first one of the same second. */
static void
assert_counts(const struct world *w, const struct listing *good, const struct listing *bad,
              const char *class, const char *says)
{
    CM_CLEANUP(cm_crl_done) X509_CRL *one = list_of(w, w->issuing, *good);
    CM_CLEANUP(cm_crl_done) X509_CRL *other = list_of(w, w->issuing, *bad);
    assert_judged(judge(w, LISTS(one, other)), class, says);
    assert_judged(judge(w, LISTS(other, one)), class, says);
}

static void
the_highest_number_counts(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    const struct listing old_good = {.number = 9}, new_bad = {.number = 10, .revoked = 3};
    const struct listing new_good = {.number = 300}, old_bad = {.number = 255, .revoked = 3};
    assert_counts(&w, &old_good, &new_bad, "revoked", "");
    assert_counts(&w, &new_good, &old_bad, NULL, NULL);
    const struct listing late = {.number = 9, .from = MADE_AT - 60},
                         early = {.number = 10, .from = MADE_AT - 7200, .revoked = 3};
    assert_counts(&w, &late, &early, "revoked", "");
}

static void
numbers_are_as_long_as_they_like(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *big =
        list_of(&w, w.issuing,
                (struct listing){.number = -1,
                                 .extensions = EXTENSIONS("2.5.29.20=DER:"
                                                          "02110100000000000000000000000000"
                                                          "000000")});
    CM_CLEANUP(cm_crl_done)
    X509_CRL *small = list_of(&w, w.issuing, (struct listing){.number = 0x7fffffff, .revoked = 3});
    CM_CLEANUP(cm_json_done) json_t *answer = judge(&w, LISTS(small, big));
    assert_string_equal(json_string_value(cm_json_path(answer, "lists.0.number")),
                        "340282366920938463463374607431768211456");
    assert_judged(json_incref(answer), NULL, NULL);
}

static void
without_numbers_the_time_counts(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    const struct listing good = {.number = -1, .from = MADE_AT - 7200},
                         bad = {.number = -1, .from = MADE_AT - 60, .revoked = 3};
    assert_counts(&w, &good, &bad, "revoked", "");
    const struct listing numbered = {.number = 99, .from = MADE_AT - 7200};
    assert_counts(&w, &numbered, &bad, "revoked", "");
}

static void
two_that_are_equal_are_none(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    const struct listing good = {.number = 7}, bad = {.number = 7, .revoked = 3};
    assert_counts(&w, &good, &bad, "form", "with the same number; keep the one");
    const struct listing early = {.number = -1}, late = {.number = -1, .revoked = 3};
    assert_counts(&w, &early, &late, "form", "with the same time");
    CM_CLEANUP(cm_crl_done) X509_CRL *one = list_of(&w, w.issuing, good);
    assert_judged(judge(&w, LISTS(one, one)), NULL, NULL);
}

/* ---- whose ---- */

static void
the_name_of_a_list_proves_nothing(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *evil = list_of(&w, w.issuing, (struct listing){.number = 99, .signer = w.other_key});
    CM_CLEANUP(cm_crl_done)
    X509_CRL *own = list_of(&w, w.issuing, (struct listing){.number = 7, .revoked = 3});
    CM_CLEANUP(cm_crl_done) X509_CRL *root = list_of(&w, w.root, (struct listing){.number = 9});
    assert_judged(judge(&w, LISTS(evil)), "no-list", "");
    assert_judged(judge(&w, LISTS(root)), "no-list", "");
    assert_judged(judge(&w, LISTS(evil, own)), "revoked", "");
}

static void
an_authority_may_not_sign_lists(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_x509_done)
    X509 *issuing = make_certificate(&(struct making){
        .subject = "O=Acme/CN=issuing",
        .key = w.key,
        .issuer = w.root,
        .extensions = EXTENSIONS("basicConstraints=critical,"
                                 "CA:true",
                                 "keyUsage=critical,keyCertSign", "subjectKeyIdentifier=hash",
                                 "authorityKeyIdentifier=keyid")});
    CM_CLEANUP(cm_crl_done) X509_CRL *list = list_of(&w, issuing, (struct listing){.number = 7});
    assert_judged(world_judge(&w, &(struct asking){.anchors = X509S(issuing),
                                                   .lists = LISTS(list),
                                                   .revocation = true}),
                  "form", "does not allow signing revocation lists");
}

/* ---- when, how strong, how complete ---- */

static void
a_list_holds_for_a_time(void **state)
{
    const struct {
        struct listing list;
        const char *class, *says;
    } rows[] = {
        {{.number = 7, .to = MADE_AT - 1}, "stale-list", "was valid until 2026-01-01T23:59:59Z"},
        {{.number = 7, .to = MADE_AT}, NULL, NULL},
        {{.number = 7, .to = MADE_AT - 1, .revoked = 3}, "revoked", ""},
        {{.number = 7, .from = MADE_AT + 1}, "no-list", "is valid from 2026-01-02T00:00:01Z only"},
        {{.number = 7, .to = -1}, "form", "does not say how long"},
        {{.number = 7, .to = -1, .revoked = 3}, "revoked", ""},
    };
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_crl_done) X509_CRL *list = list_of(&w, w.issuing, rows[i].list);
        assert_judged(judge(&w, LISTS(list)), rows[i].class, rows[i].says);
    }
}

static void
a_newer_list_that_does_not_hold_is_not_replaced(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    const struct listing good = {.number = 7}, late = {.number = 8, .from = MADE_AT + 1};
    assert_counts(&w, &good, &late, "no-list", "");
}

static void
a_list_is_signed_strongly(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *list = list_of(&w, w.issuing, (struct listing){.number = 7, .digest = "SHA1"});
    assert_judged(judge(&w, LISTS(list)), "weak", "revocation list has a strength of 0 bits");
}

static void
only_whole_lists_count(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"2.5.29.27=critical,DER:020101", "holds changes only"},
        {"2.5.29.27=DER:020101", "holds changes only"},
        {"2.5.29.28=critical,DER:30038101ff", "covers only a part"},
        {"2.5.29.28=critical,DER:30038401ff", "covers only a part"},
        {"2.5.29.28=DER:3000", "covers only a part"},
        {"1.2.3.4=critical,DER:0500", "a critical extension that is not understood"},
    };
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_crl_done)
        X509_CRL *list = list_of(
            &w, w.issuing, (struct listing){.number = 7, .extensions = EXTENSIONS(rows[i].line)});
        assert_judged(judge(&w, LISTS(list)), "form", rows[i].says);
    }
}

static void
a_list_with_an_odd_number_is_none(void **state)
{
    static const char *const lines[] = {"2.5.29.20=DER:0500", "2.5.29.20=DER:0201ff"};
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    for (size_t i = 0; i < CM_COUNT(lines); i++) {
        CM_CLEANUP(cm_crl_done)
        X509_CRL *list = list_of(
            &w, w.issuing, (struct listing){.number = -1, .extensions = EXTENSIONS(lines[i])});
        assert_judged(judge(&w, LISTS(list)), "form", "cannot be read");
    }
}

/* An entry that says of whom it is may speak of a certificate of another issuer. */
static void
an_entry_with_a_critical_extension_breaks_the_list(void **state)
{
    (void)state;
    CM_CLEANUP(world_done) struct world w = world_begin();
    CM_CLEANUP(cm_crl_done)
    X509_CRL *list = list_of(&w, w.issuing, (struct listing){.number = 7, .revoked = 99});
    X509_REVOKED *entry = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), 0);
    X509_EXTENSION *odd = X509V3_EXT_nconf(NULL, NULL, "1.2.3.4", "critical,DER:0500");
    assert_int_equal(X509_REVOKED_add_ext(entry, odd, -1), 1);
    X509_EXTENSION_free(odd);
    assert_true(X509_CRL_sign(list, w.key, EVP_sha256()) > 0);
    assert_judged(judge(&w, LISTS(list)), "form", "an entry of the revocation list");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_link_below_the_anchor_is_looked_up),
        cmocka_unit_test(nobody_needs_a_list_unless_it_is_asked_for),
        cmocka_unit_test(any_link_can_be_revoked),
        cmocka_unit_test(the_highest_number_counts),
        cmocka_unit_test(numbers_are_as_long_as_they_like),
        cmocka_unit_test(without_numbers_the_time_counts),
        cmocka_unit_test(two_that_are_equal_are_none),
        cmocka_unit_test(the_name_of_a_list_proves_nothing),
        cmocka_unit_test(an_authority_may_not_sign_lists),
        cmocka_unit_test(a_list_holds_for_a_time),
        cmocka_unit_test(a_newer_list_that_does_not_hold_is_not_replaced),
        cmocka_unit_test(a_list_is_signed_strongly),
        cmocka_unit_test(only_whole_lists_count),
        cmocka_unit_test(a_list_with_an_odd_number_is_none),
        cmocka_unit_test(an_entry_with_a_critical_extension_breaks_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
