/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of a token, and what is written on them.
 */
#include "attest/token/inside.h"

#include <string.h>

#define ENOUGH 2 /* objects: then it is known that there are several */

static bool
next(const struct cm_token *token, CK_OBJECT_HANDLE *ret, bool *ret_any, struct cm_err *err)
{
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    CK_RV answer = token->module->C_FindObjects(token->session, &object, 1, &count);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "looking for the key", err);
    if (count > 1)
        return cm_fail(err, CM_E_MALFORMED,
                       "looking for the key: the token's module gives %lu objects where one was "
                       "asked for",
                       count);
    *ret_any = count == 1;
    *ret = object;
    return true;
}

bool
cm_token_find(const struct cm_token *token, const CK_ATTRIBUTE *like, size_t count,
              CK_OBJECT_HANDLE ret[1], size_t *ret_count, struct cm_err *err)
{
    CK_OBJECT_HANDLE found[ENOUGH] = {0};
    size_t so_far = 0;
    bool any = true, done = true;
    CK_RV answer = token->module->C_FindObjectsInit(token->session, (CK_ATTRIBUTE *)(uintptr_t)like,
                                                    (CK_ULONG)count);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "looking for the key", err);
    while (done && any && so_far < ENOUGH) {
        done = next(token, &found[so_far], &any, err);
        so_far += done && any;
    }
    (void)token->module->C_FindObjectsFinal(token->session);
    if (!done)
        return false;
    ret[0] = found[0];
    *ret_count = so_far;
    return true;
}

bool
cm_token_read(const struct cm_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
              struct cm_attribute *ret, struct cm_err *err)
{
    CK_ATTRIBUTE asked = {type, ret->at, sizeof ret->at};
    CK_RV answer = token->module->C_GetAttributeValue(token->session, object, &asked, 1);
    ret->size = 0;
    if (answer == CKR_ATTRIBUTE_TYPE_INVALID || answer == CKR_ATTRIBUTE_SENSITIVE)
        return true;
    if (answer == CKR_BUFFER_TOO_SMALL)
        return cm_fail(err, CM_E_LIMIT, "attribute 0x%lx of the key: larger than %d bytes", type,
                       CM_TOKEN_MOST);
    if (answer != CKR_OK)
        return cm_token_fail(answer, "reading the key", err);
    if (asked.ulValueLen == CK_UNAVAILABLE_INFORMATION)
        return true;
    if (asked.ulValueLen > sizeof ret->at)
        return cm_fail(err, CM_E_MALFORMED,
                       "attribute 0x%lx of the key: the token's module gives more than there is "
                       "room for",
                       type);
    ret->size = asked.ulValueLen;
    return true;
}

bool
cm_token_read_number(const struct cm_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                     CK_ULONG *ret, struct cm_err *err)
{
    struct cm_attribute attribute;
    if (!cm_token_read(token, object, type, &attribute, err))
        return false;
    if (attribute.size != sizeof *ret)
        return cm_fail(err, CM_E_MALFORMED, "attribute 0x%lx of the key is no number", type);
    memcpy(ret, attribute.at, sizeof *ret);
    return true;
}

bool
cm_token_read_truth(const struct cm_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                    bool otherwise, bool *ret, struct cm_err *err)
{
    struct cm_attribute attribute;
    if (!cm_token_read(token, object, type, &attribute, err))
        return false;
    if (attribute.size > 1)
        return cm_fail(err, CM_E_MALFORMED, "attribute 0x%lx of the key is no truth", type);
    *ret = attribute.size == 1 ? attribute.at[0] != CK_FALSE : otherwise;
    return true;
}
