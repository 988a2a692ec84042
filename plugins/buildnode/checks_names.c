/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on names: is it one of the nodes that are meant?
 */
#include "buildnode.h"

#include <string.h>

#define COMMON_NAME "2.5.4.3"

/* ---- the subject ---- */

static const struct cmk_value *
wanted_at(struct cmk_call *c, const char *option, uint64_t index)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    return x509 != NULL ? x509->name(c, bn_option_at(c, option, index)) : NULL;
}

typedef bool holds(struct cmk_call *c, const struct cmk_value *name,
                   const struct cmk_value *wanted);

/* Of several CNs one can be an honest node's and another a stranger's: then a CN says nothing. */
static bool
has_if_clear(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted)
{
    if (bn_count_type(c, wanted, COMMON_NAME) > 0 && bn_count_type(c, name, COMMON_NAME) != 1)
        return false;
    return bn_name_has(c, name, wanted);
}

/* Entries of one option are alternatives; an option that is not set demands nothing. */
static bool
one_holds(struct cmk_call *c, const struct cmk_value *name, const char *option, holds *condition)
{
    uint64_t count = bn_option_count(c, option);
    for (uint64_t i = 0; i < count; i++)
        if (condition(c, name, wanted_at(c, option, i)))
            return true;
    return count == 0;
}

static const struct cmk_value *
first_value(struct cmk_call *c, const struct cmk_value *name)
{
    return c->json->at(c, c->json->at(c, name, 0), 0);
}

/* Of each attribute type that is named: it is there, and nothing of it that is not named. */
static bool
all_hold(struct cmk_call *c, const struct cmk_value *name)
{
    const struct cmk_value *wanted[BN_MOST_NAMES] = {NULL};
    uint64_t count = bn_option_count(c, "subject_all");
    if (count > BN_MOST_NAMES)
        return false;
    for (uint64_t i = 0; i < count; i++)
        wanted[i] = wanted_at(c, "subject_all", i);
    for (uint64_t i = 0; i < count; i++) {
        const char *type = cmk_text(c, first_value(c, wanted[i]), "type");
        if (bn_count_type(c, name, type) == 0 ||
            bn_name_stray(c, name, wanted, count, type) != NULL)
            return false;
    }
    return true;
}

/* Which option does not hold; NULL: all do. */
static const char *
subject_lacks(struct cmk_call *c, const struct cmk_value *name)
{
    if (!one_holds(c, name, "subject", bn_name_is))
        return "subject";
    if (!one_holds(c, name, "subject_under", bn_name_under))
        return "subject_under";
    if (!one_holds(c, name, "subject_any", has_if_clear))
        return "subject_any";
    return all_hold(c, name) ? NULL : "subject_all";
}

static bool
demands_subject(struct cmk_call *c)
{
    return bn_option_count(c, "subject") + bn_option_count(c, "subject_under") +
               bn_option_count(c, "subject_any") + bn_option_count(c, "subject_all") >
           0;
}

int32_t
bn_subject(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    const struct cmk_value *name = cmk_get(c, bn_leaf(c, x), "subject");
    const char *shown = x509 != NULL && name != NULL ? x509->show_name(c, name) : NULL;
    if (shown == NULL)
        return bn_unknown(c, x, "the certificate has no subject");
    if (!demands_subject(c))
        return bn_pass(c, x, "not demanded: %s", shown);
    cmk_observe(c, x, "%s", shown);
    if (!bn_is_text(c, name)) {
        cmk_expect(c, x, "values that are text");
        return CMK_FAIL;
    }
    const char *lacks = subject_lacks(c, name);
    if (lacks != NULL)
        cmk_expect(c, x, "%s: %s", lacks, bn_listed(c, lacks));
    return cmk_passes(lacks == NULL);
}

/* ---- alternative names ---- */

/* A name of a host in lower case, its labels parted as a pattern's segments are; NULL: it has other
 * characters, a * of a name that is meant for many hosts among them. */
static const char *
labels(struct cmk_call *c, const char *text, const char *more)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    char *parts = text != NULL ? c->base->alloc(c, strlen(text) + 1) : NULL;
    for (size_t i = 0; parts != NULL && text[i] != '\0'; i++) {
        char one = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A')) : text[i];
        if (strchr(allowed, one) == NULL && strchr(more, one) == NULL)
            return NULL;
        parts[i] = (char)(one == '.' ? '/' : one);
    }
    return parts;
}

static bool
dns_matches(struct cmk_call *c, const char *pattern, const char *name)
{
    const char *parts = labels(c, pattern, "*?"), *of = labels(c, name, "");
    return parts != NULL && of != NULL && *of != '\0' && c->base->match(c, parts, of) == 1;
}

/* Nothing that two readers could read in two ways: no part is empty, "." or "..", nothing is
 * encoded. */
static bool
is_plain_uri(const char *uri)
{
    const char *at = uri != NULL ? strstr(uri, "://") : NULL;
    if (at == NULL || strpbrk(uri, "%?#\\@") != NULL)
        return false;
    for (at += strlen("://"); at != NULL;) {
        size_t size = strcspn(at, "/");
        if (size == 0 || (size <= 2 && strspn(at, ".") == size))
            return false;
        at = at[size] == '/' ? at + size + 1 : NULL;
    }
    return true;
}

static bool
uri_matches(struct cmk_call *c, const char *pattern, const char *name)
{
    return is_plain_uri(name) && c->base->match(c, pattern, name) == 1;
}

typedef bool matches(struct cmk_call *c, const char *pattern, const char *name);

/* How many names of that kind there are, and how many of them one of the option's patterns has. */
static uint64_t
count_names(struct cmk_call *c, const struct cmk_value *names, const char *kind, matches *is,
            uint64_t *ret_matching)
{
    uint64_t count = c->json->count(c, names), patterns = bn_option_count(c, kind), found = 0;
    *ret_matching = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *name = c->json->at(c, names, i);
        if (!bn_same(cmk_text(c, name, "kind"), kind))
            continue;
        found++;
        for (uint64_t n = 0; n < patterns; n++)
            if (is(c, bn_option_at(c, kind, n), cmk_text(c, name, "text"))) {
                ++*ret_matching;
                break;
            }
    }
    return found;
}

static const char *
names_shown(struct cmk_call *c, const struct cmk_value *names)
{
    const char *all = "none";
    uint64_t count = c->json->count(c, names);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *name = c->json->at(c, names, i);
        all = cmk_printf(c, "%s%s%s:%s", i > 0 ? all : "", i > 0 ? ", " : "",
                         cmk_show(c, name, "kind"), cmk_show(c, name, "text"));
    }
    return all;
}

int32_t
bn_alternative_name(struct cmk_call *c, const struct cmk_exam *x)
{
    uint64_t dns = bn_option_count(c, "dns"), uris = bn_option_count(c, "uri"), matching;
    const struct cmk_value *names = cmk_get(c, bn_leaf(c, x), "names");
    if (dns + uris == 0)
        return bn_pass(c, x, "not demanded: %s", names_shown(c, names));
    cmk_observe(c, x, "%s", names_shown(c, names));
    if (dns > 0) {
        (void)count_names(c, names, "dns", dns_matches, &matching);
        cmk_expect(c, x, "dns: %s", bn_listed(c, "dns"));
        if (matching == 0)
            return CMK_FAIL;
    }
    if (uris > 0) {
        uint64_t all = count_names(c, names, "uri", uri_matches, &matching);
        cmk_expect(c, x, "uri, one and no other: %s", bn_listed(c, "uri"));
        if (all != 1 || matching != 1)
            return CMK_FAIL;
    }
    return CMK_PASS;
}
