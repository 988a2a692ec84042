/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's end of optional interfaces.
 */
#include "codec_far.h"
#include "plugin/call.h"

#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

_Static_assert(sizeof(struct cmk_text_answers) == 24, "cmk_text_answers grew: carry it");
_Static_assert(sizeof(struct cmk_files) == 16, "cmk_files grew: carry its new members");
_Static_assert(sizeof(struct cmk_certificates) == 80, "cmk_certificates grew: carry it");
_Static_assert(sizeof(struct cmk_chain_request) == 72, "cmk_chain_request grew: carry it");

static void
put_bytes(struct wire *to, struct cmk_bytes bytes)
{
    wire_put_bytes(to, bytes.at, (size_t)bytes.size);
}

/* A value that came back: it lives as long as the call, like those that the host gives. */
static const struct cmk_value *
get_value(struct cmk_call *c, struct wire *w)
{
    json_t *value = wire_get_json(w);
    return value != NULL ? cm_call_keep(cm_call_of(c), value) : NULL;
}

static void
serve_texts(struct cmk_call *c, enum codec_service what, struct wire *w, struct heap *h,
            struct wire *to)
{
    const struct cmk_text_answers *texts = c->base->query(c, CMK_TEXT_ANSWERS, sizeof *texts);
    struct cmk_exchange *x = far_exchange_of(wire_get(w));
    assert_non_null(texts);
    if (what == CODEC_BODY) {
        put_bytes(to, texts->body(c, x));
        return;
    }
    struct cmk_bytes json = far_get_bytes(w, h);
    texts->read_as(c, x, json, wire_get_text(w, h));
}

static void
serve_files(struct cmk_call *c, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_files *files = c->base->query(c, CMK_FILES, sizeof *files);
    assert_non_null(files);
    const char *option = wire_get_text(w, h);
    uint64_t index = (uint64_t)wire_get(w), most = (uint64_t)wire_get(w);
    wire_put(to, far_handle_of((files->open)(c, option, index, most)));
}

static const struct cmk_bytes *
get_list(struct wire *w, struct heap *h, uint32_t *ret_count)
{
    *ret_count = (uint32_t)wire_get(w);
    struct cmk_bytes *list = heap_new(h, (*ret_count + 1) * sizeof *list);
    for (uint32_t i = 0; i < *ret_count; i++)
        list[i] = far_get_bytes(w, h);
    return list;
}

static const struct cmk_value *
chain(struct cmk_call *c, const struct cmk_certificates *x509, struct wire *w, struct heap *h)
{
    struct cmk_chain_request ask = {.size = sizeof ask};
    ask.flags = (uint32_t)wire_get(w);
    ask.at = wire_get(w);
    ask.leaf = far_get_bytes(w, h);
    ask.others = get_list(w, h, &ask.other_count);
    ask.anchors = get_list(w, h, &ask.anchor_count);
    ask.lists = get_list(w, h, &ask.list_count);
    ask.strength = (uint32_t)wire_get(w);
    return x509->chain(c, &ask);
}

/* Those that give a value. */
static const struct cmk_value *
value_of(struct cmk_call *c, const struct cmk_certificates *x509, enum codec_service what,
         struct wire *w, struct heap *h)
{
    if (what == CODEC_CHAIN)
        return chain(c, x509, w, h);
    if (what == CODEC_CERTIFICATE)
        return x509->certificate(c, far_get_bytes(w, h));
    if (what == CODEC_OCSP_ANSWER) {
        struct cmk_bytes response = far_get_bytes(w, h), leaf = far_get_bytes(w, h);
        struct cmk_bytes issuer = far_get_bytes(w, h);
        return x509->ocsp_answer(c, response, leaf, issuer, wire_get(w));
    }
    const char *text = wire_get_text(w, h);
    if (what == CODEC_X509_NAME)
        return x509->name(c, text);
    return what == CODEC_JWS ? x509->jws(c, text, far_get_bytes(w, h))
                             : (x509->read)(c, text, far_get_bytes(w, h));
}

static void
serve_certificates(struct cmk_call *c, enum codec_service what, struct wire *w, struct heap *h,
                   struct wire *to)
{
    const struct cmk_certificates *x509 = c->base->query(c, CMK_CERTIFICATES, sizeof *x509);
    assert_non_null(x509);
    if (what == CODEC_SHOW_NAME) {
        wire_put_text(to, x509->show_name(c, get_value(c, w)));
    } else if (what == CODEC_SAME) {
        const struct cmk_value *a = get_value(c, w), *b = get_value(c, w);
        wire_put(to, x509->same(c, a, b));
    } else if (what == CODEC_OCSP_REQUEST) {
        struct cmk_bytes leaf = far_get_bytes(w, h);
        wire_put_text(to, x509->ocsp_request(c, leaf, far_get_bytes(w, h)));
    } else {
        far_put_value(to, value_of(c, x509, what, w, h));
    }
}

void
far_serve_more(struct cmk_call *c, enum codec_service what, struct wire *w, struct heap *h,
               struct wire *to)
{
    if (what <= CODEC_READ_AS)
        serve_texts(c, what, w, h, to);
    else if (what == CODEC_OPEN)
        serve_files(c, w, h, to);
    else
        serve_certificates(c, what, w, h, to);
}
