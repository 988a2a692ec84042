/* SPDX-License-Identifier: Apache-2.0
 *
 * What a signature carries without having signed it: a time stamp, or nothing.
 */
#include "attest/cms_inside.h"

#include "base/clock.h"

#include <openssl/ts.h>
#include <string.h>

CM_FREED_BY(cm_pkcs7_done, PKCS7, PKCS7_free)
CM_FREED_BY(cm_tstinfo_done, TS_TST_INFO, TS_TST_INFO_free)

static TS_TST_INFO *
read_token(const ASN1_STRING *der)
{
    const unsigned char *at = ASN1_STRING_get0_data(der), *end = at + ASN1_STRING_length(der);
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *token = d2i_PKCS7(NULL, &at, ASN1_STRING_length(der));
    return token != NULL && at == end ? PKCS7_to_TS_TST_INFO(token) : NULL;
}

bool
cm_cms_value_sha256(CMS_SignerInfo *si, unsigned char ret[CM_SHA256_SIZE])
{
    unsigned size = CM_SHA256_SIZE;
    const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(si);
    return EVP_Digest(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), ret, &size,
                      EVP_sha256(), NULL) == 1;
}

static bool
is_of(TS_TST_INFO *info, CMS_SignerInfo *si)
{
    unsigned char digest[CM_SHA256_SIZE];
    const ASN1_OBJECT *algorithm = NULL;
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING *held = TS_MSG_IMPRINT_get_msg(imprint);
    return OBJ_obj2nid(algorithm) == NID_sha256 && cm_cms_value_sha256(si, digest) &&
           ASN1_STRING_length(held) == (int)sizeof digest &&
           memcmp(ASN1_STRING_get0_data(held), digest, sizeof digest) == 0;
}

bool
cm_cms_time(const ASN1_STRING *text, int64_t *ret)
{
    struct tm when = {0};
    if (text == NULL || ASN1_TIME_to_tm(text, &when) != 1)
        return false;
    int64_t seconds = (int64_t)timegm(&when);
    if (seconds < 0 || seconds > INT64_MAX / CM_SECOND)
        return false;
    *ret = seconds * CM_SECOND;
    return true;
}

bool
cm_cms_stamped_at(CMS_SignerInfo *si, const char *type, int64_t *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *stamp = cm_cms_stamp_type(type);
    int count = CMS_unsigned_get_attr_count(si);
    int64_t at = 0;
    if (count > 0) {
        const ASN1_STRING *der =
            stamp != NULL ? CMS_unsigned_get0_data_by_OBJ(si, stamp, -3, V_ASN1_SEQUENCE) : NULL;
        if (count > 1 || der == NULL)
            return cm_cms_fail(err, CM_E_DENIED, "the signature carries what nobody signed");
        CM_CLEANUP(cm_tstinfo_done) TS_TST_INFO *info = read_token(der);
        if (info == NULL || !cm_cms_time(TS_TST_INFO_get_time(info), &at))
            return cm_cms_fail(err, CM_E_MALFORMED, "the time stamp in the signature is none");
        if (!is_of(info, si))
            return cm_cms_fail(err, CM_E_DENIED, "the time stamp is of another signature");
    }
    *ret = at;
    return true;
}
