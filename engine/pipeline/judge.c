/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages state origin, verify, decide: functions of the evidence and of nothing else. */
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "pipeline/hook_options.h"
#include "pipeline/pipeline.h"
#include "plugin/host.h"

#include <string.h>

#define MOST_ANSWERS 512

static bool
open_host(json_t *evidence, const json_t *options, const struct cm_plugin *plugin,
          struct cm_log *log, bool examination, struct cm_plugin_host **ret, struct cm_err *err)
{
    const struct cm_host_settings settings = {.plugin = plugin,
                                              .options = options,
                                              .evidence = evidence,
                                              .log = log,
                                              .examination = examination};
    return cm_host_new(&settings, ret, err);
}

static bool
decided_at(const json_t *evidence, int64_t *ret, struct cm_err *err)
{
    const char *text = cm_json_text(evidence, "decided_at");
    return (text != NULL && cm_parse_time(text, ret)) ||
           cm_fail(err, CM_E_MALFORMED, "the evidence has no decided_at");
}

/* One of the engine's, then the connector's; false: it is not asked by this policy. */
static bool
ask_one(size_t index, const json_t *evidence, struct cm_plugin_host *host, int64_t when,
        struct cm_verdict *verdict)
{
    size_t engine_count;
    const struct cm_check *checks = cm_engine_checks(&engine_count);
    struct cm_answer *answer = &verdict->answers[verdict->answer_count];
    if (index < engine_count && verdict->system_only && checks[index].of_origin)
        return false;
    if (index < engine_count)
        cm_engine_ask(index, evidence, verdict, verdict->arena, answer);
    else
        cm_host_ask(host, index - engine_count, when, verdict->arena, answer);
    answer->of_system = index >= engine_count;
    verdict->answer_count++;
    return true;
}

/* Where collecting stopped early, that is the reason of every answer that misses a document which
 * nobody asked for. */
static void
explain(struct cm_answer *answer, const json_t *evidence, struct cm_arena *arena)
{
    const char *stopped = cm_json_text(cm_json_get(evidence, "collected"), "stopped");
    if (answer->word == CM_UNKNOWN && stopped != NULL && answer->cause != NULL &&
        cm_evidence_document(evidence, answer->cause) == NULL) {
        /* whether another try may help is for that to say which stopped it */
        answer->reason_class = CM_E_CANCELLED;
        answer->reason = cm_arena_text(arena, stopped);
        answer->remedy = "Mend what stopped it, then submit again.";
    }
}

static bool
room_for_answers(struct cm_verdict *verdict, size_t count, struct cm_err *err)
{
    if (count <= MOST_ANSWERS)
        verdict->answers = cm_arena_alloc(verdict->arena, count * sizeof *verdict->answers);
    return verdict->answers != NULL || cm_fail(err, CM_E_LIMIT, "%zu checks are too many", count);
}

static bool
ask_all(json_t *evidence, struct cm_plugin_host *host, struct cm_verdict *verdict,
        struct cm_err *err)
{
    size_t engine_count, plugin_count = cm_host_check_count(host);
    struct cm_err unstated = CM_ERR_INIT;
    int64_t when = CM_NO_TIME;
    (void)cm_engine_checks(&engine_count);
    if (!decided_at(evidence, &when, err) ||
        !room_for_answers(verdict, engine_count + plugin_count, err))
        return false;
    verdict->system_only = cm_is_system_only(evidence);
    /* what could not be stated is unknown to the checks that ask for it; the verdict says why; what
     * nobody verifies is not stated */
    if (!verdict->system_only && !cm_host_state_origin(host, verdict, &unstated) &&
        verdict->unstated_class == CM_OK)
        return cm_fail(err, unstated.class, "%s", unstated.text);

    for (size_t i = 0; i < engine_count + plugin_count; i++) {
        struct cm_answer *answer = &verdict->answers[verdict->answer_count];
        if (!ask_one(i, evidence, host, when, verdict))
            continue;
        explain(answer, evidence, verdict->arena);
        cm_weigh(cm_json_get(evidence, "effective"), when, verdict->arena, answer);
    }
    verdict->assume_reason = cm_arena_text(
        verdict->arena, cm_json_text(cm_json_path(evidence, "effective.link"), "assume_reason"));
    cm_decide(verdict);
    return true;
}

