/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/seal.h"

#include "../shell.h"
#include "base/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-key-XXXXXX";

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

static struct cm_key *
open_key(const char *state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_key *key = NULL;
    if (!cm_key_of_state(path_of(state), &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static bool
is_same(const struct cm_key *a, const struct cm_key *b)
{
    char one[72];
    char two[72];
    assert_true(cm_key_id(a, one) && cm_key_id(b, two));
    return strcmp(one, two) == 0;
}

static mode_t
mode_of(const char *name)
{
    struct stat status;
    assert_int_equal(lstat(path_of(name), &status), 0);
    return status.st_mode;
}

static void
test_made_once(void **state)
{
    (void)state;
    mode_t before = umask(0); /* the modes are ours, not the umask's */
    CM_CLEANUP(cm_key_done) struct cm_key *first = open_key("deep/state");
    (void)umask(before);
    CM_CLEANUP(cm_key_done) struct cm_key *second = open_key("deep/state");
    CM_CLEANUP(cm_key_done) struct cm_key *third = open_key("elsewhere");
    assert_true(is_same(first, second));
    assert_false(is_same(first, third));
    assert_int_equal(mode_of("deep/state") & 07777, 0700);
    assert_int_equal(mode_of("deep/state/evidence-key.pem"), S_IFREG | 0600);
    char command[1024];
    (void)snprintf(command, sizeof command, "test \"$(ls -A '%s')\" = evidence-key.pem",
                   path_of("deep/state"));
    assert_int_equal(shell(command), 0); /* nothing is left behind */
}

/* Looked at only: the key is made by whoever needs it. */
static void
test_nothing_is_made_by_looking(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_key_may_be_had(path_of("not/yet"), &err));
    assert_int_equal(access(path_of("not"), F_OK), -1);
    assert_true(cm_folder_make(path_of("bare"), &err));
    assert_true(cm_key_may_be_had(path_of("bare"), &err));
    assert_int_equal(access(path_of("bare/evidence-key.pem"), F_OK), -1);
    cm_key_done(&(struct cm_key *){open_key("bare")});
    assert_true(cm_key_may_be_had(path_of("bare"), &err));
    assert_true(cm_folder_make(path_of("wide"), &err));
    assert_int_equal(chmod(path_of("wide"), 0777), 0);
    assert_false(cm_key_may_be_had(path_of("wide"), &err));
}

static void
test_public_half(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_key_done) struct cm_key *key = open_key("half");
    CM_CLEANUP(cm_key_done) struct cm_key *public = NULL;
    CM_CLEANUP(cm_key_done) struct cm_key *of_secret = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(4096);
    assert_true(cm_key_public_pem(key, &pem));
    assert_true(strncmp(pem.at, "-----BEGIN PUBLIC KEY-----\n", 27) == 0);
    assert_null(strstr(pem.at, "PRIVATE"));
    assert_true(cm_file_replace(path_of("public.pem"), 0644, pem.at, pem.size, &err));
    assert_true(cm_key_read_public(path_of("public.pem"), &public, &err));
    assert_true(cm_key_read_public(path_of("half/evidence-key.pem"), &of_secret, &err));
    assert_true(is_same(key, public));
    assert_true(is_same(key, of_secret));
}

/* Many at once on first use: one key, and every one of them has it. */
static void
test_race(void **state)
{
    (void)state;
    enum { CHILDREN = 16 };
    int ids[2];
    int start[2];
    char first[72] = "";
    assert_int_equal(pipe(ids), 0);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            char id[72];
            char go = 0;
            struct cm_err err = CM_ERR_INIT;
            struct cm_key *key = NULL;
            (void)close(start[1]);
            bool done = read(start[0], &go, 1) == 0 && /* closed: all begin together */
                        cm_key_of_state(path_of("race"), &key, &err) && cm_key_id(key, id) &&
                        write(ids[1], id, sizeof id) == sizeof id;
            key = cm_key_free(key);
            _exit(done ? 0 : 1);
        }
    }
    (void)close(start[0]);
    (void)close(start[1]);
    (void)close(ids[1]);
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        char id[72];
        assert_int_equal(read(ids[0], id, sizeof id), sizeof id);
        if (i == 0)
            memcpy(first, id, sizeof id);
        assert_string_equal(id, first);
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    (void)close(ids[0]);
}

