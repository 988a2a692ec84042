/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark key show: the public half of the evidence key. */
#include "evidence/seal.h"
#include "programs/session.h"

#include <unistd.h>

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "configuration that names the state directory"},
    {"state", 0, CM_TAKES_FOLDER, "FOLDER", "where the evidence key is kept"},
    {.name = NULL},
};

static int
run(struct cm_session *session)
{
    int status;
    char id[CM_KEY_ID_SIZE];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(16384);
    bool configured =
        cm_said(session->said, "config") != NULL || access(CM_DEFAULT_CONFIG, F_OK) == 0;
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "key show takes no argument");
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

const struct cm_command cm_command_key_show = {
    .name = "key show",
    .summary = "print the public half of the evidence key (made on first use)",
    .flags = flags,
    .run = run,
};
