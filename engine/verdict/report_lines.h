/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/report_lines.h: lines of a report: wrapped, escaped, painted.
 */
#ifndef CM_VERDICT_REPORT_LINES_H
#define CM_VERDICT_REPORT_LINES_H

#include "verdict/verdict.h"

#define CM_REPORT_MOST ((size_t)16 << 20)

struct cm_page {
    struct cm_buf *to;
    const struct cm_look *look;
    size_t width; /* columns */
};

enum cm_paint { CM_PLAIN = 0, CM_BOLD, CM_DIM, CM_GREEN, CM_RED, CM_YELLOW };

/* How much of a text is trusted: foreign text comes out in ASCII whatever it holds, so that nothing
 * in it looks like something else; the operator's keeps its letters and loses its controls. */
enum cm_whose { CM_FOREIGN = 0, CM_OPERATORS };

/* The text as it is shown: escaped by whose it is. */
void cm_report_show(struct cm_buf *to, enum cm_whose whose, const char *text);

/* The columns that a page for such a look has. */
size_t cm_page_width(const struct cm_look *look);

void cm_page_spaces(struct cm_page *page, size_t count);
void cm_page_paint(struct cm_page *page, enum cm_paint paint,
                   const char *text); /* ours: as it is */

/* Appends text from `column` on; what does not fit goes on in new lines from `hang` on, further
 * left for a long word: no word is ever broken. Ends the line. */
void cm_page_wrap(struct cm_page *page, size_t column, size_t hang, enum cm_whose whose,
                  const char *text);

/* "  label     text", the text from `column` on. Nothing for a NULL text. */
void cm_page_labelled(struct cm_page *page, size_t indent, size_t column, const char *label,
                      enum cm_whose whose, const char *text);

/* Columns of a text of ours or of the operator's. */
size_t cm_page_columns(const char *text, size_t size);

#endif
