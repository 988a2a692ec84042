/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation lists. Which one of several counts is decided here, by their numbers, and not left to
 * OpenSSL, for which the first one of the same second does.
 */
#include "x509/chain_inside.h"

#include "base/json.h"
#include "x509/asn1.h"
#include "x509/name.h"
#include "x509/strength.h"

#include <openssl/err.h>
#include <string.h>

/* A list that the issuer has signed. */
struct candidate {
    X509_CRL *list; /* borrowed */
    ASN1_INTEGER *number;
    int64_t from, to;
    bool ends; /* there is a `to` */
};

struct candidates {
    struct candidate *all;
    size_t count;
    bool numbered; /* each has a number */
};

static void
candidates_done(struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        ASN1_INTEGER_free(c->all[i].number);
    OPENSSL_free(c->all);
}

/* ---- which lists are the issuer's ---- */

/* The name alone proves nothing: another authority may carry the same. */
static bool
is_signed_by(X509_CRL *list, X509 *issuer)
{
    bool done = X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 &&
                X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return done;
}

static bool
read_number(X509_CRL *list, ASN1_INTEGER **ret)
{
    int critical;
    ASN1_INTEGER *number = X509_CRL_get_ext_d2i(list, NID_crl_number, &critical, NULL);
    ERR_clear_error();
    *ret = number;
    return number != NULL ? ASN1_STRING_type(number) == V_ASN1_INTEGER : critical == -1;
}

static bool
read_candidate(struct cm_chain *chain, int index, X509_CRL *list, struct candidate *ret)
{
    const ASN1_TIME *until = X509_CRL_get0_nextUpdate(list);
    if (X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) >= 0)
        return cm_chain_refuse(chain, index, "form",
                               "the revocation list of its issuer holds changes only (a delta "
                               "list): take the whole one");
    ret->list = list;
    ret->ends = until != NULL;
    if (!read_number(list, &ret->number) ||
        !cm_asn1_seconds(X509_CRL_get0_lastUpdate(list), &ret->from) ||
        (until != NULL && !cm_asn1_seconds(until, &ret->to)))
        return cm_chain_refuse(chain, index, "form",
                               "a number or a time in a revocation list cannot be read");
    return true;
}

static bool
gather(struct cm_chain *chain, int index, X509 *issuer, struct candidates *ret)
{
    int most = sk_X509_CRL_num(chain->lists);
    ret->numbered = true;
    ret->all = most > 0 ? OPENSSL_zalloc((size_t)most * sizeof *ret->all) : NULL;
    if (ret->all == NULL)
        return most <= 0 || cm_chain_refuse(chain, index, "form", "out of memory");
    for (int i = 0; i < most; i++) {
        X509_CRL *list = sk_X509_CRL_value(chain->lists, i);
        if (!is_signed_by(list, issuer))
            continue;
        struct candidate *one = &ret->all[ret->count++];
        if (!read_candidate(chain, index, list, one))
            return false;
        ret->numbered = ret->numbered && one->number != NULL;
    }
    return true;
}

/* ---- which one counts ---- */

/* Numbers only say something where all have one. */
static int
compare(const struct candidates *c, const struct candidate *a, const struct candidate *b)
{
    if (c->numbered)
        return ASN1_INTEGER_cmp(a->number, b->number);
    return (a->from > b->from) - (a->from < b->from);
}

static const struct candidate *
newest(const struct candidates *c)
{
    const struct candidate *best = c->count > 0 ? &c->all[0] : NULL;
    for (size_t i = 1; i < c->count; i++)
        if (compare(c, &c->all[i], best) > 0)
            best = &c->all[i];
    return best;
}

static bool
is_same_list(X509_CRL *a, X509_CRL *b)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *one = NULL;
    CM_CLEANUP(cm_openssl_free) unsigned char *other = NULL;
    int size = i2d_X509_CRL(a, &one), other_size = i2d_X509_CRL(b, &other);
    return size > 0 && size == other_size && memcmp(one, other, (size_t)size) == 0;
}

static bool
is_unrivalled(struct cm_chain *chain, int index, const struct candidates *c,
              const struct candidate *best)
{
    for (size_t i = 0; i < c->count; i++)
        if (compare(c, &c->all[i], best) == 0 && !is_same_list(c->all[i].list, best->list))
            return cm_chain_refuse(
                chain, index, "form",
                "there are two different revocation lists of its issuer with the same %s; keep the "
                "one that is in force",
                c->numbered ? "number" : "time, and not each list has a number");
    return true;
}

/* ---- what it says ---- */

static bool
set_times(json_t *to, const X509_CRL *list, bool *ok)
{
    char from[CM_ASN1_TIME_SIZE], until[CM_ASN1_TIME_SIZE];
    cm_asn1_time(X509_CRL_get0_lastUpdate(list), from);
    cm_asn1_time(X509_CRL_get0_nextUpdate(list), until);
    cm_json_set_text(to, "this_update", from, ok);
    if (until[0] != '\0')
        cm_json_set_text(to, "next_update", until, ok);
    return *ok;
}

