/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/strength.h"

#include "base/compiler.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

int
cm_strength_of_key(const X509 *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    int bits = key != NULL ? EVP_PKEY_get_security_bits(key) : 0;
    ERR_clear_error();
    return bits > 0 ? bits : 0;
}

/* MD5 and SHA-1 are broken whatever their size. */
static int
strength_of_digest(int nid)
{
    const EVP_MD *digest = EVP_get_digestbynid(nid);
    if (digest == NULL || nid == NID_md5_sha1 || EVP_MD_get_size(digest) < 28)
        return 0;
    return EVP_MD_get_size(digest) * 4;
}

CM_FREED_BY(pss_done, RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

/* The digest stands in the parameters; absent is SHA-1. */
static int
strength_of_pss(const X509_ALGOR *algorithm)
{
    int type;
    const void *value;
    const ASN1_OBJECT *digest;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE)
        return 0;
    CM_CLEANUP(pss_done)
    RSA_PSS_PARAMS *params = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    if (params == NULL || params->hashAlgorithm == NULL)
        return 0;
    X509_ALGOR_get0(&digest, NULL, NULL, params->hashAlgorithm);
    return strength_of_digest(OBJ_obj2nid(digest));
}

int
cm_strength_of_signature(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object;
    int digest, key;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int nid = OBJ_obj2nid(object);
    if (nid == NID_ED25519)
        return 128;
    if (nid == NID_ED448)
        return 224;
    int bits = 0;
    if (nid == NID_rsassaPss)
        bits = strength_of_pss(algorithm);
    else if (OBJ_find_sigid_algs(nid, &digest, &key) == 1)
        bits = strength_of_digest(digest);
    ERR_clear_error();
    return bits;
}
