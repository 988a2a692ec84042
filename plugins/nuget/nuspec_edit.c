/* SPDX-License-Identifier: Apache-2.0
 *
 * The repository element, put in or corrected in as few bytes as can be, and the proof of that.
 */
#include "nuget.h"

#include <string.h>

static const enum nu_fact order[NU_FACTS] = {NU_TYPE, NU_URL, NU_BRANCH, NU_COMMIT};

/* ` name="value"`, or nothing if the origin has no such fact. */
static const char *
written(struct cmk_call *c, const struct nu_origin *origin, enum nu_fact fact)
{
    const char *value = origin->is[fact];
    if (value == NULL)
        return "";
    return cmk_printf(c, " %s=\"%s\"", nu_fact_names[fact], nu_encode(c, value));
}

/* ---- put in ---- */

static void
put_in(struct cmk_call *c, const struct nu_origin *origin, const struct nu_place *place,
       struct nu_edits *edits)
{
    const char *attributes = "";
    for (int i = 0; i < NU_FACTS; i++)
        attributes = cmk_printf(c, "%s%s", attributes, written(c, origin, order[i]));
    nu_edit_add(edits, place->at, 0,
                cmk_printf(c, "%s<repository%s />", place->indent, attributes));
}

/* ---- corrected ---- */

/* An attribute with the white space in front of it. */
static struct nu_range
whole_attribute(const struct nu_xml *x, const struct nu_attribute *a)
{
    uint32_t at = a->name.at;
    while (strchr(" \t\r\n", x->text[at - 1]) != NULL)
        at--;
    return (struct nu_range){at, a->value.at + a->value.size + 1 - at};
}

/* Behind the last attribute, or behind the name. */
static uint32_t
behind_attributes(const struct nu_xml *x, uint32_t element)
{
    const struct nu_event *event = &x->events[element];
    if (event->count == 0)
        return event->name.at + event->name.size;
    struct nu_range last = x->attributes[event->first + event->count - 1].value;
    return last.at + last.size + 1;
}

/* Ranges must not touch: what is new stands in the place of what is dropped, if anything is. */
static void
correct(struct cmk_call *c, const struct nu_nuspec *n, const struct nu_origin *origin,
        struct nu_edits *edits)
{
    const struct nu_xml *x = n->x;
    const char *more = "";
    struct nu_range at = {behind_attributes(x, n->repository), 0};
    for (int i = 0; i < NU_FACTS; i++) {
        enum nu_fact fact = order[i];
        enum nu_deed deed = nu_fact_deed(c, origin, fact, n->said[fact]);
        const struct nu_attribute *a = &x->attributes[n->attributes[fact]];
        if (deed == NU_ADD)
            more = cmk_printf(c, "%s%s", more, written(c, origin, fact));
        else if (deed == NU_CHANGE)
            nu_edit_add(edits, a->value.at, a->value.size, nu_encode(c, origin->is[fact]));
        else if (deed == NU_DROP)
            at = whole_attribute(x, a);
    }
    if (at.size > 0 || *more != '\0')
        nu_edit_add(edits, at.at, at.size, more);
}

/* ---- the proof ---- */

/* What it must say now: what was the same fact, as it was written; else what the origin is. */
static const char *
wanted(struct cmk_call *c, const struct nu_nuspec *before, const struct nu_origin *origin, int fact)
{
    bool kept = nu_fact_deed(c, origin, (enum nu_fact)fact, before->said[fact]) == NU_KEEP;
    return kept ? before->said[fact] : origin->is[fact];
}

static bool
says_it(struct cmk_call *c, const struct nu_nuspec *before, const struct nu_nuspec *after,
        const struct nu_origin *origin)
{
    for (int fact = 0; fact < NU_FACTS; fact++) {
        const char *is = after->said[fact], *should = wanted(c, before, origin, fact);
        if (is != should && !nu_same(is, should))
            return false;
    }
    return after->repository != NU_NONE;
}

static bool
prove(struct cmk_call *c, const struct nu_nuspec *n, const struct nu_origin *origin,
      const struct nu_edits *edits, uint32_t indent, struct nu_why *why)
{
    struct nu_xml after;
    struct nu_nuspec read;
    if (!nu_xml_edit(c, n->x, edits, &after, why) || !nu_nuspec_read(c, &after, &read, why) ||
        !nu_nuspec_repository(c, &read, why))
        return false;
    struct nu_exempt exempt = {.before = n->repository, .after = read.repository};
    exempt.attributes = n->repository != NU_NONE ? nu_fact_names : NULL;
    exempt.indent = indent;
    return (says_it(c, n, &read, origin) && nu_xml_same_but(c, n->x, &after, &exempt)) ||
           nu_refuse(c, why, CMK_E_INTERNAL, "%s: the edit would not say what it should",
                     n->x->name);
}

bool
nu_nuspec_edit(struct cmk_call *c, const struct nu_nuspec *n, const struct nu_origin *origin,
               struct nu_edits *ret, struct nu_why *why)
{
    struct nu_edits edits = {.count = 0};
    struct nu_place place = {.indent = ""};
    if (n->repository != NU_NONE) {
        correct(c, n, origin, &edits);
    } else {
        if (n->x->events[n->metadata].closed)
            return nu_refuse(c, why, CMK_E_MALFORMED,
                             "%s: <metadata> is empty, so it names no package", n->x->name);
        place = nu_place_in(c, n->x, n->metadata);
        put_in(c, origin, &place, &edits);
    }
    if (!prove(c, n, origin, &edits, place.indent_size, why))
        return false;
    *ret = edits;
    return true;
}
