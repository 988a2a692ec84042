/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/report_lines.h"

#include "base/text.h"

#include <string.h>

#define WIDTH       80
#define LEAST_WIDTH 40
#define MOST_WIDTH  160

#define LONG_INDENT  6 /* where a word stands that is too long for where it belongs */
#define LEAST_INDENT 2 /* and one that is too long for that */

/* A terminal may be too narrow to wrap for, or wider than is easy to read. */
size_t
cm_page_width(const struct cm_look *look)
{
    if (look->width == CM_UNWRAPPED)
        return SIZE_MAX / 2;
    if (look->width <= 0)
        return WIDTH;
    return look->width < LEAST_WIDTH  ? LEAST_WIDTH
           : look->width > MOST_WIDTH ? MOST_WIDTH
                                      : (size_t)look->width;
}

void
cm_page_spaces(struct cm_page *page, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cm_buf_putc(page->to, ' ');
}

void
cm_page_paint(struct cm_page *page, enum cm_paint paint, const char *text)
{
    static const char *const codes[] = {
        [CM_PLAIN] = "",         [CM_BOLD] = "\x1b[1m",   [CM_DIM] = "\x1b[2m",
        [CM_GREEN] = "\x1b[32m", [CM_RED] = "\x1b[1;31m", [CM_YELLOW] = "\x1b[33m"};
    bool is_painted = page->look->colour && paint != CM_PLAIN && text[0] != '\0';
    if (is_painted)
        cm_buf_puts(page->to, codes[paint]);
    cm_buf_puts(page->to, text);
    if (is_painted)
        cm_buf_puts(page->to, "\x1b[0m");
}

size_t
cm_page_columns(const char *text, size_t size)
{
    size_t columns = 0;
    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* All but printing ASCII escaped; the backslash stays, for it may be of an escape already. */
static void
escape_foreign(struct cm_buf *to, const char *text)
{
    for (;;) {
        size_t size = strcspn(text, "\\");
        cm_escape_to(to, text, size);
        text += size;
        if (*text == '\0')
            return;
        cm_buf_putc(to, '\\');
        text++;
    }
}

void
cm_report_show(struct cm_buf *to, enum cm_whose whose, const char *text)
{
    if (whose == CM_OPERATORS)
        cm_escape_controls_to(to, text, strlen(text));
    else
        escape_foreign(to, text);
}

/* Where a new line begins that a word of so many columns is first in: at `hang`, or left of it,
 * where a long word (a digest, an address) stays whole. */
static size_t
begin_of_line(const struct cm_page *page, size_t hang, size_t columns)
{
    if (hang + columns <= page->width || hang <= LEAST_INDENT)
        return hang;
    return LONG_INDENT + columns <= page->width && LONG_INDENT < hang ? LONG_INDENT : LEAST_INDENT;
}

static void
end_line(struct cm_page *page)
{
    size_t size = page->to->size;
    while (size > 0 && page->to->at[size - 1] == ' ')
        size--;
    cm_buf_cut(page->to, size);
    cm_buf_putc(page->to, '\n');
}

static void
put_words(struct cm_page *page, size_t column, size_t hang, const char *text)
{
    size_t at = column;
    for (bool is_first = true; *text; is_first = false) {
        size_t size = strcspn(text, " ");
        size_t columns = cm_page_columns(text, size);
        size_t gap = is_first ? 0 : 1;
        size_t begin = begin_of_line(page, hang, columns);
        bool stays = is_first && at == hang && begin + columns > page->width; /* no line helps */
        if (at + gap + columns > page->width && !stays) {
            end_line(page);
            at = begin;
            if (begin < hang && LONG_INDENT < hang)
                hang = LONG_INDENT; /* what follows a word that stands further left does so, too */
            cm_page_spaces(page, at);
            gap = 0;
        }
        cm_page_spaces(page, gap);
        cm_buf_add(page->to, text, size);
        at += gap + columns;
        text += size;
        text += strspn(text, " ");
    }
}

void
cm_page_wrap(struct cm_page *page, size_t column, size_t hang, enum cm_whose whose,
             const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(CM_REPORT_MOST);
    cm_report_show(&shown, whose, text);
    if (shown.failed)
        page->to->failed = true;
    put_words(page, column, hang, cm_buf_text(&shown));
    end_line(page);
}

void
cm_page_labelled(struct cm_page *page, size_t indent, size_t column, const char *label,
                 enum cm_whose whose, const char *text)
{
    if (!text || text[0] == '\0')
        return;
    size_t end = indent + strlen(label);
    cm_page_spaces(page, indent);
    cm_page_paint(page, CM_DIM, label);
    cm_page_spaces(page, end < column ? column - end : 1);
    cm_page_wrap(page, end < column ? column : end + 1, column, whose, text);
}
