/* SPDX-License-Identifier: Apache-2.0
 *
 * Repository, ref, artifacts, and the origin that is stated from them.
 */
#include "appveyor.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the repository's address ---- */

static const struct {
    const char *type, *name, *url; /* NULL: it has none */
} repository_rows[] = {
    {"gitHub", "tinsmith/kettle", "https://github.com/tinsmith/kettle"},
    {"gitHub", "tinsmith", NULL},
    {"gitHub", "tinsmith/kettle/more", NULL},
    {"gitHub", "tinsmith/", NULL},
    {"gitHub", "/kettle", NULL},
    {"gitHub", "", NULL},
    {"gitHub", "../kettle", NULL},
    {"gitHub", "tinsmith/..", NULL},
    {"gitHub", "tinsmith/.", NULL},
    {"gitHub", "@evil.example/kettle", "https://github.com/%40evil.example/kettle"},
    {"gitHub", "tinsmith/kettle?a#b", "https://github.com/tinsmith/kettle%3Fa%23b"},
    {"gitHub", "https://user:pw@evil.example/a", NULL},
    {"gitHub", "file:///etc", NULL},
    {"bitBucket", "tinsmith/kettle", "https://bitbucket.org/tinsmith/kettle"},
    {"gitLab", "tinsmith/kettle", "https://gitlab.com/tinsmith/kettle"},
    {"gitLab", "tin/smith/pots/kettle", "https://gitlab.com/tin/smith/pots/kettle"},
    {"gitLab", "kettle", NULL},
    {"gitLab", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y", NULL},
    {"vso", "git/tinsmith/Pots/kettle", "https://dev.azure.com/tinsmith/Pots/_git/kettle"},
    {"vso", "git/tinsmith/My Pots/kettle", "https://dev.azure.com/tinsmith/My%20Pots/_git/kettle"},
    {"vso", "tfvc/tinsmith/Pots/kettle", NULL},
    {"vso", "tinsmith/Pots/kettle", NULL},
    {"gitHubEnterprise", "tinsmith/kettle", "https://ghe.example/tinsmith/kettle"},
    {"gitLabEnterprise", "tin/smith/kettle", "https://gl.example/git/tin/smith/kettle"},
    {"gitea", "tinsmith/kettle", "https://gitea.example:3000/tinsmith/kettle"},
    {"stash", "TIN/kettle", "https://stash.example/scm/TIN/kettle"},
    {"kiln", "Tin/Group/Kettle", "https://kiln.example/Code/Tin/Group/Kettle"},
    {"kiln", "Tin/Kettle", NULL},
    {"git", "https://github.com/tinsmith/kettle", NULL},
    {"mercurial", "tinsmith/kettle", NULL},
    {"subversion", "tinsmith/kettle", NULL},
    {"git", "file:///srv/git/kettle", NULL},
    {"", "tinsmith/kettle", NULL},
};

static json_t *
build_of(const char *type, const char *name)
{
    return json_pack("{s:{s:s, s:s, s:s}}", "project", "repositoryType", type, "repositoryScm",
                     "git", "repositoryName", name);
}

static const struct cmk_value *
value_of(const json_t *json)
{
    return (const struct cmk_value *)(const void *)json;
}

static void
address_of_each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof repository_rows / sizeof *repository_rows; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_object_set_new(h.options, "repository_bases",
                            json_pack("[sssss]", "gitHubEnterprise=https://ghe.example",
                                      "gitLabEnterprise=https://gl.example/git/",
                                      "gitea=https://gitea.example:3000",
                                      "stash=https://stash.example", "kiln=https://kiln.example/"));
        json_t *build = build_of(repository_rows[i].type, repository_rows[i].name);
        struct av_repository found = av_repository_of(host_call(&h), value_of(build));
        if (repository_rows[i].url == NULL && (found.url != NULL || found.why == NULL))
            fail_msg("row %zu: %s", i, found.url);
        if (repository_rows[i].url != NULL)
            assert_string_equal(found.url, repository_rows[i].url);
        assert_int_equal(h.status, CMK_OK);
        json_decref(build);
        host_close(&h);
    }
}

/* A type that is a prefix of another takes nothing of it. */
static void
base_of_another_kind_is_not_taken(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    json_object_set_new(h.options, "repository_bases", json_pack("[s]", "gitea=https://a.example"));
    json_t *build = build_of("gitHubEnterprise", "tinsmith/kettle");
    struct av_repository found = av_repository_of(host_call(&h), value_of(build));
    assert_null(found.url);
    assert_non_null(strstr(found.why, "repository_bases"));
    json_decref(build);
    host_close(&h);
}

/* ---- the ref ---- */

