/* SPDX-License-Identifier: Apache-2.0
 *
 * What tokens answer, as errors of ours.
 */
#include "attest/token/inside.h"

static const struct {
    CK_RV answer;
    enum cm_class class;
    bool is_lost;
    const char *text;
} answers[] = {
    {CKR_DEVICE_REMOVED, CM_E_TRANSIENT, true, "the token was taken away"},
    {CKR_TOKEN_NOT_PRESENT, CM_E_TRANSIENT, true, "the token is not there"},
    {CKR_DEVICE_ERROR, CM_E_TRANSIENT, true, "the token does not work"},
    {CKR_DEVICE_MEMORY, CM_E_TRANSIENT, true, "the token has no memory left"},
    {CKR_SESSION_HANDLE_INVALID, CM_E_TRANSIENT, true, "the session with the token is lost"},
    {CKR_SESSION_CLOSED, CM_E_TRANSIENT, true, "the session with the token was closed"},
    {CKR_SESSION_COUNT, CM_E_TRANSIENT, true, "the token has no session left"},
    {CKR_USER_NOT_LOGGED_IN, CM_E_TRANSIENT, true, "the token has forgotten the log-in"},
    {CKR_KEY_HANDLE_INVALID, CM_E_TRANSIENT, true, "the key has gone"},
    {CKR_OBJECT_HANDLE_INVALID, CM_E_TRANSIENT, true, "the object has gone"},
    {CKR_HOST_MEMORY, CM_E_LIMIT, false, "no memory"},
    {CKR_PIN_INCORRECT, CM_E_AUTH, false,
     "the token refuses the PIN; it was tried once and is not tried again"},
    {CKR_PIN_INVALID, CM_E_AUTH, false, "the token takes no PIN of this form"},
    {CKR_PIN_LEN_RANGE, CM_E_AUTH, false, "the token takes no PIN of this length"},
    {CKR_PIN_EXPIRED, CM_E_AUTH, false, "the PIN has expired: set a new one"},
    {CKR_PIN_LOCKED, CM_E_AUTH, false, "the PIN is locked: the token's security officer opens it"},
    {CKR_USER_PIN_NOT_INITIALIZED, CM_E_AUTH, false, "the token has no user's PIN yet"},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CM_E_AUTH, false,
     "another user is logged in to the token"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, CM_E_CONFIG, false, "the key may not sign"},
    {CKR_KEY_TYPE_INCONSISTENT, CM_E_UNSUPPORTED, false, "the key does not sign like this"},
    {CKR_MECHANISM_INVALID, CM_E_UNSUPPORTED, false, "the token does not sign like this"},
};

bool
cm_token_is_lost(CK_RV answer)
{
    for (size_t i = 0; i < CM_COUNT(answers); i++)
        if (answers[i].answer == answer)
            return answers[i].is_lost;
    return false;
}

bool
cm_token_fail(CK_RV answer, const char *what, struct cm_err *err)
{
    for (size_t i = 0; i < CM_COUNT(answers); i++)
        if (answers[i].answer == answer)
            return cm_fail(err, answers[i].class, "%s: %s", what, answers[i].text);
    return cm_fail(err, CM_E_CONFIG, "%s: the token's module answers 0x%lx (%s)", what, answer,
                   p11_kit_strerror(answer));
}
