/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark key show | public | generate: the evidence key, and keys of attestations. */
#include "attest/key.h"
#include "attest/token.h"
#include "base/fd.h"
#include "base/text.h"
#include "evidence/seal.h"
#include "programs/session.h"
#include "trust/secret.h"
#include "verdict/report_lines.h"

#include <string.h>
#include <unistd.h>

#define LABEL_TEXT 12
#define PASS_PHRASE                                                                                \
    {                                                                                              \
        "passphrase", 0, CM_TAKES_TEXT, "REFERENCE", "file:/..., env:NAME or credential:NAME"      \
    }
#define TOKEN                                                                                      \
    {"module", 0, CM_TAKES_FILE, "FILE", "the PKCS#11 module of a key pkcs11:..."},                \
    {                                                                                              \
        "pin", 0, CM_TAKES_TEXT, "REFERENCE", "where that token's PIN is"                          \
    }

/* A key that cannot be read is the wrong file, unless it is open to others. */
static int
wrong_key(const struct cm_session *session, const struct cm_err *err)
{
    int status = cm_session_failed(session, err);
    return err->class == CM_E_UNSUPPORTED || err->class == CM_E_LIMIT ? CM_EXIT_USAGE : status;
}

/* Of a secret key's file or of a public one's. */
static bool
read_key_file(const struct cm_session *session, const char *path, struct cm_attest_key **ret,
              struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    pem.secret = true;
    if (!cm_file_read(path, &pem, err))
        return false;
    return cm_pem_is_secret(&pem)
               ? cm_attest_key_read_secret(path, cm_said(session->said, "passphrase"), ret, err)
               : cm_attest_key_public(&pem, path, ret, err);
}

/* With a PIN it is the key itself that is looked at; without, what the token shows to anyone. */
static bool
read_key_on_token(const struct cm_session *session, const char *uri, struct cm_attest_key **ret,
                  struct cm_err *err)
{
    const struct cm_token_place place = {.uri = uri,
                                         .module = cm_said(session->said, "module"),
                                         .pin = cm_said(session->said, "pin"),
                                         .public = cm_said(session->said, "pin") == NULL};
    return cm_attest_key_token(&place, session->installation.token_module, ret, err);
}

static bool
read_key(const struct cm_session *session, struct cm_attest_key **ret, struct cm_err *err)
{
    const char *key = session->said->rest[0];
    return cm_starts_with(key, CM_TOKEN_SCHEME) ? read_key_on_token(session, key, ret, err)
                                                : read_key_file(session, key, ret, err);
}

/* Is what was said of a key on a token said of one, and nothing else? 0, or the exit status. */
static int
check_place(const struct cm_session *session)
{
    const char *module = cm_said(session->said, "module"), *pin = cm_said(session->said, "pin");
    bool on_token =
        session->said->rest_count > 0 && cm_starts_with(session->said->rest[0], CM_TOKEN_SCHEME);
    if (!on_token && (module != NULL || pin != NULL))
        return cm_session_usage(session, "--module and --pin are of a key on a token, which is "
                                         "named by a URI (pkcs11:...)");
    if (on_token && (module == NULL || module[0] != '/'))
        return cm_session_usage(session, "say which PKCS#11 module the token has: --module with an "
                                         "absolute path");
    if (on_token && cm_said(session->said, "passphrase") != NULL)
        return cm_session_usage(session, "a key on a token has a PIN and no pass phrase: --pin");
    return 0;
}

static int
print_names(const struct cm_session *session, const struct cm_attest_key *key)
{
    char ssh[CM_KEY_SSH_SIZE], hint[CM_KEY_HINT_SIZE];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (!cm_attest_key_ssh(key, ssh))
        return CM_EXIT_INTERNAL;
    cm_attest_key_hint(key, hint);
    cm_page_labelled(&page, 0, LABEL_TEXT, "kind", CM_FOREIGN, cm_attest_key_name(key));
    cm_page_labelled(&page, 0, LABEL_TEXT, "half", CM_FOREIGN,
                     !cm_attest_key_is_secret(key)    ? "public"
                     : cm_attest_key_is_on_token(key) ? "secret, on a token"
                                                      : "secret");
    cm_page_labelled(&page, 0, LABEL_TEXT, "id", CM_FOREIGN, cm_attest_key_id(key));
    cm_page_labelled(&page, 0, LABEL_TEXT, "openssh", CM_FOREIGN, ssh);
    cm_page_labelled(&page, 0, LABEL_TEXT, "hint", CM_FOREIGN, hint);
    return cm_session_print(session, &text);
}

/* ---- key show ---- */

static const struct cm_flag show_flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "configuration that names the state directory"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where the evidence key is kept"},
    PASS_PHRASE,
    TOKEN,
    {.name = NULL},
};

