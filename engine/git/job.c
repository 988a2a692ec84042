/* SPDX-License-Identifier: Apache-2.0 */
#include "git/job.h"

#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 * 1024)

struct cm_git_job {
    struct cm_net *net;
    void (*call)(void *data, const struct cm_err *err, const struct cm_buf *output);
    void *data;
    char folder[PATH_MAX]; /* "": none */
    pid_t pid;             /* 0: none, or reaped */
    int pid_fd, output_fd;
    struct cm_watch *pid_watch, *output_watch;
    struct cm_buf output;
    struct cm_err err;
};

/* ---- the folder ---- */

static bool
make_folder(struct cm_git_job *job, struct cm_err *err)
{
    const char *in = cm_net_settings(job->net)->folder;
    const char *named = secure_getenv("TMPDIR");
    if (!in)
        in = named && *named ? named : access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/countermark-git-XXXXXX", in);
    if (size < 0 || (size_t)size >= sizeof path)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", in);
    if (!mkdtemp(path))
        return cm_fail_errno(err, errno, "cannot make a folder in %s", in);
    memcpy(job->folder, path, sizeof job->folder);
    return true;
}

/* The helper makes files only, no folders. */
static void
remove_folder(struct cm_git_job *job)
{
    DIR *folder = *job->folder ? opendir(job->folder) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    if (*job->folder)
        (void)rmdir(job->folder);
    *job->folder = '\0';
}

/* ---- its end ---- */

static void
unwatch(struct cm_git_job *job)
{
    cm_net_unwatch(job->net, job->pid_watch);
    cm_net_unwatch(job->net, job->output_watch);
    job->pid_watch = NULL;
    job->output_watch = NULL;
}

static void
finish(struct cm_git_job *job)
{
    unwatch(job);
    remove_folder(job);
    job->call(job->data, &job->err, &job->output);
}

/* Reads what is there; false if there is nothing more to come. */
static bool
drain(struct cm_git_job *job)
{
    static const char too_long[] = "the helper says more than it may";
    char block[READ_SIZE];
    for (;;) {
        ssize_t got = read(job->output_fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0)
            return false;
        cm_buf_add(&job->output, block, (size_t)got);
        if (job->output.failed) {
            cm_fail(&job->err, CM_E_LIMIT, "%s", too_long);
            return false;
        }
    }
}

static void
on_output(void *data, int fd, short events)
{
    struct cm_git_job *job = data;
    (void)fd;
    (void)events;
    if (drain(job))
        return;
    cm_net_unwatch(job->net, job->output_watch);
    job->output_watch = NULL;
    if (job->err.class != CM_OK)
        (void)kill(job->pid, SIGKILL); /* not reaped yet, so the number is still its own */
}

static void
judge(struct cm_git_job *job, int status)
{
    if (job->err.class != CM_OK)
        return;
    if (WIFSIGNALED(status))
        cm_fail(&job->err, CM_E_LIMIT, "the pack could not be indexed within the limits (%s)",
                strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == 127)
        cm_fail(&job->err, CM_E_INTERNAL, "%s cannot be run", cm_net_settings(job->net)->helper);
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        cm_fail(&job->err, CM_E_INTERNAL, "the helper ended with status %d", WEXITSTATUS(status));
}

static void
on_exit_of(void *data, int fd, short events)
{
    struct cm_git_job *job = data;
    int status = 0;
    (void)fd;
    (void)events;
    pid_t ended = waitpid(job->pid, &status, WNOHANG);
    if (ended == 0)
        return;
    if (ended < 0)
        cm_fail_errno(&job->err, errno, "the helper is lost");
    job->pid = 0;
    if (job->err.class == CM_OK)
        (void)drain(job);
    judge(job, status);
    finish(job);
}

/* ---- its beginning ---- */

struct start {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    const char *argv[CM_GIT_JOB_WORDS + 4];
    char objects[32];
};

static bool
fill_argv(const struct cm_git_job *job, const struct cm_git_job_ask *ask, struct start *start,
          struct cm_err *err)
{
    snprintf(start->objects, sizeof start->objects, "%zu", ask->objects_most);
    start->argv[0] = "countermark-git";
    start->argv[1] = job->folder;
    start->argv[2] = start->objects;
    size_t count = 0;
    for (; ask->words[count]; count++) {
        if (count == CM_GIT_JOB_WORDS)
            return cm_fail(err, CM_E_INTERNAL, "the helper is asked with too many words");
        start->argv[3 + count] = ask->words[count];
    }
    start->argv[3 + count] = NULL;
    return true;
}

