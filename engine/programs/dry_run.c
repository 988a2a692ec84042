/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/dry_run.h"

#include "base/json.h"
#include "base/text.h"
#include "plugin/options.h"
#include "programs/gathering.h"
#include "verdict/record.h"
#include "verdict/report.h"

#include <string.h>

#define LABEL_TEXT 14 /* where the texts behind labels begin */
#define TEXT_MOST  ((size_t)4 << 20)

struct plan {
    struct cm_session *session;
    const struct cm_prepared *prepared;
    const json_t *evidence; /* as it begins */
    const struct cm_verdict *verdict;
    bool only_gates;
};

static bool
is_of_request(const struct cm_answer *answer)
{
    return cm_starts_with(answer->check, "request.");
}

/* A right that is missing ends it before anything is asked. */
static bool
goes_ahead(const struct cm_verdict *verdict)
{
    for (size_t i = 0; i < verdict->answer_count; i++)
        if (is_of_request(&verdict->answers[i]) && verdict->answers[i].word != CM_PASS)
            return false;
    return true;
}

/* ---- as a value ---- */

static bool
add(json_t *list, json_t *owned)
{
    return json_array_append_new(list, owned) == 0;
}

/* Requests go to origins of options of type URL, and nowhere else. */
static json_t *
addresses(const struct plan *plan)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    const json_t *options = json_object_get(plan->prepared->admitted.effective, "options");
    const struct cmk_option *o = plan->prepared->admitted.plugin->table->options;
    for (; ok && o != NULL && o->name != NULL; o++) {
        json_t *value = json_object_get(options, o->name);
        if (!cm_option_is_url(o) || value == NULL)
            continue;
        ok = json_is_array(value) ? json_array_extend(list, value) == 0
                                  : add(list, json_incref(value));
    }
    if (!ok)
        cm_json_done(&list);
    return list;
}

static json_t *
repositories(const struct plan *plan)
{
    const struct cm_project *project = plan->prepared->admitted.project;
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && !plan->verdict->system_only && i < project->repository_count; i++)
        ok = add(list, json_string(project->repositories[i].url));
    if (!ok)
        cm_json_done(&list);
    return list;
}

static json_t *
check(const struct cm_answer *answer)
{
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "check", answer->check, &ok);
    cm_json_set_text(value, "weight", cm_weight_name(answer->weight), &ok);
    cm_json_set_bool(value, "binding", answer->binding, &ok);
    cm_json_set_bool(value, "gate", answer->gate, &ok);
    if (answer->weight == CM_WAIVED) {
        cm_json_set_text(value, "reason", answer->waiver_reason, &ok);
        cm_json_set_text(value, "author", answer->waiver_author, &ok);
        cm_json_set_text(value, "until", answer->waiver_until, &ok);
    }
    if (is_of_request(answer)) {
        cm_json_set_text(value, "answer", cm_word_name(answer->word), &ok);
        cm_json_set_text(value, "observed", answer->observed, &ok);
        cm_json_set_text(value, "remedy", answer->remedy, &ok);
    }
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
checks(const struct plan *plan)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < plan->verdict->answer_count; i++) {
        const struct cm_answer *answer = &plan->verdict->answers[i];
        if (!plan->only_gates || answer->gate || is_of_request(answer))
            ok = add(list, check(answer));
    }
    if (!ok)
        cm_json_done(&list);
    return list;
}

static json_t *
as_json(const struct plan *plan)
{
    const struct cm_admitted *a = &plan->prepared->admitted;
    const struct cm_arguments *said = plan->session->said;
    const char *timeout = cm_said(said, "timeout");
    const char *proxy = a->trust->proxy != NULL ? a->trust->proxy->url : NULL;
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "mode", "dry-run", &ok);
    cm_json_set_bool(value, "goes_ahead", goes_ahead(plan->verdict), &ok);
    cm_json_set(value, "request", json_incref(json_object_get(plan->evidence, "request")), &ok);
    cm_json_set(value, "connector",
                json_pack("{s:s, s:s}", "id", a->plugin->id, "version", a->plugin->table->version),
                &ok);
    cm_json_set(value, "asks",
                json_pack("{s:o, s:o, s:s*}", "system", addresses(plan), "repositories",
                          repositories(plan), "proxy", proxy),
                &ok);
    cm_json_set(value, "policy", json_incref(json_object_get(a->effective, "policy")), &ok);
    cm_json_set(value, "link", json_incref(json_object_get(a->effective, "link")), &ok);
    cm_json_set(value, "effective_sha256",
                json_incref(json_object_get(plan->evidence, "effective_sha256")), &ok);
    cm_json_set(value, "secrets", json_incref(a->secrets), &ok);
    cm_json_set_text(value, "timeout", timeout != NULL ? timeout : CM_DEFAULT_TIMEOUT, &ok);
    cm_json_set_text(value, "node_proof", cm_said(said, "node-proof"), &ok);
    cm_json_set_text(value, "artifact", said->rest_count > 0 ? said->rest[0] : NULL, &ok);
    cm_json_set_text(value, "evidence", cm_said(said, "evidence"), &ok);
    cm_json_set_text(value, "output", cm_said(said, "output"), &ok);
    cm_json_set(value, "checks", checks(plan), &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

/* ---- as text: the same value ---- */

static void
put(struct cm_page *page, const char *label, const char *text)
{
    cm_page_labelled(page, 2, LABEL_TEXT, label, CM_OPERATORS, text);
}

/* One line each; the label stands in the first. */
static void
put_each(struct cm_page *page, const char *label, const json_t *texts)
{
    for (size_t i = 0; i < json_array_size(texts); i++)
        put(page, i == 0 ? label : "", json_string_value(json_array_get(texts, i)));
}

static void
put_request(struct cm_page *page, const json_t *plan)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const json_t *request = json_object_get(plan, "request");
    const json_t *connector = json_object_get(plan, "connector");
    cm_buf_printf(&text, "%s/%s", cm_json_text(request, "organization"),
                  cm_json_text(request, "project"));
    put(page, "project", cm_buf_text(&text));
    put(page, "policy", cm_json_text(request, "policy"));
    cm_buf_clear(&text);
    cm_buf_printf(&text, "%s (connector %s %s)", cm_json_text(request, "system"),
                  cm_json_text(connector, "id"), cm_json_text(connector, "version"));
    put(page, "system", cm_buf_text(&text));
    if (cm_json_text(json_object_get(plan, "policy"), "origin") != NULL)
        put(page, "scope", CM_SYSTEM_ONLY);
    put(page, "submitter", cm_json_text(request, "submitter"));
    const char *name;
    json_t *said;
    json_object_foreach(json_object_get(request, "names"), name, said)
    {
        put(page, name, json_string_value(said));
    }
}

