/* SPDX-License-Identifier: Apache-2.0
 *
 * The elements of a nuspec that count, if all its readers find the same.
 *
 * NuGet has two readers. The one of installs and of nuget.org takes the first child of the root
 * whose local name is `metadata`, and in it the first `repository` of the namespace that is the
 * default one there. The strict one, of packing, takes `repository` in any namespace. Both regard
 * case, other programs need not. So there is one `metadata`, and whatever could be a `repository`
 * is one that both find.
 */
#include "nuget.h"

#include <string.h>

/* Of nuspec.xsd, which NuGet reads alike for all of them; and none at all. Of another one the
 * strict reader says that it is of a newer version, and the other reads it. */
static const char *const schemas[] = {
    "",
    "http://schemas.microsoft.com/packaging/2010/07/nuspec.xsd",
    "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd",
    "http://schemas.microsoft.com/packaging/2011/10/nuspec.xsd",
    "http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd",
    "http://schemas.microsoft.com/packaging/2013/01/nuspec.xsd",
    "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd",
};

static bool
is_known(const char *space)
{
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
        if (strcmp(space, schemas[i]) == 0)
            return true;
    return false;
}

static bool
refuse_at(struct cmk_call *c, const struct nu_xml *x, uint32_t element, const char *what,
          int32_t status, struct nu_why *why)
{
    return nu_refuse(c, why, status, "%s, line %u: %s", x->name, nu_xml_line_of(x, element), what);
}

static struct nu_range
local_of(const struct nu_xml *x, uint32_t element)
{
    return nu_xml_local(x, x->events[element].name);
}

/* The child whose local name is that in any case and namespace, or the next one. */
static uint32_t
alike_child(const struct nu_xml *x, uint32_t parent, uint32_t after, const char *name)
{
    uint32_t child = nu_xml_child(x, parent, after);
    while (child != NU_NONE && !nu_xml_is_alike(x, local_of(x, child), name))
        child = nu_xml_child(x, parent, child);
    return child;
}

/* ---- metadata ---- */

static bool
check_element(struct cmk_call *c, const struct nu_xml *x, uint32_t element, const char *name,
              struct nu_why *why)
{
    if (!nu_xml_is(x, local_of(x, element), name))
        return refuse_at(c, x, element,
                         cmk_printf(c, "an element that readers may take for <%s>, or not", name),
                         CMK_E_MALFORMED, why);
    return is_known(nu_xml_space(x, element)) ||
           refuse_at(
               c, x, element,
               cmk_printf(c,
                          "<%s> in the namespace '%s', which is none of nuspec.xsd's; pack it "
                          "with a nuspec of a known one",
                          name, nu_shown(c, nu_xml_space(x, element))),
               CMK_E_UNSUPPORTED, why);
}

bool
nu_nuspec_read(struct cmk_call *c, const struct nu_xml *x, struct nu_nuspec *ret,
               struct nu_why *why)
{
    if (!check_element(c, x, x->root, "package", why))
        return false;
    uint32_t metadata = alike_child(x, x->root, NU_NONE, "metadata");
    if (metadata == NU_NONE)
        return refuse_at(c, x, x->root, "there is no <metadata> in <package>", CMK_E_MALFORMED,
                         why);
    uint32_t other = alike_child(x, x->root, metadata, "metadata");
    if (other != NU_NONE)
        return refuse_at(c, x, other, "a second <metadata>", CMK_E_MALFORMED, why);
    if (!check_element(c, x, metadata, "metadata", why))
        return false;
    *ret = (struct nu_nuspec){.x = x, .metadata = metadata, .repository = NU_NONE};
    return true;
}

const char *
nu_nuspec_text(struct cmk_call *c, const struct nu_nuspec *n, const char *name)
{
    const struct nu_xml *x = n->x;
    uint32_t child = nu_xml_child(x, n->metadata, NU_NONE);
    while (child != NU_NONE && !nu_xml_is(x, local_of(x, child), name))
        child = nu_xml_child(x, n->metadata, child);
    return child != NU_NONE ? nu_xml_content(c, x, child) : NULL;
}

/* ---- the kind of package ---- */

