/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_LOG   ((size_t)8 << 20)
#define MOST_TEXTS ((size_t)64 << 20)

/* What one run has, and its end takes away. */
struct run {
    struct cf_play *play;
    const struct cf_disturbance *how;
    json_t *out; /* the outcome; owned */
    json_t *options, *evidence;
    struct cm_arena *arena;
    struct cm_log *log;
    int log_fd;
    struct cf_outside outside;
    struct cm_repository repository;
    const char *refs[1];
    struct cm_policy policy;
    struct cm_project project;
    struct cm_trust trust;
    struct cm_peer peer;
    struct cm_plugin_host *host;
};

/* Evidence of two runs can be compared only if their keys and times are the same. */
/* NOLINTBEGIN(*-reserved-identifier,cert-*): the name is the linker's */
bool __wrap_cm_random(void *ret, size_t size);
int64_t __wrap_cm_wall_now(void);

bool
__wrap_cm_random(void *ret, size_t size)
{
    memset(ret, 0x42, size);
    return true;
}

int64_t
__wrap_cm_wall_now(void)
{
    return FAKE_TIME;
}
/* NOLINTEND(*-reserved-identifier,cert-*) */

static void
run_done(struct run *r)
{
    cm_host_free(r->host);
    cf_outside_done(&r->outside);
    json_decref(r->out);
    json_decref(r->options);
    json_decref(r->evidence);
    cm_arena_free(r->arena);
    cm_log_free(r->log);
    if (r->log_fd >= 0)
        (void)close(r->log_fd);
}

static bool
begin(struct run *r, struct cm_err *err)
{
    const struct cf_play *play = r->play;
    const json_t *root = play->script->root;
    const char *url = cm_json_text(root, "repository"), *ref = cm_json_text(root, "ref");
    const json_t *said = r->how->options != NULL ? r->how->options : cm_json_get(root, "options");
    r->log_fd = memfd_create("log", MFD_CLOEXEC);
    r->log = cm_log_new(r->log_fd, CM_LOG_DEBUG, false);
    r->arena = cm_arena_new(MOST_TEXTS);
    r->out = json_pack("{s:{}, s:{}}", "failed", "answers");
    r->evidence = cm_evidence_new();
    if (r->log_fd < 0 || !r->log || !r->arena || !r->out || !r->evidence)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    r->repository.url = url != NULL ? url : "https://git.example/acme/widget";
    r->refs[0] = ref != NULL ? ref : "refs/heads/main";
    r->policy = (struct cm_policy){.slug = "release", .refs = {r->refs, 1, {NULL, 0}}};
    r->project = (struct cm_project){
        .slug = "widget", .repositories = &r->repository, .repository_count = 1};
    r->trust =
        (struct cm_trust){.organization = "acme", .projects = &r->project, .project_count = 1};
    return cf_resolve(r->play, said, &r->options, err);
}

void
cf_note_failure(json_t *outcome, const char *hook, bool done, const struct cm_err *why)
{
    bool ok = true;
    if (done)
        return;
    json_t *failed = json_pack("{s:s, s:s}", "class", cm_class_name(why->class), "why", why->text);
    cm_json_set(cm_json_get(outcome, "failed"), hook, failed, &ok);
}

/* ---- hosts ---- */

static bool
open_host(struct run *r, bool outside, struct cm_err *err)
{
    bool examines = r->play->script->kind == CF_EXAMINATION;
    struct cm_host_settings settings = {
        .plugin = &r->play->plugin,
        .options = r->options,
        .evidence = r->evidence,
        .log = r->log,
        .examination = examines,
        .run_helper = "nowhere", /* nothing is started: outside_signing.c */
    };
    if (outside) {
        settings.outside = &r->outside.table;
        settings.out = &r->outside.fake;
        settings.secrets = r->play->secrets;
        settings.peer = &r->peer;
        settings.trust = &r->trust;
        settings.project = &r->project;
        settings.policy = examines ? NULL : &r->policy;
    }
    r->host = cm_host_free(r->host);
    return cm_host_new(&settings, &r->host, err);
}

/* ---- before anything is asked ---- */

