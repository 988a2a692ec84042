/* SPDX-License-Identifier: Apache-2.0
 *
 * The committed file, read as a stream of events: is there a key `cache` anywhere, in a list of
 * configurations, in an entry of `for:`, or deeper?
 *
 * The answer must hold whatever AppVeyor's own reader makes of the file. So every key of every
 * mapping is looked at, which a second key of the same name cannot hide from, without regard to
 * case and outer spaces, and whatever its value is. What could give a key another name than the one
 * that stands there makes the file odd: aliases, tags, keys that are no scalars, several documents.
 */
#include "appveyor.h"

#include <string.h>
#include <yaml.h>

#define MOST_DEPTH  64
#define MOST_EVENTS 200000

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum expected {
    ITEM, /* of a sequence, or a document */
    KEY,
    VALUE,
};

struct walk {
    struct av_yml found;
    enum expected next[MOST_DEPTH + 1];
    size_t depth, documents, events;
};

static void
odd(struct walk *w, const yaml_event_t *event, const char *why)
{
    if (w->found.odd != NULL)
        return;
    w->found.odd = why;
    w->found.odd_line = event->start_mark.line + 1;
}

static bool
is_cache(const char *key, size_t size)
{
    static const char space[] = " \t\r\n";
    while (size > 0 && strchr(space, key[size - 1]) != NULL)
        size--;
    while (size > 0 && strchr(space, *key) != NULL) {
        key++;
        size--;
    }
    char word[sizeof "cache"] = "";
    if (size != sizeof word - 1)
        return false;
    memcpy(word, key, size);
    return av_same_but_case(word, "cache");
}

/* A whole node was read: behind a key comes its value, behind that the next key. */
static void
turn(struct walk *w)
{
    if (w->next[w->depth] == KEY)
        w->next[w->depth] = VALUE;
    else if (w->next[w->depth] == VALUE)
        w->next[w->depth] = KEY;
}

static void
on_scalar(struct walk *w, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    if (w->next[w->depth] == KEY) {
        if (event->data.scalar.tag != NULL)
            odd(w, event, "a key has a tag");
        if (w->found.cache_line == 0 && is_cache(text, event->data.scalar.length))
            w->found.cache_line = event->start_mark.line + 1;
    }
    if (event->data.scalar.anchor != NULL)
        odd(w, event, "there is an anchor");
    turn(w);
}

static void
on_start(struct walk *w, const yaml_event_t *event, const yaml_char_t *anchor, enum expected first)
{
    if (w->next[w->depth] == KEY)
        odd(w, event, "a key is a list or a mapping");
    if (anchor != NULL)
        odd(w, event, "there is an anchor");
    if (w->depth == MOST_DEPTH)
        odd(w, event, "it is nested too deep");
    else
        w->next[++w->depth] = first;
}

static void
on_end(struct walk *w)
{
    if (w->depth > 0)
        w->depth--;
    turn(w);
}

static void
on_event(struct walk *w, const yaml_event_t *event)
{
    if (++w->events > MOST_EVENTS)
        odd(w, event, "it is too long");
    if (event->type == YAML_DOCUMENT_START_EVENT && ++w->documents > 1)
        odd(w, event, "it holds several documents");
    else if (event->type == YAML_ALIAS_EVENT)
        odd(w, event, "there is an alias");
    else if (event->type == YAML_SCALAR_EVENT)
        on_scalar(w, event);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        on_start(w, event, event->data.sequence_start.anchor, ITEM);
    else if (event->type == YAML_MAPPING_START_EVENT)
        on_start(w, event, event->data.mapping_start.anchor, KEY);
    else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        on_end(w);
}

static const char no_memory[] = "there is no memory to read it";

/* The next event, or the end of the walk: the stream is over, or it cannot be followed further. */
static bool
step(struct walk *w, yaml_parser_t *parser)
{
    yaml_event_t event;
    if (!yaml_parser_parse(parser, &event)) {
        if (w->found.odd == NULL) {
            w->found.odd = parser->error == YAML_MEMORY_ERROR ? no_memory : "it is not well-formed";
            w->found.odd_line = parser->problem_mark.line + 1;
        }
        return false;
    }
    on_event(w, &event);
    bool more = event.type != YAML_STREAM_END_EVENT && w->found.odd == NULL;
    yaml_event_delete(&event);
    return more;
}

struct av_yml
av_yml_search(const char *text)
{
    struct walk w = {.depth = 0};
    yaml_parser_t parser;
    if (text == NULL)
        return w.found;
    if (!yaml_parser_initialize(&parser))
        return (struct av_yml){.odd = no_memory};
    if (strncmp(text, BYTE_ORDER_MARK, sizeof BYTE_ORDER_MARK - 1) == 0)
        text += sizeof BYTE_ORDER_MARK - 1; /* files made on Windows begin with it */
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    while (step(&w, &parser))
        ;
    yaml_parser_delete(&parser);
    return w.found;
}
