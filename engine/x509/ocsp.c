/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/ocsp.h"

#include "base/json.h"
#include "x509/asn1.h"
#include "x509/openssl.h"
#include "x509/strength.h"

#include <openssl/err.h>
#include <string.h>

CM_FREED_BY(request_done, OCSP_REQUEST, OCSP_REQUEST_free)
CM_FREED_BY(response_done, OCSP_RESPONSE, OCSP_RESPONSE_free)
CM_FREED_BY(basic_done, OCSP_BASICRESP, OCSP_BASICRESP_free)
CM_FREED_BY(id_done, OCSP_CERTID, OCSP_CERTID_free)

static void
stack_done(STACK_OF(X509) * *stack)
{
    sk_X509_free(*stack); /* what is in it is borrowed */
}

/* ---- asking ---- */

static bool
write_request(const X509 *leaf, const X509 *issuer, struct cm_buf *to)
{
    CM_CLEANUP(request_done) OCSP_REQUEST *request = OCSP_REQUEST_new();
    CM_CLEANUP(id_done) OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    if (request == NULL || id == NULL || OCSP_request_add0_id(request, id) == NULL)
        return false;
    id = NULL; /* the request's now */
    int size = i2d_OCSP_REQUEST(request, &der);
    cm_buf_add(to, der, size > 0 ? (size_t)size : 0);
    return size > 0 && !to->failed;
}

bool
cm_ocsp_request(const X509 *leaf, const X509 *issuer, struct cm_buf *to, struct cm_err *err)
{
    bool done = write_request(leaf, issuer, to);
    ERR_clear_error();
    return done || cm_fail(err, CM_E_LIMIT, "no memory for an OCSP request");
}

/* ---- who signed ---- */

struct answer {
    OCSP_BASICRESP *basic;
    X509 *leaf, *issuer; /* borrowed */
    int64_t at;          /* seconds */
};

static bool
is_valid_at(const X509 *certificate, int64_t at)
{
    int64_t from, to;
    return cm_asn1_seconds(X509_get0_notBefore(certificate), &from) &&
           cm_asn1_seconds(X509_get0_notAfter(certificate), &to) && from <= at && at <= to;
}

/* Only that one is asked whether the signature is its own. */
static bool
is_signed_by(const struct answer *a, X509 *signer)
{
    CM_CLEANUP(stack_done) STACK_OF(X509) *only = sk_X509_new_null();
    bool done = only != NULL && sk_X509_push(only, signer) > 0 &&
                OCSP_basic_verify(a->basic, only, NULL, OCSP_NOINTERN | OCSP_NOVERIFY) == 1;
    ERR_clear_error();
    return done;
}

static bool
was_issued_by(X509 *certificate, X509 *issuer)
{
    bool done = X509_check_issued(issuer, certificate) == X509_V_OK &&
                X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return done;
}

/* RFC 6960, 4.2.2.2: issued by the very issuer of what is asked for, and made for this. */
static bool
is_responder(const struct answer *a, X509 *signer)
{
    uint32_t flags = X509_get_extension_flags(signer);
    return (flags & EXFLAG_INVALID) == 0 && (flags & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0 &&
           (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) != 0 && is_valid_at(signer, a->at) &&
           cm_strength_of_key(signer) >= CM_STRENGTH_LEAST &&
           cm_strength_of_signature(X509_get0_tbs_sigalg(signer)) >= CM_STRENGTH_LEAST &&
           was_issued_by(signer, a->issuer);
}

static bool
check_signer(const struct answer *a, struct cm_err *err)
{
    const STACK_OF(X509) *certificates = OCSP_resp_get0_certs(a->basic);
    if (cm_strength_of_signature(OCSP_resp_get0_tbs_sigalg(a->basic)) < CM_STRENGTH_LEAST)
        return cm_fail(err, CM_E_DENIED,
                       "the OCSP answer is signed with an algorithm that is too "
                       "weak");
    if (is_signed_by(a, a->issuer))
        return true;
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *one = sk_X509_value(certificates, i);
        if (is_responder(a, one) && is_signed_by(a, one))
            return true;
    }
    return cm_fail(err, CM_E_DENIED,
                   "the OCSP answer is signed neither by the issuer of the certificate nor by a "
                   "responder that it appointed and that is valid");
}

/* ---- about whom ---- */

/* The responder names the issuer by the digest that it likes. */
static bool
is_about(const struct answer *a, const OCSP_SINGLERESP *single)
{
    ASN1_OBJECT *name;
    const OCSP_CERTID *said = OCSP_SINGLERESP_get0_id(single);
    if (OCSP_id_get0_info(NULL, &name, NULL, NULL, (OCSP_CERTID *)(uintptr_t)said) != 1)
        return false;
    const EVP_MD *digest = EVP_get_digestbyobj(name);
    CM_CLEANUP(id_done)
    OCSP_CERTID *ours = digest != NULL ? OCSP_cert_to_id(digest, a->leaf, a->issuer) : NULL;
    return ours != NULL && OCSP_id_cmp(ours, said) == 0;
}

