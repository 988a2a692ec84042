/* SPDX-License-Identifier: Apache-2.0
 *
 * The PIN. A token locks itself after a few wrong ones, and each request may have a process of its
 * own: so whoever has given a wrong one, be it somebody else, has to log in with the right one by
 * other means before we try ours.
 */
#include "attest/token/inside.h"

#include "trust/secret.h"

#define PIN_MOST 8192

static bool
check_tries(CK_FLAGS flags, struct cm_err *err)
{
    if (flags & CKF_USER_PIN_LOCKED)
        return cm_fail(err, CM_E_AUTH, "the token's PIN is locked: its security officer opens it");
    if (flags & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW))
        return cm_fail(err, CM_E_AUTH,
                       "the token was given a wrong PIN%s, and more of them would lock it: put the "
                       "right one into the configuration and log in once by another program (as "
                       "pkcs11-tool --login --list-objects does), which takes this away",
                       flags & CKF_USER_PIN_FINAL_TRY ? " and has one try left" : "");
    return true;
}

static bool
say_pin(struct cm_token *token, CK_USER_TYPE user, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pin = CM_BUF_INIT(PIN_MOST);
    if (token->is_refused)
        return cm_fail(err, CM_E_AUTH, "the token has refused the PIN: it is not tried again");
    if (!cm_secret_read(token->pin, &pin, err))
        return cm_context(err, "the token's PIN");
    CK_RV answer = token->module->C_Login(token->session, user, (unsigned char *)pin.at, pin.size);
    if (answer == CKR_OK || (answer == CKR_USER_ALREADY_LOGGED_IN && user == CKU_USER))
        return true;
    token->is_refused = !cm_token_is_lost(answer);
    return cm_token_fail(answer, "the log-in", err);
}

bool
cm_token_log_in(struct cm_token *token, CK_FLAGS flags, struct cm_err *err)
{
    if (token->pin != NULL)
        return check_tries(flags, err) && say_pin(token, CKU_USER, err);
    if ((flags & CKF_LOGIN_REQUIRED) && !token->public)
        return cm_fail(err, CM_E_CONFIG,
                       "the token wants a PIN: say where it is (pin = \"credential:NAME\", or "
                       "--pin)");
    return true;
}

bool
cm_token_log_in_again(struct cm_token *token, struct cm_err *err)
{
    if (token->pin == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "the key wants a PIN for every signature: say where it is");
    return say_pin(token, CKU_CONTEXT_SPECIFIC, err);
}
