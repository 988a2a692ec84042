/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains. OpenSSL builds and verifies them; what it would let pass is looked at afterwards.
 */
#include "x509/chain.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/asn1.h"
#include "x509/certificate.h"
#include "x509/chain_inside.h"
#include "x509/name.h"
#include "x509/read.h"
#include "x509/strength.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH 4 /* certificates between leaf and anchor */

static void
chain_done(struct cm_chain *chain)
{
    X509_free(chain->leaf);
    sk_X509_pop_free(chain->others, X509_free);
    sk_X509_pop_free(chain->anchors, X509_free);
    sk_X509_pop_free(chain->built, X509_free);
    sk_X509_CRL_pop_free(chain->lists, X509_CRL_free);
    cm_json_done(&chain->used);
}

bool
cm_chain_refuse(struct cm_chain *chain, int index, const char *class, const char *format, ...)
{
    char why[sizeof chain->why];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (chain->class != NULL)
        return false;
    memcpy(chain->why, why, sizeof why);
    chain->class = class;
    chain->index = index;
    return false;
}

/* The bytes of it that fit, ending at a character's border. */
static size_t
fitting(const struct cm_buf *text, size_t most)
{
    size_t used = 0;
    for (size_t step = 0; used < text->size; used += step) {
        uint32_t ignored;
        step = cm_utf8_next(text->at + used, text->size - used, &ignored);
        if (step == 0 || used + step > most)
            break;
    }
    return used;
}

const char *
cm_chain_name(X509 *certificate, char room[CM_CHAIN_NAME_SIZE])
{
    CM_CLEANUP(cm_json_done) json_t *name = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_err ignored = CM_ERR_INIT;
    if (!cm_name_value(X509_get_subject_name(certificate), &name, &ignored) ||
        !cm_name_show(name, &text, &ignored))
        return "a certificate";
    if (text.size == 0)
        return "a certificate without a name";
    size_t size = fitting(&text, CM_CHAIN_NAME_SIZE - sizeof "...");
    (void)snprintf(room, CM_CHAIN_NAME_SIZE, "%.*s%s", (int)size, text.at,
                   size < text.size ? "..." : "");
    return room;
}

/* ---- reading what was handed in ---- */

static bool
read_one(const struct cm_chain_piece *piece, STACK_OF(X509) * to, struct cm_err *err)
{
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    if (!cm_x509_parse(piece->at, piece->size, &read, err))
        return false;
    if (sk_X509_push(to, read) <= 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    (void)CM_TAKE(read);
    return true;
}

static bool
read_pieces(const struct cm_chain_piece *pieces, size_t count, const char *what,
            STACK_OF(X509) * to, struct cm_err *err)
{
    if (to == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (!read_one(&pieces[i], to, err))
            return cm_context(err, "%s %zu", what, i + 1);
    return true;
}

static bool
read_lists(const struct cm_chain_ask *ask, STACK_OF(X509_CRL) * to, struct cm_err *err)
{
    if (to == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < ask->list_count; i++) {
        CM_CLEANUP(cm_crl_done) X509_CRL *read = NULL;
        if (!cm_x509_parse_list(ask->lists[i].at, ask->lists[i].size, &read, err))
            return cm_context(err, "revocation list %zu", i + 1);
        if (sk_X509_CRL_push(to, read) <= 0)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
        (void)CM_TAKE(read);
    }
    return true;
}

static bool
read_all(struct cm_chain *chain, struct cm_err *err)
{
    const struct cm_chain_ask *ask = chain->is;
    if (ask->other_count > CM_CHAIN_OTHERS_MOST || ask->anchor_count > CM_CHAIN_ANCHORS_MOST ||
        ask->list_count > CM_CHAIN_LISTS_MOST)
        return cm_fail(err, CM_E_LIMIT,
                       "more than %d certificates beside the leaf, %d trusted ones or %d "
                       "revocation lists",
                       CM_CHAIN_OTHERS_MOST, CM_CHAIN_ANCHORS_MOST, CM_CHAIN_LISTS_MOST);
    chain->others = sk_X509_new_null();
    chain->anchors = sk_X509_new_null();
    chain->lists = sk_X509_CRL_new_null();
    chain->used = json_array();
    if (!cm_x509_parse(ask->leaf.at, ask->leaf.size, &chain->leaf, err))
        return cm_context(err, "the leaf");
    return read_pieces(ask->others, ask->other_count, "other certificate", chain->others, err) &&
           read_pieces(ask->anchors, ask->anchor_count, "trusted certificate", chain->anchors,
                       err) &&
           read_lists(ask, chain->lists, err);
}

/* ---- what OpenSSL says ---- */

static const struct {
    int error;
    const char *class, *text; /* NULL: OpenSSL's words */
} errors[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "untrusted", "none of the trusted certificates issued"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "untrusted",
     "none of the trusted certificates issued"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "untrusted",
     "none of the trusted certificates issued"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "untrusted", "nobody but itself issued"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "untrusted", "not trusted is the root"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "untrusted",
     "the key of the issuer did not make the signature of"},
    {X509_V_ERR_CERT_UNTRUSTED, "untrusted", NULL},
    {X509_V_ERR_CERT_REJECTED, "untrusted", NULL},
    {X509_V_ERR_INVALID_PURPOSE, "purpose",
     "its extended key usage does not allow TLS client authentication:"},
    {X509_V_ERR_INVALID_CA, "purpose", "no authority, but issuer of another, is"},
    {X509_V_ERR_INVALID_NON_CA, "purpose", NULL},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "purpose", NULL},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "purpose", NULL},
};

