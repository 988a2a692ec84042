/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-run: confines itself, and becomes the program.
 *
 *     countermark-run BYTES COUNT READABLE... PROGRAM ARGUMENT...
 *
 * BYTES: of any file that it writes; COUNT: how many READABLE follow. The working folder is the one
 * that it may write to. What goes wrong here is said in one line, with the status CM_RUN_NOT.
 */
#include "base/fd.h"
#include "base/run/confine.h"
#include "base/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At once: what else may run at the end of a process is confined, too. */
static _Noreturn void
fail(const struct cm_err *err)
{
    fprintf(stderr, CM_RUN_NOT_BECAUSE "%s\n", err->text);
    _exit(CM_RUN_NOT);
}

/* From its beginning, and only to be read: whoever has handed it over may write to it. */
static bool
open_input_again(struct cm_err *err)
{
    struct stat info;
    if (fstat(STDIN_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    CM_CLEANUP(cm_fd_done) int fd = open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
    return (fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO) ||
           cm_fail_errno(err, errno, "cannot open standard input again");
}

static bool
read_number(const char *text, uint64_t most, uint64_t *ret)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number > most)
        return false;
    *ret = number;
    return true;
}

int
main(int argc, char **argv)
{
    uint64_t most, count;
    struct cm_err err = CM_ERR_INIT;
    if (argc < 4 || !read_number(argv[1], INT64_MAX, &most) ||
        !read_number(argv[2], (uint64_t)argc - 4, &count)) {
        (void)cm_fail(&err, CM_E_INTERNAL, "is started by countermark, and by nobody else");
        fail(&err);
    }
    char **program = argv + 3 + count;
    const struct cm_confines confines = {.program = *program,
                                         .readable = (const char *const *)argv + 3,
                                         .readable_count = (size_t)count,
                                         .most = most};
    if (!open_input_again(&err) || !cm_confine(&confines, &err))
        fail(&err);
    (void)execv(*program, program);
    (void)cm_fail_errno(&err, errno, "%s", *program);
    fail(&err);
}
