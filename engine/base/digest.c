/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 * 1024) /* stays in the cache between reading and hashing */

struct cm_digest {
    EVP_MD_CTX *context;
    bool failed;
};

static const EVP_MD *
algorithm_of(const char *name)
{
    if (strcmp(name, "sha256") == 0)
        return EVP_sha256();
    if (strcmp(name, "sha384") == 0)
        return EVP_sha384();
    if (strcmp(name, "sha512") == 0)
        return EVP_sha512();
    if (strcmp(name, "sha1") == 0)
        return EVP_sha1();
    return NULL;
}

struct cm_digest *
cm_digest_new(const char *name)
{
    const EVP_MD *algorithm = algorithm_of(name);
    CM_CLEANUP(cm_digest_done) struct cm_digest *digest = calloc(1, sizeof *digest);
    if (!algorithm || !digest)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex2(digest->context, algorithm, NULL) != 1)
        return NULL;
    return CM_TAKE(digest);
}

void
cm_digest_add(struct cm_digest *digest, const void *at, size_t size)
{
    if (digest && size > 0 && EVP_DigestUpdate(digest->context, at, size) != 1)
        digest->failed = true;
}

bool
cm_digest_end(struct cm_digest *digest, char *ret_hex)
{
    CM_CLEANUP(cm_digest_done) struct cm_digest *owned = digest;
    if (!owned || owned->failed)
        return false;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(owned->context, bytes, &size) != 1)
        return false;
    cm_hex(bytes, size, ret_hex);
    return true;
}

void
cm_digest_done(struct cm_digest **digest)
{
    if (!*digest)
        return;
    EVP_MD_CTX_free((*digest)->context);
    free(*digest);
    *digest = NULL;
}

bool
cm_sha256(const void *at, size_t size, char ret_hex[CM_SHA256_HEX])
{
    struct cm_digest *digest = cm_digest_new("sha256");
    cm_digest_add(digest, at, size);
    return cm_digest_end(digest, ret_hex);
}

bool
cm_hmac_sha256(const void *key, size_t key_size, const void *at, size_t size,
               char ret_hex[CM_SHA256_HEX])
{
    unsigned char bytes[CM_SHA256_SIZE];
    unsigned bytes_size = 0;
    /* A NULL key would mean "the key of the last call" to OpenSSL. */
    const void *some_key = key_size > 0 ? key : "";
    const void *some_at = size > 0 ? at : "";
    if (key_size > INT_MAX ||
        !HMAC(EVP_sha256(), some_key, (int)key_size, some_at, size, bytes, &bytes_size) ||
        bytes_size != sizeof bytes)
        return false;
    cm_hex(bytes, sizeof bytes, ret_hex);
    return true;
}

static bool
add_fd(struct cm_digest *const *digests, size_t count, int fd, const char *name, void *block,
       struct cm_err *err)
{
    for (off_t offset = 0;;) {
        ssize_t got = pread(fd, block, READ_SIZE, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "%s", name);
        if (got == 0)
            return true;
        for (size_t i = 0; i < count; i++)
            cm_digest_add(digests[i], block, (size_t)got);
        offset += got;
    }
}

bool
cm_digest_fd(int fd, const char *name, struct cm_digest *const *digests, size_t count,
             struct cm_err *err)
{
    CM_CLEANUP(cm_text_done) char *block = malloc(READ_SIZE);
    if (!block)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for its digest", name);
    return add_fd(digests, count, fd, name, block, err);
}

bool
cm_sha256_fd(int fd, const char *name, char ret_hex[CM_SHA256_HEX], struct cm_err *err)
{
    CM_CLEANUP(cm_digest_done) struct cm_digest *digest = cm_digest_new("sha256");
    if (!digest)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for its digest", name);
    if (!cm_digest_fd(fd, name, &digest, 1, err))
        return false;
    if (!cm_digest_end(CM_TAKE(digest), ret_hex))
        return cm_fail(err, CM_E_INTERNAL, "%s: SHA-256 is not available", name);
    return true;
}

bool
cm_random(void *ret, size_t size)
{
    unsigned char *at = ret;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}
