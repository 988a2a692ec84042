/* SPDX-License-Identifier: Apache-2.0
 *
 * The second reading: libxml2 goes through the same text, and each of its events has to be the next
 * one of the scanner's. It also tells what only it knows: the namespace of each element.
 *
 * It is handed UTF-8, so nothing that the file says of its encoding counts; there is no document
 * type in the text, so nothing is ever loaded or expanded.
 */
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

/* NOENT: without it &amp; in a value is told as &#38;. There is no other entity to be replaced, see
 * above. */
#define OPTIONS (XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT)

static const xmlChar nothing[] = "";

struct witness {
    struct cmk_call *c;
    struct nu_xml *x;
    xmlParserCtxtPtr parser;
    uint32_t next; /* event that has not been seen yet */
    uint32_t at;   /* of a text that has begun: what has not been seen of it yet; else 0 */
    bool differs;
    const char *said; /* libxml2's own words, if it had any when that was found */
    const xmlChar *spaces[NU_MOST_SPACES]; /* libxml2's own pointers, for those of the nu_xml */
};

/* What libxml2 finds wrong; NULL: nothing. */
static const char *
words_of(const struct witness *w)
{
    const xmlError *error = xmlCtxtGetLastError(w->parser);
    if (error == NULL || error->level < XML_ERR_ERROR)
        return NULL;
    const char *text = error->message != NULL ? error->message : "no reason is given";
    return cmk_printf(w->c, "line %d: libxml2 says: %.*s", error->line, (int)strcspn(text, "\n"),
                      text);
}

/* What it says behind the stop is of the stop. */
static void
differ(struct witness *w)
{
    if (!w->differs)
        w->said = words_of(w);
    w->differs = true;
    xmlStopParser(w->parser);
}

/* The next event, if it is of that kind. A text has to have been seen to its end. */
static struct nu_event *
expect(struct witness *w, enum nu_kind kind)
{
    struct nu_xml *x = w->x;
    if (w->at > 0 && w->at == x->events[w->next].body.at + x->events[w->next].body.size)
        w->next++;
    w->at = 0;
    if (w->next >= x->event_count || x->events[w->next].kind != kind) {
        differ(w);
        return NULL;
    }
    return &x->events[w->next];
}

/* Is `seen` what a reader gets from there on? Moves *at behind it. */
static bool
is_read(const struct nu_xml *x, uint32_t *at, uint32_t end, enum nu_form form, const xmlChar *seen,
        size_t size)
{
    while (size > 0 && *at < end) {
        char bytes[4];
        uint32_t count = nu_decode(x, at, end, form, bytes);
        if (count > size || memcmp(bytes, seen, count) != 0)
            return false;
        seen += count;
        size -= count;
    }
    return size == 0;
}

static bool
is_all(const struct nu_xml *x, struct nu_range range, enum nu_form form, const xmlChar *seen,
       size_t size)
{
    uint32_t at = range.at;
    return is_read(x, &at, range.at + range.size, form, seen, size) && at == range.at + range.size;
}

/* ---- names ---- */

static bool
is_named(const struct nu_xml *x, struct nu_range name, const xmlChar *local, const xmlChar *prefix)
{
    const char *at = x->text + name.at;
    size_t before = prefix != NULL ? strlen((const char *)prefix) + 1 : 0;
    size_t size = strlen((const char *)local);
    if (before + size != name.size || memcmp(at + before, local, size) != 0)
        return false;
    return before == 0 || (memcmp(at, prefix, before - 1) == 0 && at[before - 1] == ':');
}

/* The index of a namespace, which is kept when it is met for the first time. */
static bool
find_space(struct witness *w, const xmlChar *uri, uint8_t *ret)
{
    struct nu_xml *x = w->x;
    uint32_t i = 0;
    while (i < x->space_count && w->spaces[i] != uri)
        i++;
    if (i == NU_MOST_SPACES)
        return false;
    if (i == x->space_count) {
        w->spaces[i] = uri;
        x->spaces[i] = cmk_printf(w->c, "%s", uri != NULL ? (const char *)uri : "");
        x->space_count++;
    }
    *ret = (uint8_t)i;
    return true;
}

/* ---- what libxml2 tells ---- */

/* Namespaces are told apart from the other attributes; both in the order in which they stand. */
struct told {
    const xmlChar **spaces, **attributes;
    int space_count, attribute_count;
};

static bool
is_space_declaration(const struct nu_xml *x, struct nu_range name)
{
    const char *at = x->text + name.at;
    return (name.size == 5 && memcmp(at, "xmlns", 5) == 0) ||
           (name.size > 6 && memcmp(at, "xmlns:", 6) == 0);
}

