/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read as a certificate is a value that can be written down, with names that can be shown;
 * the same bytes as a template extension name a template or are broken, never both.
 */
#include "base/json.h"
#include "certificate.h"
#include "x509/certificate.h"
#include "x509/certificate_inside.h"
#include "x509/name.h"
#include "x509/openssl.h"

static void
show(const json_t *value, const char *key)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 22);
    struct cm_err err = CM_ERR_INIT;
    demand(cm_name_show(json_object_get(value, key), &text, &err) ||
           json_array_size(json_object_get(value, key)) == 0);
}

static void
read_certificate(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_x509_done) X509 *read = NULL;
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 22);
    struct cm_err err = CM_ERR_INIT;
    if (!cm_x509_parse(data, size, &read, &err) || !cm_certificate_value(read, &value, &err))
        return;
    demand(cm_json_canonical(value, &text));
    show(value, "subject");
    show(value, "issuer");
}

static void
read_template(const char *oid, const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_x509_done) X509 *carrier = X509_new();
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
    bool ok = ASN1_OCTET_STRING_set(bytes, data, (int)size) == 1;
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, bytes);
    demand(ok && extension != NULL && X509_add_ext(carrier, extension, -1) == 1);
    cm_certificate_template(carrier, value, &ok);
    const json_t *told = json_object_get(value, "template");
    bool broken = cm_json_text(told, "broken") != NULL;
    bool named = cm_json_text(told, "id") != NULL || cm_json_text(told, "name") != NULL;
    demand(ok && broken != named && json_object_size(told) <= 4);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(bytes);
    ASN1_OBJECT_free(object);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    read_certificate(data, size);
    read_template("1.3.6.1.4.1.311.21.7", data, size);
    read_template("1.3.6.1.4.1.311.20.2", data, size);
    return 0;
}
