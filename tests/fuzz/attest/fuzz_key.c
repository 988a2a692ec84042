/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that is said to be a key. What is read is of a kind that we take, can be written, and what
 * was written is read as the same key.
 */
#include "../reason.h"
#include "attest/key.h"

#include <string.h>

static void
read_again(const struct cm_attest_key *key)
{
    struct cm_err err = CM_ERR_INIT;
    char ssh[CM_KEY_SSH_SIZE], hint[CM_KEY_HINT_SIZE];
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *again = NULL;
    demand(cm_attest_key_put_public(key, &pem));
    demand(cm_attest_key_public(&pem, "it", &again, &err));
    demand(cm_attest_key_same(key, again));
    demand(strcmp(cm_attest_key_id(key), cm_attest_key_id(again)) == 0);
    demand(cm_attest_key_ssh(key, ssh));
    cm_attest_key_hint(key, hint);
    demand(strlen(hint) == CM_KEY_HINT_SIZE - 1 && strlen(ssh) == CM_KEY_SSH_SIZE - 1);
    demand(!cm_attest_key_verifies(key, "message", 7, "signature", 9));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    cm_buf_add(&pem, at, size);
    for (int secret = 0; secret < 2 && !pem.failed; secret++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
        bool done = secret ? cm_attest_key_secret(&pem, "pass", "it", &key, &err)
                           : cm_attest_key_public(&pem, "it", &key, &err);
        if (!done) {
            demand_reason(&err);
            continue;
        }
        demand(cm_attest_key_is_secret(key) == (secret == 1));
        read_again(key);
    }
    return 0;
}