static bool
ask_examination(json_t *evidence, struct cm_plugin_host *host, struct cm_verdict *verdict,
                struct cm_err *err)
{
    size_t engine_count, plugin_count = cm_host_check_count(host);
    int64_t when = CM_NO_TIME;
    (void)cm_system_checks(&engine_count);
    if (!decided_at(evidence, &when, err) ||
        !room_for_answers(verdict, engine_count + plugin_count, err))
        return false;
    for (size_t i = 0; i < plugin_count + engine_count; i++) {
        struct cm_answer *answer = &verdict->answers[verdict->answer_count++];
        if (i < plugin_count)
            cm_host_ask(host, i, when, verdict->arena, answer);
        else
            cm_system_ask(i - plugin_count, evidence, verdict->arena, answer);
        explain(answer, evidence, verdict->arena);
    }
    cm_decide(verdict);
    return true;
}

/* A connector that is not among the plug-ins that the evidence names was never part of it. */
static bool
is_recorded(const json_t *evidence, const char *id)
{
    const json_t *plugins = cm_json_get(evidence, "plugins");
    for (size_t i = 0; i < json_array_size(plugins); i++) {
        const char *one = cm_json_text(json_array_get(plugins, i), "id");
        if (one != NULL && strcmp(one, id) == 0)
            return true;
    }
    return false;
}

typedef bool asking(json_t *evidence, struct cm_plugin_host *, struct cm_verdict *,
                    struct cm_err *err);

static bool
judge(json_t *evidence, struct cm_plugins *plugins, struct cm_log *log, bool examination,
      struct cm_arena *arena, struct cm_verdict *ret, struct cm_err *err)
{
    asking *ask = examination ? ask_examination : ask_all;
    const char *id = cm_json_text(cm_json_path(evidence, "effective.system"), "connector");
    const struct cm_plugin *plugin;
    if (id == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the evidence names no connector");
    if (!is_recorded(evidence, id))
        return cm_fail(err, CM_E_MALFORMED,
                       "the connector %s is not among the plug-ins of the evidence", id);
    if (!cm_plugins_load(plugins, id, &plugin, err))
        return false;
    if (plugin->table->connector == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED, "plug-in %s is not a connector", id);

    struct cm_plugin_host *host = NULL;
    struct cm_verdict verdict = {.arena = arena};
    CM_CLEANUP(cm_json_done) json_t *options = cm_hook_options(evidence);
    bool done = options != NULL
                    ? open_host(evidence, options, plugin, log, examination, &host, err) &&
                          ask(evidence, host, &verdict, err)
                    : cm_fail(err, CM_E_MALFORMED, "the evidence has no options");
    cm_host_free(host);
    if (done)
        *ret = verdict;
    return done;
}

bool
cm_judge(json_t *evidence, struct cm_plugins *plugins, struct cm_log *log, struct cm_arena *arena,
         struct cm_verdict *ret, struct cm_err *err)
{
    return judge(evidence, plugins, log, false, arena, ret, err);
}

bool
cm_judge_examination(json_t *evidence, struct cm_plugins *plugins, struct cm_log *log,
                     struct cm_arena *arena, struct cm_verdict *ret, struct cm_err *err)
{
    return judge(evidence, plugins, log, true, arena, ret, err);
}

bool
cm_judge_gates(json_t *evidence, const struct cm_plugin *plugin, struct cm_log *log,
               bool *ret_passed, struct cm_err *err)
{
    int64_t when = CM_NO_TIME;
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(4 << 20);
    CM_CLEANUP(cm_json_done) json_t *options = cm_hook_options(evidence);
    if (arena == NULL || options == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!decided_at(evidence, &when, err) ||
        !open_host(evidence, options, plugin, log, false, &host, err))
        return false;

    bool passed = true;
    for (size_t i = 0; i < cm_host_check_count(host); i++) {
        struct cm_answer answer = {0};
        if (!cm_host_check(host, i)->gate)
            continue;
        cm_host_ask(host, i, when, arena, &answer);
        cm_weigh(cm_json_get(evidence, "effective"), when, arena, &answer);
        passed = passed && (answer.word == CM_PASS || answer.weight != CM_REQUIRED);
    }
    cm_host_free(host);
    *ret_passed = passed;
    return true;
}
