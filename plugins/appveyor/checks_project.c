/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the project and the account that it belongs to.
 */
#include "appveyor.h"

#include <string.h>

/* Names can be given to another project; ids cannot. */
const char *
av_lines_to_paste(struct cmk_call *c, const struct cmk_value *settings)
{
    const char *account = av_shown(c, settings, "project.accountId");
    const char *project = av_shown(c, settings, "project.projectId");
    if (account == NULL || project == NULL)
        return NULL;
    return cmk_printf(c,
                      "--account-id %s --project-id %s, in a configuration "
                      "account_id = \"%s\"; project_id = \"%s\";",
                      account, project, account, project);
}

int32_t
av_same_as_linked(struct cmk_call *c, const struct cmk_exam *x, const struct av_claim *claim)
{
    const char *linked = cmk_text(c, c->options, claim->option);
    const char *told = av_shown(c, claim->at, claim->path);
    if (told == NULL)
        return av_unknown(c, x, "the document %s does not state %s", claim->document, claim->path);
    if (!av_same(told, linked))
        return av_fail(c, x, "%s of the document %s is %s, the link says %s", claim->path,
                       claim->document, told, linked != NULL ? linked : "none");
    return CMK_PASS;
}

static int32_t
build_as_asked(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *build)
{
    const char *asked = av_names_of(c).build;
    const char *id = av_shown(c, build, "build.buildId");
    const char *owner = av_shown(c, build, "build.projectId");
    if (id == NULL)
        return av_unknown(c, x, "AppVeyor does not state the build's id");
    if (asked != NULL && !av_same(asked, id))
        return av_fail(c, x, "asked for build %s, AppVeyor answered with build %s", asked, id);
    /* AppVeyor says 0 where it leaves this out */
    if (owner != NULL && strcmp(owner, "0") != 0 &&
        !av_same(owner, cmk_text(c, c->options, "project_id")))
        return av_fail(c, x, "build %s belongs to project %s", id, owner);
    return CMK_PASS;
}

static int32_t
all_as_linked(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *settings)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const struct av_claim claims[] = {
        {"build", build, "project.projectId", "project_id"},
        {"build", build, "project.accountId", "account_id"},
        {"settings", settings, "project.projectId", "project_id"},
        {"settings", settings, "project.accountId", "account_id"},
        {"settings", settings, "settings.projectId", "project_id"},
        {"settings", settings, "settings.accountId", "account_id"},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        int32_t answer = av_same_as_linked(c, x, &claims[i]);
        if (answer != CMK_PASS)
            return answer;
    }
    return build_as_asked(c, x, build);
}

int32_t
av_project_linked(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *settings = x->evidence->document(c, "settings");
    const char *account = cmk_text(c, c->options, "account_id");
    const char *project = cmk_text(c, c->options, "project_id");
    const char *lines = av_lines_to_paste(c, settings);
    if (account == NULL || project == NULL)
        return av_unknown(c, x, "the link does not name the ids; if this is your project, say %s",
                          lines != NULL ? lines : "account_id and project_id");
    cmk_expect(c, x, "project %s of account %s", project, account);
    int32_t answer = all_as_linked(c, x, settings);
    if (answer != CMK_PASS)
        return answer;
    return av_pass(c, x, "project %s of account %s", project, account);
}

int32_t
av_project_public(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const char *id = av_shown(c, build, "project.projectId");
    if (id == NULL || cmk_get(c, build, "project.isPrivate") == NULL)
        return av_unknown(c, x, "AppVeyor does not state whether the project is private");
    if (cmk_truth(c, build, "project.isPrivate", 1))
        return av_fail(c, x, "AppVeyor says that the project is private");
    const struct cmk_value *seen = x->evidence->document_if_any(c, "project");
    if (seen == NULL)
        return av_fail(c, x, "without a key, AppVeyor shows no such project");
    if (cmk_get(c, seen, "project.isPrivate") == NULL)
        return av_unknown(c, x, "without a key, AppVeyor does not say whether it is private");
    if (!av_same(id, av_shown(c, seen, "project.projectId")))
        return av_fail(c, x, "without a key, AppVeyor shows project %s instead of project %s",
                       cmk_show(c, seen, "project.projectId"), id);
    if (cmk_truth(c, seen, "project.isPrivate", 1))
        return av_fail(c, x, "without a key, AppVeyor says that the project is private");
    return av_pass(c, x, "project %s is shown to everybody", id);
}

/* Neither can be read through AppVeyor's interface: all there is, is somebody's word. */
int32_t
av_account_declared(struct cmk_call *c, const struct cmk_exam *x)
{
    bool yaml = x->assumed(c, "no-global-yaml") == 1;
    bool variables = x->assumed(c, "no-start-variables") == 1;
    if (!yaml || !variables)
        return av_unknown(c, x,
                          "nobody vouches for %s; AppVeyor lets nobody read it: if you know, say "
                          "assume = [ \"no-global-yaml\", \"no-start-variables\" ] with a reason "
                          "in the link",
                          yaml ? "builds being started without variables"
                               : "the account's Global YAML being empty");
    return av_pass(c, x, "the operator vouches: no Global YAML, no variables given at a start");
}
