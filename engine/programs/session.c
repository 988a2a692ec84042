/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/session.h"

#include "base/fd.h"
#include "base/text.h"
#include "verdict/report_lines.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int
cm_session_failed(const struct cm_session *session, const struct cm_err *err)
{
    cm_log(session->log, CM_LOG_ERROR, "%s", err->text);
    switch (err->class) {
    case CM_E_NOT_FOUND:
    case CM_E_MALFORMED:
        return CM_EXIT_USAGE;
    case CM_E_CONFIG:
    case CM_E_DENIED:
    case CM_E_AUTH:
    case CM_E_UNSUPPORTED:
        return CM_EXIT_CONFIG;
    case CM_E_TRANSIENT:
    case CM_E_CANCELLED:
        return CM_EXIT_UNDECIDED;
    default:
        return CM_EXIT_INTERNAL;
    }
}

int
cm_session_usage(const struct cm_session *session, const char *format, ...)
{
    struct cm_err err = {.class = CM_E_NOT_FOUND};
    va_list args;
    va_start(args, format);
    /* The analyzer of clang 14 does not see the line above. */
    vsnprintf(err.text, sizeof err.text, format, args); /* NOLINT(*-valist.Uninitialized) */
    va_end(args);
    return cm_session_failed(session, &err);
}

int
cm_session_complain(const struct cm_session *session, const struct cm_complaints *complaints)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct cm_complaint *c = &complaints->at[i];
        CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(8192);
        if (c->place.file != NULL && c->place.line > 0)
            cm_buf_printf(&line, "%s:%u: ", c->place.file, c->place.line);
        else if (c->place.file != NULL && !cm_starts_with(c->what, c->place.file))
            cm_buf_printf(&line, "%s: ", c->place.file);
        if (c->path != NULL && *c->path != '\0')
            cm_buf_printf(&line, "%s: ", c->path);
        cm_buf_puts(&line, c->what);
        if (c->remedy != NULL)
            cm_buf_printf(&line, " (%s)", c->remedy);
        cm_log(session->log, CM_LOG_ERROR, "%s", cm_buf_text(&line));
    }
    if (complaints->cut)
        cm_log(session->log, CM_LOG_ERROR, "there is more to complain of than was kept");
    return CM_EXIT_CONFIG;
}

