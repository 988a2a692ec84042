/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/token/inside.h: what the files of countermark-token.so know of a token.
 *
 * The token and its module are asked, and not believed: numbers, sizes and lists that they give are
 * looked at before they are used.
 */
#ifndef CM_ATTEST_TOKEN_INSIDE_H
#define CM_ATTEST_TOKEN_INSIDE_H

#include "attest/token.h"

#include <openssl/types.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#define CM_TOKEN_MOST 16384 /* bytes of one attribute: a certificate is the largest */

struct cm_token {
    char *pin; /* a secret's reference, owned; NULL: none */
    bool public;
    P11KitUri *uri;
    CK_FUNCTION_LIST *module; /* NULL: not loaded */
    bool begun;               /* the module is initialised */

    CK_SESSION_HANDLE session;
    bool is_open; /* is there a session, and in it the key? */
    CK_OBJECT_HANDLE key;
    bool asks_always; /* wants its PIN for every signature */
    bool is_refused;  /* the PIN was wrong: it is not tried again */

    CK_MECHANISM_TYPE mechanism;
    size_t width; /* bytes of its signatures, as tokens give them */
    struct cm_buf public_half;
};

/* One attribute of an object; empty if it has none. */
struct cm_attribute {
    unsigned char at[CM_TOKEN_MOST];
    size_t size;
};

/* ---- open.c ---- */
/* A session in which the key is; the same key as before, if there was one. */
bool cm_token_begin(struct cm_token *token, struct cm_err *err) CM_MUST;
void cm_token_end(struct cm_token *token); /* the session; the module stays */

/* ---- login.c ---- */
bool cm_token_log_in(struct cm_token *token, CK_FLAGS flags, struct cm_err *err) CM_MUST;
/* For the one signature that has been begun, of a key that asks for it each time. */
bool cm_token_log_in_again(struct cm_token *token, struct cm_err *err) CM_MUST;

/* ---- object.c ---- */
/* How many objects are of these attributes: none, one, or two for all that are more. */
bool cm_token_find(const struct cm_token *token, const CK_ATTRIBUTE *like, size_t count,
                   CK_OBJECT_HANDLE ret[1], size_t *ret_count, struct cm_err *err) CM_MUST;
bool cm_token_read(const struct cm_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                   struct cm_attribute *ret, struct cm_err *err) CM_MUST;
bool cm_token_read_number(const struct cm_token *token, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_TYPE type, CK_ULONG *ret, struct cm_err *err) CM_MUST;
/* A truth that an object need not have: `otherwise` then. */
bool cm_token_read_truth(const struct cm_token *token, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_TYPE type, bool otherwise, bool *ret, struct cm_err *err)
    CM_MUST;

/* ---- public.c ---- */
/* The public half of the key that was found. Owned. */
bool cm_token_public_of(const struct cm_token *token, EVP_PKEY **ret, struct cm_err *err) CM_MUST;
/* One that the URI names, without the secret half. Owned. */
bool cm_token_public_named(const struct cm_token *token, EVP_PKEY **ret, struct cm_err *err)
    CM_MUST;

/* ---- sign.c ---- */
/* How keys of this kind sign on this token, into token->mechanism and token->width. */
bool cm_token_choose(struct cm_token *token, CK_SLOT_ID slot, const EVP_PKEY *pkey,
                     struct cm_err *err) CM_MUST;
bool cm_token_sign(struct cm_token *token, const char *digest, const void *at, size_t size,
                   struct cm_buf *to, struct cm_err *err) CM_MUST;

/* ---- answer.c ---- */
/* Is it an answer after which the session is of no more use, though another may be? */
bool cm_token_is_lost(CK_RV answer);
/* "`what`: why not". Returns false. */
bool cm_token_fail(CK_RV answer, const char *what, struct cm_err *err);

#endif
