/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark verify-attestation: is there an attestation of this file that says what is wanted? */
#include "base/text.h"
#include "programs/attesting.h"

#include <string.h>

#define LABEL_TEXT 16

static const struct cm_flag flags[] = {
    {"bundle", 0, CM_TAKES_FILE, "FILE", "sigstore bundle, envelope, or lines of them"},
    {"signature", 0, CM_TAKES_FILE, "FILE", "the same, as cosign calls an envelope"},
    {"provenance-path", 0, CM_TAKES_FILE, "FILE", "the same, as slsa-verifier calls it"},
    {"key", 0, CM_TAKES_FILES, "FILE", "public key (PEM) that it is signed by"},
    CM_SIGNER_FLAGS,
    {"type", 0, CM_TAKES_TEXT, "TYPE", "of the predicate; default slsaprovenance1"},
    {"digest", 0, CM_TAKES_TEXT, "DIGEST", "of the artifact, in place of the file"},
    {"check-claims", 0, CM_TAKES_WORD, "true|false", "false: whatever file it is about"},
    {"source-uri", 0, CM_TAKES_TEXT, "URI", "repository of the source: github.com/owner/name"},
    {"source-branch", 0, CM_TAKES_TEXT, "NAME", "branch that was built"},
    {"source-tag", 0, CM_TAKES_TEXT, "NAME", "tag that was built"},
    {"builder-id", 0, CM_TAKES_TEXT, "ID", "who has to have built it"},
    {"print-attestation", 0, CM_TAKES_NOTHING, NULL, "print the statement that was verified"},
    {.name = NULL},
};

