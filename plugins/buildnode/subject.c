/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions on names, attribute by attribute. Nothing is ever compared as it is printed: a value
 * that holds ",OU=..." is one value. An RDN of several attributes is one RDN, and only a condition
 * with such an RDN means it.
 */
#include "buildnode.h"

/* ---- RDNs ---- */

static const struct cmk_value *
at(struct cmk_call *c, const struct cmk_value *list, uint64_t index)
{
    return c->json->at(c, list, index);
}

static bool
has_value(struct cmk_call *c, const struct cmk_value *rdn, const struct cmk_value *value)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    uint64_t count = c->json->count(c, rdn);
    for (uint64_t i = 0; x509 != NULL && i < count; i++)
        if (x509->same(c, at(c, rdn, i), value) == 1)
            return true;
    return false;
}

/* Their order within an RDN says nothing. */
static bool
is_same_rdn(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b)
{
    uint64_t count = c->json->count(c, a);
    if (count == 0 || count != c->json->count(c, b))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!has_value(c, a, at(c, b, i)) || !has_value(c, b, at(c, a, i)))
            return false;
    return true;
}

static bool
begins(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted)
{
    uint64_t count = c->json->count(c, wanted);
    if (count == 0 || count > c->json->count(c, name))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!is_same_rdn(c, at(c, name, i), at(c, wanted, i)))
            return false;
    return true;
}

/* ---- names ---- */

bool
bn_is_text(struct cmk_call *c, const struct cmk_value *name)
{
    uint64_t rdns = c->json->count(c, name);
    for (uint64_t i = 0; i < rdns; i++) {
        uint64_t values = c->json->count(c, at(c, name, i));
        for (uint64_t n = 0; n < values; n++)
            if (cmk_get(c, at(c, at(c, name, i), n), "text") == NULL)
                return false;
    }
    return c->base->status(c) == CMK_OK;
}

uint64_t
bn_count_type(struct cmk_call *c, const struct cmk_value *name, const char *type)
{
    uint64_t rdns = c->json->count(c, name), found = 0;
    for (uint64_t i = 0; i < rdns; i++) {
        uint64_t values = c->json->count(c, at(c, name, i));
        for (uint64_t n = 0; n < values; n++)
            found += bn_same(cmk_text(c, at(c, at(c, name, i), n), "type"), type);
    }
    return found;
}

bool
bn_name_is(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted)
{
    return c->json->count(c, name) == c->json->count(c, wanted) && begins(c, name, wanted);
}

bool
bn_name_under(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted)
{
    return c->json->count(c, name) > c->json->count(c, wanted) && begins(c, name, wanted);
}

bool
bn_name_has(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted)
{
    uint64_t count = c->json->count(c, wanted), rdns = c->json->count(c, name);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = 0;
        while (n < rdns && !is_same_rdn(c, at(c, name, n), at(c, wanted, i)))
            n++;
        if (n == rdns)
            return false;
    }
    return count > 0;
}

static bool
is_wanted(struct cmk_call *c, const struct cmk_value *rdn, const struct cmk_value *const *wanted,
          uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (is_same_rdn(c, rdn, at(c, wanted[i], 0)))
            return true;
    return false;
}

const char *
bn_name_stray(struct cmk_call *c, const struct cmk_value *name,
              const struct cmk_value *const *wanted, uint64_t count, const char *type)
{
    uint64_t rdns = c->json->count(c, name);
    for (uint64_t i = 0; i < rdns; i++) {
        const struct cmk_value *rdn = at(c, name, i);
        uint64_t values = c->json->count(c, rdn);
        for (uint64_t n = 0; n < values; n++)
            if (bn_same(cmk_text(c, at(c, rdn, n), "type"), type) &&
                !is_wanted(c, rdn, wanted, count))
                return cmk_show(c, at(c, rdn, n), "text");
    }
    return NULL;
}
