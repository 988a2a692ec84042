/* SPDX-License-Identifier: Apache-2.0
 *
 * The algorithms of a JWS, one for each type and size of key, and their form of a signature.
 */
#include "x509/jws_algorithm.h"

#include "base/compiler.h"
#include "x509/openssl.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define LEAST_RSA 2048
#define MOST_RSA  8192

/* Of several for one key the first is the one that is written. */
static const struct cm_jws_algorithm algorithms[] = {
    {"ES256", "EC", "prime256v1", "SHA256", 32, false},
    {"ES384", "EC", "secp384r1", "SHA384", 48, false},
    {"ES512", "EC", "secp521r1", "SHA512", 66, false},
    {"PS256", "RSA", NULL, "SHA256", 0, true},
    {"RS256", "RSA", NULL, "SHA256", 0, false},
    {"EdDSA", "ED25519", NULL, NULL, 0, false},
};

static bool
is_for(const struct cm_jws_algorithm *a, const EVP_PKEY *key)
{
    char curve[64];
    size_t size;
    if (!EVP_PKEY_is_a(key, a->type))
        return false;
    if (strcmp(a->type, "RSA") == 0)
        return EVP_PKEY_get_bits(key) >= LEAST_RSA && EVP_PKEY_get_bits(key) <= MOST_RSA;
    return a->curve == NULL || (EVP_PKEY_get_group_name(key, curve, sizeof curve, &size) == 1 &&
                                strcmp(curve, a->curve) == 0);
}

static const struct cm_jws_algorithm *
find(const EVP_PKEY *key, const char *name)
{
    for (size_t i = 0; i < CM_COUNT(algorithms); i++)
        if ((name == NULL || strcmp(algorithms[i].name, name) == 0) && is_for(&algorithms[i], key))
            return &algorithms[i];
    return NULL;
}

bool
cm_jws_algorithm_of(const EVP_PKEY *key, const struct cm_jws_algorithm **ret, struct cm_err *err)
{
    const struct cm_jws_algorithm *found = find(key, NULL);
    ERR_clear_error();
    if (found == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "a key of type %s with %d bits does not sign here: take RSA of %d to %d "
                       "bits, P-256, P-384, P-521 or Ed25519",
                       EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key), LEAST_RSA, MOST_RSA);
    *ret = found;
    return true;
}

bool
cm_jws_algorithm(const EVP_PKEY *key, const char *name, const struct cm_jws_algorithm **ret,
                 struct cm_err *err)
{
    const struct cm_jws_algorithm *usual;
    if (!cm_jws_algorithm_of(key, &usual, err))
        return false;
    const struct cm_jws_algorithm *found = find(key, name);
    ERR_clear_error();
    if (found == NULL)
        return cm_fail(err, CM_E_DENIED, "the algorithm %s is not the one for this key (%s)", name,
                       usual->name);
    *ret = found;
    return true;
}

/* ---- r and s, each with all its leading zeros, to DER and back ---- */

static void
signature_done(ECDSA_SIG **signature)
{
    ECDSA_SIG_free(*signature);
}

static bool
halves_to_der(const struct cm_buf *halves, size_t half, struct cm_buf *to)
{
    CM_CLEANUP(signature_done) ECDSA_SIG *signature = ECDSA_SIG_new();
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    if (signature == NULL || halves->size != 2 * half)
        return false;
    const unsigned char *at = (const unsigned char *)halves->at;
    CM_CLEANUP(cm_bignum_done) BIGNUM *r = BN_bin2bn(at, (int)half, NULL);
    CM_CLEANUP(cm_bignum_done) BIGNUM *s = BN_bin2bn(at + half, (int)half, NULL);
    if (r == NULL || s == NULL || ECDSA_SIG_set0(signature, r, s) != 1)
        return false;
    r = s = NULL; /* the signature's now */
    int size = i2d_ECDSA_SIG(signature, &der);
    cm_buf_add(to, der, size > 0 ? (size_t)size : 0);
    return size > 0 && !to->failed;
}

static bool
der_to_halves(const struct cm_buf *der, size_t half, struct cm_buf *to)
{
    const unsigned char *at = (const unsigned char *)der->at;
    CM_CLEANUP(signature_done) ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der->size);
    unsigned char *halves = (unsigned char *)cm_buf_extend(to, 2 * half);
    return signature != NULL && halves != NULL &&
           BN_bn2binpad(ECDSA_SIG_get0_r(signature), halves, (int)half) >= 0 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature), halves + half, (int)half) >= 0;
}

/* ---- signing and verifying ---- */

/* RFC 7518, 3.5: MGF1 with the same digest, a salt as long as it is. */
static bool
set_padding(const struct cm_jws_algorithm *a, EVP_PKEY_CTX *context)
{
    return !a->pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool
sign(const struct cm_jws_algorithm *a, EVP_PKEY *key, const void *text, size_t size,
     struct cm_buf *to)
{
    EVP_PKEY_CTX *context = NULL; /* the digest's */
    CM_CLEANUP(cm_mdctx_done) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    size_t most = (size_t)EVP_PKEY_get_size(key);
    if (digest == NULL ||
        EVP_DigestSignInit_ex(digest, &context, a->digest, NULL, NULL, key, NULL) != 1 ||
        !set_padding(a, context))
        return false;
    unsigned char *at = (unsigned char *)cm_buf_extend(to, most);
    if (at == NULL || EVP_DigestSign(digest, at, &most, text, size) != 1)
        return false;
    cm_buf_cut(to, most);
    return true;
}

bool
cm_jws_make(const struct cm_jws_algorithm *a, EVP_PKEY *key, const void *text, size_t size,
            struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(4096);
    bool done = sign(a, key, text, size, &raw);
    if (done && a->half > 0)
        done = der_to_halves(&raw, a->half, to);
    else if (done)
        cm_buf_add(to, raw.at, raw.size);
    ERR_clear_error();
    return (done && !to->failed) || cm_fail(err, CM_E_INTERNAL, "the key does not sign");
}

static bool
verifies(const struct cm_jws_algorithm *a, EVP_PKEY *key, const void *text, size_t size,
         const struct cm_buf *raw)
{
    EVP_PKEY_CTX *context = NULL;
    CM_CLEANUP(cm_mdctx_done) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    return digest != NULL &&
           EVP_DigestVerifyInit_ex(digest, &context, a->digest, NULL, NULL, key, NULL) == 1 &&
           set_padding(a, context) &&
           EVP_DigestVerify(digest, (const unsigned char *)raw->at, raw->size, text, size) == 1;
}

bool
cm_jws_holds(const struct cm_jws_algorithm *a, EVP_PKEY *key, const void *text, size_t size,
             const struct cm_buf *signature)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(256);
    bool done = signature->size > 0;
    if (done && a->half > 0)
        done = halves_to_der(signature, a->half, &der) && verifies(a, key, text, size, &der);
    else if (done)
        done = verifies(a, key, text, size, signature);
    ERR_clear_error();
    return done;
}
