/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys on tokens, seen from the engine: the module that knows tokens, and what it is not believed.
 */
#include "attest/token.h"

#include "attest/key_inside.h"
#include "base/fd.h"
#include "base/text.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#define SIGNATURE_MOST 4096

static bool
load(const char *path, const struct cm_token_table **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_text_done) char *resolved = NULL;
    if (!cm_file_open_guarded(path, &fd, &resolved, err))
        return cm_context(err, "the module for tokens");
    void *module = dlopen(resolved, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL)
        return cm_fail(err, CM_E_INTERNAL, "%s: %s", path, dlerror());
    const struct cm_token_table *table = dlsym(module, CM_TOKEN_SYMBOL);
    if (table == NULL || table->version != CM_TOKEN_VERSION ||
        strcmp(table->build, CM_VERSION) != 0)
        return cm_fail(err, CM_E_INTERNAL,
                       "%s is not of this build (%s): install Countermark as a whole", path,
                       CM_VERSION);
    *ret = table;
    return true;
}

/* The token's own module becomes part of the process that holds the keys: whoever could put
 * another one there would have them. */
static bool
open_guarded(const struct cm_token_table *table, const struct cm_token_place *place,
             struct cm_token **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_text_done) char *resolved = NULL;
    struct cm_token_place judged = *place;
    if (!cm_file_open_guarded(place->module, &fd, &resolved, err))
        return cm_context(err, "the token's PKCS#11 module");
    judged.module = resolved;
    return table->open(&judged, ret, err);
}

static bool
read_public(const struct cm_buf *der, EVP_PKEY **ret, struct cm_err *err)
{
    const unsigned char *at = (const unsigned char *)der->at;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der->size);
    ERR_clear_error();
    if (pkey == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the token's public key is none");
    *ret = CM_TAKE(pkey);
    return true;
}

bool
cm_attest_key_token(const struct cm_token_place *place, const char *loaded,
                    struct cm_attest_key **ret, struct cm_err *err)
{
    const struct cm_token_table *table = NULL;
    struct cm_token *token = NULL;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    if (!load(loaded, &table, err) || !open_guarded(table, place, &token, err))
        return cm_context(err, "%s", place->uri);
    if (!read_public(table->public_half(token), &pkey, err) ||
        !cm_attest_key_wrap(&pkey, !place->public, place->uri, &key, err)) {
        table->close(token);
        return false;
    }
    key->token = token;
    key->table = table;
    *ret = CM_TAKE(key);
    return true;
}

bool
cm_attest_key_is_on_token(const struct cm_attest_key *key)
{
    return key->token != NULL;
}

void
cm_attest_key_close_token(struct cm_attest_key *key)
{
    if (key->token != NULL)
        key->table->close(key->token);
    key->token = NULL;
}

/* What a broken token gives, or one whose public half is another key's, helps nobody who verifies:
 * it is not given away. */
bool
cm_attest_key_sign_on_token(const struct cm_attest_key *key, const void *at, size_t size,
                            struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(SIGNATURE_MOST);
    if (!key->table->sign(key->token, key->digest, at, size, &made, err))
        return false;
    if (!cm_attest_key_verifies(key, at, size, made.at, made.size))
        return cm_fail(err, CM_E_CONFIG,
                       "the token's signature does not verify by the public key that the token "
                       "gives: is that another key's?");
    cm_buf_add(to, made.at, made.size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no room for a signature");
}
