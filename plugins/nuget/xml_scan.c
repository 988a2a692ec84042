/* SPDX-License-Identifier: Apache-2.0
 *
 * The first reading: what stands where. Strict in what it takes for a tag, a comment, a reference;
 * what is left of well-formedness (an attribute twice, a prefix that is nobody's) the witness
 * knows.
 */
#include "xml.h"

#include <string.h>

struct scan {
    struct cmk_call *c;
    struct nu_xml *x;
    struct nu_why *why;
    uint32_t at;
    uint32_t depth;
    uint32_t open[NU_MOST_DEPTH]; /* indices of START */
    uint32_t event_room, attribute_room;
};

/* ---- refusing ---- */

static bool
bad(const struct scan *s, uint32_t at, int32_t status, const char *what)
{
    return nu_refuse(s->c, s->why, status, "%s, line %u: %s", s->x->name, nu_xml_line(s->x, at),
                     what);
}

static bool
malformed(const struct scan *s, const char *what)
{
    return bad(s, s->at, CMK_E_MALFORMED, what);
}

/* ---- what stands next; at the end of the text stands a NUL ---- */

static char
next(const struct scan *s)
{
    return s->x->text[s->at];
}

static bool
begins(const struct scan *s, const char *head)
{
    size_t size = strlen(head);
    return s->x->size - s->at >= size && memcmp(s->x->text + s->at, head, size) == 0;
}

