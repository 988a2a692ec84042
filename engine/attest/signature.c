/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/key_inside.h"

#include "x509/openssl.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define MOST_RSA_BYTES 2048 /* of 16384 bits */
#define MOST_DER       160

CM_FREED_BY(pkey_context_done, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
CM_FREED_BY(pair_done, ECDSA_SIG, ECDSA_SIG_free)

static const EVP_MD *
digest_of(const struct cm_attest_key *key)
{
    if (key->digest == NULL)
        return NULL;
    return strcmp(key->digest, "sha512") == 0   ? EVP_sha512()
           : strcmp(key->digest, "sha384") == 0 ? EVP_sha384()
                                                : EVP_sha256();
}

/* What is signed: bytes, or a digest of them. */
struct signed_bytes {
    const unsigned char *at;
    size_t size;
    bool is_digest;
};

static bool
verifies_bytes(const struct cm_attest_key *key, const struct signed_bytes *of,
               const unsigned char *signature, size_t size)
{
    CM_CLEANUP(cm_mdctx_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    return context != NULL &&
           EVP_DigestVerifyInit(context, NULL, digest_of(key), NULL, key->pkey) == 1 &&
           EVP_DigestVerify(context, signature, size, of->at, of->size) == 1;
}

static bool
verifies_digest(const struct cm_attest_key *key, const struct signed_bytes *of,
                const unsigned char *signature, size_t size)
{
    CM_CLEANUP(pkey_context_done) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
    return context != NULL && EVP_PKEY_verify_init(context) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, digest_of(key)) == 1 &&
           EVP_PKEY_verify(context, signature, size, of->at, of->size) == 1;
}

static bool
verifies_once(const struct cm_attest_key *key, const struct signed_bytes *of,
              const unsigned char *signature, size_t size)
{
    bool done = of->is_digest ? verifies_digest(key, of, signature, size)
                              : verifies_bytes(key, of, signature, size);
    ERR_clear_error();
    return done;
}

/* r and s, one behind the other, as DER. 0 if they are none of this key's. */
static size_t
as_der(const struct cm_attest_key *key, const unsigned char *raw, size_t size,
       unsigned char ret[MOST_DER])
{
    size_t half = cm_attest_key_coordinate(key);
    unsigned char *to = ret;
    CM_CLEANUP(pair_done) ECDSA_SIG *pair = half > 0 && size == 2 * half ? ECDSA_SIG_new() : NULL;
    if (pair == NULL)
        return 0;
    BIGNUM *r = BN_bin2bn(raw, (int)half, NULL), *s = BN_bin2bn(raw + half, (int)half, NULL);
    if (r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    int der = i2d_ECDSA_SIG(pair, NULL);
    if (der <= 0 || der > MOST_DER || i2d_ECDSA_SIG(pair, &to) != der)
        return 0;
    return (size_t)der;
}

static bool
verifies(const struct cm_attest_key *key, const struct signed_bytes *of, const void *signature,
         size_t size)
{
    unsigned char der[MOST_DER];
    if (size == 0)
        return false;
    if (verifies_once(key, of, signature, size))
        return true;
    size_t der_size = as_der(key, signature, size, der);
    return der_size > 0 && verifies_once(key, of, der, der_size);
}

bool
cm_attest_key_verifies(const struct cm_attest_key *key, const void *at, size_t size,
                       const void *signature, size_t signature_size)
{
    const struct signed_bytes of = {.at = at, .size = size};
    return verifies(key, &of, signature, signature_size);
}

bool
cm_attest_key_verifies_digest(const struct cm_attest_key *key, const void *digest,
                              size_t digest_size, const void *signature, size_t signature_size)
{
    const EVP_MD *md = digest_of(key);
    const struct signed_bytes of = {.at = digest, .size = digest_size, .is_digest = true};
    return md != NULL && (size_t)EVP_MD_get_size(md) == digest_size &&
           verifies(key, &of, signature, signature_size);
}

bool
cm_attest_key_sign(const struct cm_attest_key *key, const void *at, size_t size, struct cm_buf *to,
                   struct cm_err *err)
{
    unsigned char signature[MOST_RSA_BYTES];
    size_t made = sizeof signature;
    CM_CLEANUP(cm_mdctx_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!key->secret)
        return cm_fail(err, CM_E_CONFIG, "a public key signs nothing");
    if (key->token != NULL)
        return cm_attest_key_sign_on_token(key, at, size, to, err);
    bool done = context != NULL &&
                EVP_DigestSignInit(context, NULL, digest_of(key), NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, signature, &made, at, size) == 1;
    ERR_clear_error();
    if (!done)
        return cm_fail(err, CM_E_INTERNAL, "the key does not sign");
    cm_buf_add(to, signature, made);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no room for a signature");
}

bool
cm_attest_key_sign_sha256(const struct cm_attest_key *key, const void *at, size_t size,
                          struct cm_buf *to, struct cm_err *err)
{
    struct cm_attest_key with = *key; /* the same one for a moment: nothing of it is owned here */
    if (key->digest == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "a key of Ed25519 signs no digest");
    cm_attest_key_use_sha256(&with);
    return cm_attest_key_sign(&with, at, size, to, err);
}
