/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/effective.h"

#include "base/json.h"

#include "reading.h"

static struct cm_trust *
honest(void)
{
    struct cm_trust *trust = NULL;
    struct cm_complaints complaints = {0};
    assert_true(cm_config_read_text("t.conf", HONEST, strlen(HONEST), &trust, &complaints));
    cm_complaints_done(&complaints);
    return trust;
}

static void
expect(json_t *json, const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf got = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_json_done) json_t *again = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_non_null(json);
    assert_true(cm_json_canonical(json, &got));
    assert_string_equal(cm_buf_text(&got), text);
    assert_true(cm_json_parse(got.at, got.size, "effective", &again, &err));
    assert_true(json_equal(json, again));
    json_decref(json);
}

#define POLICY                                                                                     \
    "\"policy\":{\"max_age\":43200,\"optional\":[\"build.age\"],\"refs\":[\"refs/heads/main\","    \
    "\"refs/tags/v*\"],\"repository\":\"any\",\"slug\":\"release\",\"submitters\":[\"local:jo\","  \
    "\"widget-ci\"],\"systems\":[\"ci1\",\"cloud\"],\"tag_branches\":[\"refs/heads/main\"],"       \
    "\"waivers\":[{\"author\":\"a\",\"check\":\"forge.cache-empty\",\"reason\":\"r\",\"until\":"   \
    "\"2026-11-30T23:59:59Z\"}]}"
#define PROJECT                                                                                    \
    "\"project\":{\"fold_hosts\":[\"code.example\"],\"repositories\":["                            \
    "\"https://code.example/acme/widget\",\"https://git.acme.example:8443/w\"],"                   \
    "\"slug\":\"widget\"}"

static void
test_whole(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = honest();
    const struct cm_project *project = &trust->projects[0];
    expect(
        cm_effective(trust, project, &project->policies[0], &project->links[0], &trust->systems[0]),
        "{\"link\":{\"assume\":[\"no-global\"],\"assume_reason\":\"I looked\",\"system\":"
        "\"ci1\"},\"options\":{},\"organization\":\"acme\"," POLICY "," PROJECT
        ",\"system\":{\"connector\":\"forge\",\"slug\":\"ci1\"}}");
}

/* What is not asked for does not stand there. */
static void
test_system_only(void **state)
{
    (void)state;
    struct cm_trust *read = NULL;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    assert_true(cm_config_read_text("t.conf", NODES, strlen(NODES), &read, &complaints));
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read;
    const struct cm_project *project = &trust->projects[0];
    expect(cm_effective(trust, project, &project->policies[0], NULL, NULL),
           "{\"link\":null,\"options\":{},\"organization\":\"acme\",\"policy\":{\"optional\":[],"
           "\"origin\":\"none\",\"slug\":\"nightly\",\"submitters\":[\"local:jo\"],\"systems\":"
           "[\"farm\"],\"waivers\":[]},\"project\":{\"fold_hosts\":[],\"repositories\":[],"
           "\"slug\":\"widget\"},\"system\":null}");
}

static void
test_without_link(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = honest();
    const struct cm_project *project = &trust->projects[0];
    expect(cm_effective(trust, project, &project->policies[0], NULL, NULL),
           "{\"link\":null,\"options\":{},\"organization\":\"acme\"," POLICY "," PROJECT
           ",\"system\":null}");
}

static void
test_without_reason(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = honest();
    const struct cm_project *project = &trust->projects[0];
    json_t *json = cm_effective(trust, project, &project->policies[0], &project->links[1], NULL);
    json_t *link = json_incref(json_object_get(json, "link"));
    json_decref(json);
    expect(link, "{\"assume\":[],\"system\":\"cloud\"}");
}

/* What a rewriter is told is filled in by those who know its table. */
static void
test_artifact(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = honest();
    struct cm_artifact_configuration bare = {.slug = "bare"};
    expect(cm_effective_artifact(&trust->projects[0].artifacts[0]),
           "{\"packages\":[\"**.zip\"],\"rewriters\":[{\"options\":{},\"plugin\":\"note\"}],"
           "\"signer\":{\"options\":{},\"plugin\":\"s\"},\"slug\":\"zip\"}");
    expect(cm_effective_artifact(&bare), "{\"packages\":[],\"rewriters\":[],\"slug\":\"bare\"}");
}

/* Years of nanoseconds would not be an integer of JSON. */
static void
test_long_ages(void **state)
{
    (void)state;
    struct cm_trust *trust = NULL;
    struct cm_complaints complaints = {0};
    char *text = changed(HONEST, "\"12h\"", "\"36500d\"");
    assert_true(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
    json_t *json =
        cm_effective(trust, &trust->projects[0], &trust->projects[0].policies[0], NULL, NULL);
    assert_true(cm_json_int(cm_json_get(json, "policy"), "max_age", -1) == INT64_C(3153600000));
    json_decref(json);
    cm_trust_free(trust);
    cm_complaints_done(&complaints);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),          cmocka_unit_test(test_without_link),
        cmocka_unit_test(test_system_only),    cmocka_unit_test(test_artifact),
        cmocka_unit_test(test_without_reason), cmocka_unit_test(test_long_ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
