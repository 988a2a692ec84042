/* SPDX-License-Identifier: Apache-2.0
 *
 * Which entries of the archive make it a package.
 *
 * NuGet takes the one entry in the root that ends in .nuspec, whatever its case, once %41 is read
 * as A; old clients and nuget.org look in other ways. So every entry counts that any of them could
 * take for one, and the one that is edited has to be what all of them find.
 */
#include "nuget.h"

#include <stdio.h>
#include <string.h>

/* ---- names ---- */

static int
hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next character of a name, with its escape; moves *at. */
static char
next_of(const char **at)
{
    const char *from = *at;
    char c = *from;
    *at = from + 1;
    if (c == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
        *at = from + 3;
        c = (char)(hex(from[1]) << 4 | hex(from[2]));
    }
    if (c == '\\')
        return '/';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The long s, which is an s without regard to case. */
static void
fold_long_s(char *name)
{
    for (char *s = name; (s = strstr(s, "\xc5\xbf")) != NULL; s++) {
        *s = 's';
        memmove(s + 1, s + 2, strlen(s + 2) + 1);
    }
}

bool
nu_name_read(const char *name, char ret[NU_NAME_SIZE])
{
    char read[NU_NAME_SIZE] = "";
    size_t size = 0;
    if (strlen(name) >= sizeof read)
        return false;
    while (*name != '\0')
        read[size++] = next_of(&name);
    fold_long_s(read);
    const char *from = read;
    while (*from == '/' || nu_begins(from, "./"))
        from++;
    (void)snprintf(ret, NU_NAME_SIZE, "%s", from);
    return true;
}

bool
nu_is_symbols_name(const char *file_name)
{
    return file_name != NULL && nu_ends(file_name, ".snupkg");
}

/* ---- entries ---- */

/* In the root, by every reader's account. */
static bool
is_plain(const char *name)
{
    return strpbrk(name, "/\\%") == NULL;
}

static void
meet_nuspec(struct nu_package *p, uint64_t entry, const char *name)
{
    p->nuspecs++;
    if (p->nuspec < 0 && is_plain(name) && nu_ends(name, ".nuspec")) {
        p->nuspec = (int64_t)entry;
        p->nuspec_name = name;
    } else if (p->odd_nuspec == NULL) {
        p->odd_nuspec = name;
    }
}

static void
meet_signature(struct nu_package *p, uint64_t entry, const char *name)
{
    if (p->signatures++ > 0)
        return;
    p->signature = (int64_t)entry;
    p->signature_name = name;
}

bool
nu_package_look(struct cmk_call *c, const struct cmk_work *w, struct nu_package *ret,
                struct nu_why *why)
{
    struct nu_package p = {.nuspec = -1, .signature = -1};
    p.count = w->archives->count(c, w->archive);
    for (uint64_t i = 0; i < p.count; i++) {
        char read[NU_NAME_SIZE];
        const char *name = w->archives->name(c, w->archive, i);
        if (name == NULL)
            return nu_refuse(c, why, CMK_E_INTERNAL, "an entry without a name");
        if (!nu_name_read(name, read))
            return nu_refuse(c, why, CMK_E_LIMIT, "the name of an entry has more than %d bytes: %s",
                             NU_NAME_SIZE - 1, nu_shown(c, name));
        if (nu_ends(read, ".nuspec"))
            meet_nuspec(&p, i, name);
        if (nu_same(read, NU_SIGNATURE))
            meet_signature(&p, i, name);
    }
    *ret = p;
    return true;
}

bool
nu_package_has_nuspec(struct cmk_call *c, const struct nu_package *p, struct nu_why *why)
{
    if (p->nuspecs == 0)
        return nu_refuse(c, why, CMK_E_MALFORMED,
                         "there is no .nuspec in it: it is no NuGet package");
    if (p->nuspec < 0)
        return nu_refuse(c, why, CMK_E_MALFORMED,
                         "%s: a .nuspec that is not in the root for all readers of packages; pack "
                         "it anew",
                         nu_shown(c, p->odd_nuspec));
    return p->nuspecs == 1 ||
           nu_refuse(
               c, why, CMK_E_MALFORMED,
               "%s and %s: two .nuspec files, and readers differ about which one counts; pack "
               "it anew with one",
               nu_shown(c, p->nuspec_name), nu_shown(c, p->odd_nuspec));
}

bool
nu_package_is_clear(struct cmk_call *c, const struct nu_package *p, struct nu_why *why)
{
    if (p->signatures > 1)
        return nu_refuse(c, why, CMK_E_MALFORMED,
                         "%u entries that could be " NU_SIGNATURE ", the package's signature",
                         p->signatures);
    return p->signatures == 0 || strcmp(p->signature_name, NU_SIGNATURE) == 0 ||
           nu_refuse(c, why, CMK_E_MALFORMED,
                     "%s: NuGet takes this for no signature, others may; pack it anew without it",
                     nu_shown(c, p->signature_name));
}
