/* SPDX-License-Identifier: Apache-2.0
 *
 * [Content_Types].xml: clients of NuGet 2 silently drop a file for whose extension nothing stands
 * there; later ones do not look. If the package has no such file, none is made.
 */
#include "nuget.h"

#include <string.h>

#define SPACE "http://schemas.openxmlformats.org/package/2006/content-types"
#define TYPE  "application/octet" /* what NuGet itself says of everything */

static bool
refuse_at(struct cmk_call *c, const struct nu_xml *x, uint32_t element, const char *what,
          struct nu_why *why)
{
    return nu_refuse(c, why, CMK_E_UNSUPPORTED, "%s, line %u: %s", x->name,
                     nu_xml_line_of(x, element), what);
}

/* ---- reading ---- */

/* Finds the entry; *ret is -1 if there is none. */
static bool
find_entry(struct cmk_call *c, const struct cmk_work *w, int64_t *ret, struct nu_why *why)
{
    int64_t entry = w->archives->find(c, w->archive, NU_CONTENT_TYPES);
    int64_t alike = w->archives->find_alike(c, w->archive, NU_CONTENT_TYPES);
    if (entry < 0 && alike >= 0)
        return nu_refuse(c, why, CMK_E_MALFORMED,
                         "%s: readers differ about whether this is " NU_CONTENT_TYPES,
                         nu_shown(c, w->archives->name(c, w->archive, (uint64_t)alike)));
    *ret = entry;
    return true;
}

bool
nu_types_read(struct cmk_call *c, const struct cmk_work *w, struct nu_types *ret,
              struct nu_why *why)
{
    struct nu_types t = {.entry = -1};
    if (!find_entry(c, w, &t.entry, why))
        return false;
    if (t.entry >= 0) {
        struct cmk_bytes file = w->archives->read(c, w->archive, (uint64_t)t.entry, NU_MOST_TYPES);
        struct nu_xml *x = &t.before;
        if (!nu_xml_read(c, NU_CONTENT_TYPES, file, NU_MOST_TYPES, x, why))
            return false;
        if (!nu_xml_is(x, nu_xml_local(x, x->events[x->root].name), "Types") ||
            strcmp(nu_xml_space(x, x->root), SPACE) != 0)
            return refuse_at(c, x, x->root, "the root is no <Types> of OPC's namespace", why);
        t.after = t.before;
    }
    *ret = t;
    return true;
}

/* ---- what it says ---- */

/* The attribute whose local name is that in any case; NU_NONE: there is none. */
static uint32_t
alike_attribute(const struct nu_xml *x, uint32_t element, const char *name)
{
    const struct nu_event *event = &x->events[element];
    for (uint32_t i = event->first; i < event->first + event->count; i++)
        if (nu_xml_is_alike(x, nu_xml_local(x, x->attributes[i].name), name))
            return i;
    return NU_NONE;
}

static bool
is_element_alike(const struct nu_xml *x, uint32_t element, const char *name)
{
    return nu_xml_is_alike(x, nu_xml_local(x, x->events[element].name), name);
}

/* Is it, and that attribute of it, spelled so that every reader takes it for that? */
static bool
is_plain(const struct nu_xml *x, uint32_t element, const char *name, uint32_t attribute,
         const char *attribute_name)
{
    return nu_xml_is(x, nu_xml_local(x, x->events[element].name), name) &&
           strcmp(nu_xml_space(x, element), SPACE) == 0 &&
           nu_xml_is(x, x->attributes[attribute].name, attribute_name);
}

bool
nu_types_know(struct cmk_call *c, const struct nu_types *t, const char *extension, bool *ret_known,
              struct nu_why *why)
{
    const struct nu_xml *x = &t->after;
    uint32_t found = 0;
    for (uint32_t e = nu_xml_child(x, x->root, NU_NONE); e != NU_NONE;
         e = nu_xml_child(x, x->root, e)) {
        uint32_t a = alike_attribute(x, e, "Extension");
        if (!is_element_alike(x, e, "Default") ||
            !nu_same_but_case(nu_xml_value(c, x, a), extension))
            continue;
        if (!is_plain(x, e, "Default", a, "Extension"))
            return refuse_at(c, x, e,
                             "readers may take this for the default of an extension, or not", why);
        if (++found > 1)
            return refuse_at(c, x, e, "a second default for the same extension", why);
    }
    *ret_known = found > 0;
    return true;
}

