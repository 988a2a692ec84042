/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark replay: the same verdict again, from the evidence alone. */
#include "programs/evidence_file.h"
#include "programs/replaying.h"

static const struct cm_flag flags[] = {
    {"evidence-key", 0, CM_TAKES_FILES, "FILE", "public key (PEM) whose seal counts"},
    {"accept-unsealed", 0, CM_TAKES_NOTHING, NULL, "count evidence that no given key has sealed"},
    {"artifact", 0, CM_TAKES_FILE, "FILE", "is the evidence about this artifact?"},
    {"config", 'c', CM_TAKES_FILE, "FILE", "say whether the policy has changed since"},
    {"format", 0, CM_TAKES_WORD, CM_REPORT_FORMS, "of the report on standard output"},
    {.name = NULL},
};

/* A verdict that would be accepted counts only if somebody vouches for the evidence. */
static int
exit_of(const struct cm_session *session, const struct cm_opened *opened,
        const struct cm_verdict *verdict, bool artifact_matches)
{
    if (!artifact_matches)
        return CM_EXIT_REJECTED;
    if (opened->seal != CM_SEALED && cm_said(session->said, "accept-unsealed") == NULL &&
        verdict->outcome == CM_ACCEPTED)
        return CM_EXIT_UNDECIDED;
    return cm_session_verdict(verdict);
}

static int
replay(struct cm_session *session, const struct cm_opened *opened, enum cm_form form)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    bool artifact_matches = true;
    struct cm_remarks remarks = {.count = 0};
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    remarks.arena = arena;
    if (arena == NULL)
        return CM_EXIT_INTERNAL;
    if (!cm_evidence_judge(session, opened, arena, &verdict, &err) ||
        !cm_remark_versions(session, opened->evidence, &remarks, &err) ||
        !cm_remark_answers(opened->evidence, &verdict, &remarks, &err) ||
        !cm_remark_policy(session, opened->evidence, &remarks, &err) ||
        !cm_remark_artifact(session, opened->evidence, &verdict, &artifact_matches, &remarks, &err))
        return cm_session_failed(session, &err);
    if (opened->seal != CM_SEALED && cm_said(session->said, "accept-unsealed") == NULL)
        cm_remark(&remarks, "nobody vouches for this evidence: name the key of its seal with "
                            "--evidence-key, or say --accept-unsealed");
    const struct cm_report report = {
        .evidence = opened->evidence,
        .verdict = &verdict,
        .mode = "replay",
        .seal = cm_seal_text(arena, opened),
        .remarks = remarks.at,
        .replayed_file = session->said->rest[0],
        .exit_status = exit_of(session, opened, &verdict, artifact_matches),
    };
    int reported = cm_session_report(session, &report, form);
    if (!artifact_matches)
        cm_log(session->log, CM_LOG_ERROR, "%s is not the artifact of this evidence",
               cm_said(session->said, "artifact"));
    return reported != 0 ? reported : report.exit_status;
}

static int
run(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    struct cm_err err = CM_ERR_INIT;
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one evidence file");
    if (cm_said(session->said, "config") != NULL && (status = cm_session_trust(session)) != 0)
        return status;
    if ((status = cm_session_plugins(session)) != 0)
        return status;

    CM_CLEANUP(cm_keys_done) struct cm_keys keys = {.count = 0};
    CM_CLEANUP(cm_opened_done) struct cm_opened opened = {.evidence = NULL};
    if (!cm_keys_said(session, &keys, &err)) {
        status = cm_session_failed(session, &err);
        return err.class == CM_E_INTERNAL ? status : CM_EXIT_USAGE;
    }
    if ((status = cm_evidence_open(session, session->said->rest[0], &keys, &opened)) != 0)
        return status;
    return replay(session, &opened, form);
}

const struct cm_command cm_command_replay = {
    .name = "replay",
    .rest = "EVIDENCE",
    .takes = CM_TAKES_FILE,
    .summary = "decide again from evidence alone: offline, years later",
    .more = "Exit status 0 needs a verdict that would be accepted, and a seal by a key given\n"
            "with --evidence-key, or --accept-unsealed.",
    .flags = flags,
    .run = run,
};
