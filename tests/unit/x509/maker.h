/* SPDX-License-Identifier: Apache-2.0
 *
 * maker.h: keys, certificates and revocation lists, made while the tests run. Each function fails
 * the test if it cannot do what it is asked. What is given is owned by the caller.
 */
#ifndef MAKER_H
#define MAKER_H

#include "base/buf.h"
#include "x509/openssl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MADE_AT INT64_C(1767312000) /* 2026-01-02T00:00:00Z */
#define DAY     INT64_C(86400)

#define assert_says(err, part)                                                                     \
    do {                                                                                           \
        if (!strstr((err)->text, (part)))                                                          \
            fail_msg("\"%s\" does not contain \"%s\"", (err)->text, (part));                       \
    } while (0)

/* "P-256", "P-384", "P-521", "ED25519", "RSA1024", "RSA2048", ... */
EVP_PKEY *make_key(const char *kind);

struct making {
    const char *subject; /* "O=Acme/CN=build-7"; NULL: `name` */
    const X509_NAME *name;
    EVP_PKEY *key;    /* of the subject */
    X509 *issuer;     /* NULL: signed by itself */
    EVP_PKEY *signer; /* NULL: `key` */
    int64_t from, to; /* seconds; 0: a day before and ten days behind MADE_AT */
    long serial;      /* 0: 1 */
    long version;     /* 0: 3 */
    const char *digest;
    const char *const *extensions; /* "basicConstraints=critical,CA:true", ..., NULL */
};
X509 *make_certificate(const struct making *);

#define EXTENSIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CA_EXTENSIONS                                                                              \
    EXTENSIONS("basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign",       \
               "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")
#define LEAF_EXTENSIONS                                                                            \
    EXTENSIONS("basicConstraints=critical,CA:false", "keyUsage=critical,digitalSignature",         \
               "extendedKeyUsage=clientAuth", "subjectKeyIdentifier=hash",                         \
               "authorityKeyIdentifier=keyid")

struct listing {
    X509 *issuer;
    EVP_PKEY *signer;
    long number;      /* negative: none */
    int64_t from, to; /* 0: an hour before and a day behind MADE_AT; to < 0: none */
    long revoked;     /* serial; 0: none */
    const char *digest;
    const char *const *extensions;
};
X509_CRL *make_list(const struct listing *);

/* Appends. */
void put_der(struct cm_buf *to, const X509 *);
void put_list_der(struct cm_buf *to, const X509_CRL *);
void put_base64(struct cm_buf *to, const X509 *);
void put_pem(struct cm_buf *to, X509 *);
void put_key_pem(struct cm_buf *to, EVP_PKEY *, const char *passphrase);

#endif
