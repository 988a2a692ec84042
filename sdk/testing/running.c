/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test runs: hooks, by the engine's host, and what came of them.
 */
#include "stage.h"

#include "base/digest.h"
#include "base/json.h"
#include "evidence/evidence.h"

#include <string.h>

static void
forget(struct cmk_test *t)
{
    t->judging = cm_host_free(t->judging);
    t->answer = (struct cm_answer){.check = NULL};
    t->verdict = (struct cm_verdict){.arena = t->arena};
    t->stated = false;
    t->err = (struct cm_err)CM_ERR_INIT;
}

static int32_t
status_of(const struct cmk_test *t, bool done)
{
    return done ? CMK_OK : (int32_t)t->err.class;
}

static struct cm_plugin_host *
open_host(struct cmk_test *t, const struct cm_host_settings *settings)
{
    struct cm_plugin_host *host;
    if (!cm_host_new(settings, &host, &t->err))
        stage_wrong("%s", t->err.text);
    return host;
}

struct cm_plugin_host *
stage_judging(struct cmk_test *t)
{
    if (t->judging != NULL)
        return t->judging;
    if (t->evidence == NULL)
        t->evidence = stage_need(cm_evidence_new());
    stage_resolve(t);
    t->judging = open_host(
        t, &(struct cm_host_settings){
               .plugin = t->plugin, .options = t->options, .evidence = t->evidence, .log = t->log});
    return t->judging;
}

int32_t
cmk_test_configure(struct cmk_test *t)
{
    forget(t);
    struct cm_plugin_host *host = stage_judging(t);
    return status_of(t, cm_host_configure(host, CM_CONNECTOR, &t->err) &&
                            cm_host_configure(host, CM_REWRITER, &t->err) &&
                            cm_host_configure(host, CM_SIGNER, &t->err));
}

/* ---- collecting ---- */

static void
add_submitted(struct cmk_test *t)
{
    struct cm_err none = CM_ERR_INIT, err = CM_ERR_INIT;
    struct cm_document facts = {.of = CM_OF_SUBMITTER, .at = FAKE_TIME, .size = -1};
    CM_CLEANUP(cm_json_done) json_t *content = NULL;
    char sha256[CM_SHA256_HEX];
    if (t->submitted == NULL) {
        (void)cm_fail(&none, CM_E_NOT_FOUND, "no file came with the submission");
    } else {
        facts.size = (int64_t)strlen(t->submitted);
        if (!cm_sha256(t->submitted, strlen(t->submitted), sha256))
            stage_wrong("no SHA-256 can be made");
        facts.sha256 = sha256;
        content = stage_need(json_pack("{s:s, s:I, s:s}", "name", t->submitted_name, "size",
                                       (json_int_t)facts.size, "sha256", sha256));
    }
    if (!cm_evidence_add(t->evidence, "submitted", &facts, content,
                         t->submitted == NULL ? &none : NULL, NULL, &err))
        stage_wrong("%s", err.text);
}

static void
begin_evidence(struct cmk_test *t)
{
    forget(t);
    stage_resolve(t);
    cm_json_done(&t->evidence);
    t->evidence = stage_need(cm_evidence_new());
    json_t *effective = json_pack("{s:{s:O}}", "link", "assume", t->assumed);
    if (json_object_set_new(t->evidence, "effective", effective) != 0)
        stage_wrong("out of memory");
    add_submitted(t);
    fake_done(&t->out);
    fake_begin(&t->out, t->pages, t->files);
}

/* Did all gates pass? As the engine asks them: in the middle, from what was recorded so far. */
static bool
gates_pass(struct cmk_test *t)
{
    struct cm_plugin_host *host = open_host(
        t, &(struct cm_host_settings){
               .plugin = t->plugin, .options = t->options, .evidence = t->evidence, .log = t->log});
    bool pass = true;
    for (size_t i = 0; i < cm_host_check_count(host) && pass; i++) {
        if (!cm_host_check(host, i)->gate)
            continue;
        cm_host_ask(host, i, t->decided_at, t->arena, &t->answer);
        pass = t->answer.word == CM_PASS;
    }
    cm_host_free(host);
    return pass;
}

