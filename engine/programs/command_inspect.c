/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark inspect: what a package says of its origin, and whether that fits together; or what
 * an attestation says. It asks nobody, and believes nothing of it. */
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "pipeline/rewrite.h"
#include "plugin/options.h"
#include "plugin/options_said.h"
#include "programs/inspect_attestation.h"
#include "programs/installed.h"
#include "programs/session.h"
#include "programs/spoken.h"
#include "verdict/report_lines.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT     "countermark-inspection/1"
#define LABEL_TEXT 14

static const struct cm_flag flags[] = {
    {"plugin", 0, CM_TAKES_TEXT, "ID", "rewriter that looks; default: all for these"},
    {"packages", 0, CM_TAKES_TEXTS, "PATTERN", "packages inside of an archive"},
    {"format", 0, CM_TAKES_WORD, "text|json", "of what is printed"},
    {"config", 'c', CM_TAKES_FILE, "FILE", "names other folders of plug-ins (plugin_path)"},
    {.name = NULL},
};

/* ---- who looks ---- */

/* An option that a rewriter does not know may be another's. */
static bool
knows(const struct cm_plugin *plugin, const char *word)
{
    return cm_option_find(plugin->table->options, word, CMK_OF_PLUGIN) != NULL;
}

static json_t *
words_for(const struct cm_plugin *plugin, json_t *words)
{
    const char *word;
    json_t *said, *own = json_object();
    bool ok = own != NULL;
    json_object_foreach(words, word, said)
    {
        if (knows(plugin, word))
            cm_json_set(own, word, json_incref(said), &ok);
    }
    if (!ok)
        cm_json_done(&own);
    return own;
}

static int
add(struct cm_session *session, const struct cm_plugin *plugin, struct cm_rewriters *to)
{
    static const char *const none[] = {NULL};
    struct cm_err err = CM_ERR_INIT;
    json_t *options = NULL;
    CM_CLEANUP(cm_options_said_done) struct cm_options_said said = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    CM_CLEANUP(cm_json_done) json_t *words = words_for(plugin, session->said->names);
    const struct cmk_option *table = plugin->table->options;
    if (words == NULL)
        return CM_EXIT_INTERNAL;
    bool known = cm_options_said_of_plugin(table, words, none, &said, &complaints);
    /* what is required for rewriting is not for looking: nobody speaks for what was not said */
    const struct cm_words_said by = {.plugin = said.plugin.count > 0 ? &said.plugin : NULL};
    if (!known || !cm_options_resolve(table, &by, &options, &secrets, &complaints))
        return cm_session_complain_of_words(session, &complaints);
    return cm_rewriters_add(to, plugin, options, &err) ? 0 : cm_session_failed(session, &err);
}

static int
add_named(struct cm_session *session, const char *id, struct cm_rewriters *to)
{
    struct cm_err err = CM_ERR_INIT;
    const struct cm_plugin *plugin;
    if (!cm_plugins_load(session->plugins, id, &plugin, &err)) {
        (void)cm_context(&err, "--plugin");
        return cm_session_failed(session, &err);
    }
    if (plugin->table->rewriter == NULL || plugin->table->rewriter->inspect == NULL)
        return cm_session_usage(session, "--plugin %s: this plug-in inspects nothing", id);
    return add(session, plugin, to);
}

static int
add_installed(struct cm_session *session, struct cm_rewriters *to)
{
    struct cm_installed installed;
    cm_session_installed(session, &installed);
    for (size_t i = 0; i < installed.count; i++) {
        int status;
        struct cm_err err = CM_ERR_INIT;
        const struct cm_plugin *plugin;
        if (!cm_plugins_load(session->plugins, installed.ids[i], &plugin, &err)) {
            cm_log(session->log, CM_LOG_WARNING, "%s", err.text);
            continue;
        }
        const struct cmk_rewriter *rewriter = plugin->table->rewriter;
        if (rewriter != NULL && rewriter->inspect != NULL &&
            (status = add(session, plugin, to)) != 0)
            return status;
    }
    return 0;
}

static int
check_words(const struct cm_session *session, const struct cm_rewriters *rewriters)
{
    const char *word;
    json_t *said;
    json_object_foreach(session->said->names, word, said)
    {
        bool known = false;
        for (size_t i = 0; i < rewriters->count; i++)
            known = known || knows(rewriters->at[i].plugin, word);
        if (!known)
            return cm_session_usage(session, "--%s: no rewriter here has such an option", word);
    }
    return 0;
}

static int
find_rewriters(struct cm_session *session, struct cm_rewriters *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *id = cm_said(session->said, "plugin");
    if (!cm_rewriters_of(NULL, session->plugins, ret, &err))
        return cm_session_failed(session, &err);
    ret->packages = cm_session_words(session, "packages");
    int status = id != NULL ? add_named(session, id, ret) : add_installed(session, ret);
    return status != 0 ? status : check_words(session, ret);
}

/* ---- what was found ---- */

static bool
is_consistent(const json_t *found)
{
    size_t i;
    json_t *one;
    json_array_foreach(found, i, one)
    {
        if (json_array_size(cm_json_get(one, "doubts")) > 0)
            return false;
    }
    return true;
}

