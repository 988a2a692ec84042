/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people: what it is about, every check, what could not be had, on whose word, and
 * the verdict last, where the eye is when a command ends.
 */
#include "verdict/report.h"
#include "verdict/report_facts.h"

#include "base/json.h"
#include "evidence/evidence.h"

#include <inttypes.h>
#include <string.h>

#define LABEL_TEXT 14 /* where the texts behind labels begin */

static void
put_label(struct cm_page *page, const char *label, const char *text)
{
    cm_page_labelled(page, 2, LABEL_TEXT, label, CM_FOREIGN, text);
}

static void
put_request(struct cm_page *page, const json_t *evidence)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf project = CM_BUF_INIT(CM_REPORT_MOST);
    const json_t *request = cm_json_get(evidence, "request");
    const char *organization = cm_json_text(request, "organization");
    const char *slug = cm_json_text(request, "project");
    cm_buf_printf(&project, "%s%s%s", organization ? organization : "", organization ? "/" : "",
                  slug ? slug : "");
    put_label(page, "project", cm_buf_text(&project));
    put_label(page, "policy", cm_json_text(request, "policy"));
    put_label(page, "system", cm_json_text(request, "system"));
    put_label(page, "submitter", cm_json_text(request, "submitter"));
}

static void
put_origin(struct cm_page *page, const struct cm_report *report)
{
    const struct cm_verdict *verdict = report->verdict;
    put_label(page, "scope", verdict->system_only ? CM_SYSTEM_ONLY : NULL);
    put_label(page, "proof", cm_report_proof(report->evidence));
    for (size_t i = 0; i < verdict->origin_count; i++) {
        const struct cm_origin_field *field = &verdict->origin[i];
        put_label(page, strcmp(field->field, "built_at") == 0 ? "built" : field->field,
                  field->text);
    }
}

/* Who was asked through a proxy: what stands between us and them, nobody but the proxy saw. */
static void
put_proxy(struct cm_page *page, const json_t *evidence)
{
    static const char *const whose[] = {CM_OF_SYSTEM, CM_OF_REPOSITORY};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(256);
    const char *name = NULL;
    json_t *document = NULL;
    for (size_t i = 0; i < CM_COUNT(whose); i++) {
        bool through = false;
        json_object_foreach(cm_json_get(evidence, "documents"), name, document)
        {
            const char *of = cm_json_text(document, "of");
            through |= of && strcmp(of, whose[i]) == 0 && cm_json_bool(document, "proxy", false);
        }
        if (through)
            cm_buf_printf(&text, "%s%s", text.size > 0 ? ", " : "through proxy: ", whose[i]);
    }
    put_label(page, "asked", text.size > 0 ? cm_buf_text(&text) : NULL);
}

static void
put_file_facts(struct cm_page *page, const json_t *facts)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf size = CM_BUF_INIT(64);
    cm_buf_printf(&size, "%" PRId64 " bytes", cm_json_int(facts, "size", 0));
    put_label(page, "size", cm_buf_text(&size));
    put_label(page, "sha256", cm_json_text(facts, "sha256"));
}

/* What the build system handed out; a submitted file is the same, or a check fails. Where it handed
 * out nothing, what was submitted, if only the system is verified or it states the file's digest.
 */
static void
put_artifacts(struct cm_page *page, const struct cm_report *report)
{
    const json_t *evidence = report->evidence;
    const json_t *submitted = cm_json_get(cm_evidence_document(evidence, "submitted"), "content");
    bool any = false;
    const char *name = NULL;
    json_t *document = NULL;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        any = any || cm_json_bool(document, "artifact", false);
        if (cm_json_bool(document, "artifact", false) && !cm_json_get(document, "error"))
            put_file_facts(page, document);
    }
    if (!any && submitted &&
        (report->verdict->system_only || cm_verdict_artifact(evidence, report->verdict)))
        put_file_facts(page, submitted);
}

static bool
is_mentioned(const struct cm_verdict *verdict, size_t answer, size_t index)
{
    const char *wanted = verdict->answers[answer].assumed[index];
    for (size_t i = 0; i <= answer; i++) {
        const char *const *assumed = verdict->answers[i].assumed;
        for (size_t j = 0; assumed && assumed[j] && (i < answer || j < index); j++)
            if (strcmp(assumed[j], wanted) == 0)
                return true;
    }
    return false;
}

/* What nobody could look at, and the operator vouches for. */
static void
put_assumed(struct cm_page *page, const struct cm_verdict *verdict)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf words = CM_BUF_INIT(CM_REPORT_MOST);
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const char *const *assumed = verdict->answers[i].assumed;
        for (size_t j = 0; assumed && assumed[j]; j++) {
            if (is_mentioned(verdict, i, j))
                continue;
            cm_buf_puts(&words, words.size > 0 ? ", " : "");
            cm_buf_puts(&words, assumed[j]);
        }
    }
    if (words.size == 0)
        return;
    if (verdict->assume_reason)
        cm_buf_printf(&words, " (%s)", verdict->assume_reason);
    cm_buf_puts(page->to, "\n  ");
    cm_page_paint(page, CM_YELLOW, "on the operator's word: ");
    cm_page_wrap(page, 26, LABEL_TEXT, CM_OPERATORS, cm_buf_text(&words));
}

static void
put_file(struct cm_page *page, const struct cm_report *report)
{
    if (report->evidence_file || report->seal)
        cm_buf_putc(page->to, '\n');
    cm_page_labelled(page, 2, LABEL_TEXT, "evidence", CM_OPERATORS, report->evidence_file);
    put_label(page, "seal", report->seal);
}

static void
put_remarks(struct cm_page *page, const char *const *remarks)
{
    for (size_t i = 0; remarks && remarks[i]; i++) {
        if (i == 0)
            cm_buf_putc(page->to, '\n');
        put_label(page, i == 0 ? "remarks" : "", remarks[i]);
    }
}

/* ---- the verdict ---- */

static void
put_verdict(struct cm_page *page, const struct cm_report *report)
{
    static const enum cm_paint paints[] = {
        [CM_UNDECIDED] = CM_YELLOW, [CM_ACCEPTED] = CM_GREEN, [CM_REJECTED] = CM_RED};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    const char *word = cm_report_word(report);
    cm_buf_putc(page->to, '\n');
    cm_page_paint(page, paints[report->verdict->outcome], word);
    cm_buf_puts(page->to, ": ");
    cm_report_explain(report, &text);
    cm_page_wrap(page, strlen(word) + 2, 2, CM_FOREIGN, cm_buf_text(&text));
}

bool
cm_report_text(const struct cm_report *report, const struct cm_look *look, struct cm_buf *to)
{
    struct cm_page page = {.to = to, .look = look, .width = cm_page_width(look)};
    put_request(&page, report->evidence);
    put_origin(&page, report);
    put_artifacts(&page, report);
    put_proxy(&page, report->evidence);
    put_label(&page, "decided", cm_json_text(report->evidence, "decided_at"));
    cm_buf_putc(to, '\n');
    cm_report_checks(&page, report->verdict);
    cm_report_causes(&page, report->evidence, report->verdict);
    put_assumed(&page, report->verdict);
    cm_report_documentation(&page, report->documentation);
    cm_report_signature(&page, report->signature);
    cm_report_attestations(&page, report->attestations);
    put_file(&page, report);
    put_remarks(&page, report->remarks);
    put_verdict(&page, report);
    return !to->failed;
}
