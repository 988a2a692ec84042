/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the controller, the job and the build: is it the one that is meant, how did it end, and
 * who or what had it built?
 */
#include "jenkins.h"

#include <string.h>

/* ---- the controller ---- */

/* The identity is a public key in a header: anybody can repeat it. It is continuity, and no proof;
 * the proof is the certificate that the system's `ca` or `spki` demands. */
int32_t
jk_instance(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *page = x->evidence->document(c, "instance");
    const char *expected = cmk_text(c, c->options, "identity");
    const char *identity = cmk_text(c, page, "identity");
    const char *version = cmk_text(c, page, "version");
    if (version == NULL)
        return jk_fail(c, x, "what answers there does not call itself Jenkins");
    if (expected == NULL)
        return jk_pass(c, x, "Jenkins %s; its identity is not compared: %s", version,
                       identity != NULL ? identity : "not shown");
    if (identity == NULL)
        return jk_unknown(c, x, "Jenkins %s does not show its identity", version);
    cmk_expect(c, x, "%s", expected);
    cmk_observe(c, x, "%s", identity);
    return cmk_passes(jk_same(identity, expected));
}

/* ---- the job ---- */

/* Jenkins finds items whatever the case of their names is; so what it found has to say who it is.
 */
int32_t
jk_job_exact(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *job = x->evidence->document(c, "job");
    const struct cmk_value *build = x->evidence->document(c, "build");
    struct jk_names names = jk_names_of(c);
    const char *name = cmk_text(c, job, "fullName"), *number = jk_shown(c, build, "number");
    if (names.wrong != NULL)
        return jk_unknown(c, x, "%s", names.wrong);
    if (name == NULL || number == NULL)
        return jk_unknown(c, x, "Jenkins does not state the job's full name or the build's number");
    cmk_expect(c, x, "build %s of %s", names.build, names.job);
    cmk_observe(c, x, "build %s of %s", number, name);
    return cmk_passes(jk_same(name, names.job) && jk_same(number, names.build));
}

/* ---- the end ---- */

int32_t
jk_build_finished(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const char *result = cmk_text(c, build, "result");
    if (cmk_get(c, build, "building") == NULL)
        return jk_unknown(c, x, "Jenkins does not state whether the build is over");
    if (!jk_is_over(c, build) || result == NULL)
        return jk_unknown(c, x, "not over: wait for the end, or give --wait DURATION");
    cmk_observe(c, x, "%s", result);
    return cmk_passes(strcmp(result, "SUCCESS") == 0);
}

/* ---- causes ---- */

/* Something else was run than what stands in the repository, or only a part of it was. No policy
 * can allow these. */
static const char *const refused[] = {
    "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause",
    "com.sonyericsson.rebuild.RebuildCause",
    "org.jenkinsci.plugins.pipeline.modeldefinition.causes.RestartDeclarativePipelineCause",
    "com.cloudbees.workflow.cps.checkpoint.RestoreFromCheckpointCause",
};

/* What we know the meaning of; on no list, it is refused. */
static const char *const known[] = {
    "hudson.model.Cause$UserIdCause",
    "hudson.model.Cause$UpstreamCause",
    "hudson.model.Cause$RemoteCause",
    "hudson.cli.BuildCommand$CLICause",
    "hudson.triggers.TimerTrigger$TimerTriggerCause",
    "hudson.triggers.SCMTrigger$SCMTriggerCause",
    "jenkins.branch.BranchIndexingCause",
    "jenkins.branch.BranchEventCause",
    "com.cloudbees.jenkins.GitHubPushCause",
    "org.jenkinsci.plugins.workflow.support.steps.build.BuildUpstreamCause",
};

/* A commit, told by the repository's host or found by looking: what a policy allows that names
 * none.
 */
static const char *const usual[] = {
    "hudson.triggers.SCMTrigger$SCMTriggerCause",
    "jenkins.branch.BranchIndexingCause",
    "jenkins.branch.BranchEventCause",
    "com.cloudbees.jenkins.GitHubPushCause",
};

static bool
is_allowed(struct cmk_call *c, const char *cause)
{
    if (cmk_get(c, c->options, "causes") == NULL)
        return jk_is_one_of(cause, usual, sizeof usual / sizeof *usual);
    return jk_listed(c, "causes", cause);
}

