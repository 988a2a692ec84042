/* SPDX-License-Identifier: Apache-2.0
 *
 * An optional interface for every hook: certificates as values, names, chains at a given time, OCSP
 * and texts that are signed. What is malformed fails the call; what is not valid is an answer.
 */
#include "base/json.h"
#include "base/text.h"
#include "evidence/scrub.h"
#include "plugin/call.h"
#include "x509/certificate.h"
#include "x509/chain.h"
#include "x509/jws.h"
#include "x509/name.h"
#include "x509/ocsp.h"
#include "x509/openssl.h"
#include "x509/read.h"

#include <inttypes.h>
#include <string.h>

#define LEAST_ASK 72u /* size of a request for a chain in SDK 1.0 */
#define MOST_ASK  4096u
#define MOST_NAME ((size_t)64 << 10)

/* ---- what all have in common ---- */

/* What a call reads of certificates counts like what it reads of JSON: it becomes JSON. */
static bool
may_read(struct cm_call *call, uint64_t size)
{
    if (size > CM_CALL_MOST - call->parsed) {
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s reads more certificates than a call may",
                      call->host->is.plugin->id);
        return false;
    }
    call->parsed += (size_t)size;
    return true;
}

/* Keeps what was read; or fails the call with the reason. */
static const struct cmk_value *
give(struct cm_call *call, bool done, json_t *owned, const struct cm_err *err)
{
    if (done)
        return cm_call_keep(call, owned);
    cm_call_fail(call, err);
    return NULL;
}

/* A certificate of the plug-in's, or a failed call. */
static X509 *
parse(struct cm_call *call, struct cmk_bytes der, const char *what)
{
    struct cm_err err = CM_ERR_INIT;
    X509 *read = NULL;
    if (!may_read(call, der.size))
        return NULL;
    if (!cm_x509_parse(der.at, (size_t)der.size, &read, &err)) {
        (void)cm_context(&err, "%s", what);
        cm_call_fail(call, &err);
    }
    return read;
}

/* { "error": why } instead of an answer. */
static json_t *
without_answer(const struct cm_err *err)
{
    json_t *told = json_object();
    bool ok = told != NULL;
    cm_json_set_text(told, "error", err->text, &ok);
    if (ok)
        return told;
    json_decref(told);
    return NULL;
}

/* ---- reading ---- */

static const struct cmk_value *
read_file(struct cmk_call *c, const char *kind, struct cmk_bytes file)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_err err = CM_ERR_INIT;
    json_t *all = NULL;
    if (cm_call_failed(c) || kind == NULL || file.at == NULL || !may_read(call, file.size))
        return NULL;
    bool done;
    if (strcmp(kind, "certificate") == 0)
        done = cm_x509_read_certificates(file.at, (size_t)file.size, &all, &err);
    else if (strcmp(kind, "crl") == 0)
        done = cm_x509_read_lists(file.at, (size_t)file.size, &all, &err);
    else
        done = cm_fail(&err, CM_E_UNSUPPORTED, "'%s' is nothing that this engine reads", kind);
    return give(call, done, all, &err);
}

static const struct cmk_value *
certificate(struct cmk_call *c, struct cmk_bytes der)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    if (cm_call_failed(c) || der.at == NULL)
        return NULL;
    CM_CLEANUP(cm_x509_done) X509 *read = parse(call, der, "a certificate");
    if (read == NULL)
        return NULL;
    bool done = cm_certificate_value(read, &value, &err);
    return give(call, done, value, &err);
}

/* ---- names ---- */

static const struct cmk_value *
name(struct cmk_call *c, const char *rfc4514)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    if (cm_call_failed(c) || rfc4514 == NULL)
        return NULL;
    bool done = cm_name_condition(rfc4514, &value, &err) || cm_context(&err, "'%s'", rfc4514);
    return give(cm_call_of(c), done, value, &err);
}

/* Guard of those who look into a value that a plug-in hands in: what was withheld is not unlike. */
static bool
is_whole(struct cmk_call *c, const struct cmk_value *value)
{
    if (!cm_holds_withheld(cm_json_of(value)))
        return true;
    cm_call_failf(cm_call_of(c), CM_E_UNSUPPORTED,
                  "a part of the name was withheld from the "
                  "evidence");
    return false;
}

