/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof that an edit changed what it should and nothing else: all that readers get of both
 * documents, printed and compared.
 */
#include "xml.h"

#include <string.h>

/* Marks are characters that no XML can carry, so that no text looks like another event. Texts have
 * none: where what stood between them is left out, they are one. */
enum mark { NAME = 1, ATTRIBUTE, VALUE, ENDED, COMMENT, CDATA, INSTRUCTION, DONE };

struct print {
    const struct nu_xml *x;
    char *at;
    uint32_t size;
};

static void
put_mark(struct print *p, enum mark mark)
{
    p->at[p->size++] = (char)mark;
}

static void
put_range(struct print *p, struct nu_range range, enum nu_form form)
{
    for (uint32_t at = range.at; at < range.at + range.size;) {
        char bytes[4];
        uint32_t count = nu_decode(p->x, &at, range.at + range.size, form, bytes);
        memcpy(p->at + p->size, bytes, count);
        p->size += count;
    }
}

static bool
is_one_of(const struct nu_xml *x, struct nu_range name, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++)
        if (nu_xml_is(x, name, *names))
            return true;
    return false;
}

static void
put_start(struct print *p, const struct nu_event *event, const char *const *without)
{
    put_mark(p, NAME);
    put_range(p, event->name, NU_PLAIN);
    for (uint32_t i = event->first; i < event->first + event->count; i++) {
        const struct nu_attribute *a = &p->x->attributes[i];
        if (is_one_of(p->x, a->name, without))
            continue;
        put_mark(p, ATTRIBUTE);
        put_range(p, a->name, NU_PLAIN);
        put_mark(p, VALUE);
        put_range(p, a->value, NU_VALUE);
    }
    put_mark(p, DONE);
}

static void
put_marked(struct print *p, enum mark mark, struct nu_range name, struct nu_range body)
{
    put_mark(p, mark);
    put_range(p, name, NU_PLAIN);
    put_mark(p, VALUE);
    put_range(p, body, NU_PLAIN);
    put_mark(p, DONE);
}

static void
put_event(struct print *p, const struct nu_event *event, const char *const *without)
{
    switch ((enum nu_kind)event->kind) {
    case NU_START:
        put_start(p, event, without);
        break;
    case NU_END:
        put_marked(p, ENDED, event->name, event->body);
        break;
    case NU_TEXT:
        put_range(p, event->body, NU_REFERENCES);
        break;
    case NU_CDATA:
        put_marked(p, CDATA, event->name, event->body);
        break;
    case NU_COMMENT:
        put_marked(p, COMMENT, event->name, event->body);
        break;
    case NU_INSTRUCTION:
        put_marked(p, INSTRUCTION, event->name, event->body);
        break;
    }
}

/* Takes white space of that size away from the end; false if it is something else. */
static bool
cut_indent(struct print *p, uint32_t size)
{
    if (size > p->size)
        return false;
    for (uint32_t i = p->size - size; i < p->size; i++)
        if (strchr(" \t\r\n", p->at[i]) == NULL)
            return false;
    p->size -= size;
    return true;
}

/* `element` is printed without these attributes, or, if there are none named, not at all. */
static bool
print(struct cmk_call *c, struct print *p, uint32_t element, const struct nu_exempt *exempt)
{
    /* what is read is no longer than what stands there, but for the names of ends */
    uint64_t room = 2 * (uint64_t)p->x->size + 4 * (uint64_t)p->x->event_count +
                    2 * (uint64_t)p->x->attribute_count;
    p->at = c->base->alloc(c, room + 1);
    for (uint32_t i = 0; p->at != NULL && i < p->x->event_count; i++) {
        if (i == element && exempt->attributes == NULL) {
            if (!cut_indent(p, exempt->indent))
                return false;
            i = p->x->events[i].partner;
            continue;
        }
        put_event(p, &p->x->events[i], i == element ? exempt->attributes : NULL);
    }
    return p->at != NULL;
}

bool
nu_xml_same_but(struct cmk_call *c, const struct nu_xml *before, const struct nu_xml *after,
                const struct nu_exempt *exempt)
{
    struct print a = {.x = before}, b = {.x = after};
    return print(c, &a, exempt->before, exempt) && print(c, &b, exempt->after, exempt) &&
           a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}
