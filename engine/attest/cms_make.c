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
    char type[CM_FORM_TYPE_SIZE];
    return cm_form_is_artifact(wish->content) || cm_form_is_made(wish->content, type) ||
           cm_form_fill(wish->content, artifact, to, err);
}

bool
cm_cms_content_sha256(const struct cm_cms_making *making, char ret[CM_SHA256_HEX],
                      struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (making->made != NULL)
        return cm_cms_made_digest(making->made, ret, err);
    if (!cm_cms_text(making->wish, making->artifact, &text, err))
        return false;
    if (text.size == 0) {
        memcpy(ret, making->artifact, CM_SHA256_HEX);
        return true;
    }
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
add_attributes(CMS_SignerInfo *si, const struct cm_cms_making *making, const char *type,
               const char *sha256, struct cm_err *err)
{
    unsigned char digest[CM_SHA256_SIZE];
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *of = cm_cms_type(type);
    if (!cm_unhex(sha256, strlen(sha256), digest) || !add_time(si, making->now) || of == NULL ||
        CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT, of, -1) != 1 ||
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

/* What a program made belongs to a wish for that, and to no other. */
static bool
take_made(const struct cm_cms_making *making, struct cm_cms *to, struct cm_err *err)
{
    bool is_made = cm_form_is_made(making->wish->content, to->type);
    if (is_made != (making->made != NULL))
        return fail(err, "a content was made, or was not, against what is wished for");
    if (is_made)
        cm_buf_add(&to->made, making->made->at, making->made->size);
    return !to->made.failed || cm_fail(err, CM_E_LIMIT, "the content is too large");
}

/* PKCS #7 knows a signer by issuer and number only. */
static CMS_SignerInfo *
add_signer(const struct cm_cms *all, const struct cm_cms_making *making)
{
    X509 *own = sk_X509_value(making->chain->all, 0);
    bool known = *all->type == '\0' && X509_get0_subject_key_id(own) != NULL;
    return CMS_add1_signer(all->cms, own, making->key->pkey, EVP_sha256(),
                           FLAGS | (known ? CMS_USE_KEYID : 0));
}

bool
cm_cms_make(const struct cm_cms_making *making, struct cm_buf *to, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_cms_all_done) struct cm_cms all = CM_CMS_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)2 * CM_FORM_CONTENT_MOST);
    if (making->key->digest == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "a key of Ed25519 signs nothing in CMS here");
    if (!cm_cms_chain_serves(making->chain, making->wish->demands, making->now, err) ||
        !take_made(making, &all, err) || !cm_cms_text(making->wish, making->artifact, &text, err) ||
        !cm_cms_content_sha256(making, sha256, err))
        return false;
    all.cms = CMS_sign(NULL, NULL, NULL, NULL,
                       CMS_PARTIAL | CMS_BINARY | (text.size == 0 ? CMS_DETACHED : 0));
    CMS_SignerInfo *si = all.cms != NULL ? add_signer(&all, making) : NULL;
    if (si == NULL)
        return fail(err, "a signature cannot be begun");
    return add_content(all.cms, &text, err) && add_certificates(all.cms, making->chain, err) &&
           add_attributes(si, making, all.type, sha256, err) && cm_cms_sign(si, making->key, err) &&
           cm_cms_write(&all, to, err);
}
