/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark verify: the whole way of a request, once. */
#include "base/fd.h"
#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "programs/documenting.h"
#include "programs/dry_run.h"
#include "programs/gathering.h"
#include "programs/issuing.h"
#include "programs/output.h"
#include "programs/signing_output.h"
#include "programs/spoken.h"

#include <string.h>

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"project", 'p', CM_TAKES_TEXT, "SLUG", "needed if there are several"},
    {"policy", 0, CM_TAKES_TEXT, "SLUG", "signing policy; needed if there are several"},
    {"system", 0, CM_TAKES_TEXT, "SLUG", "build system; needed if several are linked"},
    {"artifact-configuration", 0, CM_TAKES_TEXT, "SLUG",
     "with --output; needed if there are several"},
    {"notice", 0, CM_TAKES_FILE, "FILE", "notification that names the build; -: stdin"},
    {"node-proof", 0, CM_TAKES_FILE, "FILE", "what the build node's node-sign wrote; -: stdin"},
    {"timeout", 0, CM_TAKES_TEXT, "DURATION", "of the whole; default 5m"},
    {"format", 0, CM_TAKES_WORD, CM_REPORT_FORMS, "of the report on standard output"},
    {"evidence", 0, CM_TAKES_FILE, "FILE", "write sealed evidence there, for any verdict"},
    {"output", 'o', CM_TAKES_FILE, "FILE", "write the artifact there, if it is accepted"},
    CM_ISSUING_FLAGS,
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where key, mirrors and challenges are kept"},
    {"dry-run", 0, CM_TAKES_NOTHING, NULL, "say what would be asked, and ask nothing"},
    CM_SPOKEN_FLAGS,
    CM_SPOKEN_REWRITER,
    {.name = NULL},
};

/* What cannot be written is known before anything is asked. 0, or the exit status. */
static int
may_write_all(const struct cm_session *session)
{
    const char *evidence = cm_said(session->said, "evidence");
    const char *output = cm_said(session->said, "output");
    int status = evidence != NULL ? cm_may_write(session, "--evidence", evidence) : 0;
    if (status == 0 && output != NULL)
        status = cm_may_write(session, "--output", output);
    return status != 0 ? status : cm_issuing_may_be(session);
}

/* The evidence key is had before anything is asked: a build that cannot be documented is not worth
 * the questions. */
static int
evidence_key(struct cm_session *session, struct cm_key **ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *state = cm_session_state(session);
    bool dry = cm_said(session->said, "dry-run") != NULL;
    bool may_sign = cm_said(session->said, "output") != NULL && cm_signing_may_be(session);
    if (cm_said(session->said, "evidence") == NULL && !cm_issuing_is_said(session) && !may_sign)
        return 0;
    if (state == NULL)
        return cm_session_usage(session, "evidence needs a place for its key: --state FOLDER");
    if (dry ? cm_key_may_be_had(state, &err) : cm_key_of_state(state, ret, &err))
        return 0;
    (void)cm_context(&err, "the evidence cannot be sealed (--state FOLDER names another place)");
    cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

/* Also without a file for it: it is what attestations rest on. */
static int
seal_evidence(struct cm_session *session, const json_t *evidence, const struct cm_key *key,
              struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "evidence");
    if (key == NULL)
        return 0;
    if (cm_seal(evidence, key, to, &err) &&
        (path == NULL || cm_file_replace(path, 0644, to->at, to->size, &err)))
        return 0;
    return cm_not_written(session, "the evidence", "--evidence", &err);
}

struct delivered {
    struct cm_buf sealed;   /* owned */
    json_t *documentation;  /* owned; NULL: nobody documents it */
    json_t *signature;      /* owned; NULL: nobody signs it */
    json_t *attestations;   /* owned; NULL: none */
    bool evidence_is_there; /* with its file */
};

static void
delivered_done(struct delivered *delivered)
{
    cm_buf_done(&delivered->sealed);
    cm_json_done(&delivered->documentation);
    cm_json_done(&delivered->signature);
    cm_json_done(&delivered->attestations);
}

