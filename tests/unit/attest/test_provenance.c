/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/provenance.h"

#include "base/text.h"
#include "sample.h"

#define COMMIT "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"
#define PROVENANCE                                                                                 \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" SHA   \
    "\"}}],\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":{"                   \
    "\"buildDefinition\":{\"buildType\":\"t\",\"externalParameters\":{"                            \
    "\"repository\":\"https://git.example.org/acme/foo\",\"ref\":\"refs/heads/main\"},"            \
    "\"resolvedDependencies\":[{\"uri\":\"git+https://git.example.org/acme/foo@refs/heads/main\"," \
    "\"digest\":{\"gitCommit\":\"" COMMIT "\"}}]},\"runDetails\":{\"builder\":{\"id\":\"b\"}}}}"

static const struct cm_provenance_wanted usual = {
    .source = "git.example.org/acme/foo", .ref = "refs/heads/main", .builder_id = "b"};

static bool
satisfies(const char *text, const struct cm_provenance_wanted *wanted, struct cm_err *err)
{
    struct cm_provenance_read read;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    *err = (struct cm_err)CM_ERR_INIT;
    if (!cm_statement_read(text, strlen(text), "it", &statement, err))
        fail_msg("%s: %s", text, err->text);
    return cm_provenance_of(&statement, "it", &read, err) &&
           cm_provenance_satisfies(&read, wanted, "it", err);
}

#define PARAMETERS "\"repository\":\"https://git.example.org/acme/foo\",\"ref\":\"refs/heads/main\""

static bool
satisfies_usual(const char *text, struct cm_err *err)
{
    return satisfies(text, &usual, err);
}

static void
test_forms(void **state)
{
    (void)state;
    static const struct change rows[] = {
        {"\"https://git.example.org/acme/foo\"", "\"git+https://git.example.org/acme/foo.git\"",
         CM_OK, ""},
        {"\"https://git.example.org/acme/foo\"", "\"https://GIT.example.org:443/acme/foo/\"", CM_OK,
         ""},
        {PARAMETERS, "\"workflow\":{" PARAMETERS ",\"path\":\"x\"}", CM_OK, ""},
        {PARAMETERS,
         "\"source\":{\"uri\":\"git+https://git.example.org/acme/foo@refs/heads/main\"}", CM_OK,
         ""},
        {PARAMETERS, "\"source\":\"git+https://git.example.org/acme/foo@refs/heads/main\"", CM_OK,
         ""},
        {"foo@refs/heads/main", "foo", CM_OK, ""},
        {"[{\"uri\"", "[{\"uri\":\"https://elsewhere.example/x/y\"},{\"uri\"", CM_OK, ""},
        {"\"id\":\"b\"", "\"id\":\"B\"", CM_E_DENIED, "the builder is 'B'"},
        {"acme/foo\",\"ref\"", "acme/Foo\",\"ref\"", CM_E_DENIED, "the source is"},
        {"\"https://git.example.org/acme/foo\"",
         "\"https://git.example.org@evil.example/acme/foo\"", CM_E_DENIED, "the source is"},
        {"\"https://git.example.org/acme/foo\"", "\"http://git.example.org/acme/foo\"", CM_E_DENIED,
         "the source is"},
        {"\"https://git.example.org/acme/foo\"", "7", CM_E_DENIED, "is no source"},
        {"\"ref\":\"refs/heads/main\"", "\"ref\":\"refs/tags/main\"", CM_E_DENIED, "the ref is"},
        {"\"ref\":\"refs/heads/main\"", "\"ref\":\"main\"", CM_E_DENIED, "the ref is"},
        {"\"ref\":\"refs/heads/main\"", "\"ref\":7", CM_E_DENIED, "as ref is none"},
        {",\"ref\":\"refs/heads/main\"", "", CM_E_DENIED, "names the ref"},
        {PARAMETERS, "", CM_E_DENIED, "names the source"},
        {PARAMETERS, PARAMETERS ",\"workflow\":{\"repository\":\"https://evil.example/a/b\"}",
         CM_E_DENIED, "the source is 'https://evil.example/a/b'"},
        {PARAMETERS, PARAMETERS ",\"workflow\":{\"ref\":\"refs/heads/evil\"}", CM_E_DENIED,
         "the ref is"},
        {PARAMETERS, PARAMETERS ",\"\xc5\xbfource\":\"x\"", CM_E_MALFORMED, "take it for 'source'"},
        {PARAMETERS, PARAMETERS ",\"workflow\":{\"Ref\":\"x\"}", CM_E_MALFORMED,
         "take it for 'ref'"},
        {"git+https://git.example.org/acme/foo@", "git+https://git.example.org/acme/bar@",
         CM_E_DENIED, "not among the resolved"},
        {"foo@refs/heads/main", "foo@refs/tags/main", CM_E_DENIED, "the ref is"},
        {"gitCommit", "sha1", CM_E_DENIED, "by a gitCommit"},
        {COMMIT, "7fd1", CM_E_DENIED, "by a gitCommit"},
        {"provenance/v1", "provenance/v0.2", CM_E_DENIED, "no provenance v1"},
        {"\"buildType\":\"t\",", "", CM_E_MALFORMED, "no buildType"},
        {"\"buildType\"", "\"buildtype\"", CM_E_MALFORMED, "take it for"},
        {"{" PARAMETERS "}", "[]", CM_E_MALFORMED, "externalParameters is no object"},
        {"{" PARAMETERS "}", "null", CM_E_MALFORMED, "no externalParameters"},
        {"{\"id\":\"b\"}", "\"b\"", CM_E_MALFORMED, "builder is no object"},
        {"{\"id\":\"b\"}", "{}", CM_E_MALFORMED, "there is no id"},
        {"\"id\":\"b\"", "\"ID\":\"b\"", CM_E_MALFORMED, "take it for 'id'"},
        {"\"runDetails\"", "\"rundetails\"", CM_E_MALFORMED, "take it for"},
        {"\"runDetails\":{\"builder\"", "\"runDetails\":{\"Builder\"", CM_E_MALFORMED,
         "take it for"},
    };
    judge_changes(PROVENANCE, rows, CM_COUNT(rows), satisfies_usual);
}

/* A pair of names that differ in case is refused by whoever reads JSON. */
static void
test_pair(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_statement statement;
    CM_CLEANUP(cm_text_done)
    char *text =
        changed(PROVENANCE, PARAMETERS, PARAMETERS ",\"Repository\":\"https://evil.example/a/b\"");
    (void)state;
    refused(cm_statement_read(text, strlen(text), "it", &statement, &err), &err, CM_E_MALFORMED,
            "only in case", text);
}

static void
test_wanted(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_provenance_wanted wanted = {.source = NULL};
    assert_true(satisfies(PROVENANCE, &wanted, &err)); /* nothing is asked but its form */
    wanted.source = "https://git.example.org/acme/foo";
    assert_true(satisfies(PROVENANCE, &wanted, &err));
    wanted.ref = "refs/tags/v1";
    assert_false(satisfies(PROVENANCE, &wanted, &err));
    wanted.source = NULL;
    refused(satisfies(PROVENANCE, &wanted, &err), &err, CM_E_NOT_FOUND, "of a repository", "ref");
}

/* A branch's name may hold an '@'. */
static void
test_at_in_a_branch(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_provenance_wanted wanted = {.source = "git.example.org/acme/foo",
                                                .ref = "refs/heads/you@home"};
    CM_CLEANUP(cm_text_done) char *one = changed(PROVENANCE, "heads/main", "heads/you@home");
    CM_CLEANUP(cm_text_done) char *both = changed(one, "heads/main", "heads/you@home");
    assert_true(satisfies(both, &wanted, &err));
}

static void
test_sources(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_source_check("github.com/acme/foo", &err));
    assert_true(cm_source_check("git+https://github.com/acme/foo", &err));
    static const char *const bad[] = {"foo",
                                      "github.com",
                                      "http://github.com/a/b",
                                      "https://you:secret@github.com/a/b",
                                      "github.com/a/b@refs/heads/main",
                                      "github.com/a/b@v1"};
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        if (cm_source_check(bad[i], &err))
            fail_msg("%s", bad[i]);
}

static void
test_limits(void **state)
{
    (void)state;
    for (size_t count = 4096; count <= 4097; count++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_provenance_read read;
        struct cm_statement statement = {.predicate_type = CM_PROVENANCE_TYPE};
        CM_CLEANUP(cm_json_done) json_t *json = parsed(PROVENANCE);
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(list, json_object());
        json_object_set_new(cm_json_path(json, "predicate.buildDefinition"), "resolvedDependencies",
                            list);
        statement.predicate = json_object_get(json, "predicate");
        bool done = cm_provenance_of(&statement, "it", &read, &err);
        if (count == 4096)
            assert_true(done);
        else
            refused(done, &err, CM_E_MALFORMED, "more than 4096", "many");
    }
    struct cm_err err = CM_ERR_INIT;
    struct cm_provenance_read read;
    const struct cm_statement bare = {.predicate_type = CM_PROVENANCE_TYPE};
    refused(cm_provenance_of(&bare, "it", &read, &err), &err, CM_E_MALFORMED, "no predicate",
            "none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),   cmocka_unit_test(test_pair),
        cmocka_unit_test(test_wanted),  cmocka_unit_test(test_at_in_a_branch),
        cmocka_unit_test(test_sources), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
