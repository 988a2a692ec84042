/* SPDX-License-Identifier: Apache-2.0
 *
 * What a job's configuration says: where does its pipeline come from? Of the job of a branch its
 * own configuration says which script is run, and the multibranch project's of which repository.
 *
 * Each element that is read here is there once: with a second one nobody knows which of them
 * Jenkins takes. And it is what it seems to be: XStream, which makes Jenkins' objects of these
 * files, looks at attributes first. With `reference` an element becomes what another one became,
 * whatever stands in it, with `resolves-to` or `class` something of another type, and with
 * `defined-in` it belongs elsewhere. Files of Jenkins do hold them, though in no element that is
 * read here, nor around one.
 */
#include "jenkins.h"

#include <string.h>

#define CPS         "org.jenkinsci.plugins.workflow.cps."
#define MULTIBRANCH "org.jenkinsci.plugins.workflow.multibranch."
#define GIT         "hudson.plugins.git."

/* ---- elements ---- */

/* The first reason is the reason of all that follow. */
static void
set_odd(struct jk_config *to, const char *why)
{
    if (to->odd == NULL)
        to->odd = why;
}

static const char *
class_of(struct cmk_call *c, const struct cmk_value *element)
{
    return c->json->text(c, c->json->member(c, element, "@class"));
}

/* The first attribute but `class`, and `plugin`, which changes nothing; NULL: there is none. */
static const char *
foreign_attribute(struct cmk_call *c, const struct cmk_value *element)
{
    uint64_t members = c->json->count(c, element);
    for (uint64_t i = 0; i < members; i++) {
        const char *key = c->json->key(c, element, i);
        if (jk_begins(key, "@") && !jk_same(key, "@class") && !jk_same(key, "@plugin"))
            return key + 1;
    }
    return NULL;
}

/* The element, if Jenkins makes of it what its name says, or its class if it is `typed`: then the
 * class is compared by who asks. */
static const struct cmk_value *
as_it_seems(struct cmk_call *c, const struct cmk_value *element, const char *name, bool typed,
            struct jk_config *odd)
{
    const char *foreign = foreign_attribute(c, element);
    if (foreign == NULL && !typed && c->json->member(c, element, "@class") != NULL)
        foreign = "class";
    if (foreign == NULL)
        return element;
    set_odd(odd, cmk_printf(c,
                            "'%s' has the attribute '%s', by which Jenkins may take it for "
                            "something else",
                            name, foreign));
    return NULL;
}

/* The only child of that name; several make the configuration odd. */
static const struct cmk_value *
typed_child(struct cmk_call *c, const struct cmk_value *element, const char *name,
            struct jk_config *odd)
{
    const struct cmk_value *list = c->json->member(c, element, name);
    uint64_t count = c->json->count(c, list);
    if (count > 1)
        set_odd(odd, cmk_printf(c, "there are %llu elements '%s' in one place",
                                (unsigned long long)count, name));
    return count == 1 ? as_it_seems(c, c->json->at(c, list, 0), name, true, odd) : NULL;
}

/* The same, of the type that is declared there: it states none. */
static const struct cmk_value *
child(struct cmk_call *c, const struct cmk_value *element, const char *name, struct jk_config *odd)
{
    return as_it_seems(c, typed_child(c, element, name, odd), name, false, odd);
}

/* A child that is a list, of a kind that has its items as children. */
static const struct cmk_value *
list_of(struct cmk_call *c, const struct cmk_value *element, const char *name,
        struct jk_config *odd)
{
    static const char *const lists[] = {
        "list",           "java.util.List",
        "linked-list",    "java.util.ArrayList",
        "singleton-list", "java.util.Collections$SingletonList",
    };
    const struct cmk_value *list = typed_child(c, element, name, odd);
    if (c->json->member(c, list, "@class") == NULL ||
        jk_is_one_of(class_of(c, list), lists, sizeof lists / sizeof *lists))
        return list;
    set_odd(odd, cmk_printf(c, "'%s' is no list that is known", name));
    return NULL;
}

/* The only item of a list, which has to have that name. */
static const struct cmk_value *
only_item(struct cmk_call *c, const struct cmk_value *list, const char *name, const char *what,
          struct jk_config *odd)
{
    const struct cmk_value *found = NULL;
    const char *called = NULL;
    uint64_t members = c->json->count(c, list), items = 0;
    for (uint64_t i = 0; i < members; i++) {
        const char *key = c->json->key(c, list, i);
        if (key == NULL || *key == '@' || *key == '#')
            continue;
        const struct cmk_value *same = c->json->at(c, list, i);
        items += c->json->count(c, same);
        found = c->json->at(c, same, 0);
        called = key;
    }
    if (items != 1)
        set_odd(odd, cmk_printf(c, "it names %llu %s", (unsigned long long)items, what));
    else if (!jk_same(called, name))
        set_odd(odd, cmk_printf(c, "among its %s is a %s, which is not known", what, called));
    else
        return as_it_seems(c, found, name, false, odd);
    return NULL;
}

