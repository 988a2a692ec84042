/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/check.h"

#include "sample.h"

#define STATEMENT                                                                                  \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" SHA   \
    "\"}}],\"predicateType\":\"https://x.example/t\"}"

static const struct cm_known_digest right = {"sha256", SHA};
static const struct cm_known_digest wrong = {
    "sha256", "005eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"};

static bool
satisfies(const struct cm_asked *asked, struct cm_err *err)
{
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    *err = (struct cm_err)CM_ERR_INIT;
    assert_true(cm_statement_read(STATEMENT, strlen(STATEMENT), "it", &statement, err));
    return cm_statement_satisfies(&statement, asked, "it", err);
}

static void
test_subjects(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_asked asked = {.type = "https://x.example/t"};
    /* nobody said what it has to be about: that is no reason to be content */
    refused(satisfies(&asked, &err), &err, CM_E_INTERNAL, "nothing was named", "nothing");
    asked.any_subject = true;
    assert_true(satisfies(&asked, &err));
    asked.any_subject = false;
    asked.subjects = (struct cm_asked_subjects){.each = &right, .each_count = 1};
    assert_true(satisfies(&asked, &err));
    asked.subjects = (struct cm_asked_subjects){.file = &right, .file_count = 1};
    assert_true(satisfies(&asked, &err));
    asked.subjects = (struct cm_asked_subjects){
        .each = &right, .each_count = 1, .file = &wrong, .file_count = 1};
    refused(satisfies(&asked, &err), &err, CM_E_DENIED, "not about this file", "file");
    asked.subjects = (struct cm_asked_subjects){
        .each = &wrong, .each_count = 1, .file = &right, .file_count = 1};
    refused(satisfies(&asked, &err), &err, CM_E_DENIED, "not about sha256:0", "each");
}

static void
test_types(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_vsa_wanted vsa = {.verifier_id = "v"};
    const struct cm_provenance_wanted provenance = {.source = NULL};
    struct cm_asked asked = {.any_subject = true, .type = "https://x.example/T"};
    refused(satisfies(&asked, &err), &err, CM_E_DENIED, "of the type", "case");
    asked.type = "https://x.example/t";
    asked.provenance = &provenance;
    refused(satisfies(&asked, &err), &err, CM_E_DENIED, "no provenance", "provenance");
    asked.vsa = &vsa;
    refused(satisfies(&asked, &err), &err, CM_E_DENIED, "no VSA", "vsa");
}

static void
test_signers(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *ours = new_key(CM_KEY_P256);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *other = new_key(CM_KEY_P256);
    struct cm_attest_key *const keys[] = {ours, other};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    CM_CLEANUP(cm_statement_done) struct cm_statement untouched = {.json = NULL};
    assert_true(cm_envelope_write(STATEMENT, strlen(STATEMENT), ours, &text, &err));
    assert_true(cm_attestations_read(text.at, text.size, "it", &attestations, &err));
    struct cm_asked_signers asked = {keys, 2, 1, NULL};
    assert_true(cm_attestation_statement(&attestations.at[0], &asked, &statement, &err));
    asked.threshold = 2;
    refused(cm_attestation_statement(&attestations.at[0], &asked, &untouched, &err), &err,
            CM_E_DENIED, "and 2 have to", "two");
    asked = (struct cm_asked_signers){&other, 1, 1, NULL};
    refused(cm_attestation_statement(&attestations.at[0], &asked, &untouched, &err), &err,
            CM_E_DENIED, "by the key", "other");
    asked = (struct cm_asked_signers){NULL, 0, 0, NULL};
    refused(cm_attestation_statement(&attestations.at[0], &asked, &untouched, &err), &err,
            CM_E_DENIED, "no signature", "none");
    assert_null(untouched.json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_signers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
