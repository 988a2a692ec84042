/* SPDX-License-Identifier: Apache-2.0
 *
 * What is made of URLs: origins, the normal form of a repository's, escapes, redirects.
 */
#include "trust/url.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define LETTERS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS     "0123456789"
#define UNRESERVED LETTERS DIGITS "-._~"

static void
host_and_port(const struct cm_url *url, uint16_t default_port, char ret[CM_URL_HOST_SIZE])
{
    bool v6 = strchr(url->host, ':') != NULL;
    int size = snprintf(ret, CM_URL_HOST_SIZE, "%s%s%s", v6 ? "[" : "", url->host, v6 ? "]" : "");
    if (url->port != default_port && size > 0 && size < CM_URL_HOST_SIZE)
        (void)snprintf(ret + size, CM_URL_HOST_SIZE - (size_t)size, ":%u", url->port);
}

void
cm_url_host(const struct cm_url *url, char ret[CM_URL_HOST_SIZE])
{
    host_and_port(url, 443, ret);
}

char *
cm_url_origin(struct cm_arena *arena, const struct cm_url *url)
{
    char host[CM_URL_HOST_SIZE];
    host_and_port(url, strcmp(url->scheme, "https") == 0 ? 443 : 80, host);
    return cm_arena_printf(arena, "%s://%s", url->scheme, host);
}

bool
cm_url_same_origin(const struct cm_url *a, const struct cm_url *b)
{
    return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 && a->port == b->port;
}

/* ---- repositories ---- */

/* The path without one '/' and one ".git" at its end, folded if asked. NULL without memory. */
static char *
repository_path(struct cm_arena *arena, const char *path, bool fold)
{
    size_t size = strlen(path);
    char *copy = cm_arena_bytes(arena, path, size);
    if (copy == NULL)
        return NULL;
    if (size > 1 && copy[size - 1] == '/')
        copy[--size] = 0;
    if (cm_ends_with(copy, ".git"))
        copy[size - strlen(".git")] = 0;
    for (char *c = copy; fold && *c != 0; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return copy;
}

bool
cm_url_repository(struct cm_arena *arena, const char *text, bool fold, const char **ret,
                  struct cm_err *err)
{
    struct cm_url url;
    if (!cm_url_parse(arena, text, &url, err))
        return false;
    if (strcmp(url.scheme, "https") != 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "the URL is not https");
    if (url.query != NULL)
        return cm_fail(err, CM_E_MALFORMED, "the URL of a repository holds a query");
    const char *origin = cm_url_origin(arena, &url);
    const char *path = repository_path(arena, url.path, fold);
    if (path != NULL && (path[0] == 0 || cm_ends_with(path, "/")))
        return cm_fail(err, CM_E_MALFORMED, "the URL names a host, but no repository");
    const char *normal =
        origin != NULL && path != NULL ? cm_arena_printf(arena, "%s%s", origin, path) : NULL;
    if (normal == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for a URL");
    *ret = normal;
    return true;
}

/* ---- escapes ---- */

char *
cm_url_encode(struct cm_arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = strlen(text);
    if (size > SIZE_MAX / 3 - 1)
        return NULL;
    char *encoded = cm_arena_alloc(arena, 3 * size + 1);
    char *to = encoded;
    for (; encoded != NULL && *text != 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (strchr(UNRESERVED, c) != NULL) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return encoded;
}

/* ---- redirects ---- */

static bool
has_scheme(const char *text)
{
    size_t size = strspn(text, LETTERS DIGITS "+-.");
    return size > 0 && strspn(text, LETTERS) > 0 && text[size] == ':';
}

/* RFC 3986, 5.2.2, without its removal of dots: those are refused when the result is read. */
static char *
join(struct cm_arena *arena, const struct cm_url *base, const char *location)
{
    const char *origin = cm_url_origin(arena, base);
    if (origin == NULL)
        return NULL;
    if (has_scheme(location))
        return cm_arena_text(arena, location);
    if (cm_starts_with(location, "//"))
        return cm_arena_printf(arena, "%s:%s", base->scheme, location);
    if (location[0] == '/')
        return cm_arena_printf(arena, "%s%s", origin, location);
    if (location[0] == '?')
        return cm_arena_printf(arena, "%s%s%s", origin, base->path, location);
    if (location[0] == 0)
        return cm_arena_printf(arena, "%s%s%s%s", origin, base->path, base->query ? "?" : "",
                               base->query ? base->query : "");
    int folder = (int)(strrchr(base->path, '/') - base->path) + 1;
    return cm_arena_printf(arena, "%s%.*s%s", origin, folder, base->path, location);
}

bool
cm_url_resolve(struct cm_arena *arena, const struct cm_url *base, const char *location,
               const char **ret, struct cm_err *err)
{
    struct cm_url url;
    if (location == NULL || location[0] == 0)
        return cm_fail(err, CM_E_MALFORMED, "the redirect names no location");
    if (strnlen(location, CM_URL_MOST + 1) > CM_URL_MOST)
        return cm_fail(err, CM_E_LIMIT, "the redirect is longer than %d bytes", CM_URL_MOST);
    const char *bare = cm_arena_bytes(arena, location, strcspn(location, "#"));
    const char *joined = bare != NULL ? join(arena, base, bare) : NULL;
    if (joined == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for a URL");
    if (!cm_url_parse(arena, joined, &url, err))
        return false;
    *ret = joined;
    return true;
}
