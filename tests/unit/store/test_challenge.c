/* SPDX-License-Identifier: Apache-2.0
 *
 * Challenges that are open: each is used once, whoever tries at once, and whatever breaks.
 */
#include "store/challenge.h"

#include "../shell.h"
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/unit.h"

#define DIGEST "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define ONCE   "used already"

static char folder[] = "/tmp/countermark-challenge-XXXXXX";
static char state_folder[64], open_folder[64];

static const struct cm_challenge honest = {"countermark:acme", "acme", "widget",
                                           "nightly",          "farm", DIGEST};

/* ---- a disk that breaks ---- */

static int fsync_error, unlink_error;
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags);

int
__wrap_fsync(int fd)
{
    errno = fsync_error;
    return fsync_error != 0 ? -1 : __real_fsync(fd);
}

int
__wrap_unlinkat(int at, const char *name, int flags)
{
    errno = unlink_error;
    return unlink_error != 0 ? -1 : __real_unlinkat(at, name, flags);
}

/* ---- a state directory for each test ---- */

static int
set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/countermark-challenge-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(state_folder, sizeof state_folder, "%s/state", folder);
    (void)snprintf(open_folder, sizeof open_folder, "%s/state/challenges", folder);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    fsync_error = unlink_error = 0;
    return shell_remove(folder);
}

static void
put(struct cm_buf *text, int64_t now)
{
    struct cm_err err = CM_ERR_INIT;
    cm_buf_clear(text);
    if (!cm_challenge_write(&honest, now, CM_CHALLENGE_VALID, text, &err) ||
        !cm_challenge_keep(state_folder, text, now, &err))
        fail_msg("%s", err.text);
}

static bool
use(const struct cm_buf *text, int64_t now, struct cm_err *err)
{
    return cm_challenge_use(state_folder, text->at, text->size, now, err);
}

static const char *
path_of(const struct cm_buf *text)
{
    static char path[192];
    char sha256[CM_SHA256_HEX];
    assert_true(cm_sha256(text->at, text->size, sha256));
    (void)snprintf(path, sizeof path, "%s/%s", open_folder, sha256);
    return path;
}

static void
expect_refused(const struct cm_buf *text, int64_t now, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    assert_false(use(text, now, &err));
    assert_int_equal(err.class, class);
    assert_contains(err.text, says);
}

/* A file of that name whose time is `age` seconds ago. */
static void
put_file(const char *name, int64_t age)
{
    char path[192];
    (void)snprintf(path, sizeof path, "%s/%s", open_folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    int64_t at = cm_wall_now() / CM_SECOND - age;
    const struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
    assert_true(fd >= 0 && futimens(fd, times) == 0);
    assert_int_equal(close(fd), 0);
}

static bool
is_there(const char *name)
{
    char path[192];
    (void)snprintf(path, sizeof path, "%s/%s", open_folder, name);
    return access(path, F_OK) == 0;
}

/* ---- once ---- */

static void
test_once(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    assert_true(stat(open_folder, &status) == 0 && (status.st_mode & 07777) == 0700);
    assert_true(stat(path_of(&text), &status) == 0 && (status.st_mode & 07777) == 0600);
    if (!use(&text, now, &err))
        fail_msg("%s", err.text);
    assert_int_equal(access(path_of(&text), F_OK), -1);
    expect_refused(&text, now, CM_E_DENIED, ONCE);
}

static void
test_not_ours(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf kept = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    assert_true(cm_challenge_write(&honest, now, CM_CHALLENGE_VALID, &text, &err));
    expect_refused(&text, now, CM_E_DENIED, ONCE); /* no folder yet */
    put(&kept, now);
    expect_refused(&text, now, CM_E_DENIED, ONCE);
    cm_buf_puts(&text, " ");
    expect_refused(&text, now, CM_E_MALFORMED, "canonical");
    assert_true(use(&kept, now, &err));
}

/* Somebody has written into it: what is kept is not what was signed. */
static void
test_changed(void **state)
{
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf other = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    put(&other, now);
    char *from = strdup(path_of(&other));
    assert_non_null(from);
    assert_int_equal(rename(from, path_of(&text)), 0);
    expect_refused(&text, now, CM_E_DENIED, "has been changed");
    assert_int_equal(unlink(path_of(&text)), 0);
    assert_int_equal(symlink("/dev/null", path_of(&text)), 0);
    expect_refused(&text, now, CM_E_CONFIG, "challenges/");
    free(from);
}

static void
test_expired(void **state)
{
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    expect_refused(&text, now + CM_CHALLENGE_VALID, CM_E_DENIED, "has expired");
    expect_refused(&text, now, CM_E_DENIED, ONCE); /* having been tried, it is gone */
    put(&text, now);
    expect_refused(&text, now - 120 * CM_SECOND, CM_E_DENIED, "in the future");
}

/* ---- many at once, and none at all ---- */

#define ROUNDS    40
#define PROCESSES 6

/* Waits for the gate to close behind the last one, then tries. */
static void
try_in_child(const struct cm_buf *text, int gate, int64_t now)
{
    char byte;
    struct cm_err err = CM_ERR_INIT;
    (void)!read(gate, &byte, 1);
    _exit(use(text, now, &err) ? 0 : 1);
}

static int
count_winners(const struct cm_buf *text, int64_t now)
{
    int gate[2], winners = 0;
    pid_t children[PROCESSES];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            (void)close(gate[1]);
            try_in_child(text, gate[0], now);
        }
    }
    (void)close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        winners += WEXITSTATUS(status) == 0;
    }
    (void)close(gate[0]);
    return winners;
}

