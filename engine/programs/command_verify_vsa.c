/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark verify-vsa: is there a verification summary that says what is wanted? */
#include "base/clock.h"
#include "base/text.h"
#include "programs/attesting.h"
#include "programs/batch.h"
#include "programs/statement_lines.h"

#include <string.h>

#define LABEL_TEXT 16

static const struct cm_flag flags[] = {
    {"attestation-path", 0, CM_TAKES_FILE, "FILE", "envelope, bundle, or lines of them"},
    {"subject-digest", 0, CM_TAKES_TEXTS, "DIGEST", "of the artifact: sha256:..."},
    {"verifier-id", 0, CM_TAKES_TEXT, "ID", "who has to have verified it"},
    {"resource-uri", 0, CM_TAKES_TEXT, "URI", "what it has to be: pkg:generic/widget@1.0.0"},
    {"verified-level", 0, CM_TAKES_TEXTS, "LEVEL", "what has to be verified, at least"},
    {"public-key-path", 0, CM_TAKES_FILES, "FILE", "public key (PEM) that it is signed by"},
    {"public-key-id", 0, CM_TAKES_TEXT, "ID", "pass signatures over that name another key"},
    CM_SIGNER_FLAGS,
    {"max-age", 0, CM_TAKES_TEXT, "DURATION", "how long ago it may be; default: any time"},
    {"print-attestation", 0, CM_TAKES_NOTHING, NULL, "print the statement that was verified"},
    {"batch", 0, CM_TAKES_NOTHING, NULL, "answer questions on standard input, a line each"},
    {"jobs", 0, CM_TAKES_TEXT, "N", "with --batch: threads; default: as many as CPUs"},
    {.name = NULL},
};

static int
read_levels(const struct cm_session *session, struct cm_vsa_wanted *to)
{
    const char *level;
    for (size_t i = 0; (level = cm_said_at(session->said, "verified-level", i)) != NULL; i++) {
        struct cm_err err = CM_ERR_INIT;
        if (i == CM_MOST_LEVELS)
            return cm_session_usage(session, "at most %d levels", CM_MOST_LEVELS);
        if (!cm_vsa_level_check(level, &err))
            return cm_session_usage(session, "--verified-level: %s", err.text);
        to->levels[to->level_count++] = level;
    }
    return 0;
}

static int
read_wanted(const struct cm_session *session, struct cm_vsa_wanted *to)
{
    const char *age = cm_said(session->said, "max-age");
    to->verifier_id = cm_said(session->said, "verifier-id");
    to->resource_uri = cm_said(session->said, "resource-uri");
    to->now = cm_wall_now();
    if (age != NULL && (!cm_parse_duration(age, &to->max_age) || to->max_age == 0))
        return cm_session_usage(session, "--max-age is a duration like 30d or 12h, not '%s'", age);
    return read_levels(session, to);
}

struct digests {
    struct cm_digest_said said[CM_MOST_ARGUMENTS];
    struct cm_known_digest at[CM_MOST_ARGUMENTS];
    size_t count;
};

static int
read_digests(const struct cm_session *session, struct digests *to)
{
    int status;
    const char *text;
    for (; (text = cm_said_at(session->said, "subject-digest", to->count)) != NULL; to->count++) {
        if ((status = cm_digest_said(session, "--subject-digest", text, false,
                                     &to->said[to->count])) != 0)
            return status;
        to->at[to->count] = to->said[to->count].digest;
    }
    return 0;
}

static void
put(const struct cm_statement *statement, struct cm_page *page)
{
    cm_put_summary(page, LABEL_TEXT, statement, false);
}

/* What the answer to a single question cannot do without. */
static int
check_complete(const struct cm_session *session, const struct digests *digests)
{
    static const char *const needed[] = {"attestation-path", "verifier-id", "resource-uri"};
    for (size_t i = 0; i < CM_COUNT(needed); i++)
        if (cm_said(session->said, needed[i]) == NULL)
            return cm_session_usage(session, "--%s is needed", needed[i]);
    if (cm_said(session->said, "jobs") != NULL)
        return cm_session_usage(session, "--jobs goes with --batch only");
    if (session->said->rest_count > 1)
        return cm_session_usage(session, "name one artifact");
    if (session->said->rest_count == 0 && digests->count == 0)
        return cm_session_usage(session, "name the artifact, or its digest with --subject-digest");
    return 0;
}

static int
verify_one(const struct cm_session *session, const struct cm_asked_signers *signers,
           const struct cm_vsa_wanted *wanted, const struct digests *digests)
{
    int status = check_complete(session, digests);
    const struct cm_attest_question question = {
        .path = cm_said(session->said, "attestation-path"),
        .artifact = session->said->rest_count > 0 ? session->said->rest[0] : NULL,
        .signers = *signers,
        .asked = {.subjects = {.each = digests->at, .each_count = digests->count}, .vsa = wanted},
        .put = put,
    };
    return status != 0 ? status : cm_attest_answer(session, &question);
}

static int
verify_batch(const struct cm_session *session, const struct cm_asked_signers *signers,
             const struct cm_vsa_wanted *wanted, const struct digests *digests)
{
    static const char *const alone[] = {"attestation-path", "print-attestation"};
    for (size_t i = 0; i < CM_COUNT(alone); i++)
        if (cm_said(session->said, alone[i]) != NULL)
            return cm_session_usage(session, "--%s does not go with --batch", alone[i]);
    if (session->said->rest_count > 0 || digests->count > 0)
        return cm_session_usage(session, "with --batch each line names its own artifact, as "
                                         "subject_digest");
    const struct cm_batch batch = {.signers = signers, .wanted = wanted};
    return cm_batch_run(session, &batch);
}

static int
run(struct cm_session *session)
{
    int status;
    struct digests digests = {.count = 0};
    struct cm_vsa_wanted wanted = {.level_count = 0};
    struct cm_asked_signers signers = {.key_id = cm_said(session->said, "public-key-id")};
    CM_CLEANUP(cm_attest_keys_done) struct cm_attest_keys keys = {.count = 0};
    if ((status = read_digests(session, &digests)) != 0 ||
        (status = read_wanted(session, &wanted)) != 0 ||
        (status = cm_attest_keys_said(session, "public-key-path", &keys)) != 0 ||
        (status = cm_threshold_said(session, &keys, &signers.threshold)) != 0)
        return status;
    signers.keys = keys.at;
    signers.key_count = keys.count;
    return cm_said(session->said, "batch") != NULL
               ? verify_batch(session, &signers, &wanted, &digests)
               : verify_one(session, &signers, &wanted, &digests);
}

const struct cm_command cm_command_verify_vsa = {
    .name = "verify-vsa",
    .rest = "[ARTIFACT]",
    .takes = CM_TAKES_FILE,
    .summary = "is there a verification summary (VSA) that says this?",
    .more = "Offline, by a public key that you name. Of several attestations in the file\n"
            "one has to say all of it. With --batch each line of standard input is a\n"
            "question, and each line of standard output its answer, in JSON.",
    .flags = flags,
    .run = run,
};
