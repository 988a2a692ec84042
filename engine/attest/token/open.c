/* SPDX-License-Identifier: Apache-2.0
 *
 * From a place to a session in which the key is.
 */
#include "attest/token/inside.h"

#include "attest/token/open.h"
#include "base/pem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MOST 256

/* ---- the URI ---- */

/* What is behind its '?' would say a second time, or aloud, what is said beside it. */
static bool
check_parsed(P11KitUri *uri, struct cm_err *err)
{
    const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(uri, CKA_CLASS);
    CK_OBJECT_CLASS said = CKO_PRIVATE_KEY;
    if (p11_kit_uri_get_pin_value(uri) != NULL || p11_kit_uri_get_pin_source(uri) != NULL ||
        p11_kit_uri_get_module_name(uri) != NULL || p11_kit_uri_get_module_path(uri) != NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "module and PIN are not said in the URI: leave out what is behind its '?'");
    if (p11_kit_uri_any_unrecognized(uri))
        return cm_fail(err, CM_E_CONFIG, "the URI has an attribute that nobody knows");
    if (class != NULL && class->ulValueLen == sizeof said)
        memcpy(&said, class->pValue, sizeof said);
    return said == CKO_PRIVATE_KEY ||
           cm_fail(err, CM_E_CONFIG, "the URI names something else than a key: type=private");
}

static bool
parse(struct cm_token *token, const char *text, struct cm_err *err)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE private = {CKA_CLASS, &class, sizeof class};
    token->uri = p11_kit_uri_new();
    if (token->uri == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the URI");
    int answer = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, token->uri);
    if (answer != P11_KIT_URI_OK)
        return cm_fail(err, CM_E_CONFIG, "not a URI of PKCS#11 (RFC 7512): %s",
                       p11_kit_uri_message(answer));
    if (!check_parsed(token->uri, err))
        return false;
    return p11_kit_uri_set_attribute(token->uri, &private) == P11_KIT_URI_OK ||
           cm_fail(err, CM_E_LIMIT, "no memory for the URI");
}

/* ---- the module ---- */

static bool
load(struct cm_token *token, const char *path, struct cm_err *err)
{
    p11_kit_be_quiet(); /* what it has to say is in our messages */
    token->module = p11_kit_module_load(path, 0);
    if (token->module == NULL) {
        const char *why = p11_kit_message();
        return cm_fail(err, CM_E_CONFIG, "%s cannot be loaded: %s", path,
                       why != NULL ? why : "it is no PKCS#11 module");
    }
    CK_RV answer = p11_kit_module_initialize(token->module);
    token->begun = answer == CKR_OK;
    return token->begun || cm_token_fail(answer, path, err);
}

/* ---- the token ---- */

struct chosen {
    CK_SLOT_ID slot;
    CK_FLAGS flags;
    size_t count;
};

static void
look_at(const struct cm_token *token, CK_SLOT_ID slot, struct chosen *ret)
{
    CK_SLOT_INFO about = {0};
    CK_TOKEN_INFO info = {0};
    CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(token->uri);
    if ((wanted != (CK_SLOT_ID)-1 && wanted != slot) ||
        token->module->C_GetSlotInfo(slot, &about) != CKR_OK ||
        token->module->C_GetTokenInfo(slot, &info) != CKR_OK ||
        !(info.flags & CKF_TOKEN_INITIALIZED) ||
        p11_kit_uri_match_slot_info(token->uri, &about) != 1 ||
        p11_kit_uri_match_token_info(token->uri, &info) != 1)
        return;
    *ret = (struct chosen){slot, info.flags, ret->count + 1};
}

static bool
choose(const struct cm_token *token, struct chosen *ret, struct cm_err *err)
{
    CK_INFO about = {0};
    CK_SLOT_ID slots[SLOTS_MOST];
    CK_ULONG count = SLOTS_MOST;
    CK_RV answer = token->module->C_GetInfo(&about);
    bool matches = answer == CKR_OK && p11_kit_uri_match_module_info(token->uri, &about) == 1;
    if (answer == CKR_OK)
        answer = token->module->C_GetSlotList(CK_TRUE, slots, &count);
    if (answer == CKR_BUFFER_TOO_SMALL || (answer == CKR_OK && count > SLOTS_MOST))
        return cm_fail(err, CM_E_LIMIT, "the module has more than %d slots", SLOTS_MOST);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "looking for the token", err);
    for (CK_ULONG i = 0; matches && i < count; i++)
        look_at(token, slots[i], ret);
    if (ret->count > 1)
        return cm_fail(err, CM_E_CONFIG,
                       "the URI names %zu tokens: say serial=... of the one in it", ret->count);
    if (ret->count == 0) /* it was there before: then it may come back */
        return cm_fail(err, token->public_half.size > 0 ? CM_E_TRANSIENT : CM_E_CONFIG,
                       "the module knows of no token that the URI names: is it plugged in?");
    return true;
}

