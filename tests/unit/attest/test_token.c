/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/token.h"

#include "../shell.h"
#include "fake_token.h"
#include "sample.h"

#include <dlfcn.h>
#include <sys/stat.h>

#define TEXT "what is signed"

static char folder[] = "/tmp/countermark-token-XXXXXX";
static char pin[128], wrong_pin[128], open_module[128];
static struct fake_token *fake;

static int
set_up(void **state)
{
    char command[1024];
    void *module = dlopen(CM_FAKE_TOKEN, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    (void)state;
    if (!mkdtemp(folder) || module == NULL || (fake = dlsym(module, FAKE_SYMBOL)) == NULL)
        return -1;
    (void)snprintf(pin, sizeof pin, "file:%s/pin", folder);
    (void)snprintf(wrong_pin, sizeof wrong_pin, "file:%s/wrong", folder);
    (void)snprintf(open_module, sizeof open_module, "%s/open.so", folder);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && umask 077 && echo 1234 > pin && echo 4321 > wrong && "
                   "cp '" CM_FAKE_TOKEN "' open.so && chmod 666 open.so && "
                   "echo nothing > text.so && chmod 600 text.so",
                   folder);
    return shell(command);
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static int
forget(void **state)
{
    (void)state;
    memset(fake, 0, sizeof *fake);
    return 0;
}

static void
tell(const char *words)
{
    (void)snprintf(fake->does, sizeof fake->does, " %s ", words);
}

static struct cm_token_place
place_of(const char *uri)
{
    return (struct cm_token_place){.uri = uri, .module = CM_FAKE_TOKEN, .pin = pin};
}

static struct cm_attest_key *
open_key(const char *uri)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_attest_key *key = NULL;
    const struct cm_token_place place = place_of(uri);
    if (!cm_attest_key_token(&place, CM_TOKEN_MODULE, &key, &err))
        fail_msg("%s: %s", uri, err.text);
    return key;
}

static void
expect_refused(const struct cm_token_place *place, enum cm_class class, const char *words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    if (cm_attest_key_token(place, CM_TOKEN_MODULE, &key, &err))
        fail_msg("%s, %s: opened", place->uri, fake->does);
    if (err.class != class || strstr(err.text, words) == NULL)
        fail_msg("%s, %s: %s: %s", place->uri, fake->does, cm_class_name(err.class), err.text);
    assert_null(key);
    assert_int_equal(fake->open_sessions, 0);
}

static void
expect_signs(const struct cm_attest_key *key)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(4096);
    if (!cm_attest_key_sign(key, TEXT, strlen(TEXT), &to, &err))
        fail_msg("%s", err.text);
    assert_true(cm_attest_key_verifies(key, TEXT, strlen(TEXT), to.at, to.size));
    if (cm_attest_key_kind(key) <= CM_KEY_P521)
        assert_int_equal(to.at[0], 0x30); /* DER, as everybody's */
}

static void
expect_signs_not(const struct cm_attest_key *key, enum cm_class class, const char *words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(4096);
    if (cm_attest_key_sign(key, TEXT, strlen(TEXT), &to, &err))
        fail_msg("%s: signed", fake->does);
    if (err.class != class || strstr(err.text, words) == NULL)
        fail_msg("%s: %s: %s", fake->does, cm_class_name(err.class), err.text);
    assert_int_equal(to.size, 0);
}

/* ---- what goes well ---- */

