/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run/run.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/spawn.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
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

struct words {
    const char *at[4 + CM_RUN_READABLE + 1 + CM_RUN_ARGUMENTS + 1];
    char most[24], readable[24];
    size_t count;
};

static bool
add_words(struct words *words, const char *const *more, size_t most)
{
    size_t count = 0;
    for (; more != NULL && more[count] != NULL; count++) {
        if (count == most)
            return false;
        words->at[words->count++] = more[count];
    }
    return true;
}

/* countermark-run BYTES COUNT READABLE... PROGRAM ARGUMENT... */
static bool
put_words(const struct cm_run *run, struct words *ret, struct cm_err *err)
{
    *ret = (struct words){.at = {"countermark-run", ret->most, ret->readable}, .count = 3};
    bool fits = add_words(ret, run->readable, CM_RUN_READABLE);
    (void)snprintf(ret->most, sizeof ret->most, "%" PRIu64, run->most);
    (void)snprintf(ret->readable, sizeof ret->readable, "%zu", ret->count - 3);
    ret->at[ret->count++] = run->program;
    return (fits && add_words(ret, run->arguments, CM_RUN_ARGUMENTS)) ||
           cm_fail(err, CM_E_LIMIT, "%s is run with too many arguments", run->program);
}

static bool
spawn(const struct cm_run *run, int output, pid_t *ret, struct cm_err *err)
{
    struct words words;
    char temporary[PATH_MAX + sizeof "TMPDIR="];
    char language[] = "LC_ALL=C", path[] = PATH;
    char *environment[] = {language, path, temporary, NULL};
    int size = snprintf(temporary, sizeof temporary, "TMPDIR=%s", run->folder);
    if (size < 0 || (size_t)size >= sizeof temporary)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", run->folder);
    if (!put_words(run, &words, err))
        return false;
    const struct cm_spawn start = {.program = run->helper,
                                   .argv = words.at,
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
    return process->pid_fd >= 0 || cm_fail_errno(err, errno, "cannot watch %s", run->program);
}

/* ---- waiting ---- */

/* Some of what is there; what has no room is read all the same, so that nobody waits for us. False
 * at its end. */
static bool
hear(int output, struct cm_buf *said)
{
    char piece[16384];
    ssize_t size = read(output, piece, sizeof piece);
    size_t room = said->most - said->size;
    if (size > 0)
        cm_buf_add(said, piece, (size_t)size < room ? (size_t)size : room);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
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
            return true;
    }
}

/* What a pipe holds and nobody adds to: those who could are gone. */
static void
hear_the_rest(const struct process *process, struct cm_buf *said)
{
    for (int i = 0; i < 8 && said->size < said->most; i++)
        if (!hear(process->output, said))
            break;
}

/* What countermark-run says of itself. */
static bool
was_run(const struct cm_run *run, int status, const struct cm_buf *said, struct cm_err *err)
{
    const char *text = cm_buf_text(said);
    if (status != CM_RUN_NOT || !cm_starts_with(text, CM_RUN_NOT_BECAUSE))
        return true;
    text += strlen(CM_RUN_NOT_BECAUSE);
    return cm_fail(err, CM_E_CONFIG, "%s cannot be run: %.*s", run->program,
                   (int)strcspn(text, "\n"), text);
}

static bool
judge(struct process *process, const struct cm_run *run, struct cm_buf *said, int *ret_status,
      struct cm_err *err)
{
    int status;
    (void)kill(-process->pid, SIGKILL); /* what is left of its group; itself has ended */
    if (waitpid(process->pid, &status, 0) != process->pid)
        return cm_fail_errno(err, errno, "%s is lost", run->program);
    process->pid = 0;
    hear_the_rest(process, said);
    if (WIFEXITED(status)) {
        if (!was_run(run, WEXITSTATUS(status), said, err))
            return false;
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
           judge(&process, run, said, ret_status, err);
}