static void
read_names(struct run *r)
{
    const struct cf_script *script = r->play->script;
    const json_t *notification = cm_json_get(script->root, "notification");
    CM_CLEANUP(cm_json_done) json_t *names = json_object();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_err why = CM_ERR_INIT;
    const char *body = r->how->body;
    size_t size = r->how->body_size;
    if (cf_now.real->connector->read_names == NULL || (notification == NULL && body == NULL))
        return;
    if (body == NULL && cm_json_canonical(notification, &text)) {
        body = cm_buf_text(&text);
        size = text.size;
    }
    bool done = cm_host_read_names(r->host, body, size, names, &why);
    cf_note_failure(r->out, "read_names", done, &why);
    (void)json_object_set(r->out, "names", names);
}

static void
start_from(struct run *r, bool was_asked)
{
    const char *address =
        r->how->address != NULL ? r->how->address : cm_json_text(r->play->script->root, "address");
    struct cm_start started = {NULL, NULL};
    struct cm_err why = CM_ERR_INIT;
    if (cf_now.real->connector->start == NULL || address == NULL)
        return;
    bool done = cm_host_start(r->host, address, was_asked, &started, &why);
    cf_note_failure(r->out, was_asked ? "start (asked)" : "start", done, &why);
    if (done) {
        json_t *both = json_pack("[O, O]", started.settings, started.about);
        (void)json_object_set_new(r->out, was_asked ? "started (asked)" : "started", both);
        cm_start_done(&started);
    }
}

/* As in the engine: options that do not fit together end it. */
static bool
configure(struct run *r)
{
    static const char *const names[] = {"configure", "configure (of the rewriter)",
                                        "configure (of the signer)"};
    static const enum cm_part parts[] = {CM_CONNECTOR, CM_REWRITER, CM_SIGNER};
    for (size_t i = 0; i < CM_COUNT(parts); i++) {
        struct cm_err why = CM_ERR_INIT;
        bool done = cm_host_configure(r->host, parts[i], &why);
        cf_note_failure(r->out, names[i], done, &why);
        if (!done)
            return false;
    }
    return true;
}

/* ---- asking ---- */

static bool
add_submitted(struct run *r, struct cm_err *err)
{
    const struct cf_script *script = r->play->script;
    struct cm_err none = CM_ERR_INIT;
    struct cm_document facts = {.of = CM_OF_SUBMITTER, .at = FAKE_TIME, .size = -1};
    CM_CLEANUP(cm_json_done) json_t *content = NULL;
    char sha256[CM_SHA256_HEX];
    if (script->submitted == NULL) {
        (void)cm_fail(&none, CM_E_NOT_FOUND, "no file came with the submission");
        return cm_evidence_add(r->evidence, "submitted", &facts, NULL, &none, NULL, err);
    }
    facts.size = (int64_t)strlen(script->submitted);
    if (!cm_sha256(script->submitted, strlen(script->submitted), sha256))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    facts.sha256 = sha256;
    content = json_pack("{s:s, s:I, s:s}", "name", script->submitted_name, "size",
                        (json_int_t)facts.size, "sha256", sha256);
    return cm_evidence_add(r->evidence, "submitted", &facts, content, NULL, NULL, err);
}

/* As the engine does it: the content, or why there is none. */
static bool
add_peer(struct run *r, struct cm_err *err)
{
    json_t *content = cm_json_get(r->play->script->root, "peer");
    enum cm_class class = content != NULL ? r->how->peer : CM_E_NOT_FOUND;
    const struct cm_document facts = {.of = CM_OF_SUBMITTER, .at = FAKE_TIME, .size = -1};
    struct cm_err none = CM_ERR_INIT;
    if ((cf_now.real->connector->flags & CMK_TAKES_PEER) == 0)
        return true;
    if (class == CM_OK)
        return cm_evidence_add(r->evidence, "peer", &facts, content, NULL, NULL, err);
    (void)cm_fail(&none, class, "no proof of who delivers this: %s", cm_class_name(class));
    return cm_evidence_add(r->evidence, "peer", &facts, NULL, &none, NULL, err);
}

