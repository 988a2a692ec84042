/* SPDX-License-Identifier: Apache-2.0
 *
 * When a build was scheduled, and what was checked out. Jenkins tells it once for each checkout,
 * and copies what it told of earlier builds forward: only entries of this build's number count, and
 * all of one repository have to agree.
 */
#include "jenkins.h"

#include <string.h>

#define MATRIX_BUILD "hudson.matrix.MatrixBuild"

bool
jk_is_action(struct cmk_call *c, const struct cmk_value *action, const char *class_name,
             const char *member)
{
    const char *class_of = cmk_text(c, action, "_class");
    if (class_of != NULL)
        return jk_same(class_of, class_name);
    return member != NULL && c->json->member(c, action, member) != NULL;
}

/* ---- the time ---- */

int64_t
jk_scheduled_at(struct cmk_call *c, const struct cmk_value *build)
{
    int64_t at = cmk_integer(c, build, "timestamp", 0);
    return at > 0 && at < JK_LATEST ? at : 0;
}

/* ---- remotes ---- */

static bool
has_remote(struct cmk_call *c, const struct cmk_value *data, const char *remote)
{
    const struct cmk_value *urls = c->json->member(c, data, "remoteUrls");
    uint64_t count = c->json->count(c, urls);
    for (uint64_t i = 0; i < count; i++)
        if (jk_same_remote(c, c->json->text(c, c->json->at(c, urls, i)), remote))
            return true;
    return false;
}

static bool
is_build_data(struct cmk_call *c, const struct cmk_value *action)
{
    return jk_is_action(c, action, JK_BUILD_DATA, "buildsByBranchName");
}

const char *
jk_only_remote(struct cmk_call *c, const struct cmk_value *build)
{
    const struct cmk_value *actions = cmk_get(c, build, "actions");
    const char *only = NULL;
    uint64_t count = c->json->count(c, actions);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *data = c->json->at(c, actions, i);
        if (!is_build_data(c, data))
            continue;
        const struct cmk_value *urls = c->json->member(c, data, "remoteUrls");
        const char *url = c->json->text(c, c->json->at(c, urls, 0));
        if (c->json->count(c, urls) != 1 || (only != NULL && !jk_same_remote(c, only, url)))
            return NULL;
        only = url;
    }
    return only;
}

/* ---- checkouts ---- */

struct place {
    const struct cmk_value *at; /* BuildData */
    const char *path;           /* to it */
};

/* A name of the branch that was checked out, if there is one only. */
static const char *
branch_of(struct cmk_call *c, const struct cmk_value *revision)
{
    const struct cmk_value *list = cmk_get(c, revision, "branch");
    const char *only = NULL;
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++) {
        const char *name = cmk_text(c, c->json->at(c, list, i), "name");
        if (jk_ends(name, "/HEAD") || jk_same(name, only))
            continue;
        if (only != NULL)
            return NULL;
        only = name;
    }
    return only;
}

static void
add_revision(struct cmk_call *c, struct jk_checkout *all, const struct cmk_value *entry,
             const char *path)
{
    const char *commit = cmk_text(c, entry, "revision.SHA1");
    const char *marked = cmk_text(c, entry, "marked.SHA1");
    const char *branch = branch_of(c, cmk_get(c, entry, "revision"));
    if (!jk_is_commit(commit) || !jk_is_commit(marked)) {
        all->why = "a checkout does not state its commit";
        return;
    }
    all->count++;
    if (!jk_same(commit, marked))
        all->differ = cmk_printf(c, "%s was chosen, and %s was built: merged before the build",
                                 marked, commit);
    else if (all->commit != NULL && !jk_same(all->commit, commit))
        all->differ = cmk_printf(c, "one checkout has %s, another one %s", all->commit, commit);
    if (all->commit == NULL) {
        all->commit = commit;
        all->branch = branch;
        all->path = path;
    } else if (!jk_same(all->branch, branch)) {
        all->branch = NULL;
    }
}

static void
add_data(struct cmk_call *c, struct jk_checkout *all, const struct place *data, int64_t number)
{
    const struct cmk_value *map = c->json->member(c, data->at, "buildsByBranchName");
    uint64_t count = c->json->count(c, map);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *entry = c->json->at(c, map, i);
        if (cmk_integer(c, entry, "buildNumber", -1) == number)
            add_revision(c, all, entry, data->path);
    }
}

/* All checkouts of the repository among the actions. */
static void
add_actions(struct cmk_call *c, struct jk_checkout *all, const struct place *of, const char *remote,
            int64_t number)
{
    const struct cmk_value *actions = c->json->member(c, of->at, "actions");
    uint64_t count = c->json->count(c, actions);
    for (uint64_t i = 0; i < count; i++) {
        const char *path = cmk_printf(c, "%sactions.%llu", of->path, (unsigned long long)i);
        const struct place data = {c->json->at(c, actions, i), path};
        if (is_build_data(c, data.at) && has_remote(c, data.at, remote))
            add_data(c, all, &data, number);
    }
}

