/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "folder.h"

#define SHELL "/bin/sh"

struct ran {
    struct cm_err err;
    struct cm_buf said;
    int status;
    bool done;
};

static struct ran
run_within(void **state, const char *script, int input, int64_t within, size_t most)
{
    const char *const arguments[] = {"-c", script, NULL};
    const struct cm_run run = {
        .program = SHELL,
        .arguments = arguments,
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
    struct ran ran = run(state, "echo \"$COUNTERMARK_SECRET$LC_ALL\"; ls /proc/self/fd | wc -l; "
                                "pwd; echo \"$TMPDIR\"; cat; cat /proc/self/status | grep Core");
    assert_true(ran.done);
    snprintf(expected, sizeof expected, "C\n4\n%s\n%s\n", (char *)*state, (char *)*state);
    assert_true(cm_starts_with(cm_buf_text(&ran.said), expected));
    close(fd);
    cm_buf_done(&ran.said);
}

static void
test_a_file_as_input(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_true(cm_file_unlinked(*state, &fd, &err));
    assert_true(cm_fd_write_all(fd, "file", "content", 7, &err));
    struct ran ran = run_within(state, "cat /dev/stdin", fd, 60 * CM_SECOND, CM_RUN_SAID_MOST);
    assert_true(ran.done);
    assert_string_equal(cm_buf_text(&ran.said), "content"); /* wherever its offset stood */
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
    assert_failed(run(state, "exec cat /dev/zero >file"), CM_E_LIMIT, "signal");
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
    struct cm_buf said = CM_BUF_INIT(100);
    struct cm_run run = {.program = "/nowhere/program",
                         .arguments = none,
                         .folder = *state,
                         .input = -1,
                         .deadline = cm_monotonic_now() + CM_SECOND,
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
        RUN_TEST(test_no_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
