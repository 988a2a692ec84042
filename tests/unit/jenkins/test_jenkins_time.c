/* SPDX-License-Identifier: Apache-2.0
 *
 * When a build was scheduled, beside the times of the history: numbers and dates that no build has
 * are no times, and nothing is reckoned with them.
 */
#include "jenkins.h"

#include <countermark/testing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SITE "https://ci.example"
#define JOB  SITE "/job/widget"

extern const struct cmk_plugin cmk_plugin_jenkins;

static const char config[] =
    "<flow-definition><definition "
    "class=\"org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition\">"
    "<scm class=\"hudson.plugins.git.GitSCM\"><userRemoteConfigs>"
    "<hudson.plugins.git.UserRemoteConfig><url>https://git.example/acme/widget</url>"
    "</hudson.plugins.git.UserRemoteConfig></userRemoteConfigs><branches>"
    "<hudson.plugins.git.BranchSpec><name>refs/heads/main</name></hudson.plugins.git.BranchSpec>"
    "</branches></scm><scriptPath>Jenkinsfile</scriptPath><lightweight>false</lightweight>"
    "</definition></flow-definition>";

static void
answer_tree(struct cmk_test *t, const char *page, const char *tree, const char *body)
{
    char url[2048];
    (void)snprintf(url, sizeof url, "%s/api/json?tree=%s", page, tree);
    cmk_test_answer(t, url, 200, body);
}

/* config-at-build of a build with that timestamp, whose history has one change of that date. */
static int32_t
judged(const char *timestamp, const char *date, bool *has_time)
{
    char build[256], history[128];
    struct cmk_test *t = cmk_test_new(&cmk_plugin_jenkins);
    (void)snprintf(build, sizeof build,
                   "{\"number\":42,\"building\":false,\"timestamp\":%s,\"actions\":[{}]}",
                   timestamp);
    (void)snprintf(history, sizeof history, "{\"jobConfigHistory\":[{\"date\":\"%s\"}]}", date);
    cmk_test_option(t, "url", SITE);
    cmk_test_option(t, "job", "widget");
    cmk_test_option(t, "user", "u");
    cmk_test_option(t, "api_token", "a-token-of-a-test");
    cmk_test_option(t, "build", "42");
    cmk_test_answer(t, SITE "/login", 200, "<html>");
    answer_tree(t, JOB, jk_tree_job, "{\"fullName\":\"widget\",\"actions\":[{}]}");
    answer_tree(t, JOB "/42", jk_tree_build, build);
    cmk_test_answer(t, JOB "/config.xml", 200, config);
    answer_tree(t, JOB "/jobConfigHistory", jk_tree_history, history);
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    int32_t answer = cmk_test_check(t, "config-at-build");
    *has_time = cmk_test_origin(t, "built_at") != NULL;
    cmk_test_free(t);
    return answer;
}

#define BEFORE "2025-06-01_00-00-00"

static void
times_that_cannot_be_are_none(void **state)
{
    static const struct {
        const char *timestamp, *date;
        int32_t answer;
        bool has_time;
    } rows[] = {
        {"1767222000000", BEFORE, CMK_PASS, true},
        {"1767222000000", "2026-06-01_00-00-00", CMK_FAIL, true},
        {"1", BEFORE, CMK_FAIL, true},
        {"7258118399999", BEFORE, CMK_PASS, true},
        {"7258118399999", "2199-12-31_23-59-59", CMK_UNKNOWN, true},
        {"7258118400000", BEFORE, CMK_UNKNOWN, false},
        {"9223372036854", BEFORE, CMK_UNKNOWN, false},
        {"9223372036855", BEFORE, CMK_UNKNOWN, false},
        /* so many that 64 bits of nanoseconds are back at the first one */
        {"20213966073710", BEFORE, CMK_UNKNOWN, false},
        {"9007199254740991", BEFORE, CMK_UNKNOWN, false},
        {"0", BEFORE, CMK_UNKNOWN, false},
        {"-9007199254740991", BEFORE, CMK_UNKNOWN, false},
        {"1767222000000", "1677-09-21_00-12-44", CMK_UNKNOWN, true},
        {"1767222000000", "1969-12-31_23-59-59", CMK_UNKNOWN, true},
        {"1767222000000", "2200-01-01_00-00-00", CMK_UNKNOWN, true},
        {"1767222000000", "2262-04-11_23-47-16", CMK_UNKNOWN, true},
        {"7258118399999", "2262-04-11_23-47-16", CMK_UNKNOWN, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool has_time = false;
        int32_t answer = judged(rows[i].timestamp, rows[i].date, &has_time);
        if (answer != rows[i].answer || has_time != rows[i].has_time)
            fail_msg("%s beside %s: %d", rows[i].timestamp, rows[i].date, answer);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_that_cannot_be_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
