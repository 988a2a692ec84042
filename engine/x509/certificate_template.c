/* SPDX-License-Identifier: Apache-2.0
 *
 * The template that Microsoft's certificate server issued by ([MS-WCCE] 2.2.2.7.7): of version 2
 * its OID with two numbers, of version 1 its name. One that is not as it must be names nothing.
 */
#include "base/json.h"
#include "x509/asn1.h"
#include "x509/certificate_inside.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <string.h>

#define VERSION_1 "1.3.6.1.4.1.311.20.2"
#define VERSION_2 "1.3.6.1.4.1.311.21.7"

CM_FREED_BY(object_done, ASN1_OBJECT, ASN1_OBJECT_free)

static void
sequence_done(ASN1_SEQUENCE_ANY **sequence)
{
    sk_ASN1_TYPE_pop_free(*sequence, ASN1_TYPE_free);
}

/* cm_x509_parse() has seen that it stands once. */
static X509_EXTENSION *
find(const X509 *certificate, const char *oid)
{
    CM_CLEANUP(object_done) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = object != NULL ? X509_get_ext_by_OBJ(certificate, object, -1) : -1;
    return at >= 0 ? X509_get_ext(certificate, at) : NULL;
}

/* ---- version 2: SEQUENCE { OID, major INTEGER OPTIONAL, minor INTEGER OPTIONAL } ---- */

static bool
set_number(json_t *to, const char *key, const ASN1_TYPE *value, bool *ok)
{
    uint64_t number;
    if (ASN1_TYPE_get(value) != V_ASN1_INTEGER ||
        ASN1_INTEGER_get_uint64(&number, value->value.integer) != 1 || number > UINT32_MAX)
        return false;
    cm_json_set_int(to, key, (int64_t)number, ok);
    return true;
}

static bool
set_parts(json_t *to, const ASN1_SEQUENCE_ANY *parts, bool *ok)
{
    int count = sk_ASN1_TYPE_num(parts);
    if (count < 1 || count > 3 || ASN1_TYPE_get(sk_ASN1_TYPE_value(parts, 0)) != V_ASN1_OBJECT)
        return false;
    cm_json_set(to, "id", cm_asn1_oid(sk_ASN1_TYPE_value(parts, 0)->value.object), ok);
    return (count < 2 || set_number(to, "major", sk_ASN1_TYPE_value(parts, 1), ok)) &&
           (count < 3 || set_number(to, "minor", sk_ASN1_TYPE_value(parts, 2), ok));
}

static const char *
read_version_2(const ASN1_OCTET_STRING *bytes, json_t *to, bool *ok)
{
    const unsigned char *at = ASN1_STRING_get0_data(bytes);
    const unsigned char *end = at + ASN1_STRING_length(bytes);
    CM_CLEANUP(sequence_done)
    ASN1_SEQUENCE_ANY *parts = d2i_ASN1_SEQUENCE_ANY(NULL, &at, end - at);
    if (parts == NULL)
        return "it is no sequence";
    if (at != end)
        return "there are bytes behind it";
    cm_json_set_int(to, "version", 2, ok);
    return set_parts(to, parts, ok) ? NULL
                                    : "it is not an OID with at most two numbers up to 4294967295";
}

/* ---- version 1: BMPString ---- */

static const char *
read_version_1(const ASN1_OCTET_STRING *bytes, json_t *to, bool *ok)
{
    const unsigned char *at = ASN1_STRING_get0_data(bytes);
    const unsigned char *end = at + ASN1_STRING_length(bytes);
    CM_CLEANUP(cm_type_done) ASN1_TYPE *value = d2i_ASN1_TYPE(NULL, &at, end - at);
    CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(1 << 18);
    if (value == NULL || ASN1_TYPE_get(value) != V_ASN1_BMPSTRING)
        return "it is no BMPString";
    if (at != end)
        return "there are bytes behind it";
    if (!cm_asn1_text(value->value.bmpstring, &name) || name.size == 0)
        return "the name is no text that people can read";
    cm_json_set_int(to, "version", 1, ok);
    cm_json_set_text(to, "name", cm_buf_text(&name), ok);
    return NULL;
}

/* ---- either ---- */

static json_t *
broken(const char *why)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "broken", why, &ok);
    return ok ? CM_TAKE(value) : NULL;
}

static json_t *
template_of(X509_EXTENSION *one, X509_EXTENSION *two, bool *ok)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    X509_EXTENSION *only = two != NULL ? two : one;
    if (one != NULL && two != NULL)
        return broken("there is one of version 1 and one of version 2");
    if (X509_EXTENSION_get_critical(only))
        return broken("it is marked as critical");
    const ASN1_OCTET_STRING *bytes = X509_EXTENSION_get_data(only);
    *ok = *ok && value != NULL;
    const char *wrong =
        two != NULL ? read_version_2(bytes, value, ok) : read_version_1(bytes, value, ok);
    ERR_clear_error();
    return wrong != NULL ? broken(wrong) : CM_TAKE(value);
}

void
cm_certificate_template(const X509 *certificate, json_t *to, bool *ok)
{
    X509_EXTENSION *one = find(certificate, VERSION_1);
    X509_EXTENSION *two = find(certificate, VERSION_2);
    if (one != NULL || two != NULL)
        cm_json_set(to, "template", template_of(one, two, ok), ok);
}