/* The element that says a type of that very entry, or the next one; NU_NONE: there is none. */
static uint32_t
override_of(struct cmk_call *c, const struct nu_xml *x, uint32_t after, const char *name)
{
    char wanted[NU_NAME_SIZE], part[NU_NAME_SIZE];
    if (!nu_name_read(name, wanted))
        return NU_NONE;
    for (uint32_t e = nu_xml_child(x, x->root, after); e != NU_NONE;
         e = nu_xml_child(x, x->root, e)) {
        uint32_t a = alike_attribute(x, e, "PartName");
        const char *said = is_element_alike(x, e, "Override") ? nu_xml_value(c, x, a) : NULL;
        if (said != NULL && nu_name_read(said, part) && strcmp(part, wanted) == 0)
            return e;
    }
    return NU_NONE;
}

bool
nu_types_name(struct cmk_call *c, const struct nu_types *t, const char *name)
{
    return override_of(c, &t->after, NU_NONE, name) != NU_NONE;
}

bool
nu_types_allow(struct cmk_call *c, const struct nu_types *t, const char *name, struct nu_why *why)
{
    const struct nu_xml *x = &t->after;
    for (uint32_t e = override_of(c, x, NU_NONE, name); e != NU_NONE;
         e = override_of(c, x, e, name)) {
        uint32_t type = nu_xml_attribute(x, e, "ContentType");
        if (!is_plain(x, e, "Override", alike_attribute(x, e, "PartName"), "PartName") ||
            !nu_same(nu_xml_value(c, x, type), TYPE))
            return refuse_at(c, x, e,
                             "a type is said of the very file that is to be added; pack it anew "
                             "without",
                             why);
    }
    return true;
}

/* ---- a type more ---- */

/* With the prefix of the root, because it must be of the same namespace. */
static const char *
element(struct cmk_call *c, const struct nu_xml *x, const char *extension)
{
    struct nu_range name = x->events[x->root].name, local = nu_xml_local(x, name);
    return cmk_printf(c, "<%.*sDefault Extension=\"%s\" ContentType=\"" TYPE "\" />",
                      (int)(local.at - name.at), x->text + name.at, extension);
}

static uint32_t
last_child(const struct nu_xml *x)
{
    uint32_t last = NU_NONE;
    for (uint32_t e = nu_xml_child(x, x->root, NU_NONE); e != NU_NONE;
         e = nu_xml_child(x, x->root, e))
        last = e;
    return last;
}

static bool
says_it(struct cmk_call *c, const struct nu_xml *x, uint32_t e, const char *extension)
{
    return e != NU_NONE && x->events[e].count == 2 &&
           is_plain(x, e, "Default", x->events[e].first, "Extension") &&
           nu_same(nu_xml_value(c, x, x->events[e].first), extension) &&
           nu_same(nu_xml_value(c, x, nu_xml_attribute(x, e, "ContentType")), TYPE);
}

bool
nu_types_add(struct cmk_call *c, struct nu_types *t, const char *extension, struct nu_why *why)
{
    const struct nu_xml *x = &t->before;
    struct nu_xml after;
    if (x->events[x->root].closed)
        return refuse_at(c, x, x->root, "<Types> is empty, so it knows not even of the nuspec",
                         why);
    struct nu_place place = nu_place_in(c, x, x->root);
    const char *before = t->edits.count > 0 ? t->edits.list[0].instead : "";
    struct nu_edits edits = {.count = 0};
    nu_edit_add(&edits, place.at, 0,
                cmk_printf(c, "%s%s%s", before, place.indent, element(c, x, extension)));
    if (!nu_xml_edit(c, x, &edits, &after, why))
        return false;
    struct nu_exempt exempt = {.before = NU_NONE, .after = last_child(&after)};
    exempt.indent = place.indent_size;
    if (!says_it(c, &after, exempt.after, extension) ||
        !nu_xml_same_but(c, &t->after, &after, &exempt))
        return nu_refuse(c, why, CMK_E_INTERNAL,
                         NU_CONTENT_TYPES ": the edit would not say what it should");
    t->edits = edits;
    t->after = after;
    return true;
}
