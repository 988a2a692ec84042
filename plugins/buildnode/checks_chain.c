/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the chain: who issued the certificate, and did it hold when it was decided?
 */
#include "buildnode.h"

#include <string.h>

/* Building a chain ends at the first thing that is wrong. Where another check answers for that, the
 * chain itself has not been looked at to its end: it is not known. */
static const char *
other_check(struct cmk_call *c, const struct bn_chain *chain)
{
    static const char *const others[][2] = {
        {"expired", "valid-at"}, {"not-yet-valid", "valid-at"}, {"weak", "key-strength"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (bn_same(chain->class, others[i][0]))
            return others[i][1];
    return bn_is_for_something_else(c, chain) ? "client-auth" : NULL;
}

int32_t
bn_chain_trusted(struct cmk_call *c, const struct cmk_exam *x)
{
    struct bn_chain chain = bn_chain_judged(c, x);
    const char *other = other_check(c, &chain);
    if (chain.valid)
        return bn_pass(c, x, "%llu certificates, up to an anchor", (unsigned long long)chain.count);
    if (other != NULL)
        return bn_unknown(c, x, "%s (see buildnode.%s)", chain.error, other);
    return bn_fail(c, x, "%s", chain.error);
}

/* ---- the issuing authority ---- */

/* By what it is and never by its name: anybody can make an authority of any name. */
int32_t
bn_issuer(struct cmk_call *c, const struct cmk_exam *x)
{
    uint64_t count = bn_option_count(c, "issuers");
    if (count == 0)
        return bn_pass(c, x, "not demanded: any that the anchors vouch for");
    struct bn_chain chain = bn_chain_judged(c, x);
    if (!chain.valid || chain.count < 2)
        return bn_unknown(c, x, "the chain does not hold: %s", chain.error);
    const char *certificate = cmk_text(c, chain.built, "chain.1.sha256");
    const char *key = cmk_text(c, chain.built, "chain.1.key_sha256");
    cmk_expect(c, x, "%s", bn_listed(c, "issuers"));
    cmk_observe(c, x, "certificate %s, key %s", certificate, key);
    for (uint64_t i = 0; i < count; i++) {
        const char *wanted = bn_hash(c, bn_option_at(c, "issuers", i));
        if (bn_same(wanted, certificate) || bn_same(wanted, key))
            return CMK_PASS;
    }
    return CMK_FAIL;
}

/* ---- validity ---- */

static bool
is_too_long(struct cmk_call *c, int64_t from, int64_t to)
{
    int64_t most = cmk_integer(c, c->options, "max_validity", 0);
    return most > 0 && (to < from || to - from > most);
}

int32_t
bn_valid_at(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *leaf = bn_leaf(c, x);
    int64_t from = cmk_time(c, leaf, "not_before"), to = cmk_time(c, leaf, "not_after");
    if (from == CMK_NO_TIME || to == CMK_NO_TIME)
        return bn_unknown(c, x, "the certificate does not say when it is valid");
    cmk_observe(c, x, "from %s to %s", cmk_show(c, leaf, "not_before"),
                cmk_show(c, leaf, "not_after"));
    if (x->decided_at < from || x->decided_at > to)
        return CMK_FAIL;
    if (is_too_long(c, from, to)) {
        cmk_expect(c, x, "no longer than the system's `max_validity`");
        return CMK_FAIL;
    }
    struct bn_chain chain = bn_chain_judged(c, x);
    if (bn_same(chain.class, "expired") || bn_same(chain.class, "not-yet-valid"))
        return bn_fail(c, x, "%s", chain.error);
    return CMK_PASS;
}

/* ---- strength ---- */

int32_t
bn_key_strength(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *leaf = bn_leaf(c, x);
    int64_t least = cmk_integer(c, c->options, "strength", 0);
    int64_t strength = cmk_integer(c, leaf, "key.strength", 0);
    cmk_expect(c, x, "%lld bits of security", (long long)least);
    cmk_observe(c, x, "%s of %s bits: %lld bits of security", cmk_show(c, leaf, "key.type"),
                cmk_show(c, leaf, "key.bits"), (long long)strength);
    if (strength < least)
        return CMK_FAIL;
    struct bn_chain chain = bn_chain_judged(c, x);
    if (bn_same(chain.class, "weak"))
        return bn_fail(c, x, "%s", chain.error);
    return CMK_PASS;
}
