/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/stamp.h"

#include "attest/cms_inside.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "x509/read.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <stdlib.h>
#include <string.h>

CM_FREED_BY(cm_tsresp_done, TS_RESP, TS_RESP_free)
CM_FREED_BY(cm_tsverify_done, TS_VERIFY_CTX, TS_VERIFY_CTX_free)
CM_FREED_BY(cm_imprint_done, TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
CM_FREED_BY(cm_algorithm_done, X509_ALGOR, X509_ALGOR_free)

#define NONCE_SIZE 16

struct cm_stamp {
    struct cm_cms of;   /* owned: what is stamped */
    CMS_SignerInfo *si; /* its own */
    TS_REQ *request;    /* owned */
};

void
cm_stamp_done(struct cm_stamp **stamp)
{
    if (*stamp != NULL) {
        cm_cms_all_done(&(*stamp)->of);
        TS_REQ_free((*stamp)->request);
    }
    free(*stamp);
    *stamp = NULL;
}

/* ---- the question ---- */

static bool
put_imprint(TS_REQ *request, CMS_SignerInfo *si)
{
    unsigned char digest[CM_SHA256_SIZE];
    CM_CLEANUP(cm_imprint_done) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    CM_CLEANUP(cm_algorithm_done) X509_ALGOR *algorithm = X509_ALGOR_new();
    return imprint != NULL && algorithm != NULL && cm_cms_value_sha256(si, digest) &&
           X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
           TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
           TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof digest) == 1 &&
           TS_REQ_set_msg_imprint(request, imprint) == 1;
}

/* The first bit is not set: some authorities take a number for negative then. */
static bool
put_nonce(TS_REQ *request)
{
    unsigned char bytes[NONCE_SIZE];
    CM_CLEANUP(cm_bignum_done) BIGNUM *number = NULL;
    CM_CLEANUP(cm_integer_done) ASN1_INTEGER *nonce = NULL;
    if (!cm_random(bytes, sizeof bytes))
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    nonce = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    return nonce != NULL && TS_REQ_set_nonce(request, nonce) == 1;
}

static bool
put_query(const TS_REQ *request, struct cm_buf *to, struct cm_err *err)
{
    unsigned char *der = NULL;
    int size = i2d_TS_REQ(request, &der);
    if (size > 0)
        cm_buf_add(to, der, (size_t)size);
    OPENSSL_free(der);
    return (size > 0 && !to->failed) || cm_cms_fail(err, CM_E_INTERNAL, "no question can be asked");
}

bool
cm_stamp_ask(const void *der, size_t size, struct cm_stamp **ret, struct cm_buf *query,
             struct cm_err *err)
{
    CM_CLEANUP(cm_stamp_done) struct cm_stamp *stamp = calloc(1, sizeof *stamp);
    if (stamp == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for a time stamp");
    stamp->of = (struct cm_cms)CM_CMS_INIT;
    if (!cm_cms_read(der, size, &stamp->of, err))
        return cm_context(err, "what is to be stamped");
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(stamp->of.cms);
    if (all == NULL || sk_CMS_SignerInfo_num(all) != 1)
        return cm_cms_fail(err, CM_E_MALFORMED,
                           "what is to be stamped is no signature of one signer");
    stamp->si = sk_CMS_SignerInfo_value(all, 0);
    stamp->request = TS_REQ_new();
    if (stamp->request == NULL || TS_REQ_set_version(stamp->request, 1) != 1 ||
        !put_imprint(stamp->request, stamp->si) || !put_nonce(stamp->request) ||
        TS_REQ_set_cert_req(stamp->request, 1) != 1)
        return cm_cms_fail(err, CM_E_INTERNAL, "no question can be asked");
    if (!put_query(stamp->request, query, err))
        return false;
    *ret = CM_TAKE(stamp);
    return true;
}

/* ---- whose word counts ---- */

static bool
add_authority(X509_STORE *store, const char *base64, struct cm_err *err)
{
    CM_CLEANUP(cm_x509_done) X509 *one = NULL;
    if (!cm_certificate_of(base64, &one, err))
        return false;
    return X509_STORE_add_cert(store, one) == 1 ||
           cm_cms_fail(err, CM_E_LIMIT, "no memory for a certificate");
}

static bool
make_store(const struct cm_buf *pem, X509_STORE **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *list = NULL;
    CM_CLEANUP(cm_store_done) X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for certificates");
    if (!cm_x509_read_certificates(cm_buf_text(pem), pem->size, &list, err))
        return cm_context(err, "the certificates of the authority for time stamps");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!add_authority(store, json_string_value(json_array_get(list, i)), err))
            return false;
    *ret = CM_TAKE(store);
    return true;
}

