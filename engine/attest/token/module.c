/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-token.so: the table of attest/token.h, and nothing else that can be seen.
 */
#include "attest/token/inside.h"

#include "attest/token/open.h"

__attribute__((visibility("default"))) extern const struct cm_token_table cm_token_table;

const struct cm_token_table cm_token_table = {
    .version = CM_TOKEN_VERSION,
    .build = CM_VERSION,
    .open = cm_token_open,
    .public_half = cm_token_public_half,
    .sign = cm_token_sign,
    .close = cm_token_close,
};
