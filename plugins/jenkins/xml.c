/* SPDX-License-Identifier: Apache-2.0
 *
 * A job's configuration is XML. It is read by libxml2 without document types, entities and network,
 * within limits, and written anew as JSON, of which the host keeps what it may.
 *
 * Children of one name come together in one list, so that none can hide behind another.
 */
#include "jenkins.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define MOST_DEPTH    28   /* each costs two levels of JSON */
#define MOST_ELEMENTS 4000 /* children of one name are looked for among their siblings */
#define MOST_SIZE     (1u << 20)

/* ---- writing JSON ---- */

struct text {
    struct cmk_call *c;
    char *at;
    size_t size, room;
    const char *wrong;
    uint32_t elements;
};

static void
put(struct text *to, const char *at, size_t size)
{
    if (to->wrong != NULL)
        return;
    if (size >= to->room - to->size) {
        size_t room = 2 * to->room + size + 1;
        char *more = to->c->base->alloc(to->c, room);
        if (more == NULL) {
            to->wrong = "there is no memory to read it";
            return;
        }
        if (to->size > 0)
            memcpy(more, to->at, to->size);
        to->at = more;
        to->room = room;
    }
    memcpy(to->at + to->size, at, size);
    to->size += size;
    to->at[to->size] = '\0';
}

static void
puts_to(struct text *to, const char *text)
{
    put(to, text, strlen(text));
}

/* The inside of a JSON string. */
static void
put_escaped(struct text *to, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (; *text != '\0'; text++) {
        unsigned char letter = (unsigned char)*text;
        if (letter < 0x20) {
            const char code[] = {'\\', 'u', '0', '0', digits[letter / 16], digits[letter % 16]};
            put(to, code, sizeof code);
        } else {
            if (letter == '"' || letter == '\\')
                put(to, "\\", 1);
            put(to, text, 1);
        }
    }
}

const char *
jk_quoted(struct cmk_call *c, const char *text)
{
    struct text to = {.c = c};
    puts_to(&to, "\"");
    put_escaped(&to, text != NULL ? text : "");
    puts_to(&to, "\"");
    return to.wrong == NULL ? to.at : NULL;
}

/* ---- elements ---- */

static const char *
text_of(const xmlChar *text)
{
    return text != NULL ? (const char *)text : "";
}

static void
put_attributes(struct text *to, const xmlNode *element)
{
    for (const xmlAttr *a = element->properties; a != NULL; a = a->next) {
        puts_to(to, ",\"@");
        put_escaped(to, text_of(a->name));
        puts_to(to, "\":\"");
        for (const xmlNode *part = a->children; part != NULL; part = part->next)
            put_escaped(to, text_of(part->content));
        puts_to(to, "\"");
    }
}

static bool
is_text(const xmlNode *node)
{
    return node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

/* What stands between the children of an element is the file's layout; all else is a text. */
static bool
has_text(const xmlNode *element)
{
    bool has_children = false, has_words = false;
    for (const xmlNode *node = element->children; node != NULL; node = node->next) {
        const char *text = text_of(node->content);
        has_children |= node->type == XML_ELEMENT_NODE;
        has_words |= is_text(node) && text[strspn(text, " \t\r\n")] != '\0';
    }
    return has_words || (!has_children && element->children != NULL);
}

static void
put_text(struct text *to, const xmlNode *element)
{
    if (!has_text(element))
        return;
    puts_to(to, ",\"#\":\"");
    for (const xmlNode *node = element->children; node != NULL; node = node->next)
        if (is_text(node))
            put_escaped(to, text_of(node->content));
    puts_to(to, "\"");
}

static bool
is_named(const xmlNode *node, const xmlChar *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, name);
}

static bool
is_first_of_its_name(const xmlNode *node)
{
    for (const xmlNode *before = node->prev; before != NULL; before = before->prev)
        if (is_named(before, node->name))
            return false;
    return true;
}

static void put_element(struct text *to, const xmlNode *element, int depth);