static int32_t
judge_cause(struct cmk_call *c, const struct cmk_exam *x, const char *cause)
{
    if (cause == NULL)
        return jk_unknown(c, x, "a cause without a class");
    if (jk_is_one_of(cause, refused, sizeof refused / sizeof *refused))
        return jk_fail(c, x, "%s", cause);
    if (is_allowed(c, cause))
        return CMK_PASS;
    if (jk_is_one_of(cause, known, sizeof known / sizeof *known))
        return jk_fail(c, x, "%s", cause);
    return jk_unknown(c, x, "%s is not known", cause);
}

/* A refusal counts more than what is not known, wherever it stands. */
static int32_t
judge_causes(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *causes,
             int32_t so_far)
{
    uint64_t count = c->json->count(c, causes);
    for (uint64_t i = 0; i < count && so_far != CMK_FAIL; i++) {
        const struct cmk_value *cause = c->json->at(c, causes, i);
        if (so_far == CMK_PASS)
            so_far = judge_cause(c, x, cmk_text(c, cause, "_class"));
        else if (jk_is_one_of(cmk_text(c, cause, "_class"), refused,
                              sizeof refused / sizeof *refused))
            so_far = jk_fail(c, x, "%s", cmk_show(c, cause, "_class"));
    }
    return so_far;
}

int32_t
jk_cause_allowed(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *actions = cmk_get(c, x->evidence->document(c, "build"), "actions");
    uint64_t count = c->json->count(c, actions), seen = 0;
    int32_t answer = CMK_PASS;
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *causes = c->json->member(c, c->json->at(c, actions, i), "causes");
        seen += c->json->count(c, causes);
        answer = judge_causes(c, x, causes, answer);
    }
    if (seen == 0)
        return jk_unknown(c, x, "Jenkins states no cause");
    if (answer == CMK_PASS)
        cmk_observe(c, x, "%llu, each of them allowed", (unsigned long long)seen);
    return answer;
}

/* ---- pull requests ---- */

/* Plain git and most hosts' branches and tags; what is not among them may be anything. */
static bool
is_known_head(const char *class_name)
{
    static const char *const heads[] = {
        "jenkins.plugins.git.GitBranchSCMHead",
        "jenkins.plugins.git.GitTagSCMHead",
        "jenkins.scm.api.SCMHead",
        "org.jenkinsci.plugins.github_branch_source.BranchSCMHead",
        "org.jenkinsci.plugins.github_branch_source.GitHubTagSCMHead",
    };
    return class_name == NULL || jk_is_one_of(class_name, heads, sizeof heads / sizeof *heads);
}

static bool
speaks_of_request(const char *class_name)
{
    return jk_contains(class_name, "PullRequest") || jk_contains(class_name, "MergeRequest") ||
           jk_contains(class_name, "GhprbCause") || jk_contains(class_name, "ChangeRequest");
}

static const char *
request_among_causes(struct cmk_call *c, const struct cmk_value *causes)
{
    uint64_t count = c->json->count(c, causes);
    for (uint64_t i = 0; i < count; i++) {
        const char *cause = cmk_text(c, c->json->at(c, causes, i), "_class");
        if (speaks_of_request(cause))
            return cause;
    }
    return NULL;
}

/* A multibranch project calls them PR-1, MR-1. */
static bool
is_named_like_request(const char *head)
{
    return (jk_begins(head, "PR-") || jk_begins(head, "MR-")) && jk_is_number(head + 3);
}

/* The class or name by which an action speaks of a request: its own, that of its revision, of the
 * revision's head, or of a cause. */
static const char *
request_of_action(struct cmk_call *c, const struct cmk_value *action)
{
    const char *const classes[] = {cmk_text(c, action, "_class"),
                                   cmk_text(c, action, "revision._class"),
                                   cmk_text(c, action, "revision.head._class")};
    const char *head = cmk_text(c, action, "revision.head.name");
    if (jk_ends(classes[0], ".ContributorMetadataAction"))
        return classes[0];
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (speaks_of_request(classes[i]))
            return classes[i];
    if (is_named_like_request(head))
        return head;
    return request_among_causes(c, c->json->member(c, action, "causes"));
}

