/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-keys: the process that holds the keys. It is asked over a socket, and decides from
 * what it reads itself.
 */
#include "attest/token.h"
#include "base/fd.h"
#include "base/log.h"
#include "evidence/seal.h"
#include "programs/process.h"
#include "signing/office.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEALS_MOST 16
#define KEYS_MOST  64

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "configuration that names keys and policies"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where decisions and the journal are kept"},
    {"no-state", 0, CM_TAKES_NOTHING, NULL, "keep nothing: each request is decided anew"},
    {.name = NULL},
};

/* All that it holds while it runs. */
struct office {
    struct cm_key *seals[SEALS_MOST]; /* owned */
    size_t seal_count;
    struct cm_held_key keys[KEYS_MOST]; /* owned keys */
    size_t key_count;
};

static void
held_done(struct cm_held_key *held)
{
    cm_attest_key_done(&held->key);
    cm_cms_chain_done(&held->chain);
}

static void
office_done(struct office *office)
{
    for (size_t i = 0; i < office->seal_count; i++)
        cm_key_done(&office->seals[i]);
    for (size_t i = 0; i < office->key_count; i++)
        held_done(&office->keys[i]);
}

/* ---- whose word counts ---- */

/* The configured ones; without any, the key of this machine's own state, if there is one. */
static bool
read_seals(const struct cm_session *session, struct office *ret, struct cm_err *err)
{
    const struct cm_words *files = &session->trust->evidence_keys;
    const char *state = cm_session_state(session);
    if (files->count > SEALS_MOST)
        return cm_fail(err, CM_E_CONFIG, "evidence_keys: more than %d keys", SEALS_MOST);
    for (; ret->seal_count < files->count; ret->seal_count++)
        if (!cm_key_read_public(files->at[ret->seal_count], &ret->seals[ret->seal_count], err))
            return cm_context(err, "evidence_keys");
    if (files->count > 0)
        return true;
    if (state == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "name the keys whose seals count: evidence_keys = [ \"/etc/...pem\" ];");
    if (!cm_key_of_state(state, &ret->seals[0], err))
        return false;
    ret->seal_count = 1;
    return true;
}

static bool
read_key(const struct cm_session *session, const struct cm_signing_key *of,
         struct cm_attest_key **ret, struct cm_err *err)
{
    const struct cm_token_place place = {.uri = of->uri, .module = of->module, .pin = of->pin};
    return of->uri != NULL
               ? cm_attest_key_token(&place, session->installation.token_module, ret, err)
               : cm_attest_key_read_secret(of->file, of->passphrase, ret, err);
}

static bool
read_keys(const struct cm_session *session, struct office *ret, struct cm_err *err)
{
    const struct cm_trust *trust = session->trust;
    if (trust->key_count == 0 || trust->key_count > KEYS_MOST)
        return cm_fail(err, CM_E_CONFIG,
                       "the configuration names no key, or more than %d: keys = "
                       "( { slug = \"release\"; file = \"/...pem\"; } );",
                       KEYS_MOST);
    for (; ret->key_count < trust->key_count; ret->key_count++) {
        const struct cm_signing_key *of = &trust->keys[ret->key_count];
        struct cm_held_key *held = &ret->keys[ret->key_count];
        *held = (struct cm_held_key){.of = of};
        if (!read_key(session, of, &held->key, err))
            return cm_context(err, "key %s", of->slug);
        if (of->certificate != NULL &&
            !cm_cms_chain_read(of->certificate, held->key, &held->chain, err)) {
            ret->key_count++; /* it is held already */
            return cm_context(err, "key %s: its certificate", of->slug);
        }
        cm_log(session->log, CM_LOG_DEBUG, "key %s is %s", of->slug, cm_attest_key_id(held->key));
    }
    return true;
}

/* ---- who asks ---- */

static bool
check_socket(struct cm_err *err)
{
    int kind = 0;
    socklen_t size = sizeof kind;
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_SEQPACKET)
        return cm_fail(
            err, CM_E_NOT_FOUND,
            "standard input is no socket of whole packets: countermark starts this program, "
            "or a service manager does (countermark-keys(8))");
    return true;
}

static int
run(struct cm_session *session)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(office_done) struct office office = {.seal_count = 0};
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "countermark-keys takes no argument");
    if (!check_socket(&err))
        return cm_session_failed(session, &err);
    if ((status = cm_session_trust(session)) != 0 || (status = cm_session_plugins(session)) != 0)
        return status;
    (void)mlockall(MCL_CURRENT | MCL_FUTURE); /* as far as the limits let it */
    if (!read_seals(session, &office, &err) || !read_keys(session, &office, &err))
        return cm_session_failed(session, &err);
    const struct cm_holder holder = {
        .office = {.trust = session->trust,
                   .plugins = session->plugins,
                   .log = session->log,
                   .seals = office.seals,
                   .seal_count = office.seal_count},
        .run_helper = session->installation.run_helper,
        .state = cm_said(session->said, "no-state") != NULL ? NULL : cm_session_state(session),
        .keys = office.keys,
        .key_count = office.key_count,
    };
    return cm_office_serve(&holder, STDIN_FILENO, &err) ? 0 : cm_session_failed(session, &err);
}

static const struct cm_command command = {
    .name = "keys",
    .program = "countermark-keys",
    .summary = "hold the keys, and attest what is accepted",
    .more = "Standard input is a socket of whole packets, given by who starts this program.\n"
            "What is asked for by names and files is decided from the sealed evidence and\n"
            "the program's own configuration; no bytes to sign are taken from anyone.",
    .flags = flags,
    .run = run,
};

int
main(int argc, char **argv)
{
    if (!cm_process_tidy()) {
        fprintf(stderr, "countermark-keys: the process cannot be made safe to run\n");
        return CM_EXIT_INTERNAL;
    }
    struct cm_log *errors =
        cm_log_new(STDERR_FILENO, CM_LOG_ERROR, cm_process_wants_json(argc, argv));
    if (errors == NULL)
        return CM_EXIT_INTERNAL;
    int status = cm_process_run(&command, argc, argv, errors);
    cm_log_free(errors);
    return status;
}
