/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/key_inside.h"

#include "base/fd.h"
#include "base/text.h"
#include "trust/secret.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_RSA 2048
#define MOST_RSA  16384 /* one that takes seconds to verify by is no key but an attack */
#define MADE_RSA  3072

static const struct {
    const char *group; /* NULL: no curve of ECDSA */
    const char *digest;
    const char *name;
} kinds[] = {
    [CM_KEY_P256] = {"prime256v1", "sha256", "ECDSA P-256"},
    [CM_KEY_P384] = {"secp384r1", "sha384", "ECDSA P-384"},
    [CM_KEY_P521] = {"secp521r1", "sha512", "ECDSA P-521"},
    [CM_KEY_RSA] = {NULL, "sha256", "RSA"},
    [CM_KEY_ED25519] = {NULL, NULL, "Ed25519"},
};

struct cm_attest_key *
cm_attest_key_free(struct cm_attest_key *key)
{
    if (key == NULL)
        return NULL;
    cm_attest_key_close_token(key);
    EVP_PKEY_free(key->pkey);
    free(key);
    return NULL;
}

void
cm_attest_key_done(struct cm_attest_key **key)
{
    *key = cm_attest_key_free(*key);
}

/* ---- which ones are taken ---- */

/* A curve that is written out instead of named may be another one with the same key on it. */
static bool
kind_of_curve(const EVP_PKEY *pkey, enum cm_key_kind *ret)
{
    char group[64], encoding[64];
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                       NULL) != 1 ||
        EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding,
                                       NULL) != 1 ||
        strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
        return false;
    for (enum cm_key_kind i = CM_KEY_P256; i <= CM_KEY_P521; i++)
        if (strcmp(group, kinds[i].group) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static bool
kind_of(const EVP_PKEY *pkey, const char *name, enum cm_key_kind *ret, struct cm_err *err)
{
    int bits = EVP_PKEY_get_bits(pkey);
    if (EVP_PKEY_is_a(pkey, "EC"))
        return kind_of_curve(pkey, ret) ||
               cm_fail(err, CM_E_UNSUPPORTED, "%s: a curve that is not P-256, P-384 or P-521",
                       name);
    if (EVP_PKEY_is_a(pkey, "RSA") && (bits < LEAST_RSA || bits > MOST_RSA))
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: RSA of %d bits; %d to %d are taken", name, bits,
                       LEAST_RSA, MOST_RSA);
    if (!EVP_PKEY_is_a(pkey, "RSA") && !EVP_PKEY_is_a(pkey, "ED25519"))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s: a key of a kind that is not taken; ECDSA, RSA and Ed25519 are", name);
    *ret = EVP_PKEY_is_a(pkey, "RSA") ? CM_KEY_RSA : CM_KEY_ED25519;
    return true;
}

bool
cm_attest_key_wrap(EVP_PKEY **pkey, bool secret, const char *name, struct cm_attest_key **ret,
                   struct cm_err *err)
{
    enum cm_key_kind kind = CM_KEY_P256;
    if (!kind_of(*pkey, name, &kind, err))
        return false;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = calloc(1, sizeof *key);
    if (key == NULL || !cm_pkey_id(*pkey, key->id))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for the key", name);
    key->pkey = CM_TAKE(*pkey);
    key->kind = kind;
    key->digest = kinds[kind].digest;
    key->secret = secret;
    *ret = CM_TAKE(key);
    return true;
}

/* ---- from texts and files ---- */

bool
cm_attest_key_public(const struct cm_buf *pem, const char *name, struct cm_attest_key **ret,
                     struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    if (cm_pem_is_secret(pem))
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: a secret key, where a public one is enough (see countermark key "
                       "public)",
                       name);
    return cm_pem_read_public(pem, name, &pkey, err) &&
           cm_attest_key_wrap(&pkey, false, name, ret, err);
}

bool
cm_attest_key_secret(const struct cm_buf *pem, const char *pass_phrase, const char *name,
                     struct cm_attest_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    return cm_pem_read_secret(pem, pass_phrase, name, &pkey, err) &&
           cm_attest_key_wrap(&pkey, true, name, ret, err);
}

bool
cm_attest_key_read_public(const char *path, struct cm_attest_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    pem.secret = true; /* it may be the wrong file */
    return cm_file_read(path, &pem, err) && cm_attest_key_public(&pem, path, ret, err);
}

static bool
read_pass_phrase(const struct cm_buf *pem, const char *reference, const char *path,
                 struct cm_buf *to, struct cm_err *err)
{
    if (cm_pem_is_encrypted(pem) && reference == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "%s: the key is encrypted: say where its pass phrase is (--passphrase "
                       "file:/..., env:NAME or credential:NAME)",
                       path);
    if (!cm_pem_is_encrypted(pem) && reference != NULL)
        return cm_fail(err, CM_E_CONFIG, "%s: the key is not encrypted, and has no pass phrase",
                       path);
    return reference == NULL || cm_secret_read(reference, to, err);
}

bool
cm_attest_key_read_secret(const char *path, const char *pass_phrase, struct cm_attest_key **ret,
                          struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf phrase = CM_BUF_INIT(CM_PEM_MOST);
    pem.secret = phrase.secret = true;
    return cm_file_open_guarded(path, &fd, NULL, err) &&
           cm_secret_file_check(fd, path, "the key", err) && cm_fd_read_all(fd, path, &pem, err) &&
           read_pass_phrase(&pem, pass_phrase, path, &phrase, err) &&
           cm_attest_key_secret(&pem, phrase.size > 0 ? phrase.at : NULL, path, ret, err);
}

bool
cm_attest_key_make(enum cm_key_kind kind, struct cm_attest_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done)
    EVP_PKEY *pkey = kind == CM_KEY_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)MADE_RSA)
                     : kind == CM_KEY_ED25519
                         ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                         : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kinds[kind].group);
    if (pkey == NULL)
        return cm_fail(err, CM_E_INTERNAL, "no key of %s can be made", kinds[kind].name);
    return cm_attest_key_wrap(&pkey, true, "the new key", ret, err);
}

bool
cm_attest_key_put_public(const struct cm_attest_key *key, struct cm_buf *to)
{
    return cm_pem_put_public(key->pkey, to);
}

bool
cm_attest_key_put_secret(const struct cm_attest_key *key, const char *pass_phrase,
                         struct cm_buf *to)
{
    return key->secret && key->token == NULL && cm_pem_put_secret(key->pkey, pass_phrase, to);
}

/* ---- what it is ---- */

enum cm_key_kind
cm_attest_key_kind(const struct cm_attest_key *key)
{
    return key->kind;
}

bool
cm_attest_key_is_secret(const struct cm_attest_key *key)
{
    return key->secret;
}

const char *
cm_attest_key_name(const struct cm_attest_key *key)
{
    return kinds[key->kind].name;
}

const char *
cm_attest_key_id(const struct cm_attest_key *key)
{
    return key->id;
}

bool
cm_attest_key_same(const struct cm_attest_key *a, const struct cm_attest_key *b)
{
    bool same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
    ERR_clear_error();
    return same;
}

const char *
cm_attest_key_digest(const struct cm_attest_key *key)
{
    return key->digest;
}

void
cm_attest_key_use_sha256(struct cm_attest_key *key)
{
    if (key->digest != NULL)
        key->digest = "sha256";
}

size_t
cm_attest_key_coordinate(const struct cm_attest_key *key)
{
    return key->kind == CM_KEY_P256   ? 32
           : key->kind == CM_KEY_P384 ? 48
           : key->kind == CM_KEY_P521 ? 66
                                      : 0;
}