static bool
begin_evidence(struct run *r, struct cm_err *err)
{
    json_t *assume = cm_json_get(r->play->script->root, "assume");
    json_t *effective = assume != NULL ? json_pack("{s:{s:O}}", "link", "assume", assume)
                                       : json_pack("{s:{s:[]}}", "link", "assume");
    if (json_object_set_new(r->evidence, "effective", effective) != 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return r->play->script->kind == CF_EXAMINATION || (add_submitted(r, err) && add_peer(r, err));
}

static json_t *
answer_json(const struct cm_answer *a)
{
    json_t *documents = json_array();
    for (const char *const *d = a->documents; documents != NULL && *d != NULL; d++)
        (void)json_array_append_new(documents, json_string(*d));
    return json_pack("{s:s, s:s*, s:s*, s:s*, s:o*}", "word",
                     a->word == CM_PASS   ? "pass"
                     : a->word == CM_FAIL ? "fail"
                                          : "unknown",
                     "observed", a->observed, "expected", a->expected, "reason", a->reason,
                     "documents", documents);
}

/* Asks check number `index` and keeps the answer; true if it passes. */
static bool
ask(struct run *r, size_t index)
{
    struct cm_answer answer;
    bool ok = true;
    const char *id = cm_host_check(r->host, index)->id;
    bool had_failed = cf_now.failed_as != CMK_OK;
    cf_now.check = index;
    cm_host_ask(r->host, index, r->play->script->decided_at, r->arena, &answer);
    if (!had_failed && cf_now.failed_as != CMK_OK && answer.word != CM_UNKNOWN)
        cf_now.answered_failed = true;
    cm_json_set(cm_json_get(r->out, "answers"), strchr(id, '.') + 1, answer_json(&answer), &ok);
    return answer.word == CM_PASS;
}

/* As the engine asks them: in the middle, from what was recorded so far. */
static bool
gates_pass(struct run *r, bool *ret, struct cm_err *err)
{
    struct cm_plugin_host *asking = r->host;
    r->host = NULL;
    bool opened = open_host(r, false, err);
    *ret = opened;
    for (size_t i = 0; opened && i < cm_host_check_count(r->host); i++)
        if (cm_host_check(r->host, i)->gate && !ask(r, i))
            *ret = false;
    cm_host_free(r->host);
    r->host = asking;
    return opened;
}

static bool
collect_build(struct run *r, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    bool pass = false;
    bool done = cm_host_begin(r->host, &why) && cm_host_authenticate(r->host, &why);
    cf_note_failure(r->out, "authenticate", done, &why);
    if (done && !gates_pass(r, &pass, err))
        return false;
    if (done && pass) {
        done = cm_host_collect(r->host, &why);
        cf_note_failure(r->out, "collect_origin", done, &why);
    }
    why = (struct cm_err)CM_ERR_INIT;
    done = cm_host_finish(r->host, &why);
    cf_note_failure(r->out, "finish", done, &why);
    return true;
}

static bool
collect(struct run *r, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (!begin_evidence(r, err) || !open_host(r, true, err))
        return false;
    if (r->play->script->kind == CF_BUILD)
        return collect_build(r, err);
    bool done = cm_host_examine(r->host, &why);
    cf_note_failure(r->out, "examine", done, &why);
    return true;
}

/* ---- judging ---- */

/* Takes a document away, or leaves only a reason where it was. */
static bool
disturb_evidence(struct run *r, struct cm_err *err)
{
    const char *name = r->how->without;
    json_t *documents = cm_json_get(r->evidence, "documents");
    struct cm_document facts = {.of = CM_OF_SYSTEM, .asked = "GET https://x.invalid/", .size = -1};
    struct cm_err why = CM_ERR_INIT;
    if (name == NULL)
        return true;
    (void)json_object_del(documents, name);
    if (r->how->why == CM_OK)
        return true;
    (void)cm_fail(&why, r->how->why, "taken away");
    return cm_evidence_add(r->evidence, name, &facts, NULL, &why, NULL, err);
}

static bool
state_origin(struct run *r, struct cm_err *err)
{
    struct cm_verdict v = {.arena = r->arena};
    struct cm_err why = CM_ERR_INIT;
    bool done = cm_host_state_origin(r->host, &v, &why);
    json_t *origin = json_array(), *attachments = json_array();
    cf_note_failure(r->out, "state_origin", done, &why);
    for (size_t i = 0; i < v.origin_count; i++)
        (void)json_array_append_new(
            origin, json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "field", v.origin[i].field, "text",
                              v.origin[i].text, "of", v.origin[i].of, "document",
                              v.origin[i].document, "path", v.origin[i].path));
    for (size_t i = 0; i < v.attachment_count; i++)
        (void)json_array_append_new(attachments,
                                    json_pack("{s:s, s:s}", "file", v.attachments[i].file_name,
                                              "document", v.attachments[i].document));
    for (size_t i = 0; i < v.parameter_count; i++)
        (void)json_array_append_new(
            origin, json_pack("{s:s, s:s*, s:s, s:s}", "parameter", v.parameters[i].field, "text",
                              v.parameters[i].text, "document", v.parameters[i].document, "path",
                              v.parameters[i].path));
    bool ok = json_object_set_new(r->out, "origin", origin) == 0;
    ok = json_object_set_new(r->out, "attachments", attachments) == 0 && ok;
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
judge(struct run *r, struct cm_err *err)
{
    if (!disturb_evidence(r, err) || !open_host(r, false, err))
        return false;
    if (r->play->script->kind == CF_BUILD && !state_origin(r, err))
        return false;
    start_from(r, true);
    size_t count = cm_host_check_count(r->host);
    for (size_t i = 0; i < count; i++)
        (void)ask(r, r->how->backwards ? count - 1 - i : i);
    return true;
}

/* ---- the whole ---- */

static bool
keep_log(struct run *r, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_LOG);
    json_t *asked = json_array();
    CM_CLEANUP(cm_buf_done) struct cm_buf unknown = CM_BUF_INIT(MOST_LOG);
    if (lseek(r->log_fd, 0, SEEK_SET) != 0 || !cm_fd_read_all(r->log_fd, "log", &text, err)) {
        json_decref(asked);
        return false;
    }
    const struct cm_outside *fake = &r->outside.fake;
    for (size_t i = 0; i < fake->asked_count; i++) {
        (void)json_array_append_new(
            asked, json_pack("[s, s*]", fake->asked[i].url, fake->asked[i].header));
        if (fake->answers[i] == NULL)
            cm_buf_printf(&unknown, "; asked, and not in the script: %s", fake->asked[i].url);
    }
    (void)json_object_set_new(r->out, "log",
                              json_stringn_nocheck(text.size > 0 ? text.at : "", text.size));
    (void)json_object_set_new(r->out, "asked", asked);
    (void)json_object_set_new(r->out, "unanswered", json_string(cm_buf_text(&unknown)));
    return true;
}

