/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark rewrite: an artifact documented later, from the sealed evidence that it was accepted
 * by. There is no way around the seal, the verdict and the artifact's digest. */
#include "base/fd.h"
#include "base/json.h"
#include "pipeline/admit.h"
#include "plugin/options.h"
#include "plugin/options_said.h"
#include "programs/documenting.h"
#include "programs/evidence_file.h"
#include "programs/output.h"
#include "programs/spoken.h"
#include "verdict/report.h"

#include <string.h>
#include <unistd.h>

#define KEY_FILE "evidence-key.pem"

static const struct cm_flag flags[] = {
    {"evidence", 0, CM_TAKES_FILE, "FILE", "sealed evidence that it was accepted by"},
    {"evidence-key", 0, CM_TAKES_FILES, "FILE", "public key (PEM) whose seal counts"},
    {"plugin", 0, CM_TAKES_TEXT, "ID", "rewriter; needed if the evidence names none"},
    {"packages", 0, CM_TAKES_TEXTS, "PATTERN", "packages inside of an archive"},
    {"skip-contents", 0, CM_TAKES_NOTHING, NULL, "do not inflate entries that stay as they are"},
    {"format", 0, CM_TAKES_WORD, "text|json", "of the report on standard output"},
    {"config", 'c', CM_TAKES_FILE, "FILE", "names folders of plug-ins, and the state"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "whose key counts without --evidence-key"},
    {.name = NULL},
};

/* ---- who vouches ---- */

/* Without --evidence-key: the key of this machine's own state, if it has one already. */
static bool
read_keys(const struct cm_session *session, struct cm_keys *ret, struct cm_err *err)
{
    const char *state = cm_session_state(session);
    const char *path =
        state != NULL ? cm_arena_printf(session->installation.arena, "%s/" KEY_FILE, state) : NULL;
    if (!cm_keys_said(session, ret, err))
        return false;
    if (ret->count > 0)
        return true;
    if (path == NULL || access(path, F_OK) != 0)
        return cm_fail(err, CM_E_NOT_FOUND,
                       "name the key whose seal counts with --evidence-key%s%s%s",
                       path != NULL ? " (" : "", path != NULL ? path : "",
                       path != NULL ? " is not there)" : "");
    if (!cm_key_of_state(state, &ret->at[0], err))
        return false;
    ret->count = 1;
    return true;
}

static int
open_evidence(const struct cm_session *session, struct cm_opened *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_keys_done) struct cm_keys keys = {.count = 0};
    const char *path = cm_said(session->said, "evidence");
    if (!read_keys(session, &keys, &err))
        return cm_session_failed(session, &err);
    int status = cm_evidence_open(session, path, &keys, ret);
    if (status != 0 || ret->seal == CM_SEALED)
        return status;
    cm_log(session->log, CM_LOG_ERROR,
           "%s: %s: nobody vouches for it, and nothing is documented by it (name the key of its "
           "seal with --evidence-key)",
           path, cm_seal_text(session->installation.arena, ret));
    return CM_EXIT_UNDECIDED;
}

/* ---- by whom ---- */

/* What a rewriter was told then stands in the evidence, and is not bent by words now. */
static int
check_no_words(const struct cm_session *session, const struct cm_rewriters *recorded)
{
    const char *name = json_object_iter_key(json_object_iter(session->said->names));
    CM_CLEANUP(cm_buf_done) struct cm_buf word = CM_BUF_INIT(1024);
    for (const char *c = name; c != NULL && *c != '\0'; c++)
        cm_buf_putc(&word, *c == '_' ? '-' : *c);
    if (name == NULL && cm_said(session->said, "packages") == NULL)
        return 0;
    return cm_session_usage(session,
                            "--%s: what is done to this artifact stands in the evidence (artifact "
                            "configuration %s)",
                            name != NULL ? cm_buf_text(&word) : "packages",
                            recorded->configuration);
}

/* Only the one that is named, of those that the evidence names. */
static int
keep_named(const struct cm_session *session, struct cm_rewriters *recorded)
{
    const char *id = cm_said(session->said, "plugin");
    for (size_t i = 0; id != NULL && i < recorded->count; i++)
        if (strcmp(recorded->at[i].plugin->id, id) == 0) {
            recorded->at[0] = recorded->at[i];
            recorded->count = 1;
            return 0;
        }
    return id == NULL ? 0
                      : cm_session_usage(session,
                                         "--plugin %s: the evidence's artifact configuration %s "
                                         "does not name this rewriter",
                                         id, recorded->configuration);
}

static int
resolve_words(const struct cm_session *session, const struct cm_plugin *plugin, json_t **ret)
{
    static const struct cm_place nowhere;
    const char *own[CM_COUNT(flags)];
    CM_CLEANUP(cm_options_said_done) struct cm_options_said said = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    for (size_t i = 0; i < CM_COUNT(flags); i++)
        own[i] = flags[i].name;
    const struct cmk_option *table = plugin->table->options;
    if (cm_options_said_of_plugin(table, session->said->names, own, &said, &complaints)) {
        const struct cm_words_said words = {.plugin = &said.plugin, .plugin_place = nowhere};
        if (cm_options_resolve(table, &words, ret, &secrets, &complaints))
            return 0;
    }
    return cm_session_complain_of_words(session, &complaints);
}

