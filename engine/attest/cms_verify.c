/* SPDX-License-Identifier: Apache-2.0
 *
 * A signature is held against what it was wished to be, attribute by attribute.
 */
#include "attest/cms_inside.h"

#include "base/pem.h"
#include "base/text.h"
#include "trust/form.h"

#include <openssl/objects.h>
#include <string.h>

/* Content type, message digest, signing time, signing certificate. */
#define USUAL_ATTRIBUTES 4

/* ---- its form ---- */

/* Written again it is the same bytes: there is nothing in it that was not read. */
static bool
is_whole(CMS_ContentInfo *cms, const void *der, size_t size)
{
    unsigned char *again = NULL;
    int written = i2d_CMS_ContentInfo(cms, &again);
    bool same = written > 0 && (size_t)written == size && memcmp(again, der, size) == 0;
    OPENSSL_free(again);
    return same;
}

static bool
parse(const void *der, size_t size, CMS_ContentInfo **ret, struct cm_err *err)
{
    const unsigned char *at = der;
    if (size > CM_CMS_MOST)
        return cm_fail(err, CM_E_LIMIT, "a signature of more than %zu bytes", CM_CMS_MOST);
    CM_CLEANUP(cm_cms_done) CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
    if (cms == NULL || !is_whole(cms, der, size))
        return cm_cms_fail(err, CM_E_MALFORMED, "no signature in CMS");
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
        return cm_cms_fail(err, CM_E_MALFORMED, "CMS, but no signature of data");
    *ret = CM_TAKE(cms);
    return true;
}

/* ---- what it is of ---- */

static bool
check_content(CMS_ContentInfo *cms, const struct cm_buf *text, struct cm_err *err)
{
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    const ASN1_OCTET_STRING *held = content != NULL ? *content : NULL;
    if (text->size == 0)
        return held == NULL || cm_cms_fail(err, CM_E_DENIED, "the signature is not detached");
    return (held != NULL && (size_t)ASN1_STRING_length(held) == text->size &&
            memcmp(ASN1_STRING_get0_data(held), text->at, text->size) == 0) ||
           cm_cms_fail(err, CM_E_DENIED, "the signature is of another content");
}

/* One attribute with one value of that type; NULL. Borrowed. */
static const void *
only(CMS_SignerInfo *si, int nid, int type)
{
    return CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(nid), -3, type);
}

static bool
check_digest(CMS_SignerInfo *si, const char *sha256, struct cm_err *err)
{
    unsigned char digest[CM_SHA256_SIZE];
    const ASN1_OBJECT *type = only(si, NID_pkcs9_contentType, V_ASN1_OBJECT);
    const ASN1_STRING *held = only(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    if (type == NULL || OBJ_obj2nid(type) != NID_pkcs7_data || held == NULL)
        return cm_cms_fail(err, CM_E_MALFORMED, "the signature does not say what it is of");
    return (cm_unhex(sha256, strlen(sha256), digest) &&
            ASN1_STRING_length(held) == (int)sizeof digest &&
            memcmp(ASN1_STRING_get0_data(held), digest, sizeof digest) == 0) ||
           cm_cms_fail(err, CM_E_DENIED, "the signature is of another artifact");
}

/* ---- attributes ---- */

/* The value of the attribute at that place, if it is the only one; NULL. Borrowed. */
static ASN1_TYPE *
value_at(CMS_SignerInfo *si, int at)
{
    X509_ATTRIBUTE *held = at >= 0 ? CMS_signed_get_attr(si, at) : NULL;
    return held != NULL && X509_ATTRIBUTE_count(held) == 1 ? X509_ATTRIBUTE_get0_type(held, 0)
                                                           : NULL;
}

static bool
has_wished(CMS_SignerInfo *si, const char *text, struct cm_err *err)
{
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *oid = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_FORM_ATTRIBUTE_MOST);
    if (!cm_attribute_parse(text, &oid, &der, err))
        return false;
    ASN1_TYPE *value = value_at(si, CMS_signed_get_attr_by_OBJ(si, oid, -1));
    unsigned char *bytes = NULL;
    int size = value != NULL ? i2d_ASN1_TYPE(value, &bytes) : 0;
    bool same = size > 0 && (size_t)size == der.size && memcmp(bytes, der.at, der.size) == 0;
    OPENSSL_free(bytes);
    return same || cm_cms_fail(err, CM_E_DENIED, "an attribute that was wished for is not in it");
}

