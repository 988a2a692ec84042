/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/token/open.h: the functions of the table in attest/token.h.
 */
#ifndef CM_ATTEST_TOKEN_OPEN_H
#define CM_ATTEST_TOKEN_OPEN_H

#include "attest/token.h"

bool cm_token_open(const struct cm_token_place *place, struct cm_token **ret, struct cm_err *err)
    CM_MUST;
const struct cm_buf *cm_token_public_half(const struct cm_token *token);
void cm_token_close(struct cm_token *token);
/* cm_token_sign(): attest/token/inside.h */

#endif