static void
test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *does, *says;
    } rows[] = {
        {"pkcs11:token=fake;object=ec;type=private", "", "ECDSA P-256"},
        {"pkcs11:object=ec", "bare-point", "ECDSA P-256"},
        {"pkcs11:id=1;serial=1", "", "ECDSA P-256"},
        {"pkcs11:slot-id=7;object=ec", "two-tokens", "ECDSA P-256"},
        {"pkcs11:object=ec", "no-login", "ECDSA P-256"},
        {"pkcs11:object=ec", "logged-in", "ECDSA P-256"},
        {"pkcs11:object=ec;library-manufacturer=Fakes", "", "ECDSA P-256"},
        {"pkcs11:object=certified", "", "ECDSA P-256"},
        {"pkcs11:object=p384", "", "ECDSA P-384"},
        {"pkcs11:object=p521", "", "ECDSA P-521"},
        {"pkcs11:object=p521", "bare-point", "ECDSA P-521"},
        {"pkcs11:object=rsa", "", "RSA"},
        {"pkcs11:object=rsa", "no-raw-rsa", "RSA"},
        {"pkcs11:object=ed", "", "Ed25519"},
        {"pkcs11:object=ed", "bare-point", "Ed25519"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        tell(rows[i].does);
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key(rows[i].uri);
        assert_string_equal(cm_attest_key_name(key), rows[i].says);
        assert_true(cm_attest_key_is_secret(key) && cm_attest_key_is_on_token(key));
        expect_signs(key);
        expect_signs(key);
    }
    assert_int_equal(fake->open_sessions, 0);
    assert_int_equal(fake->starts, CM_COUNT(rows));
    assert_int_equal(fake->ends, CM_COUNT(rows));
}

static void
test_two_of_one_module(void **state)
{
    (void)state;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *one = open_key("pkcs11:object=ec");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *two = open_key("pkcs11:object=rsa");
    expect_signs(one);
    one = cm_attest_key_free(one);
    expect_signs(two);
}

static void
test_public(void **state)
{
    (void)state;
    static const char *const uris[] = {"pkcs11:object=ec;type=private", "pkcs11:id=1",
                                       "pkcs11:object=certified"};
    for (size_t i = 0; i < CM_COUNT(uris); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *public = NULL;
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *secret = open_key(uris[i]);
        unsigned logins = fake->logins;
        struct cm_token_place place = place_of(uris[i]);
        place.pin = NULL;
        place.public = true;
        assert_true(cm_attest_key_token(&place, CM_TOKEN_MODULE, &public, &err));
        assert_int_equal(fake->logins, logins);
        assert_true(cm_attest_key_same(public, secret));
        assert_false(cm_attest_key_is_secret(public));
        expect_signs_not(public, CM_E_CONFIG, "a public key signs nothing");
        assert_true(cm_attest_key_put_public(secret, &text));
        assert_false(cm_attest_key_put_secret(secret, NULL, &text));
    }
}

