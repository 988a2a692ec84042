/* SPDX-License-Identifier: Apache-2.0
 *
 * The one trip to the outside: the operator's files as they are now, and what the responder says of
 * each certificate. Nothing is judged here.
 */
#include "buildnode.h"

#include <countermark/files.h>
#include <countermark/text.h>
#include <string.h>

#define MOST_RESPONSE (64u << 10)

static const char *const keep_all[] = {"**", NULL};

/* ---- files ---- */

static void
record_files(struct cmk_call *c, const struct cmk_collect *k, const char *option)
{
    const struct cmk_files *files = c->base->query(c, CMK_FILES, sizeof(struct cmk_files));
    uint64_t count = bn_option_count(c, option);
    if (files == NULL)
        cmk_fail(c, CMK_E_UNSUPPORTED, "this engine cannot hand files to a connector");
    for (uint64_t i = 0; files != NULL && i < count && i < BN_MOST_FILES; i++)
        k->record->exchange(c, bn_document(c, option, i), files->open(c, option, i, 0), keep_all);
}

/* ---- responders ---- */

static const char *
without_slash(struct cmk_call *c, const char *url)
{
    size_t size = url != NULL ? strlen(url) : 0;
    while (size > 0 && url[size - 1] == '/')
        size--;
    return url != NULL ? cmk_printf(c, "%.*s", (int)size, url) : NULL;
}

static struct cmk_exchange *
ask(struct cmk_call *c, const struct cmk_collect *k, const struct bn_chain *chain, uint64_t index)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    const char *request =
        x509 != NULL ? x509->ocsp_request(c, bn_link(c, chain, index), bn_link(c, chain, index + 1))
                     : NULL;
    const char *base = without_slash(c, cmk_text(c, c->options, "ocsp_url"));
    const struct cmk_http_request get = {
        .size = sizeof get, .url = cmk_url(c, base, request), .most = MOST_RESPONSE};
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &get);
}

/* An answer is DER: it is kept as it came, because its signature is judged later. */
static void
record_answer(struct cmk_call *c, const struct cmk_collect *k, uint64_t index,
              struct cmk_exchange *x)
{
    const struct cmk_text_answers *texts =
        c->base->query(c, CMK_TEXT_ANSWERS, sizeof(struct cmk_text_answers));
    if (texts == NULL)
        cmk_fail(c, CMK_E_UNSUPPORTED, "this engine cannot read answers that are no JSON");
    struct cmk_bytes body = {NULL, 0}, json = {NULL, 0};
    if (texts != NULL)
        body = texts->body(c, x);
    if (body.at != NULL && body.size > 0) {
        const char *text =
            cmk_printf(c, "{\"response\":\"%s\"}", c->crypto->encode(c, "base64", body));
        json = (struct cmk_bytes){text, strlen(text)};
    }
    if (texts != NULL)
        texts->read_as(c, x, json, "it is empty");
    k->record->exchange(c, bn_document(c, "ocsp", index), x, keep_all);
}

/* The chain as it holds when the proof came; what holds in the end is judged at decided_at. */
static void
ask_responder(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *came = cmk_text(c, k->kept(c, "peer"), "consumed_at");
    int64_t at = came != NULL ? c->base->time(c, came) : CMK_NO_TIME;
    struct bn_chain chain = {.valid = false};
    if (at != CMK_NO_TIME)
        chain = bn_chain_of(c, k->kept, NULL, at);
    if (!chain.valid)
        k->record->absent(c, "ocsp-0", CMK_E_NOT_FOUND,
                          "nobody was asked, because the chain does not hold");
    struct cmk_exchange *asked[BN_MOST_CHAIN + 1] = {NULL};
    for (uint64_t i = 0; i + 1 < chain.count && i < BN_MOST_CHAIN; i++)
        asked[i] = ask(c, k, &chain, i);
    for (uint64_t i = 0; i + 1 < chain.count && i < BN_MOST_CHAIN; i++)
        record_answer(c, k, i, asked[i]);
}

int32_t
bn_authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    record_files(c, k, "anchors");
    record_files(c, k, "crl");
    if (bn_same(cmk_text(c, c->options, "revocation"), "ocsp"))
        ask_responder(c, k);
    return c->base->status(c);
}

/* Who asks is all that is known: of a build nobody is asked anything. */
int32_t
bn_collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    (void)k;
    return c->base->status(c);
}
