/* SPDX-License-Identifier: Apache-2.0
 *
 * From the address of a page to the beginning of a configuration.
 */
#include "appveyor.h"

#include <string.h>

#define CLOUD      "https://ci.appveyor.com"
#define MOST_PARTS 8

/* BASE/project/ACCOUNT/SLUG, with /builds/ID and /job/JOB behind it, or something else. */
struct page {
    const char *base; /* NULL: it is no such page */
    const char *account, *project;
    const char *build, *job; /* NULL: it is not theirs */
};

static struct page
read_page(struct cmk_call *c, const char *address)
{
    const char *parts[MOST_PARTS] = {NULL};
    const char *path = strstr(address, "/project/");
    if (!av_begins(address, "https://") || path == NULL || path - address < 9)
        return (struct page){.base = NULL};
    const char *clean = cmk_printf(c, "%.*s", (int)strcspn(path + 1, "?#"), path + 1);
    uint32_t count = av_split(c, clean, '/', parts, MOST_PARTS);
    if (count < 3 || !av_is_slug(parts[1]) || !av_is_slug(parts[2]))
        return (struct page){.base = NULL};
    struct page page = {.base = cmk_printf(c, "%.*s", (int)(path - address), address),
                        .account = parts[1],
                        .project = parts[2]};
    if (av_same(parts[3], "builds") && av_is_digits(parts[4]))
        page.build = parts[4];
    if (page.build != NULL && av_same(parts[5], "job") && av_is_job_id(parts[6]))
        page.job = parts[6];
    return page;
}

/* What AppVeyor shows; each may be missing. */
static void
propose_origin(struct cmk_call *c, const struct cmk_starter *s)
{
    const struct cmk_value *settings = s->evidence->document_if_any(c, "settings");
    s->setting(c, "account_id", av_shown(c, settings, "project.accountId"));
    s->setting(c, "project_id", av_shown(c, settings, "project.projectId"));
    if (s->evidence->refused(c, "build") == CMK_OK) {
        const struct cmk_value *build = s->evidence->document(c, "build");
        s->about(c, "repository", av_repository_of(c, build).url);
        s->about(c, "ref", av_ref_of(c, build));
        return;
    }
    /* no build is named: the branch that AppVeyor builds by default, if the page is public */
    const struct cmk_value *project = s->evidence->document_if_any(c, "project");
    const char *branch = cmk_text(c, project, "project.repositoryBranch");
    s->about(c, "repository", av_repository_of(c, project).url);
    s->about(c, "ref", branch != NULL ? cmk_printf(c, "refs/heads/%s", branch) : NULL);
}

int32_t
av_start(struct cmk_call *c, const struct cmk_starter *s)
{
    const char *said = av_base(c);
    struct page page = read_page(c, s->address);
    if (page.base == NULL || (said != NULL && !av_same_but_case(page.base, said)))
        return cmk_fail(c, CMK_E_NOT_FOUND,
                        "the address is not that of a page of AppVeyor "
                        "(https://.../project/ACCOUNT/PROJECT/builds/ID)");
    if (!av_same_but_case(page.base, CLOUD))
        s->setting(c, "url", page.base);
    s->setting(c, "account", page.account);
    s->setting(c, "project", page.project);
    s->setting(c, "build", page.build);
    s->setting(c, "job", page.job);
    s->about(c, "organization", page.account);
    s->about(c, "project", page.project);
    if (s->evidence != NULL)
        propose_origin(c, s);
    return c->base->status(c);
}
