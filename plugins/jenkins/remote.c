/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of repositories: git is told one repository in several ways, and Jenkins repeats them
 * as they were told.
 */
#include "jenkins.h"

#include <string.h>

/* Without what stands in front of an '@' in the authority: a user, a password, a mark. */
static const char *
without_user(const char *authority)
{
    size_t size = strcspn(authority, "/?# \t\r\n");
    const char *at = authority;
    for (size_t i = 0; i < size; i++)
        if (authority[i] == '@')
            at = authority + i + 1;
    return at;
}

/* Lower case, as far as ASCII goes. */
static const char *
folded(struct cmk_call *c, const char *text, size_t size)
{
    char *copy = c->base->alloc(c, size + 1);
    for (size_t i = 0; copy != NULL && i < size; i++)
        copy[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    return copy;
}

/* HOST[:PORT] and the path behind it; a ':' of scp's form in front of the path is no port. */
static const char *
joined(struct cmk_call *c, const char *host, size_t host_size, const char *path)
{
    while (*path == '/')
        path++;
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/')
        size--;
    if (size > 4 && strncmp(path + size - 4, ".git", 4) == 0)
        size -= 4;
    if (host_size == 0 || size == 0 || strcspn(path, "?#\\ \t\r\n") < size)
        return NULL;
    return cmk_printf(c, "https://%s/%.*s", folded(c, host, host_size), (int)size, path);
}

static const char *
of_https(struct cmk_call *c, const char *rest)
{
    const char *host = without_user(rest);
    size_t size = strcspn(host, "/");
    size_t named = size > 4 && strncmp(host + size - 4, ":443", 4) == 0 ? size - 4 : size;
    return joined(c, host, named, host + size);
}

/* ssh://git@host[:port]/path: the port is that of another protocol. */
static const char *
of_ssh(struct cmk_call *c, const char *rest)
{
    const char *host = without_user(rest);
    return joined(c, host, strcspn(host, ":/"), host + strcspn(host, "/"));
}

/* git@host:path */
static const char *
of_scp(struct cmk_call *c, const char *text)
{
    const char *at = strchr(text, '@'), *colon = strchr(text, ':');
    if (at == NULL || colon == NULL || colon < at || memchr(text, '/', (size_t)(colon - text)))
        return NULL;
    return joined(c, at + 1, (size_t)(colon - at - 1), colon + 1);
}

const char *
jk_remote(struct cmk_call *c, const char *text)
{
    if (text == NULL || !jk_is_plain(text))
        return NULL;
    if (jk_begins(text, "https://"))
        return of_https(c, text + 8);
    if (jk_begins(text, "ssh://"))
        return of_ssh(c, text + 6);
    return strstr(text, "://") == NULL ? of_scp(c, text) : NULL;
}

bool
jk_same_remote(struct cmk_call *c, const char *a, const char *b)
{
    return jk_same(jk_remote(c, a), jk_remote(c, b));
}