/* The value of an attribute whose local name is that in any case; NULL: there is none. */
static const char *
alike_value(struct cmk_call *c, const struct nu_xml *x, uint32_t element, const char *name)
{
    const struct nu_event *event = &x->events[element];
    for (uint32_t i = event->first; i < event->first + event->count; i++)
        if (nu_xml_is_alike(x, nu_xml_local(x, x->attributes[i].name), name))
            return nu_xml_value(c, x, i);
    return NULL;
}

/* Whatever could be one counts: a package that some reader takes for one of symbols is treated as
 * one. */
const char *
nu_nuspec_types(struct cmk_call *c, const struct nu_nuspec *n, bool *ret_symbols)
{
    const struct nu_xml *x = n->x;
    const char *types = "";
    *ret_symbols = false;
    for (uint32_t list = alike_child(x, n->metadata, NU_NONE, "packageTypes"); list != NU_NONE;
         list = alike_child(x, n->metadata, list, "packageTypes"))
        for (uint32_t one = alike_child(x, list, NU_NONE, "packageType"); one != NU_NONE;
             one = alike_child(x, list, one, "packageType")) {
            const char *name = alike_value(c, x, one, "name");
            if (name == NULL)
                continue;
            *ret_symbols = *ret_symbols || nu_same_but_case(name, "SymbolsPackage");
            if (strlen(types) < 1000)
                types =
                    cmk_printf(c, "%s%s%s", types, *types != '\0' ? ", " : "", nu_shown(c, name));
        }
    return types;
}

/* ---- repository ---- */

/* What an element without a prefix in `metadata` belongs to. */
static const char *
default_space(struct cmk_call *c, const struct nu_nuspec *n)
{
    const struct nu_xml *x = n->x;
    const char *of_metadata = nu_xml_value(c, x, nu_xml_attribute(x, n->metadata, "xmlns"));
    const char *of_root = nu_xml_value(c, x, nu_xml_attribute(x, x->root, "xmlns"));
    if (of_metadata != NULL)
        return of_metadata;
    return of_root != NULL ? of_root : "";
}

/* The four attributes, none of them in another spelling. */
static bool
read_attributes(struct cmk_call *c, struct nu_nuspec *n, struct nu_why *why)
{
    const struct nu_xml *x = n->x;
    const struct nu_event *event = &x->events[n->repository];
    for (uint32_t i = event->first; i < event->first + event->count; i++)
        for (int fact = 0; fact < NU_FACTS; fact++) {
            struct nu_range name = x->attributes[i].name;
            if (!nu_xml_is_alike(x, nu_xml_local(x, name), nu_fact_names[fact]))
                continue;
            if (!nu_xml_is(x, name, nu_fact_names[fact]))
                return refuse_at(
                    c, x, n->repository,
                    cmk_printf(c,
                               "an attribute of <repository> that readers may take for "
                               "'%s', or not",
                               nu_fact_names[fact]),
                    CMK_E_MALFORMED, why);
            n->attributes[fact] = i;
            n->said[fact] = nu_xml_value(c, x, i);
        }
    return true;
}

bool
nu_nuspec_repository(struct cmk_call *c, struct nu_nuspec *n, struct nu_why *why)
{
    const struct nu_xml *x = n->x;
    const char *space = default_space(c, n);
    uint32_t found = alike_child(x, n->metadata, NU_NONE, "repository");
    for (int fact = 0; fact < NU_FACTS; fact++)
        n->attributes[fact] = NU_NONE;
    if (!is_known(space))
        return refuse_at(c, x, n->metadata,
                         "the default namespace in <metadata> is none of nuspec.xsd's",
                         CMK_E_UNSUPPORTED, why);
    if (found == NU_NONE)
        return true;
    uint32_t other = alike_child(x, n->metadata, found, "repository");
    if (other != NU_NONE)
        return refuse_at(c, x, other,
                         "a second <repository>: readers differ about which one counts",
                         CMK_E_MALFORMED, why);
    if (!nu_xml_is(x, local_of(x, found), "repository"))
        return refuse_at(c, x, found,
                         "<repository> in another case: readers differ about whether it counts",
                         CMK_E_MALFORMED, why);
    if (!nu_same(nu_xml_space(x, found), space))
        return refuse_at(c, x, found,
                         "<repository> in another namespace than its surroundings: readers differ "
                         "about whether it counts",
                         CMK_E_UNSUPPORTED, why);
    n->repository = found;
    return read_attributes(c, n, why);
}
