/* SPDX-License-Identifier: Apache-2.0
 *
 * A process for each line. Its standard output and error go to a file of ours, so that what a
 * plug-in or a sanitizer says there can be told, and does not mix with the report.
 */
#include "isolate.h"
#include "conform.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SAID 0 /* the answer is in shared memory */
#define LAST_WORDS  600

static const struct cf_line *now; /* of this process */

const struct cf_line *
cf_line_now(void)
{
    return now;
}

bool
cf_skip(struct cf_trial *trial, const char *why)
{
    trial->shared->skipped = true;
    (void)snprintf(trial->shared->why, sizeof trial->shared->why, "%s", why);
    return true;
}

void
cf_doing(struct cf_trial *trial, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(trial->shared->doing, sizeof trial->shared->doing, format, args);
    va_end(args);
}

int
cf_said_fd(void)
{
    return STDOUT_FILENO;
}

/* ---- in the line's own process ---- */

_Noreturn static void
ask_here(const struct cf_line *line, struct cf_trial *trial, int said)
{
    struct cm_err why = CM_ERR_INIT;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)setpgid(0, 0);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(said, STDOUT_FILENO) < 0 ||
        dup2(said, STDERR_FILENO) < 0)
        _exit(71);
    (void)close(nothing);
    (void)close(said);
    now = line;
    bool ok = line->run(trial, &why);
    if (!ok)
        (void)snprintf(trial->shared->why, sizeof trial->shared->why, "%s", why.text);
    trial->shared->ok = ok;
    trial->shared->done = true;
    _exit(STATUS_SAID);
}

/* ---- in ours ---- */

/* Whatever the process left on standard error, for a person; its end tells most. */
static void
last_words(int said, char *to, size_t size)
{
    off_t end = lseek(said, 0, SEEK_END);
    off_t from = end > LAST_WORDS ? end - LAST_WORDS : 0;
    ssize_t got = end > 0 ? pread(said, to, size - 1, from) : 0;
    to[got > 0 ? got : 0] = '\0';
}

static void
tell(struct cf_shared *s, int said, const char *what, const char *name)
{
    char words[LAST_WORDS + 1], doing[sizeof s->doing];
    last_words(said, words, sizeof words);
    memcpy(doing, s->doing, sizeof doing);
    doing[sizeof doing - 1] = '\0';
    s->ok = s->skipped = false;
    (void)snprintf(s->why, sizeof s->why, "%s%s, in %s, during: %s%s%s", what, name,
                   s->hook >= 0 ? cf_hook_name((enum cf_hook)s->hook) : "no hook",
                   *doing != '\0' ? doing : "loading", *words != '\0' ? "\n" : "", words);
}

static void
conclude(struct cf_shared *s, int status, bool late, unsigned seconds, int said)
{
    char number[64];
    if (late) {
        (void)snprintf(number, sizeof number, "%u seconds", seconds);
        tell(s, said, "it did not end within ", number);
    } else if (WIFSIGNALED(status)) {
        tell(s, said, "ended by ", strsignal(WTERMSIG(status)));
    } else if (!s->done) {
        (void)snprintf(number, sizeof number, "%d", WEXITSTATUS(status));
        tell(s, said, "it ended the process with exit status ", number);
    }
}

/* Waits for its end; false if that is too late, and then ends it. */
static bool
wait_for(pid_t pid, unsigned seconds, int *ret_status)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = {.fd = fd, .events = POLLIN};
    bool ended = fd >= 0 && poll(&end, 1, (int)seconds * 1000) == 1;
    if (fd >= 0)
        (void)close(fd);
    /* also what it left behind, by the group that it is the first of */
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        continue;
    return ended;
}

void
cf_ask_apart(const struct cf_line *line, struct cf_trial *trial)
{
    struct cf_shared *s = trial->shared;
    int status = 0, said = memfd_create("said", MFD_CLOEXEC);
    memset(s, 0, sizeof *s);
    s->hook = -1;
    (void)fflush(stdout);
    pid_t pid = said >= 0 ? fork() : -1;
    if (pid == 0)
        ask_here(line, trial, said);
    if (pid < 0) {
        (void)snprintf(s->why, sizeof s->why, "no process can be started: %s", strerror(errno));
    } else {
        (void)setpgid(pid, pid);
        bool ended = wait_for(pid, trial->request->seconds, &status);
        conclude(s, status, !ended, trial->request->seconds, said);
    }
    if (said >= 0)
        (void)close(said);
}
