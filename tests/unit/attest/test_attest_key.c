/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/key.h"

#include "../shell.h"
#include "base/fd.h"
#include "base/text.h"
#include "sample.h"

#include <sys/stat.h>

static char folder[] = "/tmp/countermark-akey-XXXXXX";

static int
set_up(void **state)
{
    (void)state;
    char command[4096];
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && exec 2>/dev/null && umask 077 && "
        "for c in prime256v1 secp384r1 secp521r1 secp256k1; do openssl ecparam -name $c -genkey "
        "-noout | openssl pkcs8 -topk8 -nocrypt -out $c && openssl pkey -in $c -pubout -out "
        "$c.pub; "
        "done; openssl genrsa -out rsa 2048 && openssl rsa -in rsa -pubout -out rsa.pub && "
        "openssl genrsa -out weak 1024 && openssl rsa -in weak -pubout -out weak.pub && "
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss && "
        "openssl pkey -in pss -pubout -out pss.pub && "
        "openssl genpkey -algorithm ed25519 -out ed && openssl pkey -in ed -pubout -out ed.pub && "
        "openssl genpkey -algorithm x25519 -out x && openssl pkey -in x -pubout -out x.pub && "
        "openssl ec -in prime256v1 -param_enc explicit -pubout -out explicit.pub && "
        "openssl ec -in prime256v1 -conv_form compressed -pubout -out compressed.pub && "
        "openssl pkcs8 -topk8 -passout pass:secret -in prime256v1 -out locked && "
        "printf secret > phrase && printf wrong > wrong && printf message > message",
        folder);
    return shell(command);
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static const char *
path_of(const char *name)
{
    static char paths[2][512];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static struct cm_attest_key *
public_of(const char *name)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_attest_key *key = NULL;
    if (!cm_attest_key_read_public(path_of(name), &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static void
test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum cm_key_kind kind;
        const char *digest, *says;
    } rows[] = {{"prime256v1", CM_KEY_P256, "sha256", "ECDSA P-256"},
                {"secp384r1", CM_KEY_P384, "sha384", "ECDSA P-384"},
                {"secp521r1", CM_KEY_P521, "sha512", "ECDSA P-521"},
                {"rsa", CM_KEY_RSA, "sha256", "RSA"},
                {"ed", CM_KEY_ED25519, NULL, "Ed25519"}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char name[64];
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *secret = NULL;
        (void)snprintf(name, sizeof name, "%s.pub", rows[i].name);
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *public = public_of(name);
        assert_true(cm_attest_key_read_secret(path_of(rows[i].name), NULL, &secret, &err));
        assert_int_equal(cm_attest_key_kind(public), rows[i].kind);
        assert_string_equal(cm_attest_key_name(public), rows[i].says);
        assert_true(cm_attest_key_is_secret(secret) && !cm_attest_key_is_secret(public));
        assert_true(cm_attest_key_same(secret, public));
        assert_string_equal(cm_attest_key_id(secret), cm_attest_key_id(public));
        if (rows[i].digest == NULL)
            assert_null(cm_attest_key_digest(public));
        else
            assert_string_equal(cm_attest_key_digest(public), rows[i].digest);
        cm_attest_key_use_sha256(public);
        assert_true(rows[i].digest == NULL ? cm_attest_key_digest(public) == NULL
                                           : strcmp(cm_attest_key_digest(public), "sha256") == 0);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum cm_class class;
        const char *words;
    } rows[] = {{"weak.pub", CM_E_UNSUPPORTED, "1024 bits"},
                {"pss.pub", CM_E_UNSUPPORTED, "a kind that is not taken"},
                {"x.pub", CM_E_UNSUPPORTED, "a kind that is not taken"},
                {"secp256k1.pub", CM_E_UNSUPPORTED, "a curve that is not"},
                {"explicit.pub", CM_E_UNSUPPORTED, "a curve that is not"},
                {"prime256v1", CM_E_MALFORMED, "a secret key, where"},
                {"message", CM_E_MALFORMED, "not a public key"},
                {"nothing", CM_E_NOT_FOUND, "nothing"}};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_attest_key *key = NULL;
        refused(cm_attest_key_read_public(path_of(rows[i].name), &key, &err), &err, rows[i].class,
                rows[i].words, rows[i].name);
        assert_null(key);
    }
}

