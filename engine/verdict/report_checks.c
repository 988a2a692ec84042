/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/report.h"

#include "base/json.h"
#include "evidence/evidence.h"
#include "verdict/record.h"

#include <string.h>

#define BLOCK      6  /* where the lines of a block begin */
#define BLOCK_TEXT 17 /* and their texts */
#define LONGEST_ID 34 /* longer ids push their text to the right */
#define LEAST_TEXT 24 /* columns for a text beside an id; with fewer it stands below */

/* What is not counted does not shout. */
static void
put_mark(struct cm_page *page, const struct cm_answer *answer)
{
    static const struct {
        const char *unicode, *ascii;
        enum cm_paint paint;
    } marks[] = {[CM_UNKNOWN] = {"?", "??  ", CM_YELLOW},
                 [CM_PASS] = {"✔", "ok  ", CM_GREEN},
                 [CM_FAIL] = {"✘", "FAIL", CM_RED}};
    size_t i = answer->word == CM_PASS || answer->word == CM_FAIL ? answer->word : CM_UNKNOWN;
    bool is_counted = cm_answer_counts(answer);
    cm_page_paint(page, is_counted || answer->word == CM_PASS ? marks[i].paint : CM_YELLOW,
                  page->look->unicode ? marks[i].unicode : marks[i].ascii);
}

/* Columns in front of the id. */
static size_t
id_column(const struct cm_page *page)
{
    return page->look->unicode ? 4 : 7;
}

static size_t
text_column(const struct cm_page *page, const struct cm_verdict *verdict)
{
    size_t longest = 0;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        size_t size = strlen(verdict->answers[i].check);
        if (size > longest && size <= LONGEST_ID)
            longest = size;
    }
    return id_column(page) + longest + 2;
}

/* "  ✔ build.age    text" */
static void
put_line(struct cm_page *page, const struct cm_answer *answer, size_t column, const char *text)
{
    size_t end = id_column(page) + strlen(answer->check);
    cm_buf_puts(page->to, "  ");
    put_mark(page, answer);
    cm_buf_putc(page->to, ' ');
    cm_buf_puts(page->to, answer->check);
    if (text[0] == '\0') {
        cm_buf_putc(page->to, '\n');
        return;
    }
    if (page->width < column + LEAST_TEXT) {
        cm_buf_putc(page->to, '\n');
        column = end = BLOCK;
        cm_page_spaces(page, BLOCK);
    }
    size_t at = end < column || column == BLOCK ? column : end + 2;
    cm_page_spaces(page, at - end);
    cm_page_wrap(page, at, column, CM_FOREIGN, text);
}

/* Why it is not counted. */
static void
put_uncounted(struct cm_page *page, const struct cm_answer *answer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    if (cm_answer_counts(answer))
        return;
    cm_buf_puts(&text, answer->weight == CM_OPTIONAL ? "not counted, " : "not counted: ");
    cm_report_uncounted(answer, &text);
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, cm_weight_name(answer->weight),
                     answer->weight == CM_WAIVED ? CM_OPERATORS : CM_FOREIGN, cm_buf_text(&text));
}

static void
put_list(struct cm_page *page, const char *label, const char *const *texts)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf list = CM_BUF_INIT(CM_REPORT_MOST);
    for (size_t i = 0; texts && texts[i]; i++) {
        cm_buf_puts(&list, i > 0 ? ", " : "");
        cm_buf_puts(&list, texts[i]);
    }
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, label, CM_FOREIGN, cm_buf_text(&list));
}

static void
put_block(struct cm_page *page, const struct cm_answer *answer, bool with_reason)
{
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "question", CM_FOREIGN, answer->question);
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "observed", CM_FOREIGN, answer->observed);
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "expected", CM_FOREIGN, answer->expected);
    if (with_reason)
        cm_page_labelled(page, BLOCK, BLOCK_TEXT, "reason", CM_FOREIGN, answer->reason);
    if (with_reason && (answer->weight == CM_REQUIRED || answer->weight == CM_ADVICE))
        cm_page_labelled(page, BLOCK, BLOCK_TEXT, "remedy", CM_FOREIGN, answer->remedy);
    put_uncounted(page, answer);
    if (page->look->verbose)
        put_list(page, "documents", answer->documents);
}