static bool
is_told(const struct nu_xml *x, const struct nu_attribute *a, struct told *told)
{
    static const xmlChar xmlns[] = "xmlns";
    if (is_space_declaration(x, a->name)) {
        if (told->space_count-- <= 0)
            return false;
        const xmlChar *prefix = *told->spaces++, *uri = *told->spaces++;
        uri = uri != NULL ? uri : nothing;
        return is_named(x, a->name, prefix != NULL ? prefix : xmlns,
                        prefix != NULL ? xmlns : NULL) &&
               is_all(x, a->value, NU_VALUE, uri, strlen((const char *)uri));
    }
    if (told->attribute_count-- <= 0)
        return false;
    const xmlChar **told_one = told->attributes;
    told->attributes += 5;
    return is_named(x, a->name, told_one[0], told_one[1]) &&
           is_all(x, a->value, NU_VALUE, told_one[3], (size_t)(told_one[4] - told_one[3]));
}

static void
on_start(void *self, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
         int space_count, const xmlChar **spaces, int attribute_count, int defaulted,
         const xmlChar **attributes)
{
    struct witness *w = self;
    struct told told = {spaces, attributes, space_count, attribute_count};
    struct nu_event *event = expect(w, NU_START);
    (void)defaulted; /* by nobody: there is no document type */
    if (event == NULL)
        return;
    bool same = is_named(w->x, event->name, local, prefix) && find_space(w, uri, &event->space);
    for (uint32_t i = 0; same && i < event->count; i++)
        same = is_told(w->x, &w->x->attributes[event->first + i], &told);
    if (!same || told.space_count != 0 || told.attribute_count != 0)
        differ(w);
    w->next++;
}

static void
on_end(void *self, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
    struct witness *w = self;
    const struct nu_event *event = expect(w, NU_END);
    (void)uri;
    if (event != NULL && !is_named(w->x, event->name, local, prefix))
        differ(w);
    w->next++;
}

/* A text may come in pieces. */
static void
see_text(struct witness *w, enum nu_kind kind, enum nu_form form, const xmlChar *text, int size)
{
    const struct nu_xml *x = w->x;
    bool goes_on = w->at > 0 && x->events[w->next].kind == kind &&
                   w->at < x->events[w->next].body.at + x->events[w->next].body.size;
    const struct nu_event *event = goes_on ? &x->events[w->next] : expect(w, kind);
    if (event == NULL)
        return;
    if (!goes_on)
        w->at = event->body.at;
    if (!is_read(x, &w->at, event->body.at + event->body.size, form, text, (size_t)size))
        differ(w);
}

static void
on_text(void *self, const xmlChar *text, int size)
{
    see_text(self, NU_TEXT, NU_REFERENCES, text, size);
}

static void
on_cdata(void *self, const xmlChar *text, int size)
{
    see_text(self, NU_CDATA, NU_PLAIN, text, size);
}

static void
on_comment(void *self, const xmlChar *text)
{
    struct witness *w = self;
    const struct nu_event *event = expect(w, NU_COMMENT);
    if (event != NULL && !is_all(w->x, event->body, NU_PLAIN, text, strlen((const char *)text)))
        differ(w);
    w->next++;
}

static void
on_instruction(void *self, const xmlChar *target, const xmlChar *data)
{
    struct witness *w = self;
    const struct nu_event *event = expect(w, NU_INSTRUCTION);
    const xmlChar *text = data != NULL ? data : nothing;
    if (event != NULL && (!is_named(w->x, event->name, target, NULL) ||
                          !is_all(w->x, event->body, NU_PLAIN, text, strlen((const char *)text))))
        differ(w);
    w->next++;
}

/* There is none in the text, or the scanner has not seen it. */
static void
on_doctype(void *self, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    differ(self);
}

static void
on_reference(void *self, const xmlChar *name)
{
    (void)name;
    differ(self);
}

/* ---- the whole ---- */

/* No handler prints errors: the last one is asked for. */
static const xmlSAXHandler handler = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_cdata,
    .comment = on_comment,
    .processingInstruction = on_instruction,
    .internalSubset = on_doctype,
    .reference = on_reference,
};

static bool
conclude(const struct witness *w, struct nu_why *why)
{
    const struct nu_xml *x = w->x;
    bool is_well = w->parser->wellFormed && w->parser->nsWellFormed;
    if (is_well && !w->differs && w->next == x->event_count)
        return true;
    const char *said = w->differs ? w->said : words_of(w);
    if (said != NULL)
        return nu_refuse(w->c, why, CMK_E_MALFORMED, "%s, %s", x->name, said);
    return nu_refuse(w->c, why, CMK_E_MALFORMED,
                     "%s, line %u: readers of XML differ about what stands here", x->name,
                     w->next < x->event_count ? nu_xml_line_of(x, w->next) : 1);
}

bool
nu_xml_witness(struct cmk_call *c, struct nu_xml *x, struct nu_why *why)
{
    struct witness w = {.c = c, .x = x};
    w.parser = xmlCreateMemoryParserCtxt(x->text, (int)x->size);
    if (w.parser == NULL)
        return nu_refuse(c, why, CMK_E_LIMIT, "%s: no memory", x->name);
    (void)xmlCtxtUseOptions(w.parser, OPTIONS);
    *w.parser->sax = handler;
    w.parser->userData = &w;
    (void)xmlParseDocument(w.parser);
    bool same = conclude(&w, why);
    xmlFreeParserCtxt(w.parser);
    return same;
}
