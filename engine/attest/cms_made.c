/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of another content than data, as PKCS #7 has them: OpenSSL's CMS reads none of these.
 */
#include "attest/cms_inside.h"

#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <string.h>

/* Microsoft's, for whose signatures such contents are made: a time stamp (RFC 3161) in them. */
#define STAMP_BESIDE_MADE "1.3.6.1.4.1.311.3.3.1"

/* What ASN1_get_object says of a value that it cannot read, and of one without a length. */
#define NO_VALUE  0x80
#define NO_LENGTH 0x01

CM_FREED_BY(cm_pkcs7_done, PKCS7, PKCS7_free)

void
cm_cms_all_done(struct cm_cms *all)
{
    cm_cms_done(&all->cms);
    cm_buf_done(&all->made);
}

ASN1_OBJECT *
cm_cms_type(const char *type)
{
    return *type != '\0' ? OBJ_txt2obj(type, 1) : OBJ_nid2obj(NID_pkcs7_data);
}

ASN1_OBJECT *
cm_cms_stamp_type(const char *type)
{
    return *type != '\0' ? OBJ_txt2obj(STAMP_BESIDE_MADE, 1)
                         : OBJ_nid2obj(NID_id_smime_aa_timeStampToken);
}

bool
cm_cms_made_digest(const struct cm_buf *made, char ret[CM_SHA256_HEX], struct cm_err *err)
{
    long size = 0;
    int tag, class, is = NO_VALUE;
    const unsigned char *at = (const unsigned char *)made->at;
    if (made->size > 0)
        is = ASN1_get_object(&at, &size, &tag, &class, (long)made->size);
    if ((is & (NO_VALUE | NO_LENGTH)) != 0 || (const char *)at + size != made->at + made->size)
        return cm_cms_fail(err, CM_E_MALFORMED, "a content that is no value in DER");
    return cm_sha256(at, (size_t)size, ret) ||
           cm_cms_fail(err, CM_E_INTERNAL, "a content cannot be hashed");
}

/* ---- taking it out ---- */

static bool
is_same(const unsigned char *again, int written, const void *der, size_t size)
{
    return written > 0 && (size_t)written == size && memcmp(again, der, size) == 0;
}

static bool
has_type_of_its_own(const PKCS7 *content)
{
    static const int others[] = {NID_pkcs7_data,      NID_pkcs7_signed,
                                 NID_pkcs7_enveloped, NID_pkcs7_signedAndEnveloped,
                                 NID_pkcs7_digest,    NID_pkcs7_encrypted};
    for (size_t i = 0; i < CM_COUNT(others); i++)
        if (OBJ_obj2nid(content->type) == others[i])
            return false;
    return true;
}

/* The content that is in it; NULL if it is of one of CMS's own types. Borrowed. */
static const PKCS7 *
content_of(const PKCS7 *pkcs7)
{
    bool is_signed = OBJ_obj2nid(pkcs7->type) == NID_pkcs7_signed && pkcs7->d.sign != NULL;
    const PKCS7 *content = is_signed ? pkcs7->d.sign->contents : NULL;
    return content != NULL && has_type_of_its_own(content) && content->d.other != NULL ? content
                                                                                       : NULL;
}

static bool
take_content(const PKCS7 *content, char type[CM_FORM_TYPE_SIZE], struct cm_buf *to,
             struct cm_err *err)
{
    unsigned char *der = NULL;
    int length = OBJ_obj2txt(type, CM_FORM_TYPE_SIZE, content->type, 1);
    int size = i2d_ASN1_TYPE(content->d.other, &der);
    if (size > 0)
        cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
    if (length <= 0 || length >= CM_FORM_TYPE_SIZE || size <= 0)
        return cm_cms_fail(err, CM_E_MALFORMED, "a content of no type");
    return !to->failed || cm_fail(err, CM_E_LIMIT, "a content of more than %zu bytes", to->most);
}

static bool
parse_pkcs7(const void *der, size_t size, PKCS7 **ret, struct cm_err *err)
{
    const unsigned char *at = der;
    unsigned char *again = NULL;
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)size);
    int written = pkcs7 != NULL ? i2d_PKCS7(pkcs7, &again) : 0;
    bool same = is_same(again, written, der, size);
    OPENSSL_free(again);
    if (!same)
        return cm_cms_fail(err, CM_E_MALFORMED, "no signature in CMS");
    if (content_of(pkcs7) == NULL)
        return cm_cms_fail(err, CM_E_MALFORMED, "CMS, but no signature of data");
    *ret = CM_TAKE(pkcs7);
    return true;
}

/* Another content instead; it is data that are elsewhere, or one of a program's. */
static bool
replace_content(PKCS7 *pkcs7, const char *type, const struct cm_buf *made)
{
    const unsigned char *at = (const unsigned char *)made->at;
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *content = PKCS7_new();
    if (content == NULL || (content->type = cm_cms_type(type)) == NULL)
        return false;
    if (*type != '\0' && (content->d.other = d2i_ASN1_TYPE(NULL, &at, (long)made->size)) == NULL)
        return false;
    PKCS7_free(pkcs7->d.sign->contents);
    pkcs7->d.sign->contents = CM_TAKE(content);
    return true;
}

