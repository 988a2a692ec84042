/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pem.h"

#include "../shell.h"
#include "base/fd.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-pem-XXXXXX";

static int
set_up(void **state)
{
    (void)state;
    char command[4096];
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && exec 2>/dev/null && openssl ecparam -name prime256v1 -genkey -out ec && "
        "openssl pkcs8 -topk8 -nocrypt -in ec -out p8 && "
        "openssl pkcs8 -topk8 -passout pass:secret -in ec -out locked && "
        "openssl ec -aes128 -passout pass:secret -in ec -out old && "
        "openssl pkey -in ec -pubout -out public && "
        "openssl genrsa -out rsa 2048 && openssl rsa -in rsa -RSAPublicKey_out -out pkcs1 && "
        "openssl rsa -in rsa -pubout -out rsapub && "
        "cat public rsapub > two && (cat p8; cat rsa) > secrets && (cat public; echo x) > "
        "behind && (echo who; cat public) > before && printf '\\0' > nul && "
        "cat public >> nul && sed 's/^MF/MQ/' public > broken && : > empty && "
        "openssl req -x509 -key p8 -subj /CN=x -out certificate",
        folder);
    return shell(command);
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static void
load(const char *name, struct cm_buf *to)
{
    char path[256];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!cm_file_read(path, to, &err))
        fail_msg("%s", err.text);
}

/* "" if it is read, else the class and what is said. */
static const char *
secret(const char *name, const char *pass_phrase, char id[CM_KEY_ID_SIZE])
{
    static struct cm_err err;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    err = (struct cm_err)CM_ERR_INIT;
    load(name, &pem);
    if (!cm_pem_read_secret(&pem, pass_phrase, name, &pkey, &err)) {
        assert_null(pkey);
        assert_int_not_equal(err.class, CM_OK);
        return err.text;
    }
    assert_true(cm_pkey_id(pkey, id));
    return "";
}

static const char *public(const char *name, char id[CM_KEY_ID_SIZE])
{
    static struct cm_err err;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    err = (struct cm_err)CM_ERR_INIT;
    load(name, &pem);
    if (!cm_pem_read_public(&pem, name, &pkey, &err)) {
        assert_null(pkey);
        assert_int_equal(err.class, CM_E_MALFORMED);
        return err.text;
    }
    assert_true(cm_pkey_id(pkey, id));
    return "";
}

static void
test_secrets(void **state)
{
    (void)state;
    char id[CM_KEY_ID_SIZE], same[CM_KEY_ID_SIZE];
    assert_string_equal(secret("p8", NULL, id), "");
    assert_string_equal(secret("ec", NULL, same), ""); /* its parameters in front */
    assert_string_equal(id, same);
    assert_string_equal(secret("locked", "secret", same), "");
    assert_string_equal(id, same);
    assert_string_equal(secret("old", "secret", same), "");
    assert_string_equal(id, same);
    assert_string_equal(public("public", same), "");
    assert_string_equal(id, same);
}

static void
test_secrets_refused(void **state)
{
    (void)state;
    char id[CM_KEY_ID_SIZE];
    assert_non_null(strstr(secret("locked", NULL, id), "without a pass phrase"));
    assert_non_null(strstr(secret("old", NULL, id), "without a pass phrase"));
    assert_non_null(strstr(secret("locked", "wrong", id), "does not open"));
    assert_non_null(strstr(secret("public", NULL, id), "not a secret key"));
    assert_non_null(strstr(secret("secrets", NULL, id), "behind the key"));
    assert_non_null(strstr(secret("empty", NULL, id), "not a secret key"));
}

static void
test_publics(void **state)
{
    (void)state;
    char id[CM_KEY_ID_SIZE], same[CM_KEY_ID_SIZE];
    assert_string_equal(public("rsapub", id), "");
    assert_string_equal(public("pkcs1", same), "");
    assert_string_equal(id, same);
    assert_string_equal(public("before", same), ""); /* a remark in front is usual */
    static const char *const bad[][2] = {{"two", "behind the key"},
                                         {"behind", "behind the key"},
                                         {"nul", "holds a NUL"},
                                         {"broken", "not a public key"},
                                         {"p8", "not a public key"},
                                         {"empty", "not a public key"},
                                         {"certificate", "not a public key"}};
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        if (!strstr(public(bad[i][0], id), bad[i][1]))
            fail_msg("%s: %s", bad[i][0], public(bad[i][0], id));
}

static void
test_written_and_read(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    char id[CM_KEY_ID_SIZE], same[CM_KEY_ID_SIZE];
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *again = NULL;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *half = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf public_pem = CM_BUF_INIT(CM_PEM_MOST);
    assert_true(cm_pkey_id(pkey, id));
    assert_true(cm_pem_put_secret(pkey, "pass", &pem) && cm_pem_is_secret(&pem));
    assert_non_null(strstr(pem.at, "ENCRYPTED"));
    assert_true(cm_pem_read_secret(&pem, "pass", "it", &again, &err));
    assert_true(cm_pkey_id(again, same));
    assert_string_equal(id, same);
    assert_true(cm_pem_put_public(pkey, &public_pem) && !cm_pem_is_secret(&public_pem));
    assert_true(cm_pem_read_public(&public_pem, "it", &half, &err));
    assert_true(cm_pkey_id(half, same));
    assert_string_equal(id, same);
}

/* Who gets hold of the file has to pay for each guess. */
static void
test_rounds(void **state)
{
    (void)state;
    char command[1024], path[256];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    (void)snprintf(path, sizeof path, "%s/rounds", folder);
    assert_true(cm_pem_put_secret(pkey, "pass", &pem));
    assert_true(cm_file_replace(path, 0600, pem.at, pem.size, &err));
    (void)snprintf(command, sizeof command,
                   "openssl asn1parse -in '%s' | grep -q 'INTEGER *:0927C0$' && "
                   "openssl pkey -in '%s' -passin pass:pass -noout",
                   path, path);
    assert_int_equal(shell(command), 0); /* 600,000 */
}

static void
test_open_to_others(void **state)
{
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/p8", folder);
    static const mode_t modes[] = {0640, 0604, 0620, 0610, 0600, 0400};
    for (size_t i = 0; i < CM_COUNT(modes); i++) {
        struct cm_err err = CM_ERR_INIT;
        assert_int_equal(chmod(path, modes[i]), 0);
        CM_CLEANUP(cm_fd_done) int fd = open(path, O_RDONLY);
        bool alone = (modes[i] & 077) == 0;
        assert_int_equal(cm_secret_file_check(fd, path, "the key", &err), alone);
        assert_int_equal(err.class, alone ? CM_OK : CM_E_DENIED);
        assert_true(alone || strstr(err.text, "chmod 600"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),        cmocka_unit_test(test_secrets_refused),
        cmocka_unit_test(test_publics),        cmocka_unit_test(test_written_and_read),
        cmocka_unit_test(test_open_to_others), cmocka_unit_test(test_rounds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