static bool
converse(struct run *r, struct cm_err *err)
{
    if (!open_host(r, false, err))
        return false;
    if (!configure(r))
        return true;
    if (r->play->script->kind == CF_PACKAGE)
        return cf_play_package(r->play, r->how, r->host, r->out, err);
    if (r->play->script->kind == CF_SIGNATURE)
        return cf_play_signature(r->play, r->how, r->host, &r->outside, r->out, err);
    read_names(r);
    start_from(r, false);
    return collect(r, err) && judge(r, err);
}

static void
keep_links(struct run *r)
{
    struct cf_play *play = r->play;
    play->asked[CF_SYSTEM] = r->outside.fake.asked_count;
    play->asked[CF_REPOSITORY] = r->outside.fake.file_count;
    play->asked[CF_OPERATOR] = r->outside.own_count;
    play->link_count = cf_now.link_count;
    memcpy(play->links, cf_now.links, sizeof play->links);
    play->applied = r->outside.applied;
    play->runs = r->outside.runs;
}

bool
cf_play(struct cf_play *play, const struct cf_disturbance *how, json_t **ret, struct cm_err *err)
{
    static const struct cf_disturbance nothing;
    CM_CLEANUP(run_done)
    struct run r = {.play = play, .how = how != NULL ? how : &nothing, .log_fd = -1};
    bool ok = begin(&r, err);
    cf_outside_begin(&r.outside, play->script);
    r.outside.arena = r.arena;
    r.outside.secret = *play->secret != '\0' ? play->secret : CF_MARKER;
    r.outside.fault = r.how->fault;
    r.outside.source = r.how->source;
    r.outside.asked = r.how->asked;
    r.outside.keys = play->trial->keys;
    r.outside.refusal = r.how->refusal;
    r.outside.bad_run = r.how->bad_run;
    r.outside.run_err = r.how->run_err;
    cf_probe_begin(&r.how->probe, &r.outside.fake);
    ok = ok && converse(&r, err) && keep_log(&r, err);
    keep_links(&r);
    if (!ok)
        return false;
    (void)json_object_set(r.out, "evidence", r.evidence);
    *ret = json_incref(r.out);
    return true;
}
