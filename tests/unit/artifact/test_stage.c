/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/stage.h"

#include "../shell.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-stage-XXXXXX";

static const char *
path_of(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int
set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static void
write_file(const char *name, const void *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_replace(path_of(name), 0600, at, size, &err))
        fail_msg("%s", err.text);
}

static void
test_copies(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    char sha256[CM_SHA256_HEX];
    char again[CM_SHA256_HEX];
    const size_t sizes[] = {1, 3, 262143, 262144, 262145, 3000000};
    for (size_t i = 0; i < CM_COUNT(sizes); i++) {
        CM_CLEANUP(cm_staged_done) struct cm_staged staged = {.fd = -1};
        char *bytes = malloc(sizes[i]);
        assert_true(bytes && cm_random(bytes, sizes[i]) && cm_sha256(bytes, sizes[i], sha256));
        write_file("some.nupkg", bytes, sizes[i]);
        if (!cm_stage(path_of("some.nupkg"), folder, &staged, &err))
            fail_msg("%s", err.text);
        free(bytes);
        assert_string_equal(staged.name, "some.nupkg");
        assert_int_equal(staged.size, sizes[i]);
        assert_string_equal(staged.sha256, sha256);

        write_file("some.nupkg", "changed", 7); /* afterwards: nobody's business */
        assert_true(cm_sha256_fd(staged.fd, "the copy", again, &err));
        assert_string_equal(again, sha256);
        assert_int_equal(fstat(staged.fd, &status), 0);
        assert_int_equal(status.st_nlink, 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(status.st_size, sizes[i]);
    }
}

static void
check_refused(const char *path, const char *to, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_staged staged = {.fd = -1};
    assert_false(cm_stage(path, to, &staged, &err));
    assert_int_equal(staged.fd, -1);
    if (err.class != class || !strstr(err.text, says))
        fail_msg("%s: %s: %s", path, cm_class_name(err.class), err.text);
}

/* What the file itself tells is known without a copy, in the same words. */
static void
check_foreseen(const char *path, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_may_stage(path, &err));
    if (err.class != class || !strstr(err.text, says))
        fail_msg("%s: %s: %s", path, cm_class_name(err.class), err.text);
    check_refused(path, folder, class, says);
}

static void
test_foreseen(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    check_foreseen(path_of("nowhere"), CM_E_NOT_FOUND, "nowhere");
    check_foreseen(folder, CM_E_UNSUPPORTED, "a folder; an artifact is a regular file");
    check_foreseen("/dev/null", CM_E_UNSUPPORTED, "not a regular file");
    write_file("empty", "", 0);
    check_foreseen(path_of("empty"), CM_E_MALFORMED, "empty");
    write_file("some", "x", 1);
    assert_true(cm_may_stage(path_of("some"), &err));
    assert_true(cm_may_stage("-", &err));
}

static void
test_refused(void **state)
{
    (void)state;
    check_refused(path_of("nowhere"), folder, CM_E_NOT_FOUND, "nowhere");
    check_refused(folder, folder, CM_E_UNSUPPORTED, "a folder; an artifact is a regular file");
    check_refused("/dev/null", folder, CM_E_UNSUPPORTED, "not a regular file");
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    check_refused(path_of("fifo"), folder, CM_E_UNSUPPORTED, "not a regular file"); /* at once */
    write_file("empty", "", 0);
    check_refused(path_of("empty"), folder, CM_E_MALFORMED, "empty");
    write_file("some", "x", 1);
    check_refused(path_of("some"), "/nowhere/at/all", CM_E_NOT_FOUND, "/nowhere/at/all");
    if (geteuid() != 0) {
        assert_int_equal(chmod(path_of("some"), 0), 0);
        check_refused(path_of("some"), folder, CM_E_CONFIG, "some");
    }

    int fd = open(path_of("huge"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* a hole */
    assert_true(fd >= 0 && ftruncate(fd, CM_ARTIFACT_MOST + 1) == 0 && close(fd) == 0);
    check_refused(path_of("huge"), folder, CM_E_LIMIT, "larger than 8 GiB");
}

/* In a child, whose files may not grow beyond a megabyte: the nearest to a full disk. */
static void
test_disk_full(void **state)
{
    (void)state;
    int status = 0;
    static char bytes[3 << 20];
    write_file("large", bytes, sizeof bytes);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_staged staged = {.fd = -1};
        const struct rlimit limit = {1 << 20, 1 << 20};
        (void)signal(SIGXFSZ, SIG_IGN);
        bool done = setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                    !cm_stage(path_of("large"), folder, &staged, &err) &&
                    err.class == CM_E_TRANSIENT && strstr(err.text, "large") &&
                    strstr(err.text, "no private copy can be made") && staged.fd == -1;
        _exit(done ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* A pipe, fed in pieces. */
static void
test_standard_input(void **state)
{
    (void)state;
    int pipes[2];
    char sha256[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_staged_done) struct cm_staged staged = {.fd = -1};
    int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool done = write(pipes[1], "hel", 3) == 3 && write(pipes[1], "lo", 2) == 2;
        _exit(done ? 0 : 1);
    }
    (void)close(pipes[1]);
    assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(pipes[0]);
    bool done = cm_stage("-", folder, &staged, &err);
    if (saved >= 0)
        (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    (void)waitpid(child, NULL, 0);
    assert_true(done);
    assert_null(staged.name);
    assert_int_equal(staged.size, 5);
    assert_true(cm_sha256("hello", 5, sha256));
    assert_string_equal(staged.sha256, sha256);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),         cmocka_unit_test(test_foreseen),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_standard_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