/* ---- unknowns: what one failure leaves open is told once, below ---- */

static bool
is_same(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

static bool
share_reason(const struct cm_answer *one, const struct cm_answer *other)
{
    if (one->word != CM_UNKNOWN || other->word != CM_UNKNOWN)
        return false;
    if (one->cause || other->cause)
        return is_same(one->cause, other->cause);
    return is_same(one->reason, other->reason) && is_same(one->remedy, other->remedy);
}

static size_t
count_sharing(const struct cm_verdict *verdict, const struct cm_answer *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->answer_count; i++)
        count += share_reason(&verdict->answers[i], answer);
    return count;
}

static bool
is_told_below(const struct cm_verdict *verdict, const struct cm_answer *answer)
{
    return answer->word == CM_UNKNOWN && (answer->cause || count_sharing(verdict, answer) > 1);
}

static void
put_unknown(struct cm_page *page, const struct cm_verdict *verdict, const struct cm_answer *answer,
            size_t column)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    bool below = is_told_below(verdict, answer);
    if (below && answer->cause)
        cm_buf_printf(&text, "not known, for want of %s (below)", answer->cause);
    else if (below)
        cm_buf_puts(&text, "not known (below)");
    put_line(page, answer, column, cm_buf_text(&text));
    if (!below || page->look->verbose)
        put_block(page, answer, !below);
    else
        put_uncounted(page, answer);
}

static void
put_pass(struct cm_page *page, const struct cm_answer *answer, size_t column)
{
    if (page->look->verbose) {
        put_line(page, answer, column, "");
        put_block(page, answer, false);
        return;
    }
    put_line(page, answer, column, answer->observed ? answer->observed : "");
    put_uncounted(page, answer);
}

void
cm_report_checks(struct cm_page *page, const struct cm_verdict *verdict)
{
    size_t column = text_column(page, verdict);
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (answer->word == CM_PASS)
            put_pass(page, answer, column);
        else if (answer->word != CM_FAIL)
            put_unknown(page, verdict, answer, column);
        else {
            put_line(page, answer, column, "");
            put_block(page, answer, true);
        }
    }
}

/* ---- what is told below ---- */

static bool
is_first_of_its_kind(const struct cm_verdict *verdict, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (share_reason(&verdict->answers[i], &verdict->answers[index]))
            return false;
    return true;
}

static void
put_reason(struct cm_page *page, const json_t *evidence, const struct cm_verdict *verdict,
           const struct cm_answer *answer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf leaves = CM_BUF_INIT(CM_REPORT_MOST);
    const json_t *document = answer->cause ? cm_evidence_document(evidence, answer->cause) : NULL;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        if (!share_reason(&verdict->answers[i], answer))
            continue;
        cm_buf_puts(&leaves, leaves.size > 0 ? ", " : "");
        cm_buf_puts(&leaves, verdict->answers[i].check);
    }
    cm_buf_puts(page->to, "\n  ");
    cm_page_paint(page, CM_YELLOW, answer->cause ? "not had: " : "not known");
    cm_page_wrap(page, 11, BLOCK, CM_FOREIGN, answer->cause ? answer->cause : "");
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "asked", CM_FOREIGN, cm_json_text(document, "asked"));
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "reason", CM_FOREIGN, answer->reason);
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "remedy", CM_FOREIGN, answer->remedy);
    cm_page_labelled(page, BLOCK, BLOCK_TEXT, "leaves", CM_FOREIGN, cm_buf_text(&leaves));
}

void
cm_report_causes(struct cm_page *page, const json_t *evidence, const struct cm_verdict *verdict)
{
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (is_told_below(verdict, answer) && is_first_of_its_kind(verdict, i))
            put_reason(page, evidence, verdict, answer);
    }
}
