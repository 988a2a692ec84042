/* SPDX-License-Identifier: Apache-2.0
 *
 * Hooks: each in a fresh call, and what is made of what it leaves.
 */
#include "plugin/host.h"

#include "base/digest.h"
#include "base/json.h"
#include "plugin/call.h"

#include <countermark/signer.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HOST ((size_t)4 << 20)

/* ---- life ---- */

static bool
declare_checks(struct cm_plugin_host *host)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    if (connector != NULL)
        host->table = host->is.examination ? connector->examination : connector->verify;
    const struct cmk_check *checks = host->table;
    size_t count = 0;
    while (checks != NULL && checks[count].id != NULL)
        count++;
    host->checks = cm_arena_alloc(host->arena, (count + 1) * sizeof *host->checks);
    for (size_t i = 0; host->checks != NULL && i < count; i++) {
        host->checks[i] = (struct cm_check){
            .id = cm_arena_printf(host->arena, "%s.%s", host->is.plugin->id, checks[i].id),
            .question = checks[i].question,
            .expected = checks[i].expected,
            .remedy = checks[i].remedy,
            .binding = (checks[i].flags & CMK_BINDING) != 0,
            .gate = (checks[i].flags & CMK_GATE) != 0,
            .advice = (checks[i].flags & CMK_ADVICE) != 0,
        };
        if (host->checks[i].id == NULL)
            return false;
    }
    host->check_count = count;
    return host->checks != NULL;
}

/* While collecting nothing of the settings may be missing: without a log, for one, nobody would
 * notice a secret that comes back. */
static bool
is_complete(const struct cm_host_settings *s)
{
    return s->outside == NULL || (s->out != NULL && s->evidence != NULL && s->options != NULL &&
                                  s->log != NULL && s->peer != NULL && s->trust != NULL &&
                                  s->project != NULL && (s->policy != NULL || s->examination));
}

