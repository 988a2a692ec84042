/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a file with both readers, and going through what they read.
 */
#include "xml.h"

#include <string.h>

void
nu_say(struct nu_why *why, int32_t status, const char *text)
{
    *why = (struct nu_why){status, text};
}

bool
nu_xml_read(struct cmk_call *c, const char *name, struct cmk_bytes file, uint64_t most,
            struct nu_xml *ret, struct nu_why *why)
{
    struct nu_xml x = {.name = name, .file = file};
    if (file.at == NULL && file.size > 0)
        return nu_refuse(c, why, CMK_E_LIMIT, "%s: it could not be read", name);
    if (file.size > most)
        return nu_refuse(c, why, CMK_E_LIMIT, "%s: larger than %llu bytes", name,
                         (unsigned long long)most);
    if (!nu_text_read(c, &x, why) || !nu_xml_scan(c, &x, why) || !nu_xml_witness(c, &x, why))
        return false;
    *ret = x;
    return true;
}

/* ---- names ---- */

bool
nu_xml_is(const struct nu_xml *x, struct nu_range range, const char *text)
{
    return strlen(text) == range.size && memcmp(x->text + range.at, text, range.size) == 0;
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
nu_xml_is_alike(const struct nu_xml *x, struct nu_range range, const char *text)
{
    if (strlen(text) != range.size)
        return false;
    for (uint32_t i = 0; i < range.size; i++)
        if (lower(x->text[range.at + i]) != lower(text[i]))
            return false;
    return true;
}

struct nu_range
nu_xml_local(const struct nu_xml *x, struct nu_range name)
{
    const char *at = x->text + name.at;
    const char *colon = memchr(at, ':', name.size);
    uint32_t before = colon != NULL ? (uint32_t)(colon - at) + 1 : 0;
    return (struct nu_range){name.at + before, name.size - before};
}

const char *
nu_xml_space(const struct nu_xml *x, uint32_t element)
{
    return x->spaces[x->events[element].space];
}

/* ---- elements ---- */

uint32_t
nu_xml_child(const struct nu_xml *x, uint32_t parent, uint32_t after)
{
    uint32_t i = after == NU_NONE ? parent + 1 : x->events[after].partner + 1;
    uint32_t end = x->events[parent].partner;
    while (i < end && x->events[i].kind != NU_START)
        i++;
    return i < end ? i : NU_NONE;
}

uint32_t
nu_xml_attribute(const struct nu_xml *x, uint32_t element, const char *name)
{
    const struct nu_event *event = &x->events[element];
    for (uint32_t i = event->first; i < event->first + event->count; i++)
        if (nu_xml_is(x, x->attributes[i].name, name))
            return i;
    return NU_NONE;
}

/* ---- texts ---- */

/* What a reader gets, into `to`, which has room for as many bytes. Gives how many there are. */
static uint32_t
decode_into(const struct nu_xml *x, struct nu_range range, enum nu_form form, char *to)
{
    uint32_t used = 0;
    for (uint32_t at = range.at; at < range.at + range.size;) {
        char bytes[4];
        uint32_t count = nu_decode(x, &at, range.at + range.size, form, bytes);
        memcpy(to + used, bytes, count);
        used += count;
    }
    return used;
}

const char *
nu_xml_text(struct cmk_call *c, const struct nu_xml *x, struct nu_range range, enum nu_form form)
{
    char *text = c->base->alloc(c, (uint64_t)range.size + 1);
    if (text != NULL)
        (void)decode_into(x, range, form, text);
    return text;
}

const char *
nu_xml_value(struct cmk_call *c, const struct nu_xml *x, uint32_t attribute)
{
    if (attribute == NU_NONE)
        return NULL;
    return nu_xml_text(c, x, x->attributes[attribute].value, NU_VALUE);
}

static const char *
trimmed(char *text)
{
    static const char space[] = " \t\r\n";
    size_t size = strlen(text);
    while (size > 0 && strchr(space, text[size - 1]) != NULL)
        text[--size] = '\0';
    return text + strspn(text, space);
}

const char *
nu_xml_content(struct cmk_call *c, const struct nu_xml *x, uint32_t element)
{
    const struct nu_event *start = &x->events[element], *end = &x->events[start->partner];
    char *text = c->base->alloc(c, end->markup.at - start->markup.at + 1);
    uint32_t used = 0;
    for (uint32_t i = element + 1; text != NULL && i < start->partner; i++) {
        const struct nu_event *event = &x->events[i];
        if (event->kind == NU_START)
            i = event->partner;
        else if (event->kind == NU_TEXT)
            used += decode_into(x, event->body, NU_REFERENCES, text + used);
        else if (event->kind == NU_CDATA)
            used += decode_into(x, event->body, NU_PLAIN, text + used);
    }
    return text != NULL ? trimmed(text) : NULL;
}

/* ---- lines ---- */

uint32_t
nu_xml_line(const struct nu_xml *x, uint32_t at)
{
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++)
        line += x->text[i] == '\n' || (x->text[i] == '\r' && x->text[i + 1] != '\n');
    return line;
}

uint32_t
nu_xml_line_of(const struct nu_xml *x, uint32_t event)
{
    return nu_xml_line(x, x->events[event].markup.at);
}
