/* SPDX-License-Identifier: Apache-2.0
 *
 * Compact JWS: header "." payload "." signature, each base64url; what is signed is the text of the
 * first two as it stands there.
 */
#include "x509/jws.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/jws_algorithm.h"
#include "x509/openssl.h"
#include "x509/read.h"

#include <openssl/err.h>
#include <string.h>

#define SIGNATURE_MOST 1024                     /* bytes: RSA of 8192 bits */
#define TEXT_MOST      (CM_JWS_HEADER_MOST * 3) /* header and payload, coded */

void
cm_jws_done(struct cm_jws *jws)
{
    cm_buf_done(&jws->payload);
    cm_json_done(&jws->header);
}

/* ---- reading ---- */

struct parts {
    const char *at[3];
    size_t size[3];
};

static bool
split(const char *compact, size_t size, struct parts *ret, struct cm_err *err)
{
    const char *end = compact + size;
    for (size_t i = 0; i < 3; i++) {
        const char *dot = compact < end ? memchr(compact, '.', (size_t)(end - compact)) : NULL;
        if ((dot != NULL) != (i < 2))
            return cm_fail(err, CM_E_MALFORMED,
                           "not a compact JWS, which has three parts with a "
                           "dot between them");
        ret->at[i] = compact;
        ret->size[i] = (size_t)((dot != NULL ? dot : end) - compact);
        compact = dot != NULL ? dot + 1 : end;
    }
    return true;
}

static bool
decode(const struct parts *parts, size_t part, struct cm_buf *to, struct cm_err *err)
{
    static const char *const names[] = {"header", "payload", "signature"};
    if (parts->size[part] / 4 * 3 > to->most)
        return cm_fail(err, CM_E_LIMIT, "the %s of the JWS is larger than %zu bytes", names[part],
                       to->most);
    if (!cm_unbase64url(parts->at[part], parts->size[part], to))
        return cm_fail(err, CM_E_MALFORMED, "the %s of the JWS is not base64url without padding",
                       names[part]);
    return true;
}

/* Whatever is not known was put there by somebody who meant something by it. */
static bool
check_members(json_t *header, struct cm_err *err)
{
    static const char *const known[] = {"alg", "x5c", "typ"};
    const char *name;
    json_t *value;
    json_object_foreach(header, name, value)
    {
        size_t i = 0;
        while (i < CM_COUNT(known) && strcmp(known[i], name) != 0)
            i++;
        if (i == CM_COUNT(known))
            return cm_fail(err, CM_E_UNSUPPORTED,
                           "the header of the JWS holds \"%s\"; only alg, x5c and typ may stand "
                           "there",
                           name);
    }
    return true;
}

static bool
check_chain(const json_t *x5c, struct cm_err *err)
{
    size_t index;
    json_t *one;
    if (json_array_size(x5c) == 0 || json_array_size(x5c) > CM_JWS_CHAIN_MOST)
        return cm_fail(err, CM_E_MALFORMED,
                       "the header of the JWS has no x5c of 1 to %d certificates",
                       CM_JWS_CHAIN_MOST);
    json_array_foreach(x5c, index, one)
    {
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_X509_MOST);
        if (!json_is_string(one) ||
            !cm_unbase64(json_string_value(one), json_string_length(one), &der))
            return cm_fail(err, CM_E_MALFORMED,
                           "x5c[%zu] of the JWS is not a certificate in base64", index);
    }
    return true;
}

static bool
read_header(const struct parts *parts, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_JWS_HEADER_MOST);
    CM_CLEANUP(cm_json_done) json_t *header = NULL;
    if (!decode(parts, 0, &text, err) ||
        !cm_json_parse(cm_buf_text(&text), text.size, "the header of the JWS", &header, err))
        return false;
    const json_t *type = json_object_get(header, "typ");
    if (!json_is_object(header) || cm_json_text(header, "alg") == NULL ||
        (type != NULL && !json_is_string(type)))
        return cm_fail(err, CM_E_MALFORMED,
                       "the header of the JWS is no object with an alg and, "
                       "if there is one, a typ that are texts");
    if (!check_members(header, err) || !check_chain(json_object_get(header, "x5c"), err))
        return false;
    *ret = CM_TAKE(header);
    return true;
}

bool
cm_jws_peek(const char *compact, size_t size, json_t **ret_header, struct cm_err *err)
{
    struct parts parts;
    return split(compact, size, &parts, err) && read_header(&parts, ret_header, err);
}

bool
cm_jws_payload(const char *compact, size_t size, struct cm_buf *to, struct cm_err *err)
{
    struct parts parts;
    return split(compact, size, &parts, err) && decode(&parts, 1, to, err);
}

/* ---- by whom ---- */

static bool
is_certificate(const char *base64, const X509 *leaf)
{
    CM_CLEANUP(cm_openssl_free) unsigned char *der = NULL;
    int size = i2d_X509(leaf, &der);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * CM_X509_MOST);
    if (size <= 0)
        return false;
    cm_base64(&text, der, (size_t)size);
    return !text.failed && strcmp(cm_buf_text(&text), base64) == 0;
}

