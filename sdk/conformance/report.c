/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told: TAP on standard output, and JUnit for the pages of a CI.
 */
#include "conform.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_JUNIT ((size_t)16 << 20)

struct cf_report {
    const struct cf_request *request;
    size_t count, bad, skipped;
    struct cm_buf cases;
};

struct cf_report *
cf_report_new(const struct cf_request *request)
{
    struct cf_report *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->request = request;
    r->cases = (struct cm_buf)CM_BUF_INIT(MOST_JUNIT);
    (void)printf("TAP version 13\n");
    return r;
}

void
cf_report_free(struct cf_report *r)
{
    if (r == NULL)
        return;
    cm_buf_done(&r->cases);
    free(r);
}

size_t
cf_report_count(const struct cf_report *r)
{
    return r->count;
}

size_t
cf_report_bad(const struct cf_report *r)
{
    return r->bad;
}

/* Text of a plug-in's may hold anything. */
static void
put_xml(struct cm_buf *to, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c > 0x7e || strchr("<>&\"'", c) != NULL)
            cm_buf_printf(to, c < 0x20 && c != '\n' && c != '\t' ? "?" : "&#%u;",
                          c < 0x80 ? c : '?');
        else
            cm_buf_putc(to, (char)c);
    }
}

static void
print_why(const char *why)
{
    while (*why != '\0') {
        size_t size = strcspn(why, "\n");
        (void)fputs("#   ", stdout);
        for (size_t i = 0; i < size; i++)
            (void)fputc((unsigned char)why[i] >= 0x20 ? why[i] : '?', stdout);
        (void)fputc('\n', stdout);
        why += size + (why[size] == '\n');
    }
}

static void
put_case(struct cf_report *r, const char *name, const struct cf_shared *answer)
{
    cm_buf_puts(&r->cases, "    <testcase classname=\"countermark-conform\" name=\"");
    put_xml(&r->cases, name);
    cm_buf_puts(&r->cases, "\"");
    if (answer->ok && !answer->skipped) {
        cm_buf_puts(&r->cases, "/>\n");
        return;
    }
    cm_buf_puts(&r->cases, answer->skipped ? "><skipped message=\"" : "><failure message=\"");
    put_xml(&r->cases, answer->why);
    cm_buf_puts(&r->cases, "\"/></testcase>\n");
}

void
cf_report_line(struct cf_report *r, const struct cf_line *line, const char *script,
               const struct cf_shared *answer)
{
    char name[300];
    r->count++;
    r->bad += !answer->ok;
    r->skipped += answer->skipped;
    (void)snprintf(name, sizeof name, "%s%s%s%s", line->id, script != NULL ? " [" : "",
                   script != NULL ? script : "", script != NULL ? "]" : "");
    (void)printf("%sok %zu - %s%s%s\n", answer->ok ? "" : "not ", r->count, name,
                 answer->skipped ? " # SKIP " : "", answer->skipped ? answer->why : "");
    if (!answer->ok)
        print_why(answer->why);
    (void)fflush(stdout);
    put_case(r, name, answer);
}

bool
cf_report_end(struct cf_report *r, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_JUNIT + 4096);
    (void)printf("1..%zu\n", r->count);
    if (fflush(stdout) != 0)
        return cm_fail(err, CM_E_CONFIG, "standard output cannot be written");
    if (r->request->junit == NULL)
        return true;
    cm_buf_puts(&text,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"");
    put_xml(&text, r->request->plugin);
    cm_buf_printf(&text, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
                  r->count, r->bad, r->skipped);
    cm_buf_puts(&text, cm_buf_text(&r->cases));
    cm_buf_puts(&text, "  </testsuite>\n</testsuites>\n");
    if (text.failed || r->cases.failed)
        return cm_fail(err, CM_E_LIMIT, "%s: the report is too long", r->request->junit);
    return cm_file_replace(r->request->junit, 0644, text.at, text.size, err);
}
