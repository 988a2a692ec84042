/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark: the command line. Sets the process up, finds the command, runs it. */
#include "base/fd.h"
#include "programs/commands.h"
#include "programs/process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int
print_version(int argc, const struct cm_session *session)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(256);
    if (argc > 2)
        return cm_session_usage(session, "--version stands alone");
    cm_buf_printf(&text, "countermark %s\n", CM_VERSION);
    return cm_session_print(session, &text);
}

/* A group without its second word, or a word that is none. */
static int
run_no_command(int argc, char **argv, const struct cm_session *session)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    const char *const *words = (const char *const *)&argv[1];
    if (argc == 3 && cm_is_group(argv[1]) && is_help(argv[2])) {
        cm_help_group(argv[1], &text);
        return cm_session_print(session, &text);
    }
    cm_command_unknown((size_t)argc - 1, words, &text);
    return cm_session_usage(session, "%s", cm_buf_text(&text));
}

/* Nothing was asked for: the help, where it is no result. */
static int
say_what_there_is(void)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    cm_help_all(&text);
    (void)!cm_fd_write_all(STDERR_FILENO, "standard error", cm_buf_text(&text), text.size, &err);
    return CM_EXIT_USAGE;
}

static int
run(int argc, char **argv, struct cm_log *errors)
{
    size_t words = 0;
    const struct cm_session session = {.log = errors};
    if (argc < 2)
        return say_what_there_is();
    if (strcmp(argv[1], "--version") == 0)
        return print_version(argc, &session);
    if (is_help(argv[1]))
        return cm_process_run(&cm_command_help, argc - 1, argv + 1, errors);
    const struct cm_command *command =
        cm_command_find((size_t)argc - 1, (const char *const *)&argv[1], &words);
    return command != NULL ? cm_process_run(command, argc - (int)words, argv + words, errors)
                           : run_no_command(argc, argv, &session);
}

int
main(int argc, char **argv)
{
    if (!cm_process_tidy()) {
        fprintf(stderr, "countermark: the process cannot be made safe to run\n");
        return CM_EXIT_INTERNAL;
    }
    struct cm_log *errors =
        cm_log_new(STDERR_FILENO, CM_LOG_ERROR, cm_process_wants_json(argc, argv));
    if (errors == NULL)
        return CM_EXIT_INTERNAL;
    int status = run(argc, argv, errors);
    cm_log_free(errors);
    return status;
}
