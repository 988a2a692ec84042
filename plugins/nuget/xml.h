/* SPDX-License-Identifier: Apache-2.0
 *
 * xml.h: a small XML file that is read twice, and changed in a few ranges of its bytes.
 *
 * Whoever edits by ranges must know where everything stands; whoever is believed must read as
 * others do. No parser does both: libxml2 tells no reliable offsets. So a strict scanner of ours
 * says what stands where, and libxml2 goes through the same text behind it, as a witness: each
 * name, each attribute with its value, each text, in this order, or the file is refused. And what
 * an edit makes of a file is read again in the same way and compared with what was there, see
 * nu_xml_edit().
 *
 * Read is XML 1.0 in UTF-8, with a byte order mark or without, or in UTF-16 with one; with an XML
 * declaration that says the same, or none. There are no document types, and so no entities but the
 * five that need none; no names that are not ASCII.
 *
 * Everything that is given back is arena. Nothing here fails the call but a lack of memory: what
 * cannot be read is told in a struct nu_why, because an inspection goes on with a doubt.
 */
#ifndef NUGET_XML_H
#define NUGET_XML_H

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#define NU_NONE UINT32_MAX

/* Limits, of every file. */
#define NU_MOST_DEPTH      64     /* elements within one another */
#define NU_MOST_EVENTS     250000 /* tags, texts, comments */
#define NU_MOST_ATTRIBUTES 150000 /* in all */
#define NU_MOST_OF_ONE     64     /* attributes of one element */
#define NU_MOST_SPACES     64     /* different namespaces */

/* Why something is refused. */
struct nu_why {
    int32_t status; /* CMK_E_... */
    const char *text;
};

/* return nu_refuse(c, why, CMK_E_MALFORMED, "%s: ...", name): gives false */
#define nu_refuse(c, why, class, ...) (nu_say((why), (class), cmk_printf((c), __VA_ARGS__)), false)
void nu_say(struct nu_why *why, int32_t status, const char *text);

enum nu_encoding { NU_UTF8, NU_UTF16_LE, NU_UTF16_BE };

enum nu_kind { NU_START, NU_END, NU_TEXT, NU_CDATA, NU_COMMENT, NU_INSTRUCTION };

/* How raw bytes become a text: line ends are one line feed; in values each is a space. */
enum nu_form { NU_PLAIN, NU_REFERENCES, NU_VALUE };

/* Of the text, in bytes of UTF-8. */
struct nu_range {
    uint32_t at, size;
};

struct nu_event {
    uint8_t kind;
    uint8_t space;          /* START: index of its namespace */
    bool closed;            /* START: written as <a/>; the next event is its end, of no bytes */
    struct nu_range markup; /* all of it, as it stands there */
    struct nu_range name;   /* START, END, INSTRUCTION: with the prefix */
    struct nu_range body;   /* TEXT, CDATA, COMMENT, INSTRUCTION */
    uint32_t first, count;  /* START: its attributes */
    uint32_t partner;       /* START: index of its END; END: of its START */
};

struct nu_attribute {
    struct nu_range name, value; /* the value without its quotes */
};

struct nu_xml {
    const char *name; /* for messages: "Widget.nuspec" */
    struct cmk_bytes file;
    enum nu_encoding encoding;
    uint32_t mark;    /* bytes of the byte order mark */
    const char *text; /* all but the mark, in UTF-8; a NUL behind it */
    uint32_t size;
    struct nu_event *events;
    struct nu_attribute *attributes;
    uint32_t event_count, attribute_count;
    uint32_t root; /* index of its START */
    const char *spaces[NU_MOST_SPACES];
    uint32_t space_count;
};

/* ---- xml.c: reading, and going through what was read ---- */

bool nu_xml_read(struct cmk_call *c, const char *name, struct cmk_bytes file, uint64_t most,
                 struct nu_xml *ret, struct nu_why *why);

/* Is that what stands in the range? With any case of ASCII letters: _alike. */
bool nu_xml_is(const struct nu_xml *x, struct nu_range range, const char *text);
bool nu_xml_is_alike(const struct nu_xml *x, struct nu_range range, const char *text);
/* A name without its prefix. */
struct nu_range nu_xml_local(const struct nu_xml *x, struct nu_range name);
/* The namespace of an element; "": none. */
const char *nu_xml_space(const struct nu_xml *x, uint32_t element);
/* The first child element, or with `after` the next one; NU_NONE: there is none. */
uint32_t nu_xml_child(const struct nu_xml *x, uint32_t parent, uint32_t after);
/* The attribute of exactly that name, without a prefix; NU_NONE: there is none. */
uint32_t nu_xml_attribute(const struct nu_xml *x, uint32_t element, const char *name);
/* What a reader gets. */
const char *nu_xml_text(struct cmk_call *c, const struct nu_xml *x, struct nu_range range,
                        enum nu_form form);
