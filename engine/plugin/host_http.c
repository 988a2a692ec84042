/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions over HTTP: what is granted, and what of an answer is read before it is recorded.
 */
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/options.h"
#include "trust/url.h"

#include <string.h>

#define MOST_PAIRS  64u
#define MOST_BODY   (UINT64_C(64) << 20)
#define MOST_BEHIND 256u
#define LEAST_ASK   88u /* size of the request in SDK 1.0 */
#define MOST_ASK    4096u

/* ---- nothing is asked ---- */

struct cmk_exchange *
cm_ask_nothing(struct cm_call *call, const struct cm_err *why)
{
    const struct cm_plugin_host *host = call->host;
    struct cmk_exchange *x = cm_call_alloc(call, sizeof *x);
    if (x == NULL)
        return NULL;
    x->kind = CM_ASKED_NOTHING;
    x->blank = why == NULL;
    if (why != NULL) {
        x->why = *why;
    } else if (host->missing != NULL) {
        x->cause = host->missing;
        (void)cm_fail(&x->why, host->why_missing.class,
                      "not asked, because the document '%s' could not be had: %s", host->missing,
                      host->why_missing.text);
    } else {
        (void)cm_fail(&x->why, CM_E_MALFORMED,
                      "not asked, because an earlier answer lacks what the question needs");
    }
    return x;
}

/* ---- what is granted ---- */

static bool
has_origin(struct cm_arena *arena, const json_t *text, const struct cm_url *asked)
{
    struct cm_url own;
    struct cm_err ignored = CM_ERR_INIT;
    return json_is_string(text) && cm_url_parse(arena, json_string_value(text), &own, &ignored) &&
           cm_url_same_origin(&own, asked);
}

static bool
option_grants(struct cm_arena *arena, const json_t *value, const struct cm_url *asked)
{
    size_t index;
    json_t *item;
    if (has_origin(arena, value, asked))
        return true;
    json_array_foreach(value, index, item)
    {
        if (has_origin(arena, item, asked))
            return true;
    }
    return false;
}

/* Only the origins that the operator gave to one of the plug-in's URL options. */
static bool
is_granted(struct cm_call *call, const char *text, struct cm_err *err)
{
    const struct cm_host_settings *is = &call->host->is;
    struct cm_url asked;
    if (!cm_url_parse(call->arena, text, &asked, err))
        return false;
    for (const struct cmk_option *o = is->plugin->table->options; o != NULL && o->name; o++)
        if (cm_option_is_url(o) &&
            option_grants(call->arena, cm_json_get(is->options, o->name), &asked))
            return true;
    const char *origin = cm_url_origin(call->arena, &asked);
    return cm_fail(err, CM_E_DENIED, "%s is not the origin of a URL option of %s: not asked",
                   origin != NULL ? origin : "this", is->plugin->id);
}

/* ---- the request ---- */

/* Reads the request by its own size: members that the plug-in does not know are zero. */
static bool
read_request(struct cm_call *call, const struct cmk_http_request *said,
             struct cmk_http_request *ret)
{
    uint32_t size = said != NULL ? said->size : 0;
    *ret = (struct cmk_http_request){.size = sizeof *ret};
    if (size < LEAST_ASK || size > MOST_ASK) {
        cm_call_failf(call, CM_E_INTERNAL, "a request of plug-in %s has no proper size",
                      call->host->is.plugin->id);
        return false;
    }
    memcpy(ret, said, size < sizeof *ret ? size : sizeof *ret);
    return true;
}

static bool
credential_is_sound(const struct cm_plugin_host *host, const struct cmk_http_request *ask)
{
    if (ask->auth == CMK_AUTH_NONE)
        return true;
    if (ask->secret == NULL || !cm_host_has_secret(host, ask->secret))
        return false;
    return ask->auth == CMK_AUTH_BEARER ||
           (ask->auth == CMK_AUTH_BASIC && ask->user != NULL && strchr(ask->user, ':') == NULL);
}

/* The host alone says who asks, whom, and how the message is framed. */
static bool
may_be_set(const char *name)
{
    static const char *const ours[] = {
        "authorization",       "connection", "content-length",    "cookie",  "expect",    "host",
        "proxy-authorization", "te",         "transfer-encoding", "upgrade", "user-agent"};
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < CM_COUNT(ours); i++)
        if (cm_ascii_equal_fold(name, ours[i]))
            return false;
    return *name != '\0' && name[strspn(name, token)] == '\0';
}

