/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/report_facts.h"

#include "base/json.h"
#include "evidence/evidence.h"
#include "verdict/record.h"
#include "verdict/report.h"

#include <string.h>

/* ---- the files ---- */

static json_t *
file_json(const char *document, const json_t *name, const json_t *facts)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    json_t *size = json_object_get(facts, "size");
    cm_record_text(object, "document", document, &ok);
    cm_record_text(object, "name", json_string_value(name), &ok);
    cm_json_set(object, "size", size ? json_incref(size) : json_null(), &ok);
    cm_record_text(object, "sha256", cm_json_text(facts, "sha256"), &ok);
    return ok ? CM_TAKE(object) : NULL;
}

json_t *
cm_report_artifacts(const json_t *evidence)
{
    bool ok = true;
    const char *name = NULL;
    json_t *document = NULL;
    CM_CLEANUP(cm_json_done) json_t *array = json_array();
    const json_t *submitted = cm_json_get(cm_evidence_document(evidence, "submitted"), "content");
    if (submitted)
        cm_record_append(
            array, file_json("submitted", json_object_get(submitted, "name"), submitted), &ok);
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        if (cm_json_bool(document, "artifact", false) && !cm_json_get(document, "error") &&
            strcmp(name, "submitted") != 0)
            cm_record_append(array, file_json(name, NULL, document), &ok);
    }
    return ok ? CM_TAKE(array) : NULL;
}

/* ---- the proxy ---- */

/* By name: an evidence that was read back has another order than one that grew. */
static void
insert(json_t *array, const char *name, bool *ok)
{
    size_t at = 0;
    while (at < json_array_size(array) &&
           strcmp(json_string_value(json_array_get(array, at)), name) < 0)
        at++;
    if (json_array_insert_new(array, at, json_string(name)) < 0)
        *ok = false;
}

json_t *
cm_report_proxied(const json_t *evidence)
{
    bool ok = true;
    const char *name = NULL;
    json_t *document = NULL;
    CM_CLEANUP(cm_json_done) json_t *array = json_array();
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        if (cm_json_bool(document, "proxy", false))
            insert(array, name, &ok);
    }
    return ok ? CM_TAKE(array) : NULL;
}

/* ---- one by one ---- */

struct facts {
    cm_fact_fn *put;
    void *data;
};

static void
put(const struct facts *to, const char *name, const char *text)
{
    if (text && text[0] != '\0')
        to->put(to->data, name, text);
}

/* "head.name.tail", without the parts that are NULL. */
static void
put_of(const struct facts *to, const char *head, const char *name, const char *tail,
       const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf whole = CM_BUF_INIT((size_t)1 << 20);
    cm_buf_puts(&whole, head);
    if (name)
        cm_buf_printf(&whole, ".%s", name);
    if (tail)
        cm_buf_printf(&whole, ".%s", tail);
    if (!whole.failed)
        put(to, cm_buf_text(&whole), text);
}

static void
put_value(const struct facts *to, const char *head, const char *name, const char *tail,
          const json_t *value)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 20);
    if (json_is_string(value))
        put_of(to, head, name, tail, json_string_value(value));
    else if (value && !json_is_null(value) && cm_json_canonical(value, &text))
        put_of(to, head, name, tail, cm_buf_text(&text));
}

static void
put_request(const struct facts *to, const json_t *evidence)
{
    static const char *const members[] = {"organization", "project", "policy", "system",
                                          "submitter"};
    const char *name = NULL;
    json_t *value = NULL;
    const json_t *request = cm_json_get(evidence, "request");
    for (size_t i = 0; i < CM_COUNT(members); i++)
        put_value(to, "request", members[i], NULL, cm_json_get(request, members[i]));
    json_object_foreach(cm_json_get(request, "names"), name, value)
    {
        put_value(to, "name", name, NULL, value);
    }
}

static void
put_versions(const struct facts *to, const json_t *evidence)
{
    const json_t *plugins = cm_json_get(evidence, "plugins");
    put(to, "policy-sha256", cm_json_text(evidence, "effective_sha256"));
    put(to, "engine.version", cm_json_text(cm_json_get(evidence, "engine"), "version"));
    put(to, "engine.sha256", cm_json_text(cm_json_get(evidence, "engine"), "sha256"));
    for (size_t i = 0; i < json_array_size(plugins); i++) {
        const json_t *plugin = json_array_get(plugins, i);
        const char *id = cm_json_text(plugin, "id");
        put_of(to, "plugin", id, "version", cm_json_text(plugin, "version"));
        put_of(to, "plugin", id, "sha256", cm_json_text(plugin, "sha256"));
    }
}

