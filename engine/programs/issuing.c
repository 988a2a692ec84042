/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/issuing.h"

#include "attest/attestations.h"
#include "attest/provenance.h"
#include "attest/vsa.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "programs/asking.h"
#include "programs/output.h"

#include <string.h>

#define BUNDLE       ".sigstore.json"
#define CONTENT_MOST ((size_t)2 << 20)

/* What each option holds of all that was signed. */
static const struct {
    const char *option;
    const char *predicate; /* NULL: all */
} outputs[CM_ISSUING_FILES_MOST] = {
    {"attestations", NULL},
    {"provenance", CM_PROVENANCE_TYPE},
    {"vsa", CM_VSA_TYPE},
};

bool
cm_issuing_is_said(const struct cm_session *session)
{
    for (size_t i = 0; i < CM_COUNT(outputs); i++)
        if (cm_said(session->said, outputs[i].option) != NULL)
            return true;
    return false;
}

int
cm_issuing_may_be(const struct cm_session *session)
{
    if (cm_said(session->said, "attest-failures") != NULL && !cm_issuing_is_said(session))
        return cm_session_usage(session, "--attest-failures: say where to write what, with --vsa "
                                         "FILE");
    for (size_t i = 0; i < CM_COUNT(outputs); i++) {
        const char *path = cm_said(session->said, outputs[i].option);
        const char *option =
            cm_arena_printf(session->installation.arena, "--%s", outputs[i].option);
        if (path == NULL)
            continue;
        int status = option == NULL ? CM_EXIT_INTERNAL : cm_may_write(session, option, path);
        if (status != 0)
            return status;
        if (outputs[i].predicate == NULL && cm_ends_with(path, BUNDLE))
            return cm_session_usage(
                session,
                "--attestations holds several, and a bundle (%s) one: write each "
                "with --provenance and --vsa",
                BUNDLE);
    }
    return 0;
}

/* ---- having them signed ---- */

static int
ask(const struct cm_session *session, const struct cm_issuing *issuing, struct cm_attested *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_asking_done) struct cm_asking asking = {.evidence = -1};
    const json_t *request = cm_json_get(issuing->evidence, "request");
    const struct cm_policy *policy = cm_asking_policy(session, request);
    if (policy == NULL || policy->attest == NULL)
        return cm_session_usage(session,
                                "the signing policy %s names no key to attest with: attest = "
                                "\"SLUG\" of one of the configuration's keys",
                                cm_json_text(request, "policy"));
    if (!cm_asking_begin(session, request, issuing->sealed, policy->attest, &asking, &err))
        return cm_session_failed(session, &err);
    asking.ask.failures = cm_said(session->said, "attest-failures") != NULL;
    asking.ask.artifact = issuing->artifact;
    asking.ask.built = issuing->built;
    if (cm_ask_to_attest(&asking.ask, ret, &err))
        return 0;
    (void)cm_context(&err, "nothing was attested");
    int status = cm_session_failed(session, &err);
    return err.class == CM_E_DENIED ? CM_EXIT_REJECTED : status;
}

/* ---- writing them ---- */

static bool
says(const struct cm_attestation *one, const char *predicate)
{
    size_t size;
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    const char *payload = cm_envelope_payload(&one->bundle.envelope, &size);
    return cm_statement_read(payload, size, one->where, &statement, &ignored) &&
           strcmp(statement.predicate_type, predicate) == 0;
}

/* The line of that predicate, or all lines. */
static bool
choose(const struct cm_buf *lines, const char *predicate, struct cm_buf *to, struct cm_err *err)
{
    const char *at = cm_buf_text(lines);
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.count = 0};
    if (!cm_attestations_read(at, lines->size, "what was signed", &attestations, err))
        return false;
    for (size_t i = 0; predicate != NULL && i < attestations.count; i++) {
        size_t size = strcspn(at, "\n");
        if (says(&attestations.at[i], predicate)) {
            cm_buf_add(to, at, size);
            return !to->failed || cm_fail(err, CM_E_LIMIT, "the attestation is too large");
        }
        at += size + (at[size] != '\0');
    }
    if (predicate != NULL)
        return cm_fail(
            err, CM_E_UNSUPPORTED,
            "there is no such attestation: no origin was verified, so nobody can say how "
            "it was built");
    cm_buf_add(to, at, lines->size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the attestations are too large");
}

