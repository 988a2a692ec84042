/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the source: which revision was built, was the pipeline read at the same one, and was
 * anything else checked out?
 */
#include "jenkins.h"

#include <string.h>

#define LIBRARIES "org.jenkinsci.plugins.workflow.libs.LibrariesAction"

static struct jk_checkout
checkout_judged(struct cmk_call *c, const struct cmk_exam *x, const struct jk_config *config)
{
    return jk_checkout_of(c, x->evidence->document(c, "build"), config->remote);
}

int32_t
jk_revision_unambiguous(struct cmk_call *c, const struct cmk_exam *x)
{
    struct jk_config config = jk_config_judged(c, x);
    struct jk_checkout checkout = checkout_judged(c, x, &config);
    if (checkout.differ != NULL)
        return jk_fail(c, x, "%s", checkout.differ);
    if (checkout.commit == NULL)
        return jk_unknown(c, x, "%s", checkout.why != NULL ? checkout.why : "no commit is stated");
    return jk_pass(c, x, "%s, stated %u times", checkout.commit, checkout.count);
}

/* ---- the pipeline's own revision ---- */

static int32_t
judge_scheduled(struct cmk_call *c, const struct cmk_exam *x, const struct jk_checkout *checkout)
{
    struct jk_scheduled scheduled = jk_scheduled_of(c, x->evidence->document(c, "build"));
    if (!scheduled.there)
        return jk_fail(c, x,
                       "Jenkins recorded no revision: the pipeline was read from whatever "
                       "the branch held then");
    if (scheduled.commit == NULL || checkout->commit == NULL)
        return jk_unknown(c, x, "%s",
                          scheduled.why != NULL ? scheduled.why : "no checkout states its commit");
    cmk_expect(c, x, "the commit that was built, %s", checkout->commit);
    cmk_observe(c, x, "%s", scheduled.commit);
    return cmk_passes(jk_same(scheduled.commit, checkout->commit));
}

/* A lightweight checkout reads the script from the branch as it is then, and records nothing. */
static int32_t
judge_checked_out(struct cmk_call *c, const struct cmk_exam *x, const struct jk_config *config,
                  const struct jk_checkout *checkout)
{
    if (config->lightweight)
        return jk_unknown(c, x,
                          "a lightweight checkout: Jenkins does not record at which commit "
                          "it read the pipeline");
    if (checkout->differ != NULL)
        return jk_fail(c, x, "%s", checkout->differ);
    if (checkout->commit == NULL)
        return jk_unknown(c, x, "no checkout states its commit");
    return jk_pass(c, x, "%s: every checkout has it, that of the pipeline too", checkout->commit);
}

int32_t
jk_script_revision(struct cmk_call *c, const struct cmk_exam *x)
{
    struct jk_config config = jk_config_judged(c, x);
    struct jk_checkout checkout = checkout_judged(c, x, &config);
    if (config.kind == JK_MULTIBRANCH)
        return judge_scheduled(c, x, &checkout);
    if (config.kind == JK_FROM_SCM)
        return judge_checked_out(c, x, &config, &checkout);
    if (config.kind == JK_INLINE || config.kind == JK_STEPS)
        return jk_fail(c, x, "what was run stands in Jenkins, and is of no revision");
    return jk_unknown(c, x, "the kind of the job is not known");
}

/* ---- anything else ---- */

static bool
is_of_build(struct cmk_call *c, const struct cmk_value *data, int64_t number)
{
    const struct cmk_value *map = c->json->member(c, data, "buildsByBranchName");
    uint64_t count = c->json->count(c, map);
    for (uint64_t i = 0; i < count; i++)
        if (cmk_integer(c, c->json->at(c, map, i), "buildNumber", -1) == number)
            return true;
    return false;
}

static bool
is_declared(struct cmk_call *c, const char *remote)
{
    const struct cmk_value *list = cmk_get(c, c->options, "libraries");
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        if (jk_same_remote(c, c->json->text(c, c->json->at(c, list, i)), remote))
            return true;
    return false;
}

struct others {
    uint64_t count;      /* checkouts of other repositories */
    const char *foreign; /* one that is not declared */
    bool uses;           /* shared libraries, by Jenkins' own word */
};

static void
look_at_data(struct cmk_call *c, const struct cmk_value *data, const char *remote,
             struct others *others)
{
    const struct cmk_value *urls = c->json->member(c, data, "remoteUrls");
    uint64_t count = c->json->count(c, urls);
    if (count == 0)
        others->foreign = "a checkout of no stated repository";
    for (uint64_t i = 0; i < count; i++) {
        const char *url = c->json->text(c, c->json->at(c, urls, i));
        if (jk_same_remote(c, url, remote))
            continue;
        others->count++;
        if (!is_declared(c, url))
            others->foreign = url != NULL ? url : "a checkout of no stated repository";
    }
}

/* Of a build, or of one run of its matrix. */
static void
look_at_actions(struct cmk_call *c, const struct cmk_value *of, const char *remote,
                struct others *others)
{
    const struct cmk_value *actions = c->json->member(c, of, "actions");
    uint64_t count = c->json->count(c, actions);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *action = c->json->at(c, actions, i);
        others->uses |= jk_is_action(c, action, LIBRARIES, NULL);
        if (jk_is_action(c, action, JK_BUILD_DATA, "buildsByBranchName") &&
            is_of_build(c, action, cmk_integer(c, of, "number", -2)))
            look_at_data(c, action, remote, others);
    }
}

/* Of a shared library Jenkins tells at most a name, and a name is no repository. How a library came
 * stands in no answer: it may have been kept from an earlier build, or not come by git at all, and
 * then no checkout tells of it, whatever else was checked out. */
static int32_t
judge_shared(struct cmk_call *c, const struct cmk_exam *x, const struct others *others)
{
    if (others->count == 0)
        return jk_unknown(c, x, "shared libraries were used, and Jenkins does not tell from where");
    if (!x->assumed(c, "libraries-checked-out"))
        return jk_unknown(c, x,
                          "shared libraries were used, and Jenkins does not tell which checkout is "
                          "of one: if each is checked out by git in every build, say assume = [ "
                          "\"libraries-checked-out\" ] in the link");
    return jk_pass(c, x,
                   "%llu of other repositories, all declared; those of shared libraries are among "
                   "them by the operator's word",
                   (unsigned long long)others->count);
}

int32_t
jk_libraries_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const char *remote = jk_config_judged(c, x).remote;
    const struct cmk_value *runs = cmk_get(c, build, "runs");
    struct others others = {.count = 0};
    uint64_t count = c->json->count(c, runs);
    if (jk_remote(c, remote) == NULL || c->json->count(c, cmk_get(c, build, "actions")) == 0)
        return jk_unknown(c, x, "Jenkins does not tell which repository is the project's own");
    look_at_actions(c, build, remote, &others);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *run = c->json->at(c, runs, i);
        if (cmk_integer(c, run, "number", -1) == cmk_integer(c, build, "number", -2))
            look_at_actions(c, run, remote, &others);
    }
    if (others.foreign != NULL)
        return jk_fail(c, x, "%s", others.foreign);
    if (others.uses)
        return judge_shared(c, x, &others);
    return others.count > 0 ? jk_pass(c, x, "%llu of other repositories, all declared",
                                      (unsigned long long)others.count)
                            : jk_pass(c, x, "none");
}
