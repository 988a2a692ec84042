/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/signing_output.h"

#include "base/json.h"
#include "pipeline/stamp.h"
#include "programs/asking.h"
#include "programs/output.h"

bool
cm_signing_may_be(const struct cm_session *session)
{
    const struct cm_trust *trust = session->trust;
    for (size_t i = 0; trust != NULL && i < trust->project_count; i++)
        for (size_t j = 0; j < trust->projects[i].artifact_count; j++)
            if (trust->projects[i].artifacts[j].signer != NULL)
                return true;
    return false;
}

/* ---- having it signed ---- */

struct question {
    const struct cm_session *session;
    const struct cm_asking *asking;
};

static bool
ask(void *data, const struct cm_cms_wish *wish, struct cm_buf *to, struct cm_err *err)
{
    const struct question *q = data;
    return cm_ask_for_cms(&q->asking->ask, wish, to, err) &&
           cm_stamp_signature(q->session->trust, &q->session->installation, q->session->log,
                              q->asking->ask.deadline, to, err);
}

/* What is wrong with the artifact, or what the process with the keys does not grant, is an answer;
 * all else is a fault. */
static int
not_signed(const struct cm_session *session, bool unwritten, struct cm_err *err)
{
    if (unwritten)
        return cm_not_written(session, "the artifact", "--output", err);
    (void)cm_context(err, "not signed, nothing was written");
    int status = cm_session_failed(session, err);
    return err->class == CM_E_DENIED || err->class == CM_E_MALFORMED ||
                   err->class == CM_E_UNSUPPORTED || err->class == CM_E_LIMIT
               ? CM_EXIT_REJECTED
               : status;
}

int
cm_sign_outgoing(struct cm_session *session, const struct cm_signing_output *out,
                 struct cm_outgoing *outgoing)
{
    bool unwritten = false;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_asking_done) struct cm_asking asking = {.evidence = -1};
    const json_t *request = cm_json_get(out->evidence, "request");
    const struct cm_policy *policy = cm_asking_policy(session, request);
    if (policy == NULL || policy->sign == NULL) {
        (void)cm_fail(&err, CM_E_CONFIG,
                      "the signing policy %s names no key to sign with: sign = \"SLUG\" of one of "
                      "the configuration's keys",
                      cm_json_text(request, "policy"));
        return not_signed(session, false, &err);
    }
    if (!cm_asking_begin(session, request, out->sealed, policy->sign, &asking, &err))
        return cm_session_failed(session, &err);
    asking.ask.artifact = cm_outgoing_fd(outgoing);
    asking.ask.built = out->built;
    struct question question = {session, &asking};
    const struct cm_signing signing = {
        .evidence = out->evidence,
        .verdict = out->verdict,
        .signer = out->signer,
        .log = session->log,
        .from = cm_outgoing_fd(outgoing),
        .target = outgoing->target,
        .cms = ask,
        .data = &question,
        .deadline = asking.ask.deadline,
        .run_helper = session->installation.run_helper,
    };
    return cm_sign(&signing, &outgoing->made, &unwritten, &err)
               ? 0
               : not_signed(session, unwritten, &err);
}
