/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark replay: the same verdict again, from the evidence alone. */
#include "base/fd.h"
#include "base/json.h"
#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "programs/replaying.h"
#include "programs/session.h"

#define MOST_KEYS 16

static const struct cm_flag flags[] = {
    {"evidence-key", 0, CM_TAKES_FILES, "FILE", "public key (PEM) whose seal counts"},
    {"accept-unsealed", 0, CM_TAKES_NOTHING, NULL, "count evidence that no given key has sealed"},
    {"artifact", 0, CM_TAKES_FILE, "FILE", "is the evidence about this artifact?"},
    {"config", 'c', CM_TAKES_FILE, "FILE", "say whether the policy has changed since"},
    {"format", 0, CM_TAKES_WORD, CM_REPORT_FORMS, "of the report on standard output"},
    {.name = NULL},
};

struct keys {
    struct cm_key *at[MOST_KEYS];
    size_t count;
};

static void
keys_done(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        cm_key_free(keys->at[i]);
}

static bool
read_keys(const struct cm_session *session, struct keys *keys, struct cm_err *err)
{
    const char *path;
    for (size_t i = 0; (path = cm_said_at(session->said, "evidence-key", i)) != NULL; i++) {
        if (i == MOST_KEYS)
            return cm_fail(err, CM_E_NOT_FOUND, "at most %d evidence keys", MOST_KEYS);
        if (!cm_key_read_public(path, &keys->at[i], err))
            return cm_context(err, "--evidence-key");
        keys->count = i + 1;
    }
    return true;
}

static bool
open_evidence(const struct cm_session *session, struct cm_opened *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT((size_t)2 * CM_EVIDENCE_MOST);
    CM_CLEANUP(keys_done) struct keys keys = {.count = 0};
    const char *path = session->said->rest[0];
    if (!read_keys(session, &keys, err) || !cm_file_read(path, &bytes, err))
        return false;
    return (cm_seal_open(bytes.at, bytes.size, keys.at, keys.count, ret, err) &&
            (ret->seal == CM_SEAL_BROKEN || cm_evidence_check(ret->evidence, err))) ||
           cm_context(err, "%s", path);
}

/* A plug-in that is not there is no fault of the file's. */
static bool
judge(struct cm_session *session, const struct cm_opened *opened, struct cm_arena *arena,
      struct cm_verdict *ret, struct cm_err *err)
{
    if (cm_judge(opened->evidence, session->plugins, session->log, arena, ret, err))
        return true;
    if (err->class == CM_E_NOT_FOUND)
        err->class = CM_E_CONFIG;
    return false;
}

static const char *
seal_text(struct cm_arena *arena, const struct cm_opened *opened)
{
    switch (opened->seal) {
    case CM_SEALED:
        return cm_arena_printf(arena, "sealed by %s", opened->key_id);
    case CM_SEAL_UNKNOWN:
        return cm_arena_printf(arena, "sealed by %s, a key that was not given", opened->key_id);
    case CM_SEAL_BROKEN:
        return "broken seal";
    default:
        return "unsealed";
    }
}

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
    if (!judge(session, opened, arena, &verdict, &err) ||
        !cm_remark_versions(session, opened->evidence, &remarks, &err) ||
        !cm_remark_answers(opened->evidence, &verdict, &remarks, &err) ||
        !cm_remark_policy(session, opened->evidence, &remarks, &err) ||
        !cm_remark_artifact(session, opened->evidence, &artifact_matches, &remarks, &err))
        return cm_session_failed(session, &err);
    if (opened->seal != CM_SEALED && cm_said(session->said, "accept-unsealed") == NULL)
        cm_remark(&remarks, "nobody vouches for this evidence: name the key of its seal with "
                            "--evidence-key, or say --accept-unsealed");
    const struct cm_report report = {
        .evidence = opened->evidence,
        .verdict = &verdict,
        .mode = "replay",
        .seal = seal_text(arena, opened),
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

    struct cm_opened opened = {.evidence = NULL};
    if (!open_evidence(session, &opened, &err)) {
        status = cm_session_failed(session, &err);
        if (err.class != CM_E_INTERNAL)
            status = CM_EXIT_USAGE; /* of the file, whatever it is */
    } else if (opened.seal == CM_SEAL_BROKEN) {
        cm_log(session->log, CM_LOG_ERROR,
               "%s: broken seal: the file is not what the key %s sealed; get it anew from where it "
               "was kept",
               session->said->rest[0], opened.key_id);
        status = CM_EXIT_USAGE;
    } else {
        status = replay(session, &opened, form);
    }
    cm_json_done(&opened.evidence);
    return status;
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