static void
put_artifacts(const struct facts *to, const json_t *evidence)
{
    static const char *const members[] = {"name", "size", "sha256"};
    CM_CLEANUP(cm_json_done) json_t *files = cm_report_artifacts(evidence);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        for (size_t j = 0; j < CM_COUNT(members); j++)
            put_value(to, "artifact", cm_json_text(file, "document"), members[j],
                      json_object_get(file, members[j]));
    }
}

static void
put_proxied(const struct facts *to, const json_t *evidence)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 20);
    CM_CLEANUP(cm_json_done) json_t *names = cm_report_proxied(evidence);
    for (size_t i = 0; i < json_array_size(names); i++)
        cm_buf_printf(&text, "%s%s", i > 0 ? ", " : "",
                      json_string_value(json_array_get(names, i)));
    put(to, "through-proxy", cm_buf_text(&text));
}

static void
put_documentation(const struct facts *to, const json_t *documentation)
{
    static const char *const members[] = {"outcome", "reason", "configuration", "file"};
    for (size_t i = 0; i < CM_COUNT(members); i++)
        put_value(to, "documentation", members[i], NULL, cm_json_get(documentation, members[i]));
    put_value(to, "documentation", "output", "sha256",
              cm_json_path(documentation, "output.sha256"));
}

const char *
cm_report_proof(const json_t *evidence)
{
    const json_t *peer = cm_json_get(cm_evidence_document(evidence, "peer"), "content");
    const char *proof = cm_json_text(peer, "proof");
    return proof && strcmp(proof, "signed-challenge") == 0 ? "signed challenge, node only" : NULL;
}

static void
put_number(const struct facts *to, const char *name, int number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%d", number);
    put(to, name, text);
}

void
cm_report_facts(const struct cm_report *report, cm_fact_fn *put_one, void *data)
{
    const struct facts to = {.put = put_one, .data = data};
    const struct cm_verdict *verdict = report->verdict;
    put(&to, "outcome", cm_outcome_name(verdict->outcome));
    if (verdict->outcome == CM_UNDECIDED)
        put(&to, "retry", verdict->retry ? "yes" : "no");
    put(&to, "mode", report->mode);
    put_number(&to, "exit-status", report->exit_status);
    put(&to, "decided-at", cm_json_text(report->evidence, "decided_at"));
    put_request(&to, report->evidence);
    put_versions(&to, report->evidence);
    put(&to, "scope", verdict->system_only ? CM_SYSTEM_ONLY : NULL);
    put(&to, "proof", cm_report_proof(report->evidence));
    for (size_t i = 0; i < verdict->origin_count; i++)
        put_of(&to, "origin", verdict->origin[i].field, NULL, verdict->origin[i].text);
    put_artifacts(&to, report->evidence);
    put_documentation(&to, report->documentation);
    put_proxied(&to, report->evidence);
    put(&to, "assume-reason", verdict->assume_reason);
    put(&to, "evidence", report->evidence_file);
    put(&to, "seal", report->seal);
    for (size_t i = 0; report->remarks && report->remarks[i]; i++) {
        char number[24];
        (void)snprintf(number, sizeof number, "%zu", i + 1);
        put_of(&to, "remark", number, NULL, report->remarks[i]);
    }
}

/* ---- single ones ---- */

void
cm_report_subject(const struct cm_report *report, char between, struct cm_buf *to)
{
    static const char *const members[] = {"organization", "project", "policy"};
    const json_t *request = cm_json_get(report->evidence, "request");
    size_t before = to->size;
    for (size_t i = 0; i < CM_COUNT(members); i++) {
        const char *text = cm_json_text(request, members[i]);
        if (text && to->size > before)
            cm_buf_putc(to, between);
        cm_buf_puts(to, text ? text : "");
    }
}

const char *
cm_report_origin(const struct cm_report *report, const char *field)
{
    for (size_t i = 0; i < report->verdict->origin_count; i++)
        if (strcmp(report->verdict->origin[i].field, field) == 0)
            return report->verdict->origin[i].text;
    return NULL;
}

bool
cm_report_is_accepted(const struct cm_report *report)
{
    return report->verdict->outcome == CM_ACCEPTED && report->exit_status == 0;
}
