/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report says of the artifact that was documented, or was not.
 */
#include "golden.h"
#include "honest.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define BY(id) "'id': '" id "', 'version': '1.2', 'sha256': '" A64 "', "

/* Every kind of note, splice and entry, with foreign text that hurts. */
static const char documented[] =
    "{ 'outcome': 'documented', 'reason': null, 'reason_class': null,"
    "  'configuration': 'packages', 'file': 'out/Widget.nupkg',"
    "  'input': { 'size': 5, 'sha256': '" A64 "' }, 'output': { 'size': 7, 'sha256': '" B64 "' },"
    "  'packages': [ { 'path': 'a/W\\u001b[2J.nupkg', 'sha256': '" B64 "', 'rewriters': ["
    "    { " BY(
        "labels") "'outcome': 'documented',"
                  "      'notes': [ { 'fact': 'commit', 'before': null, 'after': 'abc' },"
                  "                 { 'fact': 'branch', 'before': 'm\\u0430in', 'after': 'main' },"
                  "                 { 'fact': 'url', 'before': 'old', 'after': '' },"
                  "                 { 'fact': 'type', 'before': 'git', 'after': null },"
                  "                 { 'fact': 'tag', 'before': null, 'after': null } ],"
                  "      'spliced': [ { 'entry': 'a.xml', 'offset': 10, 'size': 3, 'old': 'b<c', "
                  "'new': 'd' },"
                  "                   { 'entry': 'a.xml', 'offset': 20, 'size': 0, 'old': '', "
                  "'new': 'in' },"
                  "                   { 'entry': 'a.xml', 'offset': 30, 'size': 4, 'old': 'away', "
                  "'new': '' },"
                  "                   { 'entry': 'b', 'offset': 0, 'size': 2, 'old_base64': '//8=',"
                  "                     'new_base64': '//////8=' },"
                  "                   { 'entry': 'b', 'offset': 4, 'size': 1, 'old_base64': '/w==',"
                  "                     'new_base64': '////' },"
                  "                   { 'entry': 'b', 'offset': 9, 'size': 6, 'old_base64': "
                  "'////////',"
                  "                     'new': '' } ],"
                  "      'added': [ { 'entry': 'n\\u00f6te', 'size': 12, 'sha256': '" B64 "' } ],"
                  "      'removed': [ { 'entry': 'signature', 'size': 900 } ] },"
                  "    { " BY(
                      "others") "'outcome': 'unchanged', 'notes': [], 'spliced': [], 'added': [],"
                                "      'removed': [] } ] },"
                                "  { 'path': null, 'sha256': null, 'rewriters': ["
                                "    { " BY("labels") "'outcome': 'unchanged', 'notes': [], "
                                                      "'spliced': [], 'added': [],"
                                                      "      'removed': [] } ] } ] }";

#define WITHOUT(outcome, reason, class)                                                            \
    "{ 'outcome': '" outcome "', 'reason': '" reason                                               \
    "', 'reason_class': '" class "',"                                                              \
                                 "  'configuration': 'packages', 'file': null, 'input': null, "    \
                                 "'output': null, 'packages': [] }"

static json_t *
parse(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf quoted = CM_BUF_INIT(1 << 20);
    for (; *text != '\0'; text++)
        cm_buf_putc(&quoted, *text == '\'' ? '"' : *text);
    if (!cm_json_parse(cm_buf_text(&quoted), quoted.size, "a documentation", &json, &err))
        fail_msg("%s", err.text);
    return json;
}

typedef bool write_fn(const struct cm_report *, struct cm_buf *);

static bool
write_text(const struct cm_report *report, struct cm_buf *to)
{
    return cm_report_text(report, &(struct cm_look){.width = 90}, to);
}

static struct cm_report
make(struct honest *honest, const json_t *documentation)
{
    honest_make(honest, false);
    honest_judge(honest);
    assert_int_equal(honest->verdict.outcome, CM_ACCEPTED);
    return (struct cm_report){.evidence = honest->evidence,
                              .verdict = &honest->verdict,
                              .mode = "verify",
                              .documentation = documentation};
}

