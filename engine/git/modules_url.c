/* SPDX-License-Identifier: Apache-2.0 */
#include "git/modules.h"

#include "base/text.h"
#include "trust/url.h"

#include <string.h>

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for a submodule's URL");
}

/* ---- relative ones ---- */

static bool
is_relative(const char *url)
{
    return cm_starts_with(url, "./") || cm_starts_with(url, "../");
}

/* Takes the last component off, and its '/'; false if nothing but a host is left. */
static bool
go_up(char *url)
{
    char *authority = strstr(url, "://");
    char *path = authority ? strchr(authority + strlen("://"), '/') : NULL;
    if (!path)
        return false;
    *strrchr(path, '/') = '\0';
    return true;
}

/* As git does it: "./" and "../" in front are steps from the repository, which counts as a folder;
 * one '/' at the end is dropped. */
static bool
resolve(struct cm_arena *arena, const char *repository, const char *url, const char **ret,
        struct cm_err *err)
{
    size_t size = strlen(repository);
    char *base = cm_arena_bytes(arena, repository, cm_ends_with(repository, "/") ? size - 1 : size);
    if (!base)
        return no_memory(err);
    while (is_relative(url)) {
        bool up = cm_starts_with(url, "../");
        if (up && !go_up(base))
            return cm_fail(err, CM_E_MALFORMED, "the URL leads out of the repository's host");
        url += up ? strlen("../") : strlen("./");
    }
    size = strlen(url);
    int kept = (int)(cm_ends_with(url, "/") ? size - 1 : size);
    *ret = cm_arena_printf(arena, "%s/%.*s", base, kept, url);
    return *ret ? true : no_memory(err);
}

/* ---- absolute ones ---- */

struct parts {
    const char *scheme;
    const char *authority; /* without userinfo */
    const char *path;
};

static bool
split_scheme(struct cm_arena *arena, const char *url, size_t size, struct parts *ret,
             struct cm_err *err)
{
    static const char *const known[] = {"https", "http", "ssh", "git"};
    for (size_t i = 0; i < CM_COUNT(known); i++) {
        if (strlen(known[i]) == size && strncmp(url, known[i], size) == 0)
            ret->scheme = known[i];
    }
    if (!ret->scheme)
        return cm_fail(err, CM_E_UNSUPPORTED, "the URL is none of https, http, ssh and git");
    const char *rest = url + size + strlen("://");
    size_t end = strcspn(rest, "/");
    ret->authority = cm_arena_bytes(arena, rest, end);
    ret->path = rest + end;
    return ret->authority ? true : no_memory(err);
}

/* HOST:PATH, which git takes for ssh, unless a '/' stands in front of the ':'. */
static bool
split_short(struct cm_arena *arena, const char *url, struct parts *ret, struct cm_err *err)
{
    size_t end = strcspn(url, ":/");
    if (url[end] != ':')
        return cm_fail(err, CM_E_UNSUPPORTED, "it is no URL, but a path of the machine");
    const char *path = url + end + 1;
    ret->scheme = "ssh";
    ret->authority = cm_arena_bytes(arena, url, end);
    ret->path = cm_arena_printf(arena, "%s%s", path[0] == '/' ? "" : "/", path);
    return ret->authority && ret->path ? true : no_memory(err);
}

/* A user is no part of where it is, and may be a token. Which of two '@' ends it, readers do not
 * agree on; in a path it would read like the ref of a dependency. */
static bool
drop_userinfo(struct parts *parts, struct cm_err *err)
{
    const char *mark = strchr(parts->authority, '@');
    if (mark)
        parts->authority = mark + 1;
    if (strchr(parts->authority, '@') || strchr(parts->path, '@'))
        return cm_fail(err, CM_E_MALFORMED, "the URL has an '@' that ends no user");
    return true;
}

/* All of them are read as https is: what fools a reader of one fools those of others. */
static bool
check_parts(struct cm_arena *arena, const struct parts *parts, struct cm_err *err)
{
    struct cm_url read;
    const char *text = cm_arena_printf(arena, "https://%s%s", parts->authority, parts->path);
    if (!text)
        return no_memory(err);
    if (!cm_url_parse(arena, text, &read, err))
        return false;
    return strspn(parts->path, "/") < strlen(parts->path) ||
           cm_fail(err, CM_E_MALFORMED, "the URL names a host, but no repository");
}

bool
cm_git_module_url(struct cm_arena *arena, const char *repository, const char *url, const char **ret,
                  struct cm_err *err)
{
    struct parts parts = {.scheme = NULL};
    if (strpbrk(url, "?#\\"))
        return cm_fail(err, CM_E_MALFORMED, "the URL holds a query, a fragment or a backslash");
    if (is_relative(url) && !resolve(arena, repository, url, &url, err))
        return false;
    const char *mark = strstr(url, "://");
    if (!(mark ? split_scheme(arena, url, (size_t)(mark - url), &parts, err)
               : split_short(arena, url, &parts, err)))
        return false;
    if (!drop_userinfo(&parts, err) || !check_parts(arena, &parts, err))
        return false;
    const char *whole =
        cm_arena_printf(arena, "%s://%s%s", parts.scheme, parts.authority, parts.path);
    if (!whole)
        return no_memory(err);
    *ret = whole;
    return true;
}
