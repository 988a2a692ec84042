/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/cms_inside.h: what the files of attest/cms.h share. Private to them.
 */
#ifndef CM_ATTEST_CMS_INSIDE_H
#define CM_ATTEST_CMS_INSIDE_H

#include "attest/cms.h"
#include "trust/form.h"
#include "x509/openssl.h"

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>

CM_FREED_BY(cm_cms_done, CMS_ContentInfo, CMS_ContentInfo_free)
CM_FREED_BY(cm_oid_done, ASN1_OBJECT, ASN1_OBJECT_free)
CM_FREED_BY(cm_octets_done, ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
CM_FREED_BY(cm_attribute_done, X509_ATTRIBUTE, X509_ATTRIBUTE_free)
CM_FREED_BY(cm_ess_done, ESS_SIGNING_CERT_V2, ESS_SIGNING_CERT_V2_free)

struct cm_cms_chain {
    STACK_OF(X509) * all; /* owned; the key's first */
    char sha256[CM_SHA256_HEX];
};

/* A signature as it is worked on: what a program made is taken out of it, and the rest is detached
 * and of data, which is all that OpenSSL's CMS reads. */
struct cm_cms {
    CMS_ContentInfo *cms;         /* owned; NULL: nothing */
    char type[CM_FORM_TYPE_SIZE]; /* of the content that was taken out; "": nothing was */
    struct cm_buf made;           /* that content, DER */
};
#define CM_CMS_INIT                                                                                \
    {                                                                                              \
        .cms = NULL, .made = CM_BUF_INIT(CM_CMS_MADE_MOST)                                         \
    }
void cm_cms_all_done(struct cm_cms *all); /* for CM_CLEANUP */

/* A signature that, written again, is the same bytes: there is nothing in it that was not read. *to
 * is as CM_CMS_INIT has it, and to be ended in any case. CM_E_MALFORMED. */
bool cm_cms_read(const void *der, size_t size, struct cm_cms *to, struct cm_err *err) CM_MUST;
/* With the content in its place; DER, appended. */
bool cm_cms_write(const struct cm_cms *all, struct cm_buf *to, struct cm_err *err) CM_MUST;

/* The type as an attribute says it; owned. */
ASN1_OBJECT *cm_cms_type(const char *type);
/* The identifier of the attribute in which a time stamp stands, beside a content of that type;
 * owned. */
ASN1_OBJECT *cm_cms_stamp_type(const char *type);
/* SHA-256 of a content as it is signed. */
bool cm_cms_made_digest(const struct cm_buf *made, char ret[CM_SHA256_HEX], struct cm_err *err)
    CM_MUST;

/* Says why, and forgets what OpenSSL had to say of it. Returns false. */
static inline bool
cm_cms_fail(struct cm_err *err, enum cm_class class, const char *what)
{
    ERR_clear_error();
    return cm_fail(err, class, "%s", what);
}

/* A time as ns since 1970; false if it is none, or of an age that these do not reach. */
bool cm_cms_time(const ASN1_STRING *text, int64_t *ret) CM_MUST;

/* The signing time, by the signer's word; false if it does not say one. */
bool cm_cms_signed_at(CMS_SignerInfo *si, int64_t *ret) CM_MUST;

/* SHA-256 of the signature itself: what a time stamp is of. */
bool cm_cms_value_sha256(CMS_SignerInfo *si, unsigned char ret[CM_SHA256_SIZE]) CM_MUST;

/* The time that a time stamp in it says; 0 if there is none. `type`: of the content (struct
 * cm_cms). CM_E_DENIED if it is one of another signature, or there is anything else that is not
 * signed. */
bool cm_cms_stamped_at(CMS_SignerInfo *si, const char *type, int64_t *ret, struct cm_err *err)
    CM_MUST;

/* Of one certificate: is it what is demanded? */
bool cm_certificate_serves(X509 *certificate, unsigned demands, struct cm_err *err) CM_MUST;
/* One of those that cm_x509_read_certificates() gives. Owned. */
bool cm_certificate_of(const char *base64, X509 **ret, struct cm_err *err) CM_MUST;
bool cm_certificate_sha256(const X509 *certificate, char ret[CM_SHA256_HEX]) CM_MUST;

/* The identifier, and the value's DER in *to (cleared before). */
bool cm_attribute_parse(const char *text, ASN1_OBJECT **ret, struct cm_buf *to, struct cm_err *err)
    CM_MUST;

/* The text that is signed, with the digest of the artifact in it; of the artifact itself, and of
 * what a program made, nothing. */
bool cm_cms_text(const struct cm_cms_wish *wish, const char *artifact, struct cm_buf *to,
                 struct cm_err *err) CM_MUST;

/* ---- cms_sign.c ---- */
/* Signs the attributes as they are now. */
bool cm_cms_sign(CMS_SignerInfo *si, const struct cm_attest_key *key, struct cm_err *err) CM_MUST;

#endif