static bool
take(struct scan *s, const char *head)
{
    if (!begins(s, head))
        return false;
    s->at += (uint32_t)strlen(head);
    return true;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
skip_space(struct scan *s)
{
    uint32_t from = s->at;
    while (is_space(next(s)))
        s->at++;
    return s->at > from;
}

/* The first place of `mark` in [from, end); NULL: there is none. */
static const char *
find(const char *from, const char *end, const char *mark)
{
    size_t size = strlen(mark);
    for (; (from = memchr(from, *mark, (size_t)(end - from))) != NULL; from++)
        if ((size_t)(end - from) >= size && memcmp(from, mark, size) == 0)
            return from;
    return NULL;
}

/* Moves behind `mark` and gives what stands before it. */
static bool
take_until(struct scan *s, const char *mark, struct nu_range *ret)
{
    const char *from = s->x->text + s->at;
    const char *found = find(from, s->x->text + s->x->size, mark);
    if (found == NULL)
        return false;
    *ret = (struct nu_range){s->at, (uint32_t)(found - from)};
    s->at += ret->size + (uint32_t)strlen(mark);
    return true;
}

/* ---- names: readers of .NET and libxml2 differ about those that are not ASCII ---- */

static bool
is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

static bool
scan_name(struct scan *s, struct nu_range *ret)
{
    uint32_t from = s->at;
    if (((unsigned char)next(s) & 0x80) != 0)
        return bad(s, from, CMK_E_UNSUPPORTED, "a name that is not ASCII: readers differ about it");
    if (!is_name_start(next(s)))
        return malformed(s, "a name should stand here");
    while (is_name(next(s)))
        s->at++;
    *ret = (struct nu_range){from, s->at - from};
    return true;
}

/* ---- events ---- */

static struct nu_event *
add_event(struct scan *s, enum nu_kind kind, uint32_t from)
{
    struct nu_xml *x = s->x;
    if (x->event_count == s->event_room) {
        (void)bad(s, from, CMK_E_LIMIT, "there is too much in it");
        return NULL;
    }
    struct nu_event *event = &x->events[x->event_count++];
    *event = (struct nu_event){.kind = (uint8_t)kind, .markup = {from, s->at - from}};
    return event;
}

static bool
add_body(struct scan *s, enum nu_kind kind, uint32_t from, struct nu_range body)
{
    struct nu_event *event = add_event(s, kind, from);
    if (event != NULL)
        event->body = body;
    return event != NULL;
}

/* ---- texts ---- */

static bool
check_references(const struct scan *s, struct nu_range range)
{
    const char *text = s->x->text + range.at, *end = text + range.size;
    while ((text = memchr(text, '&', (size_t)(end - text))) != NULL) {
        uint32_t code = 0, size = nu_reference(text, (uint32_t)(end - text), &code);
        if (size == 0)
            return bad(s, (uint32_t)(text - s->x->text), CMK_E_MALFORMED,
                       "a & that begins no character reference and none of XML's own five");
        text += size;
    }
    return true;
}

static bool
check_brackets(const struct scan *s, struct nu_range range)
{
    const char *text = s->x->text + range.at;
    const char *found = find(text, text + range.size, "]]>");
    return found == NULL ||
           bad(s, (uint32_t)(found - s->x->text), CMK_E_MALFORMED, "a ]]> in a text");
}

static bool
scan_text(struct scan *s)
{
    uint32_t from = s->at;
    const char *tag = memchr(s->x->text + from, '<', s->x->size - from);
    struct nu_range body = {from, (tag != NULL ? (uint32_t)(tag - s->x->text) : s->x->size) - from};
    if (s->depth == 0) {
        (void)skip_space(s);
        return s->at == body.at + body.size ||
               malformed(s, "something that is no white space outside of the root element");
    }
    s->at += body.size;
    return check_brackets(s, body) && check_references(s, body) && add_body(s, NU_TEXT, from, body);
}

static bool
scan_comment(struct scan *s)
{
    uint32_t from = s->at;
    struct nu_range body = {0, 0};
    s->at += 4;
    if (!take_until(s, "--", &body) || next(s) != '>')
        return malformed(s, "a comment that does not end, or with -- in it");
    s->at++;
    return add_body(s, NU_COMMENT, from, body);
}

static bool
scan_cdata(struct scan *s)
{
    uint32_t from = s->at;
    struct nu_range body = {0, 0};
    if (s->depth == 0)
        return malformed(s, "a CDATA section outside of the root element");
    s->at += 9;
    return (take_until(s, "]]>", &body) || malformed(s, "a CDATA section that does not end")) &&
           add_body(s, NU_CDATA, from, body);
}

static bool
scan_instruction(struct scan *s)
{
    uint32_t from = s->at;
    struct nu_range name = {0, 0}, body = {0, 0};
    s->at += 2;
    if (!scan_name(s, &name))
        return false;
    if (nu_xml_is_alike(s->x, name, "xml"))
        return malformed(s, "an XML declaration that is not at the beginning");
    if (!skip_space(s) && !begins(s, "?>"))
        return malformed(s, "a processing instruction without a space behind its name");
    if (!take_until(s, "?>", &body))
        return malformed(s, "a processing instruction that does not end");
    if (!add_body(s, NU_INSTRUCTION, from, body))
        return false;
    s->x->events[s->x->event_count - 1].name = name;
    return true;
}

/* ---- tags ---- */

static bool
scan_quoted(struct scan *s, struct nu_range *ret)
{
    (void)skip_space(s);
    if (!take(s, "="))
        return malformed(s, "an attribute without a value");
    (void)skip_space(s);
    char quote[2] = {next(s), '\0'};
    if (quote[0] != '"' && quote[0] != '\'')
        return malformed(s, "a value without quotes");
    s->at++;
    return take_until(s, quote, ret) || malformed(s, "a value that does not end");
}

static bool
scan_attribute(struct scan *s, struct nu_event *event)
{
    struct nu_attribute a = {{0, 0}, {0, 0}};
    if (!scan_name(s, &a.name) || !scan_quoted(s, &a.value))
        return false;
    if (event->count == NU_MOST_OF_ONE || s->x->attribute_count == s->attribute_room)
        return bad(s, s->at, CMK_E_LIMIT, "too many attributes");
    if (memchr(s->x->text + a.value.at, '<', a.value.size) != NULL)
        return malformed(s, "a < in a value");
    if (!check_references(s, a.value))
        return false;
    s->x->attributes[s->x->attribute_count++] = a;
    event->count++;
    return true;
}

/* From the end of a name to behind the tag. */
static bool
scan_attributes(struct scan *s, struct nu_event *event)
{
    for (;;) {
        bool apart = skip_space(s);
        if (take(s, ">"))
            return true;
        if (begins(s, "/>")) {
            s->at += 2;
            event->closed = true;
            return true;
        }
        if (next(s) == '\0')
            return malformed(s, "a tag that does not end");
        if (!apart)
            return malformed(s, "no white space in front of an attribute");
        if (!scan_attribute(s, event))
            return false;
    }
}

static bool
end_element(struct scan *s, uint32_t from, struct nu_range name)
{
    struct nu_xml *x = s->x;
    uint32_t start = s->open[s->depth - 1];
    struct nu_event *event = add_event(s, NU_END, from);
    if (event == NULL)
        return false;
    event->name = name;
    event->partner = start;
    s->depth--;
    x->events[start].partner = x->event_count - 1;
    return true;
}

static bool
scan_start(struct scan *s)
{
    struct nu_xml *x = s->x;
    uint32_t from = s->at++, index = x->event_count;
    if (s->depth == 0 && x->root != NU_NONE)
        return malformed(s, "a second root element");
    if (s->depth == NU_MOST_DEPTH)
        return bad(s, from, CMK_E_LIMIT, "elements are nested too deep");
    struct nu_event *event = add_event(s, NU_START, from);
    if (event == NULL)
        return false;
    event->first = x->attribute_count;
    if (!scan_name(s, &event->name) || !scan_attributes(s, event))
        return false;
    event->markup.size = s->at - from;
    if (s->depth == 0)
        x->root = index;
    s->open[s->depth++] = index;
    return !event->closed || end_element(s, s->at, event->name);
}

static bool
scan_end(struct scan *s)
{
    const struct nu_xml *x = s->x;
    uint32_t from = s->at;
    struct nu_range name = {0, 0};
    s->at += 2;
    if (!scan_name(s, &name))
        return false;
    (void)skip_space(s);
    if (!take(s, ">"))
        return malformed(s, "an end tag that does not end");
    if (s->depth == 0)
        return malformed(s, "an end tag without a start");
    struct nu_range opened = x->events[s->open[s->depth - 1]].name;
    if (opened.size != name.size || memcmp(x->text + opened.at, x->text + name.at, name.size) != 0)
        return malformed(s, "an end tag of another name than its start");
    return end_element(s, from, name);
}

static bool
scan_next(struct scan *s)
{
    if (next(s) != '<')
        return scan_text(s);
    if (begins(s, "<!--"))
        return scan_comment(s);
    if (begins(s, "<![CDATA["))
        return scan_cdata(s);
    if (begins(s, "<!"))
        return bad(s, s->at, CMK_E_UNSUPPORTED,
                   "a document type: NuGet refuses such files, and it is not read here");
    if (begins(s, "<?"))
        return scan_instruction(s);
    return begins(s, "</") ? scan_end(s) : scan_start(s);
}

/* ---- the XML declaration ---- */

static bool
agrees(const struct nu_xml *x, struct nu_range encoding)
{
    return nu_xml_is_alike(x, encoding, x->encoding == NU_UTF8 ? "utf-8" : "utf-16");
}

/* `name="..."`, if it comes next; *ret_there says so. */
static bool
scan_pseudo(struct scan *s, const char *name, bool *ret_there, struct nu_range *ret)
{
    uint32_t from = s->at;
    *ret_there = skip_space(s) && take(s, name);
    if (*ret_there)
        return scan_quoted(s, ret);
    s->at = from;
    return true;
}

static bool
scan_declaration(struct scan *s)
{
    bool there = false;
    struct nu_range value = {0, 0};
    if (!begins(s, "<?xml") || !is_space(s->x->text[s->at + 5]))
        return true;
    s->at += 5;
    if (!scan_pseudo(s, "version", &there, &value))
        return false;
    if (!nu_xml_is(s->x, value, "1.0"))
        return bad(s, s->at, CMK_E_UNSUPPORTED, "an XML declaration of another version than 1.0");
    if (!scan_pseudo(s, "encoding", &there, &value))
        return false;
    if (there && !agrees(s->x, value))
        return bad(s, s->at, CMK_E_UNSUPPORTED,
                   "an XML declaration that names another encoding than UTF-8, or UTF-16 behind a "
                   "byte order mark, or not the one that the bytes are in");
    if (!scan_pseudo(s, "standalone", &there, &value))
        return false;
    (void)skip_space(s);
    return take(s, "?>") || malformed(s, "an XML declaration that does not end");
}

/* ---- the whole ---- */

static uint32_t
count(const struct nu_xml *x, char c, uint32_t most)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < x->size && found < most; i++)
        found += x->text[i] == c;
    return found;
}

/* A tag has one <, and gives two events if it is closed, and one text in front of it. */
static bool
make_room(struct scan *s)
{
    struct nu_xml *x = s->x;
    s->event_room = 3 * count(x, '<', NU_MOST_EVENTS / 3) + 1;
    s->attribute_room = count(x, '=', NU_MOST_ATTRIBUTES);
    x->events = s->c->base->alloc(s->c, s->event_room * sizeof *x->events);
    x->attributes = s->c->base->alloc(s->c, (s->attribute_room + 1) * sizeof *x->attributes);
    return (x->events != NULL && x->attributes != NULL) ||
           nu_refuse(s->c, s->why, CMK_E_LIMIT, "%s: no memory", x->name);
}

bool
nu_xml_scan(struct cmk_call *c, struct nu_xml *x, struct nu_why *why)
{
    struct scan s = {.c = c, .x = x, .why = why};
    x->event_count = x->attribute_count = x->space_count = 0;
    x->root = NU_NONE;
    if (!make_room(&s) || !scan_declaration(&s))
        return false;
    while (s.at < x->size)
        if (!scan_next(&s))
            return false;
    if (s.depth > 0)
        return malformed(&s, "an element that does not end");
    return x->root != NU_NONE || malformed(&s, "there is no element in it");
}
