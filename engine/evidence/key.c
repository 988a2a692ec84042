/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/key.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "evidence-key.pem"
#define MOST_PEM  16384
#define KIND      "ED25519"

struct cm_key *
cm_key_free(struct cm_key *key)
{
    if (!key)
        return NULL;
    EVP_PKEY_free(key->pkey);
    free(key);
    return NULL;
}

void
cm_key_done(struct cm_key **key)
{
    *key = cm_key_free(*key);
}

static void
pkey_done(EVP_PKEY **pkey)
{
    EVP_PKEY_free(*pkey);
}

static void
bio_done(BIO **bio)
{
    BIO_free(*bio);
}

/* ---- from and to PEM ---- */

/* OpenSSL would otherwise ask for a pass phrase on the terminal. */
static int
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
no_pass_phrase(char *to, int size, int is_writing, void *context)
{
    (void)to, (void)size, (void)is_writing, (void)context;
    return 0;
}

static bool
id_of(const EVP_PKEY *pkey, char ret[CM_KEY_ID_SIZE])
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

static bool
wrap(EVP_PKEY **pkey, const char *path, struct cm_key **ret, struct cm_err *err)
{
    if (!EVP_PKEY_is_a(*pkey, KIND))
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: a key, but not one of Ed25519", path);
    CM_CLEANUP(cm_key_done) struct cm_key *key = calloc(1, sizeof *key);
    if (!key || !id_of(*pkey, key->id))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for the key", path);
    key->pkey = CM_TAKE(*pkey);
    *ret = CM_TAKE(key);
    return true;
}

static bool
read_secret(const struct cm_buf *pem, const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(bio_done) BIO *bio = BIO_new_mem_buf(cm_buf_text(pem), (int)pem->size);
    CM_CLEANUP(pkey_done)
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, no_pass_phrase, NULL, NULL, NULL);
    ERR_clear_error();
    if (!pkey)
        return cm_fail(err, CM_E_MALFORMED, "%s: not a secret key in PEM", path);
    return wrap(&pkey, path, ret, err);
}

static bool
read_public(const struct cm_buf *pem, const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(bio_done) BIO *bio = BIO_new_mem_buf(cm_buf_text(pem), (int)pem->size);
    CM_CLEANUP(pkey_done)
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY_ex(bio, NULL, no_pass_phrase, NULL, NULL, NULL);
    ERR_clear_error();
    if (!pkey)
        return cm_fail(err, CM_E_MALFORMED, "%s: not a public key in PEM", path);
    return wrap(&pkey, path, ret, err);
}

static bool
write_secret(const EVP_PKEY *pkey, struct cm_buf *to)
{
    char *text = NULL;
    CM_CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_secmem());
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1)
        return false;
    long size = BIO_get_mem_data(bio, &text);
    cm_buf_add(to, text, size > 0 ? (size_t)size : 0);
    return size > 0 && !to->failed;
}

bool
cm_key_public_pem(const struct cm_key *key, struct cm_buf *to)
{
    char *text = NULL;
    CM_CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio_PUBKEY(bio, key->pkey) != 1)
        return false;
    long size = BIO_get_mem_data(bio, &text);
    cm_buf_add(to, text, size > 0 ? (size_t)size : 0);
    return size > 0 && !to->failed;
}

bool
cm_key_id(const struct cm_key *key, char ret[CM_KEY_ID_SIZE])
{
    memcpy(ret, key->id, sizeof key->id);
    return true;
}

/* ---- files ---- */

bool
cm_key_read_public(const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(MOST_PEM);
    pem.secret = true;
    if (!cm_file_read(path, &pem, err))
        return false;
    if (strstr(cm_buf_text(&pem), "PRIVATE KEY-----"))
        return read_secret(&pem, path, ret, err);
    return read_public(&pem, path, ret, err);
}

static bool
refuse_readers(int fd, const char *path, struct cm_err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return cm_fail(err, CM_E_DENIED,
                       "%s: the evidence key is open to others than its owner; "
                       "mend it with: chmod 600 '%s'",
                       path, path);
    return true;
}

static bool
load(const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(MOST_PEM);
    pem.secret = true;
    return cm_file_open_guarded(path, &fd, NULL, err) && refuse_readers(fd, path, err) &&
           cm_fd_read_all(fd, path, &pem, err) && read_secret(&pem, path, ret, err);
}

static bool
make(const char *state, const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(MOST_PEM);
    CM_CLEANUP(pkey_done) EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, KIND);
    pem.secret = true;
    if (!pkey || !write_secret(pkey, &pem))
        return cm_fail(err, CM_E_INTERNAL, "%s: no Ed25519 key can be made", path);
    if (cm_folder_make(state, err) && cm_file_create(path, 0600, pem.at, pem.size, err))
        return true;
    return cm_context(err,
                      "%s: the evidence key cannot be kept here (set `state` to a folder that "
                      "can be written)",
                      state);
}

/* The key that is there; none, and *ret stays as it is, if there is none yet. */
static bool
load_if_any(const char *path, struct cm_key **ret, struct cm_err *err)
{
    struct cm_err missing = CM_ERR_INIT;
    if (load(path, ret, &missing) || missing.class == CM_E_NOT_FOUND)
        return true;
    return cm_fail(err, missing.class, "%s", missing.text);
}

bool
cm_key_of_state(const char *state, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_text_done) char *path = NULL;
    if (asprintf(&path, "%s/%s", state, FILE_NAME) < 0)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", state);
    if (!load_if_any(path, &key, err))
        return false;
    if (key == NULL && (!make(state, path, err) || !load(path, &key, err)))
        return false;
    *ret = CM_TAKE(key);
    return true;
}

bool
cm_key_may_be_had(const char *state, struct cm_err *err)
{
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_text_done) char *path = NULL;
    if (asprintf(&path, "%s/%s", state, FILE_NAME) < 0)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", state);
    if (!load_if_any(path, &key, err) || (key == NULL && !cm_folder_may_make(state, err)))
        return false;
    return key != NULL || access(state, F_OK) < 0 || cm_folder_is_guarded(state, err);
}
