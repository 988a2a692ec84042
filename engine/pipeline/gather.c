/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages authenticate and collect: everything that touches the outside, and what it leaves behind.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "pipeline/hook_options.h"
#include "pipeline/outside_module.h"
#include "pipeline/pipeline.h"
#include "pipeline/way_out.h"
#include "plugin/host.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void
cm_gathered_done(struct cm_gathered *gathered)
{
    cm_json_done(&gathered->evidence);
    cm_fd_done(&gathered->artifact);
}

void
cm_gathered_settle(struct cm_gathered *gathered, const struct cm_verdict *verdict)
{
    if (gathered->submitted && cm_verdict_artifact(gathered->evidence, verdict) == NULL)
        cm_fd_done(&gathered->artifact);
}

void
cm_delivery_done(struct cm_delivery *delivery)
{
    cm_json_done(&delivery->content);
}

static json_t *
time_json(int64_t ns)
{
    char text[CM_TIME_SIZE];
    cm_format_time(ns, text);
    return json_string(text);
}

/* ---- what stands in the evidence before anything is asked ---- */

static json_t *
engine_json(const struct cm_installation *installation, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_fd_done) int fd = open(installation->program, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !cm_sha256_fd(fd, installation->program, sha256, err))
        return NULL;
    return json_pack("{s:s, s:s}", "version", CM_VERSION, "sha256", sha256);
}

static json_t *
plugins_json(const struct cm_plugin *plugin)
{
    char sdk[24];
    snprintf(sdk, sizeof sdk, "%u.%u", plugin->table->sdk_target >> 16,
             plugin->table->sdk_target & 0xffffu);
    return json_pack("[{s:s, s:s, s:s, s:s}]", "id", plugin->id, "version", plugin->table->version,
                     "sdk", sdk, "sha256", plugin->sha256);
}

static json_t *
request_json(const struct cm_admitted *a, const struct cm_submission *submission)
{
    return json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:O}", "organization", a->trust->organization,
                     "project", a->project->slug, "policy",
                     a->policy != NULL ? a->policy->slug : NULL, "system", a->system->slug,
                     "submitter", submission != NULL ? submission->submitter : NULL, "names",
                     a->names);
}

/* The file that came with the submission, as a document; or that none came. */
static bool
add_submitted(json_t *evidence, const struct cm_staged *file, struct cm_err *err)
{
    const struct cm_document facts = {
        .of = CM_OF_SUBMITTER,
        .at = cm_wall_now(),
        .size = file != NULL ? file->size : -1,
        .sha256 = file != NULL ? file->sha256 : NULL,
    };
    if (file == NULL) {
        struct cm_err none = CM_ERR_INIT;
        (void)cm_fail(&none, CM_E_NOT_FOUND, "no file came with the submission");
        return cm_evidence_add(evidence, "submitted", &facts, NULL, &none, NULL, err);
    }
    CM_CLEANUP(cm_json_done)
    json_t *content = json_pack("{s:s*, s:I, s:s}", "name", file->name, "size",
                                (json_int_t)file->size, "sha256", file->sha256);
    if (content == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the name of the submitted file is not UTF-8");
    return cm_evidence_add(evidence, "submitted", &facts, content, NULL, NULL, err);
}

/* What this very request is: what a proof has to be for. */
static json_t *
for_json(const struct cm_admitted *a, const struct cm_staged *file)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s*}", "organization", a->trust->organization,
                     "project", a->project->slug, "policy", a->policy->slug, "system",
                     a->system->slug, "artifact_sha256", file != NULL ? file->sha256 : NULL);
}

/* Who delivered it; or why that is not known. */
static bool
add_peer(json_t *evidence, const struct cm_admitted *a, const struct cm_submission *submission,
         struct cm_err *err)
{
    static const struct cm_delivery nothing = {
        .why = {.class = CM_E_NOT_FOUND, .text = "no proof came with the submission"}};
    const struct cm_delivery *delivery =
        submission->delivery != NULL ? submission->delivery : &nothing;
    const struct cm_document facts = {.of = CM_OF_SUBMITTER, .at = cm_wall_now(), .size = -1};
    if (delivery->content == NULL)
        return cm_evidence_add(evidence, "peer", &facts, NULL, &delivery->why, NULL, err);
    CM_CLEANUP(cm_json_done) json_t *content = json_copy(delivery->content);
    bool ok = content != NULL;
    cm_json_set(content, "for", for_json(a, submission->file), &ok);
    return ok ? cm_evidence_add(evidence, "peer", &facts, content, NULL, NULL, err)
              : cm_fail(err, CM_E_LIMIT, "out of memory");
}