static void
ref_of_branch_or_tag(void **state)
{
    static const struct {
        const char *build, *ref;
    } rows[] = {
        {"{\"branch\": \"main\", \"isTag\": false}", "refs/heads/main"},
        {"{\"branch\": \"main\"}", "refs/heads/main"},
        {"{\"branch\": \"main\", \"isTag\": true, \"tag\": \"v1\"}", "refs/tags/v1"},
        {"{\"branch\": \"main\", \"isTag\": true}", NULL},
        {"{\"branch\": \"main\", \"isTag\": false, \"tag\": \"v1\"}", NULL},
        {"{\"branch\": \"main\", \"tag\": \"v1\"}", NULL},
        {"{\"isTag\": false}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        host_open(&h);
        json_t *build = json_pack("{s:o}", "build", json_loads(rows[i].build, 0, NULL));
        const char *ref = av_ref_of(host_call(&h), value_of(build));
        if (rows[i].ref == NULL)
            assert_null(ref);
        else
            assert_string_equal(ref, rows[i].ref);
        json_decref(build);
        host_close(&h);
    }
}

/* ---- artifacts ---- */

static const struct {
    const char *pattern, *mode;
    const char *list; /* of { fileName, size } */
    const char *taken[3];
    int32_t status;
} artifact_rows[] = {
    {"*.nupkg", "one", "a.nupkg", {"a.nupkg"}, CMK_OK},
    {"*.nupkg", "one", "a.nupkg|a.zip", {"a.nupkg"}, CMK_OK},
    {"*.nupkg", "one", "out/a.nupkg", {NULL}, CMK_E_NOT_FOUND},
    {"out/*.nupkg", "one", "out/a.nupkg", {"out/a.nupkg"}, CMK_OK},
    {"**.nupkg", "one", "out/deep/a.nupkg", {"out/deep/a.nupkg"}, CMK_OK},
    {"*.nupkg", "one", "a.nupkg|b.nupkg", {NULL}, CMK_E_CONFIG},
    {"*.nupkg", "each", "a.nupkg|c.zip|b.nupkg", {"a.nupkg", "b.nupkg"}, CMK_OK},
    {"*.nupkg", "each", "a.zip", {NULL}, CMK_E_NOT_FOUND},
    {"*.nupkg", "each", "a.nupkg|A.NUPKG", {NULL}, CMK_E_MALFORMED},
    {"a.nupkg", "one", "a.nupkg|A.nupkg", {NULL}, CMK_E_MALFORMED},
    {"a.nupkg", "one", "a.nupkg|a.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "../a.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a/./b.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a//b.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "/a.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a.nupkg/", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a\\b.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a\nb.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a\x7f.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "a\xc2\x85.nupkg", {NULL}, CMK_E_MALFORMED},
    {"**", "one", "\xc3\xa4.nupkg", {"\xc3\xa4.nupkg"}, CMK_OK},
    {"**", "one", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q.nupkg", {NULL}, CMK_E_MALFORMED},
    {"*.nupkg", "each", "a.nupkg|bad\\.nupkg", {NULL}, CMK_E_MALFORMED},
    {"*.nupkg", "one", "a.nupkg|bad\\.zip", {"a.nupkg"}, CMK_OK},
};

static json_t *
list_of(const char *names)
{
    json_t *list = json_array();
    char *copy = strdup(names), *rest = NULL;
    for (char *name = strtok_r(copy, "|", &rest); name != NULL; name = strtok_r(NULL, "|", &rest))
        json_array_append_new(list, json_pack("{s:s, s:i}", "fileName", name, "size", 10));
    free(copy);
    return list;
}

static void
artifacts_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof artifact_rows / sizeof *artifact_rows; i++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_object_set_new(h.options, "artifact", json_string(artifact_rows[i].pattern));
        json_object_set_new(h.options, "artifacts", json_string(artifact_rows[i].mode));
        json_t *list = list_of(artifact_rows[i].list);
        struct av_artifacts all = av_artifacts_of(host_call(&h), value_of(list));
        if (all.status != artifact_rows[i].status)
            fail_msg("row %zu: %d, %s", i, all.status, all.why != NULL ? all.why : "taken");
        assert_true((all.why == NULL) == (all.status == CMK_OK));
        uint32_t wanted = 0;
        for (; artifact_rows[i].taken[wanted] != NULL; wanted++)
            assert_string_equal(all.names[wanted], artifact_rows[i].taken[wanted]);
        assert_int_equal(all.count, wanted);
        json_decref(list);
        host_close(&h);
    }
}

static void
at_most_32_artifacts(void **state)
{
    (void)state;
    for (int many = 32; many <= 33; many++) {
        struct host h;
        host_open(&h);
        scene_options(&h);
        json_object_set_new(h.options, "artifacts", json_string("each"));
        json_t *list = json_array();
        for (int i = 0; i < many; i++)
            json_array_append_new(
                list, json_pack("{s:o, s:i}", "fileName", json_sprintf("%d.nupkg", i), "size", 10));
        struct av_artifacts all = av_artifacts_of(host_call(&h), value_of(list));
        assert_int_equal(all.status, many == 32 ? CMK_OK : CMK_E_LIMIT);
        assert_int_equal(all.count, many == 32 ? 32 : 0);
        json_decref(list);
        host_close(&h);
    }
}

/* ---- what is stated ---- */

static const char *
stated(struct host *h, const char *field)
{
    return json_string_value(json_object_get(h->said, field));
}

static int32_t
state_it(struct host *h, json_t *raw)
{
    scene_record(h, raw);
    json_decref(raw);
    return cmk_plugin_appveyor.connector->state_origin(host_call(h), &host_statement);
}

static void
origin_of_the_honest_build(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    assert_int_equal(state_it(&h, scene_raw()), CMK_OK);
    assert_string_equal(stated(&h, "repository"), "https://github.com/tinsmith/kettle");
    assert_string_equal(stated(&h, "commit"), COMMIT);
    assert_string_equal(stated(&h, "ref"), "refs/heads/main");
    assert_string_equal(stated(&h, "build"), BUILD);
    assert_string_equal(stated(&h, "job"), JOB);
    assert_string_equal(stated(&h, "url"),
                        "https://ci.appveyor.com/project/tinsmith/kettle/builds/" BUILD
                        "/job/" JOB);
    assert_string_equal(stated(&h, "built_at"), "2026-03-02T10:00:01.1+00:00");
    assert_string_equal(stated(&h, "artifact"), "Kettle.1.4.41.nupkg");
    assert_string_equal(stated(&h, "AppVeyorSettings.json"), "settings");
    host_close(&h);
}

/* What cannot be known is left out, and all else is still stated. */
static void
origin_without_artifacts(void **state)
{
    struct host h;
    json_t *raw = scene_raw();
    (void)state;
    host_open(&h);
    scene_options(&h);
    host_set(raw, "artifacts", json_pack("{s:i}", "!", CMK_E_NOT_FOUND));
    host_set(raw, "build.build.isTag", json_true());
    assert_int_equal(state_it(&h, raw), CMK_OK);
    assert_string_equal(stated(&h, "commit"), COMMIT);
    assert_null(stated(&h, "ref"));
    assert_null(stated(&h, "artifact"));
    host_close(&h);
}

static void
origin_of_one_of_several(void **state)
{
    struct host h;
    json_t *raw = scene_raw();
    (void)state;
    host_open(&h);
    scene_options(&h);
    json_object_set_new(h.options, "artifacts", json_string("each"));
    host_set(raw, "artifacts.1.fileName", json_string("out/Lid.1.4.41.nupkg"));
    json_object_set_new(h.options, "artifact", json_string("**.nupkg"));
    host_set(raw, "download.sha256", json_string("00"));
    host_set(raw, "download-2", json_pack("{s:i, s:s}", "size", 900, "sha256", SHA256));
    assert_int_equal(state_it(&h, raw), CMK_OK);
    assert_string_equal(stated(&h, "artifact"), "Lid.1.4.41.nupkg");
    assert_int_equal(host_ask(&h, "artifact-from-job"), CMK_PASS);
    host_close(&h);
}

static void
origin_of_several_without_a_submission(void **state)
{
    struct host h;
    json_t *raw = scene_raw();
    (void)state;
    host_open(&h);
    scene_options(&h);
    json_object_set_new(h.options, "artifacts", json_string("each"));
    json_object_set_new(h.options, "artifact", json_string("**"));
    host_set(raw, "download-2", json_pack("{s:i, s:s}", "size", 900, "sha256", "00"));
    host_set(raw, "submitted", json_pack("{s:i}", "!", CMK_E_NOT_FOUND));
    assert_int_equal(state_it(&h, raw), CMK_OK);
    assert_null(stated(&h, "artifact"));
    assert_int_equal(host_ask(&h, "artifact-from-job"), CMK_PASS);
    host_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_of_each_kind),
        cmocka_unit_test(base_of_another_kind_is_not_taken),
        cmocka_unit_test(ref_of_branch_or_tag),
        cmocka_unit_test(artifacts_are_taken),
        cmocka_unit_test(at_most_32_artifacts),
        cmocka_unit_test(origin_of_the_honest_build),
        cmocka_unit_test(origin_without_artifacts),
        cmocka_unit_test(origin_of_one_of_several),
        cmocka_unit_test(origin_of_several_without_a_submission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