static void
test_of_many_one(void **state)
{
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        put(&text, now);
        assert_int_equal(count_winners(&text, now), 1);
        expect_refused(&text, now, CM_E_DENIED, ONCE);
    }
}

/* Who is killed once it is used has used it. */
static void
test_killed(void **state)
{
    int status = 0;
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    pid_t child = fork();
    if (child == 0) {
        struct cm_err err = CM_ERR_INIT;
        (void)!use(&text, now, &err);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    expect_refused(&text, now, CM_E_DENIED, ONCE);
}

/* What may be there again after a crash is not used, and what cannot be taken away is not either.
 */
static void
test_disk_that_breaks(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    unlink_error = EROFS;
    expect_refused(&text, now, CM_E_CONFIG, "cannot be used up");
    unlink_error = 0;
    fsync_error = EIO;
    expect_refused(&text, now, CM_E_INTERNAL, "cannot be written");
    fsync_error = EINVAL; /* a file system that cannot sync a folder keeps no promise either */
    put_file(strrchr(path_of(&text), '/') + 1, 0);
    FILE *file = fopen(path_of(&text), "w");
    assert_true(file && fwrite(text.at, 1, text.size, file) == text.size && fclose(file) == 0);
    assert_false(use(&text, now, &err));
    fsync_error = 0;
    expect_refused(&text, now, CM_E_DENIED, ONCE);
}

static void
test_no_room(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    int64_t now = cm_wall_now();
    (void)state;
    assert_true(cm_challenge_write(&honest, now, CM_CHALLENGE_VALID, &text, &err));
    fsync_error = ENOSPC;
    assert_false(cm_challenge_keep(state_folder, &text, now, &err));
    assert_int_equal(err.class, CM_E_TRANSIENT);
    fsync_error = 0;
    assert_int_equal(access(path_of(&text), F_OK), -1);
    assert_true(cm_challenge_keep(state_folder, &text, now, &err));
    assert_false(cm_challenge_keep(state_folder, &text, now, &err)); /* each is made once */
}

/* A folder in which others could put challenges of their own making. */
static void
test_folder_of_others(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t now = cm_wall_now();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf more = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, now);
    assert_int_equal(chmod(open_folder, 0777), 0);
    expect_refused(&text, now, CM_E_DENIED, "chmod go-w");
    assert_true(cm_challenge_write(&honest, now, CM_CHALLENGE_VALID, &more, &err));
    assert_false(cm_challenge_keep(state_folder, &more, now, &err));
    assert_contains(err.text, "chmod go-w");
    assert_int_equal(chmod(open_folder, 0700), 0);
    assert_true(use(&text, now, &err));
}

/* ---- sweeping ---- */

#define NAME_OF_ONE "00000000000000000000000000000000000000000000000000000000000000"
#define LEFT_BEHIND ".countermark-0123"
#define SOMEBODYS   "README"

static void
test_sweep(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, cm_wall_now());
    put_file(NAME_OF_ONE "01", 11 * 60 + 5);
    put_file(NAME_OF_ONE "02", 10 * 60 + 30); /* some slack, for clocks of file systems */
    put_file(NAME_OF_ONE "03", -11 * 60 - 5); /* of a clock that was set back */
    put_file(NAME_OF_ONE "04", -30);
    put_file(LEFT_BEHIND "a", 700);
    put_file(LEFT_BEHIND "b", 0);
    put_file(SOMEBODYS, 7000);
    put_file(NAME_OF_ONE, 7000);
    put(&text, cm_wall_now());
    assert_false(is_there(NAME_OF_ONE "01"));
    assert_true(is_there(NAME_OF_ONE "02"));
    assert_false(is_there(NAME_OF_ONE "03"));
    assert_true(is_there(NAME_OF_ONE "04"));
    assert_false(is_there(LEFT_BEHIND "a"));
    assert_true(is_there(LEFT_BEHIND "b"));
    assert_true(is_there(SOMEBODYS));
    assert_true(is_there(NAME_OF_ONE));
}

static void
put_many(int count, int64_t age)
{
    char name[CM_SHA256_HEX];
    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%064x", i);
        put_file(name, age);
    }
}

static void
test_so_many(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    (void)state;
    put(&text, cm_wall_now());
    put_many(CM_CHALLENGES_MOST - 2, 0);
    put(&text, cm_wall_now()); /* the last one */
    cm_buf_clear(&text);
    assert_true(cm_challenge_write(&honest, cm_wall_now(), CM_SECOND, &text, &err));
    assert_false(cm_challenge_keep(state_folder, &text, cm_wall_now(), &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_contains(err.text, "10000 challenges are open already");
    put_many(CM_CHALLENGES_MOST - 2, 7000);
    assert_true(cm_challenge_keep(state_folder, &text, cm_wall_now(), &err));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_once),
        TEST(test_not_ours),
        TEST(test_changed),
        TEST(test_expired),
        TEST(test_of_many_one),
        TEST(test_killed),
        TEST(test_disk_that_breaks),
        TEST(test_no_room),
        TEST(test_folder_of_others),
        TEST(test_sweep),
        TEST(test_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