static const char *
show_name(struct cmk_call *c, const struct cmk_value *value)
{
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_NAME);
    struct cm_err err = CM_ERR_INIT;
    if (cm_call_failed(c) || value == NULL || !is_whole(c, value))
        return NULL;
    if (!cm_name_show(cm_json_of(value), &text, &err)) {
        cm_call_fail(call, &err);
        return NULL;
    }
    char *copy = cm_call_alloc(call, text.size + 1);
    return copy != NULL ? memcpy(copy, cm_buf_text(&text), text.size + 1) : NULL;
}

static int32_t
same(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b)
{
    if (cm_call_failed(c) || a == NULL || b == NULL || !is_whole(c, a) || !is_whole(c, b))
        return 0;
    return cm_name_same(cm_json_of(a), cm_json_of(b));
}

/* ---- chains ---- */

/* Reads the request by its own size: members that the plug-in does not know are zero. */
static bool
read_request(struct cm_call *call, const struct cmk_chain_request *said,
             struct cmk_chain_request *ret)
{
    uint32_t size = said != NULL ? said->size : 0;
    *ret = (struct cmk_chain_request){.size = sizeof *ret};
    if (size >= LEAST_ASK && size <= MOST_ASK) {
        memcpy(ret, said, size < sizeof *ret ? size : sizeof *ret);
        if ((ret->others != NULL || ret->other_count == 0) &&
            (ret->anchors != NULL || ret->anchor_count == 0) &&
            (ret->lists != NULL || ret->list_count == 0) && ret->strength <= 1024 &&
            (ret->flags & ~(CMK_CHAIN_REVOCATION | CMK_CHAIN_LAX)) == 0)
            return true;
    }
    cm_call_failf(call, CM_E_INTERNAL,
                  "a request of plug-in %s for a chain has no proper size, flags or strength, or "
                  "none where it counts some",
                  call->host->is.plugin->id);
    return false;
}

/* NULL: the call has failed. */
static const struct cm_chain_piece *
pieces_of(struct cm_call *call, const struct cmk_bytes *bytes, uint32_t count, uint32_t most)
{
    if (count > most) {
        cm_call_failf(call, CM_E_LIMIT, "%" PRIu32 " certificates or lists of a kind for one chain",
                      count);
        return NULL;
    }
    struct cm_chain_piece *pieces = cm_call_alloc(call, (count + 1) * sizeof *pieces);
    for (uint32_t i = 0; pieces != NULL && i < count; i++) {
        if (!may_read(call, bytes[i].size))
            return NULL;
        pieces[i] = (struct cm_chain_piece){bytes[i].at, bytes[i].at ? (size_t)bytes[i].size : 0};
    }
    return pieces;
}

static const struct cmk_value *
chain(struct cmk_call *c, const struct cmk_chain_request *said)
{
    struct cm_call *call = cm_call_of(c);
    struct cmk_chain_request is;
    struct cm_err err = CM_ERR_INIT;
    json_t *answer = NULL;
    if (cm_call_failed(c) || !read_request(call, said, &is) || is.leaf.at == NULL ||
        !may_read(call, is.leaf.size))
        return NULL;
    const struct cm_chain_ask ask = {
        .at = is.at,
        .strength = (int)is.strength,
        .revocation = (is.flags & CMK_CHAIN_REVOCATION) != 0,
        .lax = (is.flags & CMK_CHAIN_LAX) != 0,
        .leaf = {is.leaf.at, (size_t)is.leaf.size},
        .others = pieces_of(call, is.others, is.other_count, CM_CHAIN_OTHERS_MOST),
        .anchors = pieces_of(call, is.anchors, is.anchor_count, CM_CHAIN_ANCHORS_MOST),
        .lists = pieces_of(call, is.lists, is.list_count, CM_CHAIN_LISTS_MOST),
        .other_count = is.other_count,
        .anchor_count = is.anchor_count,
        .list_count = is.list_count,
    };
    if (cm_call_failed(c))
        return NULL;
    bool done = cm_chain_judge(&ask, &answer, &err);
    return give(call, done, answer, &err);
}

/* ---- OCSP ---- */

