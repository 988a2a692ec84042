/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run/run.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

#define SHELL "/bin/sh"

struct ran {
    struct cm_err err;
    struct cm_buf said;
    int status;
    bool done;
};

static bool lives(const char *file);

static const char *readable[2]; /* what the script may read beside the system's */

static struct ran
run_within(void **state, const char *script, int input, int64_t within, size_t most)
{
    const char *const arguments[] = {"-c", script, NULL};
    const struct cm_run run = {
        .helper = CM_RUN_HELPER,
        .program = SHELL,
        .arguments = arguments,
        .readable = readable,
        .folder = *state,
        .input = input,
        .deadline = cm_monotonic_now() + within,
        .most = 4096,
    };
    struct ran ran = {.err = CM_ERR_INIT, .said = CM_BUF_INIT(most), .status = -1};
    ran.done = cm_run(&run, &ran.said, &ran.status, &ran.err);
    return ran;
}

static struct ran
run(void **state, const char *script)
{
    return run_within(state, script, -1, 60 * CM_SECOND, CM_RUN_SAID_MOST);
}

static void
assert_failed(struct ran ran, enum cm_class class, const char *text)
{
    assert_false(ran.done);
    assert_int_equal(ran.err.class, class);
    assert_non_null(strstr(ran.err.text, text));
    assert_int_equal(ran.status, -1);
    cm_buf_done(&ran.said);
}

static void
test_what_it_says(void **state)
{
    struct ran ran = run(state, "echo one; echo two >&2; exit 7");
    assert_true(ran.done);
    assert_int_equal(ran.status, 7);
    assert_string_equal(cm_buf_text(&ran.said), "one\ntwo\n");
    cm_buf_done(&ran.said);
}

/* Nothing of ours: no variable, no descriptor but its own three. */
static void
test_what_it_is_given(void **state)
{
    char expected[2 * PATH_MAX + 8];
    assert_int_equal(setenv("COUNTERMARK_SECRET", "hunter2", 1), 0);
    int fd = dup(STDERR_FILENO); /* without close-on-exec */
    struct ran ran = run(state, "echo \"$COUNTERMARK_SECRET$LC_ALL\"; for i in 3 4 5 6 7 8 9; do "
                                "eval \"(: <&$i) 2>/dev/null\" && echo open $i; done; pwd; "
                                "echo \"$TMPDIR\"; cat");
    assert_true(ran.done);
    snprintf(expected, sizeof expected, "C\n%s\n%s\n", (char *)*state, (char *)*state);
    assert_string_equal(cm_buf_text(&ran.said), expected);
    close(fd);
    cm_buf_done(&ran.said);
}

static void
test_a_file_as_input(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_true(cm_file_unlinked(NULL, &fd, &err)); /* not in its folder */
    assert_true(cm_fd_write_all(fd, "file", "content", 7, &err));
    /* from the beginning, wherever its offset stood; again; and to be read only */
    struct ran ran = run_within(state, "cat; cat /dev/stdin; echo x 2>&- >/dev/stdin; echo $?", fd,
                                60 * CM_SECOND, CM_RUN_SAID_MOST);
    assert_true(ran.done);
    assert_string_equal(cm_buf_text(&ran.said), "contentcontent2\n");
    cm_buf_done(&ran.said);
}

/* It is not held up by what nobody wants to hear. */
static void
test_it_says_much(void **state)
{
    struct ran ran = run_within(state,
                                "i=0; while [ $i -lt 30000 ]; do echo 0123456789; i=$((i+1)); "
                                "done; exit 3",
                                -1, 60 * CM_SECOND, 100);
    assert_true(ran.done);
    assert_int_equal(ran.status, 3);
    assert_int_equal(ran.said.size, 100);
    assert_false(ran.said.failed);
    cm_buf_done(&ran.said);
}

/* Nor by many who never stop, whether it waits for them or leaves them behind. */
static void
test_many_are_loud(void **state)
{
    struct ran ran = run_within(state, "for i in 1 2 3 4 5 6 7 8; do cat /dev/zero & done; wait",
                                -1, 2 * CM_SECOND, 100);
    assert_failed(ran, CM_E_CANCELLED, "took too long");
    ran = run_within(state, "for i in 1 2 3 4 5 6 7 8; do cat /dev/zero & done; exit 4", -1,
                     60 * CM_SECOND, 100);
    assert_true(ran.done);
    assert_int_equal(ran.status, 4);
    cm_buf_done(&ran.said);
}

/* ---- what it may not ---- */

static void
assert_says(void **state, const char *script, const char *expected)
{
    struct ran ran = run(state, script);
    if (!ran.done || strcmp(cm_buf_text(&ran.said), expected) != 0)
        fail_msg("%s: %s%s", script, cm_buf_text(&ran.said), ran.err.text);
    cm_buf_done(&ran.said);
}