static bool
remember(struct cm_chain *chain, const struct candidate *one)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    CM_CLEANUP(cm_json_done) json_t *told = json_object();
    struct cm_err ignored = CM_ERR_INIT;
    json_t *issuer = NULL;
    bool ok = told != NULL && cm_name_value(X509_CRL_get_issuer(one->list), &issuer, &ignored);
    int size = i2d_X509_CRL(one->list, &der);
    cm_json_set(told, "issuer", issuer, &ok);
    if (one->number != NULL)
        cm_json_set(told, "number", cm_asn1_number(one->number), &ok);
    cm_json_set(told, "sha256", cm_asn1_sha256(der, size), &ok);
    return set_times(told, one->list, &ok) &&
           json_array_append_new(chain->used, CM_TAKE(told)) == 0;
}

/* All that is critical says that the list is not simply one of all certificates of its issuer. */
static bool
is_complete(struct cm_chain *chain, int index, X509_CRL *list)
{
    if (X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) >= 0)
        return cm_chain_refuse(chain, index, "form",
                               "the revocation list of its issuer covers only a part of the "
                               "certificates, or those of others (issuing distribution point)");
    if (X509_CRL_get_ext_by_critical(list, 1, -1) >= 0)
        return cm_chain_refuse(chain, index, "form",
                               "the revocation list of its issuer has a critical extension that is "
                               "not understood");
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++)
        if (X509_REVOKED_get_ext_by_critical(sk_X509_REVOKED_value(entries, i), 1, -1) >= 0)
            return cm_chain_refuse(chain, index, "form",
                                   "an entry of the revocation list of its issuer has a critical "
                                   "extension that is not understood");
    return true;
}

static bool
may_be_used(struct cm_chain *chain, int index, X509 *issuer, const struct candidate *one)
{
    const X509_ALGOR *algorithm;
    char time[CM_ASN1_TIME_SIZE];
    X509_CRL_get0_signature(one->list, NULL, &algorithm);
    if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0)
        return cm_chain_refuse(chain, index, "form",
                               "the key usage of its issuer does not allow "
                               "signing revocation lists");
    if (cm_strength_of_signature(algorithm) < chain->strength)
        return cm_chain_refuse(chain, index, "weak",
                               "the signature of its issuer's revocation list has a strength of %d "
                               "bits; %d are demanded",
                               cm_strength_of_signature(algorithm), chain->strength);
    cm_asn1_time(X509_CRL_get0_lastUpdate(one->list), time);
    if (one->from > chain->at)
        return cm_chain_refuse(chain, index, "no-list",
                               "the revocation list of its issuer is valid from %s only", time);
    return is_complete(chain, index, one->list);
}

/* A list that has run out still tells who was revoked by it. */
static bool
is_good(struct cm_chain *chain, int index, const struct candidate *one)
{
    char time[CM_ASN1_TIME_SIZE], room[CM_CHAIN_NAME_SIZE];
    X509_REVOKED *entry = NULL;
    X509 *link = sk_X509_value(chain->built, index);
    if (X509_CRL_get0_by_cert(one->list, &entry, link) != 0) {
        cm_asn1_time(entry != NULL ? X509_REVOKED_get0_revocationDate(entry) : NULL, time);
        return cm_chain_refuse(chain, index, "revoked", "%s was revoked on %s",
                               cm_chain_name(link, room), time);
    }
    if (!one->ends)
        return cm_chain_refuse(chain, index, "form",
                               "the revocation list of its issuer does not say how long it holds");
    cm_asn1_time(X509_CRL_get0_nextUpdate(one->list), time);
    if (one->to < chain->at)
        return cm_chain_refuse(chain, index, "stale-list",
                               "the revocation list of its issuer was valid until %s", time);
    return true;
}

bool
cm_chain_look_up(struct cm_chain *chain, int index)
{
    CM_CLEANUP(candidates_done) struct candidates all = {.count = 0};
    X509 *issuer = sk_X509_value(chain->built, index + 1);
    char room[CM_CHAIN_NAME_SIZE];
    if (!gather(chain, index, issuer, &all))
        return false;
    const struct candidate *best = newest(&all);
    if (best == NULL && chain->is->revocation)
        return cm_chain_refuse(chain, index, "no-list",
                               "there is no revocation list of its issuer, signed with its key: "
                               "%s",
                               cm_chain_name(issuer, room));
    if (best == NULL)
        return true;
    if (!is_unrivalled(chain, index, &all, best))
        return false;
    if (!remember(chain, best))
        return cm_chain_refuse(chain, index, "form", "out of memory");
    return may_be_used(chain, index, issuer, best) && is_good(chain, index, best);
}