/* ---- the artifact, before anybody sees it ---- */

static int
output_not_written(const struct cm_session *session, struct cm_err *err)
{
    return cm_not_written(session, "the artifact", "--output", err);
}

static int
make_by(struct cm_session *session, const struct cm_gathered *gathered,
        const struct cm_verdict *verdict, const struct cm_rewriters *rewriters,
        struct cm_outgoing *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "output");
    const struct cm_documenting documenting = {
        .evidence = gathered->evidence,
        .verdict = verdict,
        .rewriters = rewriters,
        .from = gathered->artifact,
        .target = path,
    };
    if (rewriters->count > 0)
        return cm_document(session, &documenting, ret);
    return cm_outgoing_begin(path, gathered->artifact, ret, &err)
               ? 0
               : output_not_written(session, &err);
}

static int
no_single_artifact(const struct cm_session *session, const json_t *evidence, const char *what)
{
    return cm_session_usage(session,
                            cm_evidence_artifacts(evidence) == 0
                                ? "%s: there is no artifact"
                                : "%s: there is not one artifact but several",
                            what);
}

/* Documented and signed, if the artifact configuration says by whom; else as it is. */
static int
make_output(struct cm_session *session, const struct cm_gathered *gathered,
            const struct cm_verdict *verdict, const struct cm_buf *sealed, struct cm_outgoing *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters rewriters = {.arena = NULL};
    CM_CLEANUP(cm_signer_done) struct cm_signer signer = {.plugin = NULL};
    if (cm_said(session->said, "output") == NULL)
        return 0;
    if (gathered->artifact < 0)
        return no_single_artifact(session, gathered->evidence, "--output");
    if (!cm_rewriters_of(gathered->evidence, session->plugins, &rewriters, &err) ||
        !cm_signer_of(gathered->evidence, session->plugins, &signer, &err))
        return cm_session_failed(session, &err);
    const struct cm_signing_output signing = {
        .evidence = gathered->evidence,
        .verdict = verdict,
        .sealed = sealed,
        .signer = &signer,
        .built = rewriters.count > 0 ? gathered->artifact : -1,
    };
    int status = make_by(session, gathered, verdict, &rewriters, ret);
    return status != 0 || signer.plugin == NULL ? status : cm_sign_outgoing(session, &signing, ret);
}

/* ---- attested, and published ---- */

/* Of the very file that will be delivered, by its descriptor; where none will be, of the one that
 * was built. */
static int
attest(struct cm_session *session, const struct cm_gathered *gathered, const struct cm_buf *sealed,
       const struct cm_outgoing *outgoing, struct cm_issued *ret)
{
    int delivered = cm_outgoing_fd(outgoing);
    if (gathered->artifact < 0)
        return no_single_artifact(session, gathered->evidence, "attestations");
    const struct cm_issuing issuing = {
        .evidence = gathered->evidence,
        .sealed = sealed,
        .artifact = delivered >= 0 ? delivered : gathered->artifact,
        .built = delivered >= 0 ? gathered->artifact : -1,
    };
    return cm_issue(session, &issuing, ret);
}

/* That nothing came to be attested is no fault of the request: the verdict says why. */
static bool
is_to_be_attested(const struct cm_session *session, const struct cm_gathered *gathered,
                  bool accepted)
{
    if (!cm_issuing_is_said(session) ||
        (!accepted && cm_said(session->said, "attest-failures") == NULL))
        return false;
    if (accepted || gathered->artifact >= 0 || cm_evidence_artifacts(gathered->evidence) > 0)
        return true;
    cm_log(session->log, CM_LOG_WARNING, "nothing was attested: no artifact was had");
    return false;
}

/* The artifact first: whoever is stopped behind it has a file whose attestations are kept and can
 * be asked for again, and not attestations of a file that is lost. */
