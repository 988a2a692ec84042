/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal in the middle of putting a file there: the file is the old one or the new one, and no
 * temporary name is left. The signal comes with each system call that a name depends on, in a child
 * that dies of it; with and without unlinked files.
 */
#include "base/fd.h"
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    bool armed;            /* from here on SIGTERM comes ... */
    int countdown;         /* ... with the call of that number */
    bool without_unlinked; /* the file system has no O_TMPFILE */
} now;

static void
strike(void)
{
    if (now.armed && now.countdown-- == 0)
        (void)raise(SIGTERM);
}

int __real_openat(int folder, const char *path, int flags, mode_t mode);
int __real_linkat(int from, const char *path, int to, const char *name, int flags);
int __real_renameat(int from, const char *path, int to, const char *name);
int __wrap_openat(int folder, const char *path, int flags, mode_t mode);
int __wrap_linkat(int from, const char *path, int to, const char *name, int flags);
int __wrap_renameat(int from, const char *path, int to, const char *name);

int
__wrap_openat(int folder, const char *path, int flags, mode_t mode)
{
    if (now.without_unlinked && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    int fd = __real_openat(folder, path, flags, mode);
    strike();
    return fd;
}

int
__wrap_linkat(int from, const char *path, int to, const char *name, int flags)
{
    strike();
    int failed = __real_linkat(from, path, to, name, flags);
    strike();
    return failed;
}

int
__wrap_renameat(int from, const char *path, int to, const char *name)
{
    strike();
    int failed = __real_renameat(from, path, to, name);
    strike();
    return failed;
}

/* True if the signal came before the end. */
static bool
die_at(int countdown, bool (*put)(const char *, mode_t, const void *, size_t, struct cm_err *),
       const char *path)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cm_err err = CM_ERR_INIT;
        now.countdown = countdown;
        now.armed = true;
        _exit(put(path, 0600, "new", 3, &err) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    else
        assert_int_equal(WTERMSIG(status), SIGTERM);
    return WIFSIGNALED(status);
}

/* Nothing but the target, whole; or nothing at all, if that may be. */
static void
look_at(void **state, const char *path, const char *old)
{
    size_t count = 0;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(100);
    DIR *folder = opendir(*state);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            assert_string_equal(entry->d_name, "target");
            count++;
        }
    closedir(folder);
    if (!old && count == 0)
        return;
    assert_true(cm_file_read(path, &content, &err));
    if (!old || strcmp(cm_buf_text(&content), old) != 0)
        assert_string_equal(cm_buf_text(&content), "new");
}

static void
try_all(void **state, bool (*put)(const char *, mode_t, const void *, size_t, struct cm_err *),
        const char *old)
{
    int struck = 0;
    struct cm_err err = CM_ERR_INIT;
    const char *path = in_folder(state, "target");
    for (int countdown = 0;; countdown++, struck++) {
        (void)unlink(path);
        if (old)
            assert_true(cm_file_replace(path, 0600, old, strlen(old), &err));
        bool died = die_at(countdown, put, path);
        look_at(state, path, old);
        if (!died)
            break;
    }
    assert_true(struck >= 2);
}

static void
replacing_is_not_torn(void **state)
{
    now.without_unlinked = false;
    try_all(state, cm_file_replace, "old");
    try_all(state, cm_file_replace, NULL);
}

static void
replacing_without_unlinked_files_is_not_torn(void **state)
{
    now.without_unlinked = true;
    try_all(state, cm_file_replace, "old");
}

static void
creating_is_not_torn(void **state)
{
    now.without_unlinked = false;
    try_all(state, cm_file_create, NULL);
    now.without_unlinked = true;
    try_all(state, cm_file_create, NULL);
}

static bool
draft_and_publish(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
{
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    return cm_draft_begin(path, &draft, err) &&
           cm_fd_write_all(cm_draft_fd(draft), path, at, size, err) &&
           cm_draft_publish(draft, mode, err);
}

static void
a_draft_is_not_torn(void **state)
{
    now.without_unlinked = false;
    try_all(state, draft_and_publish, "old");
    try_all(state, draft_and_publish, NULL);
    now.without_unlinked = true;
    try_all(state, draft_and_publish, "old");
}

/* Two that are published one behind the other, and put away in either order. */
static void
drafts_let_signals_go(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    sigset_t now_blocked;
    const char *path = in_folder(state, "target");
    for (int i = 0; i < 2; i++) {
        struct cm_draft *first = NULL, *second = NULL;
        now.without_unlinked = false;
        assert_true(cm_draft_begin(path, &first, &err) && cm_draft_begin(path, &second, &err));
        assert_true(cm_draft_publish(first, 0600, &err) && cm_draft_publish(second, 0600, &err));
        cm_draft_done(i == 0 ? &first : &second);
        cm_draft_done(&first);
        cm_draft_done(&second);
        assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now_blocked), 0);
        assert_int_equal(sigismember(&now_blocked, SIGTERM), 0);
    }
}

static void
what_is_there_is_not_created_again(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = in_folder(state, "target");
    for (int i = 0; i < 2; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(100);
        now.without_unlinked = i == 1;
        assert_true(cm_file_create(path, 0600, "first", 5, &err));
        assert_true(cm_file_create(path, 0600, "second", 6, &err));
        assert_true(cm_file_read(path, &content, &err));
        assert_string_equal(cm_buf_text(&content), "first");
        assert_int_equal(unlink(path), 0);
        look_at(state, path, NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replacing_is_not_torn, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(replacing_without_unlinked_files_is_not_torn, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(creating_is_not_torn, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_draft_is_not_torn, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(drafts_let_signals_go, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_created_again, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