/* Standard input is the pack, standard output ours; nothing else is handed down. */
static int
fill_actions(struct start *start, int pack, int output)
{
    posix_spawn_file_actions_t *files = &start->files;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    int error = posix_spawn_file_actions_adddup2(files, pack, STDIN_FILENO);
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
spawn(struct cm_git_job *job, const struct cm_git_job_ask *ask, int output, struct cm_err *err)
{
    const char *helper = cm_net_settings(job->net)->helper;
    char *const environment[] = {NULL};
    struct start start = {.objects = ""};
    if (!helper)
        return cm_fail(err, CM_E_CONFIG, "no helper program is named");
    if (!fill_argv(job, ask, &start, err))
        return false;
    posix_spawn_file_actions_init(&start.files);
    posix_spawnattr_init(&start.attributes);
    int error = fill_actions(&start, ask->pack, output);
    pid_t pid = 0;
    if (!error) {
        /* The words are not written to: the type of argv is older than const. */
        char *const *argv = (char *const *)(uintptr_t)start.argv;
        error = posix_spawn(&pid, helper, &start.files, &start.attributes, argv, environment);
    }
    posix_spawnattr_destroy(&start.attributes);
    posix_spawn_file_actions_destroy(&start.files);
    if (error)
        return cm_fail_errno(err, error, "cannot run %s", helper);
    job->pid = pid;
    return true;
}

static bool
watch(struct cm_git_job *job, struct cm_err *err)
{
    job->pid_fd = pidfd_open(job->pid, 0);
    if (job->pid_fd < 0)
        return cm_fail_errno(err, errno, "cannot watch the helper");
    job->pid_watch = cm_net_watch(job->net, job->pid_fd, POLLIN, on_exit_of, job);
    job->output_watch = cm_net_watch(job->net, job->output_fd, POLLIN, on_output, job);
    if (!job->pid_watch || !job->output_watch)
        return cm_fail(err, CM_E_LIMIT, "no memory to watch the helper");
    return true;
}

static bool
start_in(struct cm_git_job *job, const struct cm_git_job_ask *ask, struct cm_err *err)
{
    int ends[2];
    if (lseek(ask->pack, 0, SEEK_SET) != 0)
        return cm_fail_errno(err, errno, "cannot rewind the pack");
    if (!make_folder(job, err))
        return false;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return cm_fail_errno(err, errno, "cannot make a pipe for the helper");
    job->output_fd = ends[0];
    CM_CLEANUP(cm_fd_done) int output = ends[1];
    /* Only our end must not wait. */
    if (fcntl(output, F_SETFL, 0) != 0)
        return cm_fail_errno(err, errno, "cannot set up the helper's pipe");
    return spawn(job, ask, output, err) && watch(job, err);
}

bool
cm_git_job_start(struct cm_net *net, const struct cm_git_job_ask *ask,
                 void (*call)(void *data, const struct cm_err *err, const struct cm_buf *output),
                 void *data, struct cm_git_job **ret, struct cm_err *err)
{
    struct cm_git_job *job = calloc(1, sizeof *job);
    if (!job)
        return cm_fail(err, CM_E_LIMIT, "no memory for the helper");
    *job = (struct cm_git_job){.net = net,
                               .call = call,
                               .data = data,
                               .pid_fd = -1,
                               .output_fd = -1,
                               .output = CM_BUF_INIT(ask->output_most)};
    if (!start_in(job, ask, err)) {
        cm_git_job_free(net, job);
        return false;
    }
    *ret = job;
    return true;
}

void
cm_git_job_free(struct cm_net *net, struct cm_git_job *job)
{
    if (!job)
        return;
    if (net)
        unwatch(job);
    if (job->pid > 0) {
        (void)kill(job->pid, SIGKILL);
        while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    cm_fd_done(&job->pid_fd);
    cm_fd_done(&job->output_fd);
    remove_folder(job);
    cm_buf_done(&job->output);
    free(job);
}
