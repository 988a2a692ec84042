/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test says: options, answers, files.
 */
#include "stage.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "plugin/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BODY ((size_t)8 << 20)

void
stage_wrong(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("countermark/testing.h: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    abort();
}

void *
stage_need(void *pointer)
{
    if (pointer == NULL)
        stage_wrong("out of memory");
    return pointer;
}

static const char *
keep_text(struct cmk_test *t, const char *text)
{
    return stage_need(cm_arena_text(t->arena, text));
}

struct cmk_test *
cmk_test_new(const struct cmk_plugin *plugin)
{
    struct cm_err err = CM_ERR_INIT;
    struct cmk_test *t = stage_need(calloc(1, sizeof *t));
    t->arena = stage_need(cm_arena_new((size_t)64 << 20));
    t->plugins = stage_need(cm_plugins_new(NULL, NULL));
    t->log = stage_need(cm_log_new(STDERR_FILENO, CM_LOG_WARNING, false));
    t->values = stage_need(json_array());
    t->names = stage_need(json_object());
    t->assumed = stage_need(json_array());
    t->origin = stage_need(json_object());
    t->attachments = stage_need(json_object());
    t->decided_at = FAKE_TIME;
    if (!cm_plugins_add(t->plugins, plugin, &t->plugin, &err))
        stage_wrong("%s", err.text);
    t->repository.url = "https://git.example/acme/widget";
    t->refs[0] = "refs/heads/main";
    t->signing = (struct cm_policy){.slug = "release", .refs = {t->refs, 1, {NULL, 0}}};
    t->project = (struct cm_project){
        .slug = "widget", .repositories = &t->repository, .repository_count = 1};
    t->trust =
        (struct cm_trust){.organization = "acme", .projects = &t->project, .project_count = 1};
    return t;
}

void
cmk_test_free(struct cmk_test *t)
{
    if (t == NULL)
        return;
    cm_host_free(t->judging);
    fake_done(&t->out);
    json_decref(t->values);
    json_decref(t->names);
    json_decref(t->assumed);
    json_decref(t->origin);
    json_decref(t->attachments);
    json_decref(t->told);
    json_decref(t->evidence);
    json_decref(t->options);
    json_decref(t->secrets);
    cm_plugins_free(t->plugins);
    cm_log_free(t->log);
    cm_arena_free(t->arena);
    free(t);
}

/* ---- the operator and the submission ---- */

static const struct cmk_option *
option_of(const struct cmk_test *t, const char *name)
{
    const struct cmk_option *row = t->plugin->table->options;
    while (row != NULL && row->name != NULL && strcmp(row->name, name) != 0)
        row++;
    if (row == NULL || row->name == NULL)
        stage_wrong("plug-in %s has no option '%s'", t->plugin->id, name);
    return row;
}

/* A secret stands in the environment, where its reference points. */
static json_t *
secret_value(const char *name, const char *secret)
{
    char variable[128];
    (void)snprintf(variable, sizeof variable, "CMK_TEST_%s", name);
    if (setenv(variable, secret, 1) != 0)
        stage_wrong("the secret of option '%s' cannot be put into the environment", name);
    return stage_need(json_sprintf("env:%s", variable));
}

static json_t *
value_of(const struct cmk_option *option, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    bool as_json =
        (option->type & CMK_LIST) != 0 || option->type == CMK_INTEGER || option->type == CMK_TRUTH;
    if (option->type == CMK_SECRET)
        return secret_value(option->name, text);
    if (!as_json)
        return stage_need(json_string(text));
    if (!cm_json_parse(text, strlen(text), option->name, &value, &err))
        stage_wrong("option %s", err.text);
    return value;
}

void
cmk_test_option(struct cmk_test *t, const char *name, const char *text)
{
    const struct cmk_option *option = option_of(t, name);
    struct stage_scope *scope = option->of == CMK_OF_SYSTEM   ? &t->system
                                : option->of == CMK_OF_LINK   ? &t->link
                                : option->of == CMK_OF_PLUGIN ? &t->plugin_options
                                                              : &t->policy;
    size_t i = 0;
    t->judging = cm_host_free(t->judging); /* it has read the options as they were */
    if (option->of == CMK_OF_SUBMISSION) {
        if (json_object_set_new(t->names, name, json_string(text)) != 0)
            stage_wrong("option '%s': not a text in UTF-8", name);
        return;
    }
    while (i < scope->count && strcmp(scope->at[i].name, name) != 0)
        i++;
    if (i == STAGE_MOST)
        stage_wrong("more than %d options", STAGE_MOST);
    scope->count = i == scope->count ? i + 1 : scope->count;
    scope->at[i] = (struct cm_setting){.name = option->name, .value = value_of(option, text)};
    if (json_array_append_new(t->values, scope->at[i].value) != 0)
        stage_wrong("out of memory");
}

void
cmk_test_assume(struct cmk_test *t, const char *name)
{
    if (json_array_append_new(t->assumed, json_string(name)) != 0)
        stage_wrong("out of memory");
}

void
cmk_test_repository(struct cmk_test *t, const char *url)
{
    t->repository.url = keep_text(t, url);
}

void
cmk_test_submitted(struct cmk_test *t, const char *file_name, const char *content)
{
    t->submitted_name = keep_text(t, file_name);
    t->submitted = keep_text(t, content);
}

void
cmk_test_decided_at(struct cmk_test *t, const char *rfc3339)
{
    if (!cm_parse_time(rfc3339, &t->decided_at))
        stage_wrong("'%s' is not a time like 2026-01-01T00:00:00Z", rfc3339);
}

void
stage_resolve(struct cmk_test *t)
{
    struct cm_complaints complaints = {0};
    const struct cm_settings system = {t->system.at, t->system.count};
    const struct cm_settings link = {t->link.at, t->link.count};
    const struct cm_settings policy = {t->policy.at, t->policy.count};
    const struct cm_settings plugin = {t->plugin_options.at, t->plugin_options.count};
    const struct cm_words_said said = {.system = &system,
                                       .link = &link,
                                       .policy = &policy,
                                       .plugin = &plugin,
                                       .submission = t->names};
    cm_json_done(&t->options);
    cm_json_done(&t->secrets);
    if (!cm_options_resolve(t->plugin->table->options, &said, &t->options, &t->secrets,
                            &complaints))
        stage_wrong("%s: %s", complaints.at[0].path, complaints.at[0].what);
    cm_complaints_done(&complaints);
}

/* ---- the outside ---- */

void
cmk_test_answer(struct cmk_test *t, const char *url, int32_t status, const char *body)
{
    if (t->page_count == FAKE_MOST)
        stage_wrong("more than %d answers", FAKE_MOST);
    if (status >= 0 && (status < 200 || status > 599))
        stage_wrong("%d is no status of HTTP", status);
    t->pages[t->page_count++] = (struct fake_page){
        .url = keep_text(t, url),
        .status = status > 0 ? status : 0,
        .err = status < 0 ? (enum cm_class)status : CM_OK,
        .body = keep_text(t, body != NULL ? body : ""),
    };
}

void
cmk_test_answer_file(struct cmk_test *t, const char *url, int32_t status, const char *file)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(MOST_BODY);
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_read(file, &body, &err))
        stage_wrong("%s", err.text);
    cmk_test_answer(t, url, status, cm_buf_text(&body));
}