int32_t
cmk_test_collect(struct cmk_test *t)
{
    begin_evidence(t);
    struct cm_plugin_host *host = open_host(t, &(struct cm_host_settings){
                                                   .plugin = t->plugin,
                                                   .options = t->options,
                                                   .evidence = t->evidence,
                                                   .log = t->log,
                                                   .outside = &fake_outside,
                                                   .out = &t->out,
                                                   .secrets = t->secrets,
                                                   .peer = &t->peer,
                                                   .trust = &t->trust,
                                                   .project = &t->project,
                                                   .policy = &t->signing,
                                               });
    bool done = cm_host_begin(host, &t->err) && cm_host_authenticate(host, &t->err);
    if (done && gates_pass(t))
        done = cm_host_collect(host, &t->err);
    struct cm_err late = CM_ERR_INIT;
    if (!cm_host_finish(host, &late) && done) {
        t->err = late;
        done = false;
    }
    cm_host_free(host);
    return status_of(t, done);
}

const char *
cmk_test_asked(struct cmk_test *t)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (size_t i = 0; i < t->out.asked_count; i++) {
        const struct fake_asked *a = &t->out.asked[i];
        cm_buf_printf(&text, "%s%s\n", a->url, a->bearer || a->basic ? " (secret)" : "");
    }
    return stage_need(cm_arena_text(t->arena, cm_buf_text(&text)));
}

const char *
cmk_test_kept(struct cmk_test *t, const char *document)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_EVIDENCE_MOST);
    const json_t *content = cm_json_get(cm_evidence_document(t->evidence, document), "content");
    if (content == NULL || !cm_json_canonical(content, &text))
        return NULL;
    return stage_need(cm_arena_text(t->arena, cm_buf_text(&text)));
}

/* ---- judging ---- */

const char *
cmk_test_name(struct cmk_test *t, const char *body, const char *option)
{
    CM_CLEANUP(cm_json_done) json_t *names = stage_need(json_object());
    forget(t);
    if (!cm_host_read_names(stage_judging(t), body, strlen(body), names, &t->err))
        return NULL;
    return cm_arena_text(t->arena, cm_json_text(names, option));
}

static void
state(struct cmk_test *t)
{
    if (t->stated)
        return;
    t->verdict = (struct cm_verdict){.arena = t->arena};
    if (!cm_host_state_origin(stage_judging(t), &t->verdict, &t->err) && t->err.class == CM_OK)
        stage_wrong("state_origin failed without a reason");
    t->stated = true;
}

const char *
cmk_test_origin(struct cmk_test *t, const char *field)
{
    state(t);
    for (size_t i = 0; i < t->verdict.origin_count; i++)
        if (strcmp(t->verdict.origin[i].field, field) == 0)
            return t->verdict.origin[i].text;
    for (size_t i = 0; i < t->verdict.attachment_count; i++)
        if (strcmp(t->verdict.attachments[i].file_name, field) == 0)
            return t->verdict.attachments[i].document;
    return NULL;
}

/* The number of the check in the table. */
static size_t
index_of(const struct cmk_test *t, const char *id)
{
    const struct cmk_connector *connector = t->plugin->table->connector;
    for (size_t i = 0; connector != NULL && connector->verify[i].id != NULL; i++)
        if (strcmp(connector->verify[i].id, id) == 0)
            return i;
    stage_wrong("plug-in %s has no check '%s'", t->plugin->id, id);
}

int32_t
cmk_test_check(struct cmk_test *t, const char *id)
{
    t->err = (struct cm_err)CM_ERR_INIT;
    cm_host_ask(stage_judging(t), index_of(t, id), t->decided_at, t->arena, &t->answer);
    return t->answer.word == CM_PASS   ? CMK_PASS
           : t->answer.word == CM_FAIL ? CMK_FAIL
                                       : CMK_UNKNOWN;
}

const char *
cmk_test_observed(const struct cmk_test *t)
{
    return t->answer.observed != NULL ? t->answer.observed : "";
}

const char *
cmk_test_why(const struct cmk_test *t)
{
    if (t->err.class != CM_OK)
        return t->err.text;
    return t->answer.word == CM_UNKNOWN && t->answer.reason != NULL ? t->answer.reason : "";
}
