/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark: the command line. Sets the process up, finds the command, runs it. */
#include "base/fd.h"
#include "base/log.h"
#include "programs/commands.h"
#include "programs/memory.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* No file of ours becomes a standard descriptor that was closed. The wrong way round, so that
 * reading and writing fail as they would have: a result that nobody gets is no success. */
static bool
occupy_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* Nothing of this process ends in a core file or under a debugger of the same user; files are the
 * user's own. */
static bool
tidy_process(void)
{
    const struct rlimit no_core = {0, 0};
    if (!occupy_standard_descriptors())
        return false;
    umask(077);
    (void)unsetenv("SSLKEYLOGFILE"); /* libraries would write the keys of connections there */
    (void)signal(SIGPIPE, SIG_IGN);  /* a closed pipe is an error like any other, */
    (void)signal(SIGXFSZ, SIG_IGN);  /* and so is a file that may not become larger */
    return setrlimit(RLIMIT_CORE, &no_core) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 &&
           cm_memory_or_end() &&
           OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
}

/* Looked at before anything else is read, so that what is wrong with the rest is said in that form,
 * too. */
static bool
wants_json(int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--log-format=json") == 0)
            return true;
        if (strcmp(argv[i], "--log-format") == 0 && i + 1 < argc)
            return strcmp(argv[i + 1], "json") == 0;
    }
    return false;
}

static bool
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum cm_level
level_of(const struct cm_arguments *said)
{
    return cm_said(said, "verbose") != NULL ? CM_LOG_DEBUG
           : cm_said(said, "quiet") != NULL ? CM_LOG_ERROR
                                            : CM_LOG_INFO;
}

static int
run_prepared(const struct cm_command *command, struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    int status = cm_installation_find(&session->installation, &err)
                     ? command->run(session)
                     : cm_session_failed(session, &err);
    cm_plugins_free(session->plugins);
    cm_trust_free(session->trust);
    cm_installation_done(&session->installation);
    return status;
}

static int
run_command(const struct cm_command *command, int argc, char **argv, struct cm_log *errors)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_session session = {.log = errors};
    CM_CLEANUP(cm_arguments_done) struct cm_arguments said = {.said_count = 0};
    CM_CLEANUP(cm_buf_done) struct cm_buf help = CM_BUF_INIT(1 << 16);
    const struct cm_flag *const tables[] = {command->flags, cm_common_flags, NULL};
    if (!cm_arguments_read(argc, argv, tables, command->names, &said, &err))
        return cm_session_failed(&session, &err);
    session.said = &said;
    if (cm_said(&said, "help") != NULL) {
        cm_help_one(command, &help);
        return cm_session_print(&session, &help);
    }
    if (cm_said(&said, "quiet") != NULL && cm_said(&said, "verbose") != NULL)
        return cm_session_usage(&session, "--quiet and --verbose contradict each other");
    const char *format = cm_said(&said, "log-format");
    session.log =
        cm_log_new(STDERR_FILENO, level_of(&said), format != NULL && strcmp(format, "json") == 0);
    if (session.log == NULL)
        return CM_EXIT_INTERNAL;
    int status = run_prepared(command, &session);
    cm_log_free(session.log);
    return status;
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
        return run_command(&cm_command_help, argc - 1, argv + 1, errors);
    const struct cm_command *command =
        cm_command_find((size_t)argc - 1, (const char *const *)&argv[1], &words);
    return command != NULL ? run_command(command, argc - (int)words, argv + words, errors)
                           : run_no_command(argc, argv, &session);
}

int
main(int argc, char **argv)
{
    if (!tidy_process()) {
        fprintf(stderr, "countermark: the process cannot be made safe to run\n");
        return CM_EXIT_INTERNAL;
    }
    struct cm_log *errors = cm_log_new(STDERR_FILENO, CM_LOG_ERROR, wants_json(argc, argv));
    if (errors == NULL)
        return CM_EXIT_INTERNAL;
    int status = run(argc, argv, errors);
    cm_log_free(errors);
    return status;
}