/* Files of ours: neither to be read nor written, but for those that are named. */
static void
test_files_of_ours(void **state)
{
    char script[3 * PATH_MAX], other[] = "/tmp/test_run_XXXXXX";
    struct cm_err err = CM_ERR_INIT;
    assert_non_null(mkdtemp(other));
    char key[64];
    snprintf(key, sizeof key, "%s/key", other);
    assert_true(cm_file_replace(key, 0600, "secret", 6, &err));
    snprintf(script, sizeof script,
             "cat %s 2>/dev/null; ls %s 2>/dev/null; (echo x >%s) 2>/dev/null; "
             "chmod 777 %s 2>/dev/null; rm -f %s 2>/dev/null; mv %s . 2>/dev/null; "
             "truncate -s 1 %s 2>/dev/null; (echo x >%s/new) 2>/dev/null; ln %s . 2>/dev/null; "
             "cat /etc/passwd 2>/dev/null; echo end",
             key, other, key, key, key, key, key, other, key);
    assert_says(state, script, "end\n");
    readable[0] = key;
    snprintf(script, sizeof script, "cat %s; (echo x >%s) 2>/dev/null; ls %s 2>/dev/null", key, key,
             other);
    assert_says(state, script, "secret");
    readable[0] = other;
    snprintf(script, sizeof script, "cat %s; (echo x >%s) 2>/dev/null; ls %s", key, key, other);
    assert_says(state, script, "secretkey\n");
    readable[0] = NULL;
    struct stat info;
    assert_int_equal(stat(key, &info), 0);
    assert_int_equal(info.st_size, 6);
    assert_int_equal(info.st_mode & 07777, 0600);
    cm_folder_remove(other);
}

#define PYTHON "/usr/bin/python3 -c "

/* Neither through a descriptor: of a file that it may read, and of one that it opens for nothing.
 */
static void
test_files_open_for_reading(void **state)
{
    char script[4 * PATH_MAX], key[] = "/tmp/test_run_XXXXXX";
    struct stat before, after;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = mkstemp(key);
    assert_true(fd >= 0);
    assert_true(cm_fd_write_all(fd, key, "secret", 6, &err));
    if (access("/usr/bin/python3", X_OK) == 0) {
        assert_int_equal(fstat(fd, &before), 0);
        readable[0] = key;
        snprintf(script, sizeof script,
                 PYTHON "'import os\nfd = os.open(\"%s\", os.O_RDONLY)\n"
                        "for f in (lambda: os.fchmod(fd, 0o4777), lambda: os.fchown(fd, 0, 0), "
                        "lambda: os.setxattr(fd, \"user.a\", b\"b\"), "
                        "lambda: os.utime(fd, (1, 1)), "
                        "lambda: os.open(\"%s\", os.O_RDONLY | os.O_TRUNC)):\n try: f()\n except "
                        "PermissionError: print(1)'",
                 key, key);
        assert_says(state, script, "1\n1\n1\n1\n1\n");
        readable[0] = NULL;
        snprintf(script, sizeof script,
                 PYTHON "'import os\ntry: os.open(\"%s\", 3)\nexcept PermissionError: print(1)'",
                 key);
        assert_says(state, script, "1\n");
        assert_int_equal(fstat(fd, &after), 0);
        assert_memory_equal(&before, &after, sizeof before);
    }
    assert_int_equal(unlink(key), 0);
}

/* Whoever runs it: it has no privileges left, and cannot take them again. */
static void
test_privileges(void **state)
{
    assert_says(state, "/usr/sbin/chroot / /bin/true 2>/dev/null; echo $?", "125\n");
    if (access("/usr/bin/python3", X_OK) == 0)
        assert_says(state,
                    PYTHON "'import socket\ntry: socket.sethostname(socket.gethostname())\n"
                           "except PermissionError: print(1)'",
                    "1\n");
}

/* No network, no other process, no way out of the group, nothing run that it has written. */
static void
test_ways_out(void **state)
{
    assert_says(state, "cp /bin/true here 2>/dev/null; ./here 2>/dev/null; echo $?", "126\n");
    assert_says(state, "cat /proc/$PPID/environ /proc/1/status 2>/dev/null; echo $?", "1\n");
    assert_says(state, "setsid true 2>/dev/null || echo no", "no\n");
    if (access("/usr/bin/python3", X_OK) != 0)
        return; /* the calls themselves are tried where it is */
    assert_says(state,
                PYTHON "'import socket\nfor kind in (socket.AF_INET, socket.AF_INET6, "
                       "socket.AF_UNIX, socket.AF_NETLINK):\n try: socket.socket(kind)\n except "
                       "PermissionError: print(1)'",
                "1\n1\n1\n1\n");
    assert_says(state,
                PYTHON "'import os\nfor f in (os.setsid, os.setpgrp):\n try: f()\n except "
                       "PermissionError: print(1)'",
                "1\n1\n");
}

