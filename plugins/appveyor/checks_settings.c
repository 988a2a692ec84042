/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on what is set on AppVeyor's own pages: all of that is outside of the repository, and what
 * could change the build must be off, empty, or named in the policy.
 *
 * AppVeyor leaves out empty lists, so an absent list is empty. It does state switches: one that is
 * not stated is not known.
 */
#include "appveyor.h"

static const struct cmk_value *
configuration(struct cmk_call *c, const struct cmk_exam *x)
{
    return cmk_get(c, x->evidence->document(c, "settings"), "settings.configuration");
}

/* ---- scripts ---- */

/* The first member of the object that holds a script; NULL if none does. */
static const char *
member_with_scripts(struct cmk_call *c, const struct cmk_value *object)
{
    uint64_t count = c->json->count(c, object);
    for (uint64_t i = 0; i < count; i++) {
        const char *key = c->json->key(c, object, i);
        if ((av_ends(key, "Scripts") || av_ends(key, "Script")) &&
            c->json->count(c, c->json->at(c, object, i)) > 0)
            return key;
    }
    return NULL;
}

/* How to build, test, deploy; and whatever mode there may be one day. Two modes are about which
 * builds to start and which tests to count, not about what is run. */
static const char *
mode_that_runs(struct cmk_call *c, const struct cmk_value *all)
{
    uint64_t count = c->json->count(c, all);
    for (uint64_t i = 0; i < count; i++) {
        const char *key = c->json->key(c, all, i);
        if (!av_ends(key, "Mode") || av_same(key, "branchesMode") ||
            av_same(key, "testCategoriesMode") || c->json->at(c, all, i) == NULL)
            continue;
        if (!av_same(c->json->text(c, c->json->at(c, all, i)), "none"))
            return key;
    }
    return NULL;
}

int32_t
av_scripts_off(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const modes[] = {"buildMode", "testMode", "deployMode"};
    const struct cmk_value *all = configuration(c, x);
    const char *on = mode_that_runs(c, all);
    if (on != NULL)
        return av_fail(c, x, "%s is %s", on, cmk_show(c, c->json->member(c, all, on), ""));
    const char *scripts = member_with_scripts(c, all);
    if (scripts == NULL)
        scripts =
            member_with_scripts(c, cmk_get(c, x->evidence->document(c, "settings"), "settings"));
    if (scripts != NULL)
        return av_fail(c, x, "there is something in %s", scripts);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (cmk_get(c, all, modes[i]) == NULL)
            return av_unknown(c, x, "AppVeyor does not state %s", modes[i]);
    return av_pass(c, x, "build, tests and deployment off, no scripts");
}

/* ---- time ---- */

struct moment {
    int64_t at;
    const char *text, *of;
};

static struct moment
moment_of(struct cmk_call *c, const struct cmk_value *object, const char *member, const char *of)
{
    const char *text = cmk_text(c, object, member);
    return (struct moment){text != NULL ? c->base->time(c, text) : CMK_NO_TIME, text, of};
}

/* `updated` is absent while nothing was changed since the creation. */
static struct moment
change_of(struct cmk_call *c, const struct cmk_value *object, const char *of)
{
    bool updated = cmk_get(c, object, "updated") != NULL;
    return moment_of(c, object, updated ? "updated" : "created", of);
}

/* The earlier one of the two; one that is not known is the earliest. */
static struct moment
earlier(struct moment a, struct moment b)
{
    return b.at < a.at ? b : a;
}

/* Jobs can be run again within a build, and take the settings of their time. */
static struct moment
first_start(struct cmk_call *c, const struct cmk_value *build)
{
    const struct cmk_value *jobs = cmk_get(c, build, "jobs");
    struct moment first = moment_of(c, build, "created", "build");
    uint64_t count = c->json->count(c, jobs);
    for (uint64_t i = 0; i < count; i++)
        first = earlier(first, moment_of(c, c->json->at(c, jobs, i), "created", "job"));
    return first;
}

int32_t
av_settings_unmodified(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *answer = x->evidence->document(c, "settings");
    struct moment project = change_of(c, cmk_get(c, answer, "project"), "project");
    struct moment settings = change_of(c, cmk_get(c, answer, "settings"), "settings");
    struct moment start = first_start(c, cmk_get(c, x->evidence->document(c, "build"), "build"));
    struct moment change = settings.at > project.at ? settings : project;
    if (project.at == CMK_NO_TIME || settings.at == CMK_NO_TIME)
        return av_unknown(c, x, "AppVeyor does not state when project and settings were changed");
    if (start.at == CMK_NO_TIME)
        return av_unknown(c, x, "AppVeyor does not state when the %s was created", start.of);
    cmk_expect(c, x, "before %s, when the %s was created", start.text, start.of);
    cmk_observe(c, x, "%s changed %s", change.of, change.text);
    return cmk_passes(change.at < start.at);
}

