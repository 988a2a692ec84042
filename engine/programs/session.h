/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/session.h: what the commands share: the log, the configuration, the plug-ins, the exits.
 */
#ifndef CM_PROGRAMS_SESSION_H
#define CM_PROGRAMS_SESSION_H

#include "base/buf.h"
#include "pipeline/pipeline.h"
#include "programs/arguments.h"
#include "verdict/verdict.h"

#include <stdbool.h>

enum cm_exit {
    CM_EXIT_ACCEPTED = 0,
    CM_EXIT_REJECTED = 1,
    CM_EXIT_USAGE = 2,  /* also an input file that is not what it says */
    CM_EXIT_CONFIG = 3, /* also refused credentials */
    CM_EXIT_UNDECIDED = 4,
    CM_EXIT_OUTPUT = 5,
    CM_EXIT_INTERNAL = 70,
    CM_EXIT_SIGNAL = 128, /* + n */
};

/* The forms in which something is printed; no command has all. */
enum cm_form { CM_TEXT = 0, CM_JSON, CM_JUNIT, CM_SARIF, CM_SCHEMA };
#define CM_REPORT_FORMS "text|json|junit|sarif" /* those of a verdict */

struct cm_session {
    const struct cm_arguments *said;
    struct cm_log *log;
    struct cm_installation installation;
    struct cm_trust *trust;     /* NULL until cm_session_trust() */
    struct cm_plugins *plugins; /* NULL until cm_session_plugins() */
};

struct cm_command {
    const char *name;    /* "verify", "config check" */
    const char *program; /* that it is the only command of, by its own name; NULL: countermark */
    const char *rest;    /* what else it takes, for the help: "[ARTIFACT]" */
    enum cm_takes takes; /* what that is */
    const char *summary; /* one line */
    const char *more;    /* paragraphs for its own help; NULL: none */
    const struct cm_flag *flags;
    bool names; /* takes names for the connector */
    int (*run)(struct cm_session *);
};

extern const struct cm_command cm_command_verify, cm_command_replay, cm_command_config_check,
    cm_command_config_show, cm_command_plugin_list, cm_command_plugin_inspect,
    cm_command_plugin_dump, cm_command_key_show, cm_command_link_show, cm_command_completion,
    cm_command_help, cm_command_explain, cm_command_system_check, cm_command_init,
    cm_command_rewrite, cm_command_inspect, cm_command_verify_vsa, cm_command_verify_attestation,
    cm_command_verify_bundle, cm_command_key_generate, cm_command_key_public, cm_command_attest,
    cm_command_node_challenge, cm_command_node_sign;
extern const struct cm_flag cm_common_flags[];

/* Says the error on stderr and gives the exit status of its class. */
int cm_session_failed(const struct cm_session *, const struct cm_err *err);
/* The same for wrong usage: CM_EXIT_USAGE. */
int cm_session_usage(const struct cm_session *, const char *format, ...) CM_PRINTF(2, 3);
/* Prints complaints, one by one, and gives CM_EXIT_CONFIG. */
int cm_session_complain(const struct cm_session *, const struct cm_complaints *);
/* The same of what may stand in no file: then it was said on the command line, under the name that
 * is the complaint's path. CM_EXIT_USAGE if nothing of it stands in a file. */
int cm_session_complain_of_words(const struct cm_session *, struct cm_complaints *);

/* What cm_admit() left when it failed: the complaints, or else the error; the exit status. */
int cm_session_not_admitted(const struct cm_session *, struct cm_complaints *,
                            const struct cm_err *err);

/* --config, or the default. Borrowed. */
const char *cm_session_config(const struct cm_session *);
/* Is there one? 0, or CM_EXIT_CONFIG, having said what to do. */
int cm_session_configured(const struct cm_session *);
/* Reads --config (or the default) once; complaints are printed. 0, or the exit status. */
int cm_session_trust(struct cm_session *);
/* Where plug-ins come from: the configuration's plugin_path, else the installation's folder. */
int cm_session_plugins(struct cm_session *);
/* The state directory: --state, the configuration's, that of the systemd unit ($STATE_DIRECTORY),
 * or the user's. NULL: there is none. Arena of the installation. */
const char *cm_session_state(const struct cm_session *);

/* "local:NAME" of the user who runs this. Arena of the installation. */
const char *cm_session_submitter(const struct cm_session *);

/* What --format asks for, CM_TEXT without it. Only words of the command's flag get here. */
enum cm_form cm_session_form(const struct cm_session *);

/* What standard output can show. */
struct cm_look cm_session_look(const struct cm_session *);

/* The report on stdout in that form; its exit_status, if 0, is made from the verdict. 0 or
 * CM_EXIT_OUTPUT. */
int cm_session_report(const struct cm_session *, const struct cm_report *, enum cm_form form);
/* Text on stdout, whole; 0 or CM_EXIT_OUTPUT. */
int cm_session_print(const struct cm_session *, const struct cm_buf *text);

/* The exit status of a verdict. */
int cm_session_verdict(const struct cm_verdict *);

#endif