static bool
to_cms(PKCS7 *pkcs7, CMS_ContentInfo **ret)
{
    unsigned char *der = NULL;
    int size = i2d_PKCS7(pkcs7, &der);
    const unsigned char *at = der;
    *ret = size > 0 ? d2i_CMS_ContentInfo(NULL, &at, size) : NULL;
    OPENSSL_free(der);
    return *ret != NULL;
}

static bool
is_of_data(const void *der, size_t size, CMS_ContentInfo **ret)
{
    const unsigned char *at = der;
    unsigned char *again = NULL;
    CM_CLEANUP(cm_cms_done) CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
    int written = cms != NULL ? i2d_CMS_ContentInfo(cms, &again) : 0;
    bool same = is_same(again, written, der, size);
    OPENSSL_free(again);
    if (!same || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data) {
        ERR_clear_error();
        return false;
    }
    *ret = CM_TAKE(cms);
    return true;
}

bool
cm_cms_read(const void *der, size_t size, struct cm_cms *to, struct cm_err *err)
{
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *pkcs7 = NULL;
    if (size > CM_CMS_MOST)
        return cm_fail(err, CM_E_LIMIT, "a signature of more than %zu bytes", CM_CMS_MOST);
    if (is_of_data(der, size, &to->cms))
        return true;
    if (!parse_pkcs7(der, size, &pkcs7, err) ||
        !take_content(content_of(pkcs7), to->type, &to->made, err))
        return false;
    return (replace_content(pkcs7, "", &to->made) && to_cms(pkcs7, &to->cms)) ||
           cm_cms_fail(err, CM_E_MALFORMED, "no signature in CMS");
}

/* ---- putting it in ---- */

/* The same, with the content in it. */
static bool
put_content(unsigned char **der, int *size, const struct cm_cms *all)
{
    const unsigned char *at = *der;
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, *size);
    if (pkcs7 == NULL || OBJ_obj2nid(pkcs7->type) != NID_pkcs7_signed ||
        !replace_content(pkcs7, all->type, &all->made))
        return false;
    OPENSSL_free(*der);
    *der = NULL;
    *size = i2d_PKCS7(pkcs7, der);
    return *size > 0;
}

bool
cm_cms_write(const struct cm_cms *all, struct cm_buf *to, struct cm_err *err)
{
    unsigned char *der = NULL;
    int size = i2d_CMS_ContentInfo(all->cms, &der);
    bool done = size > 0 && (*all->type == '\0' || put_content(&der, &size, all));
    if (done)
        cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
    if (!done)
        return cm_cms_fail(err, CM_E_INTERNAL, "a signature cannot be written");
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the signature is too large");
}

/* ---- for others ---- */

/* Down to the size of the value that it begins with. */
static bool
first_value(const unsigned char *der, size_t *size, struct cm_err *err)
{
    long inside = 0;
    int tag, class;
    const unsigned char *at = der;
    int is = *size > 0 ? ASN1_get_object(&at, &inside, &tag, &class, (long)*size) : NO_VALUE;
    if ((is & NO_VALUE) != 0 && *size >= CM_CMS_MOST)
        return cm_cms_fail(err, CM_E_LIMIT, "the content is too large");
    if ((is & (NO_VALUE | NO_LENGTH)) != 0)
        return cm_cms_fail(err, CM_E_MALFORMED, "no signature in CMS");
    *size = (size_t)(at - der) + (size_t)inside;
    return true;
}

bool
cm_cms_made_read(const void *der, size_t size, const char *type, struct cm_buf *to,
                 struct cm_err *err)
{
    char found[CM_FORM_TYPE_SIZE];
    CM_CLEANUP(cm_pkcs7_done) PKCS7 *pkcs7 = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(CM_CMS_MADE_MOST);
    if (size > CM_CMS_MOST)
        return cm_fail(err, CM_E_LIMIT, "a content of more than %zu bytes", CM_CMS_MADE_MOST);
    if (!first_value(der, &size, err) || !parse_pkcs7(der, size, &pkcs7, err) ||
        !take_content(content_of(pkcs7), found, &made, err))
        return false;
    if (strcmp(found, type) != 0)
        return cm_fail(err, CM_E_MALFORMED, "the content is of type %s, not %s", found, type);
    cm_buf_add(to, made.at, made.size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the content is too large");
}

bool
cm_cms_made_sha256(const void *der, size_t size, char ret[CM_SHA256_HEX], struct cm_err *err)
{
    CM_CLEANUP(cm_cms_all_done) struct cm_cms all = CM_CMS_INIT;
    if (!cm_cms_read(der, size, &all, err))
        return false;
    if (*all.type == '\0')
        return cm_fail(err, CM_E_MALFORMED, "the signature has no content of another type");
    return cm_cms_made_digest(&all.made, ret, err);
}
