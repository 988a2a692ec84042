/* SPDX-License-Identifier: Apache-2.0
 *
 * Was the certificate, or one above it, taken back?
 */
#include "buildnode.h"

#include <string.h>

/* ---- lists ---- */

static int32_t
judge_lists(struct cmk_call *c, const struct cmk_exam *x)
{
    struct bn_blocks lists = bn_blocks_of(c, x->evidence->document, "crl");
    struct bn_chain chain = bn_chain_of(c, x->evidence->document, &lists, x->decided_at);
    if (chain.valid)
        return bn_pass(c, x, "on no list of %llu",
                       (unsigned long long)c->json->count(c, cmk_get(c, chain.built, "lists")));
    if (bn_same(chain.class, "revoked"))
        return bn_fail(c, x, "%s", chain.error);
    return bn_unknown(c, x, "%s", chain.error);
}

/* ---- responders ---- */

static int32_t
judge_answer(struct cmk_call *c, const struct cmk_exam *x, const struct bn_chain *chain,
             uint64_t index)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    const struct cmk_value *kept = x->evidence->document(c, bn_document(c, "ocsp", index));
    struct cmk_bytes response = bn_base64(c, cmk_text(c, kept, "response"));
    if (x509 == NULL || response.at == NULL)
        return bn_unknown(c, x, "the responder's answer was not kept");
    const struct cmk_value *answer = x509->ocsp_answer(c, response, bn_link(c, chain, index),
                                                       bn_link(c, chain, index + 1), x->decided_at);
    const char *status = cmk_text(c, answer, "status");
    if (status == NULL)
        return bn_unknown(c, x, "%s", cmk_show(c, answer, "error"));
    cmk_observe(c, x, "%s, of %s", status, cmk_show(c, answer, "this_update"));
    return cmk_passes(strcmp(status, "good") == 0);
}

static int32_t
judge_answers(struct cmk_call *c, const struct cmk_exam *x)
{
    struct bn_chain chain = bn_chain_judged(c, x);
    if (!chain.valid || chain.count < 2)
        return bn_unknown(c, x, "nobody can be asked, because the chain does not hold: %s",
                          chain.error);
    for (uint64_t i = 0; i + 1 < chain.count; i++) {
        int32_t answer = judge_answer(c, x, &chain, i);
        if (answer != CMK_PASS)
            return answer;
    }
    return CMK_PASS;
}

int32_t
bn_not_revoked(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *by = cmk_text(c, c->options, "revocation");
    if (bn_same(by, "none"))
        return bn_pass(c, x, "not asked: the system says so");
    if (bn_same(by, "crl"))
        return judge_lists(c, x);
    return bn_same(by, "ocsp") ? judge_answers(c, x) : CMK_UNKNOWN;
}