static struct fake_page *
last_page(struct cmk_test *t, const char *url)
{
    for (size_t i = t->page_count; i > 0; i--)
        if (strcmp(t->pages[i - 1].url, url) == 0)
            return &t->pages[i - 1];
    stage_wrong("nothing is said to be at %s", url);
}

/* Sets or removes the member or element of that name. */
static bool
put(json_t *parent, const char *name, json_t *value)
{
    char *end;
    if (json_is_object(parent))
        return value != NULL ? json_object_set_new(parent, name, value) == 0
                             : json_object_del(parent, name) == 0;
    size_t index = strtoul(name, &end, 10);
    if (!json_is_array(parent) || end == name || *end != '\0')
        return false;
    if (value == NULL)
        return json_array_remove(parent, index) == 0;
    return index == json_array_size(parent) ? json_array_append_new(parent, value) == 0
                                            : json_array_set_new(parent, index, value) == 0;
}

void
cmk_test_change(struct cmk_test *t, const char *url, const char *path, const char *json)
{
    struct fake_page *page = last_page(t, url);
    CM_CLEANUP(cm_json_done) json_t *body = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_BODY);
    json_t *value = NULL;
    struct cm_err err = CM_ERR_INIT;
    const char *dot = strrchr(path, '.');
    const char *name = dot != NULL ? dot + 1 : path;
    const char *parent =
        stage_need(cm_arena_bytes(t->arena, path, dot != NULL ? (size_t)(dot - path) : 0));
    if (!cm_json_parse(page->body, strlen(page->body), url, &body, &err) ||
        (json != NULL && !cm_json_parse(json, strlen(json), path, &value, &err)))
        stage_wrong("%s", err.text);
    if (!put(cm_json_path(body, parent), name, value))
        stage_wrong("there is no '%s' in the answer of %s", path, url);
    if (!cm_json_canonical(body, &text))
        stage_wrong("the answer of %s cannot be written", url);
    page->body = keep_text(t, cm_buf_text(&text));
}

void
cmk_test_tree(struct cmk_test *t, const char *path, const char *content)
{
    if (t->file_count == STAGE_MOST)
        stage_wrong("more than %d files", STAGE_MOST);
    t->files[t->file_count++] =
        (struct fake_file){.path = keep_text(t, path), .text = keep_text(t, content)};
}