/* As one types it. */
static const char *
option_of(struct cm_complaints *complaints, const char *word)
{
    char *option = cm_arena_printf(complaints->arena, "--%s", word);
    for (char *c = option; c != NULL && *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    return option;
}

int
cm_session_complain_of_words(const struct cm_session *session, struct cm_complaints *complaints)
{
    int status = CM_EXIT_USAGE;
    for (size_t i = 0; i < complaints->count; i++) {
        struct cm_complaint *c = &complaints->at[i];
        if (c->place.file != NULL)
            status = CM_EXIT_CONFIG;
        else if (c->path != NULL && *c->path != '\0')
            c->path = option_of(complaints, c->path);
    }
    (void)cm_session_complain(session, complaints);
    return status;
}

int
cm_session_not_admitted(const struct cm_session *session, struct cm_complaints *complaints,
                        const struct cm_err *err)
{
    return complaints->count > 0 ? cm_session_complain_of_words(session, complaints)
                                 : cm_session_failed(session, err);
}

const char *
cm_session_config(const struct cm_session *session)
{
    const char *path = cm_said(session->said, "config");
    return path != NULL ? path : CM_DEFAULT_CONFIG;
}

int
cm_session_configured(const struct cm_session *session)
{
    if (cm_said(session->said, "config") != NULL || access(CM_DEFAULT_CONFIG, F_OK) == 0)
        return 0;
    cm_log(session->log, CM_LOG_ERROR,
           "there is no configuration at %s: begin one with `countermark init`, or name one with "
           "--config FILE",
           CM_DEFAULT_CONFIG);
    return CM_EXIT_CONFIG;
}

int
cm_session_trust(struct cm_session *session)
{
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    int status;
    if (session->trust != NULL)
        return 0;
    if ((status = cm_session_configured(session)) != 0)
        return status;
    if (!cm_config_read(cm_session_config(session), &session->trust, &complaints))
        return cm_session_complain(session, &complaints);
    return 0;
}

int
cm_session_plugins(struct cm_session *session)
{
    const char **installed = cm_arena_alloc(session->installation.arena, 2 * sizeof *installed);
    if (session->plugins != NULL)
        return 0;
    if (installed == NULL)
        return CM_EXIT_INTERNAL;
    installed[0] = session->installation.plugin_folder;
    bool own = session->trust != NULL && session->trust->plugin_path.count > 0;
    session->plugins =
        cm_plugins_new(own ? session->trust->plugin_path.at : installed, session->log);
    return session->plugins != NULL ? 0 : CM_EXIT_INTERNAL;
}

const char *
cm_session_state(const struct cm_session *session)
{
    struct cm_arena *arena = session->installation.arena;
    const char *said = cm_said(session->said, "state");
    if (said != NULL)
        return said;
    if (session->trust != NULL && session->trust->state != NULL)
        return session->trust->state;
    const char *unit = secure_getenv("STATE_DIRECTORY");
    if (unit != NULL && *unit == '/')
        return cm_arena_bytes(arena, unit, strcspn(unit, ":"));
    if (geteuid() == 0)
        return "/var/lib/countermark";
    const char *state = secure_getenv("XDG_STATE_HOME"), *home = secure_getenv("HOME");
    if (state != NULL && *state == '/')
        return cm_arena_printf(arena, "%s/countermark", state);
    return home != NULL && *home == '/'
               ? cm_arena_printf(arena, "%s/.local/state/countermark", home)
               : NULL;
}

const char *
cm_session_submitter(const struct cm_session *session)
{
    struct cm_arena *arena = session->installation.arena;
    char text[4096];
    struct passwd entry, *found = NULL;
    uid_t user = getuid();
    if (getpwuid_r(user, &entry, text, sizeof text, &found) == 0 && found != NULL &&
        cm_is_utf8(found->pw_name, strlen(found->pw_name)))
        return cm_arena_printf(arena, "local:%s", found->pw_name);
    return cm_arena_printf(arena, "local:%lu", (unsigned long)user);
}

enum cm_form
cm_session_form(const struct cm_session *session)
{
    static const char *const names[] = {[CM_TEXT] = "text",
                                        [CM_JSON] = "json",
                                        [CM_JUNIT] = "junit",
                                        [CM_SARIF] = "sarif",
                                        [CM_SCHEMA] = "schema"};
    const char *said = cm_said(session->said, "format");
    for (size_t i = 0; said != NULL && i < CM_COUNT(names); i++)
        if (strcmp(said, names[i]) == 0)
            return (enum cm_form)i;
    return CM_TEXT;
}

int
cm_session_print(const struct cm_session *session, const struct cm_buf *text)
{
    struct cm_err err = CM_ERR_INIT;
    if (text->failed)
        return CM_EXIT_INTERNAL;
    if (cm_fd_write_all(STDOUT_FILENO, "standard output", cm_buf_text(text), text->size, &err))
        return 0;
    cm_log(session->log, CM_LOG_ERROR, "%s", err.text);
    return CM_EXIT_OUTPUT;
}

struct cm_look
cm_session_look(const struct cm_session *session)
{
    struct winsize size = {0};
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    bool able = terminal && term != NULL && strcmp(term, "dumb") != 0;
    const char *charset = getenv("LC_ALL");
    charset = charset != NULL && *charset != '\0' ? charset : getenv("LC_CTYPE");
    charset = charset != NULL && *charset != '\0' ? charset : getenv("LANG");
    bool utf8 = charset != NULL &&
                (strcasestr(charset, "UTF-8") != NULL || strcasestr(charset, "utf8") != NULL);
    return (struct cm_look){
        .colour = able && (no_colour == NULL || *no_colour == '\0'),
        .unicode = terminal && utf8,
        .verbose = cm_said(session->said, "verbose") != NULL,
        .width = terminal ? size.ws_col : CM_UNWRAPPED,
    };
}

int
cm_session_report(const struct cm_session *session, const struct cm_report *report,
                  enum cm_form form)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_report whole = *report;
    if (whole.exit_status == 0)
        whole.exit_status = cm_session_verdict(report->verdict);
    if (form == CM_TEXT && cm_said(session->said, "quiet") != NULL)
        return 0;
    bool done = form == CM_JSON    ? cm_report_json(&whole, &text)
                : form == CM_JUNIT ? cm_report_junit(&whole, &text)
                : form == CM_SARIF ? cm_report_sarif(&whole, &text)
                                   : cm_report_text(&whole, &look, &text);
    if (done)
        return cm_session_print(session, &text);
    cm_log(session->log, CM_LOG_ERROR,
           "the report is too large for this form (its texts may take %d MiB in all); --format "
           "json and text need less room",
           (int)(CM_REPORT_MOST >> 20));
    return CM_EXIT_INTERNAL;
}

int
cm_session_verdict(const struct cm_verdict *verdict)
{
    if (verdict->outcome == CM_ACCEPTED)
        return CM_EXIT_ACCEPTED;
    if (verdict->outcome == CM_REJECTED)
        return CM_EXIT_REJECTED;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (answer->word == CM_UNKNOWN && answer->weight == CM_REQUIRED &&
            answer->reason_class == CM_E_AUTH)
            return CM_EXIT_CONFIG; /* refused credentials */
    }
    return CM_EXIT_UNDECIDED;
}