bool
cm_gather_begin(const struct cm_admitted *a, const struct cm_submission *submission,
                const struct cm_installation *installation, json_t **ret, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    CM_CLEANUP(cm_json_done) json_t *engine = engine_json(installation, err);
    if (engine == NULL || !cm_json_sha256(a->effective, sha256))
        return cm_fail(err, CM_E_INTERNAL, "the program cannot be read to be recorded");
    bool ok = evidence != NULL;
    cm_json_set(evidence, "engine", CM_TAKE(engine), &ok);
    cm_json_set(evidence, "modules", json_array(), &ok);
    cm_json_set(evidence, "plugins", plugins_json(a->plugin), &ok);
    cm_json_set(evidence, "request", request_json(a, submission), &ok);
    cm_json_set(evidence, "effective", json_incref(a->effective), &ok);
    cm_json_set_text(evidence, "effective_sha256", sha256, &ok);
    cm_json_set(evidence, "collected", json_pack("{s:o}", "from", time_json(cm_wall_now())), &ok);
    /* for the checks of the request, which are asked before anything is collected */
    cm_json_set(evidence, "decided_at", time_json(cm_wall_now()), &ok);
    if (!ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (submission != NULL && !add_submitted(evidence, submission->file, err))
        return false;
    if (submission != NULL && cm_takes_peer(a->plugin) && !add_peer(evidence, a, submission, err))
        return false;
    *ret = CM_TAKE(evidence);
    return true;
}

static void
stopped(json_t *evidence, const char *why)
{
    bool ok = true;
    cm_json_set_text(json_object_get(evidence, "collected"), "stopped", why, &ok);
}

/* decided_at is the last thing that collecting leaves. */
static bool
end_evidence(json_t *evidence, struct cm_err *err)
{
    bool ok = true;
    cm_json_set(json_object_get(evidence, "collected"), "to", time_json(cm_wall_now()), &ok);
    cm_json_set(evidence, "decided_at", time_json(cm_wall_now()), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- rights, before anything is asked ---- */

static bool
request_is_admitted(json_t *evidence, struct cm_err *err)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    if (arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    const struct cm_verdict no_origin = {.arena = arena};
    size_t count;
    const struct cm_check *checks = cm_engine_checks(&count);
    for (size_t i = 0; i < count; i++) {
        struct cm_answer answer = {0};
        if (strncmp(checks[i].id, "request.", 8) != 0)
            continue;
        cm_engine_ask(i, evidence, &no_origin, arena, &answer);
        if (answer.word != CM_PASS)
            return cm_fail(err, CM_E_DENIED, "nothing was asked, because %s did not pass",
                           checks[i].id);
    }
    return true;
}

/* ---- the conversation ---- */

/* A hook that could not go on, because what it was told is not what it can read, ends collecting,
 * not the decision: what is missing is unknown. Faults of the program, of a plug-in or of the
 * configuration are errors, and so is being interrupted. */
static bool
goes_on_without(json_t *evidence, const struct cm_err *why)
{
    if (why->class == CM_E_CONFIG || why->class == CM_E_INTERNAL || why->class == CM_E_CANCELLED ||
        why->class == CM_OK)
        return false;
    stopped(evidence, why->text);
    return true;
}

static bool
failed(const struct cm_err *why, struct cm_err *err)
{
    *err = *why;
    return false;
}

/* Where no build is meant: one hook, and no repository. */
static bool
talk_about_system(struct cm_plugin_host *host, json_t *evidence, enum cm_errand errand,
                  struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    bool done =
        errand == CM_TO_EXAMINE ? cm_host_examine(host, &why) : cm_host_authenticate(host, &why);
    return done || goes_on_without(evidence, &why) || failed(&why, err);
}

/* What nobody asks about, no document says. */
static bool
end_talk(struct cm_plugin_host *host, const struct cm_admitted *a, struct cm_err *err)
{
    return a->policy->system_only || cm_host_finish(host, err);
}

static bool
talk(struct cm_plugin_host *host, json_t *evidence, const struct cm_admitted *a,
     const struct cm_gather_settings *settings, struct cm_err *err)
{
    bool open = false;
    struct cm_err why = CM_ERR_INIT;
    if (settings->errand == CM_TO_EXAMINE || settings->errand == CM_TO_START)
        return talk_about_system(host, evidence, settings->errand, err);
    if (!cm_host_begin(host, err))
        return false;
    if (!cm_host_authenticate(host, &why))
        return goes_on_without(evidence, &why) ? end_talk(host, a, err) : failed(&why, err);
    if (!cm_judge_gates(evidence, a->plugin, settings->log, &open, err))
        return false;
    if (!open)
        stopped(evidence, "nothing more was asked, because a check at the gate did not pass");
    else if (settings->errand == CM_TO_VERIFY && !cm_host_collect(host, &why) &&
             !goes_on_without(evidence, &why))
        return failed(&why, err);
    return end_talk(host, a, err);
}

/* The one downloaded artifact, as a descriptor of our own. */
static int
take_artifact(const struct cm_plugin_host *host, const json_t *evidence)
{
    const char *name;
    json_t *document;
    int found = -1;
    json_object_foreach(json_object_get(evidence, "documents"), name, document)
    {
        int fd = cm_json_bool(document, "artifact", false) ? cm_host_artifact(host, name) : -1;
        if (fd < 0)
            continue;
        if (found >= 0)
            return -1;
        found = fd;
    }
    return found >= 0 ? fcntl(found, F_DUPFD_CLOEXEC, 0) : -1;
}

/* Where the system hands out nothing, the file that was submitted may be all that there is. */
static int
take_submitted(const struct cm_submission *submission, const json_t *evidence)
{
    const struct cm_staged *file = submission != NULL ? submission->file : NULL;
    bool alone = file != NULL && !cm_evidence_has_artifact(evidence);
    return alone ? fcntl(file->fd, F_DUPFD_CLOEXEC, 0) : -1;
}

/* The module is part of what decides: it is recorded beside engine and plug-ins. */
static bool
load_outside(json_t *evidence, const struct cm_installation *installation,
             const struct cm_outside_table **ret, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    if (!cm_outside_load(installation->outside_module, ret, sha256, err))
        return false;
    return json_array_append_new(
               json_object_get(evidence, "modules"),
               json_pack("{s:s, s:s}", "name", "countermark-outside", "sha256", sha256)) == 0 ||
           cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* One host for the whole collection: it holds the key of its HMACs, and what git is asked. */
static bool
converse(const struct cm_admitted *a, json_t *evidence, const struct cm_gather_settings *settings,
         const struct cm_outside_table *outside, struct cm_outside *out, int *ret_artifact,
         struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *options = cm_hook_options(evidence);
    const struct cm_host_settings host_settings = {
        .plugin = a->plugin,
        .options = options,
        .evidence = evidence,
        .log = settings->log,
        .deadline = settings->deadline,
        .examination = settings->errand == CM_TO_EXAMINE,
        .outside = outside,
        .out = out,
        .secrets = a->secrets,
        .peer = &a->system->peer,
        .trust = a->trust,
        .project = a->project,
        .policy = a->policy,
    };
    struct cm_plugin_host *host = NULL;
    bool done = cm_host_new(&host_settings, &host, err) && talk(host, evidence, a, settings, err);
    if (done)
        *ret_artifact = take_artifact(host, evidence);
    cm_host_free(host);
    return done;
}

static bool
ask_outside(const struct cm_admitted *a, json_t *evidence,
            const struct cm_gather_settings *settings, int *ret_artifact, struct cm_err *err)
{
    const struct cm_outside_table *outside;
    CM_CLEANUP(cm_way_out_done) struct cm_way_out way = {.proxy = NULL};
    if (!cm_way_out_find(a, settings->log, &way, err) ||
        !load_outside(evidence, settings->installation, &outside, err))
        return false;

    const struct cm_outside_settings out_settings = {
        .deadline = settings->deadline,
        .cancel_fd = settings->cancel_fd,
        .log = settings->log,
        .helper = settings->installation->git_helper,
        .mirrors = settings->mirrors,
        .mirrors_most = settings->mirrors_most,
        .proxy = way.proxy,
        .proxy_password = way.proxy != NULL ? cm_buf_text(&way.password) : NULL,
        .named = way.named,
    };
    struct cm_outside *out = NULL;
    if (!outside->open(&out_settings, &out, err))
        return false;
    bool done = converse(a, evidence, settings, outside, out, ret_artifact, err);
    outside->close(out);
    return done;
}

bool
cm_gather(const struct cm_admitted *a, const struct cm_submission *submission,
          const struct cm_gather_settings *settings, struct cm_gathered *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    if (!cm_gather_begin(a, submission, settings->installation, &gathered.evidence, err))
        return false;

    struct cm_err why = CM_ERR_INIT;
    if (submission != NULL && !request_is_admitted(gathered.evidence, &why))
        stopped(gathered.evidence, why.text);
    else if (!ask_outside(a, gathered.evidence, settings, &gathered.artifact, err))
        return false;
    if (gathered.artifact < 0) {
        gathered.artifact = take_submitted(submission, gathered.evidence);
        gathered.submitted = gathered.artifact >= 0;
    }
    if (!end_evidence(gathered.evidence, err))
        return false;
    *ret = gathered;
    gathered = (struct cm_gathered){.artifact = -1};
    return true;
}
