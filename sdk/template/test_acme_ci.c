/* SPDX-License-Identifier: 0BSD
 *
 * One honest build, and what each check says when one thing in it is changed.
 */
#include <countermark/testing.h>
#include <stdio.h>
#include <string.h>

#define SITE     "https://ci.acme.example"
#define PROJECT  SITE "/api/projects/widget"
#define BUILD    SITE "/api/builds/7"
#define ARTIFACT SITE "/api/builds/7/file"

extern const struct cmk_plugin cmk_plugin_acme_ci;

static int failures;

static void
expect(int holds, const char *what)
{
    if (!holds) {
        (void)printf("FAILED: %s\n", what);
        failures++;
    }
}

/* Everything is in order, but for the status with which the build is answered. */
static struct cmk_test *
build_answered(int32_t status)
{
    struct cmk_test *t = cmk_test_new(&cmk_plugin_acme_ci);
    cmk_test_option(t, "url", SITE);
    cmk_test_option(t, "project", "widget");
    cmk_test_option(t, "project_id", "p-4711");
    cmk_test_option(t, "token", "a-token-of-a-test");
    cmk_test_option(t, "build", "7");
    cmk_test_answer_file(t, PROJECT, 200, "answers/project.json");
    cmk_test_answer_file(t, BUILD, status, "answers/build.json");
    cmk_test_answer(t, ARTIFACT, 200, "the artifact");
    return t;
}

static struct cmk_test *
honest_build(void)
{
    return build_answered(200);
}

/* ---- every check passes, and fails when it should ---- */

static const struct row {
    const char *check;
    const char *url, *path, *json; /* what is changed in Acme CI's answer; NULL: nothing */
    int32_t answer;
} rows[] = {
    {"project-linked", NULL, NULL, NULL, CMK_PASS},
    {"project-linked", PROJECT, "id", "\"p-1\"", CMK_FAIL},
    {"project-linked", PROJECT, "id", NULL, CMK_UNKNOWN},
    {"build-of-project", NULL, NULL, NULL, CMK_PASS},
    {"build-of-project", BUILD, "project_id", "\"p-1\"", CMK_FAIL},
    {"build-of-project", BUILD, "project_id", "4711", CMK_UNKNOWN},
    {"succeeded", NULL, NULL, NULL, CMK_PASS},
    {"succeeded", BUILD, "status", "\"failed\"", CMK_FAIL},
    {"succeeded", BUILD, "status", "\"cancelled\"", CMK_FAIL},
    {"succeeded", BUILD, "status", "\"running\"", CMK_UNKNOWN},
    {"succeeded", BUILD, "status", NULL, CMK_UNKNOWN},
    {"not-pull-request", NULL, NULL, NULL, CMK_PASS},
    {"not-pull-request", BUILD, "pull_request", "\"#12\"", CMK_FAIL},
    {"no-parameters", NULL, NULL, NULL, CMK_PASS},
    {"no-parameters", BUILD, "parameters", "{\"TARGET\": \"other\"}", CMK_FAIL},
    {"no-parameters", BUILD, "parameters", "\"TARGET=other\"", CMK_UNKNOWN},
    {"no-parameters", BUILD, "parameters", NULL, CMK_UNKNOWN},
};

static void
checks_answer(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cmk_test *t = honest_build();
        if (rows[i].url != NULL)
            cmk_test_change(t, rows[i].url, rows[i].path, rows[i].json);
        expect(cmk_test_collect(t) == CMK_OK, "it can be collected");
        if (cmk_test_check(t, rows[i].check) != rows[i].answer) {
            (void)printf("FAILED: row %zu, %s: %s%s\n", i, rows[i].check, cmk_test_observed(t),
                         cmk_test_why(t));
            failures++;
        }
        cmk_test_free(t);
    }
}

/* ---- what Acme CI does not answer is unknown, and never a pass ---- */

static void
nothing_passes_unseen(void)
{
    static const int32_t statuses[] = {401, 404, 500, CMK_E_TRANSIENT, CMK_E_CANCELLED};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct cmk_test *t = build_answered(statuses[i]);
        expect(cmk_test_collect(t) == CMK_OK, "a refusal is no failure");
        for (const struct cmk_check *check = cmk_plugin_acme_ci.connector->verify + 1;
             check->id != NULL; check++)
            expect(cmk_test_check(t, check->id) == CMK_UNKNOWN, check->id);
        expect(cmk_test_origin(t, "commit") == NULL, "no commit without a build");
        cmk_test_free(t);
    }
}

/* ---- the rest ---- */

static void
a_gate_ends_the_questions(void)
{
    struct cmk_test *t = honest_build();
    cmk_test_change(t, PROJECT, "id", "\"p-1\"");
    cmk_test_collect(t);
    expect(strcmp(cmk_test_asked(t), PROJECT " (secret)\n") == 0, "nothing behind the gate");
    cmk_test_free(t);
}

static void
the_origin_is_stated(void)
{
    struct cmk_test *t = honest_build();
    cmk_test_collect(t);
    const char *ref = cmk_test_origin(t, "ref"), *artifact = cmk_test_origin(t, "artifact");
    expect(ref != NULL && strcmp(ref, "refs/heads/main") == 0, "the full name of the branch");
    expect(artifact != NULL && strcmp(artifact, "widget-1.0.txt") == 0, "the artifact's name");
    cmk_test_free(t);
}

static void
values_of_parameters_are_not_kept(void)
{
    struct cmk_test *t = honest_build();
    cmk_test_change(t, BUILD, "parameters", "{\"PASSWORD\": \"hunter2\"}");
    cmk_test_collect(t);
    const char *kept = cmk_test_kept(t, "build");
    expect(kept != NULL && strstr(kept, "hunter2") == NULL, "a password in the evidence");
    cmk_test_free(t);
}

int
main(void)
{
    checks_answer();
    nothing_passes_unseen();
    a_gate_ends_the_questions();
    the_origin_is_stated();
    values_of_parameters_are_not_kept();
    (void)printf("%zu rows, %d failures\n", sizeof rows / sizeof *rows, failures);
    return failures == 0 ? 0 : 1;
}