static int
add_named(struct cm_session *session, struct cm_rewriters *to)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    json_t *options = NULL;
    const struct cm_plugin *plugin;
    const char *id = cm_said(session->said, "plugin");
    if (id == NULL)
        return cm_session_usage(session, "the evidence names no rewriter: name one with --plugin");
    if (!cm_plugins_load(session->plugins, id, &plugin, &err)) {
        (void)cm_context(&err, "--plugin");
        return cm_session_failed(session, &err);
    }
    if (plugin->table->rewriter == NULL)
        return cm_session_usage(session, "--plugin %s: this plug-in is no rewriter", id);
    if ((status = resolve_words(session, plugin, &options)) != 0)
        return status;
    to->packages = cm_session_words(session, "packages");
    return cm_rewriters_add(to, plugin, options, &err) ? 0 : cm_session_failed(session, &err);
}

static int
find_rewriters(struct cm_session *session, const json_t *evidence, struct cm_rewriters *ret)
{
    int status = 0;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_rewriters_of(evidence, session->plugins, ret, &err))
        return cm_session_failed(session, &err);
    if (ret->count == 0)
        status = add_named(session, ret);
    else if ((status = check_no_words(session, ret)) == 0)
        status = keep_named(session, ret);
    if (status != 0 || cm_rewriters_check(ret, session->log, &err))
        return status;
    return cm_session_failed(session, &err);
}

/* ---- the report ---- */

static int
report_text(const struct cm_session *session, const struct cm_report *report)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (cm_said(session->said, "quiet") != NULL)
        return 0;
    cm_report_documentation(&page, report->documentation);
    cm_buf_putc(&text, '\n');
    cm_page_labelled(&page, 2, 14, "evidence", CM_OPERATORS, report->replayed_file);
    cm_page_labelled(&page, 2, 14, "seal", CM_FOREIGN, report->seal);
    return cm_session_print(session, &text);
}

/* A verdict that is not accepted is shown whole: that is what has to be looked at. */
static int
report(const struct cm_session *session, const struct cm_report *report)
{
    const enum cm_form form = cm_session_form(session);
    return form == CM_TEXT && report->documentation != NULL
               ? report_text(session, report)
               : cm_session_report(session, report, form);
}

/* ---- the way ---- */

static int
document(struct cm_session *session, const struct cm_opened *opened,
         const struct cm_verdict *verdict, int from, json_t **ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_outgoing_done) struct cm_outgoing outgoing = {.draft = NULL};
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters rewriters = {.arena = NULL};
    const char *path = session->said->rest[0], *slash = strrchr(path, '/');
    int status = find_rewriters(session, opened->evidence, &rewriters);
    const struct cm_documenting documenting = {
        .evidence = opened->evidence,
        .verdict = verdict,
        .rewriters = &rewriters,
        .from = from,
        .name = slash != NULL ? slash + 1 : path,
        .target = session->said->rest[1],
        .skip_contents = cm_said(session->said, "skip-contents") != NULL,
        .needs_rewriter = true,
    };
    if (status == 0)
        status = cm_document(session, &documenting, &outgoing);
    if (status == 0 && !cm_outgoing_publish(&outgoing, &err))
        status = cm_not_documented(session, &err);
    *ret = CM_TAKE(outgoing.documentation);
    return status;
}

static int
rewrite(struct cm_session *session, const struct cm_opened *opened, int from)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_json_done) json_t *documentation = NULL;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (arena == NULL || !cm_evidence_judge(session, opened, arena, &verdict, &err))
        return arena == NULL ? CM_EXIT_INTERNAL : cm_session_failed(session, &err);
    int status = cm_session_verdict(&verdict);
    if (verdict.outcome == CM_ACCEPTED &&
        (status = document(session, opened, &verdict, from, &documentation)) != 0 &&
        documentation == NULL)
        return status;
    const struct cm_report done = {
        .evidence = opened->evidence,
        .verdict = &verdict,
        .mode = "rewrite",
        .seal = cm_seal_text(arena, opened),
        .documentation = documentation,
        .replayed_file = cm_said(session->said, "evidence"),
        .exit_status = status,
    };
    int reported = report(session, &done);
    return status != 0 ? status : reported;
}

static int
open_input(const struct cm_session *session, int *ret)
{
    struct cm_err err = CM_ERR_INIT;
    if (cm_file_open(session->said->rest[0], ret, &err))
        return 0;
    (void)cm_session_failed(session, &err);
    return err.class == CM_E_INTERNAL ? CM_EXIT_INTERNAL : CM_EXIT_USAGE;
}

static int
run(struct cm_session *session)
{
    int status;
    CM_CLEANUP(cm_fd_done) int from = -1;
    CM_CLEANUP(cm_opened_done) struct cm_opened opened = {.evidence = NULL};
    if (session->said->rest_count != 2)
        return cm_session_usage(session, "name the artifact, and the file to write");
    if (cm_said(session->said, "evidence") == NULL)
        return cm_session_usage(session, "name the evidence by which it was accepted: --evidence");
    if ((status = cm_may_write(session, "OUT", session->said->rest[1])) != 0 ||
        (status = open_input(session, &from)) != 0)
        return status;
    if (cm_said(session->said, "config") != NULL && (status = cm_session_trust(session)) != 0)
        return status;
    if ((status = cm_session_plugins(session)) != 0 ||
        (status = open_evidence(session, &opened)) != 0)
        return status;
    return rewrite(session, &opened, from);
}

const struct cm_command cm_command_rewrite = {
    .name = "rewrite",
    .rest = "IN OUT",
    .takes = CM_TAKES_FILE,
    .summary = "document an artifact later, by the sealed evidence of it",
    .more = "Nothing is written unless the seal is by a key that counts, the verdict is\n"
            "accepted when it is decided again now, and IN is the artifact of the evidence,\n"
            "byte for byte. What is done stands in the evidence; where it names no\n"
            "rewriter, --plugin does, and the plug-in's options are said here.",
    .flags = flags,
    .names = true,
    .run = run,
};
