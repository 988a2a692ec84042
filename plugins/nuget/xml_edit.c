/* SPDX-License-Identifier: Apache-2.0
 *
 * Edits of a file by ranges, and the proof that they changed what they should and nothing else.
 */
#include "xml.h"

#include <string.h>

/* ---- where an element is put in ---- */

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The last line end in front of `at`, if nothing but white space follows it; else `at`. */
static uint32_t
line_end_before(const struct nu_xml *x, uint32_t at)
{
    uint32_t i = at;
    while (i > 0 && (x->text[i - 1] == ' ' || x->text[i - 1] == '\t'))
        i--;
    if (i == 0 || (x->text[i - 1] != '\n' && x->text[i - 1] != '\r'))
        return at;
    i--;
    return i > 0 && x->text[i] == '\n' && x->text[i - 1] == '\r' ? i - 1 : i;
}

static uint32_t
last_child(const struct nu_xml *x, uint32_t element)
{
    uint32_t last = NU_NONE;
    for (uint32_t i = nu_xml_child(x, element, NU_NONE); i != NU_NONE;
         i = nu_xml_child(x, element, i))
        last = i;
    return last;
}

struct nu_place
nu_place_in(struct cmk_call *c, const struct nu_xml *x, uint32_t element)
{
    uint32_t child = last_child(x, element);
    uint32_t end = x->events[x->events[element].partner].markup.at;
    if (child == NU_NONE)
        return (struct nu_place){end, "", 0};
    uint32_t line = x->events[child].markup.at, from = line_end_before(x, line);
    const char *indent = cmk_printf(c, "%.*s", (int)(line - from), x->text + from);
    uint32_t read = line - from - (strncmp(indent, "\r\n", 2) == 0 ? 1 : 0);
    if (from < line && line_end_before(x, end) < end)
        while (is_space(x->text[end - 1]))
            end--;
    return (struct nu_place){end, indent, read};
}

/* ---- edits ---- */

void
nu_edit_add(struct nu_edits *edits, uint32_t at, uint32_t size, const char *instead)
{
    uint32_t i = edits->count++;
    for (; i > 0 && edits->list[i - 1].range.at > at; i--)
        edits->list[i] = edits->list[i - 1];
    edits->list[i] = (struct nu_edit){{at, size}, instead};
}

/* A range of the text as one of the file. */
static struct nu_range
in_file(const struct nu_xml *x, struct nu_range range)
{
    uint32_t at = nu_text_place(x, range.at);
    return (struct nu_range){at, nu_text_place(x, range.at + range.size) - at};
}

static struct cmk_bytes
edited(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits)
{
    const char *from = x->file.at;
    uint64_t room = x->file.size, used = 0, at = 0;
    for (uint32_t i = 0; i < edits->count; i++)
        room += nu_text_write(c, x, edits->list[i].instead).size;
    char *to = c->base->alloc(c, room + 1);
    for (uint32_t i = 0; to != NULL && i < edits->count; i++) {
        struct nu_range range = in_file(x, edits->list[i].range);
        struct cmk_bytes instead = nu_text_write(c, x, edits->list[i].instead);
        memcpy(to + used, from + at, range.at - at);
        used += range.at - at;
        memcpy(to + used, instead.at, instead.size);
        used += instead.size;
        at = range.at + range.size;
    }
    if (to != NULL)
        memcpy(to + used, from + at, x->file.size - at);
    return (struct cmk_bytes){to, to != NULL ? used + x->file.size - at : 0};
}

bool
nu_xml_edit(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits,
            struct nu_xml *ret, struct nu_why *why)
{
    struct cmk_bytes file = edited(c, x, edits);
    return nu_xml_read(c, x->name, file, file.size, ret, why);
}

void
nu_edit_splice(struct cmk_call *c, const struct cmk_work *w, uint64_t entry, const struct nu_xml *x,
               const struct nu_edits *edits)
{
    for (uint32_t i = 0; i < edits->count; i++) {
        struct nu_range range = in_file(x, edits->list[i].range);
        w->archives->splice(c, w->archive, entry, range.at, range.size,
                            nu_text_write(c, x, edits->list[i].instead));
    }
}
