/* SPDX-License-Identifier: Apache-2.0 */
#include "git/worker.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST (CM_GIT_PACKS_MOST + 2u)

struct start {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    const char *argv[WORDS_MOST];
};

/* Standard input and output are pipes to us, all signals as they were made, no other descriptor. */
static int
fill_actions(struct start *start, int input, int output)
{
    posix_spawn_file_actions_t *files = &start->files;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    int error = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    if (!error)
        error = posix_spawnattr_setsigmask(&start->attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(&start->attributes, &all);
    if (!error)
        error = posix_spawnattr_setflags(&start->attributes, (short)flags);
    return error;
}

static bool
spawn(const char *program, struct start *start, int input, int output, pid_t *ret,
      struct cm_err *err)
{
    char *const environment[] = {NULL};
    posix_spawn_file_actions_init(&start->files);
    posix_spawnattr_init(&start->attributes);
    int error = fill_actions(start, input, output);
    pid_t pid = 0;
    if (!error) {
        /* The words are not written to: the type of argv is older than const. */
        char *const *argv = (char *const *)(uintptr_t)start->argv;
        error = posix_spawn(&pid, program, &start->files, &start->attributes, argv, environment);
    }
    posix_spawnattr_destroy(&start->attributes);
    posix_spawn_file_actions_destroy(&start->files);
    if (error)
        return cm_fail_errno(err, error, "cannot run %s", program);
    *ret = pid;
    return true;
}

/* Only our ends must not wait. */
static bool
make_pipe(int ends[2], int ours, struct cm_err *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cm_fail_errno(err, errno, "cannot make a pipe for the helper");
    if (fcntl(ends[ours], F_SETFL, O_NONBLOCK) != 0)
        return cm_fail_errno(err, errno, "cannot set up the helper's pipe");
    return true;
}

static void
pair_done(int (*ends)[2])
{
    cm_fd_done(&(*ends)[0]);
    cm_fd_done(&(*ends)[1]);
}

bool
cm_git_process_start(const char *program, const char *const *words, size_t count,
                     struct cm_git_process *ret, struct cm_err *err)
{
    CM_CLEANUP(pair_done) int input[2] = {-1, -1};
    CM_CLEANUP(pair_done) int output[2] = {-1, -1};
    struct cm_git_process process = {.pid_fd = -1, .input = -1, .output = -1};
    struct start start = {.argv = {"countermark-git"}};
    if (!program)
        return cm_fail(err, CM_E_CONFIG, "no helper program is named");
    if (count > CM_GIT_PACKS_MOST)
        return cm_fail(err, CM_E_INTERNAL, "the helper is asked with too many words");
    for (size_t i = 0; i < count; i++)
        start.argv[1 + i] = words[i];
    if (!make_pipe(input, 1, err) || !make_pipe(output, 0, err) ||
        !spawn(program, &start, input[0], output[1], &process.pid, err))
        return false;
    process.pid_fd = pidfd_open(process.pid, 0);
    if (process.pid_fd < 0) {
        (void)cm_fail_errno(err, errno, "cannot watch the helper");
        cm_git_process_kill(&process);
        return false;
    }
    process.input = input[1];
    process.output = output[0];
    input[1] = output[0] = -1;
    *ret = process;
    return true;
}

static void
judge(int status, const char *program, struct cm_err *ret)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        cm_fail(ret, CM_E_LIMIT, "the pack could not be indexed within the limits (%s)",
                strsignal(SIGKILL));
    else if (WIFSIGNALED(status))
        cm_fail(ret, CM_E_INTERNAL, "the helper has crashed (%s)", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == 127)
        cm_fail(ret, CM_E_INTERNAL, "%s cannot be run", program);
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        cm_fail(ret, CM_E_INTERNAL, "the helper ended with status %d", WEXITSTATUS(status));
}

bool
cm_git_process_ended(struct cm_git_process *process, const char *program, struct cm_err *ret_how)
{
    int status = 0;
    pid_t ended = process->pid > 0 ? waitpid(process->pid, &status, WNOHANG) : 0;
    if (ended == 0)
        return process->pid == 0;
    process->pid = 0;
    if (ended < 0)
        cm_fail_errno(ret_how, errno, "the helper is lost");
    else
        judge(status, program, ret_how);
    return true;
}

void
cm_git_process_kill(struct cm_git_process *process)
{
    if (process->pid > 0) {
        (void)kill(process->pid, SIGKILL); /* not reaped yet, so the number is still its own */
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    process->pid = 0;
    cm_fd_done(&process->pid_fd);
    cm_fd_done(&process->input);
    cm_fd_done(&process->output);
}
