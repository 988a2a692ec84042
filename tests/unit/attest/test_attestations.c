/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/attestations.h"

#include "sample.h"

#define ONE                                                                                        \
    "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\","                      \
    "\"signatures\":[{\"sig\":\"AAAA\"}]}"
#define BUNDLE                                                                                     \
    "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{"  \
    "\"publicKey\":{}},\"dsseEnvelope\":" ONE "}"
#define SPREAD                                                                                     \
    "{\n\"payload\":\"e30=\",\n\"payloadType\":\"application/vnd.in-toto+json\",\n"                \
    "\"signatures\":[\n{\"sig\":\"AAAA\"}\n]\n}\n"

static size_t
count_of(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    if (!cm_attestations_read(text, strlen(text), "f", &attestations, &err))
        fail_msg("%s: %s", text, err.text);
    for (size_t i = 0; i < attestations.count; i++)
        assert_true(attestations.at[i].bundle.has_envelope);
    return attestations.count;
}

static void
test_forms(void **state)
{
    (void)state;
    assert_int_equal(count_of(ONE), 1);
    assert_int_equal(count_of(ONE "\n"), 1);
    assert_int_equal(count_of("\n \r\n" ONE "\n\n"), 1);
    assert_int_equal(count_of(SPREAD), 1);
    assert_int_equal(count_of(BUNDLE), 1);
    assert_int_equal(count_of(ONE "\n" BUNDLE "\n\n" ONE "\n"), 3);
    assert_int_equal(count_of(ONE "\r\n" ONE), 2);
}

static void
test_places(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    CM_CLEANUP(cm_attestations_done) struct cm_attestations single = {.at = NULL};
    static const char text[] = "\n" ONE "\n\n" BUNDLE;
    assert_true(cm_attestations_read(text, strlen(text), "f", &attestations, &err));
    assert_string_equal(attestations.at[0].where, "f: line 2");
    assert_string_equal(attestations.at[1].where, "f: line 4");
    assert_true(!attestations.at[0].is_bundle && attestations.at[1].is_bundle);
    assert_true(cm_attestations_read(ONE, strlen(ONE), "f", &single, &err));
    assert_string_equal(single.at[0].where, "f");
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", "no attestation in it"},
                                          {"\n \n", "no attestation in it"},
                                          {ONE " x", "f: line 1, column"},
                                          {ONE ONE, "f: line 1, column"},
                                          {ONE "\nx\n", "f: line 2: line 1, column 1"},
                                          {ONE "\n[]\n", "f: line 2 is no object"},
                                          {ONE "\n{}\n", "f: line 2: there is no payload"},
                                          {"{}\n" ONE, "f: line 1: there is no payload"},
                                          {SPREAD ONE, "f: line 8, column"},
                                          {"[" ONE "]", "f is no object"},
                                          {"7", "f is no object"}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_attestations attestations = {.at = NULL};
        refused(cm_attestations_read(rows[i][0], strlen(rows[i][0]), "f", &attestations, &err),
                &err, CM_E_MALFORMED, rows[i][1], rows[i][0]);
        assert_null(attestations.at);
    }
    struct cm_err err = CM_ERR_INIT;
    struct cm_attestations attestations;
    static const char nul[] = ONE "\n\0\n" ONE;
    assert_false(cm_attestations_read(nul, sizeof nul - 1, "f", &attestations, &err));
}

static void
test_limits(void **state)
{
    (void)state;
    for (int count = 1024; count <= 1025; count++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 20);
        for (int i = 0; i < count; i++)
            cm_buf_puts(&text, ONE "\n");
        bool done = cm_attestations_read(text.at, text.size, "f", &attestations, &err);
        if (count == 1024)
            assert_true(done && attestations.count == 1024);
        else
            refused(done, &err, CM_E_MALFORMED, "more than 1024", "many");
    }
    struct cm_err err = CM_ERR_INIT;
    struct cm_attestations attestations;
    refused(cm_attestations_read_file("/dev/zero", &attestations, &err), &err, CM_E_LIMIT,
            "/dev/zero", "endless");
    refused(cm_attestations_read_file("/nonexistent", &attestations, &err), &err, CM_E_NOT_FOUND,
            "/nonexistent", "none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