/* It ends when we do: here a child that is ended at once. */
static void
test_it_ends_with_us(void **state)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", in_folder(state, "child"));
    pid_t us = fork();
    assert_true(us >= 0);
    if (us == 0) {
        (void)run(state, "echo $$ >child.new; mv child.new child; exec sleep 1000");
        _exit(1);
    }
    for (int i = 0; i < 6000 && access(path, F_OK) != 0; i++)
        usleep(10000);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(kill(us, SIGKILL), 0);
    assert_int_equal(waitpid(us, NULL, 0), us);
    for (int i = 0; i < 6000 && lives(path); i++)
        usleep(10000); /* whoever adopts it takes note of its end */
    assert_false(lives(path));
}

static bool
lives(const char *file)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
    assert_true(cm_file_read(file, &text, &err));
    return kill((pid_t)strtol(text.at, NULL, 10), 0) == 0;
}

/* Neither does what it has started. On a busy machine it takes its time to begin. */
static void
test_it_does_not_end(void **state)
{
    struct ran ran;
    for (int64_t within = CM_SECOND; within < 100 * CM_SECOND; within *= 2) {
        ran = run_within(state, "sleep 1000 & echo $! >child; echo begun; wait", -1, within,
                         CM_RUN_SAID_MOST);
        if (ran.said.size > 0)
            break;
    }
    assert_string_equal(cm_buf_text(&ran.said), "begun\n");
    assert_failed(ran, CM_E_CANCELLED, "took too long");
    for (int i = 0; i < 1000 && lives(in_folder(state, "child")); i++)
        usleep(10000); /* whoever adopts it takes note of its end */
    assert_false(lives(in_folder(state, "child")));
}

/* It has ended; what it has left behind is ended, too, and holds nobody up. */
static void
test_something_is_left(void **state)
{
    struct ran ran = run(state, "sleep 1000 & echo $! >child; exit 0");
    assert_true(ran.done);
    assert_int_equal(ran.status, 0);
    for (int i = 0; i < 1000 && lives(in_folder(state, "child")); i++)
        usleep(10000);
    assert_false(lives(in_folder(state, "child")));
    cm_buf_done(&ran.said);
}

static void
test_it_writes_too_much(void **state)
{
    struct stat info;
    assert_failed(run(state, "exec cat /dev/zero >file"), CM_E_LIMIT, "signal");
    assert_int_equal(stat(in_folder(state, "file"), &info), 0);
    assert_true(info.st_size <= 4096);
}

static void
test_it_crashes(void **state)
{
    assert_failed(run(state, "kill -SEGV $$"), CM_E_MALFORMED, "signal");
    assert_failed(run(state, "kill -KILL $$"), CM_E_LIMIT, "signal");
}

static void
test_no_program(void **state)
{
    static const char *const none[] = {NULL};
    int status = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(100);
    struct cm_run run = {.helper = CM_RUN_HELPER,
                         .program = "/nowhere/program",
                         .arguments = none,
                         .folder = *state,
                         .input = -1,
                         .deadline = cm_monotonic_now() + 60 * CM_SECOND,
                         .most = 4096};
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_run(&run, &said, &status, &err));
    assert_int_equal(err.class, CM_E_CONFIG);

    err = (struct cm_err)CM_ERR_INIT;
    run.program = in_folder(state, "everybodys");
    assert_true(cm_file_replace(run.program, 0777, "#!/bin/sh\n", 10, &err));
    assert_false(cm_run(&run, &said, &status, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_non_null(strstr(err.text, "chmod"));

    err = (struct cm_err)CM_ERR_INIT;
    run.program = in_folder(state, "nonsense");
    assert_true(cm_file_replace(run.program, 0755, "nonsense\n", 9, &err));
    assert_false(cm_run(&run, &said, &status, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_non_null(strstr(err.text, "cannot be run"));

    err = (struct cm_err)CM_ERR_INIT;
    const char *many[CM_RUN_ARGUMENTS + 2] = {NULL};
    for (size_t i = 0; i <= CM_RUN_ARGUMENTS; i++)
        many[i] = "x";
    run.program = "/bin/true";
    run.arguments = many;
    assert_false(cm_run(&run, &said, &status, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    many[CM_RUN_ARGUMENTS] = NULL;
    assert_true(cm_run(&run, &said, &status, &err));
    assert_int_equal(status, 0);
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_what_it_says),       RUN_TEST(test_what_it_is_given),
        RUN_TEST(test_a_file_as_input),    RUN_TEST(test_it_says_much),
        RUN_TEST(test_it_does_not_end),    RUN_TEST(test_something_is_left),
        RUN_TEST(test_it_writes_too_much), RUN_TEST(test_it_crashes),
        RUN_TEST(test_no_program),         RUN_TEST(test_many_are_loud),
        RUN_TEST(test_files_of_ours),      RUN_TEST(test_ways_out),
        RUN_TEST(test_it_ends_with_us),    RUN_TEST(test_files_open_for_reading),
        RUN_TEST(test_privileges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
