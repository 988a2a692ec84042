/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/name.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/asn1.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <string.h>

/* RFC 4514, 3: the words that every reader knows. */
static const struct {
    const char *word, *oid;
} words[] = {
    {"CN", "2.5.4.3"},
    {"L", "2.5.4.7"},
    {"ST", "2.5.4.8"},
    {"O", "2.5.4.10"},
    {"OU", "2.5.4.11"},
    {"C", "2.5.4.6"},
    {"STREET", "2.5.4.9"},
    {"DC", "0.9.2342.19200300.100.1.25"},
    {"UID", "0.9.2342.19200300.100.1.1"},
};

const char *
cm_name_word(const char *oid)
{
    for (size_t i = 0; i < CM_COUNT(words); i++)
        if (strcmp(words[i].oid, oid) == 0)
            return words[i].word;
    return NULL;
}

const char *
cm_name_type(const char *word, size_t size)
{
    char copy[8] = "";
    if (size >= sizeof copy)
        return NULL;
    memcpy(copy, word, size);
    for (size_t i = 0; i < CM_COUNT(words); i++)
        if (cm_ascii_equal_fold(words[i].word, copy))
            return words[i].oid;
    return NULL;
}

/* ---- out of a certificate ---- */

static json_t *
hex_of(const ASN1_STRING *value)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf hex = CM_BUF_INIT(1 << 20);
    int size = i2d_ASN1_PRINTABLE(value, &der);
    char *to = size > 0 ? cm_buf_extend(&hex, 2 * (size_t)size + 1) : NULL;
    if (to == NULL)
        return NULL;
    cm_hex(der, (size_t)size, to);
    return json_string(to);
}

static void
set_value(json_t *attribute, const ASN1_STRING *value, bool *ok)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    if (cm_asn1_text(value, &text))
        cm_json_set_text(attribute, "text", cm_buf_text(&text), ok);
    else
        cm_json_set(attribute, "hex", hex_of(value), ok);
}

static json_t *
attribute_of(const X509_NAME_ENTRY *entry)
{
    CM_CLEANUP(cm_json_done) json_t *attribute = json_object();
    bool ok = attribute != NULL;
    cm_json_set(attribute, "type", cm_asn1_oid(X509_NAME_ENTRY_get_object(entry)), &ok);
    if (ok)
        cm_json_set_text(attribute, "word", cm_name_word(cm_json_text(attribute, "type")), &ok);
    set_value(attribute, X509_NAME_ENTRY_get_data(entry), &ok);
    ERR_clear_error();
    return ok ? CM_TAKE(attribute) : NULL;
}

static bool
add_entry(json_t *name, const X509_NAME_ENTRY *entry, bool begins)
{
    if (begins && json_array_append_new(name, json_array()) != 0)
        return false;
    json_t *rdn = json_array_get(name, json_array_size(name) - 1);
    return json_array_append_new(rdn, attribute_of(entry)) == 0;
}

bool
cm_name_value(const X509_NAME *name, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_array();
    int before = -1;
    bool ok = value != NULL;
    for (int i = 0; ok && i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int set = X509_NAME_ENTRY_set(entry);
        ok = add_entry(value, entry, set != before);
        before = set;
    }
    if (!ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = CM_TAKE(value);
    return true;
}

/* ---- compared ---- */

static const char *
skip_blanks(const char *at)
{
    return at + strspn(at, " ");
}

/* The next character as it counts, in *at; a run of blanks is one, and at the end none. */
static char
next_of(const char **at)
{
    if (**at != ' ')
        return **at != '\0' ? cm_ascii_lower(*(*at)++) : '\0';
    *at = skip_blanks(*at);
    return **at != '\0' ? ' ' : '\0';
}

static bool
same_text(const char *a, const char *b)
{
    a = skip_blanks(a);
    b = skip_blanks(b);
    for (;;) {
        char one = next_of(&a), other = next_of(&b);
        if (one != other)
            return false;
        if (one == '\0')
            return true;
    }
}

bool
cm_name_same(const json_t *a, const json_t *b)
{
    const char *type = cm_json_text(a, "type"), *other = cm_json_text(b, "type");
    const char *one_text = cm_json_text(a, "text"), *other_text = cm_json_text(b, "text");
    if (type == NULL || other == NULL || strcmp(type, other) != 0)
        return false;
    return one_text != NULL && other_text != NULL && same_text(one_text, other_text);
}
