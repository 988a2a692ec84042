/* SPDX-License-Identifier: Apache-2.0
 *
 * A signature is put together by hand from a digest that is known: OpenSSL 3.0 would read the
 * content itself, and what it reads then need not be what was judged.
 */
#include "attest/cms_inside.h"

#include "attest/key_inside.h"
#include "base/clock.h"
#include "base/text.h"
#include "trust/form.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

#define FLAGS (CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES | CMS_NOCERTS)

static bool
fail(struct cm_err *err, const char *what)
{
    ERR_clear_error();
    return cm_fail(err, CM_E_INTERNAL, "%s", what);
}

/* ---- what is signed ---- */

bool
cm_cms_text(const struct cm_cms_wish *wish, const char *artifact, struct cm_buf *to,
            struct cm_err *err)
{
    return cm_form_is_artifact(wish->content) || cm_form_fill(wish->content, artifact, to, err);
}

bool
cm_cms_content_sha256(const struct cm_cms_wish *wish, const char *artifact, char ret[CM_SHA256_HEX],
                      struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (cm_form_is_artifact(wish->content)) {
        memcpy(ret, artifact, CM_SHA256_HEX);
        return true;
    }
    if (!cm_cms_text(wish, artifact, &text, err))
        return false;
    return cm_sha256(cm_buf_text(&text), text.size, ret) || fail(err, "a content cannot be hashed");
}

bool
cm_attribute_parse(const char *text, ASN1_OBJECT **ret, struct cm_buf *to, struct cm_err *err)
{
    char oid[CM_FORM_ATTRIBUTE_MOST + 1];
    if (!cm_form_attribute_check(text, err))
        return false;
    const char *sign = strchr(text, '='), *hex = sign + 1;
    memcpy(oid, text, (size_t)(sign - text));
    oid[sign - text] = '\0';
    cm_buf_clear(to);
    char *room = cm_buf_extend(to, strlen(hex) / 2);
    if (room == NULL || !cm_unhex(hex, strlen(hex), room))
        return cm_fail(err, CM_E_LIMIT, "an attribute is too long");
    *ret = OBJ_txt2obj(oid, 1);
    return *ret != NULL || fail(err, "an attribute has no identifier");
}

/* Of a sequence or a set OpenSSL takes the whole, of a text its bytes. */
static bool
add_wished(CMS_SignerInfo *si, const char *text, struct cm_err *err)
{
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *oid = NULL;
    CM_CLEANUP(cm_type_done) ASN1_TYPE *value = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_FORM_ATTRIBUTE_MOST);
    if (!cm_attribute_parse(text, &oid, &der, err))
        return false;
    const unsigned char *at = (const unsigned char *)der.at;
    value = d2i_ASN1_TYPE(NULL, &at, (long)der.size);
    bool whole = value != NULL && at == (const unsigned char *)der.at + der.size;
    int type = whole ? ASN1_TYPE_get(value) : 0;
    if (type != V_ASN1_SEQUENCE && type != V_ASN1_SET && type != V_ASN1_OCTET_STRING &&
        type != V_ASN1_UTF8STRING && type != V_ASN1_IA5STRING && type != V_ASN1_PRINTABLESTRING) {
        ERR_clear_error();
        return cm_fail(err, CM_E_CONFIG, "%s: no DER of a sequence, a set or a text", text);
    }
    const ASN1_STRING *bytes = value->value.asn1_string;
    return CMS_signed_add1_attr_by_OBJ(si, oid, type, ASN1_STRING_get0_data(bytes),
                                       ASN1_STRING_length(bytes)) == 1 ||
           fail(err, "an attribute cannot be added");
}

static bool
add_time(CMS_SignerInfo *si, int64_t now)
{
    ASN1_TIME *time = X509_time_adj_ex(NULL, 0, 0, &(time_t){(time_t)(now / CM_SECOND)});
    bool done = time != NULL &&
                CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, time->type, time, -1) == 1;
    ASN1_TIME_free(time);
    return done;
}

static bool
add_attributes(CMS_SignerInfo *si, const struct cm_cms_making *making, const char *sha256,
               struct cm_err *err)
{
    unsigned char digest[CM_SHA256_SIZE];
    if (!cm_unhex(sha256, strlen(sha256), digest) || !add_time(si, making->now) ||
        CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                    OBJ_nid2obj(NID_pkcs7_data), -1) != 1 ||
        CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest,
                                    sizeof digest) != 1)
        return fail(err, "the attributes of a signature cannot be added");
    for (size_t i = 0; i < making->wish->attribute_count; i++)
        if (!add_wished(si, making->wish->attributes[i], err))
            return false;
    return true;
}

/* ---- the whole ---- */

/* Without a text it stays outside: detached. */
static bool
add_content(CMS_ContentInfo *cms, const struct cm_buf *text, struct cm_err *err)
{
    if (text->size == 0)
        return true;
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    CM_CLEANUP(cm_octets_done) ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
    if (content == NULL || bytes == NULL ||
        ASN1_OCTET_STRING_set(bytes, (const unsigned char *)text->at, (int)text->size) != 1)
        return fail(err, "no memory for what is signed");
    ASN1_OCTET_STRING_free(*content);
    *content = CM_TAKE(bytes);
    return true;
}

static bool
add_certificates(CMS_ContentInfo *cms, const struct cm_cms_chain *chain, struct cm_err *err)
{
    for (int i = 0; i < sk_X509_num(chain->all); i++)
        if (CMS_add1_cert(cms, sk_X509_value(chain->all, i)) != 1)
            return fail(err, "a certificate cannot be added");
    return true;
}

static bool
put(CMS_ContentInfo *cms, struct cm_buf *to, struct cm_err *err)
{
    unsigned char *der = NULL;
    int size = i2d_CMS_ContentInfo(cms, &der);
    if (size > 0)
        cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
    if (size <= 0)
        return fail(err, "a signature cannot be written");
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the signature is too large");
}

bool
cm_cms_make(const struct cm_cms_making *making, struct cm_buf *to, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    X509 *own = sk_X509_value(making->chain->all, 0);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (making->key->digest == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "a key of Ed25519 signs nothing in CMS here");
    if (!cm_cms_chain_serves(making->chain, making->wish->demands, making->now, err) ||
        !cm_cms_text(making->wish, making->artifact, &text, err) ||
        !cm_cms_content_sha256(making->wish, making->artifact, sha256, err))
        return false;
    unsigned known = X509_get0_subject_key_id(own) != NULL ? CMS_USE_KEYID : 0;
    CM_CLEANUP(cm_cms_done)
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL,
                                    CMS_PARTIAL | CMS_BINARY | (text.size == 0 ? CMS_DETACHED : 0));
    CMS_SignerInfo *si =
        cms == NULL ? NULL
                    : CMS_add1_signer(cms, own, making->key->pkey, EVP_sha256(), FLAGS | known);
    if (si == NULL)
        return fail(err, "a signature cannot be begun");
    if (!add_content(cms, &text, err) || !add_certificates(cms, making->chain, err) ||
        !add_attributes(si, making, sha256, err))
        return false;
    return cm_cms_sign(si, making->key, err) && put(cms, to, err);
}
