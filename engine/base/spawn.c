/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

static int
redirect(posix_spawn_file_actions_t *files, int from, int to)
{
    return from >= 0 ? posix_spawn_file_actions_adddup2(files, from, to)
                     : posix_spawn_file_actions_addopen(
                           files, to, "/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
}

static int
fill(const struct cm_spawn *spawn, posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    int error = redirect(files, spawn->input, STDIN_FILENO);
    if (!error)
        error = redirect(files, spawn->output, STDOUT_FILENO);
    if (!error)
        error = redirect(files, spawn->errors, STDERR_FILENO);
    if (!error && spawn->folder != NULL)
        error = posix_spawn_file_actions_addchdir_np(files, spawn->folder);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error)
        error = posix_spawnattr_setflags(attributes, (short)flags);
    return error;
}

bool
cm_spawn(const struct cm_spawn *spawn, pid_t *ret, struct cm_err *err)
{
    char *const nothing[] = {NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int error = fill(spawn, &files, &attributes);
    pid_t pid = 0;
    if (!error) {
        /* The words are not written to: the type of argv is older than const. */
        char *const *argv = (char *const *)(uintptr_t)spawn->argv;
        error = posix_spawn(&pid, spawn->program, &files, &attributes, argv,
                            spawn->environment != NULL ? spawn->environment : nothing);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error)
        return cm_fail_errno(err, error, "cannot run %s", spawn->program);
    *ret = pid;
    return true;
}