/* What cosign calls the types of predicates. */
static const struct {
    const char *name, *uri;
} types[] = {
    {"slsaprovenance1", CM_PROVENANCE_TYPE},
    {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
    {"vsa", CM_VSA_TYPE},
    {"link", "https://in-toto.io/Link/v1"},
    {"spdx", "https://spdx.dev/Document"},
    {"spdxjson", "https://spdx.dev/Document"},
    {"cyclonedx", "https://cyclonedx.org/bom"},
    {"openvex", "https://openvex.dev/ns"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
    {"custom", "https://cosign.sigstore.dev/attestation/v1"},
};

static int
read_type(const struct cm_session *session, const char **ret)
{
    const char *said = cm_said(session->said, "type");
    for (size_t i = 0; i < CM_COUNT(types); i++)
        if (strcmp(said != NULL ? said : types[0].name, types[i].name) == 0) {
            *ret = types[i].uri;
            return 0;
        }
    if (strstr(said, "://") == NULL)
        return cm_session_usage(session,
                                "--type is a URI, or a name like slsaprovenance1; '%s' is "
                                "neither",
                                said);
    *ret = said;
    return 0;
}

/* One of three names for one thing. */
static int
read_path(const struct cm_session *session, const char **ret)
{
    static const char *const names[] = {"bundle", "signature", "provenance-path"};
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        const char *said = cm_said(session->said, names[i]);
        if (said != NULL && *ret != NULL)
            return cm_session_usage(session, "name one file of attestations");
        *ret = said != NULL ? said : *ret;
    }
    return *ret != NULL ? 0
                        : cm_session_usage(session, "there is nothing to verify: --bundle FILE");
}

static int
read_ref(const struct cm_session *session, struct cm_buf *to)
{
    const char *branch = cm_said(session->said, "source-branch");
    const char *tag = cm_said(session->said, "source-tag");
    if (branch != NULL && tag != NULL)
        return cm_session_usage(session, "what was built is a branch or a tag, not both");
    if (cm_starts_with(branch != NULL ? branch : "", "refs/") ||
        cm_starts_with(tag != NULL ? tag : "", "refs/"))
        return cm_session_usage(session, "--source-branch and --source-tag take the name alone, "
                                         "without refs/heads/ or refs/tags/");
    if (branch != NULL || tag != NULL)
        cm_buf_printf(to, "refs/%s/%s", branch != NULL ? "heads" : "tags",
                      branch != NULL ? branch : tag);
    return 0;
}

static int
read_source(const struct cm_session *session, struct cm_buf *ref, struct cm_provenance_wanted *to)
{
    struct cm_err err = CM_ERR_INIT;
    int status = read_ref(session, ref);
    if (status != 0)
        return status;
    to->source = cm_said(session->said, "source-uri");
    to->builder_id = cm_said(session->said, "builder-id");
    to->ref = ref->size > 0 ? ref->at : NULL;
    if (to->ref != NULL && to->source == NULL)
        return cm_session_usage(session, "a branch or tag goes with --source-uri");
    if (to->source != NULL && !cm_source_check(to->source, &err))
        return cm_session_usage(session, "--source-uri: %s", err.text);
    return 0;
}

static bool
is_any(const struct cm_session *session)
{
    const char *said = cm_said(session->said, "check-claims");
    return said != NULL && strcmp(said, "false") == 0;
}

static int
read_subject(const struct cm_session *session, struct cm_digest_said *said,
             struct cm_attest_question *to)
{
    const char *text = cm_said(session->said, "digest");
    to->asked.any_subject = is_any(session);
    if (session->said->rest_count > 1)
        return cm_session_usage(session, "name one artifact");
    if (session->said->rest_count + (text != NULL) != (to->asked.any_subject ? 0 : 1))
        return cm_session_usage(session, to->asked.any_subject
                                             ? "--check-claims false goes with no artifact: it "
                                               "would not be looked at"
                                             : "name the artifact, or its digest with --digest");
    to->artifact = session->said->rest_count > 0 ? session->said->rest[0] : NULL;
    if (text == NULL)
        return 0;
    to->asked.subjects.each = &said->digest;
    to->asked.subjects.each_count = 1;
    return cm_digest_said(session, "--digest", text, true, said);
}

static void
put(const struct cm_statement *statement, struct cm_page *page)
{
    struct cm_provenance_read provenance;
    struct cm_err none = CM_ERR_INIT;
    cm_page_labelled(page, 2, LABEL_TEXT, "type", CM_FOREIGN, statement->predicate_type);
    if (!cm_provenance_of(statement, "", &provenance, &none))
        return;
    cm_page_labelled(page, 2, LABEL_TEXT, "builder", CM_FOREIGN, provenance.builder_id);
    cm_page_labelled(page, 2, LABEL_TEXT, "build type", CM_FOREIGN, provenance.build_type);
}

static int
run(struct cm_session *session)
{
    int status;
    struct cm_provenance_wanted wanted = {.source = NULL};
    struct cm_digest_said digest = {.room = ""};
    struct cm_attest_question question = {.put = put};
    CM_CLEANUP(cm_buf_done) struct cm_buf ref = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_attest_keys_done) struct cm_attest_keys keys = {.count = 0};
    if ((status = read_path(session, &question.path)) != 0 ||
        (status = read_type(session, &question.asked.type)) != 0 ||
        (status = read_source(session, &ref, &wanted)) != 0 ||
        (status = read_subject(session, &digest, &question)) != 0 ||
        (status = cm_attest_keys_said(session, "key", &keys)) != 0 ||
        (status = cm_threshold_said(session, &keys, &question.signers.threshold)) != 0)
        return status;
    bool is_provenance = strcmp(question.asked.type, CM_PROVENANCE_TYPE) == 0;
    if (!is_provenance && (wanted.source != NULL || wanted.builder_id != NULL))
        return cm_session_usage(session, "source and builder are asked of slsaprovenance1 only");
    question.asked.provenance = is_provenance ? &wanted : NULL;
    question.signers.keys = keys.at;
    question.signers.key_count = keys.count;
    if (question.asked.any_subject)
        cm_log(session->log, CM_LOG_WARNING,
               "no artifact is looked at: the attestation may be about any file");
    return cm_attest_answer(session, &question);
}

const struct cm_command cm_command_verify_attestation = {
    .name = "verify-attestation",
    .rest = "[ARTIFACT]",
    .takes = CM_TAKES_FILE,
    .summary = "is there an attestation of this file that says this?",
    .more = "Offline, by a public key that you name. Of several attestations in the file\n"
            "one has to say all of it.",
    .flags = flags,
    .run = run,
};
