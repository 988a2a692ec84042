/* SPDX-License-Identifier: Apache-2.0
 *
 * The signature itself, over the attributes: by the key wherever it is. OpenSSL would want it here.
 */
#include "attest/cms_inside.h"

#include <openssl/err.h>

static void
set_done(ASN1_SEQUENCE_ANY **set)
{
    sk_ASN1_TYPE_pop_free(*set, ASN1_TYPE_free);
}

static bool
fail(struct cm_err *err)
{
    ERR_clear_error();
    return cm_fail(err, CM_E_INTERNAL, "the attributes of a signature cannot be written");
}

static bool
add_to(ASN1_SEQUENCE_ANY *set, X509_ATTRIBUTE *attribute)
{
    unsigned char *der = NULL;
    int size = i2d_X509_ATTRIBUTE(attribute, &der);
    const unsigned char *at = der;
    ASN1_TYPE *one = size > 0 ? d2i_ASN1_TYPE(NULL, &at, size) : NULL;
    OPENSSL_free(der);
    if (one != NULL && sk_ASN1_TYPE_push(set, one) > 0)
        return true;
    ASN1_TYPE_free(one);
    return false;
}

/* As they are signed: the DER of a set, which need not be how they stand in the signature
 * (RFC 5652, 5.4). */
static bool
put_attributes(const CMS_SignerInfo *si, struct cm_buf *to)
{
    unsigned char *der = NULL;
    CM_CLEANUP(set_done) ASN1_SEQUENCE_ANY *set = sk_ASN1_TYPE_new_null();
    if (set == NULL)
        return false;
    for (int i = 0; i < CMS_signed_get_attr_count(si); i++)
        if (!add_to(set, CMS_signed_get_attr(si, i)))
            return false;
    int size = i2d_ASN1_SET_ANY(set, &der);
    if (size > 0)
        cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
    return size > 0 && !to->failed;
}

bool
cm_cms_sign(CMS_SignerInfo *si, const struct cm_attest_key *key, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf attributes = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(CM_CMS_MOST);
    if (!put_attributes(si, &attributes))
        return fail(err);
    if (!cm_attest_key_sign_sha256(key, attributes.at, attributes.size, &made, err))
        return false;
    return ASN1_STRING_set(CMS_SignerInfo_get0_signature(si), made.at, (int)made.size) == 1 ||
           fail(err);
}