/* The value of that attribute; NULL: there is none. */
const char *nu_xml_value(struct cmk_call *c, const struct nu_xml *x, uint32_t attribute);
/* The text directly in an element, without white space around it. */
const char *nu_xml_content(struct cmk_call *c, const struct nu_xml *x, uint32_t element);
/* The number of the line, from 1. */
uint32_t nu_xml_line(const struct nu_xml *x, uint32_t at);
uint32_t nu_xml_line_of(const struct nu_xml *x, uint32_t event);

/* ---- xml_text.c: bytes of a file and UTF-8 ---- */

/* Sets encoding, mark, text and size. */
bool nu_text_read(struct cmk_call *c, struct nu_xml *x, struct nu_why *why);
/* Where in the file does that byte of the text stand? */
uint32_t nu_text_place(const struct nu_xml *x, uint32_t at);
/* The text as the file would hold it. */
struct cmk_bytes nu_text_write(struct cmk_call *c, const struct nu_xml *x, const char *text);
/* The size of the valid character that comes first, 1 to 4, and its code; 0: there is none. */
uint32_t nu_utf8(const char *at, uint32_t size, uint32_t *ret_code);
uint32_t nu_utf8_put(uint32_t code, char ret[4]);
bool nu_is_xml(uint32_t code); /* may that character stand in XML at all? */

/* ---- xml_decode.c: what stands for a text ---- */

/* Of what begins with &: the size of the reference (&amp; &#38; &#x26;), and its character; 0: it
 * is none. */
uint32_t nu_reference(const char *at, uint32_t size, uint32_t *ret_code);
/* The next character as a reader gets it, its bytes in `ret`; moves *at. */
uint32_t nu_decode(const struct nu_xml *x, uint32_t *at, uint32_t end, enum nu_form form,
                   char ret[4]);
/* The text as it is written in a value between quotes of either kind; NULL: no XML can carry it. */
const char *nu_encode(struct cmk_call *c, const char *text);

/* ---- xml_scan.c, xml_witness.c: the two readings ---- */

bool nu_xml_scan(struct cmk_call *c, struct nu_xml *x, struct nu_why *why);
bool nu_xml_witness(struct cmk_call *c, struct nu_xml *x, struct nu_why *why);

/* ---- xml_edit.c: ranges with other text in them ---- */

#define NU_MOST_EDITS 8

struct nu_edits {
    struct nu_edit {
        struct nu_range range; /* of the text */
        const char *instead;
    } list[NU_MOST_EDITS];
    uint32_t count;
};

/* Adds one; ranges do not touch one another. */
void nu_edit_add(struct nu_edits *edits, uint32_t at, uint32_t size, const char *instead);
/* Makes the edits and reads the outcome, again with both readers. */
bool nu_xml_edit(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits,
                 struct nu_xml *ret, struct nu_why *why);
/* Hands the edits to the host, as ranges of the file. */
void nu_edit_splice(struct cmk_call *c, const struct cmk_work *w, uint64_t entry,
                    const struct nu_xml *x, const struct nu_edits *edits);

/* Where an element is put in: behind all that stands in another one, in a line of its own if what
 * stands there has such lines. */
struct nu_place {
    uint32_t at;          /* of the text */
    const char *indent;   /* to be put in front of it */
    uint32_t indent_size; /* of that, as a reader gets it: a line end is one byte */
};

struct nu_place nu_place_in(struct cmk_call *c, const struct nu_xml *x, uint32_t element);

/* ---- xml_proof.c ---- */

/* In what two documents may differ. */
struct nu_exempt {
    uint32_t before, after;        /* an element's START; NU_NONE: it is not there */
    const char *const *attributes; /* of it, these, ending with NULL; NULL: all of it */
    uint32_t indent;               /* and white space of that size in front of it */
};

/* Do readers get the same of both but for that? If not, it is a fault of ours. */
bool nu_xml_same_but(struct cmk_call *c, const struct nu_xml *before, const struct nu_xml *after,
                     const struct nu_exempt *exempt);

#endif
