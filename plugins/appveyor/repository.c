/* SPDX-License-Identifier: Apache-2.0
 *
 * From AppVeyor's kind and name of a repository to its address, as one would clone it (without the
 * .git that all of these hosts let one leave out).
 *
 * Only kinds whose files AppVeyor can read itself are supported: for others, such as plain git, the
 * committed appveyor.yml is not what governs the build. AppVeyor never tells where a self-hosted
 * server is; the system's option repository_bases does.
 */
#include "appveyor.h"

#include <string.h>

#define MOST_PARTS 24

static const struct kind {
    const char *type;
    const char *base;     /* NULL: from repository_bases */
    const char *below;    /* segment between base and name; NULL: none */
    uint32_t least, most; /* segments of the name */
} kinds[] = {
    {"gitHub", "https://github.com", NULL, 2, 2},
    {"bitBucket", "https://bitbucket.org", NULL, 2, 2},
    {"gitLab", "https://gitlab.com", NULL, 2, MOST_PARTS},
    {"vso", "https://dev.azure.com", NULL, 4, 4},
    {"gitHubEnterprise", NULL, NULL, 2, 2},
    {"gitLabEnterprise", NULL, NULL, 2, MOST_PARTS},
    {"gitea", NULL, NULL, 2, 2},
    {"stash", NULL, "scm", 2, 2},
    {"kiln", NULL, "Code", 3, 3},
};

static const struct kind *
kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (av_same(type, kinds[i].type))
            return &kinds[i];
    return NULL;
}

/* What stands behind "TYPE=" in the list; without the slash at its end. */
static const char *
configured_base(struct cmk_call *c, const char *type)
{
    const struct cmk_value *list = cmk_get(c, c->options, "repository_bases");
    size_t size = strlen(type);
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++) {
        const char *entry = c->json->text(c, c->json->at(c, list, i));
        if (entry == NULL || strncmp(entry, type, size) != 0 || entry[size] != '=')
            continue;
        const char *base = entry + size + 1;
        size_t end = strlen(base);
        while (end > 0 && base[end - 1] == '/')
            end--;
        return cmk_printf(c, "%.*s", (int)end, base);
    }
    return NULL;
}

/* Azure DevOps: git/ORGANIZATION/PROJECT/REPOSITORY */
static const char *
azure_url(struct cmk_call *c, const char *base, const char *const *parts)
{
    if (!av_same(parts[0], "git"))
        return NULL;
    return cmk_url(c, base, parts[1], parts[2], "_git", parts[3]);
}

/* Each segment is percent-encoded, and "." and ".." are refused: a name cannot leave its place. */
static const char *
url_of(struct cmk_call *c, const struct kind *kind, const char *base, const char *name)
{
    const char *parts[MOST_PARTS] = {NULL};
    uint32_t count = av_split(c, name, '/', parts, MOST_PARTS);
    if (base == NULL || count < kind->least || count > kind->most)
        return NULL;
    if (strcmp(kind->type, "vso") == 0)
        return azure_url(c, base, parts);
    if (kind->below != NULL)
        base = cmk_url(c, base, kind->below);
    return base != NULL ? c->base->url(c, base, parts, count) : NULL;
}

struct av_repository
av_repository_of(struct cmk_call *c, const struct cmk_value *build)
{
    const char *type = cmk_text(c, build, "project.repositoryType");
    const char *scm = cmk_text(c, build, "project.repositoryScm");
    const char *name = cmk_text(c, build, "project.repositoryName");
    const struct kind *kind = kind_of(type);
    if (type == NULL || scm == NULL || name == NULL)
        return (struct av_repository){.unstated = true,
                                      .why = "AppVeyor does not state kind and name"};
    if (kind == NULL || strcmp(scm, "git") != 0)
        return (struct av_repository){
            .why = cmk_printf(c, "kind %s (%s) is not one of those that are supported", type, scm)};
    const char *base = kind->base != NULL ? kind->base : configured_base(c, type);
    if (base == NULL)
        return (struct av_repository){
            .why = cmk_printf(c,
                              "the system's option repository_bases has no entry \"%s=https://"
                              "...\", and AppVeyor does not tell where that server is",
                              type)};
    const char *url = url_of(c, kind, base, name);
    if (url == NULL)
        return (struct av_repository){
            .why = cmk_printf(c, "'%s' is not the name of a repository of kind %s", name, type)};
    return (struct av_repository){.url = url};
}

static bool
is_base(const char *url)
{
    static const char scheme[] = "https://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *rest = url + sizeof scheme - 1;
    return *rest != '\0' && *rest != '/' && strpbrk(rest, "@?# \\") == NULL;
}

/* Of a kind that is self-hosted, and the first of its kind? */
static bool
is_new_kind(struct cmk_call *c, const char *entry, size_t size, uint64_t index)
{
    const char *type = cmk_printf(c, "%.*s", (int)size, entry);
    const struct cmk_value *list = cmk_get(c, c->options, "repository_bases");
    const struct kind *kind = kind_of(type);
    for (uint64_t i = 0; i < index; i++) {
        const char *before = c->json->text(c, c->json->at(c, list, i));
        if (before != NULL && strncmp(before, entry, size + 1) == 0)
            return false;
    }
    return kind != NULL && kind->base == NULL;
}

void
av_check_repository_bases(struct cmk_call *c)
{
    const struct cmk_value *list = cmk_get(c, c->options, "repository_bases");
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++) {
        const char *entry = c->json->text(c, c->json->at(c, list, i));
        const char *equals = entry != NULL ? strchr(entry, '=') : NULL;
        if (equals == NULL || !is_new_kind(c, entry, (size_t)(equals - entry), i) ||
            !is_base(equals + 1))
            cmk_fail(c, CMK_E_CONFIG,
                     "repository_bases: '%s' is not KIND=https://SERVER with a KIND of its own out "
                     "of gitHubEnterprise, gitLabEnterprise, gitea, stash, kiln",
                     entry != NULL ? entry : "");
    }
}
