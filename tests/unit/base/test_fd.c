/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include "base/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

static size_t
count_entries(void **state)
{
    DIR *dir = opendir(*state);
    assert_non_null(dir);
    size_t count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2; /* . and .. */
}

static void
write_file(const char *path, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_replace(path, 0600, text, strlen(text), &err))
        fail_msg("%s", err.text);
}

static void
assert_content(const char *path, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1 << 20);
    if (!cm_file_read(path, &content, &err))
        fail_msg("%s", err.text);
    assert_string_equal(cm_buf_text(&content), text);
}

static void
test_reading_up_to_the_maximum(void **state)
{
    const char *path = in_folder(state, "x");
    write_file(path, "12345");
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf exact = CM_BUF_INIT(5);
    assert_true(cm_file_read(path, &exact, &err));
    assert_string_equal(cm_buf_text(&exact), "12345");
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(7);
    cm_buf_puts(&small, "abc");
    assert_false(cm_file_read(path, &small, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_string_equal(cm_buf_text(&small), "abc");
    assert_false(small.failed);
}

static void
test_reading_many_blocks(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (int i = 0; i < 50000; i++)
        cm_buf_printf(&text, "%d ", i);
    assert_true(cm_file_replace(in_folder(state, "x"), 0600, text.at, text.size, &err));
    assert_content(in_folder(state, "x"), text.at);
}

/* The pipe has no writer: opening it must not wait for one. */
static void
test_opening_only_regular_files(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    const char *pipe_path = in_folder(state, "pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_false(cm_file_open(pipe_path, &fd, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_false(cm_file_open(*state, &fd, &err));
    assert_non_null(strstr(err.text, "a folder"));
    assert_false(cm_file_open(in_folder(state, "none"), &fd, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_int_equal(fd, -1);
    write_file(in_folder(state, "x"), "12345");
    assert_true(cm_file_open(in_folder(state, "x"), &fd, &err));
}

static void
test_what_cannot_be_read(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(100);
    assert_false(cm_file_read(in_folder(state, "none"), &to, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_false(cm_file_read(*state, &to, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_false(cm_fd_write_all(-1, "nowhere", "x", 1, &err));
    assert_string_equal(err.text, "nowhere: Bad file descriptor");
    to.failed = true;
    assert_false(cm_fd_read_all(0, "x", &to, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
}

static void
test_a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(pipe(ends), 0);
    assert_true(cm_fd_write_all(ends[1], "pipe", "hello", 5, &err));
    cm_fd_done(&ends[1]);
    assert_int_equal(ends[1], -1);
    cm_fd_done(&ends[1]);
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(5);
    assert_true(cm_fd_read_all(ends[0], "pipe", &to, &err));
    assert_string_equal(cm_buf_text(&to), "hello");
    cm_fd_done(&ends[0]);
}

static void
test_creating_replaces_nothing(void **state)
{
    const char *path = in_folder(state, "new");
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    assert_true(cm_file_may_write_new(path, &err));
    assert_true(cm_file_write_new(path, 0640, "one", 3, &err));
    assert_content(path, "one");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_nlink, 1);
    for (int i = 0; i < 2; i++) {
        err = (struct cm_err)CM_ERR_INIT;
        assert_false(cm_file_may_write_new(path, &err));
        assert_false(cm_file_write_new(path, 0640, "two", 3, &err));
        assert_int_equal(err.class, CM_E_CONFIG);
        assert_non_null(strstr(err.text, i == 0 ? "is there already" : "not a regular file"));
        if (i == 0)
            assert_content(path, "one");
        /* a link to nowhere is something, too */
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/nonexistent", path), 0);
    }
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_false(cm_file_write_new(in_folder(state, "none/x"), 0600, "x", 1, &err));
    assert_false(cm_file_may_write_new(in_folder(state, "none/x"), &err));
    assert_false(cm_file_may_write_new(in_folder(state, ""), &err));
}

static void
test_replacing_keeps_nothing_of_the_old(void **state)
{
    const char *path = in_folder(state, "x");
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    mode_t umask_before = umask(077);
    write_file(path, "the old and longer content");
    CM_CLEANUP(cm_fd_done) int old = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(cm_file_replace(path, 0644, "new", 3, &err));
    umask(umask_before);
    assert_content(path, "new");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(count_entries(state), 1);
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(100);
    assert_true(cm_fd_read_all(old, "old", &content, &err));
    assert_string_equal(cm_buf_text(&content), "the old and longer content");
}

static void
test_a_draft_from_a_descriptor(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int from = -1;
    assert_true(cm_file_unlinked(*state, &from, &err));
    assert_int_equal(count_entries(state), 0);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    while (text.size < 600000)
        cm_buf_printf(&text, "%zu,", text.size);
    assert_true(cm_fd_write_all(from, "from", text.at, text.size, &err));
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    assert_true(cm_draft_begin(in_folder(state, "x"), &draft, &err));
    assert_true(cm_fd_copy(from, cm_draft_fd(draft), "x", NULL, &err));
    assert_true(cm_draft_publish(draft, 0600, &err));
    assert_content(in_folder(state, "x"), text.at);
    assert_true((size_t)lseek(from, 0, SEEK_CUR) == text.size);
}

/* Appended to where the target stands, the source read from its begin, and its digest taken. */
static void
test_copying_with_a_digest(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    char expected[CM_SHA256_HEX], sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_fd_done) int from = -1, to = -1;
    assert_true(cm_file_unlinked(*state, &from, &err));
    assert_true(cm_file_unlinked(*state, &to, &err));
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    while (text.size < 600000)
        cm_buf_printf(&text, "%zu,", text.size);
    assert_true(cm_fd_write_all(from, "from", text.at, text.size, &err));
    assert_true(cm_fd_write_all(to, "to", "before", 6, &err));

    CM_CLEANUP(cm_digest_done) struct cm_digest *digest = cm_digest_new("sha256");
    assert_true(cm_fd_copy(from, to, "to", digest, &err));
    assert_true(cm_digest_end(digest, sha256));
    digest = NULL;
    assert_true(cm_sha256(text.at, text.size, expected));
    assert_string_equal(sha256, expected);
    assert_true((size_t)lseek(from, 0, SEEK_CUR) == text.size);
    assert_true((size_t)lseek(to, 0, SEEK_CUR) == 6 + text.size);
    assert_true(lseek(to, 0, SEEK_SET) == 0);
    CM_CLEANUP(cm_buf_done) struct cm_buf copy = CM_BUF_INIT(1 << 20);
    assert_true(cm_fd_read_all(to, "to", &copy, &err));
    assert_memory_equal(copy.at, "before", 6);
    assert_string_equal(cm_buf_text(&copy) + 6, cm_buf_text(&text));

    assert_false(cm_fd_copy(-1, to, "the name", NULL, &err));
    assert_non_null(strstr(err.text, "the name"));
}

/* Written in place and named at the end: nobody sees it before, and nothing of it is left if it is
 * given up. */
static void
test_a_draft(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    const char *path = in_folder(state, "x");
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    write_file(path, "old");
    assert_true(cm_draft_begin(path, &draft, &err));
    assert_true(cm_fd_write_all(cm_draft_fd(draft), path, "given up", 8, &err));
    cm_draft_done(&draft);
    assert_null(draft);
    assert_content(path, "old");

    assert_true(cm_draft_begin(path, &draft, &err));
    assert_int_equal(fstat(cm_draft_fd(draft), &status), 0);
    assert_true(cm_fd_write_all(cm_draft_fd(draft), path, "new", 3, &err));
    assert_content(path, "old");
    ino_t written = status.st_ino;
    assert_true(cm_draft_publish(draft, 0644, &err));
    assert_content(path, "new");
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_ino == written); /* not a copy */
    assert_int_equal(status.st_mode & 07777, 0644);
    cm_draft_done(&draft);
    assert_content(path, "new");
    assert_int_equal(count_entries(state), 1);
}

/* What is there is looked at before the work, and again behind it. */
static void
test_a_draft_of_what_is_not_replaced(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    const char *path = in_folder(state, "x");
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    assert_false(cm_draft_begin(*state, &draft, &err));
    assert_false(cm_draft_begin("/dev/null", &draft, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_false(cm_draft_begin(in_folder(state, "no/x"), &draft, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_null(draft);
    assert_true(cm_draft_begin(path, &draft, &err));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(cm_draft_publish(draft, 0644, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
    cm_draft_done(&draft);
    assert_int_equal(count_entries(state), 1);
}

static void
test_what_is_not_replaced(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    write_file(in_folder(state, "file"), "content");
    assert_int_equal(symlink("file", in_folder(state, "link")), 0);
    assert_int_equal(mkfifo(in_folder(state, "pipe"), 0600), 0);
    static const char *const names[] = {"link", "pipe", ""};
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        assert_false(cm_file_replace(in_folder(state, names[i]), 0600, "new", 3, &err));
        assert_int_equal(err.class, CM_E_CONFIG);
    }
    assert_false(cm_file_replace("/dev/null", 0600, "new", 3, &err));
    assert_false(cm_file_replace(*state, 0600, "new", 3, &err));
    assert_false(cm_file_replace(in_folder(state, "no/x"), 0600, "new", 3, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_content(in_folder(state, "file"), "content");
    assert_int_equal(lstat(in_folder(state, "link"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(count_entries(state), 3);
}

/* The copy fails halfway: the target stays, and nothing lies beside it. */
static void
test_a_failed_replacement_leaves_the_old(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    write_file(in_folder(state, "x"), "old");
    CM_CLEANUP(cm_fd_done) int write_only = open(in_folder(state, "x"), O_WRONLY | O_CLOEXEC);
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    assert_true(cm_draft_begin(in_folder(state, "x"), &draft, &err));
    assert_false(cm_fd_copy(write_only, cm_draft_fd(draft), "x", NULL, &err));
    cm_draft_done(&draft);
    assert_content(in_folder(state, "x"), "old");
    assert_int_equal(count_entries(state), 1);
}

static void
test_a_name_without_a_folder_is_here(void **state)
{
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(*state), 0);
    write_file("here", "x");
    assert_int_equal(chdir(before), 0);
    assert_content(in_folder(state, "here"), "x");
}

static void
test_unlinked_files(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_true(cm_file_unlinked(NULL, &fd, &err));
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_nlink, 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    int none = -5;
    assert_false(cm_file_unlinked("/proc/no/such", &none, &err));
    assert_int_equal(none, -5);
}

static void
test_the_temporary_folder_of_the_environment(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_int_equal(setenv("TMPDIR", "relative", 1), 0);
    assert_false(cm_file_unlinked(NULL, &fd, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_int_equal(setenv("TMPDIR", in_folder(state, "missing"), 1), 0);
    assert_false(cm_file_unlinked(NULL, &fd, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_int_equal(setenv("TMPDIR", *state, 1), 0);
    assert_true(cm_file_unlinked(NULL, &fd, &err));
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void
test_folders_are_made(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct stat status;
    assert_true(cm_folder_make(in_folder(state, "a/b//c/"), &err));
    assert_int_equal(stat(in_folder(state, "a/b/c"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(stat(in_folder(state, "a"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_true(cm_folder_make(in_folder(state, "a/b/c"), &err));
    write_file(in_folder(state, "file"), "x");
    assert_false(cm_folder_make(in_folder(state, "file"), &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_false(cm_folder_make(in_folder(state, "file/x"), &err));
    assert_false(cm_folder_make("", &err));
}

/* It makes nothing, and says what making would say. */
static void
test_folders_that_may_be_made(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_folder_may_make(in_folder(state, "a/b//c/"), &err));
    assert_int_equal(access(in_folder(state, "a"), F_OK), -1);
    assert_true(cm_folder_may_make(*state, &err));
    assert_true(cm_folder_may_make("nowhere", &err) == (access(".", W_OK | X_OK) == 0));
    write_file(in_folder(state, "file"), "x");
    assert_false(cm_folder_may_make(in_folder(state, "file"), &err));
    assert_false(cm_folder_may_make(in_folder(state, "file/x"), &err));
    assert_false(cm_folder_may_make("", &err));
    assert_int_equal(chmod(*state, 0500), 0);
    bool may = cm_folder_may_make(in_folder(state, "a"), &err);
    assert_int_equal(chmod(*state, 0700), 0);
    assert_int_equal(may, geteuid() == 0); /* root may all */
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_reading_up_to_the_maximum),
        IN_FOLDER(test_reading_many_blocks),
        IN_FOLDER(test_opening_only_regular_files),
        IN_FOLDER(test_what_cannot_be_read),
        cmocka_unit_test(test_a_pipe_is_read_to_its_end),
        IN_FOLDER(test_creating_replaces_nothing),
        IN_FOLDER(test_replacing_keeps_nothing_of_the_old),
        IN_FOLDER(test_a_draft_from_a_descriptor),
        IN_FOLDER(test_copying_with_a_digest),
        IN_FOLDER(test_a_draft),
        IN_FOLDER(test_a_draft_of_what_is_not_replaced),
        IN_FOLDER(test_what_is_not_replaced),
        IN_FOLDER(test_a_failed_replacement_leaves_the_old),
        IN_FOLDER(test_a_name_without_a_folder_is_here),
        cmocka_unit_test(test_unlinked_files),
        IN_FOLDER(test_the_temporary_folder_of_the_environment),
        IN_FOLDER(test_folders_are_made),
        IN_FOLDER(test_folders_that_may_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