/* With SHA-256 whatever the curve, as CMS has it. */
static void
test_sha256(void **state)
{
    (void)state;
    static const char *const uris[] = {"pkcs11:object=p384", "pkcs11:object=ec",
                                       "pkcs11:object=rsa"};
    for (size_t i = 0; i < CM_COUNT(uris); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(4096);
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key(uris[i]);
        if (!cm_attest_key_sign_sha256(key, TEXT, strlen(TEXT), &to, &err))
            fail_msg("%s", err.text);
        assert_int_equal(cm_attest_key_verifies(key, TEXT, strlen(TEXT), to.at, to.size), i > 0);
        cm_attest_key_use_sha256(key);
        assert_true(cm_attest_key_verifies(key, TEXT, strlen(TEXT), to.at, to.size));
    }
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(4096);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key("pkcs11:object=ed");
    assert_false(cm_attest_key_sign_sha256(key, TEXT, strlen(TEXT), &to, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
}

/* ---- what is not opened ---- */

static void
test_uris(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *words;
    } rows[] = {
        {"pkcs12:object=ec", "not a URI of PKCS#11"},
        {"pkcs11:object=%zz", "not a URI of PKCS#11"},
        {"pkcs11:object=ec?pin-value=1234", "not said in the URI"},
        {"pkcs11:object=ec?pin-source=file:/x", "not said in the URI"},
        {"pkcs11:object=ec?module-path=/x.so", "not said in the URI"},
        {"pkcs11:object=ec?module-name=x", "not said in the URI"},
        {"pkcs11:object=ec;flavour=x", "an attribute that nobody knows"},
        {"pkcs11:object=ec;type=public", "something else than a key"},
        {"pkcs11:object=ec;type=cert", "something else than a key"},
        {"pkcs11:object=ec;token=other", "knows of no token"},
        {"pkcs11:object=ec;serial=9", "knows of no token"},
        {"pkcs11:object=ec;slot-id=8", "knows of no token"},
        {"pkcs11:object=ec;slot-description=x", "knows of no token"},
        {"pkcs11:object=ec;library-manufacturer=x", "knows of no token"},
        {"pkcs11:object=nothing", "no secret key that the URI names"},
        {"pkcs11:object=ec;id=2", "no secret key that the URI names"},
        {"pkcs11:object=twin", "several secret keys"},
        {"pkcs11:token=fake", "several secret keys"},
        {"pkcs11:object=lonely", "does not have the public half"},
        {"pkcs11:object=anonymous", "does not have the public half"},
        {"pkcs11:object=doubled", "several public keys"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_token_place place = place_of(rows[i].uri);
        expect_refused(&place, CM_E_CONFIG, rows[i].words);
    }
    struct cm_token_place place = place_of("pkcs11:object=weak");
    expect_refused(&place, CM_E_UNSUPPORTED, "1024 bits");
    place = place_of("pkcs11:object=lonely");
    place.public = true;
    expect_refused(&place, CM_E_CONFIG, "no such public key");
}

static void
test_misbehaving(void **state)
{
    (void)state;
    static const struct {
        const char *does, *uri;
        enum cm_class class;
        const char *words;
    } rows[] = {
        {"no-start", "pkcs11:object=ec", CM_E_CONFIG, "answers 0x5"},
        {"no-info", "pkcs11:object=ec", CM_E_CONFIG, "looking for the token"},
        {"no-slots", "pkcs11:object=ec", CM_E_TRANSIENT, "does not work"},
        {"many-slots", "pkcs11:object=ec", CM_E_LIMIT, "more than 256 slots"},
        {"lying-slots", "pkcs11:object=ec", CM_E_LIMIT, "more than 256 slots"},
        {"two-tokens", "pkcs11:object=ec", CM_E_CONFIG, "names 2 tokens"},
        {"gone", "pkcs11:object=ec", CM_E_CONFIG, "is it plugged in"},
        {"blank", "pkcs11:object=ec", CM_E_CONFIG, "knows of no token"},
        {"no-slot-info", "pkcs11:object=ec", CM_E_CONFIG, "knows of no token"},
        {"no-token-info", "pkcs11:object=ec", CM_E_CONFIG, "knows of no token"},
        {"no-session", "pkcs11:object=ec", CM_E_TRANSIENT, "no session left"},
        {"login-removed", "pkcs11:object=ec", CM_E_TRANSIENT, "taken away"},
        {"no-search", "pkcs11:object=ec", CM_E_TRANSIENT, "was closed"},
        {"lost-search", "pkcs11:object=ec", CM_E_TRANSIENT, "taken away"},
        {"many-objects", "pkcs11:object=ec", CM_E_MALFORMED, "1000 objects"},
        {"endless", "pkcs11:object=ec", CM_E_CONFIG, "several secret keys"},
        {"lost-reading", "pkcs11:object=ec", CM_E_TRANSIENT, "taken away"},
        {"may-not-sign", "pkcs11:object=ec", CM_E_CONFIG, "may not sign"},
        {"two-truths", "pkcs11:object=ec", CM_E_MALFORMED, "is no truth"},
        {"short-number", "pkcs11:object=ec", CM_E_MALFORMED, "is no number"},
        {"strange-kind", "pkcs11:object=ec", CM_E_UNSUPPORTED, "of a kind that is not taken"},
        {"koblitz", "pkcs11:object=ec", CM_E_UNSUPPORTED, "none that is taken"},
        {"long-point", "pkcs11:object=ec", CM_E_UNSUPPORTED, "none that is taken"},
        {"odd-point", "pkcs11:object=ec", CM_E_UNSUPPORTED, "none that is taken"},
        {"odd-point", "pkcs11:object=ed", CM_E_UNSUPPORTED, "none that is taken"},
        {"off-curve", "pkcs11:object=ec", CM_E_UNSUPPORTED, "none that is taken"},
        {"cut-certificate", "pkcs11:object=certified", CM_E_MALFORMED, "certificate"},
        {"lying-size", "pkcs11:object=rsa", CM_E_MALFORMED, "more than there is room for"},
        {"large", "pkcs11:object=rsa", CM_E_LIMIT, "larger than"},
        {"no-ecdsa", "pkcs11:object=ec", CM_E_UNSUPPORTED, "CKM_ECDSA"},
        {"no-eddsa", "pkcs11:object=ed", CM_E_UNSUPPORTED, "CKM_EDDSA"},
        {"no-raw-rsa no-rsa", "pkcs11:object=rsa", CM_E_UNSUPPORTED, "PKCS#1"},
        {"only-verifies", "pkcs11:object=rsa", CM_E_UNSUPPORTED, "PKCS#1"},
        {"unavailable", "pkcs11:object=rsa", CM_E_CONFIG, "does not have the public half"},
        {"no-exponent", "pkcs11:object=rsa", CM_E_CONFIG, "does not have the public half"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_token_place place = place_of(rows[i].uri);
        (void)forget(NULL);
        tell(rows[i].does);
        expect_refused(&place, rows[i].class, rows[i].words);
        assert_true(fake->finds < 16);
        assert_int_equal(fake->signs, 0);
    }
}

static void
test_modules(void **state)
{
    (void)state;
    char text[128];
    struct cm_err err = CM_ERR_INIT;
    struct cm_attest_key *key = NULL;
    struct cm_token_place place = place_of("pkcs11:object=ec");
    (void)snprintf(text, sizeof text, "%s/text.so", folder);
    place.module = open_module;
    expect_refused(&place, CM_E_DENIED, "chmod go-w");
    place.module = "/nowhere/module.so";
    expect_refused(&place, CM_E_NOT_FOUND, "PKCS#11 module");
    place.module = text;
    expect_refused(&place, CM_E_CONFIG, "cannot be loaded");
    place.module = CM_TOKEN_MODULE; /* loads, and is none */
    expect_refused(&place, CM_E_CONFIG, "cannot be loaded");

    place.module = CM_FAKE_TOKEN;
    assert_false(cm_attest_key_token(&place, open_module, &key, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_false(cm_attest_key_token(&place, text, &key, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
    assert_false(cm_attest_key_token(&place, CM_FAKE_TOKEN, &key, &err));
    assert_non_null(strstr(err.text, "is not of this build"));
    assert_null(key);
}

/* ---- the PIN ---- */

static void
test_pin(void **state)
{
    (void)state;
    struct cm_token_place place = place_of("pkcs11:object=ec");
    place.pin = wrong_pin;
    expect_refused(&place, CM_E_AUTH, "refuses the PIN");
    assert_int_equal(fake->logins, 1);
    place.pin = "file:/nowhere/pin";
    expect_refused(&place, CM_E_CONFIG, "the token's PIN");
    place.pin = NULL;
    expect_refused(&place, CM_E_CONFIG, "wants a PIN");
    assert_int_equal(fake->logins, 1);
    static const char *const flags[] = {"low", "final", "locked"};
    static const char *const words[] = {"a wrong PIN, and", "one try left", "is locked"};
    for (size_t i = 0; i < CM_COUNT(flags); i++) {
        place.pin = pin;
        tell(flags[i]);
        expect_refused(&place, CM_E_AUTH, words[i]);
    }
    assert_int_equal(fake->logins, 1);
    tell("no-login");
    place.pin = NULL;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_attest_key_token(&place, CM_TOKEN_MODULE, &key, &err));
    assert_int_equal(fake->logins, 1);
    expect_signs(key);
}

static void
test_pin_for_each_signature(void **state)
{
    (void)state;
    tell("always");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key("pkcs11:object=ec");
    expect_signs(key);
    expect_signs(key);
    assert_int_equal(fake->logins, 3);
    tell("always wrong-again");
    expect_signs_not(key, CM_E_AUTH, "refuses the PIN");
    assert_int_equal(fake->logins, 4);
    expect_signs_not(key, CM_E_AUTH, "not tried again");
    assert_int_equal(fake->logins, 4);
    assert_int_equal(fake->signs, 2);

    tell("always no-login");
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *without = NULL;
    struct cm_token_place place = place_of("pkcs11:object=ec");
    place.pin = NULL;
    assert_true(cm_attest_key_token(&place, CM_TOKEN_MODULE, &without, &err));
    expect_signs_not(without, CM_E_CONFIG, "for every signature");
    tell("always logged-in"); /* means nothing there: it was not believed for this signature */
    place.pin = pin;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *again = NULL;
    assert_true(cm_attest_key_token(&place, CM_TOKEN_MODULE, &again, &err));
    expect_signs_not(again, CM_E_CONFIG, "the log-in");
}

/* ---- signatures ---- */

static void
test_bad_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *does;
        enum cm_class class;
        const char *words;
    } rows[] = {
        {"flipped", CM_E_CONFIG, "does not verify"},
        {"short", CM_E_MALFORMED, "63 bytes, where one of this key has 64"},
        {"long", CM_E_MALFORMED, "65 bytes"},
        {"lying-signature", CM_E_MALFORMED, "1099511627776 bytes"},
        {"init-wrong-kind", CM_E_UNSUPPORTED, "does not sign like this"},
    };
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key("pkcs11:object=ec");
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        tell(rows[i].does);
        expect_signs_not(key, rows[i].class, rows[i].words);
    }
    tell("");
    expect_signs(key);
    CM_CLEANUP(cm_attest_key_done)
    struct cm_attest_key *foreign = open_key("pkcs11:object=foreign");
    expect_signs_not(foreign, CM_E_CONFIG, "is that another key's?");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *rsa = open_key("pkcs11:object=rsa");
    tell("short");
    expect_signs_not(rsa, CM_E_MALFORMED, "255 bytes");
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(16);
    tell("");
    assert_false(cm_attest_key_sign(rsa, TEXT, strlen(TEXT), &small, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

/* What has gone may come back; then it has to be the same. */
static void
test_lost(void **state)
{
    (void)state;
    static const struct {
        const char *does, *words;
    } rows[] = {{"removed", "taken away"},
                {"no-such-session", "the session with the token is lost"},
                {"forgotten", "forgotten the log-in"},
                {"init-closed", "was closed"}};
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = open_key("pkcs11:object=ec");
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        tell(rows[i].does);
        expect_signs_not(key, CM_E_TRANSIENT, rows[i].words);
        assert_int_equal(fake->open_sessions, 0);
        tell("gone");
        expect_signs_not(key, CM_E_TRANSIENT, "is it plugged in");
        tell("");
        expect_signs(key);
        assert_int_equal(fake->sessions, i + 2);
    }
    tell("removed");
    expect_signs_not(key, CM_E_TRANSIENT, "taken away");
    tell("other-key");
    expect_signs_not(key, CM_E_CONFIG, "another key is now");
    tell("low");
    expect_signs_not(key, CM_E_AUTH, "a wrong PIN");
    tell("");
    expect_signs(key);
    assert_int_equal(fake->open_sessions, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, forget)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kinds),
        TEST(test_two_of_one_module),
        TEST(test_public),
        TEST(test_sha256),
        TEST(test_uris),
        TEST(test_misbehaving),
        TEST(test_modules),
        TEST(test_pin),
        TEST(test_pin_for_each_signature),
        TEST(test_bad_signatures),
        TEST(test_lost),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
