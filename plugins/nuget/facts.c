/* SPDX-License-Identifier: Apache-2.0
 *
 * The four facts: what the origin is, and whether a package says the same.
 */
#include "nuget.h"

#include <string.h>

#define BRANCHES "refs/heads/"

const char *const nu_fact_names[NU_FACTS + 1] = {"type", "url", "branch", "commit", NULL};

/* ---- addresses ---- */

static bool
is_host(const char *host, size_t size)
{
    static const char known[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:";
    return size > 0 && strspn(host, known) >= size;
}

/* Nothing in it that ends a path, or that readers of addresses disagree about. */
static bool
is_path(const char *path)
{
    if (*path != '/')
        return false;
    for (const char *at = path; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f || strchr("?#\\", *at) != NULL)
            return false;
    for (const char *at = path; at != NULL; at = strchr(at + 1, '/')) {
        size_t size = strcspn(at + 1, "/");
        if ((size == 1 && at[1] == '.') || (size == 2 && at[1] == '.' && at[2] == '.'))
            return false;
    }
    return true;
}

/* Without the port that https has anyway. */
static size_t
host_size(const char *authority, size_t size)
{
    return size > 4 && memcmp(authority + size - 4, ":443", 4) == 0 ? size - 4 : size;
}

static size_t
path_size(const char *path)
{
    size_t size = strlen(path);
    if (path[size - 1] == '/')
        size--;
    return size >= 4 && memcmp(path + size - 4, ".git", 4) == 0 ? size - 4 : size;
}

const char *
nu_url_normal(struct cmk_call *c, const char *text)
{
    static const char scheme[] = "https://";
    const size_t head = sizeof scheme - 1;
    if (text == NULL || !nu_same_but_case(cmk_printf(c, "%.*s", (int)head, text), scheme))
        return NULL;
    const char *host = text + head, *path = host + strcspn(host, "/");
    size_t authority = (size_t)(path - host);
    if (!is_host(host, authority) || !is_path(path))
        return NULL;
    size_t size = path_size(path);
    if (size < 2 || path[size - 1] == '/')
        return NULL;
    const char *kept = cmk_printf(c, "%.*s", (int)host_size(host, authority), host);
    return cmk_printf(c, "%s%s%.*s", scheme, nu_lower(c, kept), (int)size, path);
}

/* ---- the origin ---- */

bool
nu_origin_read(struct cmk_call *c, const struct cmk_value *origin, struct nu_origin *ret,
               struct nu_why *why)
{
    struct nu_origin o = {.is = {[NU_TYPE] = "git",
                                 [NU_URL] = cmk_text(c, origin, "repository"),
                                 [NU_COMMIT] = cmk_text(c, origin, "commit")},
                          .ref = cmk_text(c, origin, "ref")};
    if (o.ref != NULL && nu_begins(o.ref, BRANCHES))
        o.is[NU_BRANCH] = o.ref + strlen(BRANCHES);
    if (nu_url_normal(c, o.is[NU_URL]) == NULL)
        return nu_refuse(c, why, CMK_E_UNSUPPORTED,
                         "the origin names no repository by an https address, so there is nothing "
                         "to be said of it in the package");
    if (o.is[NU_COMMIT] == NULL || !nu_is_commit(o.is[NU_COMMIT]))
        return nu_refuse(c, why, CMK_E_UNSUPPORTED,
                         "the origin names no commit, so there is nothing to be said of it in the "
                         "package");
    for (int i = 0; i < NU_FACTS; i++)
        if (o.is[i] != NULL && nu_encode(c, o.is[i]) == NULL)
            return nu_refuse(c, why, CMK_E_UNSUPPORTED,
                             "the %s of the origin holds a character that XML does not have",
                             nu_fact_names[i]);
    *ret = o;
    return true;
}

/* ---- the same? ---- */

static bool
is_same(struct cmk_call *c, const struct nu_origin *o, enum nu_fact fact, const char *said)
{
    switch (fact) {
    case NU_URL:
        return nu_same(nu_url_normal(c, said), nu_url_normal(c, o->is[NU_URL]));
    case NU_BRANCH:
        return nu_same(said, o->is[NU_BRANCH]) || nu_same(said, o->ref);
    default:
        return nu_same_but_case(said, o->is[fact]);
    }
}

enum nu_deed
nu_fact_deed(struct cmk_call *c, const struct nu_origin *origin, enum nu_fact fact,
             const char *said)
{
    if (said == NULL)
        return origin->is[fact] != NULL ? NU_ADD : NU_KEEP;
    if (is_same(c, origin, fact, said))
        return NU_KEEP;
    if (origin->is[fact] != NULL)
        return NU_CHANGE;
    return *said != '\0' ? NU_DROP : NU_KEEP;
}