static json_t *
as_json(const char *path, int fd, const json_t *found)
{
    char sha256[CM_SHA256_HEX];
    struct stat status;
    struct cm_err err = CM_ERR_INIT;
    if (fstat(fd, &status) < 0 || !cm_sha256_fd(fd, path, sha256, &err))
        return NULL;
    return json_pack("{s:s, s:s?, s:I, s:s, s:b, s:O}", "format", FORMAT, "file",
                     cm_is_utf8(path, strlen(path)) ? path : NULL, "size",
                     (json_int_t)status.st_size, "sha256", sha256, "consistent",
                     is_consistent(found), "packages", found);
}

static void
put_package(struct cm_page *page, const json_t *package)
{
    size_t i;
    json_t *one;
    CM_CLEANUP(cm_buf_done) struct cm_buf by = CM_BUF_INIT(8192);
    const json_t *rewriter = cm_json_get(package, "rewriter");
    cm_buf_putc(page->to, '\n');
    cm_page_labelled(page, 2, LABEL_TEXT, "package", CM_FOREIGN, cm_json_text(package, "path"));
    cm_buf_printf(&by, "%s %s", cm_json_text(rewriter, "id"), cm_json_text(rewriter, "version"));
    cm_page_labelled(page, 2, LABEL_TEXT, "read by", CM_FOREIGN, cm_buf_text(&by));
    json_array_foreach(cm_json_get(package, "notes"), i, one)
    {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
        const char *said = cm_json_text(one, "text");
        cm_buf_printf(&text, "%s: %s", cm_json_text(one, "fact"), said != NULL ? said : "nothing");
        cm_page_labelled(page, 2, LABEL_TEXT, i == 0 ? "says" : "", CM_FOREIGN, cm_buf_text(&text));
    }
    json_array_foreach(cm_json_get(package, "doubts"), i, one)
    {
        cm_page_labelled(page, 2, LABEL_TEXT, i == 0 ? "doubts" : "", CM_FOREIGN,
                         json_string_value(one));
    }
}

static void
put_text(struct cm_page *page, const json_t *value)
{
    size_t i;
    json_t *one;
    CM_CLEANUP(cm_buf_done) struct cm_buf size = CM_BUF_INIT(64);
    cm_buf_printf(&size, "%" PRId64 " bytes", cm_json_int(value, "size", 0));
    cm_page_labelled(page, 2, LABEL_TEXT, "file", CM_OPERATORS, cm_json_text(value, "file"));
    cm_page_labelled(page, 2, LABEL_TEXT, "size", CM_FOREIGN, cm_buf_text(&size));
    cm_page_labelled(page, 2, LABEL_TEXT, "sha256", CM_FOREIGN, cm_json_text(value, "sha256"));
    json_array_foreach(cm_json_get(value, "packages"), i, one)
    {
        put_package(page, one);
    }
    cm_buf_puts(page->to, cm_json_bool(value, "consistent", false)
                              ? "\nconsistent: what it says fits together, and is only what it "
                                "says\n"
                              : "\nnot consistent: see the doubts\n");
}

static int
print(const struct cm_session *session, const json_t *value)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (cm_session_form(session) == CM_TEXT)
        put_text(&page, value);
    else if (cm_json_pretty(value, &text))
        cm_buf_putc(&text, '\n');
    return cm_session_print(session, &text);
}

/* ---- the way ---- */

/* What is no package is the wrong file, whatever is wrong with it. */
static int
wrong_file(const struct cm_session *session, const struct cm_err *err)
{
    int status = cm_session_failed(session, err);
    bool ours =
        err->class == CM_E_CONFIG || err->class == CM_E_INTERNAL || err->class == CM_E_TRANSIENT;
    return !ours ? CM_EXIT_USAGE : err->class == CM_E_TRANSIENT ? CM_EXIT_OUTPUT : status;
}

static int
inspect(struct cm_session *session, const char *path)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_rewriters_done) struct cm_rewriters rewriters = {.arena = NULL};
    CM_CLEANUP(cm_json_done) json_t *found = NULL;
    const char *slash = strrchr(path, '/');
    if ((status = find_rewriters(session, &rewriters)) != 0)
        return status;
    if (!cm_file_open(path, &fd, &err) ||
        !cm_inspect(slash != NULL ? slash + 1 : path, fd, &rewriters, session->log, &found, &err))
        return wrong_file(session, &err);
    CM_CLEANUP(cm_json_done) json_t *value = as_json(path, fd, found);
    if (value == NULL)
        return CM_EXIT_INTERNAL;
    status = print(session, value);
    return status != 0 ? status : is_consistent(found) ? CM_EXIT_ACCEPTED : CM_EXIT_REJECTED;
}

static int
run(struct cm_session *session)
{
    int status;
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one package, or one file of attestations");
    const char *path = session->said->rest[0];
    bool for_package = cm_said(session->said, "plugin") != NULL ||
                       cm_said(session->said, "packages") != NULL ||
                       json_object_size(session->said->names) > 0;
    if (!for_package && cm_is_attestation_file(path))
        return cm_inspect_attestations(session, path);
    if (cm_said(session->said, "config") != NULL && (status = cm_session_trust(session)) != 0)
        return status;
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    return inspect(session, path);
}

const struct cm_command cm_command_inspect = {
    .name = "inspect",
    .rest = "FILE",
    .takes = CM_TAKES_FILE,
    .summary = "show what a package or an attestation says of itself",
    .more = "Of a package: whether that fits together, too. Runs code of the plug-ins that\n"
            "are for such files. Nobody is asked: what a package says is no proof of\n"
            "anything. Attestations are known by their content; they are shown, not verified.",
    .flags = flags,
    .names = true,
    .run = run,
};
