/* SPDX-License-Identifier: Apache-2.0
 *
 * .gitmodules. The first byte of an input: 'm' the file, whose URLs are then resolved; 'u' one URL.
 * Whatever comes out is fit to stand in a statement: no secret and no way out of the repository.
 */
#include "../reason.h"
#include "base/text.h"
#include "git/modules.h"

#include <string.h>

#define REPOSITORY "https://git.example/acme/widget"
#define ROOM       ((size_t)32 << 20)

static void
demand_url(const char *url)
{
    static const char *const begins[] = {"https://", "http://", "ssh://", "git://"};
    size_t known = 0;
    for (size_t i = 0; i < CM_COUNT(begins); i++)
        known += cm_starts_with(url, begins[i]) && strlen(url) > strlen(begins[i]);
    demand(known == 1);
    demand(strpbrk(url, "@?#\\ \t\r\n") == NULL);
}

static void
resolve(struct cm_arena *arena, const char *url)
{
    const char *means = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (cm_git_module_url(arena, REPOSITORY, url, &means, &err))
        demand_url(means);
    else
        demand_reason(&err);
    demand((means != NULL) == (err.class == CM_OK));
}

static void
demand_path(const char *path)
{
    demand(path[0] != '/' && path[0] != '-' && path[0] != '\0' && !cm_ends_with(path, "/"));
    demand(strcmp(path, "..") != 0 && !cm_starts_with(path, "../") && !cm_ends_with(path, "/.."));
    demand(strstr(path, "/../") == NULL && strstr(path, "//") == NULL &&
           strchr(path, '\\') == NULL);
    for (const char *at = path; *at != '\0'; at++)
        demand((unsigned char)*at >= ' ' && *at != 0x7f);
}

static void
parse(struct cm_arena *arena, const char *text, size_t size)
{
    struct cm_git_modules modules = {.at = NULL};
    struct cm_err err = CM_ERR_INIT;
    if (!cm_git_modules_parse(arena, text, size, &modules, &err)) {
        demand_reason(&err);
        demand(modules.at == NULL);
        return;
    }
    demand(modules.count <= CM_GIT_MODULES_MOST);
    for (size_t i = 0; i < modules.count; i++) {
        demand_path(modules.at[i].path);
        demand(i == 0 || strcmp(modules.at[i - 1].path, modules.at[i].path) < 0);
        resolve(arena, modules.at[i].url);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(ROOM);
    demand(arena != NULL);
    if (size > 0 && data[0] == 'm')
        parse(arena, (const char *)data + 1, size - 1);
    if (size > 0 && data[0] == 'u') {
        const char *url = cm_arena_bytes(arena, data + 1, size - 1);
        demand(url != NULL);
        resolve(arena, url);
    }
    return 0;
}