static bool
find(const struct answer *a, OCSP_SINGLERESP **ret, struct cm_err *err)
{
    OCSP_SINGLERESP *found = NULL;
    for (int i = 0; i < OCSP_resp_count(a->basic); i++) {
        OCSP_SINGLERESP *one = OCSP_resp_get0(a->basic, i);
        if (!is_about(a, one))
            continue;
        if (found != NULL)
            return cm_fail(err, CM_E_MALFORMED, "the OCSP answer speaks of the certificate twice");
        found = one;
    }
    ERR_clear_error();
    if (found == NULL)
        return cm_fail(err, CM_E_DENIED, "the OCSP answer is about another certificate");
    if (OCSP_BASICRESP_get_ext_by_critical(a->basic, 1, -1) >= 0 ||
        OCSP_SINGLERESP_get_ext_by_critical(found, 1, -1) >= 0)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the OCSP answer has a critical extension that is not understood");
    *ret = found;
    return true;
}

/* ---- what it says, and for how long ---- */

struct said {
    int status;
    ASN1_GENERALIZEDTIME *revoked, *from, *to; /* borrowed */
};

static bool
check_times(const struct said *said, int64_t at, struct cm_err *err)
{
    char time[CM_ASN1_TIME_SIZE];
    int64_t from, to;
    if (!cm_asn1_seconds(said->from, &from) ||
        (said->to != NULL && !cm_asn1_seconds(said->to, &to)))
        return cm_fail(err, CM_E_MALFORMED, "a time in the OCSP answer cannot be read");
    if (said->to == NULL)
        to = from + CM_OCSP_WITHOUT_END;
    cm_asn1_time(said->from, time);
    if (from > at + CM_OCSP_SKEW)
        return cm_fail(err, CM_E_DENIED, "the OCSP answer holds from %s only", time);
    if (to < at && said->to == NULL)
        return cm_fail(
            err, CM_E_DENIED,
            "the OCSP answer is of %s, does not say how long it holds, and is older than "
            "a day",
            time);
    cm_asn1_time(said->to, time);
    if (to < at)
        return cm_fail(err, CM_E_DENIED, "the OCSP answer held until %s", time);
    return true;
}

static void
set_time(json_t *to, const char *key, const ASN1_GENERALIZEDTIME *time, bool *ok)
{
    char text[CM_ASN1_TIME_SIZE];
    cm_asn1_time(time, text);
    if (text[0] != '\0')
        cm_json_set_text(to, key, text, ok);
}

static bool
tell(const struct answer *a, const struct said *said, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    bool ok = value != NULL;
    const char *status = said->status == V_OCSP_CERTSTATUS_GOOD      ? "good"
                         : said->status == V_OCSP_CERTSTATUS_REVOKED ? "revoked"
                                                                     : "unknown";
    cm_json_set_text(value, "status", status, &ok);
    set_time(value, "this_update", said->from, &ok);
    set_time(value, "next_update", said->to, &ok);
    set_time(value, "produced_at", OCSP_resp_get0_produced_at(a->basic), &ok);
    set_time(value, "revoked_at", said->revoked, &ok);
    if (!ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = CM_TAKE(value);
    return true;
}

/* ---- the whole ---- */

static bool
open_answer(const void *der, size_t size, OCSP_BASICRESP **ret, struct cm_err *err)
{
    const unsigned char *at = der;
    if (size > CM_OCSP_MOST)
        return cm_fail(err, CM_E_LIMIT, "an OCSP answer of more than %zu bytes", CM_OCSP_MOST);
    CM_CLEANUP(response_done) OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)size);
    if (response == NULL || at != (const unsigned char *)der + size)
        return cm_fail(err, CM_E_MALFORMED, "not an OCSP answer in DER");
    int status = OCSP_response_status(response);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return cm_fail(err, status == OCSP_RESPONSE_STATUS_TRYLATER ? CM_E_TRANSIENT : CM_E_DENIED,
                       "the responder did not answer: %s", OCSP_response_status_str(status));
    *ret = OCSP_response_get1_basic(response);
    return *ret != NULL || cm_fail(err, CM_E_UNSUPPORTED, "an OCSP answer of an unknown type");
}

bool
cm_ocsp_answer(const void *der, size_t size, X509 *leaf, X509 *issuer, int64_t at, json_t **ret,
               struct cm_err *err)
{
    OCSP_SINGLERESP *single = NULL;
    CM_CLEANUP(basic_done) OCSP_BASICRESP *basic = NULL;
    struct answer a = {.leaf = leaf, .issuer = issuer, .at = cm_seconds_of(at)};
    struct said said = {.status = -1};
    if (!was_issued_by(leaf, issuer))
        return cm_fail(err, CM_E_DENIED,
                       "the certificate was not issued by the one that is handed "
                       "in as its issuer");
    if (!is_valid_at(issuer, a.at))
        return cm_fail(err, CM_E_DENIED, "the issuer's certificate is not valid at that time");
    bool opened = open_answer(der, size, &basic, err);
    ERR_clear_error();
    a.basic = basic;
    if (!opened || !check_signer(&a, err) || !find(&a, &single, err))
        return false;
    said.status = OCSP_single_get0_status(single, NULL, &said.revoked, &said.from, &said.to);
    return check_times(&said, a.at, err) && tell(&a, &said, ret, err);
}
