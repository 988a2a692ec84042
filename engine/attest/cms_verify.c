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

/* A content of the type that is wished for: a program's, or data. */
static bool
check_type(const struct cm_cms *all, const struct cm_cms_wish *wish, struct cm_err *err)
{
    char type[CM_FORM_TYPE_SIZE] = "";
    (void)cm_form_is_made(wish->content, type);
    return strcmp(all->type, type) == 0 ||
           cm_cms_fail(err, CM_E_DENIED, "the signature is of a content of another type");
}

/* One attribute with one value of that type; NULL. Borrowed. */
static const void *
only(CMS_SignerInfo *si, int nid, int type)
{
    return CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(nid), -3, type);
}

static bool
check_digest(CMS_SignerInfo *si, const char *of, const char *sha256, struct cm_err *err)
{
    unsigned char digest[CM_SHA256_SIZE];
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *expected = cm_cms_type(of);
    const ASN1_OBJECT *type = only(si, NID_pkcs9_contentType, V_ASN1_OBJECT);
    const ASN1_STRING *held = only(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    if (type == NULL || expected == NULL || OBJ_cmp(type, expected) != 0 || held == NULL)
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
take_facts(CMS_SignerInfo *si, X509 *own, const char *type, struct cm_cms_facts *ret,
           struct cm_err *err)
{
    struct cm_cms_facts facts = {.signed_at = 0};
    EVP_PKEY *key = X509_get0_pubkey(own);
    if (key == NULL || !cm_pkey_id(key, facts.key_id) ||
        !cm_certificate_sha256(own, facts.certificate))
        return cm_cms_fail(err, CM_E_MALFORMED, "the certificate of the signer has no key");
    if (!cm_cms_signed_at(si, &facts.signed_at))
        return cm_cms_fail(err, CM_E_MALFORMED, "the signature does not say when it was made");
    if (!cm_cms_stamped_at(si, type, &facts.stamped_at, err))
        return false;
    *ret = facts;
    return true;
}

/* Of what it is: of what a program made, that is what is in it. */
static bool
check_what(struct cm_cms *all, CMS_SignerInfo *si, const struct cm_cms_wish *wish,
           const char *artifact, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    const struct cm_cms_making as_if = {
        .wish = wish, .artifact = artifact, .made = *all->type != '\0' ? &all->made : NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (!check_type(all, wish, err) || !cm_cms_text(wish, artifact, &text, err) ||
        !cm_cms_content_sha256(&as_if, sha256, err) || !check_content(all->cms, &text, err))
        return false;
    if (as_if.made != NULL && strcmp(sha256, artifact) != 0)
        return cm_cms_fail(err, CM_E_DENIED, "the signature is of another content");
    return check_digest(si, all->type, sha256, err);
}

bool
cm_cms_verify(const void *der, size_t size, const struct cm_cms_wish *wish, const char *artifact,
              struct cm_cms_facts *ret, struct cm_err *err)
{
    X509 *own = NULL; /* the signature's */
    CMS_SignerInfo *si = NULL;
    CM_CLEANUP(cm_cms_all_done) struct cm_cms all = CM_CMS_INIT;
    if (!cm_cms_read(der, size, &all, err) || !only_signer(all.cms, &si, &own, err) ||
        !check_what(&all, si, wish, artifact, err) || !check_attributes(si, wish, err) ||
        !check_certificate(si, own, err) || !cm_certificate_serves(own, wish->demands, err))
        return false;
    if (CMS_SignerInfo_verify(si) != 1)
        return cm_cms_fail(err, CM_E_DENIED, "the signature does not hold");
    return take_facts(si, own, all.type, ret, err);
}
