/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark node-challenge: what a build node has to sign to deliver one file. */
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "programs/output.h"
#include "store/challenge.h"

#include <string.h>

static const struct cm_flag flags[] = {
    {"artifact-sha256", 0, CM_TAKES_TEXT, "HEX", "SHA-256 of the file that will be submitted"},
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"project", 'p', CM_TAKES_TEXT, "SLUG", "needed if there are several"},
    {"policy", 0, CM_TAKES_TEXT, "SLUG", "signing policy; needed if there are several"},
    {"system", 0, CM_TAKES_TEXT, "SLUG", "build system; needed if several are linked"},
    {"valid", 0, CM_TAKES_TEXT, "DURATION", "how long it can be used; default and most: 10m"},
    {"output", 'o', CM_TAKES_FILE, "FILE", "instead of standard output"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where it is kept until it is used"},
    {.name = NULL},
};

/* Tools for Windows print digits in upper case. */
static int
digest_said(const struct cm_session *session, char ret[CM_SHA256_HEX])
{
    const char *said = cm_said(session->said, "artifact-sha256");
    if (said == NULL)
        return cm_session_usage(session, "name the file that will be submitted by its SHA-256: "
                                         "--artifact-sha256 HEX");
    if (strlen(said) != CM_SHA256_HEX - 1 ||
        strspn(said, "0123456789abcdefABCDEF") != CM_SHA256_HEX - 1)
        return cm_session_usage(session,
                                "--artifact-sha256 takes 64 hexadecimal digits, as sha256sum "
                                "prints them");
    for (size_t i = 0; i < CM_SHA256_HEX; i++)
        ret[i] = cm_ascii_lower(said[i]);
    return 0;
}

static int
valid_said(const struct cm_session *session, int64_t *ret)
{
    const char *said = cm_said(session->said, "valid");
    int64_t valid = CM_CHALLENGE_VALID;
    if (said != NULL &&
        (!cm_parse_duration(said, &valid) || valid < CM_SECOND || valid > CM_CHALLENGE_VALID))
        return cm_session_usage(session, "--valid takes a duration from 1s to 10m");
    *ret = valid;
    return 0;
}

/* ---- keeping ---- */

static int
not_kept(const struct cm_session *session, struct cm_err *err)
{
    enum cm_class class = err->class;
    (void)cm_context(err,
                     "the challenge cannot be kept, and would be refused later (set `state` to "
                     "a folder that can be written, or name one with --state FOLDER)");
    (void)cm_session_failed(session, err);
    return class == CM_E_TRANSIENT ? CM_EXIT_OUTPUT
           : class == CM_E_LIMIT   ? CM_EXIT_UNDECIDED
                                   : CM_EXIT_CONFIG;
}

static int
make(struct cm_session *session, const struct cm_admitted *a, const char *sha256, int64_t valid)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t now = cm_wall_now();
    const char *state = cm_session_state(session);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST + 1);
    const struct cm_challenge challenge = {
        .verifier = session->trust->verifier,
        .organization = session->trust->organization,
        .project = a->project->slug,
        .policy = a->policy->slug,
        .system = a->system->slug,
        .artifact_sha256 = sha256,
    };
    if (state == NULL) {
        (void)cm_fail(&err, CM_E_CONFIG, "there is no state directory");
        return not_kept(session, &err);
    }
    if (!cm_challenge_write(&challenge, now, valid, &text, &err))
        return cm_session_failed(session, &err);
    if (!cm_challenge_keep(state, &text, now, &err))
        return not_kept(session, &err);
    return cm_write_text(session, "the challenge", 0644, &text);
}

static int
run(struct cm_session *session)
{
    int status;
    int64_t valid = 0;
    char sha256[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    const char *output = cm_said(session->said, "output");
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    const struct cm_submission submission = {
        .project = cm_said(session->said, "project"),
        .policy = cm_said(session->said, "policy"),
        .system = cm_said(session->said, "system"),
    };
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "node-challenge takes no argument");
    if ((status = digest_said(session, sha256)) != 0 ||
        (status = valid_said(session, &valid)) != 0 ||
        (output != NULL && (status = cm_may_write(session, "--output", output)) != 0) ||
        (status = cm_session_trust(session)) != 0 || (status = cm_session_plugins(session)) != 0)
        return status;
    if (!cm_admit_peer(session->trust, session->plugins, &submission, &admitted, &err))
        return cm_session_failed(session, &err);
    return make(session, &admitted, sha256, valid);
}

const struct cm_command cm_command_node_challenge = {
    .name = "node-challenge",
    .summary = "ask a build node to show that it has its key, for one file",
    .more = "Prints what the build node signs with `countermark node-sign`; what that\n"
            "writes is submitted with `countermark verify --node-proof`. It is good once,\n"
            "on this host, for this project, policy, system and file.",
    .flags = flags,
    .run = run,
};