static bool
refuse_by_openssl(struct cm_chain *chain, int error, int index)
{
    char room[CM_CHAIN_NAME_SIZE], time[CM_ASN1_TIME_SIZE];
    X509 *at = sk_X509_value(chain->built, index);
    const char *name = cm_chain_name(at != NULL ? at : chain->leaf, room);
    if (error == X509_V_ERR_CERT_HAS_EXPIRED && at != NULL) {
        cm_asn1_time(X509_get0_notAfter(at), time);
        return cm_chain_refuse(chain, index, "expired", "%s was valid until %s", name, time);
    }
    if (error == X509_V_ERR_CERT_NOT_YET_VALID && at != NULL) {
        cm_asn1_time(X509_get0_notBefore(at), time);
        return cm_chain_refuse(chain, index, "not-yet-valid", "%s is valid from %s", name, time);
    }
    for (size_t i = 0; i < CM_COUNT(errors); i++)
        if (errors[i].error == error && errors[i].text != NULL)
            return cm_chain_refuse(chain, index, errors[i].class, "%s %s", errors[i].text, name);
        else if (errors[i].error == error)
            return cm_chain_refuse(chain, index, errors[i].class, "%s: %s", name,
                                   X509_verify_cert_error_string(error));
    return cm_chain_refuse(chain, index, "form", "%s: %s", name,
                           X509_verify_cert_error_string(error));
}

static X509_STORE *
store_of(const struct cm_chain *chain)
{
    CM_CLEANUP(cm_store_done) X509_STORE *store = X509_STORE_new();
    for (int i = 0; store != NULL && i < sk_X509_num(chain->anchors); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(chain->anchors, i)) != 1)
            return NULL;
    return CM_TAKE(store);
}

static void
set_rules(const struct cm_chain *chain, X509_STORE_CTX *context)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(rules, (time_t)chain->at);
    X509_VERIFY_PARAM_set_depth(rules, DEPTH);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN |
                                           (chain->is->lax ? 0UL : X509_V_FLAG_X509_STRICT));
}

static bool
build(struct cm_chain *chain, struct cm_err *err)
{
    CM_CLEANUP(cm_store_done) X509_STORE *store = store_of(chain);
    CM_CLEANUP(cm_storectx_done) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (store == NULL || context == NULL ||
        X509_STORE_CTX_init(context, store, chain->leaf, chain->others) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) != 1)
        return cm_fail(err, CM_E_LIMIT, "no memory to verify a chain");
    set_rules(chain, context);
    int status = X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    chain->built = X509_STORE_CTX_get1_chain(context);
    ERR_clear_error();
    if (error == X509_V_ERR_OUT_OF_MEM || chain->built == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory to verify a chain");
    if (status != 1)
        (void)refuse_by_openssl(chain, error, X509_STORE_CTX_get_error_depth(context));
    return true;
}

/* ---- what OpenSSL lets pass ---- */

/* With partial chains, which issuing authorities as anchors need, a leaf among the anchors would
 * vouch for itself. */
static bool
is_no_anchor(struct cm_chain *chain)
{
    for (int i = 0; i < sk_X509_num(chain->anchors); i++)
        if (X509_cmp(chain->leaf, sk_X509_value(chain->anchors, i)) == 0)
            return cm_chain_refuse(chain, 0, "untrusted",
                                   "it stands among the trusted certificates itself, where only "
                                   "authorities may stand");
    return true;
}