/* There may be several revisions: any of them is enough. */
static const char *
find_request(struct cmk_call *c, const struct cmk_value *item)
{
    const struct cmk_value *actions = cmk_get(c, item, "actions");
    uint64_t count = c->json->count(c, actions);
    const char *request = NULL;
    for (uint64_t i = 0; i < count && request == NULL; i++)
        request = request_of_action(c, c->json->at(c, actions, i));
    return request;
}

int32_t
jk_not_pull_request(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const struct cmk_value *job = x->evidence->document(c, "job");
    struct jk_scheduled scheduled = jk_scheduled_of(c, build);
    const char *request = find_request(c, job);
    if (request == NULL)
        request = find_request(c, build);
    if (request != NULL)
        return jk_fail(c, x, "%s", request);
    if (c->json->count(c, cmk_get(c, build, "actions")) == 0 || cmk_get(c, job, "actions") == NULL)
        return jk_unknown(c, x, "Jenkins does not state the actions of job and build");
    if (scheduled.heads_differ != NULL)
        return jk_unknown(c, x, "%s", scheduled.heads_differ);
    if (!is_known_head(scheduled.head_class))
        return jk_unknown(c, x, "%s is not known", scheduled.head_class);
    return jk_pass(c, x, "nothing speaks of one");
}

/* ---- parameters ---- */

int32_t
jk_parameters_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *actions = cmk_get(c, x->evidence->document(c, "build"), "actions");
    uint64_t count = c->json->count(c, actions), seen = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *list = c->json->member(c, c->json->at(c, actions, i), "parameters");
        uint64_t parameters = c->json->count(c, list);
        if (list != NULL && parameters == 0)
            return jk_unknown(c, x, "there are parameters, and none is stated");
        for (uint64_t n = 0; n < parameters; n++) {
            const char *name = cmk_text(c, c->json->at(c, list, n), "name");
            if (name == NULL)
                return jk_unknown(c, x, "a parameter without a name");
            if (!jk_listed(c, "parameters", name))
                return jk_fail(c, x, "%s", name);
            seen++;
        }
    }
    if (count == 0)
        return jk_unknown(c, x, "Jenkins does not state the build's actions");
    return jk_pass(c, x, seen > 0 ? "all declared" : "none");
}

/* ---- nodes ---- */

/* Jenkins itself is called like this, and by an empty name. */
static const char *
node_name(const char *built_on)
{
    return *built_on != '\0' ? built_on : "built-in";
}

static int32_t
judge_node(struct cmk_call *c, const struct cmk_exam *x, const char *built_on)
{
    bool restricted = c->json->count(c, cmk_get(c, c->options, "nodes")) > 0;
    bool on_controller = jk_same(node_name(built_on), "built-in");
    cmk_observe(c, x, "%s", node_name(built_on));
    if (!restricted && !on_controller)
        return CMK_PASS;
    return cmk_passes(jk_listed(c, "nodes", node_name(built_on)));
}

/* Of a pipeline Jenkins does not tell; of a matrix it tells for each run. */
int32_t
jk_node_allowed(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const char *built_on = cmk_text(c, build, "builtOn");
    const struct cmk_value *runs = cmk_get(c, build, "runs");
    uint64_t count = c->json->count(c, runs);
    if (built_on == NULL) {
        if (c->json->count(c, cmk_get(c, c->options, "nodes")) == 0)
            return jk_pass(c, x, "Jenkins does not tell, and the policy names no nodes");
        return jk_unknown(c, x, "Jenkins does not tell on which nodes a pipeline ran");
    }
    int32_t answer = judge_node(c, x, built_on);
    for (uint64_t i = 0; i < count && answer == CMK_PASS; i++) {
        const struct cmk_value *run = c->json->at(c, runs, i);
        const char *on = cmk_text(c, run, "builtOn");
        if (cmk_integer(c, run, "number", -1) != cmk_integer(c, build, "number", -2))
            continue;
        if (on == NULL)
            return jk_unknown(c, x, "a run of the matrix does not tell its node");
        answer = judge_node(c, x, on);
    }
    return answer;
}
