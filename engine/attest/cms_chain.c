/* SPDX-License-Identifier: Apache-2.0
 *
 * The certificates that go with a signature.
 */
#include "attest/cms_inside.h"

#include "attest/key_inside.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/read.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Microsoft's: a signature that ends with its certificate, whatever a time stamp says. */
#define LIFETIME_SIGNING "1.3.6.1.4.1.311.10.3.13"

void
cm_cms_chain_done(struct cm_cms_chain **chain)
{
    if (*chain != NULL)
        sk_X509_pop_free((*chain)->all, X509_free);
    free(*chain);
    *chain = NULL;
}

bool
cm_certificate_sha256(const X509 *certificate, char ret[CM_SHA256_HEX])
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    bool done = size > 0 && cm_sha256(der, (size_t)size, ret);
    OPENSSL_free(der);
    return done;
}

/* ---- reading ---- */

bool
cm_certificate_of(const char *base64, X509 **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_X509_MOST);
    if (base64 == NULL || !cm_unbase64(base64, strlen(base64), &der))
        return cm_fail(err, CM_E_INTERNAL, "a certificate was lost on the way");
    return cm_x509_parse(der.at, der.size, ret, err);
}

static bool
add(struct cm_cms_chain *chain, const char *base64, struct cm_err *err)
{
    CM_CLEANUP(cm_x509_done) X509 *one = NULL;
    if (!cm_certificate_of(base64, &one, err))
        return false;
    if (sk_X509_push(chain->all, one) <= 0)
        return cm_fail(err, CM_E_LIMIT, "no memory for a certificate");
    one = NULL;
    return true;
}

/* Each issued the one before it; that of the key is the first. */
static bool
check_order(const struct cm_cms_chain *chain, const struct cm_attest_key *key, struct cm_err *err)
{
    if (X509_check_private_key(sk_X509_value(chain->all, 0), key->pkey) != 1) {
        ERR_clear_error();
        return cm_fail(err, CM_E_CONFIG, "the first certificate is not that of the key");
    }
    for (int i = 1; i < sk_X509_num(chain->all); i++)
        if (X509_check_issued(sk_X509_value(chain->all, i), sk_X509_value(chain->all, i - 1)) !=
            X509_V_OK)
            return cm_fail(err, CM_E_CONFIG, "certificate %d did not issue the one before it",
                           i + 1);
    return true;
}

bool
cm_cms_chain_parse(const void *pem, size_t size, const struct cm_attest_key *key,
                   struct cm_cms_chain **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *list = NULL;
    CM_CLEANUP(cm_cms_chain_done) struct cm_cms_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL || (chain->all = sk_X509_new_null()) == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for certificates");
    if (!cm_x509_read_certificates(pem, size, &list, err))
        return false;
    if (json_array_size(list) > CM_CMS_CHAIN_MOST)
        return cm_fail(err, CM_E_CONFIG, "more than %d certificates", CM_CMS_CHAIN_MOST);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!add(chain, json_string_value(json_array_get(list, i)), err))
            return false;
    if (!check_order(chain, key, err))
        return false;
    if (!cm_certificate_sha256(sk_X509_value(chain->all, 0), chain->sha256))
        return cm_fail(err, CM_E_INTERNAL, "a certificate cannot be hashed");
    *ret = CM_TAKE(chain);
    return true;
}

bool
cm_cms_chain_read(const char *path, const struct cm_attest_key *key, struct cm_cms_chain **ret,
                  struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_CMS_CHAIN_FILE_MOST);
    if (!cm_file_open_guarded(path, &fd, NULL, err) || !cm_fd_read_all(fd, path, &pem, err))
        return false;
    return cm_cms_chain_parse(cm_buf_text(&pem), pem.size, key, ret, err) ||
           cm_context(err, "%s", path);
}

const char *
cm_cms_chain_sha256(const struct cm_cms_chain *chain)
{
    return chain->sha256;
}

/* ---- what they are good for ---- */

static bool
is_rsa(X509 *certificate, struct cm_err *err)
{
    int by = X509_get_signature_nid(certificate);
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL || !EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) < 2048)
        return cm_fail(err, CM_E_CONFIG,
                       "the certificate's key is not RSA of 2048 bits or more, which is demanded");
    return by == NID_sha256WithRSAEncryption || by == NID_sha384WithRSAEncryption ||
           by == NID_sha512WithRSAEncryption ||
           cm_fail(err, CM_E_CONFIG,
                   "the certificate was not signed by RSA with SHA-2, which is demanded");
}

static bool
has_purpose(X509 *certificate, const char *oid)
{
    char text[128];
    bool found = false;
    EXTENDED_KEY_USAGE *all = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; !found && i < sk_ASN1_OBJECT_num(all); i++)
        found = OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(all, i), 1) > 0 &&
                strcmp(text, oid) == 0;
    EXTENDED_KEY_USAGE_free(all);
    return found;
}

static bool
is_for_code(X509 *certificate, struct cm_err *err)
{
    if (!has_purpose(certificate, "1.3.6.1.5.5.7.3.3"))
        return cm_fail(err, CM_E_CONFIG,
                       "the certificate is not for signing code (extended key usage codeSigning)");
    return !has_purpose(certificate, LIFETIME_SIGNING) ||
           cm_fail(err, CM_E_CONFIG,
                   "signatures of this certificate end with its own life (lifetime signing)");
}

bool
cm_certificate_serves(X509 *certificate, unsigned demands, struct cm_err *err)
{
    return ((demands & CM_CMS_RSA) == 0 || is_rsa(certificate, err)) &&
           ((demands & CM_CMS_CODE_SIGNING) == 0 || is_for_code(certificate, err));
}

bool
cm_cms_chain_serves(const struct cm_cms_chain *chain, unsigned demands, int64_t now,
                    struct cm_err *err)
{
    time_t at = (time_t)(now / CM_SECOND);
    for (int i = 0; i < sk_X509_num(chain->all); i++) {
        const X509 *one = sk_X509_value(chain->all, i);
        if (X509_cmp_time(X509_get0_notBefore(one), &at) >= 0)
            return cm_fail(err, CM_E_CONFIG, "certificate %d is not valid yet", i + 1);
        if (X509_cmp_time(X509_get0_notAfter(one), &at) <= 0)
            return cm_fail(err, CM_E_CONFIG, "certificate %d has expired", i + 1);
    }
    return cm_certificate_serves(sk_X509_value(chain->all, 0), demands, err);
}
