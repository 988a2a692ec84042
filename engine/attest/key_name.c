/* SPDX-License-Identifier: Apache-2.0
 *
 * The other names of a key: OpenSSH's fingerprint, the hint of a bundle.
 */
#include "attest/key_inside.h"

#include "base/text.h"
#include "x509/openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#define MOST_BLOB 8192

static void
put_string(struct cm_buf *to, const void *at, size_t size)
{
    const unsigned char head[4] = {(unsigned char)(size >> 24), (unsigned char)(size >> 16),
                                   (unsigned char)(size >> 8), (unsigned char)size};
    cm_buf_add(to, head, sizeof head);
    cm_buf_add(to, at, size);
}

/* SSH's mpint: a zero in front where the first bit is set. */
static bool
put_number(struct cm_buf *to, const EVP_PKEY *pkey, const char *name)
{
    unsigned char bytes[MOST_BLOB / 2] = {0};
    CM_CLEANUP(cm_bignum_done) BIGNUM *bn = NULL;
    if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1 || BN_num_bytes(bn) >= (int)sizeof bytes)
        return false;
    int size = BN_bn2bin(bn, bytes + 1);
    bool padded = (bytes[1] & 0x80) != 0;
    put_string(to, bytes + !padded, (size_t)size + padded);
    return true;
}

static bool
put_point(struct cm_buf *to, const struct cm_attest_key *key)
{
    unsigned char point[1 + 2 * 66] = {4}; /* not compressed */
    size_t size = cm_attest_key_coordinate(key);
    CM_CLEANUP(cm_bignum_done) BIGNUM *x = NULL;
    CM_CLEANUP(cm_bignum_done) BIGNUM *y = NULL;
    if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
        BN_bn2binpad(x, point + 1, (int)size) < 0 ||
        BN_bn2binpad(y, point + 1 + size, (int)size) < 0)
        return false;
    put_string(to, point, 1 + 2 * size);
    return true;
}

static bool
put_ecdsa(struct cm_buf *to, const struct cm_attest_key *key)
{
    static const char *const curves[] = {
        [CM_KEY_P256] = "nistp256", [CM_KEY_P384] = "nistp384", [CM_KEY_P521] = "nistp521"};
    char type[64] = "ecdsa-sha2-";
    const char *curve = curves[key->kind];
    memcpy(type + strlen(type), curve, strlen(curve) + 1);
    put_string(to, type, strlen(type));
    put_string(to, curve, strlen(curve));
    return put_point(to, key);
}

static bool
put_rsa(struct cm_buf *to, const struct cm_attest_key *key)
{
    put_string(to, "ssh-rsa", strlen("ssh-rsa"));
    return put_number(to, key->pkey, OSSL_PKEY_PARAM_RSA_E) &&
           put_number(to, key->pkey, OSSL_PKEY_PARAM_RSA_N);
}

static bool
put_ed25519(struct cm_buf *to, const struct cm_attest_key *key)
{
    unsigned char public[32];
    size_t size = sizeof public;
    if (EVP_PKEY_get_raw_public_key(key->pkey, public, &size) != 1)
        return false;
    put_string(to, "ssh-ed25519", strlen("ssh-ed25519"));
    put_string(to, public, size);
    return true;
}

bool
cm_attest_key_ssh(const struct cm_attest_key *key, char ret[CM_KEY_SSH_SIZE])
{
    unsigned char bytes[CM_SHA256_SIZE];
    char hex[CM_SHA256_HEX];
    CM_CLEANUP(cm_buf_done) struct cm_buf blob = CM_BUF_INIT(MOST_BLOB);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(128);
    bool put = key->kind == CM_KEY_RSA       ? put_rsa(&blob, key)
               : key->kind == CM_KEY_ED25519 ? put_ed25519(&blob, key)
                                             : put_ecdsa(&blob, key);
    if (!put || blob.failed || !cm_sha256(blob.at, blob.size, hex) ||
        !cm_unhex(hex, strlen(hex), bytes))
        return false;
    cm_buf_puts(&text, "SHA256:");
    cm_base64(&text, bytes, sizeof bytes);
    if (text.failed)
        return false;
    cm_buf_cut(&text, text.size - 1); /* OpenSSH leaves the '=' out */
    memcpy(ret, text.at, text.size + 1);
    return true;
}

bool
cm_attest_key_hint_of(const char *key_id, char ret[CM_KEY_HINT_SIZE])
{
    static const char before[] = "sha256:";
    unsigned char bytes[CM_SHA256_SIZE];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(128);
    if (key_id == NULL || !cm_starts_with(key_id, before))
        return false;
    const char *hex = key_id + strlen(before);
    if (strlen(hex) != 2 * sizeof bytes || !cm_unhex(hex, strlen(hex), bytes))
        return false;
    cm_base64(&text, bytes, sizeof bytes);
    if (text.failed || text.size + 1 != CM_KEY_HINT_SIZE)
        return false;
    memcpy(ret, text.at, CM_KEY_HINT_SIZE);
    return true;
}

void
cm_attest_key_hint(const struct cm_attest_key *key, char ret[CM_KEY_HINT_SIZE])
{
    if (!cm_attest_key_hint_of(key->id, ret)) /* we wrote it */
        ret[0] = '\0';
}