bool
cm_host_new(const struct cm_host_settings *settings, struct cm_plugin_host **ret,
            struct cm_err *err)
{
    if (settings->plugin == NULL || !is_complete(settings))
        return cm_fail(err, CM_E_INTERNAL, "the settings of a host are not complete");
    struct cm_plugin_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    host->is = *settings;
    host->arena = cm_arena_new(MOST_HOST);
    if (host->arena == NULL || !declare_checks(host)) {
        cm_host_free(host);
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    if (settings->outside != NULL && !cm_random(host->key, sizeof host->key)) {
        cm_host_free(host);
        return cm_fail(err, CM_E_INTERNAL, "there is no randomness to be had");
    }
    *ret = host;
    return true;
}

struct cm_plugin_host *
cm_host_free(struct cm_plugin_host *host)
{
    if (host == NULL)
        return NULL;
    cm_arena_free(host->arena);
    explicit_bzero(host, sizeof *host);
    free(host);
    return NULL;
}

/* ---- offline ---- */

bool
cm_host_configure(struct cm_plugin_host *host, enum cm_part part, struct cm_err *err)
{
    const struct cmk_plugin *table = host->is.plugin->table;
    int32_t (*configure)(struct cmk_call *) = NULL;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    if (part == CM_CONNECTOR && table->connector != NULL)
        configure = table->connector->configure;
    else if (part == CM_REWRITER && table->rewriter != NULL)
        configure = table->rewriter->configure;
    else if (part == CM_SIGNER && table->signer != NULL)
        configure = table->signer->configure;
    if (configure == NULL)
        return true;
    return cm_call_begin(&call, host, err) &&
           cm_call_result(&call, "configure", configure(&call.face), err);
}

bool
cm_host_read_names(struct cm_plugin_host *host, const void *body, size_t size, json_t *names,
                   struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    CM_CLEANUP(cm_json_done) json_t *found = json_object();
    if (connector == NULL || connector->read_names == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "plug-in %s reads no notifications",
                       host->is.plugin->id);
    if (found == NULL || !cm_call_begin(&call, host, err))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    call.names = found;
    int32_t status =
        connector->read_names(&call.face, &cm_host_naming, (struct cmk_bytes){body, size});
    if (!cm_call_result(&call, "read_names", status, err))
        return false;
    return json_object_update(names, found) == 0 || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- outside ---- */

typedef int32_t collecting_hook(struct cmk_call *, const struct cmk_collect *);

static bool
run_outside(struct cm_plugin_host *host, const char *name, collecting_hook *hook,
            struct cm_err *err)
{
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    if (host->is.outside == NULL)
        return cm_fail(err, CM_E_INTERNAL, "%s without the outside", name);
    if (hook == NULL)
        return true;
    return cm_call_begin(&call, host, err) &&
           cm_call_result(&call, name, hook(&call.face, &cm_host_collecting), err);
}

bool
cm_host_begin(struct cm_plugin_host *host, struct cm_err *err)
{
    if (host->is.outside == NULL)
        return cm_fail(err, CM_E_INTERNAL, "collecting without the outside");
    if (host->is.project->repository_count == 1 && !host->is.policy->system_only)
        cm_git_begin(host, 0);
    return true;
}

bool
cm_host_authenticate(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    return run_outside(host, "authenticate", connector ? connector->authenticate : NULL, err);
}

bool
cm_host_collect(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    return run_outside(host, "collect_origin", connector ? connector->collect_origin : NULL, err);
}

bool
cm_host_examine(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    if (connector == NULL || connector->examine == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "plug-in %s has nothing to say of a key and its system",
                       host->is.plugin->id);
    return run_outside(host, "examine", connector->examine, err);
}

/* ---- pure: the origin ---- */

static bool
copy_text(struct cm_arena *arena, const char **text)
{
    *text = cm_arena_text(arena, *text);
    return *text != NULL;
}

/* What was said last first, in the order in which it was said. */
static bool
copy_stated(const struct cm_stated *from, struct cm_arena *arena, struct cm_origin_field **ret,
            size_t *ret_count)
{
    size_t count = 0, i;
    for (const struct cm_stated *s = from; s != NULL; s = s->next)
        count++;
    struct cm_origin_field *fields = cm_arena_alloc(arena, (count + 1) * sizeof *fields);
    i = count;
    for (const struct cm_stated *s = from; fields != NULL && s != NULL; s = s->next) {
        struct cm_origin_field *f = &fields[--i];
        *f = s->field;
        if ((f->text != NULL && !copy_text(arena, &f->text)) || !copy_text(arena, &f->field) ||
            !copy_text(arena, &f->of) || !copy_text(arena, &f->document) ||
            !copy_text(arena, &f->path))
            return false;
    }
    *ret = fields;
    *ret_count = count;
    return fields != NULL;
}

static bool
copy_origin(const struct cm_call *call, struct cm_verdict *to)
{
    return copy_stated(call->stated, to->arena, &to->origin, &to->origin_count) &&
           copy_stated(call->parameters, to->arena, &to->parameters, &to->parameter_count);
}

static bool
copy_attachments(const struct cm_call *call, struct cm_verdict *to)
{
    size_t count = 0, i;
    for (const struct cm_attached *a = call->attached; a != NULL; a = a->next)
        count++;
    struct cm_attachment *list = cm_arena_alloc(to->arena, (count + 1) * sizeof *list);
    i = count;
    for (const struct cm_attached *a = call->attached; list != NULL && a != NULL; a = a->next) {
        list[--i] = a->attachment;
        if (!copy_text(to->arena, &list[i].file_name) || !copy_text(to->arena, &list[i].document))
            return false;
    }
    to->attachments = list;
    to->attachment_count = count;
    return list != NULL;
}

/* An origin of which the hook then said that it does not hold is none. Where only a document was
 * missing, what was stated before holds, and what is not there is unknown to whoever asks for it.
 */
bool
cm_host_state_origin(struct cm_plugin_host *host, struct cm_verdict *verdict, struct cm_err *err)
{
    const struct cmk_connector *connector = host->is.plugin->table->connector;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    struct cm_verdict stated = *verdict;
    if (connector == NULL)
        return cm_fail(err, CM_E_INTERNAL, "plug-in %s is no connector", host->is.plugin->id);
    if (!cm_call_begin(&call, host, err))
        return false;
    int32_t status = connector->state_origin(&call.face, &cm_host_statement);
    bool ended = cm_call_result(&call, "state_origin", status, err);
    if (!ended) {
        verdict->unstated_class = stated.unstated_class = err->class;
        verdict->unstated = stated.unstated = cm_arena_text(stated.arena, err->text);
        verdict->unstated_cause = stated.unstated_cause = cm_arena_text(stated.arena, call.cause);
    }
    if (!ended && call.cause == NULL)
        return false;
    if (!copy_origin(&call, &stated) || !copy_attachments(&call, &stated))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *verdict = stated;
    return ended;
}

/* ---- pure: checks ---- */

size_t
cm_host_check_count(const struct cm_plugin_host *host)
{
    return host->check_count;
}

const struct cm_check *
cm_host_check(const struct cm_plugin_host *host, size_t index)
{
    return index < host->check_count ? &host->checks[index] : NULL;
}

/* Why the call's answer is none. */
static void
explain_unknown(const struct cm_call *call, const struct cm_check *check, int32_t said,
                struct cm_arena *arena, struct cm_answer *answer)
{
    answer->word = CM_UNKNOWN;
    if (call->failure.class != CM_OK) {
        answer->reason_class = call->failure.class;
        answer->reason = cm_arena_text(arena, call->failure.text);
        answer->cause = cm_arena_text(arena, call->cause);
        answer->remedy = cm_class_remedy(call->failure.class, call->host->is.evidence, call->cause);
        return;
    }
    if (said == CMK_UNKNOWN) {
        answer->reason_class = CM_E_UNSUPPORTED;
        answer->reason = "what was recorded does not decide it";
        answer->remedy = cm_arena_text(arena, check->remedy);
        return;
    }
    answer->reason_class = CM_E_INTERNAL;
    answer->reason = cm_arena_printf(arena, "the check answered %d, which is no answer", said);
    answer->remedy = cm_class_remedy(CM_E_INTERNAL, NULL, NULL);
}

static void
conclude(const struct cm_call *call, const struct cm_check *check, int32_t said,
         struct cm_arena *arena, struct cm_answer *answer)
{
    if (call->expected != NULL)
        answer->expected = cm_arena_text(arena, call->expected);
    if (call->observed != NULL)
        answer->observed = cm_arena_text(arena, call->observed);
    answer->documents = cm_text_list_copy(&call->documents, arena);
    answer->assumed = cm_text_list_copy(&call->assumed, arena);
    if (call->failure.class == CM_OK && said == CMK_PASS) {
        answer->word = CM_PASS;
    } else if (call->failure.class == CM_OK && said == CMK_FAIL) {
        answer->word = CM_FAIL;
        answer->remedy = cm_arena_text(arena, check->remedy);
    } else {
        explain_unknown(call, check, said, arena, answer);
    }
}

void
cm_host_ask(struct cm_plugin_host *host, size_t index, int64_t decided_at, struct cm_arena *arena,
            struct cm_answer *ret)
{
    static const char *const nothing[] = {NULL};
    const struct cm_check *check = &host->checks[index];
    const struct cmk_check *declared = &host->table[index];
    const struct cmk_exam exam = cm_host_exam(decided_at);
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    struct cm_err err = CM_ERR_INIT;
    struct cm_answer answer = {
        .check = cm_arena_text(arena, check->id),
        .question = cm_arena_text(arena, check->question),
        .expected = cm_arena_text(arena, check->expected),
        .observed = "",
        .binding = check->binding,
        .gate = check->gate,
        .weight = check->advice ? CM_ADVICE : CM_REQUIRED,
        .reason_class = CM_E_LIMIT,
        .reason = "out of memory",
        .remedy = "Give the program more memory.",
        .declared_remedy = cm_arena_text(arena, check->remedy),
        .documents = nothing,
        .assumed = nothing,
    };
    if (answer.check != NULL && cm_call_begin(&call, host, &err)) {
        answer.reason_class = CM_OK;
        answer.reason = answer.remedy = NULL;
        conclude(&call, check, declared->ask(&call.face, &exam), arena, &answer);
    }
    *ret = answer;
}