static bool
may_sign(const X509 *leaf, struct cm_err *err)
{
    X509 *asked = (X509 *)(uintptr_t)leaf; /* OpenSSL remembers in it what it found there */
    if ((X509_get_key_usage(asked) & KU_DIGITAL_SIGNATURE) == 0)
        return cm_fail(err, CM_E_DENIED,
                       "the key usage of the certificate does not include "
                       "digitalSignature");
    return X509_get0_pubkey(leaf) != NULL ||
           cm_fail(err, CM_E_UNSUPPORTED, "the certificate has a key of an unknown type");
}

static bool
check_signer(const json_t *header, const X509 *leaf, const struct cm_jws_algorithm **ret,
             struct cm_err *err)
{
    const char *first = json_string_value(json_array_get(json_object_get(header, "x5c"), 0));
    if (!is_certificate(first, leaf))
        return cm_fail(err, CM_E_DENIED, "the first certificate of x5c is another one");
    return may_sign(leaf, err) &&
           cm_jws_algorithm(X509_get0_pubkey(leaf), cm_json_text(header, "alg"), ret, err);
}

static bool
check_signature(const struct parts *parts, const struct cm_jws_algorithm *algorithm,
                const X509 *leaf, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(SIGNATURE_MOST);
    size_t signed_size = parts->size[0] + 1 + parts->size[1];
    if (!decode(parts, 2, &signature, err))
        return false;
    return cm_jws_holds(algorithm, X509_get0_pubkey(leaf), parts->at[0], signed_size, &signature) ||
           cm_fail(err, CM_E_DENIED,
                   "the signature of the JWS was not made with the key of the certificate, or what "
                   "was signed has been changed");
}

bool
cm_jws_verify(const char *compact, size_t size, const X509 *leaf, struct cm_jws *ret,
              struct cm_err *err)
{
    struct parts parts;
    const struct cm_jws_algorithm *algorithm;
    CM_CLEANUP(cm_jws_done)
    struct cm_jws jws = {.payload = CM_BUF_INIT(CM_JWS_PAYLOAD_MOST)};
    if (!split(compact, size, &parts, err) || !read_header(&parts, &jws.header, err) ||
        !decode(&parts, 1, &jws.payload, err) || !check_signer(jws.header, leaf, &algorithm, err) ||
        !check_signature(&parts, algorithm, leaf, err))
        return false;
    jws.algorithm = algorithm->name;
    *ret = jws;
    jws = (struct cm_jws){.header = NULL};
    return true;
}

/* ---- writing ---- */

static bool
is_key_of(const EVP_PKEY *key, const char *base64, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_X509_MOST);
    CM_CLEANUP(cm_x509_done) X509 *leaf = NULL;
    if (!cm_unbase64(base64, strlen(base64), &der))
        return cm_fail(err, CM_E_MALFORMED, "a certificate is not base64");
    if (!cm_x509_parse(cm_buf_text(&der), der.size, &leaf, err) || !may_sign(leaf, err))
        return false;
    bool same = EVP_PKEY_eq(X509_get0_pubkey(leaf), key) == 1;
    ERR_clear_error();
    return same || cm_fail(err, CM_E_CONFIG,
                           "the key is not that of the certificate: name the key that belongs to "
                           "the first certificate");
}

static bool
write_header(const char *algorithm, const char *type, const char *const *x5c, size_t count,
             struct cm_buf *to)
{
    CM_CLEANUP(cm_json_done) json_t *header = json_object();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_JWS_HEADER_MOST);
    json_t *chain = json_array();
    bool ok = header != NULL && chain != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = json_array_append_new(chain, json_string(x5c[i])) == 0;
    cm_json_set_text(header, "alg", algorithm, &ok);
    cm_json_set_text(header, "typ", type, &ok);
    cm_json_set(header, "x5c", chain, &ok);
    if (!ok || !cm_json_canonical(header, &text))
        return false;
    cm_base64url(to, cm_buf_text(&text), text.size);
    return true;
}

bool
cm_jws_sign(struct cm_buf *to, EVP_PKEY *key, const char *type, const char *const *x5c,
            size_t count, const void *payload, size_t size, struct cm_err *err)
{
    const struct cm_jws_algorithm *algorithm;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(SIGNATURE_MOST);
    if (count == 0 || count > CM_JWS_CHAIN_MOST || size > CM_JWS_PAYLOAD_MOST)
        return cm_fail(err, CM_E_LIMIT, "a JWS carries 1 to %d certificates and at most %zu bytes",
                       CM_JWS_CHAIN_MOST, CM_JWS_PAYLOAD_MOST);
    if (!cm_jws_algorithm_of(key, &algorithm, err) || !is_key_of(key, x5c[0], err))
        return false;
    if (!write_header(algorithm->name, type, x5c, count, &text))
        return cm_fail(err, CM_E_LIMIT, "the certificates are too large for a JWS");
    cm_buf_putc(&text, '.');
    cm_base64url(&text, payload, size);
    if (text.failed || !cm_jws_make(algorithm, key, text.at, text.size, &signature, err))
        return text.failed ? cm_fail(err, CM_E_LIMIT, "no memory to sign") : false;
    cm_buf_putc(&text, '.');
    cm_base64url(&text, signature.at, signature.size);
    cm_buf_add(to, cm_buf_text(&text), text.size);
    return (!text.failed && !to->failed) || cm_fail(err, CM_E_LIMIT, "no memory to sign");
}
