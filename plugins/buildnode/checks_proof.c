/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the proof: did who holds the key ask for this, now? A certificate alone is a file that
 * anybody can copy.
 */
#include "buildnode.h"

#include <string.h>

#define LONGEST (10 * BN_MINUTE) /* from the challenge to its end, and from the proof to us */
#define FORMAT  "countermark-node-challenge/1"

/* The engine ended the handshake itself, or took it from whom it trusts: nothing is signed. */
static bool
is_tls(struct cmk_call *c, const struct cmk_value *peer)
{
    return bn_same(cmk_text(c, peer, "proof"), "tls");
}

static bool
is_signed(struct cmk_call *c, const struct cmk_value *peer)
{
    return bn_same(cmk_text(c, peer, "proof"), "signed-challenge");
}

static bool
is_same_bytes(struct cmk_bytes a, const char *text)
{
    return a.at != NULL && text != NULL && a.size == strlen(text) &&
           memcmp(a.at, text, a.size) == 0;
}

/* ---- possession ---- */

static int32_t
judge_signature(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *peer)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    struct bn_peer of = bn_peer_of(c, peer);
    const char *text = cmk_text(c, peer, "jws");
    if (x509 == NULL || of.leaf.at == NULL || text == NULL)
        return bn_unknown(c, x, "the engine kept no signature");
    const struct cmk_value *jws = x509->jws(c, text, of.leaf);
    if (!cmk_truth(c, jws, "valid", 0))
        return bn_fail(c, x, "%s", cmk_show(c, jws, "error"));
    struct cmk_bytes payload = bn_base64(c, cmk_text(c, jws, "payload"));
    if (!is_same_bytes(payload, cmk_text(c, peer, "challenge")))
        return bn_fail(c, x, "something else than our challenge was signed");
    return bn_pass(c, x, "the challenge, signed by %s", cmk_show(c, jws, "algorithm"));
}

int32_t
bn_proof(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *peer = x->evidence->document(c, "peer");
    if (is_tls(c, peer))
        return bn_pass(c, x, "a TLS handshake with that certificate");
    if (is_signed(c, peer))
        return judge_signature(c, x, peer);
    return bn_unknown(c, x, "a proof of the kind '%s' is not known", cmk_show(c, peer, "proof"));
}

/* ---- what for ---- */

static const struct cmk_value *
challenge_of(struct cmk_call *c, const struct cmk_value *peer)
{
    const char *text = cmk_text(c, peer, "challenge");
    return text != NULL ? c->json->parse(c, (struct cmk_bytes){text, strlen(text)}) : NULL;
}

/* The member that is another one than that of this request; NULL: none. */
static const char *
differs(struct cmk_call *c, const struct cmk_value *challenge, const struct cmk_value *peer)
{
    static const char *const members[] = {"organization", "project", "policy", "system",
                                          "artifact_sha256"};
    const struct cmk_value *wanted = cmk_get(c, peer, "for");
    if (!bn_same(cmk_text(c, challenge, "verifier"), cmk_text(c, peer, "verifier")))
        return "verifier";
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!bn_same(cmk_text(c, challenge, members[i]), cmk_text(c, wanted, members[i])))
            return members[i];
    return NULL;
}

int32_t
bn_proof_for_this(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *peer = x->evidence->document(c, "peer");
    const struct cmk_value *file = x->evidence->document(c, "submitted");
    const char *sha256 = cmk_text(c, file, "sha256");
    if (sha256 == NULL || !bn_same(cmk_text(c, peer, "for.artifact_sha256"), sha256))
        return bn_fail(c, x, "the proof came with another file than was submitted");
    if (is_tls(c, peer))
        return bn_pass(c, x, "the connection that brought this request");
    const struct cmk_value *challenge = challenge_of(c, peer);
    if (!is_signed(c, peer) || challenge == NULL)
        return bn_unknown(c, x, "the engine kept no challenge");
    if (!bn_same(cmk_text(c, challenge, "format"), FORMAT))
        return bn_unknown(c, x, "a challenge of the form '%s' is not known",
                          cmk_show(c, challenge, "format"));
    const char *other = differs(c, challenge, peer);
    if (other != NULL)
        return bn_fail(c, x, "%s: %s", other, cmk_show(c, challenge, other));
    return bn_pass(c, x, "project %s, policy %s, this file", cmk_show(c, challenge, "project"),
                   cmk_show(c, challenge, "policy"));
}

/* ---- when ---- */

/* A clock may have been set back by a little since the challenge was issued. */
static int32_t
judge_times(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *peer,
            int64_t used)
{
    const struct cmk_value *challenge = challenge_of(c, peer);
    int64_t issued = cmk_time(c, challenge, "issued"), expires = cmk_time(c, challenge, "expires");
    if (!is_signed(c, peer) || issued == CMK_NO_TIME || expires == CMK_NO_TIME)
        return bn_unknown(c, x, "the challenge does not say when it was issued");
    if (issued > expires || expires - issued > LONGEST)
        return bn_fail(c, x, "the challenge is good for longer than ten minutes");
    cmk_observe(c, x, "challenge of %s, used at %s", cmk_show(c, challenge, "issued"),
                cmk_show(c, peer, "consumed_at"));
    return cmk_passes(issued - BN_MINUTE <= used && used <= expires);
}

int32_t
bn_proof_fresh(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *peer = x->evidence->document(c, "peer");
    int64_t used = cmk_time(c, peer, "consumed_at");
    if (used == CMK_NO_TIME)
        return bn_unknown(c, x, "the engine does not say when the proof came");
    if (used > x->decided_at || x->decided_at - used > LONGEST)
        return bn_fail(c, x, "it came at %s, and that is not now",
                       cmk_show(c, peer, "consumed_at"));
    if (is_tls(c, peer))
        return bn_pass(c, x, "a connection of %s", cmk_show(c, peer, "consumed_at"));
    return judge_times(c, x, peer, used);
}