static void
put_children(struct text *to, const xmlNode *element, int depth)
{
    for (const xmlNode *first = element->children; first != NULL; first = first->next) {
        if (first->type != XML_ELEMENT_NODE || to->wrong != NULL || !is_first_of_its_name(first))
            continue;
        puts_to(to, ",\"");
        put_escaped(to, text_of(first->name));
        puts_to(to, "\":[");
        for (const xmlNode *node = first; node != NULL; node = node->next) {
            if (!is_named(node, first->name))
                continue;
            puts_to(to, node != first ? "," : "");
            put_element(to, node, depth + 1);
        }
        puts_to(to, "]");
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as MOST_DEPTH */
static void
put_element(struct text *to, const xmlNode *element, int depth)
{
    if (depth > MOST_DEPTH || ++to->elements > MOST_ELEMENTS) {
        to->wrong = depth > MOST_DEPTH ? "it is nested too deep" : "it has too many elements";
        return;
    }
    size_t opened = to->size;
    put_attributes(to, element);
    put_text(to, element);
    put_children(to, element, depth);
    if (to->wrong != NULL)
        return;
    if (to->size == opened)
        puts_to(to, "{");
    else
        to->at[opened] = '{'; /* in the place of the first comma */
    puts_to(to, "}");
}

/* ---- the document ---- */

/* XStream, which reads the file for Jenkins, takes "_." and four digits in a name for one letter:
 * two names that differ here may be one there. "__" and "_-" are letters that no name has which is
 * looked for. */
static bool
is_coded(const char *name)
{
    for (; *name != '\0'; name++) {
        if (name[0] != '_')
            continue;
        if (name[1] == '.')
            return true;
        name += name[1] == '_' || name[1] == '-';
    }
    return false;
}

/* A name with a prefix is another one to Jenkins, whether the prefix is declared or not. */
static const char *
odd_element(const xmlNode *node)
{
    if (node->ns != NULL || node->nsDef != NULL || strchr(text_of(node->name), ':') != NULL)
        return "it has namespaces";
    if (is_coded(text_of(node->name)))
        return "it has a name with coded letters";
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
        if (a->ns != NULL || strchr(text_of(a->name), ':') != NULL)
            return "it has namespaces";
    return NULL;
}

/* What is no plain document: of such a node no part of the JSON can be made. An instruction parts a
 * text, and parsers do not agree in which of the parts they see. */
static const char *
odd_node(const xmlNode *node)
{
    if (node->type == XML_ENTITY_REF_NODE)
        return "it refers to an entity";
    if (node->type == XML_PI_NODE)
        return "it has a processing instruction";
    return node->type == XML_ELEMENT_NODE ? odd_element(node) : NULL;
}

/* Goes through all nodes without recursion. */
static const char *
odd_part(const xmlNode *root)
{
    for (const xmlNode *node = root; node != NULL;) {
        const char *odd = odd_node(node);
        if (odd != NULL)
            return odd;
        if (node->children != NULL && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            continue;
        }
        while (node != NULL && node->next == NULL)
            node = node != root ? node->parent : NULL;
        node = node != NULL && node != root ? node->next : NULL;
    }
    return NULL;
}

static struct jk_json
write_document(struct cmk_call *c, const xmlDoc *doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct text to = {.c = c};
    if (root == NULL || doc->intSubset != NULL)
        return (struct jk_json){.wrong = "it is no plain document"};
    to.wrong = odd_part(root);
    puts_to(&to, "{\"root\":\"");
    put_escaped(&to, text_of(root->name));
    puts_to(&to, "\",\"body\":");
    put_element(&to, root, 0);
    puts_to(&to, "}");
    if (to.wrong != NULL)
        return (struct jk_json){.wrong = to.wrong};
    return (struct jk_json){.text = to.at, .size = to.size};
}

/* The encoding is said and not guessed, so that what was looked for is what is parsed. */
struct jk_json
jk_xml_read(struct cmk_call *c, const char *text, size_t size)
{
    static const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    if (size > MOST_SIZE || strlen(text) != size)
        return (struct jk_json){.wrong = "it is too large, or holds a NUL"};
    if (strstr(text, "<!DOCTYPE") != NULL)
        return (struct jk_json){.wrong = "it has a document type"};
    xmlParserCtxt *parser = xmlNewParserCtxt();
    xmlDoc *doc =
        parser != NULL ? xmlCtxtReadMemory(parser, text, (int)size, NULL, "UTF-8", options) : NULL;
    struct jk_json json = {.wrong = "it is not well-formed XML in UTF-8"};
    if (doc != NULL)
        json = write_document(c, doc);
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    return json;
}