/* What goes into that file. */
static bool
content_of(const char *path, const char *predicate, const struct cm_attested *attested,
           struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf chosen = CM_BUF_INIT(attested->lines.size + 1);
    if (!choose(&attested->lines, predicate, &chosen, err))
        return false;
    if (cm_ends_with(path, BUNDLE)) {
        if (!cm_bundle_write(&chosen, attested->hint, to, err))
            return false;
    } else {
        cm_buf_add(to, chosen.at, chosen.size);
    }
    if (predicate != NULL)
        cm_buf_putc(to, '\n');
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the attestation is too large");
}

static int
say_why(const struct cm_session *session, const char *option, struct cm_err *err)
{
    (void)cm_context(err, "--%s", option);
    int status = cm_session_failed(session, err);
    return err->class == CM_E_UNSUPPORTED ? status : CM_EXIT_OUTPUT;
}

/* All contents are there before the first is written. */
static int
fill(const struct cm_session *session, struct cm_issued *to)
{
    struct cm_err err = CM_ERR_INIT;
    for (size_t i = 0; i < CM_COUNT(outputs); i++) {
        const char *path = cm_said(session->said, outputs[i].option);
        to->contents[i] = (struct cm_buf)CM_BUF_INIT(CONTENT_MOST);
        if (path != NULL &&
            !content_of(path, outputs[i].predicate, &to->attested, &to->contents[i], &err))
            return say_why(session, outputs[i].option, &err);
    }
    return 0;
}

void
cm_issued_done(struct cm_issued *issued)
{
    cm_attested_done(&issued->attested);
    for (size_t i = 0; i < CM_COUNT(outputs); i++)
        cm_buf_done(&issued->contents[i]);
}

int
cm_issue(struct cm_session *session, const struct cm_issuing *issuing, struct cm_issued *ret)
{
    CM_CLEANUP(cm_issued_done) struct cm_issued issued = {.attested.first = false};
    int status = ask(session, issuing, &issued.attested);
    if (status != 0 || (status = fill(session, &issued)) != 0)
        return status;
    *ret = issued;
    issued = (struct cm_issued){.attested.first = false};
    return 0;
}

static int
write_all(const struct cm_session *session, const struct cm_issued *issued, json_t *files)
{
    struct cm_err err = CM_ERR_INIT;
    for (size_t i = 0; i < CM_COUNT(outputs); i++) {
        const char *path = cm_said(session->said, outputs[i].option);
        const struct cm_buf *content = &issued->contents[i];
        if (path == NULL)
            continue;
        if (!cm_file_replace(path, 0644, content->at, content->size, &err))
            return say_why(session, outputs[i].option, &err);
        if (json_array_append_new(files, json_string(path)) != 0)
            return CM_EXIT_INTERNAL;
    }
    return 0;
}

int
cm_issued_write(const struct cm_session *session, const struct cm_issued *issued, json_t **ret_said)
{
    const struct cm_attested *attested = &issued->attested;
    CM_CLEANUP(cm_json_done) json_t *files = json_array();
    int status = write_all(session, issued, files);
    if (status != 0)
        return status;
    *ret_said = json_pack("{s:s, s:b, s:b, s:s, s:O}", "key_id", attested->key_id, "first",
                          (int)attested->first, "kept", (int)attested->kept, "decided_at",
                          attested->decided_at, "files", files);
    return *ret_said != NULL ? 0 : CM_EXIT_INTERNAL;
}