static void
test_documented(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        write_fn *write;
    } forms[] = {{"documented.txt", write_text},
                 {"documented.json", cm_report_json},
                 {"documented.junit.xml", cm_report_junit},
                 {"documented.sarif", cm_report_sarif}};
    struct honest honest;
    CM_CLEANUP(cm_json_done) json_t *documentation = parse(documented);
    const struct cm_report report = make(&honest, documentation);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
        assert_true(forms[i].write(&report, &text));
        golden_compare(forms[i].file, &text);
    }
    honest_done(&honest);
}

/* The verdict stands, and that there is no file stands behind it; nothing looks green. */
static void
test_refused(void **state)
{
    (void)state;
    static const char why[] = "\n  refused     a.xml: two of \\x1b them\n";
    static const char last[] = "; but the artifact was not documented, and not written\n";
    struct honest honest;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf junit = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf sarif = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_json_done)
    json_t *documentation = parse(WITHOUT("refused", "a.xml: two of \\u001b them", "rejected"));
    struct cm_report report = make(&honest, documentation);
    report.exit_status = 1;
    assert_true(write_text(&report, &text));
    assert_non_null(strstr(cm_buf_text(&text), why));
    assert_null(strstr(cm_buf_text(&text), "output"));
    assert_string_equal(cm_buf_text(&text) + text.size - strlen(last), last);
    assert_true(cm_report_junit(&report, &junit));
    assert_non_null(strstr(cm_buf_text(&junit), "<failure type=\"verdict\""));
    assert_non_null(strstr(cm_buf_text(&junit), "the artifact was not documented"));
    assert_non_null(strstr(cm_buf_text(&junit), "value=\"a.xml: two of "));
    assert_true(cm_report_sarif(&report, &sarif));
    assert_non_null(strstr(cm_buf_text(&sarif), "the artifact was not documented"));
    honest_done(&honest);
}

/* Which outcomes leave a file, and which do not: what is no outcome leaves none. */
static void
test_without_a_change(void **state)
{
    (void)state;
    static const struct {
        const char *documentation, *label;
        bool delivered;
    } cases[] = {
        {WITHOUT("none", "why", "not-found"), "\n  as it is    why\n", true},
        {WITHOUT("unchanged", "why", "not-found"), "\n  as it is    why\n", true},
        {WITHOUT("refused", "why", "rejected"), "\n  refused     why\n", false},
        {WITHOUT("other-input", "why", "not-found"), "\n  refused     why\n", false},
        {WITHOUT("unwritten", "why", "limit"), "\n  refused     why\n", false},
        {WITHOUT("documentedly", "why", "limit"), "\n  refused     why\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct honest honest;
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
        CM_CLEANUP(cm_json_done) json_t *documentation = parse(cases[i].documentation);
        const struct cm_report report = make(&honest, documentation);
        assert_true(write_text(&report, &text));
        if (strstr(cm_buf_text(&text), cases[i].label) == NULL)
            fail_msg("case %zu: %s", i, cm_buf_text(&text));
        assert_int_equal(strstr(cm_buf_text(&text), "and not written") == NULL, cases[i].delivered);
        honest_done(&honest);
    }
}

/* What does not fit is no report. */
static void
test_no_room(void **state)
{
    (void)state;
    struct honest honest;
    CM_CLEANUP(cm_json_done) json_t *documentation = parse(documented);
    const struct cm_report report = make(&honest, documentation);
    CM_CLEANUP(cm_buf_done) struct cm_buf whole = CM_BUF_INIT(1 << 20);
    assert_true(write_text(&report, &whole));
    for (size_t most = whole.size - 1500; most < whole.size; most += 50) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(most);
        assert_false(write_text(&report, &text));
    }
    honest_done(&honest);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_without_a_change),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
