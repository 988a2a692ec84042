/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing: what the token is given, and what becomes of its answer.
 */
#include "attest/token/inside.h"

#include "x509/openssl.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define SIGNATURE_MOST 2048 /* of RSA with 16384 bits */
#define INPUT_MOST     128

/* DigestInfo of SHA-256, without the digest (RFC 8017, 9.2). */
static const unsigned char info_sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                            0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                            0x01, 0x05, 0x00, 0x04, 0x20};

/* ---- how ---- */

static bool
can(const struct cm_token *token, CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism)
{
    CK_MECHANISM_INFO info = {0};
    return token->module->C_GetMechanismInfo(slot, mechanism, &info) == CKR_OK &&
           (info.flags & CKF_SIGN) != 0;
}

bool
cm_token_choose(struct cm_token *token, CK_SLOT_ID slot, const EVP_PKEY *pkey, struct cm_err *err)
{
    bool is_rsa = EVP_PKEY_is_a(pkey, "RSA") == 1, is_ecdsa = EVP_PKEY_is_a(pkey, "EC") == 1;
    CK_MECHANISM_TYPE mechanism = is_rsa ? CKM_RSA_PKCS : is_ecdsa ? CKM_ECDSA : CKM_EDDSA;
    if (is_rsa && !can(token, slot, mechanism))
        mechanism = CKM_SHA256_RSA_PKCS;
    if (!can(token, slot, mechanism))
        return cm_fail(err, CM_E_UNSUPPORTED, "the token does not sign with %s",
                       is_rsa     ? "RSA PKCS#1 v1.5"
                       : is_ecdsa ? "ECDSA (CKM_ECDSA)"
                                  : "Ed25519 (CKM_EDDSA)");
    size_t width = is_rsa     ? (size_t)EVP_PKEY_get_size(pkey)
                   : is_ecdsa ? 2 * (((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8)
                              : 64;
    if (width == 0 || width > SIGNATURE_MOST)
        return cm_fail(err, CM_E_UNSUPPORTED, "RSA of a size that is not taken");
    token->mechanism = mechanism;
    token->width = width;
    return true;
}

/* ---- what the token is given ---- */

struct input {
    const unsigned char *at;
    size_t size;
    unsigned char made[INPUT_MOST];
};

/* The digest is made here: a message of any size would else have to pass through the token. */
static bool
prepare(const struct cm_token *token, const char *digest, const void *at, size_t size,
        struct input *ret, struct cm_err *err)
{
    bool whole = token->mechanism == CKM_EDDSA || token->mechanism == CKM_SHA256_RSA_PKCS;
    size_t head = token->mechanism == CKM_RSA_PKCS ? sizeof info_sha256 : 0, made = 0;
    ret->at = whole ? at : ret->made;
    ret->size = size;
    if (whole)
        return true;
    memcpy(ret->made, info_sha256, head);
    if (EVP_Q_digest(NULL, digest, NULL, at, size, ret->made + head, &made) != 1)
        return cm_fail(err, CM_E_INTERNAL, "there is no digest %s", digest);
    ret->size = head + made;
    return true;
}

/* ---- what it gives ---- */

CM_FREED_BY(pair_done, ECDSA_SIG, ECDSA_SIG_free)

/* r and s, one behind the other, as DER. */
static bool
put_pair(const unsigned char *at, size_t size, struct cm_buf *to)
{
    unsigned char der[SIGNATURE_MOST], *end = der;
    CM_CLEANUP(pair_done) ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(at, (int)(size / 2), NULL);
    BIGNUM *s = BN_bin2bn(at + size / 2, (int)(size / 2), NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return false;
    }
    int made = i2d_ECDSA_SIG(pair, &end);
    if (made > 0)
        cm_buf_add(to, der, (size_t)made);
    return made > 0 && !to->failed;
}

static bool
put(const struct cm_token *token, const unsigned char *at, size_t size, struct cm_buf *to,
    struct cm_err *err)
{
    if (size != token->width)
        return cm_fail(err, CM_E_MALFORMED,
                       "the token gives a signature of %zu bytes, where one of this key has %zu",
                       size, token->width);
    if (token->mechanism == CKM_ECDSA)
        return put_pair(at, size, to) || cm_fail(err, CM_E_LIMIT, "no room for a signature");
    cm_buf_add(to, at, size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no room for a signature");
}

/* ---- asking it ---- */

static bool
ask(struct cm_token *token, const struct input *input, unsigned char *ret, CK_ULONG *size,
    struct cm_err *err)
{
    CK_MECHANISM mechanism = {token->mechanism, NULL, 0};
    CK_RV answer = token->module->C_SignInit(token->session, &mechanism, token->key);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "signing", err);
    if (token->asks_always && !cm_token_log_in_again(token, err))
        return false;
    answer = token->module->C_Sign(token->session, (unsigned char *)(uintptr_t)input->at,
                                   input->size, ret, size);
    return answer == CKR_OK || cm_token_fail(answer, "signing", err);
}

/* Whatever went wrong, the next signature begins with a session of its own: an operation may have
 * been left open in this one. */
bool
cm_token_sign(struct cm_token *token, const char *digest, const void *at, size_t size,
              struct cm_buf *to, struct cm_err *err)
{
    struct input input;
    unsigned char signature[SIGNATURE_MOST];
    CK_ULONG made = sizeof signature;
    if (token->public)
        return cm_fail(err, CM_E_CONFIG, "a public key signs nothing");
    if (!token->is_open && !cm_token_begin(token, err))
        return cm_context(err, "the token");
    if (!prepare(token, digest, at, size, &input, err))
        return false;
    if (!ask(token, &input, signature, &made, err)) {
        cm_token_end(token);
        return false;
    }
    return put(token, signature, made, to, err);
}