static int
publish(struct cm_session *session, struct cm_outgoing *outgoing, const struct cm_issued *issued,
        struct delivered *to)
{
    struct cm_err err = CM_ERR_INIT;
    if (cm_outgoing_fd(outgoing) >= 0) {
        if (!cm_outgoing_publish(outgoing, &err))
            return output_not_written(session, &err);
        to->signature = CM_TAKE(outgoing->made.signature);
    }
    return issued->attested.lines.size > 0 ? cm_issued_write(session, issued, &to->attestations)
                                           : 0;
}

/* Evidence for any verdict; all else only for one that is accepted, or to say that it is not. No
 * file is replaced before all are granted. */
static int
deliver(struct cm_session *session, const struct cm_gathered *gathered,
        const struct cm_verdict *verdict, const struct cm_key *key, struct delivered *to)
{
    bool accepted = verdict->outcome == CM_ACCEPTED;
    CM_CLEANUP(cm_outgoing_done) struct cm_outgoing outgoing = {.draft = NULL};
    CM_CLEANUP(cm_issued_done) struct cm_issued issued = {.attested.first = false};
    int status = seal_evidence(session, gathered->evidence, key, &to->sealed);
    to->evidence_is_there = status == 0;
    if (status == 0 && accepted)
        status = make_output(session, gathered, verdict, &to->sealed, &outgoing);
    if (status == 0 && is_to_be_attested(session, gathered, accepted))
        status = attest(session, gathered, &to->sealed, &outgoing, &issued);
    if (status == 0)
        status = publish(session, &outgoing, &issued, to);
    to->documentation = CM_TAKE(outgoing.documentation);
    return status;
}

/* Judges, records the answers, writes what was asked for, reports. */
static int
conclude(struct cm_session *session, struct cm_gathered *gathered, const struct cm_key *key,
         enum cm_form form)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (arena == NULL ||
        !cm_judge(gathered->evidence, session->plugins, session->log, arena, &verdict, &err))
        return arena == NULL ? CM_EXIT_INTERNAL : cm_session_failed(session, &err);
    cm_gathered_settle(gathered, &verdict);
    json_t *answers = cm_verdict_json(&verdict);
    if (answers == NULL || json_object_set_new(gathered->evidence, "answers", answers) != 0)
        return CM_EXIT_INTERNAL;

    CM_CLEANUP(delivered_done)
    struct delivered delivered = {.sealed = CM_BUF_INIT((size_t)2 * CM_EVIDENCE_MOST)};
    int status = deliver(session, gathered, &verdict, key, &delivered);
    const struct cm_report report = {
        .evidence = gathered->evidence,
        .verdict = &verdict,
        .mode = "verify",
        .documentation = delivered.documentation,
        .signature = delivered.signature,
        .attestations = delivered.attestations,
        .evidence_file = delivered.evidence_is_there ? cm_said(session->said, "evidence") : NULL,
        .exit_status = status,
    };
    int reported = cm_session_report(session, &report, form);
    return status != 0 ? status : reported != 0 ? reported : cm_session_verdict(&verdict);
}

static int
run(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    if (session->said->rest_count > 1)
        return cm_session_usage(session, "one artifact at a time");
    if ((status = may_write_all(session)) != 0 ||
        (status = cm_session_trust_or_words(session)) != 0 ||
        (status = evidence_key(session, &key)) != 0)
        return status;
    if (cm_said(session->said, "dry-run") != NULL)
        return cm_dry_run(session, false, cm_session_verdict);
    if ((status = cm_gathering(session, CM_TO_VERIFY, &gathered)) != 0)
        return status;
    return conclude(session, &gathered, key, form);
}

const struct cm_command cm_command_verify = {
    .name = "verify",
    .rest = "[ARTIFACT]",
    .takes = CM_TAKES_FILE,
    .summary = "ask build system and repository about a build, and decide",
    .more = "Names of the build are options of the connector, as its manual page has them:\n"
            "--build, --job, ... ARTIFACT is compared with what the build system serves;\n"
            "without it, what the build system serves is judged. With --connector no\n"
            "configuration is read: all that it would say is said here, see countermark(1).\n"
            "Run this on a host of the operator's: inside the build that it checks it proves\n"
            "nothing to anyone else.",
    .flags = flags,
    .names = true,
    .run = run,
};
