/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark: the command line. Sets the process up, finds the command, runs it. */
#include "base/text.h"
#include "programs/memory.h"
#include "programs/session.h"

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

#define MOST_COMMANDS 16

static const struct cm_command *const commands[MOST_COMMANDS] = {
    &cm_command_verify,
    &cm_command_replay,
    &cm_command_link_show,
    &cm_command_config_check,
    &cm_command_config_show,
    &cm_command_plugin_list,
    &cm_command_plugin_inspect,
    &cm_command_plugin_dump,
    &cm_command_explain,
    &cm_command_key_show,
    &cm_command_system_check,
    &cm_command_init,
    NULL,
};

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

/* The command whose words begin the command line; *ret_words: how many they are. */
static const struct cm_command *
find_command(int argc, char **argv, int *ret_words)
{
    for (const struct cm_command *const *c = commands; *c != NULL; c++) {
        const char *second = strchr((*c)->name, ' ');
        size_t first = second != NULL ? (size_t)(second - (*c)->name) : strlen((*c)->name);
        int words = second != NULL ? 2 : 1;
        if (argc > words && strlen(argv[1]) == first && strncmp(argv[1], (*c)->name, first) == 0 &&
            (second == NULL || strcmp(argv[2], second + 1) == 0)) {
            *ret_words = words;
            return *c;
        }
    }
    return NULL;
}

/* What there is instead: all that begin with the same word, else the nearest. */
static void
print_alternatives(const char *first, const char *typed)
{
    const char *names[MOST_COMMANDS] = {NULL};
    bool any = false;
    for (size_t i = 0; commands[i] != NULL; i++) {
        size_t size = strlen(first);
        names[i] = commands[i]->name;
        if (strncmp(names[i], first, size) != 0 || names[i][size] != ' ')
            continue;
        fprintf(stderr, "%s%s", any ? ", " : "; there is: ", names[i]);
        any = true;
    }
    const char *near = any ? NULL : cm_nearest(typed, names);
    if (near != NULL)
        fprintf(stderr, "; the nearest is %s", near);
}

static int
no_command(int argc, char **argv)
{
    char typed[64];
    bool option = argv[1][0] == '-', second = !option && argc > 2 && argv[2][0] != '-';
    (void)snprintf(typed, sizeof typed, "%s%s%s", argv[1], second ? " " : "",
                   second ? argv[2] : "");
    fprintf(stderr, "countermark: there is no %s '%s'", option ? "option" : "command", typed);
    if (!option)
        print_alternatives(argv[1], typed);
    fprintf(stderr, " (see countermark --help)\n");
    return CM_EXIT_USAGE;
}

static bool
log_of(const struct cm_arguments *said, struct cm_log **ret)
{
    const char *format = cm_said(said, "log-format");
    enum cm_level most = cm_said(said, "verbose") != NULL ? CM_LOG_DEBUG
                         : cm_said(said, "quiet") != NULL ? CM_LOG_ERROR
                                                          : CM_LOG_INFO;
    if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return false;
    *ret = cm_log_new(STDERR_FILENO, most, format != NULL && strcmp(format, "json") == 0);
    return *ret != NULL;
}

static int
run_command(const struct cm_command *command, int argc, char **argv)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_arguments_done) struct cm_arguments said = {.said_count = 0};
    const struct cm_flag *const tables[] = {command->flags, cm_common_flags, NULL};
    if (!cm_arguments_read(argc, argv, tables, command->names, &said, &err)) {
        fprintf(stderr, "countermark: %s\n", err.text);
        return CM_EXIT_USAGE;
    }
    if (cm_said(&said, "help") != NULL)
        return cm_help_one(command);

    struct cm_session session = {.said = &said};
    if (!log_of(&said, &session.log)) {
        fprintf(stderr, "countermark: --log-format is text or json\n");
        return CM_EXIT_USAGE;
    }
    int status = cm_installation_find(&session.installation, &err)
                     ? command->run(&session)
                     : cm_session_failed(&session, &err);
    cm_plugins_free(session.plugins);
    cm_trust_free(session.trust);
    cm_installation_done(&session.installation);
    cm_log_free(session.log);
    return status;
}

int
main(int argc, char **argv)
{
    int words = 0;
    if (!tidy_process()) {
        fprintf(stderr, "countermark: the process cannot be made safe to run\n");
        return CM_EXIT_INTERNAL;
    }
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        int status = cm_help_all(commands);
        return argc < 2 ? CM_EXIT_USAGE : status;
    }
    if (strcmp(argv[1], "--version") == 0)
        return printf("countermark %s\n", CM_VERSION) > 0 && fflush(stdout) == 0 ? 0
                                                                                 : CM_EXIT_OUTPUT;
    const struct cm_command *command = find_command(argc, argv, &words);
    return command != NULL ? run_command(command, argc - words, argv + words)
                           : no_command(argc, argv);
}
