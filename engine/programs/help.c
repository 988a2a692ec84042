/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark help, and what --help prints: the table of commands, in words. */
#include "programs/commands.h"

#include <string.h>

static void
put_commands(const char *group, struct cm_buf *to)
{
    cm_buf_puts(to, "commands:\n");
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        if (group == NULL || cm_command_is_in(cm_commands[i], group))
            cm_buf_printf(to, "  %-19s %s\n", cm_commands[i]->name, cm_commands[i]->summary);
}

void
cm_help_all(struct cm_buf *to)
{
    const struct cm_flag version = {"version", 0, CM_TAKES_NOTHING, NULL,
                                    "print the version, and stop"};
    cm_buf_puts(to, "countermark: asks the build system what it built, and decides by policy\n\n"
                    "usage: countermark COMMAND [OPTION...]\n\n");
    put_commands(NULL, to);
    cm_buf_puts(to, "\noptions of all commands:\n");
    cm_help_flags(cm_common_flags, to);
    cm_help_flag(&version, to);
    cm_buf_puts(to, "\ncountermark COMMAND --help says more of one. Manual: countermark(1).\n"
                    "exit status: 0 accepted, 1 rejected, 2 usage, 3 configuration, 4 undecided,\n"
                    "             5 output cannot be written, 70 internal error, 128+n signal\n");
}

void
cm_help_group(const char *first, struct cm_buf *to)
{
    cm_buf_printf(to, "usage: countermark %s COMMAND [OPTION...]\n\n", first);
    put_commands(first, to);
    cm_buf_printf(to, "\ncountermark %s COMMAND --help says more of one.\n", first);
}

static int
run(struct cm_session *session)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf wrong = CM_BUF_INIT(1 << 20);
    const struct cm_arguments *said = session->said;
    size_t words = 0;
    const struct cm_command *command = cm_command_find(said->rest_count, said->rest, &words);
    if (said->rest_count == 0)
        cm_help_all(&text);
    else if (said->rest_count == 1 && cm_is_group(said->rest[0]))
        cm_help_group(said->rest[0], &text);
    else if (command != NULL && words == said->rest_count)
        cm_help_one(command, &text);
    else if (command != NULL)
        return cm_session_usage(session, "help takes one command, and '%s' is no part of its name",
                                said->rest[words]);
    if (text.size > 0)
        return cm_session_print(session, &text);
    cm_command_unknown(said->rest_count, said->rest, &wrong);
    return cm_session_usage(session, "%s", cm_buf_text(&wrong));
}

static const struct cm_flag flags[] = {{.name = NULL}};

const struct cm_command cm_command_help = {
    .name = "help",
    .rest = "[COMMAND]",
    .takes = CM_TAKES_COMMAND,
    .summary = "say what there is, or more of one command",
    .flags = flags,
    .run = run,
};