/* Each run of a matrix checks out for itself. Runs of another number are of earlier builds. */
static void
add_runs(struct cmk_call *c, struct jk_checkout *all, const struct cmk_value *build,
         const char *remote, int64_t number)
{
    const struct cmk_value *runs = cmk_get(c, build, "runs");
    uint64_t count = c->json->count(c, runs), seen = 0;
    for (uint64_t i = 0; i < count; i++) {
        const char *path = cmk_printf(c, "runs.%llu.", (unsigned long long)i);
        const struct place run = {c->json->at(c, runs, i), path};
        uint32_t before = all->count;
        if (cmk_integer(c, run.at, "number", -1) != number)
            continue;
        seen++;
        add_actions(c, all, &run, remote, number);
        if (all->count == before)
            all->why = "a run of the matrix does not state what it checked out";
    }
    if (seen == 0 && jk_same(cmk_text(c, build, "_class"), MATRIX_BUILD))
        all->why = "the matrix states no run of its own";
}

struct jk_checkout
jk_checkout_of(struct cmk_call *c, const struct cmk_value *build, const char *remote)
{
    const struct place whole = {build, ""};
    struct jk_checkout all = {.count = 0};
    int64_t number = cmk_integer(c, build, "number", -2);
    if (jk_remote(c, remote) == NULL) {
        all.why = "the configuration does not tell which repository is built";
        return all;
    }
    add_actions(c, &all, &whole, remote, number);
    add_runs(c, &all, build, remote, number);
    if (all.count == 0 && all.why == NULL)
        all.why = cmk_printf(c, "this build states no checkout of %s", jk_remote(c, remote));
    if (all.why != NULL || all.differ != NULL)
        all.commit = all.branch = NULL;
    return all;
}

/* ---- what was scheduled ---- */

static bool
same_or_none(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || jk_same(a, b);
}

static void
add_scheduled(struct cmk_call *c, struct jk_scheduled *all, const struct cmk_value *revision)
{
    const char *commit = cmk_text(c, revision, "hash");
    const char *head = cmk_text(c, revision, "head.name");
    const char *head_class = cmk_text(c, revision, "head._class");
    if (!all->there) {
        *all = (struct jk_scheduled){
            .there = true, .commit = commit, .head = head, .head_class = head_class};
    } else {
        if (!jk_same(all->commit, commit))
            all->why = "it states several revisions";
        if (!same_or_none(all->head, head) || !same_or_none(all->head_class, head_class))
            all->why = all->heads_differ = "it states revisions of several heads";
    }
    if (!jk_is_commit(commit))
        all->why = "its revision states no commit";
}

/* Each of them counts, whichever Jenkins would take. */
struct jk_scheduled
jk_scheduled_of(struct cmk_call *c, const struct cmk_value *build)
{
    struct jk_scheduled found = {.there = false};
    const struct cmk_value *actions = cmk_get(c, build, "actions");
    uint64_t count = c->json->count(c, actions);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *action = c->json->at(c, actions, i);
        if (jk_is_action(c, action, JK_REVISION, NULL))
            add_scheduled(c, &found, c->json->member(c, action, "revision"));
    }
    if (found.why != NULL)
        found.commit = NULL;
    if (found.heads_differ != NULL)
        found.head = found.head_class = NULL;
    return found;
}

/* ---- the ref ---- */

static const char *
of_heads(struct cmk_call *c, const char *branch)
{
    return branch != NULL && *branch != '\0' ? cmk_printf(c, "refs/heads/%s", branch) : NULL;
}

/* Without "refs/remotes/NAME/" or "NAME/", where NAME is what git calls the repository. */
static const char *
without_remote(struct cmk_call *c, const char *branch, const char *name)
{
    const char *remote = cmk_printf(c, "%s/", name != NULL ? name : "origin");
    if (jk_begins(branch, "refs/remotes/"))
        branch += strlen("refs/remotes/");
    return jk_begins(branch, remote) ? branch + strlen(remote) : NULL;
}

/* The branch's specification tells, if it names one; else the branch that was checked out. */
static const char *
of_spec(struct cmk_call *c, const struct jk_config *config, const struct jk_checkout *checkout)
{
    const char *spec = config->spec;
    const char *branch = without_remote(c, checkout->branch, config->remote_name);
    if (spec == NULL || strpbrk(spec, "$:") != NULL)
        return NULL;
    if (jk_begins(spec, "refs/heads/") || jk_begins(spec, "refs/tags/"))
        return strchr(spec, '*') == NULL ? spec : NULL;
    return of_heads(c, branch);
}

const char *
jk_ref_of(struct cmk_call *c, const struct cmk_value *build, const struct jk_config *config,
          const struct jk_checkout *checkout)
{
    struct jk_scheduled scheduled = jk_scheduled_of(c, build);
    if (config->kind != JK_MULTIBRANCH)
        return of_spec(c, config, checkout);
    if (!scheduled.there || scheduled.head == NULL)
        return NULL;
    if (jk_contains(scheduled.head_class, "Tag"))
        return cmk_printf(c, "refs/tags/%s", scheduled.head);
    return of_heads(c, scheduled.head);
}