static void
put_secrets(struct cm_page *page, const json_t *secrets)
{
    const char *option;
    json_t *reference;
    json_object_foreach((json_t *)(uintptr_t)secrets, option, reference)
    {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
        cm_buf_printf(&text, "%s: %s, can be read", option, json_string_value(reference));
        put(page, "secret", cm_buf_text(&text));
    }
}

static void
put_questions(struct cm_page *page, const json_t *plan)
{
    cm_buf_putc(page->to, '\n');
    put_each(page, "asks", cm_json_path(plan, "asks.system"));
    put_each(page, "repository", cm_json_path(plan, "asks.repositories"));
    put(page, "proxy", json_string_value(cm_json_path(plan, "asks.proxy")));
    put_each(page, "refs", cm_json_path(plan, "policy.refs"));
    put_each(page, "tag branches", cm_json_path(plan, "policy.tag_branches"));
    put_each(page, "assumes", cm_json_path(plan, "link.assume"));
    put_secrets(page, json_object_get(plan, "secrets"));
    put(page, "within", cm_json_text(plan, "timeout"));
    put(page, "node proof", cm_json_text(plan, "node_proof"));
    put(page, "artifact", cm_json_text(plan, "artifact"));
    put(page, "evidence", cm_json_text(plan, "evidence"));
    put(page, "output", cm_json_text(plan, "output"));
    cm_buf_putc(page->to, '\n');
}

static void
put_check(struct cm_page *page, const json_t *check)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const char *answer = cm_json_text(check, "answer");
    bool refused = answer != NULL && strcmp(answer, "pass") != 0;
    cm_buf_printf(&text, "%s%s%s", cm_json_text(check, "check"),
                  cm_json_bool(check, "binding", false) ? ", binding" : "",
                  cm_json_bool(check, "gate", false) ? ", gate" : "");
    if (cm_json_text(check, "until") != NULL)
        cm_buf_printf(&text, ", until %s by %s: %s", cm_json_text(check, "until"),
                      cm_json_text(check, "author"), cm_json_text(check, "reason"));
    put(page, cm_json_text(check, "weight"), cm_buf_text(&text));
    if (!refused)
        return;
    put(page, "  answer", answer);
    put(page, "  observed", cm_json_text(check, "observed"));
    put(page, "  remedy", cm_json_text(check, "remedy"));
}

static void
put_plan(struct cm_page *page, const json_t *plan)
{
    size_t i;
    json_t *one;
    put_request(page, plan);
    put_questions(page, plan);
    json_array_foreach(json_object_get(plan, "checks"), i, one)
    {
        put_check(page, one);
    }
    cm_buf_puts(page->to, cm_json_bool(plan, "goes_ahead", false)
                              ? "\nit could go ahead; nothing was asked, nothing was written\n"
                              : "\nnothing would be asked: the request is not allowed\n");
}

static int
print(const struct plan *plan, bool json)
{
    CM_CLEANUP(cm_json_done) json_t *value = as_json(plan);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const struct cm_look look = cm_session_look(plan->session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (value == NULL)
        return CM_EXIT_INTERNAL;
    if (!json && cm_said(plan->session->said, "quiet") != NULL)
        return 0;
    if (!json)
        put_plan(&page, value);
    else if (cm_json_pretty(value, &text))
        cm_buf_putc(&text, '\n');
    return cm_session_print(plan->session, &text);
}

int
cm_dry_run(struct cm_session *session, bool only_gates, int (*exit_of)(const struct cm_verdict *))
{
    const enum cm_form form = cm_session_form(session);
    int status;
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_prepared_done) struct cm_prepared prepared = {.file.fd = -1};
    CM_CLEANUP(cm_json_done) json_t *evidence = NULL;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (form != CM_TEXT && form != CM_JSON)
        return cm_session_usage(session, "--dry-run decides nothing: it is shown as text or json");
    if ((status = cm_prepare(session, true, &prepared)) != 0)
        return status;
    if (arena == NULL ||
        !cm_gather_begin(&prepared.admitted, &prepared.submission, &session->installation,
                         &evidence, &err) ||
        !cm_judge(evidence, session->plugins, session->log, arena, &verdict, &err))
        return arena == NULL ? CM_EXIT_INTERNAL : cm_session_failed(session, &err);
    const struct plan plan = {session, &prepared, evidence, &verdict, only_gates};
    if ((status = print(&plan, form == CM_JSON)) != 0)
        return status;
    return goes_ahead(&verdict) ? 0 : exit_of(&verdict);
}