static bool
headers_are_sound(const struct cmk_http_request *ask)
{
    for (uint32_t i = 0; i < ask->header_count; i++) {
        const struct cmk_pair *header = &ask->headers[i];
        if (header->name != NULL && !may_be_set(header->name))
            return false;
        for (const char *at = header->value; at != NULL && *at != '\0'; at++)
            if ((unsigned char)*at < 0x20 || *at == 0x7f)
                return false;
    }
    return true;
}

/* What only the author of the plug-in can mend; NULL: nothing. */
static const char *
wrong_with(const struct cm_plugin_host *host, const struct cmk_http_request *ask)
{
    if (!credential_is_sound(host, ask))
        return "names no secret of its options, or no proper user";
    if (ask->header_count > MOST_PAIRS || ask->query_count > MOST_PAIRS ||
        (ask->header_count > 0 && ask->headers == NULL) ||
        (ask->query_count > 0 && ask->query == NULL))
        return "has more headers or query members than it may, or none where it counts some";
    if (!headers_are_sound(ask))
        return "has a header that is malformed or the host's to set";
    if (ask->find != NULL && (*ask->find == '\0' || ask->find_after > MOST_BEHIND ||
                              (ask->flags & CMK_HTTP_ARTIFACT) != 0))
        return "searches for nothing, for too much, or in an artifact";
    return NULL;
}

static bool
lacks_one(const struct cmk_pair *pairs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (pairs[i].name == NULL || pairs[i].value == NULL)
            return true;
    return false;
}

/* ---- sending it ---- */

static bool
read_credential(struct cm_plugin_host *host, const struct cmk_http_request *ask, struct cm_buf *ret,
                struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf secret = CM_BUF_INIT(1 << 14);
    if (!cm_host_secret(host, ask->secret, &secret, err))
        return false;
    ret->secret = true;
    if (ask->auth == CMK_AUTH_BASIC)
        cm_buf_printf(ret, "%s:", ask->user);
    cm_buf_puts(ret, cm_buf_text(&secret));
    if (ret->failed)
        return cm_fail(err, CM_E_LIMIT, "the secret of option '%s' is too long", ask->secret);
    if (ask->auth == CMK_AUTH_BASIC)
        cm_log_withhold_basic(host->is.log, ret);
    return true;
}

static struct cm_field *
copy_pairs(struct cm_call *call, const struct cmk_pair *pairs, uint32_t count)
{
    struct cm_field *fields = cm_call_alloc(call, (count + 1) * sizeof *fields);
    for (uint32_t i = 0; fields != NULL && i < count; i++)
        fields[i] = (struct cm_field){pairs[i].name, pairs[i].value};
    return fields;
}

static uint64_t
most_of(const struct cmk_http_request *ask)
{
    bool is_kept = (ask->flags & CMK_HTTP_ARTIFACT) == 0 && ask->find == NULL;
    return is_kept && ask->most > MOST_BODY ? MOST_BODY : ask->most;
}

static struct cmk_exchange *
send(struct cm_call *call, const struct cmk_http_request *ask, const struct cm_buf *credential)
{
    const struct cm_host_settings *is = &call->host->is;
    struct cmk_exchange *x = cm_call_alloc(call, sizeof *x);
    struct cm_field *headers = copy_pairs(call, ask->headers, ask->header_count);
    struct cm_field *query = copy_pairs(call, ask->query, ask->query_count);
    if (x == NULL || headers == NULL || query == NULL)
        return NULL;
    const struct cm_http_ask out = {
        .url = ask->url,
        .peer = is->peer,
        .bearer = ask->auth == CMK_AUTH_BEARER ? cm_buf_text(credential) : NULL,
        .basic = ask->auth == CMK_AUTH_BASIC ? cm_buf_text(credential) : NULL,
        .headers = headers,
        .query = query,
        .header_count = ask->header_count,
        .query_count = ask->query_count,
        .most = most_of(ask),
        .flags = (ask->flags & CMK_HTTP_ARTIFACT) != 0 ? CM_HTTP_ARTIFACT : 0,
        .find = ask->find,
        .find_after = ask->find_after,
    };
    x->kind = CM_ASKED_HTTP;
    x->artifact = (ask->flags & CMK_HTTP_ARTIFACT) != 0;
    x->find = ask->find != NULL;
    x->asked = cm_arena_text(call->arena, ask->url);
    x->secret = ask->auth != CMK_AUTH_NONE ? cm_arena_text(call->arena, ask->secret) : NULL;
    x->http = is->outside->http(is->out, &out);
    if (x->http == NULL)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    return x->http != NULL ? x : NULL;
}

