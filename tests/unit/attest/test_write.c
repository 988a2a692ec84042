/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/write.h"

#include "attest/provenance.h"
#include "attest/vsa.h"
#include "base/clock.h"
#include "base/text.h"
#include "sample.h"

#define AT (INT64_C(1795331160) * CM_SECOND) /* 2026-11-22T07:06:00Z */

static const struct cm_known_digest file_digest = {"sha256", SHA};
static const struct cm_known_digest commit = {"gitCommit",
                                              "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"};
static const struct cm_resource subject = {
    .name = "Foo.1.0.0.nupkg", .digests = &file_digest, .digest_count = 1};
static const struct cm_resource source = {
    .uri = "git+https://git.example.org/acme/foo@refs/heads/main",
    .digests = &commit,
    .digest_count = 1};
static const struct cm_resource log_file = {
    .name = "console", .media_type = "text/plain", .digests = &file_digest, .digest_count = 1};
static const struct cm_resource bare = {.name = "bare"};

static struct cm_provenance
some_provenance(json_t *external)
{
    return (struct cm_provenance){
        .subjects = {&subject, 1},
        .build_type = "https://origin.example.org/buildtypes/x/v1",
        .external = external,
        .dependencies = {&source, 1},
        .builder_id = "https://origin.example.org/builders/ci1",
        .invocation_id = "https://ci1.example.org/42/",
        .started = AT + 7,
        .finished = CM_NO_TIME,
        .byproducts = {&log_file, 1},
    };
}

static void
test_provenance(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done)
    json_t *external = json_pack("{s:s, s:s}", "repository", "https://git.example.org/acme/foo",
                                 "ref", "refs/heads/main");
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    const struct cm_provenance from = some_provenance(external);
    if (!cm_provenance_write(&from, &text, &err))
        fail_msg("%s", err.text);
    assert_string_equal(
        cm_buf_text(&text),
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"buildDefinition\":{"
        "\"buildType\":\"https://origin.example.org/buildtypes/x/v1\",\"externalParameters\":{"
        "\"ref\":\"refs/heads/main\",\"repository\":\"https://git.example.org/acme/foo\"},"
        "\"resolvedDependencies\":[{\"digest\":{\"gitCommit\":"
        "\"7fd1a60b01f91b314f59955a4e4d4e80d8edf11d\"},"
        "\"uri\":\"git+https://git.example.org/acme/foo@refs/heads/main\"}]},"
        "\"runDetails\":{\"builder\":{\"id\":\"https://origin.example.org/builders/ci1\"},"
        "\"byproducts\":[{\"digest\":{\"sha256\":\"" SHA
        "\"},\"mediaType\":\"text/plain\",\"name\":\"console\"}],\"metadata\":{"
        "\"invocationId\":\"https://ci1.example.org/42/"
        "\",\"startedOn\":\"2026-11-22T07:06:00Z\"}}},"
        "\"predicateType\":\"https://slsa.dev/provenance/v1\",\"subject\":[{\"digest\":{"
        "\"sha256\":\"" SHA "\"},\"name\":\"Foo.1.0.0.nupkg\"}]}");
    struct cm_provenance_read again;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    assert_true(cm_statement_read(text.at, text.size, "it", &statement, &err));
    assert_true(cm_provenance_of(&statement, "it", &again, &err));
    const struct cm_provenance_wanted wanted = {.source = "git.example.org/acme/foo",
                                                .ref = "refs/heads/main"};
    assert_true(cm_provenance_satisfies(&again, &wanted, "it", &err));
}

static void
test_provenance_refused(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *external = json_object();
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    const struct cm_provenance good = some_provenance(external);
    struct cm_provenance rows[9];
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        rows[i] = good;
    rows[0].subjects.count = 0;
    rows[1].subjects.at = &bare;
    rows[2].build_type = NULL;
    rows[3].builder_id = NULL;
    rows[4].external = list;
    rows[5].internal = list;
    rows[6].builder_version = list;
    rows[7].dependencies.at = &bare;
    rows[8].byproducts.at = &bare;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        if (cm_provenance_write(&rows[i], &text, &err) || err.class != CM_E_MALFORMED ||
            text.size > 0)
            fail_msg("row %zu: %s", i, err.text);
    }
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(64);
    refused(cm_provenance_write(&good, &small, &err), &err, CM_E_LIMIT, "no room", "small");
}