static bool
opens(const char *name, const char *phrase, struct cm_err *err)
{
    char reference[600] = "";
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    *err = (struct cm_err)CM_ERR_INIT;
    if (phrase != NULL)
        (void)snprintf(reference, sizeof reference, "file:%s", path_of(phrase));
    return cm_attest_key_read_secret(path_of(name), phrase != NULL ? reference : NULL, &key, err);
}

static void
test_pass_phrases(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_true(opens("locked", "phrase", &err));
    refused(opens("locked", NULL, &err), &err, CM_E_CONFIG, "--passphrase", "none");
    refused(opens("locked", "wrong", &err), &err, CM_E_MALFORMED, "does not open", "wrong");
    refused(opens("ed", "phrase", &err), &err, CM_E_CONFIG, "not encrypted", "needless");
    refused(opens("locked", "missing", &err), &err, CM_E_CONFIG, "missing", "missing");
    assert_int_equal(setenv("CM_TEST_PHRASE", "secret", 1), 0);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    assert_true(cm_attest_key_read_secret(path_of("locked"), "env:CM_TEST_PHRASE", &key, &err));
}

static void
test_open_to_others(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(chmod(path_of("ed"), 0640), 0);
    refused(opens("ed", NULL, &err), &err, CM_E_DENIED, "chmod 600", "group");
    assert_int_equal(chmod(path_of("ed"), 0600), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    refused(opens("ed", NULL, &err), &err, CM_E_DENIED, folder, "folder");
    assert_int_equal(chmod(folder, 0700), 0);
    assert_true(opens("ed", NULL, &err));
}

/* What ssh-keygen says of this key, and the hint that sigstore's tools took. */
static void
test_names(void **state)
{
    (void)state;
    static const char text[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2uRjtMrNd6+ugARMJZYyW1Ubjv9j\n"
                               "XiAusLPb/VdbTGJAvu7sNg1FWLJ9iq/sWkkR5tpoMmmfZxgtGBRo/mezFg==\n"
                               "-----END PUBLIC KEY-----\n";
    struct cm_err err = CM_ERR_INIT;
    char ssh[CM_KEY_SSH_SIZE], hint[CM_KEY_HINT_SIZE];
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    cm_buf_puts(&pem, text);
    assert_true(cm_attest_key_public(&pem, "it", &key, &err));
    cm_attest_key_hint(key, hint);
    assert_string_equal(hint, "W51G006aw13mcz29gQky6T3f2WzZ8alZHLpvUQq8OO8=");
    memset(hint, 'x', sizeof hint);
    assert_true(cm_attest_key_hint_of(cm_attest_key_id(key), hint));
    assert_string_equal(hint, "W51G006aw13mcz29gQky6T3f2WzZ8alZHLpvUQq8OO8=");
    static const char *const none[] = {NULL, "", "sha256:", "sha256:00", "sha512:00", "x"};
    for (size_t i = 0; i < CM_COUNT(none); i++)
        assert_false(cm_attest_key_hint_of(none[i], hint));
    assert_false(cm_attest_key_hint_of(cm_attest_key_id(key) + 1, hint));
    assert_string_equal(hint, "W51G006aw13mcz29gQky6T3f2WzZ8alZHLpvUQq8OO8=");
    assert_true(cm_attest_key_ssh(key, ssh));
    assert_string_equal(ssh, "SHA256:0H2FVMcORZP0Gid5rbXJfJEsmJ8pc5XQ9iaelNuwzaw");
}

/* A point written shorter is the same key; where a file says the same key again, it is once. */
static void
test_same_key(void **state)
{
    (void)state;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *plain = public_of("prime256v1.pub");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *short_one = public_of("compressed.pub");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *other = public_of("ed.pub");
    char one[CM_KEY_SSH_SIZE], two[CM_KEY_SSH_SIZE];
    assert_true(cm_attest_key_same(plain, short_one));
    assert_false(cm_attest_key_same(plain, other));
    assert_true(cm_attest_key_ssh(plain, one) && cm_attest_key_ssh(short_one, two));
    assert_string_equal(one, two);
}

static void
test_signatures(void **state)
{
    (void)state;
    for (enum cm_key_kind kind = CM_KEY_P256; kind <= CM_KEY_ED25519; kind++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = new_key(kind);
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *other = new_key(kind);
        CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(1024);
        assert_true(cm_attest_key_sign(key, "message", 7, &signature, &err));
        assert_true(cm_attest_key_verifies(key, "message", 7, signature.at, signature.size));
        assert_false(cm_attest_key_verifies(key, "massage", 7, signature.at, signature.size));
        assert_false(cm_attest_key_verifies(other, "message", 7, signature.at, signature.size));
        assert_false(cm_attest_key_verifies(key, "message", 7, signature.at, signature.size - 1));
        assert_false(cm_attest_key_verifies(key, "message", 7, signature.at, 0));
        signature.at[signature.size / 2] ^= 1;
        assert_false(cm_attest_key_verifies(key, "message", 7, signature.at, signature.size));
    }
}

/* P-384 with SHA-256 is only what the operator says it is. */
static void
test_other_digest(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(1024);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *secret = NULL;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *public = public_of("secp384r1.pub");
    assert_true(cm_attest_key_read_secret(path_of("secp384r1"), NULL, &secret, &err));
    cm_attest_key_use_sha256(secret);
    assert_true(cm_attest_key_sign(secret, "message", 7, &signature, &err));
    assert_false(cm_attest_key_verifies(public, "message", 7, signature.at, signature.size));
    cm_attest_key_use_sha256(public);
    assert_true(cm_attest_key_verifies(public, "message", 7, signature.at, signature.size));
}

static void
test_public_signs_nothing(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(1024);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *public = public_of("ed.pub");
    refused(cm_attest_key_sign(public, "x", 1, &to, &err), &err, CM_E_CONFIG, "public", "sign");
    assert_false(cm_attest_key_put_secret(public, NULL, &to));
    assert_int_equal(to.size, 0);
}

static void
unhex(const char *text, struct cm_buf *to)
{
    char *at = cm_buf_extend(to, strlen(text) / 2);
    assert_true(at != NULL && cm_unhex(text, strlen(text), at));
}

/* The vector of DSSE's specification: r and s, one behind the other. Its digest, too. */
static void
test_raw(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    static const char message[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    static const char sig[] =
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAri"
        "EGAHTVeCUjW2JIZA==";
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(128);
    CM_CLEANUP(cm_buf_done) struct cm_buf digest = CM_BUF_INIT(128);
    char hex[CM_SHA256_HEX];
    cm_buf_puts(&pem, "-----BEGIN PUBLIC KEY-----\n"
                      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMr\n"
                      "CrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==\n"
                      "-----END PUBLIC KEY-----\n");
    if (!cm_attest_key_public(&pem, "it", &key, &err))
        fail_msg("%s", err.text);
    assert_true(cm_unbase64(sig, strlen(sig), &raw));
    assert_true(cm_attest_key_verifies(key, message, strlen(message), raw.at, raw.size));
    assert_false(cm_attest_key_verifies(key, message, strlen(message), raw.at, raw.size - 2));
    assert_true(cm_sha256(message, strlen(message), hex));
    unhex(hex, &digest);
    assert_true(cm_attest_key_verifies_digest(key, digest.at, 32, raw.at, raw.size));
    assert_false(cm_attest_key_verifies_digest(key, digest.at, 31, raw.at, raw.size));
    raw.at[3] ^= 1;
    assert_false(cm_attest_key_verifies_digest(key, digest.at, 32, raw.at, raw.size));
}

static void
test_digest_of_ed25519(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(128);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = new_key(CM_KEY_ED25519);
    static const char digest[32] = "0123456789012345678901234567890";
    assert_true(cm_attest_key_sign(key, digest, 32, &signature, &err));
    assert_false(cm_attest_key_verifies_digest(key, digest, 32, signature.at, signature.size));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_pass_phrases),
        cmocka_unit_test(test_open_to_others),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_same_key),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_other_digest),
        cmocka_unit_test(test_public_signs_nothing),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_digest_of_ed25519),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