static void
check_refused(const char *state, enum cm_class class, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_key *key = NULL;
    assert_false(cm_key_of_state(path_of(state), &key, &err));
    assert_null(key);
    assert_false(cm_key_may_be_had(path_of(state), &(struct cm_err)CM_ERR_INIT)); /* foreseen */
    if (err.class != class || !strstr(err.text, says))
        fail_msg("%s: %s: %s", state, cm_class_name(err.class), err.text);
}

static void
test_open_to_others(void **state)
{
    (void)state;
    cm_key_done(&(struct cm_key *){open_key("open")});
    const mode_t modes[] = {0640, 0604, 0610};
    for (size_t i = 0; i < CM_COUNT(modes); i++) {
        assert_int_equal(chmod(path_of("open/evidence-key.pem"), modes[i]), 0);
        check_refused("open", CM_E_DENIED, "chmod 600 '");
    }
    assert_int_equal(chmod(path_of("open/evidence-key.pem"), 0600), 0);
    assert_int_equal(chmod(path_of("open"), 0777), 0);
    check_refused("open", CM_E_DENIED, "chmod go-w '");
}

static void
write_key(const char *state, const char *text)
{
    char name[128];
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_folder_make(path_of(state), &err));
    (void)snprintf(name, sizeof name, "%s/evidence-key.pem", state);
    assert_true(cm_file_replace(path_of(name), 0600, text, strlen(text), &err));
}

static void
test_no_keys(void **state)
{
    (void)state;
    write_key("empty", "");
    check_refused("empty", CM_E_MALFORMED, "not a secret key");
    write_key("torn", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n");
    check_refused("torn", CM_E_MALFORMED, "not a secret key");
    /* an encrypted one: refused, and nobody is asked for its pass phrase */
    char command[1024];
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && mkdir -m 700 pass rsa && umask 077 &&"
        "openssl genpkey -quiet -algorithm ed25519 -aes256 -pass pass:x -out "
        "pass/evidence-key.pem 2>/dev/null || openssl genpkey -algorithm ed25519 -aes256 "
        "-pass pass:x -out pass/evidence-key.pem 2>/dev/null;"
        "openssl genpkey -algorithm rsa -out rsa/evidence-key.pem 2>/dev/null",
        folder);
    assert_int_equal(shell(command), 0);
    check_refused("pass", CM_E_MALFORMED, "not a secret key");
    check_refused("rsa", CM_E_UNSUPPORTED, "not one of Ed25519");
}

static void
test_no_folder(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_file_replace(path_of("file"), 0600, "x", 1, &err));
    check_refused("file", CM_E_CONFIG, "set `state` to a folder");
    if (geteuid() != 0) { /* root writes everywhere */
        assert_int_equal(mkdir(path_of("sealed"), 0500), 0);
        check_refused("sealed", CM_E_CONFIG, "set `state` to a folder");
        check_refused("sealed/below", CM_E_CONFIG, "set `state` to a folder");
    }
}

static void
test_no_public_keys(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_key *key = NULL;
    assert_false(cm_key_read_public(path_of("nowhere.pem"), &key, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_true(cm_file_replace(path_of("text.pem"), 0600, "hello", 5, &err));
    assert_false(cm_key_read_public(path_of("text.pem"), &key, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_once),      cmocka_unit_test(test_nothing_is_made_by_looking),
        cmocka_unit_test(test_public_half),    cmocka_unit_test(test_race),
        cmocka_unit_test(test_open_to_others), cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_no_folder),      cmocka_unit_test(test_no_public_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
