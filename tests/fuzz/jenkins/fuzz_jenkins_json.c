/* SPDX-License-Identifier: Apache-2.0
 *
 * Jenkins' answers about a build, read by all hooks and checks on the engine's own host, and what
 * must hold of every answer. An answer with a space in front is of a pipeline with a history of its
 * own, one with a tab of steps; all others are of the branch of a multibranch project.
 */
#include "../demand.h"
#include "jenkins.h"

#include <countermark/testing.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITE    "https://ci.example"
#define PROJECT SITE "/job/acme/job/widget"
#define JOB     PROJECT "/job/main"

extern const struct cmk_plugin cmk_plugin_jenkins;
static const char job[] = "{\"_class\":\"x\",\"fullName\":\"acme/widget/main\",\"actions\":[{}]}";
#define SCM                                                                                        \
    "<scm class=\"hudson.plugins.git.GitSCM\"><userRemoteConfigs>"                                 \
    "<hudson.plugins.git.UserRemoteConfig><url>https://git.example/acme/widget</url>"              \
    "</hudson.plugins.git.UserRemoteConfig></userRemoteConfigs><branches>"                         \
    "<hudson.plugins.git.BranchSpec><name>refs/heads/main</name></hudson.plugins.git.BranchSpec>"  \
    "</branches></scm>"

static const char branch[] =
    "<flow-definition><definition class=\"org.jenkinsci.plugins.workflow.multibranch.SCMBinder\">"
    "<scriptPath>Jenkinsfile</scriptPath></definition></flow-definition>";
static const char pipeline[] =
    "<flow-definition><definition "
    "class=\"org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition\">" SCM
    "<scriptPath>Jenkinsfile</scriptPath><lightweight>false</lightweight></definition>"
    "</flow-definition>";
static const char steps[] = "<project>" SCM "</project>";
static const char history[] =
    "{\"jobConfigHistory\":[{\"date\":\"2025-11-01_00-00-00\",\"operation\":\"Changed\"}]}";
static const char project[] =
    "<org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>"
    "<sources class=\"jenkins.branch.MultiBranchProject$BranchSourceList\"><data>"
    "<jenkins.branch.BranchSource><source class=\"jenkins.plugins.git.GitSCMSource\">"
    "<remote>https://git.example/acme/widget</remote></source></jenkins.branch.BranchSource></data>"
    "</sources><factory "
    "class=\"org.jenkinsci.plugins.workflow.multibranch.WorkflowBranchProjectFactory\">"
    "<scriptPath>Jenkinsfile</scriptPath></factory>"
    "</org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject>";

static const char *
config_by(const char *build)
{
    if (*build == ' ')
        return pipeline;
    return *build == '\t' ? steps : branch;
}

static void
answer_tree(struct cmk_test *t, const char *page, const char *tree, const char *body)
{
    char url[2048];
    int size = snprintf(url, sizeof url, "%s/api/json?tree=%s", page, tree);
    demand(size > 0 && (size_t)size < sizeof url);
    cmk_test_answer(t, url, 200, body);
}

static struct cmk_test *
begin(const char *build)
{
    struct cmk_test *t = cmk_test_new(&cmk_plugin_jenkins);
    cmk_test_option(t, "url", SITE);
    cmk_test_option(t, "job", "acme/widget");
    cmk_test_option(t, "user", "u");
    cmk_test_option(t, "api_token", "a-token-of-a-test");
    cmk_test_option(t, "branch", "main");
    cmk_test_option(t, "build", "42");
    cmk_test_answer(t, SITE "/login", 200, "<html>");
    answer_tree(t, JOB, jk_tree_job, job);
    answer_tree(t, JOB "/42", jk_tree_build, build);
    cmk_test_answer(t, JOB "/config.xml", 200, config_by(build));
    answer_tree(t, JOB "/jobConfigHistory", jk_tree_history, history);
    cmk_test_answer(t, PROJECT "/config.xml", 200, project);
    cmk_test_answer(t, JOB "/42/artifact/out/a.nupkg", 200, "the artifact");
    return t;
}

static bool
passes(struct cmk_test *t, const char *check)
{
    int32_t answer = cmk_test_check(t, check);
    demand(answer == CMK_PASS || answer == CMK_FAIL || answer == CMK_UNKNOWN);
    return answer == CMK_PASS;
}

static bool
says(const char *kept, const char *text)
{
    return kept != NULL && strstr(kept, text) != NULL;
}

static void
look_at(struct cmk_test *t)
{
    const char *kept = cmk_test_kept(t, "build");
    for (const struct cmk_check *c = cmk_plugin_jenkins.connector->verify; c->id != NULL; c++)
        (void)passes(t, c->id);
    demand(!passes(t, "build-finished") ||
           (says(kept, "\"result\":\"SUCCESS\"") && says(kept, "\"building\":false")));
    demand(!passes(t, "cause-allowed") || says(kept, "Cause\""));
    demand(!passes(t, "job-exact") || says(kept, "\"number\":42") ||
           says(kept, "\"number\":\"42\""));
    if (passes(t, "revision-unambiguous"))
        demand(jk_is_commit(cmk_test_origin(t, "commit")));
    if (passes(t, "artifact-fingerprint"))
        demand(cmk_test_origin(t, "artifact") != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct cmk_test *t = begin(text);
    if (cmk_test_collect(t) == CMK_OK)
        look_at(t);
    cmk_test_free(t);
    free(text);
    return 0;
}
