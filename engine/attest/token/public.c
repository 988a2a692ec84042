/* SPDX-License-Identifier: Apache-2.0
 *
 * The public half of a key, from whichever object of the token has it: an RSA key itself, a public
 * key of the same id, a certificate of the same id.
 */
#include "attest/token/inside.h"

#include "x509/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

#define OCTET_STRING 0x04
#define ED25519_SIZE 32

/* ---- EVP_PKEY out of numbers ---- */

CM_FREED_BY(context_done, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
CM_FREED_BY(builder_done, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
CM_FREED_BY(params_done, OSSL_PARAM, OSSL_PARAM_free)

static EVP_PKEY *
from_params(const char *kind, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    CM_CLEANUP(context_done) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (context == NULL || params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return pkey;
}

static EVP_PKEY *
rsa_of(const struct cm_attribute *modulus, const struct cm_attribute *exponent)
{
    CM_CLEANUP(cm_bignum_done) BIGNUM *n = BN_bin2bn(modulus->at, (int)modulus->size, NULL);
    CM_CLEANUP(cm_bignum_done) BIGNUM *e = BN_bin2bn(exponent->at, (int)exponent->size, NULL);
    CM_CLEANUP(builder_done) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n == NULL || e == NULL || builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return NULL;
    CM_CLEANUP(params_done) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    return from_params("RSA", params);
}

/* The curves by the object identifiers of CKA_EC_PARAMS. */
static const struct {
    const char *group;
    size_t coordinate;
    const char *at;
    size_t size;
} curves[] = {
    {"prime256v1", 32, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10},
    {"secp384r1", 48, "\x06\x05\x2b\x81\x04\x00\x22", 7},
    {"secp521r1", 66, "\x06\x05\x2b\x81\x04\x00\x23", 7},
};

/* Some modules give the bytes of a point as they are, others in an OCTET STRING, as they should. */
static const unsigned char *
bare(const struct cm_attribute *point, size_t size)
{
    const unsigned char *at = point->at;
    size_t head = size < 0x80 ? 2 : 3;
    if (point->size == size)
        return at;
    if (point->size != head + size || at[0] != OCTET_STRING || (head == 3 && at[1] != 0x81) ||
        at[head - 1] != size)
        return NULL;
    return at + head;
}

static EVP_PKEY *
ecdsa_of(const struct cm_attribute *curve, const struct cm_attribute *point)
{
    for (size_t i = 0; i < CM_COUNT(curves); i++) {
        if (curve->size != curves[i].size || memcmp(curve->at, curves[i].at, curve->size) != 0)
            continue;
        size_t size = 1 + 2 * curves[i].coordinate;
        const unsigned char *at = bare(point, size);
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                             (char *)(uintptr_t)curves[i].group, 0),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)at, size),
            OSSL_PARAM_construct_end(),
        };
        return at != NULL ? from_params("EC", params) : NULL;
    }
    return NULL;
}

static EVP_PKEY *
ed25519_of(const struct cm_attribute *point)
{
    const unsigned char *at = bare(point, ED25519_SIZE);
    return at != NULL ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, at, ED25519_SIZE)
                      : NULL;
}

/* ---- out of objects ---- */

/* NULL and true: the object does not say it. */
static bool
from_key(const struct cm_token *token, CK_OBJECT_HANDLE object, EVP_PKEY **ret, struct cm_err *err)
{
    CK_ULONG kind = 0;
    struct cm_attribute a, b;
    if (!cm_token_read_number(token, object, CKA_KEY_TYPE, &kind, err))
        return false;
    if (kind != CKK_RSA && kind != CKK_EC && kind != CKK_EC_EDWARDS)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "a key of a kind that is not taken (0x%lx); ECDSA, RSA and Ed25519 are",
                       kind);
    if (!cm_token_read(token, object, kind == CKK_RSA ? CKA_MODULUS : CKA_EC_PARAMS, &a, err) ||
        !cm_token_read(token, object, kind == CKK_RSA ? CKA_PUBLIC_EXPONENT : CKA_EC_POINT, &b,
                       err))
        return false;
    if (a.size == 0 || b.size == 0) {
        *ret = NULL;
        return true;
    }
    EVP_PKEY *pkey = kind == CKK_RSA  ? rsa_of(&a, &b)
                     : kind == CKK_EC ? ecdsa_of(&a, &b)
                                      : ed25519_of(&b);
    ERR_clear_error();
    if (pkey == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the public half on the token is none that is taken: ECDSA on P-256, P-384 "
                       "or P-521, RSA and Ed25519 are");
    *ret = pkey;
    return true;
}

static bool
from_certificate(const struct cm_token *token, CK_OBJECT_HANDLE object, EVP_PKEY **ret,
                 struct cm_err *err)
{
    struct cm_attribute value;
    if (!cm_token_read(token, object, CKA_VALUE, &value, err))
        return false;
    const unsigned char *at = value.at;
    CM_CLEANUP(cm_x509_done) X509 *certificate = d2i_X509(NULL, &at, (long)value.size);
    EVP_PKEY *pkey = certificate != NULL ? X509_get_pubkey(certificate) : NULL;
    ERR_clear_error();
    if (pkey == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the certificate of the key is none");
    *ret = pkey;
    return true;
}

/* Of a public key or certificate with these attributes, of which the first is its class. Several
 * certificates of one key are nothing unusual; if one is another key's, no signature verifies. */
static bool
from_object(const struct cm_token *token, CK_ATTRIBUTE *like, size_t count, EVP_PKEY **ret,
            struct cm_err *err)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_OBJECT_HANDLE object = 0;
    size_t found = 0;
    like[0] = (CK_ATTRIBUTE){CKA_CLASS, &class, sizeof class};
    if (!cm_token_find(token, like, count, &object, &found, err))
        return false;
    if (found > 1)
        return cm_fail(err, CM_E_CONFIG,
                       "the token has several public keys there: say id=... of the one in the URI");
    if (found == 1)
        return from_key(token, object, ret, err);
    class = CKO_CERTIFICATE;
    if (!cm_token_find(token, like, count, &object, &found, err))
        return false;
    *ret = NULL;
    return found == 0 || from_certificate(token, object, ret, err);
}

bool
cm_token_public_of(const struct cm_token *token, EVP_PKEY **ret, struct cm_err *err)
{
    struct cm_attribute id;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    if (!from_key(token, token->key, &pkey, err) ||
        (pkey == NULL && !cm_token_read(token, token->key, CKA_ID, &id, err)))
        return false;
    if (pkey == NULL && id.size > 0) {
        CK_ATTRIBUTE like[] = {{0}, {CKA_ID, id.at, id.size}};
        if (!from_object(token, like, CM_COUNT(like), &pkey, err))
            return false;
    }
    if (pkey == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "the token does not have the public half of the key: put its certificate or "
                       "public key there, with the key's id (CKA_ID)");
    *ret = CM_TAKE(pkey);
    return true;
}

bool
cm_token_public_named(const struct cm_token *token, EVP_PKEY **ret, struct cm_err *err)
{
    CK_ATTRIBUTE like[3] = {{0}};
    size_t count = 1;
    const CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(token->uri, CKA_LABEL),
                       *id = p11_kit_uri_get_attribute(token->uri, CKA_ID);
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    if (label != NULL)
        like[count++] = *label;
    if (id != NULL)
        like[count++] = *id;
    if (!from_object(token, like, count, &pkey, err))
        return false;
    if (pkey == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "the token shows no such public key or certificate without a PIN");
    *ret = CM_TAKE(pkey);
    return true;
}
