/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/node_proof.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "store/challenge.h"
#include "x509/jws.h"

#include <string.h>
#include <unistd.h>

void
cm_node_proof_done(struct cm_node_proof *proof)
{
    cm_buf_done(&proof->jws);
    cm_buf_done(&proof->challenge);
    cm_json_done(&proof->chain);
}

/* ---- reading ---- */

/* One end of a line is the file's, and not the proof's. */
static void
cut_end_of_line(struct cm_buf *text)
{
    if (text->size > 0 && text->at[text->size - 1] == '\n')
        cm_buf_cut(text, text->size - 1);
    if (text->size > 0 && text->at[text->size - 1] == '\r')
        cm_buf_cut(text, text->size - 1);
}

bool
cm_node_read(const char *path, struct cm_buf *to, struct cm_err *err)
{
    if (!(strcmp(path, "-") == 0 ? cm_fd_read_all(STDIN_FILENO, "standard input", to, err)
                                 : cm_file_read(path, to, err)))
        return false;
    cut_end_of_line(to);
    return true;
}

/* Of all three parts: the last one is looked at by nobody else here, and all of it is recorded. */
static bool
is_plain(const struct cm_buf *jws, struct cm_err *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return strspn(cm_buf_text(jws), letters) == jws->size ||
           cm_fail(err, CM_E_MALFORMED, "not a compact JWS: it holds what none does");
}

static bool
read_proof(const char *path, struct cm_node_proof *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *header = NULL;
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    CM_CLEANUP(cm_node_proof_done)
    struct cm_node_proof proof = {.jws = CM_BUF_INIT(CM_NODE_PROOF_MOST),
                                  .challenge = CM_BUF_INIT(CM_CHALLENGE_MOST)};
    if (!cm_node_read(path, &proof.jws, err))
        return false;
    const char *text = cm_buf_text(&proof.jws);
    if (!is_plain(&proof.jws, err) || !cm_jws_peek(text, proof.jws.size, &header, err) ||
        !cm_jws_payload(text, proof.jws.size, &proof.challenge, err) ||
        !cm_challenge_read(cm_buf_text(&proof.challenge), proof.challenge.size, &challenge, err))
        return cm_context(err, "%s", path);
    proof.chain = json_incref(cm_json_get(header, "x5c"));
    *ret = proof;
    proof = (struct cm_node_proof){.chain = NULL};
    return true;
}

int
cm_node_proof_read(const struct cm_session *session, const struct cm_admitted *admitted,
                   struct cm_node_proof *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "node-proof");
    if (path == NULL)
        return 0;
    if (!cm_takes_peer(admitted->plugin))
        return cm_session_usage(
            session,
            "--node-proof: system %s (connector %s) does not judge who delivers "
            "a submission",
            admitted->system->slug, admitted->plugin->id);
    if (session->trust->verifier == NULL)
        return cm_session_usage(session, "--node-proof needs a configuration, by which "
                                         "`countermark node-challenge` asked for the proof");
    if (read_proof(path, ret, &err))
        return 0;
    (void)cm_context(&err, "--node-proof");
    (void)cm_session_failed(session, &err);
    return err.class == CM_E_INTERNAL ? CM_EXIT_INTERNAL : CM_EXIT_USAGE;
}

/* ---- using ---- */

static json_t *
content_json(const struct cm_session *session, const struct cm_node_proof *proof, int64_t now)
{
    char at[CM_TIME_SIZE];
    cm_format_time(now, at);
    return json_pack("{s:s, s:O, s:s, s:s, s:s, s:s}", "proof", "signed-challenge", "chain",
                     proof->chain, "jws", cm_buf_text(&proof->jws), "challenge",
                     cm_buf_text(&proof->challenge), "consumed_at", at, "verifier",
                     session->trust->verifier);
}

bool
cm_node_proof_use(const struct cm_session *session, const struct cm_node_proof *proof,
                  struct cm_delivery *ret, struct cm_err *err)
{
    int64_t now = cm_wall_now();
    const char *state = cm_session_state(session);
    struct cm_delivery delivery = {.content = NULL};
    if (state == NULL) {
        (void)cm_fail(&delivery.why, CM_E_UNSUPPORTED,
                      "without a state directory nobody can know that a proof is used once");
    } else if (cm_challenge_use(state, cm_buf_text(&proof->challenge), proof->challenge.size, now,
                                &delivery.why)) {
        delivery.content = content_json(session, proof, now);
        if (delivery.content == NULL)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    *ret = delivery;
    return true;
}
