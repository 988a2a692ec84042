/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4514, 3: a name as an operator writes it. What could be meant in two ways is refused.
 */
#include "x509/name.h"

#include "base/cursor.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/asn1.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <string.h>

#define ATTRIBUTES_MOST 64

struct reader {
    struct cm_cursor in;
    const unsigned char *begin;
    size_t count; /* of attributes */
};

static bool
wrong(const struct reader *r, struct cm_err *err, const char *what)
{
    return cm_fail(err, CM_E_CONFIG, "position %zu of the name: %s",
                   (size_t)(r->in.at - r->begin) + 1, what);
}

/* The byte that comes next; -1 at the end. */
static int
peek(const struct reader *r)
{
    return cm_cursor_left(&r->in) > 0 ? *r->in.at : -1;
}

static void
skip_blanks(struct reader *r)
{
    while (cm_cursor_skip(&r->in, " "))
        ;
}

/* ---- the type ---- */

static bool
is_type_byte(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-';
}

/* As OpenSSL writes it, so that there is one text for each. */
static json_t *
canonical_oid(const char *text)
{
    ASN1_OBJECT *object = OBJ_txt2obj(text, 1);
    CM_CLEANUP(cm_json_done) json_t *oid = object != NULL ? cm_asn1_oid(object) : NULL;
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return oid != NULL && strcmp(json_string_value(oid), text) == 0 ? CM_TAKE(oid) : NULL;
}

static json_t *
type_of(const char *text, size_t size)
{
    char copy[128];
    const char *known = cm_name_type(text, size);
    if (known != NULL)
        return json_string(known);
    if (size == 0 || size >= sizeof copy || text[0] < '0' || text[0] > '9')
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return canonical_oid(copy);
}

