/* SPDX-License-Identifier: Apache-2.0
 *
 * base/digest.h: SHA-256, SHA-384, SHA-512, SHA-1 (git object ids only) and HMAC over OpenSSL.
 */
#ifndef CM_BASE_DIGEST_H
#define CM_BASE_DIGEST_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_SHA256_SIZE 32
#define CM_SHA256_HEX  65 /* with its NUL */
#define CM_SHA512_HEX  129

struct cm_digest; /* a running digest */

/* name: "sha256", "sha384", "sha512" or "sha1". NULL without memory. Owned. */
struct cm_digest *cm_digest_new(const char *name) CM_MUST;
void cm_digest_add(struct cm_digest *digest, const void *at, size_t size);
/* Ends and frees it. Lower-case hexadecimal text; false if anything failed on the way. */
bool cm_digest_end(struct cm_digest *digest, char *ret_hex /* 2 * size + 1 */) CM_MUST;
void cm_digest_done(struct cm_digest **digest); /* for CM_CLEANUP: frees one that did not end */

bool cm_sha256(const void *at, size_t size, char ret_hex[CM_SHA256_HEX]) CM_MUST;
bool cm_hmac_sha256(const void *key, size_t key_size, const void *at, size_t size,
                    char ret_hex[CM_SHA256_HEX]) CM_MUST;

/* Of a descriptor from offset 0 to its end (pread: the offset stays). */
bool cm_sha256_fd(int fd, const char *name, char ret_hex[CM_SHA256_HEX], struct cm_err *err)
    CM_MUST;

/* The same with several digests, in one reading; they are left running. */
bool cm_digest_fd(int fd, const char *name, struct cm_digest *const *digests, size_t count,
                  struct cm_err *err) CM_MUST;

/* From the system's generator. */
bool cm_random(void *ret, size_t size) CM_MUST;

#endif
