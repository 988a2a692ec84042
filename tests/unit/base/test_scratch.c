/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "folder.h"

static struct cm_scratch
made(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_scratch scratch = {.lock = -1};
    if (!cm_scratch_make(*state, "test", &scratch, &err))
        fail_msg("%s", err.text);
    return scratch;
}

static bool
is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static void
put_in(const char *folder)
{
    char path[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    assert_true(snprintf(path, sizeof path, "%s/deep/er", folder) < PATH_MAX);
    assert_true(cm_folder_make(path, &err));
    assert_true(snprintf(path, sizeof path, "%s/deep/file", folder) < PATH_MAX);
    assert_true(cm_file_replace(path, 0600, "content", 7, &err));
}

static void
test_made_locked_removed(void **state)
{
    struct stat info;
    struct cm_scratch scratch = made(state);
    assert_true(cm_starts_with(scratch.path, in_folder(state, "countermark-test-")));
    assert_int_equal(lstat(scratch.path, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0700);
    int fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    close(fd);
    put_in(scratch.path);
    char path[PATH_MAX];
    memcpy(path, scratch.path, sizeof path);
    cm_scratch_remove(&scratch);
    assert_false(is_there(path));
    assert_string_equal(scratch.path, "");
    assert_int_equal(scratch.lock, -1);
    cm_scratch_remove(&scratch); /* none is fine */
}

/* A child that has made one, and waits; *ret_path is where. */
static pid_t
child_with_one(void **state, char ret_path[PATH_MAX])
{
    int said[2];
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_scratch scratch = {.lock = -1};
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && /* whatever the test does meanwhile */
            cm_scratch_make(*state, "test", &scratch, &err) &&
            write(said[1], scratch.path, sizeof scratch.path) == sizeof scratch.path)
            pause();
        _exit(1);
    }
    close(said[1]);
    size_t size = 0;
    for (ssize_t got;
         size < PATH_MAX && (got = read(said[0], ret_path + size, PATH_MAX - size)) > 0;)
        size += (size_t)got;
    close(said[0]);
    assert_int_equal(size, PATH_MAX);
    return child;
}

static void
test_left_by_a_killed_process(void **state)
{
    char theirs[PATH_MAX];
    pid_t child = child_with_one(state, theirs);
    put_in(theirs);
    struct cm_scratch scratch = made(state); /* it lives: its own stays */
    assert_true(is_there(theirs));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(is_there(theirs));
    struct cm_scratch next = made(state);
    assert_false(is_there(theirs));
    assert_true(is_there(scratch.path)); /* this process lives as well */
    cm_scratch_remove(&scratch);
    cm_scratch_remove(&next);
}

static void
test_what_only_has_such_a_name(void **state)
{
    const char *target = in_folder(state, "target"), *file = in_folder(state, "countermark-test-f");
    const char *link = in_folder(state, "countermark-test-link");
    struct cm_err err = CM_ERR_INIT;
    put_in(target);
    assert_int_equal(symlink(target, link), 0);
    assert_true(cm_file_replace(file, 0600, "content", 7, &err));
    struct cm_scratch scratch = made(state);
    assert_true(is_there(link));
    assert_true(is_there(file));
    assert_true(is_there(target));
    cm_scratch_remove(&scratch);
    assert_true(is_there(in_folder(state, "target/deep/file")));
}

static void
test_of_others(void **state)
{
    if (geteuid() != 0) {
        print_message("only root can give files away: not tried\n");
        skip();
    }
    const char *theirs = in_folder(state, "countermark-test-theirs");
    const char *ours = in_folder(state, "countermark-test-ours");
    assert_int_equal(mkdir(theirs, 0700), 0);
    assert_int_equal(mkdir(ours, 0700), 0);
    assert_int_equal(chown(theirs, 4711, 0), 0);
    struct cm_scratch scratch = made(state);
    assert_true(is_there(theirs));
    assert_false(is_there(ours));
    cm_scratch_remove(&scratch);
}

static void
test_no_place(void **state)
{
    char name[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_scratch scratch = {.path = "untouched", .lock = -7};
    assert_false(cm_scratch_make(in_folder(state, "nowhere"), "test", &scratch, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_false(cm_scratch_make(name, "test", &scratch, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_string_equal(scratch.path, "untouched");
    assert_int_equal(scratch.lock, -7);
}

/* Where nobody says where. */
static void
test_usual_places(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_scratch scratch = {.lock = -1};
    assert_int_equal(setenv("TMPDIR", *state, 1), 0);
    assert_true(cm_scratch_make(NULL, "test", &scratch, &err));
    assert_true(cm_starts_with(scratch.path, in_folder(state, "countermark-test-")));
    cm_scratch_remove(&scratch);
    assert_int_equal(setenv("TMPDIR", "", 1), 0);
    assert_true(cm_scratch_make(NULL, "test", &scratch, &err));
    assert_true(cm_starts_with(scratch.path, "/var/tmp/countermark-test-") ||
                cm_starts_with(scratch.path, "/tmp/countermark-test-"));
    cm_scratch_remove(&scratch);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_made_locked_removed),
        SCRATCH_TEST(test_left_by_a_killed_process),
        SCRATCH_TEST(test_what_only_has_such_a_name),
        SCRATCH_TEST(test_of_others),
        SCRATCH_TEST(test_no_place),
        SCRATCH_TEST(test_usual_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