static bool
read_type(struct reader *r, json_t *attribute, struct cm_err *err)
{
    const struct reader begin = *r;
    bool ok = true;
    while (is_type_byte(peek(r)))
        (void)cm_cursor_u8(&r->in);
    json_t *type = type_of((const char *)begin.in.at, (size_t)(r->in.at - begin.in.at));
    if (type == NULL)
        return wrong(&begin, err,
                     "here must stand CN, OU, O, C, L, ST, STREET, DC, UID or an OID like 2.5.4.5");
    cm_json_set(attribute, "type", type, &ok);
    if (ok)
        cm_json_set_text(attribute, "word", cm_name_word(json_string_value(type)), &ok);
    skip_blanks(r);
    if (ok && !cm_cursor_skip(&r->in, "="))
        return wrong(r, err, "here must stand \"=\"");
    skip_blanks(r);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- a value as text ---- */

static bool
read_escape(struct reader *r, struct cm_buf *to, struct cm_err *err)
{
    unsigned char byte;
    int next = peek(r);
    if (next > 0 && strchr(" \"#+,;<=>\\", next) != NULL) {
        cm_buf_putc(to, (char)cm_cursor_u8(&r->in));
        return true;
    }
    if (cm_cursor_left(&r->in) < 2 || !cm_unhex((const char *)r->in.at, 2, &byte))
        return wrong(r, err,
                     "behind \"\\\" must stand one of  \"#+,;<=>\\ or two hexadecimal "
                     "digits");
    (void)cm_cursor_take(&r->in, 2);
    cm_buf_putc(to, (char)byte);
    return true;
}

static bool
read_bytes(struct reader *r, struct cm_buf *to, struct cm_err *err)
{
    size_t sure = 0; /* what stands behind it are blanks that are not escaped */
    for (int next = peek(r); next >= 0 && next != ',' && next != '+'; next = peek(r)) {
        if (strchr("\";<>", next) != NULL)
            return wrong(r, err, "this character must be escaped: write \"\\\" in front of it");
        bool escaped = cm_cursor_skip(&r->in, "\\");
        if (escaped && !read_escape(r, to, err))
            return false;
        if (!escaped)
            cm_buf_putc(to, (char)cm_cursor_u8(&r->in));
        if (escaped || next != ' ')
            sure = to->size;
    }
    cm_buf_cut(to, sure);
    return true;
}

static bool
is_blank(const struct cm_buf *text)
{
    return strspn(cm_buf_text(text), " ") == text->size;
}

static bool
read_text(struct reader *r, json_t *attribute, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_NAME_CONDITION_MOST);
    const struct reader begin = *r;
    bool ok = true;
    if (!read_bytes(r, &text, err))
        return false;
    if (is_blank(&text))
        return wrong(&begin, err, "the value is empty");
    if (!cm_asn1_is_readable(text.at, text.size))
        return wrong(&begin, err, "the value has control characters, or is not UTF-8");
    cm_json_set_text(attribute, "text", cm_buf_text(&text), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- a value as #hex ---- */

static bool
is_string(const ASN1_TYPE *value)
{
    int type = ASN1_TYPE_get(value);
    return type != V_ASN1_OBJECT && type != V_ASN1_BOOLEAN && type != V_ASN1_NULL;
}

/* If it is a string that people can read, it is that text, however it was written. */
static bool
set_decoded(json_t *attribute, const char *hex, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_NAME_CONDITION_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * CM_NAME_CONDITION_MOST);
    char *raw = cm_buf_extend(&der, size / 2);
    bool ok = raw != NULL && cm_unhex(hex, size, raw);
    const unsigned char *at = (const unsigned char *)raw;
    CM_CLEANUP(cm_type_done)
    ASN1_TYPE *value = ok ? d2i_ASN1_TYPE(NULL, &at, (long)der.size) : NULL;
    ERR_clear_error();
    if (value == NULL || at != (const unsigned char *)raw + der.size)
        return false;
    if (is_string(value) && cm_asn1_text(value->value.asn1_string, &text)) {
        ok = !is_blank(&text);
        cm_json_set_text(attribute, "text", cm_buf_text(&text), &ok);
    } else {
        char *lower = cm_buf_extend(&text, size + 1);
        if (lower != NULL)
            cm_hex(raw, size / 2, lower);
        cm_json_set_text(attribute, "hex", lower, &ok);
    }
    return ok;
}

static bool
read_hex(struct reader *r, json_t *attribute, struct cm_err *err)
{
    const struct reader begin = *r;
    size_t size = 0;
    (void)cm_cursor_skip(&r->in, "#");
    const char *hex = (const char *)r->in.at;
    while (peek(r) > 0 && strchr("0123456789abcdefABCDEF", peek(r)) != NULL) {
        (void)cm_cursor_u8(&r->in);
        size++;
    }
    if (!set_decoded(attribute, hex, size))
        return wrong(&begin, err,
                     "behind \"#\" must stand one whole value in BER, in hexadecimal, "
                     "that is not empty");
    return true;
}

/* ---- attributes, RDNs, the whole ---- */

static bool
read_attribute(struct reader *r, json_t *rdn, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *attribute = json_object();
    if (++r->count > ATTRIBUTES_MOST)
        return wrong(r, err, "there are too many attributes");
    if (attribute == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    skip_blanks(r);
    if (!read_type(r, attribute, err))
        return false;
    if (!(peek(r) == '#' ? read_hex(r, attribute, err) : read_text(r, attribute, err)))
        return false;
    skip_blanks(r);
    return json_array_append_new(rdn, CM_TAKE(attribute)) == 0 ||
           cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
read_rdn(struct reader *r, json_t *name, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *rdn = json_array();
    do {
        if (!read_attribute(r, rdn, err))
            return false;
    } while (cm_cursor_skip(&r->in, "+"));
    /* the last one that is written is the first one of the name */
    return json_array_insert_new(name, 0, CM_TAKE(rdn)) == 0 ||
           cm_fail(err, CM_E_LIMIT, "out of memory");
}

bool
cm_name_condition(const char *text, json_t **ret, struct cm_err *err)
{
    struct reader r = {.in = cm_cursor(text, strlen(text))};
    CM_CLEANUP(cm_json_done) json_t *name = json_array();
    r.begin = r.in.at;
    if (cm_cursor_left(&r.in) > CM_NAME_CONDITION_MOST)
        return cm_fail(err, CM_E_LIMIT, "a name of more than %zu bytes", CM_NAME_CONDITION_MOST);
    if (name == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    do {
        if (!read_rdn(&r, name, err))
            return false;
    } while (cm_cursor_skip(&r.in, ","));
    if (cm_cursor_left(&r.in) > 0)
        return wrong(&r, err, "here must stand \",\", \"+\" or the end");
    *ret = CM_TAKE(name);
    return true;
}