static int
show_evidence_key(struct cm_session *session)
{
    int status;
    char id[CM_KEY_ID_SIZE];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(16384);
    bool configured =
        cm_said(session->said, "config") != NULL || access(CM_DEFAULT_CONFIG, F_OK) == 0;
    if (configured && cm_said(session->said, "state") == NULL &&
        (status = cm_session_trust(session)) != 0)
        return status;
    const char *state = cm_session_state(session);
    if (state == NULL)
        return cm_session_usage(session, "there is no place for the key: --state FOLDER");
    if (!cm_key_of_state(state, &key, &err)) {
        (void)cm_session_failed(session, &err);
        return CM_EXIT_OUTPUT;
    }
    if (!cm_key_id(key, id) || !cm_key_public_pem(key, &text))
        return CM_EXIT_INTERNAL;
    cm_log(session->log, CM_LOG_INFO, "the evidence key of %s is %s", state, id);
    return cm_session_print(session, &text);
}

static int
run_show(struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    if (session->said->rest_count > 1)
        return cm_session_usage(session, "name one key");
    if (session->said->rest_count == 0 && cm_said(session->said, "passphrase") != NULL)
        return cm_session_usage(session, "the evidence key has no pass phrase; name another key");
    int status = check_place(session);
    if (status != 0)
        return status;
    if (session->said->rest_count == 0)
        return show_evidence_key(session);
    if (cm_said(session->said, "state") != NULL || cm_said(session->said, "config") != NULL)
        return cm_session_usage(session, "--state and --config are of the evidence key, and a key "
                                         "is named already");
    if (!read_key(session, &key, &err))
        return wrong_key(session, &err);
    return print_names(session, key);
}

const struct cm_command cm_command_key_show = {
    .name = "key show",
    .rest = "[KEY]",
    .takes = CM_TAKES_FILE,
    .summary = "print the evidence key's public half, or a key's names",
    .more = "Without KEY: the public half of the evidence key, which is made on first use.\n"
            "With one: of what kind it is, and the names that tools know it by. A KEY is a\n"
            "file, or the URI of a key on a token (pkcs11:...).",
    .flags = show_flags,
    .run = run_show,
};

/* ---- key public ---- */

static const struct cm_flag public_flags[] = {
    PASS_PHRASE,
    TOKEN,
    {.name = NULL},
};

static int
run_public(struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_PEM_MOST);
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one key");
    int status = check_place(session);
    if (status != 0)
        return status;
    if (!read_key(session, &key, &err))
        return wrong_key(session, &err);
    if (!cm_attest_key_put_public(key, &text))
        return CM_EXIT_INTERNAL;
    return cm_session_print(session, &text);
}

const struct cm_command cm_command_key_public = {
    .name = "key public",
    .rest = "KEY",
    .takes = CM_TAKES_FILE,
    .summary = "print the public half of a key, for whoever verifies by it",
    .flags = public_flags,
    .run = run_public,
};

/* ---- key generate ---- */

static const struct cm_flag generate_flags[] = {
    {"output", 'o', CM_TAKES_FILE, "FILE", "write the key there, never over anything"},
    {"kind", 0, CM_TAKES_WORD, "p256|rsa|ed25519", "of key; default p256, which every tool knows"},
    PASS_PHRASE,
    {.name = NULL},
};

static enum cm_key_kind
kind_said(const struct cm_session *session)
{
    const char *said = cm_said(session->said, "kind");
    return said == NULL || strcmp(said, "p256") == 0 ? CM_KEY_P256
           : strcmp(said, "rsa") == 0                ? CM_KEY_RSA
                                                     : CM_KEY_ED25519;
}

static bool
make(const struct cm_session *session, struct cm_buf *phrase, struct cm_buf *pem,
     struct cm_attest_key **ret, struct cm_err *err)
{
    const char *reference = cm_said(session->said, "passphrase");
    if (reference != NULL && !cm_secret_read(reference, phrase, err))
        return false;
    return cm_attest_key_make(kind_said(session), ret, err) &&
           (cm_attest_key_put_secret(*ret, phrase->size > 0 ? phrase->at : NULL, pem) ||
            cm_fail(err, CM_E_INTERNAL, "the key cannot be written as PEM"));
}

static int
run_generate(struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "output");
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf phrase = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    phrase.secret = pem.secret = true;
    if (session->said->rest_count > 0 || path == NULL)
        return cm_session_usage(session, "say where the key shall be kept: --output FILE");
    if (!make(session, &phrase, &pem, &key, &err))
        return cm_session_failed(session, &err);
    if (!cm_file_write_new(path, 0600, pem.at, pem.size, &err)) {
        (void)cm_session_failed(session, &err);
        return CM_EXIT_OUTPUT;
    }
    return print_names(session, key);
}

const struct cm_command cm_command_key_generate = {
    .name = "key generate",
    .summary = "make a key for signing, and print its names",
    .flags = generate_flags,
    .run = run_generate,
};
