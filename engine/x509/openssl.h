/* SPDX-License-Identifier: Apache-2.0
 *
 * x509/openssl.h: OpenSSL's objects, freed when they go out of scope. For this floor and its users.
 */
#ifndef CM_X509_OPENSSL_H
#define CM_X509_OPENSSL_H

#include "base/pem.h" /* cm_pkey_done() */

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): one is a type */
#define CM_FREED_BY(name, type, release)                                                           \
    static inline void name(type **object)                                                         \
    {                                                                                              \
        release(*object);                                                                          \
        *object = NULL;                                                                            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

CM_FREED_BY(cm_x509_done, X509, X509_free)
CM_FREED_BY(cm_crl_done, X509_CRL, X509_CRL_free)
CM_FREED_BY(cm_mdctx_done, EVP_MD_CTX, EVP_MD_CTX_free)
CM_FREED_BY(cm_bio_done, BIO, BIO_free_all)
CM_FREED_BY(cm_bignum_done, BIGNUM, BN_free)
CM_FREED_BY(cm_integer_done, ASN1_INTEGER, ASN1_INTEGER_free)
CM_FREED_BY(cm_bits_done, ASN1_BIT_STRING, ASN1_BIT_STRING_free)
CM_FREED_BY(cm_type_done, ASN1_TYPE, ASN1_TYPE_free)
CM_FREED_BY(cm_store_done, X509_STORE, X509_STORE_free)
CM_FREED_BY(cm_storectx_done, X509_STORE_CTX, X509_STORE_CTX_free)

/* What OpenSSL gave to be freed by it. */
static inline void
cm_openssl_free(void *pointer)
{
    void **at = (void **)pointer;
    OPENSSL_free(*at);
    *at = NULL;
}

#endif
