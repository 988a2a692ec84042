/* SPDX-License-Identifier: Apache-2.0 */
#include "git/worker.h"

#include "base/fd.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST (CM_GIT_PACKS_MOST + 2u)

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
    const char *argv[WORDS_MOST] = {"countermark-git"};
    if (!program)
        return cm_fail(err, CM_E_CONFIG, "no helper program is named");
    if (count > CM_GIT_PACKS_MOST)
        return cm_fail(err, CM_E_INTERNAL, "the helper is asked with too many words");
    for (size_t i = 0; i < count; i++)
        argv[1 + i] = words[i];
    if (!make_pipe(input, 1, err) || !make_pipe(output, 0, err))
        return false;
    const struct cm_spawn spawn = {
        .program = program, .argv = argv, .input = input[0], .output = output[1], .errors = -1};
    if (!cm_spawn(&spawn, &process.pid, err))
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
