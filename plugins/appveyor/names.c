/* SPDX-License-Identifier: Apache-2.0
 *
 * What a build is called. A submission may say an id, the address of a page, or send on the body of
 * AppVeyor's deploy webhook. All of that are names: account and project in them only have to be the
 * link's, and say nothing about the build.
 */
#include "appveyor.h"

#include <string.h>

#define GIVE_BUILD "give the number behind /builds/ in the address of the build's page: --build ID"

bool
av_is_job_id(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t size = text != NULL ? strspn(text, allowed) : 0;
    return size > 0 && size <= 64 && text[size] == '\0';
}

bool
av_is_slug(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = text != NULL ? strspn(text, allowed) : 0;
    return size > 0 && size <= 128 && text[size] == '\0';
}

/* The part behind the system's address; NULL if it is an address of something else. */
static const char *
path_of(struct cmk_call *c, const char *text)
{
    const char *base = av_base(c);
    size_t size = base != NULL ? strlen(base) : 0;
    if (*text == '/')
        return text;
    return size > 0 && strncmp(text, base, size) == 0 && text[size] == '/' ? text + size : NULL;
}

static const char *
not_the_links(struct cmk_call *c, const char *account, const char *project)
{
    const char *linked_account = cmk_text(c, c->options, "account");
    const char *linked_project = cmk_text(c, c->options, "project");
    if (av_same_but_case(account, linked_account) && av_same_but_case(project, linked_project))
        return NULL;
    return cmk_printf(c,
                      "the address names project %s of account %s, the link project %s of account "
                      "%s: submit a build of the linked project, or correct the link",
                      project, account, cmk_show(c, c->options, "project"),
                      cmk_show(c, c->options, "account"));
}

/* /project/ACCOUNT/SLUG/builds/ID, perhaps with /job/JOB behind it */
static struct av_names
read_path(struct cmk_call *c, const char *path)
{
    const char *parts[8] = {NULL};
    size_t size = strcspn(path, "?#");
    while (size > 1 && path[size - 1] == '/')
        size--;
    uint32_t count = av_split(c, cmk_printf(c, "%.*s", (int)size, path), '/', parts, 8);
    bool names_job = count == 8 && av_same(parts[6], "job");
    if ((count != 6 && !names_job) || !av_same(parts[1], "project") || !av_is_slug(parts[2]) ||
        !av_is_slug(parts[3]) || !av_same(parts[4], "builds") || !av_is_digits(parts[5]) ||
        (names_job && !av_is_job_id(parts[7])))
        return (struct av_names){.wrong = "the address is not that of a build's page "
                                          "(.../project/ACCOUNT/PROJECT/builds/ID): " GIVE_BUILD};
    return (struct av_names){.build = parts[5],
                             .job = names_job ? parts[7] : NULL,
                             .wrong = not_the_links(c, parts[2], parts[3])};
}

static struct av_names
read_build(struct cmk_call *c, const char *text)
{
    if (text == NULL || av_is_digits(text))
        return (struct av_names){.build = text};
    const char *path = path_of(c, text);
    if (path != NULL)
        return read_path(c, path);
    return (struct av_names){
        .wrong = cmk_printf(c, "'%s' is neither the id of a build nor an address below %s: %s",
                            text, cmk_show(c, c->options, "url"), GIVE_BUILD)};
}

struct av_names
av_names_of(struct cmk_call *c)
{
    const char *job = cmk_text(c, c->options, "job");
    struct av_names names = read_build(c, cmk_text(c, c->options, "build"));
    if (names.wrong != NULL)
        return names;
    if (names.build == NULL && job == NULL)
        names.wrong = "no build is named: " GIVE_BUILD;
    else if (job != NULL && !av_is_job_id(job))
        names.wrong = "what --job says is not the id of a job: give the letters and digits behind "
                      "/job/ in the address of the job's page";
    else if (job != NULL && names.job != NULL && !av_same(job, names.job))
        names.wrong = "--job and the address given as --build name different jobs: leave one out";
    else if (job != NULL)
        names.job = job;
    return names;
}

/* As an address without its server, because that is a form that carries all of the names. */
int32_t
av_read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    const struct cmk_value *hook = c->json->parse(c, body);
    const char *account = cmk_text(c, hook, "accountName");
    const char *project = cmk_text(c, hook, "projectSlug");
    const char *build = av_shown(c, hook, "buildId");
    const char *job = cmk_text(c, hook, "buildJobId");
    if (!av_is_slug(account) || !av_is_slug(project) || !av_is_digits(build) ||
        (job != NULL && !av_is_job_id(job)))
        return cmk_fail(c, CMK_E_MALFORMED,
                        "the body is not that of AppVeyor's deploy webhook: accountName, "
                        "projectSlug, buildId and buildJobId are what names a build");
    n->name(c, "build", cmk_printf(c, "/project/%s/%s/builds/%s", account, project, build));
    if (job != NULL)
        n->name(c, "job", job);
    return c->base->status(c);
}
