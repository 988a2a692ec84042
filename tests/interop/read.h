/* SPDX-License-Identifier: Apache-2.0
 *
 * read.h: what readers of archives say of each file, in lines: a name in hexadecimal and the
 * SHA-256 of its content, or "!" and why it has none; in the end "end", or "!" and why nothing more
 * can be read. */
#ifndef CM_TESTS_INTEROP_READ_H
#define CM_TESTS_INTEROP_READ_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BLOCK ((size_t)65536)
#define READ_MOST  ((size_t)64 << 20) /* bytes of one entry */

struct reading {
    EVP_MD_CTX *digest;
    size_t size;
};

static inline void
reading_begin(struct reading *reading)
{
    *reading = (struct reading){.digest = EVP_MD_CTX_new()};
    if (!reading->digest || EVP_DigestInit_ex(reading->digest, EVP_sha256(), NULL) != 1)
        abort();
}

/* False: that was enough. */
static inline bool
reading_add(struct reading *reading, const void *at, size_t size)
{
    reading->size += size;
    return EVP_DigestUpdate(reading->digest, at, size) == 1 && reading->size < READ_MOST;
}

static inline void
said_entry(const char *name, size_t size, struct reading *reading, const char *why)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    for (size_t i = 0; i < size; i++)
        printf("%02x", (unsigned char)name[i]);
    if (EVP_DigestFinal_ex(reading->digest, digest, &length) != 1)
        abort();
    EVP_MD_CTX_free(reading->digest);
    printf(" ");
    if (why)
        printf("!%s", why);
    for (unsigned i = 0; !why && i < length; i++)
        printf("%02x", digest[i]);
    printf("\n");
}

static inline void
said_error(const char *why)
{
    printf("!%s\n", why);
}

static inline void
said_end(void)
{
    printf("end\n");
}

#endif
