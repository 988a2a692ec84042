/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/process.h"

#include "programs/commands.h"
#include "programs/memory.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cm_flag cm_common_flags[] = {
    {"help", 'h', CM_TAKES_NOTHING, NULL, "say what there is, and stop"},
    {"verbose", 'v', CM_TAKES_NOTHING, NULL, "say more"},
    {"quiet", 'q', CM_TAKES_NOTHING, NULL, "say nothing but errors; the exit status tells"},
    {"log-format", 0, CM_TAKES_WORD, "text|json", "form of messages on standard error"},
    {.name = NULL},
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

bool
cm_process_tidy(void)
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

bool
cm_process_wants_json(int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--log-format=json") == 0)
            return true;
        if (strcmp(argv[i], "--log-format") == 0 && i + 1 < argc)
            return strcmp(argv[i + 1], "json") == 0;
    }
    return false;
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

int
cm_process_run(const struct cm_command *command, int argc, char **argv, struct cm_log *errors)
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