/* OpenSSL takes a certificate without an extended key usage for one that is good for all. */
static bool
leaf_is_for_clients(struct cm_chain *chain)
{
    uint32_t flags = X509_get_extension_flags(chain->leaf);
    if ((flags & EXFLAG_XKUSAGE) == 0)
        return cm_chain_refuse(chain, 0, "purpose",
                               "it has no extended key usage, which must "
                               "list TLS client authentication");
    if ((X509_get_extended_key_usage(chain->leaf) & XKU_SSL_CLIENT) == 0)
        return cm_chain_refuse(chain, 0, "purpose",
                               "its extended key usage does not list TLS "
                               "client authentication");
    if ((flags & EXFLAG_CA) != 0)
        return cm_chain_refuse(chain, 0, "purpose", "it is that of an authority, not of a client");
    return true;
}

/* It says so itself. Where OpenSSL is not strict it takes less from the last one: that its key may
 * sign certificates, or that it is of version 1. */
static bool
is_authority(const struct cm_chain *chain, int index, X509 *link)
{
    bool is_anchor = index == sk_X509_num(chain->built) - 1;
    return X509_check_ca(link) == 1 ||
           (is_anchor && chain->is->lax && X509_get_version(link) != X509_VERSION_3);
}

static bool
link_is_sound(struct cm_chain *chain, int index)
{
    char room[CM_CHAIN_NAME_SIZE];
    X509 *link = sk_X509_value(chain->built, index);
    bool is_anchor = index == sk_X509_num(chain->built) - 1;
    int key = cm_strength_of_key(link);
    int signature = cm_strength_of_signature(X509_get0_tbs_sigalg(link));
    if (X509_get_version(link) != X509_VERSION_3 && !(is_anchor && chain->is->lax))
        return cm_chain_refuse(chain, index, "form", "%s is not of version 3",
                               cm_chain_name(link, room));
    if (index > 0 && !is_authority(chain, index, link))
        return cm_chain_refuse(chain, index, "form", "%s does not say that it is an authority",
                               cm_chain_name(link, room));
    if (key < chain->strength)
        return cm_chain_refuse(chain, index, "weak",
                               "the key of %s has a strength of %d bits; %d are demanded",
                               cm_chain_name(link, room), key, chain->strength);
    if (!is_anchor && signature < chain->strength)
        return cm_chain_refuse(chain, index, "weak",
                               "the signature of %s has a strength of %d bits; %d are demanded",
                               cm_chain_name(link, room), signature, chain->strength);
    return true;
}

static void
look_through(struct cm_chain *chain)
{
    int count = sk_X509_num(chain->built);
    if (!leaf_is_for_clients(chain))
        return;
    for (int i = 0; i < count; i++)
        if (!link_is_sound(chain, i))
            return;
    for (int i = 0; i < count - 1; i++)
        if (!cm_chain_look_up(chain, i))
            return;
}

/* ---- the answer ---- */

static json_t *
tell_built(struct cm_chain *chain, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (int i = 0; i < sk_X509_num(chain->built); i++) {
        json_t *value = NULL;
        if (!cm_certificate_value(sk_X509_value(chain->built, i), &value, err))
            return NULL;
        if (json_array_append_new(list, value) != 0)
            return NULL;
    }
    return CM_TAKE(list);
}

static bool
tell(struct cm_chain *chain, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *answer = json_object();
    bool ok = answer != NULL && chain->used != NULL;
    json_t *built = tell_built(chain, err);
    if (built == NULL && err->class != CM_OK)
        return false;
    cm_json_set_bool(answer, "valid", chain->class == NULL, &ok);
    cm_json_set_text(answer, "class", chain->class, &ok);
    if (chain->class != NULL) {
        cm_json_set_text(answer, "error", chain->why, &ok);
        cm_json_set_int(answer, "at", chain->index, &ok);
    }
    cm_json_set(answer, "chain", built, &ok);
    cm_json_set(answer, "lists", json_incref(chain->used), &ok);
    if (!ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = CM_TAKE(answer);
    return true;
}

bool
cm_chain_judge(const struct cm_chain_ask *ask, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(chain_done)
    struct cm_chain chain = {
        .is = ask,
        .at = cm_seconds_of(ask->at),
        .strength = ask->strength > 0 ? ask->strength : CM_STRENGTH_LEAST,
    };
    if (!read_all(&chain, err))
        return false;
    if (is_no_anchor(&chain)) {
        if (!build(&chain, err))
            return false;
        if (chain.class == NULL)
            look_through(&chain);
    }
    return tell(&chain, ret, err);
}