static const char *
ocsp_request(struct cmk_call *c, struct cmk_bytes leaf, struct cmk_bytes issuer)
{
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_X509_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * CM_X509_MOST);
    struct cm_err err = CM_ERR_INIT;
    if (cm_call_failed(c) || leaf.at == NULL || issuer.at == NULL)
        return NULL;
    CM_CLEANUP(cm_x509_done) X509 *one = parse(call, leaf, "a certificate");
    CM_CLEANUP(cm_x509_done) X509 *other = parse(call, issuer, "the issuer's certificate");
    if (one == NULL || other == NULL)
        return NULL;
    if (!cm_ocsp_request(one, other, &der, &err)) {
        cm_call_fail(call, &err);
        return NULL;
    }
    cm_base64(&text, der.at, der.size);
    char *copy = cm_call_alloc(call, text.size + 1);
    return copy != NULL ? memcpy(copy, cm_buf_text(&text), text.size + 1) : NULL;
}

static const struct cmk_value *
ocsp_answer(struct cmk_call *c, struct cmk_bytes response, struct cmk_bytes leaf,
            struct cmk_bytes issuer, int64_t at)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_err err = CM_ERR_INIT;
    json_t *answer = NULL;
    if (cm_call_failed(c) || response.at == NULL || leaf.at == NULL || issuer.at == NULL ||
        !may_read(call, response.size))
        return NULL;
    CM_CLEANUP(cm_x509_done) X509 *one = parse(call, leaf, "a certificate");
    CM_CLEANUP(cm_x509_done) X509 *other = parse(call, issuer, "the issuer's certificate");
    if (one == NULL || other == NULL)
        return NULL;
    if (!cm_ocsp_answer(response.at, (size_t)response.size, one, other, at, &answer, &err))
        answer = without_answer(&err);
    return cm_call_keep(call, answer);
}

/* ---- signed texts ---- */

static void
set_payload(json_t *told, const struct cm_buf *payload, bool *ok)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * CM_JWS_PAYLOAD_MOST);
    cm_base64(&text, payload->at, payload->size);
    *ok = *ok && !text.failed;
    cm_json_set_text(told, "payload", cm_buf_text(&text), ok);
}

static json_t *
tell_signed(const struct cm_jws *signed_text)
{
    CM_CLEANUP(cm_json_done) json_t *told = json_object();
    bool ok = told != NULL;
    cm_json_set_bool(told, "valid", true, &ok);
    cm_json_set_text(told, "algorithm", signed_text->algorithm, &ok);
    cm_json_set_text(told, "type", cm_json_text(signed_text->header, "typ"), &ok);
    set_payload(told, &signed_text->payload, &ok);
    cm_json_set(told, "chain", json_incref(json_object_get(signed_text->header, "x5c")), &ok);
    return ok ? CM_TAKE(told) : NULL;
}

static json_t *
tell_unsigned(const struct cm_err *err)
{
    json_t *told = without_answer(err);
    bool ok = told != NULL;
    cm_json_set_bool(told, "valid", false, &ok);
    if (ok)
        return told;
    json_decref(told);
    return NULL;
}

/* Who sends no JWS at all has proved nothing: that, too, is an answer. */
static const struct cmk_value *
jws(struct cmk_call *c, const char *compact, struct cmk_bytes leaf)
{
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_jws_done) struct cm_jws found = {.header = NULL};
    struct cm_err err = CM_ERR_INIT;
    if (cm_call_failed(c) || compact == NULL || leaf.at == NULL || !may_read(call, strlen(compact)))
        return NULL;
    CM_CLEANUP(cm_x509_done) X509 *signer = parse(call, leaf, "a certificate");
    if (signer == NULL)
        return NULL;
    bool done = cm_jws_verify(compact, strlen(compact), signer, &found, &err);
    return cm_call_keep(call, done ? tell_signed(&found) : tell_unsigned(&err));
}

const struct cmk_certificates cm_host_certificates = {
    .size = sizeof(struct cmk_certificates),
    .read = read_file,
    .certificate = certificate,
    .name = name,
    .show_name = show_name,
    .same = same,
    .chain = chain,
    .ocsp_request = ocsp_request,
    .ocsp_answer = ocsp_answer,
    .jws = jws,
};
