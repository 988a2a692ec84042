/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *pattern, *resource, *build, *name;
    const char *expected; /* NULL: refused */
};

static const struct row rows[] = {
    {NULL, NULL, "17", "a.zip", "pkg:generic/acme/widget@17"},
    {NULL, NULL, NULL, "a.zip", "pkg:generic/acme/widget"},
    {NULL, NULL, "1.0+a/b", "a.zip", "pkg:generic/acme/widget@1.0%2Ba%2Fb"},
    {NULL, "https://acme.example/a", "17", "a.zip", "https://acme.example/a"},
    {"a.zip", "https://acme.example/a", "17", "a.zip", "https://acme.example/a"},
    {"a.zip", NULL, "17", "b.zip", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.1.2.3-beta.nupkg",
     "pkg:nuget/A@1.2.3-beta"},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}?x=y", NULL, "A.1+g7.nupkg",
     "pkg:nuget/A@1%2Bg7?x=y"},
    {"A.{version}.nupkg", NULL, "9", "A.1.nupkg", "pkg:generic/acme/widget@9"},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A..nupkg", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.nupkg", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "a.1.nupkg", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.1.nupkg.exe", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.1@2.nupkg", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.1 2.nupkg", NULL},
    {"A.{version}.nupkg", "pkg:nuget/A@{version}", NULL, "A.\xc3\xbc.nupkg", NULL},
};

static void
test_what_artifacts_are_called(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        const char *uri = NULL;
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        const struct cm_artifact_configuration artifact = {
            .slug = "zip", .file_name = rows[i].pattern, .resource = rows[i].resource};
        bool done = cm_resource_of(rows[i].pattern || rows[i].resource ? &artifact : NULL, "acme",
                                   "widget", rows[i].build, rows[i].name, arena, &uri, &err);
        if (done != (rows[i].expected != NULL))
            fail_msg("row %zu: %s", i, done ? uri : err.text);
        if (done)
            assert_string_equal(uri, rows[i].expected);
        else
            assert_int_equal(err.class, CM_E_DENIED);
    }
}

static void
test_a_version_may_be_no_longer_than_it_may_be(void **state)
{
    (void)state;
    char name[256] = "A";
    const char *uri = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
    const struct cm_artifact_configuration artifact = {
        .slug = "zip", .file_name = "A{version}", .resource = "x:{version}"};
    memset(name + 1, '1', 128);
    assert_true(cm_resource_of(&artifact, "a", "b", NULL, name, arena, &uri, &err));
    assert_int_equal(strlen(uri), 2 + 128);
    name[129] = '1';
    assert_false(cm_resource_of(&artifact, "a", "b", NULL, name, arena, &uri, &err));
}

static void
test_what_may_be_written(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "{version}", "a{version}b"};
    static const char *const bad[] = {
        "a/b", "{", "}", "{v}", "{version", "{version}}", "{version}{version}", "{{version}"};
    struct cm_err err = CM_ERR_INIT;
    char text[300];
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        (void)snprintf(text, sizeof text, "pkg:%s", good[i]);
        assert_true(cm_file_name_check(good[i], &err));
        assert_true(cm_resource_check(text, &err));
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        (void)snprintf(text, sizeof text, "pkg:%s", bad[i]);
        assert_false(cm_file_name_check(bad[i], &err));
        assert_true(strchr(bad[i], '/') != NULL || !cm_resource_check(text, &err));
    }
    memset(text, 'a', 256);
    text[256] = '\0';
    assert_false(cm_file_name_check(text, &err));
    assert_false(cm_resource_check("a b:c", &err));
    assert_true(cm_has_version("a{version}"));
    assert_false(cm_has_version("a"));
    assert_false(cm_has_version(NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_artifacts_are_called),
        cmocka_unit_test(test_a_version_may_be_no_longer_than_it_may_be),
        cmocka_unit_test(test_what_may_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
