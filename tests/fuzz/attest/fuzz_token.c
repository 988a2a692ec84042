/* SPDX-License-Identifier: Apache-2.0
 *
 * What a token says of a key: the input is a token's answers, one behind the other, each with a
 * byte that says how it is given and two that say how long it is.
 */
#include "../reason.h"
#include "attest/token/inside.h"
#include "base/pem.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

static struct {
    const uint8_t *at;
    size_t size;
} left;

static size_t
take(const uint8_t **ret, size_t most)
{
    size_t size = most < left.size ? most : left.size;
    *ret = left.at;
    left.at += size;
    left.size -= size;
    return size;
}

static CK_RV
get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *to,
                    CK_ULONG count)
{
    const uint8_t *head, *at;
    (void)session;
    (void)object;
    demand(count == 1);
    if (take(&head, 3) < 3)
        return CKR_DEVICE_REMOVED;
    size_t size = take(&at, (size_t)head[1] << 8 | head[2]);
    switch (head[0]) {
    case 1:
        return CKR_ATTRIBUTE_TYPE_INVALID;
    case 2:
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_OK;
    case 3:
        to->ulValueLen = (CK_ULONG)size << 32 | CM_TOKEN_MOST;
        return CKR_OK;
    case 4:
        return CKR_BUFFER_TOO_SMALL;
    default:
        if (size > to->ulValueLen)
            return CKR_BUFFER_TOO_SMALL;
        memcpy(to->pValue, at, size);
        to->ulValueLen = size;
        return CKR_OK;
    }
}

static CK_RV
find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *like, CK_ULONG count)
{
    (void)session;
    return count > 0 && like[0].type == CKA_CLASS ? CKR_OK : CKR_ARGUMENTS_BAD;
}

static CK_RV
find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *to, CK_ULONG most, CK_ULONG *ret)
{
    const uint8_t *at;
    (void)session;
    (void)most;
    *to = 1;
    *ret = take(&at, 1) == 1 ? at[0] : 0;
    return CKR_OK;
}

static CK_RV
find_objects_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

static CK_RV
get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    (void)slot;
    (void)type;
    info->flags = CKF_SIGN;
    return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
    .C_GetAttributeValue = get_attribute_value,
    .C_FindObjectsInit = find_objects_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_objects_final,
    .C_GetMechanismInfo = get_mechanism_info,
};

/* A key that was taken signs in a form, and is written and read again as the same. */
static void
use(struct cm_token *token, EVP_PKEY *pkey)
{
    struct cm_err err = CM_ERR_INIT;
    char id[CM_KEY_ID_SIZE], again[CM_KEY_ID_SIZE];
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *read = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT((size_t)1 << 20);
    if (!cm_token_choose(token, 0, pkey, &err)) {
        demand_reason(&err);
        return;
    }
    demand(token->width > 0 && token->width <= 2048);
    if (!cm_pkey_id(pkey, id) || !cm_pem_put_public(pkey, &pem) ||
        !cm_pem_read_public(&pem, "it", &read, &err))
        return; /* OpenSSL holds keys that it does not write, or not read again */
    demand(cm_pkey_id(read, again) && strcmp(id, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_token token = {.module = &functions, .key = 1};
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    left.at = data;
    left.size = size;
    if (cm_token_public_of(&token, &pkey, &err))
        use(&token, pkey);
    else
        demand_reason(&err);
    return 0;
}