/* ---- the key ---- */

static bool
find_key(struct cm_token *token, struct cm_err *err)
{
    CK_ULONG count = 0;
    size_t found = 0;
    bool may_sign = true;
    const CK_ATTRIBUTE *like = p11_kit_uri_get_attributes(token->uri, &count);
    if (!cm_token_find(token, like, count, &token->key, &found, err))
        return false;
    if (found == 0)
        return cm_fail(err, CM_E_CONFIG, "the token has no secret key that the URI names");
    if (found > 1)
        return cm_fail(err, CM_E_CONFIG,
                       "the token has several secret keys that the URI names: say id=... of the "
                       "one in it");
    if (!cm_token_read_truth(token, token->key, CKA_SIGN, true, &may_sign, err) ||
        !cm_token_read_truth(token, token->key, CKA_ALWAYS_AUTHENTICATE, false, &token->asks_always,
                             err))
        return false;
    return may_sign || cm_fail(err, CM_E_CONFIG, "the key may not sign (CKA_SIGN)");
}

/* A token of the same name with another key in it is not the one that was opened. */
static bool
keep_public(struct cm_token *token, EVP_PKEY *pkey, struct cm_err *err)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(pkey, &der);
    struct cm_buf *kept = &token->public_half;
    bool first = kept->size == 0, done = size > 0;
    if (done && first)
        cm_buf_add(kept, der, (size_t)size);
    bool same = done && kept->size == (size_t)size && memcmp(kept->at, der, (size_t)size) == 0;
    OPENSSL_free(der);
    if (same)
        return true;
    return first ? cm_fail(err, CM_E_LIMIT, "no room for the public key")
                 : cm_fail(err, CM_E_CONFIG, "another key is now where the URI names one");
}

static bool
begin_in(struct cm_token *token, const struct chosen *chosen, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    if (!cm_token_log_in(token, chosen->flags, err))
        return false;
    if (token->public)
        return cm_token_public_named(token, &pkey, err) && keep_public(token, pkey, err);
    return find_key(token, err) && cm_token_public_of(token, &pkey, err) &&
           cm_token_choose(token, chosen->slot, pkey, err) && keep_public(token, pkey, err);
}

bool
cm_token_begin(struct cm_token *token, struct cm_err *err)
{
    struct chosen chosen = {.count = 0};
    if (!choose(token, &chosen, err))
        return false;
    CK_RV answer =
        token->module->C_OpenSession(chosen.slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "opening a session", err);
    token->is_open = true;
    if (begin_in(token, &chosen, err))
        return true;
    cm_token_end(token);
    return false;
}

void
cm_token_end(struct cm_token *token)
{
    if (token->is_open)
        (void)token->module->C_CloseSession(token->session);
    token->is_open = false;
}

/* ---- the whole ---- */

void
cm_token_close(struct cm_token *token)
{
    if (token == NULL)
        return;
    cm_token_end(token);
    if (token->begun)
        (void)p11_kit_module_finalize(token->module);
    if (token->module != NULL)
        p11_kit_module_release(token->module);
    p11_kit_uri_free(token->uri);
    cm_buf_done(&token->public_half);
    free(token->pin);
    free(token);
}

const struct cm_buf *
cm_token_public_half(const struct cm_token *token)
{
    return &token->public_half;
}

bool
cm_token_open(const struct cm_token_place *place, struct cm_token **ret, struct cm_err *err)
{
    struct cm_token *token = calloc(1, sizeof *token);
    if (token == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for a token");
    token->public_half.most = CM_TOKEN_MOST;
    token->public = place->public;
    token->pin = place->pin != NULL ? strdup(place->pin) : NULL;
    if (place->pin != NULL && token->pin == NULL)
        (void)cm_fail(err, CM_E_LIMIT, "no memory for a token");
    else if (parse(token, place->uri, err) && load(token, place->module, err) &&
             cm_token_begin(token, err)) {
        *ret = token;
        return true;
    }
    cm_token_close(token);
    return false;
}