static const char *const properties[] = {"ORIGIN_REPOSITORY_VERIFIED"};
static const struct cm_root_of_trust roots[] = {{"sha256:k", "b", 2}};
static const struct cm_summary usual = {
    .subjects = {&subject, 1},
    .verifier_id = "https://origin.example.org/verifier/v1",
    .time_verified = AT + 5,
    .resource_uri = "pkg:nuget/Foo@1.0.0",
    .policy = {.uri = "p", .digests = &file_digest, .digest_count = 1},
    .inputs = {&log_file, 1},
    .passed = true,
    .builder_key_id = "sha256:k",
    .builder_id = "b",
    .claimed_level = 3,
    .roots = roots,
    .root_count = 1,
    .properties = properties,
    .property_count = 1,
};

static void
levels_are(const struct cm_summary *from, const char *expected)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    if (!cm_summary_write(from, &text, &err))
        fail_msg("%s", err.text);
    if (strstr(text.at, expected) == NULL)
        fail_msg("%s", text.at);
}

static void
test_summary(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_vsa vsa;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    if (!cm_summary_write(&usual, &text, &err))
        fail_msg("%s", err.text);
    assert_true(cm_statement_read(text.at, text.size, "it", &statement, &err));
    assert_true(cm_vsa_read(&statement, "it", &vsa, &err));
    const struct cm_vsa_wanted wanted = {.verifier_id = usual.verifier_id,
                                         .resource_uri = usual.resource_uri,
                                         .levels = {"SLSA_BUILD_LEVEL_2", properties[0]},
                                         .level_count = 2,
                                         .max_age = CM_SECOND,
                                         .now = AT};
    assert_true(cm_vsa_satisfies(&vsa, &wanted, "it", &err));
    assert_int_equal(vsa.time_verified, AT);
    assert_string_equal(vsa.policy_uri, "p");
    assert_non_null(strstr(text.at, "\"slsaVersion\":\"1.2\""));
    assert_non_null(strstr(text.at, "\"inputAttestations\":[{\"digest\""));
    assert_null(strstr(text.at, "UNEVALUATED"));
    assert_null(strstr(text.at, "SLSA_SOURCE"));
}

static void
test_levels(void **state)
{
    (void)state;
    struct cm_summary from = usual;
    levels_are(&from, "[\"SLSA_BUILD_LEVEL_2\",\"ORIGIN_REPOSITORY_VERIFIED\"]");
    from.claimed_level = 1;
    levels_are(&from, "[\"SLSA_BUILD_LEVEL_1\"");
    from = usual;
    from.root_count = 0;
    levels_are(&from, "[\"SLSA_BUILD_LEVEL_1\"");
    from = usual;
    from.builder_id = "other";
    levels_are(&from, "[\"SLSA_BUILD_LEVEL_1\"");
    from.passed = false;
    levels_are(&from, "\"verificationResult\":\"FAILED\",\"verifiedLevels\":[\"FAILED\"]");
}

static void
test_summary_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"SLSA_SOURCE_LEVEL_1", "FAILED", "PASSED", "lower", ""};
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    struct cm_summary rows[15];
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        rows[i] = usual;
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        rows[i].properties = &bad[i];
    rows[5].verifier_id = NULL;
    rows[6].resource_uri = NULL;
    rows[7].policy.uri = NULL;
    rows[8].time_verified = CM_NO_TIME;
    rows[9].builder_key_id = NULL;
    rows[10].builder_id = NULL;
    rows[11].verifier_version = list;
    rows[12].inputs.at = &bare;
    rows[13].subjects.count = 0;
    rows[14].subjects.at = &bare;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        if (cm_summary_write(&rows[i], &text, &err) || err.class != CM_E_MALFORMED || text.size > 0)
            fail_msg("row %zu: %s", i, err.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provenance),      cmocka_unit_test(test_provenance_refused),
        cmocka_unit_test(test_summary),         cmocka_unit_test(test_levels),
        cmocka_unit_test(test_summary_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