/* ---- switches and lists ---- */

static int32_t
patched(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *all)
{
    uint64_t count = c->json->count(c, all);
    for (uint64_t i = 0; i < count; i++) {
        const char *key = c->json->key(c, all, i);
        if (av_begins(key, "patch") && c->json->truth(c, c->json->at(c, all, i), 0))
            return av_fail(c, x, "%s is on", key);
    }
    if (cmk_truth(c, all, "shallowClone", 0))
        return av_fail(c, x, "shallowClone is on: sources come as an archive, not by git");
    return CMK_PASS;
}

int32_t
av_sources_unpatched(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const switches[] = {"patchAssemblyInfo", "patchDotnetCsproj",
                                           "shallowClone"};
    static const char *const lists[] = {"hostsEntries", "cloneScripts"};
    const struct cmk_value *all = configuration(c, x);
    int32_t answer = patched(c, x, all);
    if (answer != CMK_PASS)
        return answer;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (av_entries(c, all, lists[i]) > 0)
            return av_fail(c, x, "there is something in %s", lists[i]);
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (cmk_get(c, all, switches[i]) == NULL)
            return av_unknown(c, x, "AppVeyor does not state %s", switches[i]);
    return av_pass(c, x, "no patching, no hosts, no clone scripts, cloned by git");
}

/* Is the leaf of each element named in the option? Says which one is not. */
static bool
all_listed(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *list,
           const char *member, const char *option)
{
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++) {
        const char *text = cmk_text(c, c->json->at(c, list, i), member);
        if (av_listed(c, option, text))
            continue;
        cmk_observe(c, x, "%s is set, and not named in the policy's %s",
                    text != NULL ? text : "something without a name", option);
        return false;
    }
    return true;
}

/* Rows of the matrix: each holds variables of its own. A row of another shape is not understood. */
static int32_t
rows_listed(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *matrix)
{
    uint64_t rows = c->json->count(c, matrix);
    for (uint64_t i = 0; i < rows; i++) {
        const struct cmk_value *list = cmk_get(c, c->json->at(c, matrix, i), "variables");
        if (list == NULL)
            return av_unknown(c, x, "a row of environmentVariablesMatrix has no variables");
        if (!all_listed(c, x, list, "name", "variables"))
            return CMK_FAIL;
    }
    return CMK_PASS;
}

int32_t
av_environment_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *all = configuration(c, x);
    const struct cmk_value *plain = cmk_get(c, all, "environmentVariables");
    const struct cmk_value *matrix = cmk_get(c, all, "environmentVariablesMatrix");
    if (all == NULL)
        return av_unknown(c, x, "there is no configuration in AppVeyor's answer");
    if (!all_listed(c, x, plain, "name", "variables"))
        return CMK_FAIL;
    int32_t answer = rows_listed(c, x, matrix);
    if (answer != CMK_PASS)
        return answer;
    return av_pass(c, x, "%s, %s; the policy names all there are",
                   av_number(c, c->json->count(c, plain), "variable"),
                   av_number(c, c->json->count(c, matrix), "matrix row"));
}

int32_t
av_worker_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *all = configuration(c, x);
    const struct cmk_value *images = cmk_get(c, all, "operatingSystem");
    const struct cmk_value *clouds = cmk_get(c, all, "buildCloud");
    if (all == NULL)
        return av_unknown(c, x, "there is no configuration in AppVeyor's answer");
    if (!all_listed(c, x, images, "value", "images") ||
        !all_listed(c, x, clouds, "value", "build_clouds"))
        return CMK_FAIL;
    return av_pass(c, x, "%s, %s; the policy names all there are",
                   av_number(c, c->json->count(c, images), "image"),
                   av_number(c, c->json->count(c, clouds), "build cloud"));
}

/* A feed of the account or the project holds what anybody with a key pushed there. */
int32_t
av_package_sources_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const feeds[][2] = {{"configureNuGetProjectSource", "project"},
                                           {"configureNuGetAccountSource", "account"}};
    const struct cmk_value *all = configuration(c, x);
    const char *unstated = NULL;
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        bool declared = av_listed(c, "package_sources", feeds[i][1]);
        if (cmk_get(c, all, feeds[i][0]) == NULL)
            unstated = declared ? unstated : feeds[i][0];
        else if (cmk_truth(c, all, feeds[i][0], 1) && !declared)
            return av_fail(c, x, "%s is on: builds take packages from the %s's feed", feeds[i][0],
                           feeds[i][1]);
    }
    if (all == NULL || unstated != NULL)
        return av_unknown(c, x, "AppVeyor does not state %s",
                          unstated != NULL ? unstated : "the configuration");
    return av_pass(c, x, "no feed that the policy does not name");
}
