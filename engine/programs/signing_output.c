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

static int
not_written(const struct cm_session *session, struct cm_err *err)
{
    return cm_not_written(session, "the artifact", "--output", err);
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
        return not_written(session, err);
    (void)cm_context(err, "not signed, nothing was written");
    int status = cm_session_failed(session, err);
    return err->class == CM_E_DENIED || err->class == CM_E_MALFORMED ||
                   err->class == CM_E_UNSUPPORTED || err->class == CM_E_LIMIT
               ? CM_EXIT_REJECTED
               : status;
}

static int
sign(const struct cm_session *session, const struct cm_signing_output *out, int from,
     struct cm_signed *ret)
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
    asking.ask.artifact = from;
    asking.ask.built = out->built;
    struct question question = {session, &asking};
    const struct cm_signing signing = {
        .evidence = out->evidence,
        .verdict = out->verdict,
        .signer = out->signer,
        .log = session->log,
        .from = from,
        .target = out->target,
        .cms = ask,
        .data = &question,
        .deadline = asking.ask.deadline,
        .run_helper = session->installation.run_helper,
    };
    return cm_sign(&signing, ret, &unwritten, &err) ? 0 : not_signed(session, unwritten, &err);
}

/* ---- delivering ---- */

/* The signature first: an artifact that is there has one. */
int
cm_sign_and_publish(struct cm_session *session, struct cm_signing_output *out,
                    struct cm_draft *draft)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_signed_done) struct cm_signed made = {.artifact = NULL};
    int status = sign(session, out, cm_draft_fd(draft), &made);
    if (status != 0)
        return status;
    if ((made.beside != NULL && !cm_draft_publish(made.beside, 0644, &err)) ||
        !cm_draft_publish(made.artifact != NULL ? made.artifact : draft, 0644, &err))
        return not_written(session, &err);
    out->signature = CM_TAKE(made.signature);
    return 0;
}

int
cm_sign_and_write(struct cm_session *session, struct cm_signing_output *out, int artifact)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    if (!cm_draft_begin(out->target, &draft, &err) ||
        !cm_fd_copy(artifact, cm_draft_fd(draft), out->target, NULL, &err))
        return not_written(session, &err);
    return cm_sign_and_publish(session, out, draft);
}
