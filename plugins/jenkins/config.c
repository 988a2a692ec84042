/* SPDX-License-Identifier: Apache-2.0
 *
 * What a job's configuration says: where does its pipeline come from? Of the job of a branch the
 * multibranch project's configuration says it.
 *
 * Each element that is read here is there once: with a second one nobody knows which of them
 * Jenkins takes.
 */
#include "jenkins.h"

#include <string.h>

#define CPS         "org.jenkinsci.plugins.workflow.cps."
#define MULTIBRANCH "org.jenkinsci.plugins.workflow.multibranch."
#define GIT_SCM     "hudson.plugins.git.GitSCM"

/* ---- elements ---- */

/* The only child of that name; several make the configuration odd. */
static const struct cmk_value *
child(struct cmk_call *c, const struct cmk_value *element, const char *name, struct jk_config *odd)
{
    const struct cmk_value *list = c->json->member(c, element, name);
    uint64_t count = c->json->count(c, list);
    if (count > 1)
        odd->odd = cmk_printf(c, "there are %llu elements '%s' in one place",
                              (unsigned long long)count, name);
    return count == 1 ? c->json->at(c, list, 0) : NULL;
}

/* The only child, whatever it is called. */
static const struct cmk_value *
only_child(struct cmk_call *c, const struct cmk_value *element, const char *what,
           struct jk_config *odd)
{
    const struct cmk_value *found = NULL;
    uint64_t members = c->json->count(c, element), children = 0;
    for (uint64_t i = 0; i < members; i++) {
        const char *key = c->json->key(c, element, i);
        if (key == NULL || *key == '@' || *key == '#')
            continue;
        const struct cmk_value *list = c->json->at(c, element, i);
        children += c->json->count(c, list);
        found = c->json->at(c, list, 0);
    }
    if (children != 1)
        odd->odd = cmk_printf(c, "it names %llu %s", (unsigned long long)children, what);
    return children == 1 ? found : NULL;
}

static const char *
leaf(struct cmk_call *c, const struct cmk_value *element, const char *name, struct jk_config *odd)
{
    return c->json->text(c, c->json->member(c, child(c, element, name, odd), "#"));
}

static const char *
class_of(struct cmk_call *c, const struct cmk_value *element)
{
    return c->json->text(c, c->json->member(c, element, "@class"));
}

/* ---- a checkout by git ---- */

static void
read_git(struct cmk_call *c, const struct cmk_value *scm, struct jk_config *to)
{
    if (!jk_same(class_of(c, scm), GIT_SCM)) {
        to->odd = cmk_printf(c, "its source is %s, not git",
                             class_of(c, scm) != NULL ? class_of(c, scm) : "not stated");
        return;
    }
    const struct cmk_value *remote =
        only_child(c, child(c, scm, "userRemoteConfigs", to), "repositories", to);
    const struct cmk_value *branch = only_child(c, child(c, scm, "branches", to), "branches", to);
    to->remote = leaf(c, remote, "url", to);
    to->remote_name = leaf(c, remote, "name", to);
    to->spec = leaf(c, branch, "name", to);
}

/* ---- kinds ---- */

static void
read_from_scm(struct cmk_call *c, const struct cmk_value *definition, struct jk_config *to)
{
    const char *lightweight = leaf(c, definition, "lightweight", to);
    to->kind = JK_FROM_SCM;
    to->script = leaf(c, definition, "scriptPath", to);
    to->lightweight = !jk_same(lightweight, "false");
    read_git(c, child(c, definition, "scm", to), to);
}

/* A source by git, or one of a host that states its address. */
static void
read_source(struct cmk_call *c, const struct cmk_value *project, struct jk_config *to)
{
    static const struct {
        const char *class_name, *address;
    } known[] = {
        {"jenkins.plugins.git.GitSCMSource", "remote"},
        {"org.jenkinsci.plugins.github_branch_source.GitHubSCMSource", "repositoryUrl"},
    };
    const struct cmk_value *sources = child(c, project, "sources", to);
    const struct cmk_value *source =
        child(c, only_child(c, child(c, sources, "data", to), "sources", to), "source", to);
    const char *class_name = class_of(c, source);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (jk_same(class_name, known[i].class_name))
            to->remote = leaf(c, source, known[i].address, to);
    if (to->remote == NULL && to->odd == NULL)
        to->odd = cmk_printf(c, "its source %s states no address that is known",
                             class_name != NULL ? class_name : "");
}

static void
read_project(struct cmk_call *c, const struct cmk_value *config, struct jk_config *to)
{
    const struct cmk_value *project = c->json->member(c, config, "body");
    const struct cmk_value *factory = child(c, project, "factory", to);
    to->kind = JK_MULTIBRANCH;
    to->what = class_of(c, factory);
    if (!jk_same(cmk_text(c, config, "root"), MULTIBRANCH "WorkflowMultiBranchProject"))
        to->odd = "what is around the branch's job is no multibranch project";
    else if (!jk_same(to->what, MULTIBRANCH "WorkflowBranchProjectFactory"))
        to->odd = cmk_printf(c, "its pipelines are made by %s",
                             to->what != NULL ? to->what : "nobody that is stated");
    to->script = leaf(c, factory, "scriptPath", to);
    read_source(c, project, to);
}

/* ---- the whole ---- */

static const struct cmk_value *
definition_of(struct cmk_call *c, const struct cmk_value *config, struct jk_config *odd)
{
    return child(c, c->json->member(c, config, "body"), "definition", odd);
}

bool
jk_is_branch_job(struct cmk_call *c, const struct cmk_value *config)
{
    struct jk_config ignored = {.kind = JK_NOT_KNOWN};
    return jk_same(class_of(c, definition_of(c, config, &ignored)), MULTIBRANCH "SCMBinder");
}

static void
read_steps(struct cmk_call *c, const struct cmk_value *config, struct jk_config *to)
{
    to->kind = JK_STEPS;
    to->what = cmk_text(c, config, "root");
    read_git(c, child(c, c->json->member(c, config, "body"), "scm", to), to);
}

static bool
has_steps(struct cmk_call *c, const struct cmk_value *config)
{
    static const char *const roots[] = {"project", "matrix-project", "maven2-moduleset"};
    const char *root = cmk_text(c, config, "root");
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (jk_same(root, roots[i]))
            return true;
    return false;
}

struct jk_config
jk_config_of(struct cmk_call *c, const struct cmk_value *config, const struct cmk_value *project)
{
    struct jk_config read = {.kind = JK_NOT_KNOWN};
    const struct cmk_value *definition = definition_of(c, config, &read);
    const char *class_name = class_of(c, definition);
    if (config == NULL || read.odd != NULL)
        return read;
    read.what = class_name;
    if (has_steps(c, config))
        read_steps(c, config, &read);
    else if (jk_same(class_name, CPS "CpsFlowDefinition"))
        read.kind = JK_INLINE;
    else if (jk_same(class_name, CPS "CpsScmFlowDefinition"))
        read_from_scm(c, definition, &read);
    else if (jk_same(class_name, MULTIBRANCH "SCMBinder") && project != NULL)
        read_project(c, project, &read);
    return read;
}