/* As many as there must be, and each of those that must: there is no other. */
static bool
check_attributes(CMS_SignerInfo *si, const struct cm_cms_wish *wish, struct cm_err *err)
{
    for (size_t i = 0; i < wish->attribute_count; i++)
        if (!has_wished(si, wish->attributes[i], err))
            return false;
    return CMS_signed_get_attr_count(si) == (int)(USUAL_ATTRIBUTES + wish->attribute_count) ||
           cm_cms_fail(err, CM_E_DENIED, "the signature has other attributes than were wished for");
}

/* The certificate that is meant, and not another of the same key. */
static bool
check_certificate(CMS_SignerInfo *si, X509 *own, struct cm_err *err)
{
    const ASN1_STRING *held = only(si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    const unsigned char *at = held != NULL ? ASN1_STRING_get0_data(held) : NULL;
    CM_CLEANUP(cm_ess_done)
    ESS_SIGNING_CERT_V2 *named =
        at != NULL ? d2i_ESS_SIGNING_CERT_V2(NULL, &at, ASN1_STRING_length(held)) : NULL;
    STACK_OF(X509) *one = sk_X509_new_null();
    bool same = named != NULL && one != NULL && sk_X509_push(one, own) > 0 &&
                OSSL_ESS_check_signing_certs(NULL, named, one, 1) == 1;
    sk_X509_free(one);
    return same || cm_cms_fail(err, CM_E_DENIED, "the signature names another signing certificate");
}

bool
cm_cms_signed_at(CMS_SignerInfo *si, int64_t *ret)
{
    const ASN1_TYPE *value =
        value_at(si, CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1));
    return value != NULL &&
           (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME) &&
           cm_cms_time(value->value.asn1_string, ret);
}

/* ---- the signature ---- */

static bool
only_signer(CMS_ContentInfo *cms, CMS_SignerInfo **ret, X509 **ret_own, struct cm_err *err)
{
    X509_ALGOR *digest = NULL;
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(all) != 1)
        return cm_cms_fail(err, CM_E_MALFORMED, "the signature is not of one signer");
    *ret = sk_CMS_SignerInfo_value(all, 0);
    if (CMS_set1_signers_certs(cms, NULL, 0) != 1)
        return cm_cms_fail(err, CM_E_MALFORMED,
                           "the certificate of the signer is not in the signature");
    CMS_SignerInfo_get0_algs(*ret, NULL, ret_own, &digest, NULL);
    return (*ret_own != NULL && digest != NULL && OBJ_obj2nid(digest->algorithm) == NID_sha256) ||
           cm_cms_fail(err, CM_E_MALFORMED, "the signature is not made with SHA-256");
}

static bool
take_facts(CMS_SignerInfo *si, X509 *own, struct cm_cms_facts *ret, struct cm_err *err)
{
    struct cm_cms_facts facts = {.signed_at = 0};
    EVP_PKEY *key = X509_get0_pubkey(own);
    if (key == NULL || !cm_pkey_id(key, facts.key_id) ||
        !cm_certificate_sha256(own, facts.certificate))
        return cm_cms_fail(err, CM_E_MALFORMED, "the certificate of the signer has no key");
    if (!cm_cms_signed_at(si, &facts.signed_at))
        return cm_cms_fail(err, CM_E_MALFORMED, "the signature does not say when it was made");
    if (!cm_cms_stamped_at(si, &facts.stamped_at, err))
        return false;
    *ret = facts;
    return true;
}

bool
cm_cms_verify(const void *der, size_t size, const struct cm_cms_wish *wish, const char *artifact,
              struct cm_cms_facts *ret, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    X509 *own = NULL; /* the signature's */
    CMS_SignerInfo *si = NULL;
    CM_CLEANUP(cm_cms_done) CMS_ContentInfo *cms = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (!cm_cms_text(wish, artifact, &text, err) ||
        !cm_cms_content_sha256(wish, artifact, sha256, err) || !parse(der, size, &cms, err) ||
        !only_signer(cms, &si, &own, err) || !check_content(cms, &text, err) ||
        !check_digest(si, sha256, err) || !check_attributes(si, wish, err) ||
        !check_certificate(si, own, err) || !cm_certificate_serves(own, wish->demands, err))
        return false;
    if (CMS_SignerInfo_verify(si) != 1)
        return cm_cms_fail(err, CM_E_DENIED, "the signature does not hold");
    return take_facts(si, own, ret, err);
}
