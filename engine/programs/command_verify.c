/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark verify: the whole way of a request, once. */
#include "base/fd.h"
#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "programs/dry_run.h"
#include "programs/gathering.h"
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
    {"timeout", 0, CM_TAKES_TEXT, "DURATION", "of the whole; default 5m"},
    {"format", 0, CM_TAKES_WORD, CM_REPORT_FORMS, "of the report on standard output"},
    {"evidence", 0, CM_TAKES_FILE, "FILE", "write sealed evidence there, for any verdict"},
    {"output", 'o', CM_TAKES_FILE, "FILE", "write the artifact there, if it is accepted"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where the evidence key and mirrors are kept"},
    {"dry-run", 0, CM_TAKES_NOTHING, NULL, "say what would be asked, and ask nothing"},
    CM_SPOKEN_FLAGS,
    CM_SPOKEN_REWRITER,
    {.name = NULL},
};

/* What cannot be written is known before anything is asked. 0, or the exit status. */
static int
may_write(const struct cm_session *session, const char *option)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, option);
    if (path == NULL)
        return 0;
    if (strcmp(path, "-") == 0)
        return cm_session_usage(session,
                                "--%s takes the name of a file; standard output is the report's "
                                "(./- is a file of that name)",
                                option);
    if (cm_file_may_replace(path, &err))
        return 0;
    (void)cm_context(&err, "--%s", option);
    (void)cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

/* The evidence key is had before anything is asked: a build that cannot be documented is not worth
 * the questions. */
static int
evidence_key(struct cm_session *session, struct cm_key **ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *state = cm_session_state(session);
    bool dry = cm_said(session->said, "dry-run") != NULL;
    if (cm_said(session->said, "evidence") == NULL)
        return 0;
    if (state == NULL)
        return cm_session_usage(session, "--evidence needs a place for its key: --state FOLDER");
    if (dry ? cm_key_may_be_had(state, &err) : cm_key_of_state(state, ret, &err))
        return 0;
    (void)cm_context(&err, "the evidence cannot be sealed (--state FOLDER names another place)");
    cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

static int
write_evidence(struct cm_session *session, const json_t *evidence, const struct cm_key *key)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "evidence");
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT((size_t)2 * CM_EVIDENCE_MOST);
    if (path == NULL)
        return 0;
    if (cm_seal(evidence, key, &bytes, &err) &&
        cm_file_replace(path, 0644, bytes.at, bytes.size, &err))
        return 0;
    (void)cm_context(&err, "the evidence cannot be written (--evidence FILE names another place)");
    cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

static int
write_output(struct cm_session *session, const struct cm_verdict *verdict, int artifact)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "output");
    if (path == NULL || verdict->outcome != CM_ACCEPTED)
        return 0;
    if (artifact < 0)
        return cm_session_usage(session, "--output: there is not one artifact but several");
    if (cm_file_replace_from(path, 0644, artifact, &err))
        return 0;
    (void)cm_context(&err, "the artifact cannot be written (--output FILE names another place)");
    cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
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
    json_t *answers = cm_verdict_json(&verdict);
    if (answers == NULL || json_object_set_new(gathered->evidence, "answers", answers) != 0)
        return CM_EXIT_INTERNAL;

    int status = write_evidence(session, gathered->evidence, key);
    if (status == 0)
        status = write_output(session, &verdict, gathered->artifact);
    const struct cm_report report = {
        .evidence = gathered->evidence,
        .verdict = &verdict,
        .mode = "verify",
        .evidence_file = status == 0 ? cm_said(session->said, "evidence") : NULL,
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
    if ((status = may_write(session, "evidence")) != 0 ||
        (status = may_write(session, "output")) != 0)
        return status;
    if ((status = cm_session_trust_or_words(session)) != 0 ||
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
