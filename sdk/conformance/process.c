/* SPDX-License-Identifier: Apache-2.0
 *
 * What all of a process has in common, and a plug-in has no business with: and the clock, which it
 * has none either.
 */
#include "probe.h"

#include "base/buf.h"
#include "base/fd.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS   64
#define EXPORTED  __attribute__((visibility("default")))
#define MOST_TEXT ((size_t)4 << 20)

/* NOLINTBEGIN(*-reserved-identifier,cert-*,readability-inconsistent-*): the names are glibc's */

/* ---- handlers for the end of the process ---- */

static unsigned exit_handlers; /* that the plug-in's own code registered */

typedef int register_function(void (*)(void *), void *, void *);
EXPORTED int __cxa_atexit(void (*call)(void *), void *data, void *of);

/* What atexit() comes to, in whatever file it is called. */
EXPORTED int
__cxa_atexit(void (*call)(void *), void *data, void *of)
{
    static register_function *next;
    if (next == NULL) {
        void *found = dlsym(RTLD_NEXT, "__cxa_atexit");
        memcpy(&next, &found, sizeof next);
    }
    if (cf_now.inside)
        exit_handlers++;
    return next != NULL ? next(call, data, of) : -1;
}

/* ---- the clock ---- */

static int64_t shift;

void
cf_clock_shift(int64_t seconds)
{
    shift = seconds;
}

static int64_t
shift_now(clockid_t clock)
{
    bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    return cf_now.inside && wall ? shift : 0;
}

EXPORTED int
clock_gettime(clockid_t clock, struct timespec *ret)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ret);
    if (result == 0)
        ret->tv_sec += shift_now(clock);
    return result;
}

EXPORTED time_t
time(time_t *ret)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL)
        *ret = now.tv_sec;
    return now.tv_sec;
}

EXPORTED int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now = {0, 0};
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *ret = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

/* NOLINTEND(*-reserved-identifier,cert-*,readability-inconsistent-*) */

/* ---- state ---- */

struct cf_state {
    struct sigaction actions[SIGNALS + 1];
    sigset_t mask;
    struct rlimit limits[RLIM_NLIMITS];
    struct itimerval timers[3];
    struct cm_buf environment;
    char folder[PATH_MAX], locale[1024], umask[64], name[32];
    int nice, dumpable;
    unsigned exit_handlers;
    uid_t user;
    pid_t group;
};

/* Looking at it must not change it: umask() could not but set it. */
static void
read_umask(char *to, size_t size)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf status = CM_BUF_INIT(MOST_TEXT);
    *to = '\0';
    if (!cm_file_read("/proc/self/status", &status, &ignored))
        return;
    const char *at = strstr(cm_buf_text(&status), "Umask:");
    if (at != NULL)
        (void)snprintf(to, size, "%.*s", (int)strcspn(at, "\n"), at);
}

static void
take(struct cf_state *s)
{
    for (int i = 1; i <= SIGNALS; i++)
        (void)sigaction(i, NULL, &s->actions[i]);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
    for (int i = 0; i < RLIM_NLIMITS; i++)
        (void)getrlimit((__rlimit_resource_t)i, &s->limits[i]);
    for (int i = 0; i < 3; i++)
        (void)getitimer((__itimer_which_t)i, &s->timers[i]);
    for (char **e = environ; e != NULL && *e != NULL; e++)
        cm_buf_printf(&s->environment, "%s\n", *e);
    if (getcwd(s->folder, sizeof s->folder) == NULL)
        *s->folder = '\0';
    const char *locale = setlocale(LC_ALL, NULL);
    (void)snprintf(s->locale, sizeof s->locale, "%s", locale != NULL ? locale : "");
    read_umask(s->umask, sizeof s->umask);
    (void)prctl(PR_GET_NAME, s->name, 0, 0, 0);
    s->nice = getpriority(PRIO_PROCESS, 0);
    s->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    s->exit_handlers = exit_handlers;
    s->user = geteuid();
    s->group = getpgrp();
}

struct cf_state *
cf_state_take(void)
{
    struct cf_state *s = calloc(1, sizeof *s);
    if (s == NULL)
        _exit(71);
    s->environment = (struct cm_buf)CM_BUF_INIT(MOST_TEXT);
    take(s);
    return s;
}

void
cf_state_free(struct cf_state *s)
{
    if (s == NULL)
        return;
    cm_buf_done(&s->environment);
    free(s);
}

static bool
same_action(const struct sigaction *a, const struct sigaction *b)
{
    return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags &&
           memcmp(&a->sa_mask, &b->sa_mask, sizeof(uint64_t)) == 0;
}

static const char *
difference(const struct cf_state *a, const struct cf_state *b)
{
    for (int i = 1; i <= SIGNALS; i++)
        if (!same_action(&a->actions[i], &b->actions[i]))
            return "the handler of a signal";
    if (memcmp(&a->mask, &b->mask, sizeof(uint64_t)) != 0)
        return "the mask of signals";
    if (strcmp(cm_buf_text(&a->environment), cm_buf_text(&b->environment)) != 0)
        return "the environment";
    if (strcmp(a->folder, b->folder) != 0)
        return "the working directory";
    if (strcmp(a->umask, b->umask) != 0)
        return "the umask";
    if (strcmp(a->locale, b->locale) != 0)
        return "the locale";
    if (memcmp(a->limits, b->limits, sizeof a->limits) != 0)
        return "a resource limit";
    if (memcmp(a->timers, b->timers, sizeof a->timers) != 0)
        return "a timer";
    if (a->exit_handlers != b->exit_handlers)
        return "what is done at the end of the process (atexit)";
    if (a->nice != b->nice || a->dumpable != b->dumpable || a->user != b->user ||
        a->group != b->group || strcmp(a->name, b->name) != 0)
        return "priority, name, user, group or dumpability of the process";
    return NULL;
}

void
cf_state_compare(const struct cf_state *before, char *to, size_t size)
{
    struct cf_state *after = cf_state_take();
    const char *what = difference(before, after);
    (void)snprintf(to, size, "%s", what != NULL ? what : "");
    cf_state_free(after);
}

unsigned
cf_count_entries(const char *folder)
{
    unsigned count = 0;
    DIR *d = opendir(folder);
    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        count += *e->d_name != '.';
    (void)closedir(d);
    return count;
}
