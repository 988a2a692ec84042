/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/asn1.h"

#include "base/digest.h"
#include "x509/openssl.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- strings ---- */

static bool
put_ascii(const unsigned char *at, size_t size, struct cm_buf *to)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] >= 0x80)
            return false;
    cm_buf_add(to, at, size);
    return true;
}

static void
put_utf8(struct cm_buf *to, uint32_t code)
{
    if (code < 0x80) {
        cm_buf_putc(to, (char)code);
        return;
    }
    if (code < 0x800) {
        cm_buf_putc(to, (char)(0xc0 | code >> 6));
    } else {
        cm_buf_putc(to, (char)(0xe0 | code >> 12));
        cm_buf_putc(to, (char)(0x80 | (code >> 6 & 0x3f)));
    }
    cm_buf_putc(to, (char)(0x80 | (code & 0x3f)));
}

/* Two bytes a character, the higher one first; half a pair of surrogates is none, and is found when
 * the whole is looked at as UTF-8. */
static bool
put_bmp(const unsigned char *at, size_t size, struct cm_buf *to)
{
    if (size % 2 != 0)
        return false;
    for (size_t i = 0; i < size; i += 2)
        put_utf8(to, (uint32_t)at[i] << 8 | at[i + 1]);
    return true;
}

static bool
put_string(const ASN1_STRING *string, struct cm_buf *to)
{
    const unsigned char *at = ASN1_STRING_get0_data(string);
    size_t size = (size_t)ASN1_STRING_length(string);
    switch (ASN1_STRING_type(string)) {
    case V_ASN1_UTF8STRING:
        cm_buf_add(to, at, size);
        return true;
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_NUMERICSTRING:
        return put_ascii(at, size, to);
    case V_ASN1_BMPSTRING:
        return put_bmp(at, size, to);
    default:
        return false;
    }
}

bool
cm_asn1_is_readable(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t step = cm_utf8_next(text + i, size - i, &code);
        if (step == 0 || cm_is_control(code))
            return false;
        i += step;
    }
    return true;
}

bool
cm_asn1_text(const ASN1_STRING *string, struct cm_buf *to)
{
    size_t before = to->size;
    bool done = put_string(string, to) && !to->failed &&
                cm_asn1_is_readable(cm_buf_text(to) + before, to->size - before);
    if (!done)
        cm_buf_cut(to, before);
    return done;
}

/* ---- object identifiers ---- */

json_t *
cm_asn1_oid(const ASN1_OBJECT *object)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    int size = OBJ_obj2txt(NULL, 0, object, 1);
    char *at = size > 0 ? cm_buf_extend(&text, (size_t)size + 1) : NULL;
    if (at == NULL || OBJ_obj2txt(at, size + 1, object, 1) != size)
        return NULL;
    return json_string(at);
}

bool
cm_asn1_is(const ASN1_OBJECT *object, const char *oid)
{
    ASN1_OBJECT *other = OBJ_txt2obj(oid, 1);
    bool same = other != NULL && OBJ_cmp(object, other) == 0;
    ASN1_OBJECT_free(other);
    return same;
}

/* ---- times and numbers ---- */

static bool
read_time(const ASN1_TIME *time, struct tm *ret)
{
    int size = time != NULL ? ASN1_STRING_length(time) : 0;
    int due = time != NULL && ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 13 : 15;
    bool done = size == due && ASN1_STRING_get0_data(time)[size - 1] == 'Z' &&
                ASN1_TIME_to_tm(time, ret) == 1;
    ERR_clear_error();
    return done;
}

bool
cm_asn1_seconds(const ASN1_TIME *time, int64_t *ret)
{
    struct tm tm;
    if (!read_time(time, &tm))
        return false;
    *ret = timegm(&tm);
    return true;
}

void
cm_asn1_time(const ASN1_TIME *time, char ret[CM_ASN1_TIME_SIZE])
{
    struct tm tm;
    ret[0] = '\0';
    if (read_time(time, &tm))
        (void)strftime(ret, CM_ASN1_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

json_t *
cm_asn1_number(const ASN1_INTEGER *integer)
{
    CM_CLEANUP(cm_bignum_done) BIGNUM *number = ASN1_INTEGER_to_BN(integer, NULL);
    CM_CLEANUP(cm_openssl_free) char *text = number != NULL ? BN_bn2dec(number) : NULL;
    return json_string(text);
}

json_t *
cm_asn1_sha256(const unsigned char *der, int size)
{
    char hex[CM_SHA256_HEX];
    if (size <= 0 || !cm_sha256(der, (size_t)size, hex))
        return NULL;
    return json_string(hex);
}
