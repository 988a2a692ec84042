/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

/* FOLDER/a/b/file, all of it as it should be. */
static int
make_tree(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    umask(077);
    if (folder_make(state) != 0 || !cm_folder_make(in_folder(state, "a/b"), &err) ||
        !cm_file_replace(in_folder(state, "a/b/file"), 0644, "content", 7, &err))
        return -1;
    return 0;
}

static void
assert_open(const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (!cm_file_open_guarded(path, &fd, NULL, &err))
        fail_msg("%s", err.text);
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(100);
    assert_true(cm_fd_read_all(fd, path, &content, &err));
    assert_string_equal(cm_buf_text(&content), "content");
}

/* The message has all of `parts`, which ends with NULL. */
static void
assert_denied(const char *path, const char *const *parts)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = -5;
    char *resolved = NULL;
    if (cm_file_open_guarded(path, &fd, &resolved, &err))
        fail_msg("%s was opened", path);
    assert_int_equal(err.class, CM_E_DENIED);
    assert_int_equal(fd, -5);
    assert_null(resolved);
    for (; *parts; parts++)
        assert_contains(err.text, *parts);
}

#define assert_denied_for(path, ...) assert_denied(path, (const char *const[]){__VA_ARGS__, NULL})

static void
test_a_good_file_below_a_sticky_folder(void **state)
{
    assert_open(in_folder(state, "a/b/file"));
    assert_open(in_folder(state, "a/./b/../b/file"));
}

static void
test_a_file_that_others_write(void **state)
{
    const char *path = in_folder(state, "a/b/file");
    static const mode_t modes[] = {0664, 0646, 0666};
    for (size_t i = 0; i < CM_COUNT(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_denied_for(path, path, "chmod go-w '", "a/b/file'");
    }
    assert_int_equal(chmod(path, 0640), 0);
    assert_open(path);
}

static void
test_a_folder_on_the_way_that_others_write(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(chmod(in_folder(state, "a"), 0770), 0);
    assert_denied_for(in_folder(state, "a/b/file"), "chmod go-w '", in_folder(state, "a'"));
    assert_false(cm_folder_is_guarded(in_folder(state, "a/b"), &err));
    assert_false(cm_folder_is_guarded(in_folder(state, "a"), &err));
    assert_true(cm_folder_is_guarded(*state, &err));
    assert_int_equal(chmod(in_folder(state, "a"), 0755), 0);
    assert_open(in_folder(state, "a/b/file"));
    assert_true(cm_folder_is_guarded(in_folder(state, "a/b"), &err));
}

/* A link is followed; what counts is where it leads, all the way. */
static void
test_links_are_resolved_first(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(symlink("a/b/file", in_folder(state, "link")), 0);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    char *resolved = NULL;
    assert_true(cm_file_open_guarded(in_folder(state, "link"), &fd, &resolved, &err));
    assert_string_equal(resolved, in_folder(state, "a/b/file"));
    free(resolved);
    assert_int_equal(chmod(in_folder(state, "a"), 0777), 0);
    assert_denied_for(in_folder(state, "link"), in_folder(state, "a'"));
}

static void
test_only_regular_files(void **state)
{
    assert_int_equal(mkfifo(in_folder(state, "pipe"), 0600), 0);
    assert_denied_for(in_folder(state, "pipe"), "not a regular file");
    assert_denied_for(in_folder(state, "a"), "not a regular file");
    assert_denied_for("/", "not a regular file");
    assert_denied_for("/dev/null", "not a regular file");
}

static void
test_missing_ones(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = -5;
    assert_false(cm_file_open_guarded(in_folder(state, "a/none"), &fd, NULL, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_false(cm_folder_is_guarded(in_folder(state, "none"), &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_false(cm_folder_is_guarded(in_folder(state, "a/b/file"), &err));
}

/* In /tmp itself everybody may put files, sticky or not; root's "/" is fine. */
static void
test_a_sticky_folder_itself_is_not_guarded(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_folder_is_guarded("/tmp", &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_true(cm_folder_is_guarded("/", &err));
}

static void
test_owners(void **state)
{
    if (geteuid() != 0) {
        print_message("only root can give files away: not tried\n");
        skip();
    }
    const char *path = in_folder(state, "a/b/file");
    const char *folder = in_folder(state, "a");
    assert_int_equal(chown(path, 4711, 0), 0);
    assert_denied_for(path, "owned by user 4711", "chown root '");
    assert_int_equal(chown(path, 0, 4711), 0);
    assert_open(path);
    assert_int_equal(chown(folder, 4711, 0), 0);
    assert_denied_for(path, "owned by user 4711", "chown root '");
    assert_int_equal(chmod(folder, 01777), 0);
    assert_denied_for(path, "owned by user 4711");
    assert_int_equal(chown(folder, 0, 0), 0);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_open(path);
}

/* A sticky folder counts only when it is root's; here it is that of the user of the test. */
static void
test_a_sticky_folder_of_another(void **state)
{
    if (geteuid() == 0) {
        assert_int_equal(chown(*state, 4711, 4711), 0);
        assert_int_equal(chown(in_folder(state, "a"), 4711, 4711), 0);
        assert_int_equal(chown(in_folder(state, "a/b"), 4711, 4711), 0);
        assert_int_equal(chown(in_folder(state, "a/b/file"), 4711, 4711), 0);
        assert_int_equal(seteuid(4711), 0);
    }
    assert_open(in_folder(state, "a/b/file"));
    assert_int_equal(chmod(in_folder(state, "a"), 01777), 0);
    assert_denied_for(in_folder(state, "a/b/file"), "chmod go-w '", in_folder(state, "a'"));
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TREE(test_a_good_file_below_a_sticky_folder),
        IN_TREE(test_a_file_that_others_write),
        IN_TREE(test_a_folder_on_the_way_that_others_write),
        IN_TREE(test_links_are_resolved_first),
        IN_TREE(test_only_regular_files),
        IN_TREE(test_missing_ones),
        cmocka_unit_test(test_a_sticky_folder_itself_is_not_guarded),
        IN_TREE(test_owners),
        IN_TREE(test_a_sticky_folder_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
