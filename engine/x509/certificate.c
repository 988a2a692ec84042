/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/certificate.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/asn1.h"
#include "x509/certificate_inside.h"
#include "x509/name.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <string.h>

/* ---- digests and the serial number ---- */

static json_t *
sha256_of(const X509 *certificate)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    return cm_asn1_sha256(der, size);
}

static json_t *
key_sha256_of(const X509 *certificate)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    return cm_asn1_sha256(der, size);
}

static json_t *
serial_of(const X509 *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
    size_t size = (size_t)ASN1_STRING_length(serial);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        cm_buf_putc(&text, '-');
    char *to = cm_buf_extend(&text, 2 * size);
    if (to == NULL)
        return NULL;
    cm_hex(ASN1_STRING_get0_data(serial), size, to);
    return json_string(cm_buf_text(&text));
}

/* ---- the key ---- */

static const char *
type_of(const EVP_PKEY *key)
{
    static const struct {
        const char *openssl, *ours;
    } types[] = {{"RSA", "rsa"},         {"RSA-PSS", "rsa-pss"}, {"EC", "ec"},
                 {"ED25519", "ed25519"}, {"ED448", "ed448"},     {"DSA", "dsa"}};
    for (size_t i = 0; i < CM_COUNT(types); i++)
        if (EVP_PKEY_is_a(key, types[i].openssl))
            return types[i].ours;
    return "other";
}

/* Only curves that have a name in NIST's way are called by it. */
static const char *
curve_of(const EVP_PKEY *key, char *room, size_t size)
{
    size_t used;
    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, room, size, &used) != 1)
        return NULL;
    if (strcmp(room, "prime256v1") == 0)
        return "P-256";
    if (strcmp(room, "secp384r1") == 0)
        return "P-384";
    return strcmp(room, "secp521r1") == 0 ? "P-521" : room;
}

static json_t *
key_of(const X509 *certificate)
{
    char room[64];
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    bool ok = value != NULL;
    cm_json_set_text(value, "type", key != NULL ? type_of(key) : "other", &ok);
    cm_json_set_int(value, "bits", key != NULL ? EVP_PKEY_get_bits(key) : 0, &ok);
    cm_json_set_int(value, "strength", key != NULL ? EVP_PKEY_get_security_bits(key) : 0, &ok);
    if (key != NULL)
        cm_json_set_text(value, "curve", curve_of(key, room, sizeof room), &ok);
    ERR_clear_error();
    return ok ? CM_TAKE(value) : NULL;
}

/* ---- the whole ---- */

static void
set_name(json_t *value, const char *key, const X509_NAME *name, bool *ok)
{
    json_t *told = NULL;
    struct cm_err ignored = CM_ERR_INIT; /* there is no memory */
    if (*ok && cm_name_value(name, &told, &ignored))
        cm_json_set(value, key, told, ok);
    else
        *ok = false;
}

static bool
set_times(json_t *value, const X509 *certificate, bool *ok)
{
    char from[CM_ASN1_TIME_SIZE], to[CM_ASN1_TIME_SIZE];
    cm_asn1_time(X509_get0_notBefore(certificate), from);
    cm_asn1_time(X509_get0_notAfter(certificate), to);
    cm_json_set_text(value, "not_before", from, ok);
    cm_json_set_text(value, "not_after", to, ok);
    return from[0] != '\0' && to[0] != '\0';
}

static void
set_basics(json_t *value, X509 *certificate, bool *ok)
{
    cm_json_set(value, "sha256", sha256_of(certificate), ok);
    cm_json_set(value, "key_sha256", key_sha256_of(certificate), ok);
    cm_json_set_int(value, "version", X509_get_version(certificate) + 1, ok);
    cm_json_set(value, "serial", serial_of(certificate), ok);
    set_name(value, "subject", X509_get_subject_name(certificate), ok);
    set_name(value, "issuer", X509_get_issuer_name(certificate), ok);
    cm_json_set(value, "key", key_of(certificate), ok);
    cm_json_set_bool(value, "ca", (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0, ok);
}

bool
cm_certificate_value(X509 *certificate, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    const char *broken = NULL;
    bool ok = value != NULL;
    set_basics(value, certificate, &ok);
    if (!set_times(value, certificate, &ok))
        return cm_fail(err, CM_E_MALFORMED, "a time in the certificate cannot be read");
    cm_certificate_uses(certificate, value, &broken, &ok);
    cm_certificate_template(certificate, value, &ok);
    ERR_clear_error();
    if (broken != NULL)
        return cm_fail(err, CM_E_MALFORMED, "the extension %s of the certificate cannot be read",
                       broken);
    if (!ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = CM_TAKE(value);
    return true;
}
