/* SPDX-License-Identifier: Apache-2.0
 *
 * What is judged, as bytes: the certificates that came with the proof, and what stands in the
 * operator's files. Collecting and judging read it by the same functions.
 */
#include "buildnode.h"

#include <string.h>

static struct cmk_bytes *
room_for(struct cmk_call *c, uint32_t count)
{
    return c->base->alloc(c, (uint64_t)count * sizeof(struct cmk_bytes));
}

/* ---- what came with the proof ---- */

struct bn_peer
bn_peer_of(struct cmk_call *c, const struct cmk_value *peer)
{
    const struct cmk_value *chain = cmk_get(c, peer, "chain");
    uint64_t count = c->json->count(c, chain);
    struct bn_peer of = {.proof = cmk_text(c, peer, "proof")};
    if (count == 0 || count > BN_MOST_CHAIN) {
        cmk_fail(c, CMK_E_MALFORMED, "%llu certificates came with the proof; it takes 1 to %d",
                 (unsigned long long)count, BN_MOST_CHAIN);
        return of;
    }
    struct cmk_bytes *all = room_for(c, (uint32_t)count);
    for (uint64_t i = 0; all != NULL && i < count; i++)
        all[i] = bn_base64(c, c->json->text(c, c->json->at(c, chain, i)));
    if (c->base->status(c) != CMK_OK || all == NULL)
        return of;
    of.leaf = all[0];
    of.others = (struct bn_blocks){all + 1, (uint32_t)count - 1};
    return of;
}

const struct cmk_value *
bn_leaf(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    struct bn_peer peer = bn_peer_of(c, x->evidence->document(c, "peer"));
    return peer.leaf.at != NULL && x509 != NULL ? x509->certificate(c, peer.leaf) : NULL;
}

/* ---- the operator's files ---- */

const char *
bn_document(struct cmk_call *c, const char *option, uint64_t index)
{
    const char *name = strcmp(option, "anchors") == 0 ? "anchor" : option;
    return cmk_printf(c, "%s-%llu", name, (unsigned long long)index);
}

/* A file may hold several: they are added to those that there are. */
static void
add_file(struct cmk_call *c, const char *option, const struct cmk_value *file,
         struct bn_blocks *blocks)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    const char *kind = strcmp(option, "crl") == 0 ? "crl" : "certificate";
    struct cmk_bytes content = bn_base64(c, c->json->text(c, file));
    if (x509 == NULL || content.at == NULL)
        return;
    const struct cmk_value *read = x509->read(c, kind, content);
    uint64_t count = c->json->count(c, read);
    if (count > BN_MOST_BLOCKS - blocks->count) {
        cmk_fail(c, CMK_E_LIMIT, "more than %d stand in the files of %s", BN_MOST_BLOCKS, option);
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        blocks->at[blocks->count++] = bn_base64(c, c->json->text(c, c->json->at(c, read, i)));
}

struct bn_blocks
bn_blocks_of(struct cmk_call *c, bn_reader *read, const char *option)
{
    struct bn_blocks blocks = {.at = room_for(c, BN_MOST_BLOCKS)};
    uint64_t count = bn_option_count(c, option);
    for (uint64_t i = 0; blocks.at != NULL && i < count && i < BN_MOST_FILES; i++)
        add_file(c, option, read(c, bn_document(c, option, i)), &blocks);
    return blocks;
}

/* ---- the chain ---- */

struct bn_chain
bn_chain_of(struct cmk_call *c, bn_reader *read, const struct bn_blocks *lists, int64_t at)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    struct bn_chain chain = {.peer = bn_peer_of(c, read(c, "peer")),
                             .anchors = bn_blocks_of(c, read, "anchors")};
    struct cmk_chain_request ask = {
        .size = sizeof ask,
        .flags = cmk_truth(c, c->options, "strict", 1) ? 0 : CMK_CHAIN_LAX,
        .at = at,
        .leaf = chain.peer.leaf,
        .others = chain.peer.others.at,
        .other_count = chain.peer.others.count,
        .anchors = chain.anchors.at,
        .anchor_count = chain.anchors.count,
        .strength = (uint32_t)cmk_integer(c, c->options, "strength", 0)};
    if (lists != NULL) {
        ask.flags |= CMK_CHAIN_REVOCATION;
        ask.lists = lists->at;
        ask.list_count = lists->count;
    }
    if (x509 == NULL || c->base->status(c) != CMK_OK)
        return chain;
    chain.built = x509->chain(c, &ask);
    chain.valid = cmk_truth(c, chain.built, "valid", 0);
    chain.class = cmk_text(c, chain.built, "class");
    chain.error = cmk_show(c, chain.built, "error");
    chain.count = chain.valid ? c->json->count(c, cmk_get(c, chain.built, "chain")) : 0;
    return chain;
}

static struct cmk_bytes
find(struct cmk_call *c, const struct bn_blocks *blocks, const char *sha256)
{
    for (uint32_t i = 0; i < blocks->count; i++)
        if (bn_same(bn_sha256(c, blocks->at[i]), sha256))
            return blocks->at[i];
    return (struct cmk_bytes){NULL, 0};
}

struct cmk_bytes
bn_link(struct cmk_call *c, const struct bn_chain *chain, uint64_t index)
{
    const char *path = cmk_printf(c, "chain.%llu.sha256", (unsigned long long)index);
    const char *sha256 = cmk_text(c, chain->built, path);
    struct bn_blocks leaf = {.at = (struct cmk_bytes[]){chain->peer.leaf}, .count = 1};
    struct cmk_bytes found = find(c, &leaf, sha256);
    if (found.at == NULL)
        found = find(c, &chain->peer.others, sha256);
    if (found.at == NULL)
        found = find(c, &chain->anchors, sha256);
    return found;
}

/* ---- as judging reads it ---- */

struct bn_chain
bn_chain_judged(struct cmk_call *c, const struct cmk_exam *x)
{
    return bn_chain_of(c, x->evidence->document, NULL, x->decided_at);
}
