/* SPDX-License-Identifier: Apache-2.0
 *
 * What a certificate is for, other names of its subject, and where its issuer can be asked.
 */
#include "base/json.h"
#include "x509/asn1.h"
#include "x509/certificate_inside.h"
#include "x509/openssl.h"

#include <arpa/inet.h>
#include <string.h>

#define OCSP_OID "1.3.6.1.5.5.7.48.1"

CM_FREED_BY(usages_done, EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
CM_FREED_BY(names_done, GENERAL_NAMES, GENERAL_NAMES_free)
CM_FREED_BY(access_done, AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)

/* An extension, decoded; NULL if there is none, or, with *ret_wrong, if it cannot be read. */
static void *
extension(const X509 *certificate, int nid, const char **ret_wrong)
{
    int critical;
    void *found = X509_get_ext_d2i(certificate, nid, &critical, NULL);
    if (found == NULL && critical != -1)
        *ret_wrong = OBJ_nid2ln(nid);
    return found;
}

static json_t *
key_usage(const ASN1_BIT_STRING *bits)
{
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                        "cRLSign",          "encipherOnly",   "decipherOnly"};
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (int i = 0; i < (int)CM_COUNT(names); i++)
        if (ASN1_BIT_STRING_get_bit(bits, i) &&
            json_array_append_new(list, json_string(names[i])) != 0)
            return NULL;
    return CM_TAKE(list);
}

static json_t *
extended_key_usage(const EXTENDED_KEY_USAGE *usages)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
        if (json_array_append_new(list, cm_asn1_oid(sk_ASN1_OBJECT_value(usages, i))) != 0)
            return NULL;
    return CM_TAKE(list);
}

/* ---- names ---- */

static bool
put_address(const ASN1_OCTET_STRING *bytes, struct cm_buf *to)
{
    char text[INET6_ADDRSTRLEN];
    int size = ASN1_STRING_length(bytes);
    if ((size != 4 && size != 16) ||
        inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text,
                  sizeof text) == NULL)
        return false;
    cm_buf_puts(to, text);
    return true;
}

/* Its kind; and its text in `to`, if people can read it. */
static const char *
read_name(const GENERAL_NAME *name, struct cm_buf *to, bool *ret_readable)
{
    switch (name->type) {
    case GEN_DNS:
        *ret_readable = cm_asn1_text(name->d.dNSName, to);
        return "dns";
    case GEN_URI:
        *ret_readable = cm_asn1_text(name->d.uniformResourceIdentifier, to);
        return "uri";
    case GEN_EMAIL:
        *ret_readable = cm_asn1_text(name->d.rfc822Name, to);
        return "email";
    case GEN_IPADD:
        *ret_readable = put_address(name->d.iPAddress, to);
        return "ip";
    default:
        *ret_readable = false;
        return "other";
    }
}

static json_t *
name_of(const GENERAL_NAME *name)
{
    bool readable = false;
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    const char *kind = read_name(name, &text, &readable);
    bool ok = value != NULL && !text.failed;
    cm_json_set_text(value, "kind", kind, &ok);
    if (readable)
        cm_json_set_text(value, "text", cm_buf_text(&text), &ok);
    return ok ? CM_TAKE(value) : NULL;
}

static json_t *
all_names(const GENERAL_NAMES *names)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (json_array_append_new(list, name_of(sk_GENERAL_NAME_value(names, i))) != 0)
            return NULL;
    return CM_TAKE(list);
}

/* ---- where to ask ---- */

static bool
add_responder(json_t *list, const ACCESS_DESCRIPTION *one)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf url = CM_BUF_INIT(1 << 20);
    if (one->location->type != GEN_URI || !cm_asn1_is(one->method, OCSP_OID) ||
        !cm_asn1_text(one->location->d.uniformResourceIdentifier, &url))
        return true;
    return json_array_append_new(list, json_string(cm_buf_text(&url))) == 0;
}

static void
set_responders(json_t *to, const AUTHORITY_INFO_ACCESS *access, bool *ok)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (int i = 0; *ok && i < sk_ACCESS_DESCRIPTION_num(access); i++)
        *ok = add_responder(list, sk_ACCESS_DESCRIPTION_value(access, i));
    if (json_array_size(list) > 0)
        cm_json_set(to, "ocsp", CM_TAKE(list), ok);
}

void
cm_certificate_uses(const X509 *certificate, json_t *to, const char **ret_wrong, bool *ok)
{
    CM_CLEANUP(cm_bits_done)
    ASN1_BIT_STRING *bits = extension(certificate, NID_key_usage, ret_wrong);
    CM_CLEANUP(usages_done)
    EXTENDED_KEY_USAGE *usages = extension(certificate, NID_ext_key_usage, ret_wrong);
    CM_CLEANUP(names_done)
    GENERAL_NAMES *names = extension(certificate, NID_subject_alt_name, ret_wrong);
    CM_CLEANUP(access_done)
    AUTHORITY_INFO_ACCESS *access = extension(certificate, NID_info_access, ret_wrong);
    if (bits != NULL)
        cm_json_set(to, "key_usage", key_usage(bits), ok);
    if (usages != NULL)
        cm_json_set(to, "extended_key_usage", extended_key_usage(usages), ok);
    if (names != NULL)
        cm_json_set(to, "names", all_names(names), ok);
    if (access != NULL)
        set_responders(to, access, ok);
}
