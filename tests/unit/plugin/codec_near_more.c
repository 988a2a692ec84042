/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in's end of optional interfaces.
 */
#include "codec_near.h"

#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
put_bytes(struct wire *w, struct cmk_bytes bytes)
{
    wire_put_bytes(w, bytes.at, (size_t)bytes.size);
}

static void
put_value(struct wire *w, const struct cmk_value *value)
{
    wire_put_json(w, (const json_t *)(const void *)value);
}

/* ---- text.h, files.h ---- */

static struct cmk_bytes
near_body(struct cmk_call *c, struct cmk_exchange *x)
{
    struct wire w = near_ask(CODEC_BODY);
    near_put_exchange(&w, x);
    return near_bytes(c, &w);
}

static void
near_read_as(struct cmk_call *c, struct cmk_exchange *x, struct cmk_bytes json, const char *why)
{
    struct wire w = near_ask(CODEC_READ_AS);
    near_put_exchange(&w, x);
    put_bytes(&w, json);
    wire_put_text(&w, why);
    near_done(c, &w);
}

static const struct cmk_text_answers near_texts = {
    .size = sizeof near_texts, .body = near_body, .read_as = near_read_as};

static struct cmk_exchange *
near_open(struct cmk_call *c, const char *option, uint64_t index, uint64_t most)
{
    struct wire w = near_ask(CODEC_OPEN);
    wire_put_text(&w, option);
    wire_put(&w, (int64_t)index);
    wire_put(&w, (int64_t)most);
    return near_exchange(c, &w);
}

static const struct cmk_files near_files = {.size = sizeof near_files, .open = near_open};

/* ---- certificates.h ---- */

static const struct cmk_value *
near_read_file(struct cmk_call *c, const char *kind, struct cmk_bytes file)
{
    struct wire w = near_ask(CODEC_READ_FILE);
    wire_put_text(&w, kind);
    put_bytes(&w, file);
    return near_value(c, &w);
}

static const struct cmk_value *
near_certificate(struct cmk_call *c, struct cmk_bytes der)
{
    struct wire w = near_ask(CODEC_CERTIFICATE);
    put_bytes(&w, der);
    return near_value(c, &w);
}

static const struct cmk_value *
near_x509_name(struct cmk_call *c, const char *rfc4514)
{
    struct wire w = near_ask(CODEC_X509_NAME);
    wire_put_text(&w, rfc4514);
    return near_value(c, &w);
}

static const char *
near_show_name(struct cmk_call *c, const struct cmk_value *name)
{
    struct wire w = near_ask(CODEC_SHOW_NAME);
    put_value(&w, name);
    return near_text(c, &w);
}

static int32_t
near_same(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b)
{
    struct wire w = near_ask(CODEC_SAME);
    put_value(&w, a);
    put_value(&w, b);
    return (int32_t)near_number(c, &w);
}

static void
put_list(struct wire *w, const struct cmk_bytes *list, uint32_t count)
{
    wire_put(w, count);
    for (uint32_t i = 0; i < count; i++)
        put_bytes(w, list[i]);
}

static const struct cmk_value *
near_chain(struct cmk_call *c, const struct cmk_chain_request *ask)
{
    struct wire w = near_ask(CODEC_CHAIN);
    wire_put(&w, ask->flags);
    wire_put(&w, ask->at);
    put_bytes(&w, ask->leaf);
    put_list(&w, ask->others, ask->other_count);
    put_list(&w, ask->anchors, ask->anchor_count);
    put_list(&w, ask->lists, ask->list_count);
    wire_put(&w, ask->strength);
    return near_value(c, &w);
}

static const char *
near_ocsp_request(struct cmk_call *c, struct cmk_bytes leaf, struct cmk_bytes issuer)
{
    struct wire w = near_ask(CODEC_OCSP_REQUEST);
    put_bytes(&w, leaf);
    put_bytes(&w, issuer);
    return near_text(c, &w);
}

static const struct cmk_value *
near_ocsp_answer(struct cmk_call *c, struct cmk_bytes response, struct cmk_bytes leaf,
                 struct cmk_bytes issuer, int64_t at)
{
    struct wire w = near_ask(CODEC_OCSP_ANSWER);
    put_bytes(&w, response);
    put_bytes(&w, leaf);
    put_bytes(&w, issuer);
    wire_put(&w, at);
    return near_value(c, &w);
}

static const struct cmk_value *
near_jws(struct cmk_call *c, const char *compact, struct cmk_bytes leaf)
{
    struct wire w = near_ask(CODEC_JWS);
    wire_put_text(&w, compact);
    put_bytes(&w, leaf);
    return near_value(c, &w);
}

static const struct cmk_certificates near_certificates = {
    .size = sizeof near_certificates,
    .read = near_read_file,
    .certificate = near_certificate,
    .name = near_x509_name,
    .show_name = near_show_name,
    .same = near_same,
    .chain = near_chain,
    .ocsp_request = near_ocsp_request,
    .ocsp_answer = near_ocsp_answer,
    .jws = near_jws,
};

const void *
near_interface(const char *name)
{
    static const struct {
        const char *name;
        const void *table;
    } known[] = {{CMK_TEXT_ANSWERS, &near_texts},
                 {CMK_FILES, &near_files},
                 {CMK_CERTIFICATES, &near_certificates}};
    for (size_t i = 0; i < CM_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].table;
    return NULL;
}
