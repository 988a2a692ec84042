/* SPDX-License-Identifier: Apache-2.0
 *
 * DER, read whole; OpenSSL would be content with a beginning, and with two extensions of a kind.
 */
#include "x509/read.h"

#include "base/compiler.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <string.h>

/* OpenSSL reads more than DER in what is around the signed part; written again it is DER. */
static bool
is_written_so(const unsigned char *der, size_t size, const unsigned char *again, int again_size)
{
    return again_size > 0 && (size_t)again_size == size && memcmp(der, again, size) == 0;
}

static bool
stands_twice(const STACK_OF(X509_EXTENSION) * all, int index)
{
    const ASN1_OBJECT *own = X509_EXTENSION_get_object(sk_X509_EXTENSION_value(all, index));
    for (int i = 0; i < index; i++)
        if (OBJ_cmp(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(all, i)), own) == 0)
            return true;
    return false;
}

#define EXTENSIONS_MOST 100 /* each is held against those before it */

static bool
check_extensions(const STACK_OF(X509_EXTENSION) * all, const char *of, struct cm_err *err)
{
    char oid[128];
    if (sk_X509_EXTENSION_num(all) > EXTENSIONS_MOST)
        return cm_fail(err, CM_E_LIMIT, "the %s has more than %d extensions", of, EXTENSIONS_MOST);
    for (int i = 0; i < sk_X509_EXTENSION_num(all); i++) {
        if (!stands_twice(all, i))
            continue;
        X509_EXTENSION *twice = sk_X509_EXTENSION_value(all, i);
        OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(twice), 1);
        return cm_fail(err, CM_E_MALFORMED, "the extension %s stands twice in the %s", oid, of);
    }
    return true;
}

static bool
read_whole(const unsigned char *der, size_t size, X509 **ret)
{
    const unsigned char *at = der;
    CM_CLEANUP(cm_openssl_free) unsigned char *again = NULL;
    CM_CLEANUP(cm_x509_done) X509 *read = d2i_X509(NULL, &at, (long)size);
    int again_size = read != NULL ? i2d_X509(read, &again) : -1;
    if (!is_written_so(der, size, again, again_size))
        return false;
    *ret = CM_TAKE(read);
    return true;
}

bool
cm_x509_parse(const void *der, size_t size, X509 **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    if (size > CM_X509_MOST)
        return cm_fail(err, CM_E_LIMIT, "a certificate of more than %zu bytes", CM_X509_MOST);
    bool done = read_whole(der, size, &read);
    ERR_clear_error();
    if (!done)
        return cm_fail(err, CM_E_MALFORMED,
                       "not a certificate in DER, or one with bytes behind it");
    if (!check_extensions(X509_get0_extensions(read), "certificate", err))
        return false;
    bool invalid = (X509_get_extension_flags(read) & EXFLAG_INVALID) != 0;
    ERR_clear_error();
    if (invalid)
        return cm_fail(err, CM_E_MALFORMED, "an extension of the certificate is malformed");
    *ret = CM_TAKE(read);
    return true;
}

static bool
read_whole_list(const unsigned char *der, size_t size, X509_CRL **ret)
{
    const unsigned char *at = der;
    CM_CLEANUP(cm_openssl_free) unsigned char *again = NULL;
    CM_CLEANUP(cm_crl_done) X509_CRL *read = d2i_X509_CRL(NULL, &at, (long)size);
    int again_size = read != NULL ? i2d_X509_CRL(read, &again) : -1;
    if (!is_written_so(der, size, again, again_size))
        return false;
    *ret = CM_TAKE(read);
    return true;
}

bool
cm_x509_parse_list(const void *der, size_t size, X509_CRL **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_crl_done) X509_CRL *read = NULL;
    if (size > CM_X509_LIST_MOST)
        return cm_fail(err, CM_E_LIMIT, "a revocation list of more than %zu bytes",
                       CM_X509_LIST_MOST);
    bool done = read_whole_list(der, size, &read);
    ERR_clear_error();
    if (!done)
        return cm_fail(err, CM_E_MALFORMED,
                       "not a revocation list in DER, or one with bytes behind it");
    if (!check_extensions(X509_CRL_get0_extensions(read), "revocation list", err))
        return false;
    *ret = CM_TAKE(read);
    return true;
}
