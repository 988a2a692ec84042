/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark config check, config show: offline. */
#include "base/json.h"
#include "programs/session.h"
#include "programs/show_config.h"

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {.name = NULL},
};

static const struct cm_flag show_flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"format", 0, CM_TAKES_WORD, "text|json", "of what is printed"},
    {.name = NULL},
};

static int
run_check(struct cm_session *session)
{
    int status;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    if (session->said->rest_count > 0)
        return cm_session_usage(session,
                                "config check takes no argument; --config FILE names a file");
    if ((status = cm_session_configured(session)) != 0)
        return status;
    if (!(session->trust = cm_config_read_incomplete(cm_session_config(session), &complaints)))
        return CM_EXIT_INTERNAL;
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    if (!cm_check_plugins(session->trust, session->plugins, session->log, &complaints))
        return cm_session_complain(session, &complaints);
    cm_buf_printf(&text, "%zu file%s, %zu project%s: nothing is wrong\n",
                  session->trust->files.count, session->trust->files.count == 1 ? "" : "s",
                  session->trust->project_count, session->trust->project_count == 1 ? "" : "s");
    return cm_said(session->said, "quiet") != NULL ? 0 : cm_session_print(session, &text);
}

static int
run_show(struct cm_session *session)
{
    int status;
    const enum cm_form form = cm_session_form(session);
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(16 << 20);
    if (session->said->rest_count > 0)
        return cm_session_usage(session,
                                "config show takes no argument; --config FILE names a file");
    if ((status = cm_session_trust(session)) != 0)
        return status;
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    if (!cm_check_plugins(session->trust, session->plugins, session->log, &complaints))
        cm_log(session->log, CM_LOG_WARNING,
               "not all of it is right, and what is not is withheld: see countermark config check");
    CM_CLEANUP(cm_json_done) json_t *shown = cm_config_json(session->trust, &complaints);
    if (shown == NULL)
        return CM_EXIT_INTERNAL;
    if (form == CM_TEXT)
        cm_config_text(session->trust, shown, &text);
    else if (cm_json_pretty(shown, &text))
        cm_buf_putc(&text, '\n');
    return cm_session_print(session, &text);
}

const struct cm_command cm_command_config_check = {
    .name = "config check",
    .summary = "find all that is wrong in the configuration, offline",
    .flags = flags,
    .run = run_check,
};

const struct cm_command cm_command_config_show = {
    .name = "config show",
    .summary = "print the configuration as it was read, without secrets",
    .flags = show_flags,
    .run = run_show,
};
