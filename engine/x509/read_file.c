/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of certificates, revocation lists and keys: PEM blocks, or one DER.
 */
#include "x509/read.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define FILE_MOST ((size_t)64 << 20)

/* ---- PEM, block by block ---- */

struct block {
    char *name, *header; /* OpenSSL's */
    unsigned char *data; /* may be a key */
    long size;
};

static void
block_done(struct block *block)
{
    OPENSSL_free(block->name);
    OPENSSL_free(block->header);
    OPENSSL_clear_free(block->data, block->size > 0 ? (size_t)block->size : 0);
    *block = (struct block){.size = 0};
}

/* The next one; false behind the last (*err untouched) and for a broken one. */
static bool
next_block(BIO *bio, struct block *ret, bool *ret_end, struct cm_err *err)
{
    *ret_end = false;
    ERR_clear_error();
    if (PEM_read_bio(bio, &ret->name, &ret->header, &ret->data, &ret->size) == 1)
        return true;
    *ret_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return *ret_end ? false : cm_fail(err, CM_E_MALFORMED, "a broken block of PEM");
}

/* ---- certificates and lists ---- */

struct kind {
    const char *what, *const *names;
    bool (*check)(const void *der, size_t size, struct cm_err *err);
};

static bool
is_certificate(const void *der, size_t size, struct cm_err *err)
{
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    return cm_x509_parse(der, size, &read, err);
}

static bool
is_list(const void *der, size_t size, struct cm_err *err)
{
    CM_CLEANUP(cm_crl_done) X509_CRL *read = NULL;
    return cm_x509_parse_list(der, size, &read, err);
}

static const char *const certificate_names[] = {PEM_STRING_X509, PEM_STRING_X509_OLD, NULL};
static const char *const list_names[] = {PEM_STRING_X509_CRL, NULL};
static const struct kind certificates = {"certificate", certificate_names, is_certificate};
static const struct kind lists = {"revocation list", list_names, is_list};

static bool
is_of(const struct kind *kind, const struct block *block, struct cm_err *err)
{
    for (const char *const *name = kind->names; *name != NULL; name++)
        if (strcmp(block->name, *name) == 0 && *block->header == '\0')
            return true;
    return cm_fail(err, CM_E_MALFORMED, "a block of PEM is no %s but \"%s\"", kind->what,
                   block->name);
}

static bool
append(json_t *all, const void *der, size_t size, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * CM_X509_LIST_MOST);
    cm_base64(&text, der, size);
    if (text.failed || json_array_append_new(all, json_string(cm_buf_text(&text))) != 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return true;
}

static bool
take_block(const struct kind *kind, const struct block *block, json_t *all, struct cm_err *err)
{
    size_t count = json_array_size(all);
    if (count >= CM_X509_BLOCKS_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %d of them in a file", CM_X509_BLOCKS_MOST);
    if (!is_of(kind, block, err) || !kind->check(block->data, (size_t)block->size, err))
        return cm_context(err, "block %zu", count + 1);
    return append(all, block->data, (size_t)block->size, err);
}

static bool
read_blocks(const struct kind *kind, BIO *bio, json_t *all, struct cm_err *err)
{
    for (;;) {
        bool end;
        CM_CLEANUP(block_done) struct block block = {.name = NULL};
        if (!next_block(bio, &block, &end, err))
            return end;
        if (!take_block(kind, &block, all, err))
            return false;
    }
}

/* DER begins with a SEQUENCE, which no line of text that people write does. */
static bool
is_der(const void *file, size_t size)
{
    return size >= 2 && memcmp(file, "\x30", 1) == 0 && ((const unsigned char *)file)[1] >= 0x80;
}

static bool
read_all(const struct kind *kind, const void *file, size_t size, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *all = json_array();
    if (size > FILE_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %zu bytes", FILE_MOST);
    CM_CLEANUP(cm_bio_done) BIO *bio = BIO_new_mem_buf(file, (int)size);
    if (all == NULL || bio == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    bool done = is_der(file, size) ? kind->check(file, size, err) && append(all, file, size, err)
                                   : read_blocks(kind, bio, all, err);
    if (!done)
        return false;
    if (json_array_size(all) == 0)
        return cm_fail(err, CM_E_MALFORMED, "neither PEM nor DER: there is no %s in it",
                       kind->what);
    *ret = CM_TAKE(all);
    return true;
}

bool
cm_x509_read_certificates(const void *file, size_t size, json_t **ret, struct cm_err *err)
{
    return read_all(&certificates, file, size, ret, err);
}

bool
cm_x509_read_lists(const void *file, size_t size, json_t **ret, struct cm_err *err)
{
    return read_all(&lists, file, size, ret, err);
}

/* ---- keys ---- */

/* How many secret keys there are, and is one encrypted? */
struct keys_seen {
    size_t count;
    bool encrypted;
};

static bool
look_for_keys(BIO *bio, struct keys_seen *ret, struct cm_err *err)
{
    for (;;) {
        bool end;
        CM_CLEANUP(block_done) struct block block = {.name = NULL};
        if (!next_block(bio, &block, &end, err))
            return end;
        if (!cm_ends_with(block.name, PEM_STRING_PKCS8INF))
            continue;
        ret->count++;
        ret->encrypted = ret->encrypted || strcmp(block.name, PEM_STRING_PKCS8) == 0 ||
                         strstr(block.header, "ENCRYPTED") != NULL;
    }
}

/* OpenSSL would otherwise ask for it on the terminal. */
static int
give_passphrase(char *to, int room, int is_writing, void *context)
{
    const char *passphrase = context;
    size_t size = passphrase != NULL ? strlen(passphrase) : 0;
    (void)is_writing;
    if (passphrase == NULL || size > (size_t)room)
        return -1;
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): its size is what is returned */
    memcpy(to, passphrase, size);
    return (int)size;
}

static bool
check_keys(const struct keys_seen *seen, const char *passphrase, struct cm_err *err)
{
    if (seen->count == 0)
        return cm_fail(err, CM_E_MALFORMED, "there is no secret key in PEM in it");
    if (seen->count > 1)
        return cm_fail(err, CM_E_MALFORMED, "there is more than one secret key in it");
    if (seen->encrypted && passphrase == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "the key is encrypted, and nobody is there to be asked for its passphrase: "
                       "decrypt it (openssl pkey -in FILE -out OTHER), or say where the passphrase "
                       "is kept");
    return true;
}

bool
cm_x509_read_key(const void *pem, size_t size, const char *passphrase, EVP_PKEY **ret,
                 struct cm_err *err)
{
    struct keys_seen seen = {.count = 0};
    if (size > CM_X509_LIST_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %zu bytes", CM_X509_LIST_MOST);
    CM_CLEANUP(cm_bio_done) BIO *looking = BIO_new_mem_buf(pem, (int)size);
    CM_CLEANUP(cm_bio_done) BIO *reading = BIO_new_mem_buf(pem, (int)size);
    if (looking == NULL || reading == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!look_for_keys(looking, &seen, err) || !check_keys(&seen, passphrase, err))
        return false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey_ex(reading, NULL, give_passphrase,
                                               (void *)(uintptr_t)passphrase, NULL, NULL);
    ERR_clear_error();
    if (key == NULL && seen.encrypted)
        return cm_fail(err, CM_E_AUTH, "the passphrase does not fit the key");
    if (key == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the secret key in it cannot be read");
    *ret = key;
    return true;
}
