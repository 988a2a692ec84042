/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for pages that show tests, in the XML that began with Ant's JUnit task: one suite, one
 * test for each check, and a last one, `verdict`, which is green only if the whole is accepted.
 *
 *   pass                    nothing inside but what was observed
 *   fail                    <failure>
 *   unknown                 <error>: no answer is no pass
 *   fail, unknown that is   <skipped>, with the waiver
 *     not counted
 *
 * Foreign text stands here as on a terminal: in ASCII, escaped.
 */
#include "verdict/report.h"
#include "verdict/report_facts.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

struct suite {
    struct cm_buf *to;
    const struct cm_report *report;
    struct cm_buf class; /* of all tests: "acme.widget.release" */
    size_t tests, failures, errors, skipped;
};

/* ---- XML ---- */

static void
put_text(struct suite *suite, enum cm_whose whose, const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(CM_REPORT_MOST);
    cm_report_show(&shown, whose, text);
    suite->to->failed = suite->to->failed || shown.failed;
    cm_escape_xml_to(suite->to, cm_buf_text(&shown), shown.size);
}

static void
put_attribute(struct suite *suite, const char *name, enum cm_whose whose, const char *text)
{
    cm_buf_printf(suite->to, " %s=\"", name);
    put_text(suite, whose, text);
    cm_buf_putc(suite->to, '"');
}

static void
put_line(struct suite *suite, const char *label, enum cm_whose whose, const char *text)
{
    if (!text || text[0] == '\0')
        return;
    cm_buf_printf(suite->to, "%-11s", label);
    put_text(suite, whose, text);
    cm_buf_putc(suite->to, '\n');
}

static void
put_list(struct suite *suite, const char *label, enum cm_whose whose, const char *const *texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        put_line(suite, i == 0 ? label : "", whose, texts[i]);
}

/* ---- one check ---- */

static const char *
observed_or_reason(const struct cm_answer *answer)
{
    if (answer->word == CM_FAIL)
        return answer->observed && answer->observed[0] ? answer->observed : answer->question;
    return answer->reason ? answer->reason : "not known";
}

/* Why it is not counted, then what it is. */
static void
put_uncounted(struct suite *suite, const struct cm_answer *answer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    bool is_optional = answer->weight == CM_OPTIONAL;
    cm_buf_puts(&text, is_optional ? "not counted, " : "not counted: ");
    cm_report_uncounted(answer, &text);
    cm_buf_puts(&text, is_optional ? ": optional" : "");
    cm_buf_puts(suite->to, " message=\"");
    put_text(suite, CM_OPERATORS, cm_buf_text(&text));
    cm_buf_printf(suite->to, " (%s: ", cm_word_name(answer->word));
    put_text(suite, CM_FOREIGN, observed_or_reason(answer));
    cm_buf_puts(suite->to, ")\"");
}

static void
put_body(struct suite *suite, const struct cm_answer *answer)
{
    put_line(suite, "question", CM_FOREIGN, answer->question);
    put_line(suite, "observed", CM_FOREIGN, answer->observed);
    put_line(suite, "expected", CM_FOREIGN, answer->expected);
    put_line(suite, "reason", CM_FOREIGN, answer->reason);
    put_line(suite, "remedy", CM_FOREIGN, answer->remedy);
    put_line(suite, "not had", CM_FOREIGN, answer->cause);
    put_list(suite, "documents", CM_FOREIGN, answer->documents);
    put_list(suite, "assumed", CM_OPERATORS, answer->assumed);
}

static void
put_inside(struct suite *suite, const struct cm_answer *answer, const char *element)
{
    cm_buf_printf(suite->to, "      <%s", element);
    if (!cm_answer_counts(answer)) {
        put_uncounted(suite, answer);
    } else {
        put_attribute(suite, "type", CM_FOREIGN,
                      answer->word == CM_FAIL ? "fail" : cm_class_name(answer->reason_class));
        put_attribute(suite, "message", CM_FOREIGN, observed_or_reason(answer));
    }
    cm_buf_puts(suite->to, ">\n");
    put_body(suite, answer);
    cm_buf_printf(suite->to, "</%s>\n", element);
}

static void
begin_test(struct suite *suite, const char *name)
{
    cm_buf_puts(suite->to, "    <testcase");
    put_attribute(suite, "name", CM_FOREIGN, name);
    put_attribute(suite, "classname", CM_FOREIGN, cm_buf_text(&suite->class));
    cm_buf_puts(suite->to, " time=\"0\">\n");
}

static const char *
element_of(const struct cm_answer *answer)
{
    return !cm_answer_counts(answer) ? "skipped" : answer->word == CM_FAIL ? "failure" : "error";
}

