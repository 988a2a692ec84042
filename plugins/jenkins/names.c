/* SPDX-License-Identifier: Apache-2.0
 *
 * What a build is called: the link names the job, the submission a number, and the branch if the
 * job is a multibranch project. A submission may give the address of a page instead: all of it are
 * names that only have to be the link's.
 */
#include "jenkins.h"

#include <string.h>

#define GIVE_BUILD "give the number at the end of the address of the build's page: --build NUMBER"
#define MOST_PATH  (2 * JK_MOST_PARTS + 4)

/* ---- branches ---- */

/* As Jenkins codes them: each of these characters, and names that would lead elsewhere. */
const char *
jk_name_of_branch(struct cmk_call *c, const char *branch)
{
    static const char coded[] = "#%/?[]\\", digits[] = "0123456789ABCDEF";
    if (branch == NULL || *branch == '\0')
        return NULL;
    if (jk_same(branch, "."))
        return "%2E";
    if (jk_same(branch, ".."))
        return "%2E.";
    char *name = c->base->alloc(c, 3 * strlen(branch) + 1);
    size_t size = 0;
    for (; name != NULL && *branch != '\0'; branch++) {
        unsigned char letter = (unsigned char)*branch;
        if (strchr(coded, *branch) == NULL) {
            name[size++] = *branch;
            continue;
        }
        name[size++] = '%';
        name[size++] = digits[letter / 16];
        name[size++] = digits[letter % 16];
    }
    return name;
}

/* ---- pages ---- */

/* The path's "job" and NAME in turn; gives how many parts that were. */
static uint32_t
read_job(struct cmk_call *c, const char *const *parts, uint32_t count, const char **ret_job)
{
    const char *job = NULL;
    uint32_t i = 0;
    for (; i + 1 < count && jk_same(parts[i], "job"); i += 2) {
        const char *name = jk_decode(c, parts[i + 1]);
        if (name == NULL || *name == '\0' || strchr(name, '/') != NULL || !jk_is_plain(name))
            return 0;
        job = job != NULL ? cmk_printf(c, "%s/%s", job, name) : name;
    }
    *ret_job = job;
    return i;
}

struct jk_page
jk_read_page(struct cmk_call *c, const char *address)
{
    const char *parts[MOST_PATH] = {NULL};
    const char *path = address != NULL ? strstr(address, "/job/") : NULL;
    struct jk_page page = {.base = NULL};
    if (!jk_begins(address, "https://") || path == NULL || path - address < 9)
        return page;
    const char *clean = cmk_printf(c, "%.*s", (int)strcspn(path + 1, "?#"), path + 1);
    uint32_t count = jk_split(c, clean, '/', parts, MOST_PATH);
    uint32_t read = count <= MOST_PATH ? read_job(c, parts, count, &page.job) : 0;
    if (read == 0 || read >= count || !jk_is_number(parts[read]))
        return (struct jk_page){.base = NULL};
    page.build = parts[read];
    page.base = cmk_printf(c, "%.*s", (int)(path - address), address);
    return page;
}

/* ---- the names of a submission ---- */

static struct jk_names
wrong(const char *why)
{
    return (struct jk_names){.wrong = why};
}

/* The page's job is the link's, or one below it: that of a branch. */
static struct jk_names
read_address(struct cmk_call *c, const char *address, const char *job)
{
    bool is_path = jk_begins(address, "/job/");
    struct jk_page page =
        jk_read_page(c, is_path ? cmk_printf(c, "%s%s", jk_base(c), address) : address);
    size_t size = strlen(job);
    if (page.base == NULL || !jk_same(page.base, jk_base(c)))
        return wrong(cmk_printf(c,
                                "'%s' is neither the number of a build nor the address of its page "
                                "below %s: " GIVE_BUILD,
                                address, cmk_show(c, c->options, "url")));
    if (jk_same(page.job, job))
        return (struct jk_names){.job = job, .build = page.build};
    const char *rest = jk_begins(page.job, job) && page.job[size] == '/' ? page.job + size + 1 : "";
    const char *branch = jk_decode(c, rest);
    if (*rest == '\0' || branch == NULL || !jk_same(jk_name_of_branch(c, branch), rest))
        return wrong(cmk_printf(c,
                                "the address names job %s, the link job %s: submit a build of the "
                                "linked job, or correct the link",
                                page.job, job));
    return (struct jk_names){.job = page.job, .build = page.build, .branch = branch};
}

/* --branch says the same as the address, or what the address does not say. */
static void
take_branch(struct cmk_call *c, struct jk_names *names, const char *branch)
{
    if (names->branch != NULL && !jk_same(names->branch, branch)) {
        *names = wrong("--branch and the address given as --build name different branches: leave "
                       "one out");
        return;
    }
    names->branch = branch;
    names->job =
        cmk_printf(c, "%s/%s", cmk_show(c, c->options, "job"), jk_name_of_branch(c, branch));
}

struct jk_names
jk_names_of(struct cmk_call *c)
{
    const char *job = cmk_text(c, c->options, "job");
    const char *build = cmk_text(c, c->options, "build");
    const char *branch = cmk_text(c, c->options, "branch");
    if (job == NULL || build == NULL)
        return wrong("no build is named: " GIVE_BUILD);
    struct jk_names names = {.job = job, .build = build};
    if (!jk_is_number(build))
        names = read_address(c, build, job);
    if (names.wrong == NULL && branch != NULL && (*branch == '\0' || !jk_is_plain(branch)))
        return wrong("what --branch says is no name of a branch");
    if (names.wrong == NULL && branch != NULL)
        take_branch(c, &names, branch);
    return names;
}

/* As an address without its server, because that is a form that carries all of the names. */
int32_t
jk_read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    static const char server[] = "https://x";
    const struct cmk_value *notice = c->json->parse(c, body);
    const char *job = cmk_text(c, notice, "job"), *build = jk_shown(c, notice, "build");
    const char *names[JK_MOST_PARTS] = {NULL}, *parts[2 * JK_MOST_PARTS + 1] = {NULL};
    uint32_t count = jk_split(c, job, '/', names, JK_MOST_PARTS);
    for (uint32_t i = 0; i < count && i < JK_MOST_PARTS; i++) {
        parts[2 * (size_t)i] = "job";
        parts[2 * (size_t)i + 1] = names[i];
    }
    const char *url = NULL;
    if (count > 0 && count <= JK_MOST_PARTS && jk_is_plain(job) && jk_is_number(build)) {
        parts[2 * (size_t)count] = build;
        url = c->base->url(c, server, parts, 2 * count + 1);
    }
    if (url == NULL)
        return cmk_fail(c, CMK_E_MALFORMED,
                        "the body is no notice of a build: { \"job\": FULL NAME, \"build\": NUMBER "
                        "} is what names one");
    n->name(c, "build", url + sizeof server - 1);
    return c->base->status(c);
}
