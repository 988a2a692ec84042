/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pem.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BEGIN "-----BEGIN "
#define END   "-----END "
#define DASH  "-----"

#define ROUNDS 600000 /* of PBKDF2, between a pass phrase and the key made of it */

/* OpenSSL writes it in front of the key of a named curve; it says nothing that the key does not. */
#define PARAMETERS BEGIN "EC PARAMETERS" DASH

void
cm_pkey_done(EVP_PKEY **pkey)
{
    EVP_PKEY_free(*pkey);
    *pkey = NULL;
}

static void
bio_done(BIO **bio)
{
    BIO_free(*bio);
}

/* ---- reading ---- */

bool
cm_pem_is_secret(const struct cm_buf *pem)
{
    return strstr(cm_buf_text(pem), "PRIVATE KEY" DASH) != NULL;
}

bool
cm_pem_is_encrypted(const struct cm_buf *pem)
{
    return strstr(cm_buf_text(pem), "ENCRYPTED") != NULL;
}

static bool
check_alone(const struct cm_buf *pem, const char *kind, const char *name, struct cm_err *err)
{
    const char *text = cm_buf_text(pem), *first = strstr(text, BEGIN);
    if (strlen(text) != pem->size)
        return cm_fail(err, CM_E_MALFORMED, "%s: not a %s key in PEM: it holds a NUL", name, kind);
    if (first != NULL && strncmp(first, PARAMETERS, strlen(PARAMETERS)) == 0)
        first = strstr(first + strlen(BEGIN), BEGIN);
    const char *end = first != NULL ? strstr(first, END) : NULL;
    const char *behind = end != NULL ? strstr(end + strlen(END), DASH) : NULL;
    if (behind == NULL)
        return cm_fail(err, CM_E_MALFORMED, "%s: not a %s key in PEM", name, kind);
    behind += strlen(DASH);
    if (behind[strspn(behind, " \t\r\n")] != '\0')
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: there is something behind the key; a file of one key is wanted", name);
    return true;
}

/* OpenSSL would otherwise ask on the terminal. */
static int
give_pass_phrase(char *to, int size, int is_writing, void *context)
{
    const char *text = context;
    size_t wanted = text != NULL ? strlen(text) : 0;
    (void)is_writing;
    if (size < 0 || wanted > (size_t)size)
        return -1;
    memcpy(to, text != NULL ? text : "", wanted);
    return (int)wanted;
}

bool
cm_pem_read_secret(const struct cm_buf *pem, const char *pass_phrase, const char *name,
                   EVP_PKEY **ret, struct cm_err *err)
{
    if (!check_alone(pem, "secret", name, err))
        return false;
    if (cm_pem_is_encrypted(pem) && pass_phrase == NULL)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: not a secret key in PEM that opens without a pass phrase", name);
    CM_CLEANUP(bio_done) BIO *bio = BIO_new_mem_buf(cm_buf_text(pem), (int)pem->size);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, give_pass_phrase,
                                                (void *)(uintptr_t)pass_phrase, NULL, NULL);
    ERR_clear_error();
    if (!pkey)
        return cm_fail(err, CM_E_MALFORMED,
                       cm_pem_is_encrypted(pem) ? "%s: the pass phrase does not open this key"
                                                : "%s: not a secret key in PEM",
                       name);
    *ret = pkey;
    return true;
}

bool
cm_pem_read_public(const struct cm_buf *pem, const char *name, EVP_PKEY **ret, struct cm_err *err)
{
    if (!check_alone(pem, "public", name, err))
        return false;
    CM_CLEANUP(bio_done) BIO *bio = BIO_new_mem_buf(cm_buf_text(pem), (int)pem->size);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY_ex(bio, NULL, give_pass_phrase, NULL, NULL, NULL);
    ERR_clear_error();
    if (!pkey)
        return cm_fail(err, CM_E_MALFORMED, "%s: not a public key in PEM", name);
    *ret = pkey;
    return true;
}

/* ---- writing ---- */

static bool
take_text(BIO *bio, struct cm_buf *to)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    cm_buf_add(to, text, size > 0 ? (size_t)size : 0);
    return size > 0 && !to->failed;
}

static void
info_done(PKCS8_PRIV_KEY_INFO **info)
{
    PKCS8_PRIV_KEY_INFO_free(*info);
}

static void
sealed_done(X509_SIG **sealed)
{
    X509_SIG_free(*sealed);
}

/* OpenSSL's own writer of encrypted keys derives theirs in 2,048 rounds, which is few. */
static bool
put_encrypted(const EVP_PKEY *pkey, const char *pass_phrase, BIO *bio)
{
    CM_CLEANUP(info_done) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    CM_CLEANUP(sealed_done)
    X509_SIG *sealed = info ? PKCS8_encrypt(-1, EVP_aes_256_cbc(), pass_phrase,
                                            (int)strlen(pass_phrase), NULL, 0, ROUNDS, info)
                            : NULL;
    return sealed && PEM_write_bio_PKCS8(bio, sealed) == 1;
}

bool
cm_pem_put_secret(const EVP_PKEY *pkey, const char *pass_phrase, struct cm_buf *to)
{
    CM_CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_secmem());
    if (!bio)
        return false;
    bool put = pass_phrase
                   ? put_encrypted(pkey, pass_phrase, bio)
                   : PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1;
    return put && take_text(bio, to);
}

bool
cm_pem_put_public(const EVP_PKEY *pkey, struct cm_buf *to)
{
    CM_CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_mem());
    return bio && PEM_write_bio_PUBKEY(bio, pkey) == 1 && take_text(bio, to);
}

bool
cm_pkey_id(const EVP_PKEY *pkey, char ret[CM_KEY_ID_SIZE])
{
    unsigned char *der = NULL;
    char hex[CM_SHA256_HEX];
    int size = i2d_PUBKEY(pkey, &der);
    bool done = size > 0 && cm_sha256(der, (size_t)size, hex);
    OPENSSL_free(der);
    if (done)
        (void)snprintf(ret, CM_KEY_ID_SIZE, "sha256:%s", hex);
    return done;
}

bool
cm_secret_file_check(int fd, const char *path, const char *what, struct cm_err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return cm_fail(err, CM_E_DENIED,
                       "%s: %s is open to others than its owner; mend it with: chmod 600 '%s'",
                       path, what, path);
    return true;
}
