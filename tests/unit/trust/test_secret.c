/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/secret.h"

#include "base/fd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/folder.h"

static void
put(const char *path, mode_t mode, const char *text, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_file_replace(path, 0600, text, size, &err));
    assert_int_equal(chmod(path, mode), 0);
}

static const char *
reference_to(void **state, const char *name)
{
    static char text[4200];
    assert_in_range(snprintf(text, sizeof text, "file:%s", in_folder(state, name)), 1,
                    sizeof text - 1);
    return text;
}

/* The secret, or with `what` the refusal. */
static void
expect(const char *reference, const char *secret, const char *what)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf got = CM_BUF_INIT(8192);
    struct cm_err err = CM_ERR_INIT;
    bool done = cm_secret_read(reference, &got, &err);
    if (secret != NULL) {
        if (!done)
            fail_msg("%s: %s", reference, err.text);
        assert_string_equal(cm_buf_text(&got), secret);
        assert_true(got.secret);
        return;
    }
    assert_false(done);
    assert_non_null(what);
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_int_equal(got.size, 0);
    assert_contains(err.text, what);
    assert_null(strstr(err.text, "hunter2"));
}

static void
test_forms(void **state)
{
    (void)state;
    static const char *const good[] = {"file:/a", "file:/a b/c", "env:A", "env:_a9",
                                       "credential:a.b-c_d"};
    static const char *const bad[] = {
        "",
        "hunter2",
        "file:",
        "file:hunter2",
        "file:/a\nb",
        "env:",
        "env:9A",
        "env:A B",
        "env:A=hunter2",
        "credential:",
        "FILE:/a",
        "env",
        "credential:.",
        "credential:..",
        "credential:a/hunter2",
        "credential:../a",
        "https://hunter2",
    };
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        struct cm_err err = CM_ERR_INIT;
        assert_true(cm_secret_check(good[i], &err));
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_secret_check(bad[i], &err))
            fail_msg("%s", bad[i]);
        assert_int_equal(err.class, CM_E_CONFIG);
        assert_null(strstr(err.text, "hunter2"));
        expect(bad[i], NULL, "");
    }
}

static void
test_modes(void **state)
{
    const char *path = in_folder(state, "s");
    for (unsigned mode = 0400; mode <= 0777; mode++) {
        put(path, mode, "hunter2\n", 8);
        if ((mode & 077) == 0)
            expect(reference_to(state, "s"), "hunter2", NULL);
        else
            expect(reference_to(state, "s"), NULL, "chmod 600");
    }
}

static void
test_content(void **state)
{
    const char *path = in_folder(state, "s");
    char large[8194];
    memset(large, 'a', sizeof large);
    static const struct {
        const char *text;
        size_t size;
        const char *secret, *what;
    } rows[] = {
        {"hunter2", 7, "hunter2", NULL},
        {"hunter2\n", 8, "hunter2", NULL},
        {"", 0, NULL, "is empty"},
        {"\n", 1, NULL, "is empty"},
        {"hunter2\n\n", 9, NULL, "one line"},
        {"hunter2\r\n", 9, NULL, "one line"},
        {"hun\tter2", 8, NULL, "one line"},
        {"hunter2\0x", 9, NULL, "one line"},
        {"hunter\x7f", 7, NULL, "one line"},
        {"h\xc3\xa4", 3, "h\xc3\xa4", NULL},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        put(path, 0600, rows[i].text, rows[i].size);
        expect(reference_to(state, "s"), rows[i].secret, rows[i].what);
    }
    put(path, 0600, large, 8193);
    expect(reference_to(state, "s"), NULL, "larger than");
    put(path, 0600, large, 8194);
    expect(reference_to(state, "s"), NULL, "larger than");
    large[8192] = '\n';
    put(path, 0600, large, 8193);
    large[8192] = 0;
    expect(reference_to(state, "s"), large, NULL);
}

static void
test_other_files(void **state)
{
    expect(reference_to(state, "s"), NULL, "No such file");
    assert_int_equal(mkdir(in_folder(state, "d"), 0700), 0);
    expect(reference_to(state, "d"), NULL, "not a regular file");
    assert_int_equal(mkfifo(in_folder(state, "p"), 0600), 0);
    expect(reference_to(state, "p"), NULL, "not a regular file");
    put(in_folder(state, "s"), 0600, "hunter2", 7);
    assert_int_equal(symlink("s", in_folder(state, "l")), 0);
    expect(reference_to(state, "l"), "hunter2", NULL);
    if (geteuid() != 0)
        skip(); /* giving files away is root's */
    assert_int_equal(chown(in_folder(state, "s"), 12345, 12345), 0);
    expect(reference_to(state, "s"), NULL, "belongs to user 12345");
}

static void
test_variables(void **state)
{
    (void)state;
    assert_int_equal(setenv("CM_TEST_SECRET", "hunter2", 1), 0);
    expect("env:CM_TEST_SECRET", "hunter2", NULL);
    assert_int_equal(setenv("CM_TEST_SECRET", "", 1), 0);
    expect("env:CM_TEST_SECRET", NULL, "is empty");
    assert_int_equal(unsetenv("CM_TEST_SECRET"), 0);
    expect("env:CM_TEST_SECRET", NULL, "no such variable");
}

static void
test_credentials(void **state)
{
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    expect("credential:c", NULL, "CREDENTIALS_DIRECTORY");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", in_folder(state, "."), 1), 0);
    expect("credential:c", NULL, "No such file");
    put(in_folder(state, "c"), 0440, "hunter2\n", 8); /* as systemd gives it with an ACL */
    expect("credential:c", "hunter2", NULL);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms),       TEST(test_modes),     TEST(test_content),
        TEST(test_other_files), TEST(test_variables), TEST(test_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