static void
put_check(struct suite *suite, const struct cm_answer *answer)
{
    begin_test(suite, answer->check);
    if (answer->word != CM_PASS) {
        put_inside(suite, answer, element_of(answer));
    } else {
        cm_buf_puts(suite->to, "      <system-out>\n");
        put_body(suite, answer);
        cm_buf_puts(suite->to, "</system-out>\n");
    }
    cm_buf_puts(suite->to, "    </testcase>\n");
}

/* ---- the verdict, and the suite around it ---- */

static void
put_sentence(struct suite *suite)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    cm_report_explain(suite->report, &text);
    cm_buf_printf(suite->to, "%s: %s", cm_report_word(suite->report), cm_buf_text(&text));
    if (suite->report->verdict->outcome == CM_ACCEPTED && suite->report->exit_status != 0)
        cm_buf_printf(suite->to, "; but this does not count: exit status %d",
                      suite->report->exit_status);
}

static const char *
element_of_verdict(const struct cm_report *report)
{
    if (cm_report_is_accepted(report))
        return "system-out";
    return report->verdict->outcome == CM_UNDECIDED ? "error" : "failure";
}

static void
put_verdict(struct suite *suite)
{
    const char *element = element_of_verdict(suite->report);
    begin_test(suite, "verdict");
    cm_buf_printf(suite->to, "      <%s", element);
    if (!cm_report_is_accepted(suite->report)) {
        cm_buf_puts(suite->to, " type=\"verdict\" message=\"");
        put_sentence(suite);
        cm_buf_putc(suite->to, '"');
    }
    cm_buf_puts(suite->to, ">\n");
    put_sentence(suite);
    cm_buf_putc(suite->to, '\n');
    put_list(suite, "remarks", CM_FOREIGN, suite->report->remarks);
    cm_buf_printf(suite->to, "</%s>\n    </testcase>\n", element);
}

static void
count(struct suite *suite)
{
    const struct cm_verdict *verdict = suite->report->verdict;
    const char *element = element_of_verdict(suite->report);
    suite->tests = verdict->answer_count + 1;
    suite->failures = strcmp(element, "failure") == 0;
    suite->errors = strcmp(element, "error") == 0;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        element = answer->word == CM_PASS ? "" : element_of(answer);
        suite->failures += strcmp(element, "failure") == 0;
        suite->errors += strcmp(element, "error") == 0;
        suite->skipped += strcmp(element, "skipped") == 0;
    }
}

/* The moment of the decision, in UTC; the form has no place for a zone. */
static void
put_timestamp(struct suite *suite)
{
    int64_t at = 0;
    char text[CM_TIME_SIZE];
    const char *decided = cm_json_text(suite->report->evidence, "decided_at");
    if (!decided || !cm_parse_time(decided, &at))
        return;
    cm_format_time(at, text);
    text[strlen("2026-11-22T18:19:53")] = '\0';
    put_attribute(suite, "timestamp", CM_FOREIGN, text);
}

static void
put_property(void *data, const char *name, const char *text)
{
    struct suite *suite = data;
    cm_buf_puts(suite->to, "      <property");
    put_attribute(suite, "name", CM_FOREIGN, name);
    put_attribute(suite, "value", CM_FOREIGN, text);
    cm_buf_puts(suite->to, "/>\n");
}

static void
put_suite(struct suite *suite)
{
    const struct cm_verdict *verdict = suite->report->verdict;
    cm_buf_puts(suite->to, "  <testsuite");
    put_attribute(suite, "name", CM_FOREIGN, cm_buf_text(&suite->class));
    cm_buf_printf(suite->to,
                  " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\"",
                  suite->tests, suite->failures, suite->errors, suite->skipped);
    put_timestamp(suite);
    cm_buf_puts(suite->to, ">\n    <properties>\n");
    cm_report_facts(suite->report, put_property, suite);
    cm_buf_puts(suite->to, "    </properties>\n");
    for (size_t i = 0; i < verdict->answer_count; i++)
        put_check(suite, &verdict->answers[i]);
    put_verdict(suite);
    cm_buf_puts(suite->to, "  </testsuite>\n");
}

static void
suite_done(struct suite *suite)
{
    cm_buf_done(&suite->class);
}

bool
cm_report_junit(const struct cm_report *report, struct cm_buf *to)
{
    CM_CLEANUP(suite_done)
    struct suite suite = {.to = to, .report = report, .class = CM_BUF_INIT(CM_REPORT_MOST)};
    cm_report_subject(report, '.', &suite.class);
    if (suite.class.size == 0)
        cm_buf_puts(&suite.class, "countermark");
    count(&suite);
    cm_buf_printf(to,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"countermark\" "
                  "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"0\">\n",
                  suite.tests, suite.failures, suite.errors);
    put_suite(&suite);
    cm_buf_puts(to, "</testsuites>\n");
    return !to->failed && !suite.class.failed;
}