static struct cmk_exchange *
start(struct cmk_call *c, const struct cmk_http_request *said)
{
    struct cm_call *call = cm_call_of(c);
    struct cmk_http_request ask;
    struct cm_err why = CM_ERR_INIT;
    if (cm_call_failed(c) || !read_request(call, said, &ask))
        return NULL;
    const char *wrong = wrong_with(call->host, &ask);
    if (wrong != NULL) {
        cm_call_failf(call, CM_E_INTERNAL, "a request of plug-in %s %s", call->host->is.plugin->id,
                      wrong);
        return NULL;
    }
    if (ask.url == NULL || lacks_one(ask.headers, ask.header_count) ||
        lacks_one(ask.query, ask.query_count))
        return cm_ask_nothing(call, NULL);
    if (!is_granted(call, ask.url, &why))
        return cm_ask_nothing(call, &why);

    CM_CLEANUP(cm_buf_done) struct cm_buf credential = CM_BUF_INIT(1 << 15);
    if (ask.auth != CMK_AUTH_NONE && !read_credential(call->host, &ask, &credential, &why))
        return cm_ask_nothing(call, &why);
    return send(call, &ask, &credential);
}

/* ---- what came back ---- */

bool
cm_http_wait(struct cm_call *call, const struct cmk_exchange *x)
{
    const struct cm_host_settings *is = &call->host->is;
    if (x->kind != CM_ASKED_HTTP)
        return false;
    if (!x->http->done && !is->outside->wait(is->out, &x->http->done) && !x->http->done)
        return false;
    return x->http->err.class == CM_OK;
}

/* Guard of the readers: is it one of ours to read, and is there an answer? */
static bool
has_answer(struct cmk_call *c, const struct cmk_exchange *x)
{
    if (cm_call_failed(c) || x == NULL)
        return false;
    if (x->kind == CM_ASKED_HTTP || x->kind == CM_ASKED_NOTHING)
        return cm_http_wait(cm_call_of(c), x);
    cm_call_failf(cm_call_of(c), CM_E_INTERNAL, "plug-in %s reads %s as HTTP",
                  cm_call_of(c)->host->is.plugin->id,
                  x->kind == CM_ASKED_OWN ? "a file" : "a repository's answer");
    return false;
}

static int32_t
status(struct cmk_call *c, struct cmk_exchange *x)
{
    if (has_answer(c, x))
        return x->http->status;
    if (cm_call_failed(c))
        return cm_call_of(c)->failure.class;
    if (x == NULL)
        return CMK_E_INTERNAL;
    if (x->kind == CM_ASKED_NOTHING)
        return x->why.class;
    return x->http->done ? (int32_t)x->http->err.class : CMK_E_CANCELLED;
}

static const char *
header(struct cmk_call *c, struct cmk_exchange *x, const char *name)
{
    if (!has_answer(c, x) || name == NULL)
        return NULL;
    for (size_t i = 0; i < x->http->header_count; i++) {
        const char *value = x->http->headers[i].value;
        if (cm_ascii_equal_fold(x->http->headers[i].name, name))
            return cm_clean_text(cm_call_of(c)->arena, value, strlen(value), CM_TEXT_MOST);
    }
    return NULL;
}

bool
cm_http_read(struct cm_call *call, struct cmk_exchange *x, const char *name, struct cm_err *err)
{
    const struct cm_buf *body = &x->http->body;
    json_t *value;
    if (x->json != NULL)
        return true;
    if (x->told)
        return cm_fail(err, x->why.class, "%s", x->why.text);
    if (!cm_json_parse(cm_buf_text(body), body->size, name, &value, err))
        return false;
    if (cm_call_keep(call, value) == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    x->json = value;
    return true;
}

static const struct cmk_value *
json(struct cmk_call *c, struct cmk_exchange *x)
{
    struct cm_err ignored = CM_ERR_INIT; /* recording the exchange says it */
    if (!has_answer(c, x) || x->http->status != 200 || x->artifact || x->find)
        return NULL;
    return cm_http_read(cm_call_of(c), x, "answer", &ignored) ? cm_value_of(x->json) : NULL;
}

const struct cmk_http cm_host_http = {
    .size = sizeof(struct cmk_http),
    .start = start,
    .status = status,
    .header = header,
    .json = json,
};