static void
put_store(TS_VERIFY_CTX *context, X509_STORE **store)
{
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
    (void)TS_VERIFY_CTX_set0_store(context, CM_TAKE(*store));
#else
    (void)TS_VERIFY_CTX_set_store(context, CM_TAKE(*store));
#endif
}

/* ---- the answer ---- */

static bool
read_answer(const void *answer, size_t size, TS_RESP **ret, struct cm_err *err)
{
    char text[200] = "";
    const unsigned char *at = answer;
    CM_CLEANUP(cm_tsresp_done) TS_RESP *response = NULL;
    if (size > CM_STAMP_MOST)
        return cm_fail(err, CM_E_LIMIT, "an answer of more than %zu bytes", CM_STAMP_MOST);
    response = d2i_TS_RESP(NULL, &at, (long)size);
    if (response == NULL || at != (const unsigned char *)answer + size)
        return cm_cms_fail(err, CM_E_MALFORMED, "the answer is no time stamp");
    long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)));
    const STACK_OF(ASN1_UTF8STRING) *said =
        TS_STATUS_INFO_get0_text(TS_RESP_get_status_info(response));
    if (sk_ASN1_UTF8STRING_num(said) > 0)
        (void)snprintf(text, sizeof text, ": %.*s",
                       ASN1_STRING_length(sk_ASN1_UTF8STRING_value(said, 0)),
                       (const char *)ASN1_STRING_get0_data(sk_ASN1_UTF8STRING_value(said, 0)));
    if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
        return cm_fail(err, CM_E_DENIED, "the authority refuses the time stamp%s", text);
    *ret = CM_TAKE(response);
    return true;
}

static bool
verify(const struct cm_stamp *stamp, TS_RESP *response, X509_STORE **store, struct cm_err *err)
{
    char why[160];
    CM_CLEANUP(cm_tsverify_done)
    TS_VERIFY_CTX *context = TS_REQ_to_TS_VERIFY_CTX(stamp->request, NULL);
    if (context == NULL)
        return cm_cms_fail(err, CM_E_LIMIT, "no memory for a time stamp");
    put_store(context, store);
    (void)TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE | TS_VFY_NONCE | TS_VFY_IMPRINT |
                                               TS_VFY_VERSION);
    if (TS_RESP_verify_response(context, response) == 1)
        return true;
    ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
    ERR_clear_error();
    const char *reason = strrchr(why, ':');
    return cm_fail(err, CM_E_DENIED, "the time stamp does not count: %s",
                   reason != NULL ? reason + 1 : why);
}

/* Clocks that are far apart: one of them is wrong, and nobody could tell which. */
static bool
check_time(const struct cm_stamp *stamp, TS_RESP *response, struct cm_err *err)
{
    int64_t by_authority, by_signer;
    const TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    if (info == NULL || !cm_cms_time(TS_TST_INFO_get_time(info), &by_authority) ||
        !cm_cms_signed_at(stamp->si, &by_signer))
        return cm_cms_fail(err, CM_E_MALFORMED, "the time stamp, or the signature, tells no time");
    return (by_authority - by_signer <= CM_STAMP_APART &&
            by_signer - by_authority <= CM_STAMP_APART) ||
           cm_fail(err, CM_E_DENIED,
                   "the authority's clock and that of the process with the keys are more than %d "
                   "minutes apart",
                   (int)(CM_STAMP_APART / CM_SECOND / 60));
}

static bool
put_token(struct cm_stamp *stamp, TS_RESP *response, struct cm_buf *to, struct cm_err *err)
{
    unsigned char *token = NULL;
    CM_CLEANUP(cm_oid_done) ASN1_OBJECT *type = cm_cms_stamp_type(stamp->of.type);
    int size = i2d_PKCS7(TS_RESP_get_token(response), &token);
    bool added = size > 0 && type != NULL &&
                 CMS_unsigned_add1_attr_by_OBJ(stamp->si, type, V_ASN1_SEQUENCE, token, size) == 1;
    OPENSSL_free(token);
    if (!added)
        return cm_cms_fail(err, CM_E_INTERNAL, "a time stamp cannot be put into the signature");
    return cm_cms_write(&stamp->of, to, err);
}

bool
cm_stamp_take(struct cm_stamp *stamp, const void *answer, size_t size,
              const struct cm_buf *authority, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_store_done) X509_STORE *store = NULL;
    CM_CLEANUP(cm_tsresp_done) TS_RESP *response = NULL;
    return read_answer(answer, size, &response, err) && make_store(authority, &store, err) &&
           verify(stamp, response, &store, err) && check_time(stamp, response, err) &&
           put_token(stamp, response, to, err);
}