/* Behind an element in the midst of a text, what is left of the text may be seen or not. */
static const char *
leaf(struct cmk_call *c, const struct cmk_value *element, const char *name, struct jk_config *odd)
{
    const struct cmk_value *found = child(c, element, name, odd);
    const struct cmk_value *text = c->json->member(c, found, "#");
    if (c->json->count(c, found) <= (text != NULL ? 1 : 0))
        return c->json->text(c, text);
    set_odd(odd, cmk_printf(c, "'%s' is more than a text", name));
    return NULL;
}

/* ---- a checkout by git ---- */

static void
read_git(struct cmk_call *c, const struct cmk_value *scm, struct jk_config *to)
{
    const char *class_name = class_of(c, scm);
    if (!jk_same(class_name, GIT "GitSCM")) {
        set_odd(to, cmk_printf(c, "its source is %s, not git",
                               class_name != NULL ? class_name : "not stated"));
        return;
    }
    if (c->json->member(c, scm, "source") != NULL ||
        c->json->member(c, scm, "remoteRepositories") != NULL) {
        set_odd(to, "it names a repository as git's plug-in did long ago, and that one counts");
        return;
    }
    const struct cmk_value *remotes = list_of(c, scm, "userRemoteConfigs", to);
    const struct cmk_value *remote =
        only_item(c, remotes, GIT "UserRemoteConfig", "repositories", to);
    const struct cmk_value *branches = list_of(c, scm, "branches", to);
    const struct cmk_value *branch = only_item(c, branches, GIT "BranchSpec", "branches", to);
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
    read_git(c, typed_child(c, definition, "scm", to), to);
}

/* What holds the project's only source. */
static const struct cmk_value *
source_of(struct cmk_call *c, const struct cmk_value *project, struct jk_config *to)
{
    const struct cmk_value *sources = typed_child(c, project, "sources", to);
    if (!jk_same(class_of(c, sources), "jenkins.branch.MultiBranchProject$BranchSourceList")) {
        set_odd(to, "its list of sources is not known");
        return NULL;
    }
    const struct cmk_value *data = child(c, sources, "data", to);
    return typed_child(c, only_item(c, data, "jenkins.branch.BranchSource", "sources", to),
                       "source", to);
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
    const struct cmk_value *source = source_of(c, project, to);
    const char *class_name = class_of(c, source);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (jk_same(class_name, known[i].class_name))
            to->remote = leaf(c, source, known[i].address, to);
    if (to->remote == NULL)
        set_odd(to, cmk_printf(c, "its source %s states no address that is known",
                               class_name != NULL ? class_name : ""));
}

/* ---- the whole ---- */

/* The file's root says by its name what it is. */
static const struct cmk_value *
body_of(struct cmk_call *c, const struct cmk_value *config, struct jk_config *odd)
{
    const struct cmk_value *body = c->json->member(c, config, "body");
    const char *root = cmk_text(c, config, "root");
    return as_it_seems(c, body, root != NULL ? root : "", false, odd);
}

static void
read_project(struct cmk_call *c, const struct cmk_value *config, struct jk_config *to)
{
    const struct cmk_value *project = body_of(c, config, to);
    const struct cmk_value *factory = typed_child(c, project, "factory", to);
    to->what = class_of(c, factory);
    to->project_script = leaf(c, factory, "scriptPath", to);
    if (!jk_same(cmk_text(c, config, "root"), MULTIBRANCH "WorkflowMultiBranchProject"))
        set_odd(to, "what is around the branch's job is no multibranch project");
    if (!jk_same(to->what, MULTIBRANCH "WorkflowBranchProjectFactory"))
        set_odd(to, cmk_printf(c, "its pipelines are made by %s",
                               to->what != NULL ? to->what : "nobody that is stated"));
    read_source(c, project, to);
}

/* Jenkins writes the job anew when it looks at the branches, and runs what the job says: the
 * project's word is an intent. */
static void
read_branch(struct cmk_call *c, const struct cmk_value *definition, const struct cmk_value *project,
            struct jk_config *to)
{
    to->kind = JK_MULTIBRANCH;
    to->script = leaf(c, definition, "scriptPath", to);
    read_project(c, project, to);
}

static const struct cmk_value *
definition_of(struct cmk_call *c, const struct cmk_value *config, struct jk_config *odd)
{
    return typed_child(c, body_of(c, config, odd), "definition", odd);
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
    read_git(c, typed_child(c, body_of(c, config, to), "scm", to), to);
}

static bool
has_steps(struct cmk_call *c, const struct cmk_value *config)
{
    static const char *const roots[] = {"project", "matrix-project", "maven2-moduleset"};
    return jk_is_one_of(cmk_text(c, config, "root"), roots, sizeof roots / sizeof *roots);
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
    else if (!jk_same(cmk_text(c, config, "root"), "flow-definition"))
        set_odd(&read, "it is of no kind of job that is known");
    else if (jk_same(class_name, CPS "CpsFlowDefinition"))
        read.kind = JK_INLINE;
    else if (jk_same(class_name, CPS "CpsScmFlowDefinition"))
        read_from_scm(c, definition, &read);
    else if (jk_same(class_name, MULTIBRANCH "SCMBinder") && project != NULL)
        read_branch(c, definition, project, &read);
    return read;
}
