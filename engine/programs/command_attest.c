/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark attest: attestations of an artifact later, by the sealed evidence that it was
 * accepted by. Whether that holds is decided by the process with the keys. */
#include "base/fd.h"
#include "base/json.h"
#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "programs/evidence_file.h"
#include "programs/issuing.h"
#include "verdict/report.h"

static const struct cm_flag flags[] = {
    {"evidence", 0, CM_TAKES_FILE, "FILE", "sealed evidence that it was accepted by"},
    {"built", 0, CM_TAKES_FILE, "FILE", "the artifact as it was built, if another file"},
    CM_ISSUING_FLAGS,
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where decisions and the journal are kept"},
    {.name = NULL},
};

static int
open_file(const struct cm_session *session, const char *path, int *ret)
{
    struct cm_err err = CM_ERR_INIT;
    if (path == NULL || cm_file_open(path, ret, &err))
        return 0;
    (void)cm_session_failed(session, &err);
    return err.class == CM_E_INTERNAL ? CM_EXIT_INTERNAL : CM_EXIT_USAGE;
}

/* Whose seal counts is not asked here: only what it says of itself is read. */
static int
read_evidence(const struct cm_session *session, struct cm_buf *sealed, struct cm_opened *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "evidence");
    if (cm_file_read(path, sealed, &err) &&
        cm_seal_open(sealed->at, sealed->size, NULL, 0, ret, &err)) {
        if (ret->evidence != NULL)
            return 0;
        (void)cm_fail(&err, CM_E_MALFORMED, "it cannot be read under its broken seal");
    }
    (void)cm_context(&err, "--evidence %s", path);
    (void)cm_session_failed(session, &err);
    return CM_EXIT_USAGE;
}

static int
say(const struct cm_session *session, const json_t *said)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (cm_said(session->said, "quiet") != NULL)
        return 0;
    cm_report_attestations(&page, said);
    return cm_session_print(session, &text);
}

static int
run(struct cm_session *session)
{
    int status;
    CM_CLEANUP(cm_fd_done) int artifact = -1;
    CM_CLEANUP(cm_fd_done) int built = -1;
    CM_CLEANUP(cm_json_done) json_t *said = NULL;
    CM_CLEANUP(cm_issued_done) struct cm_issued issued = {.attested.first = false};
    CM_CLEANUP(cm_opened_done) struct cm_opened opened = {.evidence = NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf sealed = CM_BUF_INIT((size_t)2 * CM_EVIDENCE_MOST);
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name the artifact");
    if (cm_said(session->said, "evidence") == NULL)
        return cm_session_usage(session, "name the evidence by which it was accepted: --evidence");
    if (!cm_issuing_is_said(session))
        return cm_session_usage(session,
                                "say where to write what: --provenance FILE, --vsa FILE or "
                                "--attestations FILE");
    if ((status = cm_issuing_may_be(session)) != 0 ||
        (status = open_file(session, session->said->rest[0], &artifact)) != 0 ||
        (status = open_file(session, cm_said(session->said, "built"), &built)) != 0 ||
        (status = read_evidence(session, &sealed, &opened)) != 0 ||
        (status = cm_session_trust(session)) != 0)
        return status;
    const struct cm_issuing issuing = {
        .evidence = opened.evidence, .sealed = &sealed, .artifact = artifact, .built = built};
    if ((status = cm_issue(session, &issuing, &issued)) != 0 ||
        (status = cm_issued_write(session, &issued, &said)) != 0)
        return status;
    return say(session, said);
}

const struct cm_command cm_command_attest = {
    .name = "attest",
    .rest = "ARTIFACT",
    .takes = CM_TAKES_FILE,
    .summary = "attest an artifact, by the sealed evidence of it",
    .more = "SLSA provenance and a verification summary (VSA), signed by the process with\n"
            "the keys: it judges the evidence again, and signs only what is accepted and\n"
            "was decided within the last day. A file that ends in .sigstore.json becomes a\n"
            "bundle; else it is an envelope.",
    .flags = flags,
    .run = run,
};
