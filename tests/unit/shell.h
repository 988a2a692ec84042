/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/unit/shell.h: what a test has done by /bin/sh, for setting up, tidying up and second
 * opinions.
 */
#ifndef CM_TESTS_UNIT_SHELL_H
#define CM_TESTS_UNIT_SHELL_H

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of the command; -1: it did not end by itself. */
static inline int
shell(const char *command)
{
    int status = -1;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

/* Takes a test's folder away with all that is in it, also what may not be written. */
static inline int
shell_remove(const char *folder)
{
    char command[512];
    int size =
        snprintf(command, sizeof command, "chmod -R u+rwx '%s' && rm -rf '%s'", folder, folder);
    return size > 0 && (size_t)size < sizeof command ? shell(command) : -1;
}

#endif
