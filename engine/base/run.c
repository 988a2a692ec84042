/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "PATH=/usr/local/bin:/usr/bin:/bin"

struct process {
    pid_t pid;  /* 0: none, or waited for */
    int pid_fd; /* owned */
    int output; /* owned: what it says */
};

/* With all that it has started: they are of its group. */
static void
process_done(struct process *process)
{
    if (process->pid > 0) {
        (void)kill(-process->pid, SIGKILL); /* not reaped yet, so the number is still its own */
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    cm_fd_done(&process->pid_fd);
    cm_fd_done(&process->output);
}

/* ---- starting ---- */

static bool
limit(const struct process *process, const struct cm_run *run, struct cm_err *err)
{
    const struct rlimit time = {CM_RUN_SECONDS, CM_RUN_SECONDS}, size = {run->most, run->most};
    return (prlimit(process->pid, RLIMIT_CPU, &time, NULL) == 0 &&
            prlimit(process->pid, RLIMIT_FSIZE, &size, NULL) == 0) ||
           errno == ESRCH || cm_fail_errno(err, errno, "%s cannot be bounded", run->program);
}

static bool
spawn(const struct cm_run *run, int output, pid_t *ret, struct cm_err *err)
{
    char temporary[PATH_MAX + sizeof "TMPDIR="];
    char language[] = "LC_ALL=C", path[] = PATH;
    char *environment[] = {language, path, temporary, NULL};
    const char *argv[1 + CM_RUN_ARGUMENTS + 1] = {run->program};
    for (size_t i = 0; run->arguments[i] != NULL; i++) {
        if (i == CM_RUN_ARGUMENTS)
            return cm_fail(err, CM_E_LIMIT, "%s is run with too many arguments", run->program);
        argv[1 + i] = run->arguments[i];
    }
    int size = snprintf(temporary, sizeof temporary, "TMPDIR=%s", run->folder);
    if (size < 0 || (size_t)size >= sizeof temporary)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", run->folder);
    const struct cm_spawn start = {.program = run->program,
                                   .argv = argv,
                                   .environment = environment,
                                   .folder = run->folder,
                                   .input = run->input,
                                   .output = output,
                                   .errors = output};
    return cm_spawn(&start, ret, err);
}

static bool
start(const struct cm_run *run, struct process *process, struct cm_err *err)
{
    int ends[2];
    CM_CLEANUP(cm_fd_done) int program = -1;
    if (!cm_file_open_guarded(run->program, &program, NULL, err)) {
        err->class = CM_E_CONFIG;
        return cm_context(err, "the program cannot be run");
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cm_fail_errno(err, errno, "cannot make a pipe for %s", run->program);
    process->output = ends[0];
    CM_CLEANUP(cm_fd_done) int output = ends[1];
    if (fcntl(process->output, F_SETFL, O_NONBLOCK) != 0)
        return cm_fail_errno(err, errno, "cannot set up the pipe of %s", run->program);
    if (!spawn(run, output, &process->pid, err))
        return false;
    process->pid_fd = pidfd_open(process->pid, 0);
    if (process->pid_fd < 0)
        return cm_fail_errno(err, errno, "cannot watch %s", run->program);
    return limit(process, run, err);
}

/* ---- waiting ---- */

/* All that is there; what has no room is read all the same, so that nobody waits for us. False at
 * its end. */
static bool
hear(int output, struct cm_buf *said)
{
    char piece[4096];
    ssize_t size;
    while ((size = read(output, piece, sizeof piece)) > 0 || (size < 0 && errno == EINTR)) {
        size_t room = said->most - said->size;
        if (size > 0)
            cm_buf_add(said, piece, (size_t)size < room ? (size_t)size : room);
    }
    return size < 0 && errno == EAGAIN;
}

/* Until it has ended. What it has started may go on holding the pipe, and is not waited for. */
static bool
wait_for(struct process *process, const struct cm_run *run, struct cm_buf *said, struct cm_err *err)
{
    struct pollfd ends[] = {{.fd = process->pid_fd, .events = POLLIN},
                            {.fd = process->output, .events = POLLIN}};
    for (;;) {
        int64_t left = run->deadline - cm_monotonic_now();
        if (left <= 0)
            return cm_fail(err, CM_E_CANCELLED, "%s took too long", run->program);
        int64_t most = left / 1000000 + 1;
        int count = poll(ends, CM_COUNT(ends), most < INT_MAX ? (int)most : INT_MAX);
        if (count < 0 && errno != EINTR)
            return cm_fail_errno(err, errno, "cannot wait for %s", run->program);
        if (count > 0 && ends[1].revents != 0 && !hear(process->output, said))
            ends[1].fd = -1;
        if (count > 0 && ends[0].revents != 0)
            break;
    }
    (void)hear(process->output, said);
    return true;
}

static bool
judge(struct process *process, const struct cm_run *run, int *ret_status, struct cm_err *err)
{
    int status;
    (void)kill(-process->pid, SIGKILL); /* what is left of its group; itself has ended */
    if (waitpid(process->pid, &status, 0) != process->pid)
        return cm_fail_errno(err, errno, "%s is lost", run->program);
    process->pid = 0;
    if (WIFEXITED(status)) {
        *ret_status = WEXITSTATUS(status);
        return true;
    }
    int signal = WTERMSIG(status);
    bool limited = signal == SIGXFSZ || signal == SIGXCPU || signal == SIGKILL;
    return cm_fail(err, limited ? CM_E_LIMIT : CM_E_MALFORMED, "%s was ended by a signal (%s)",
                   run->program, strsignal(signal));
}

bool
cm_run(const struct cm_run *run, struct cm_buf *said, int *ret_status, struct cm_err *err)
{
    CM_CLEANUP(process_done) struct process process = {.pid_fd = -1, .output = -1};
    return start(run, &process, err) && wait_for(&process, run, said, err) &&
           judge(&process, run, ret_status, err);
}
