/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/key.h"

#include "base/fd.h"
#include "base/pem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "evidence-key.pem"
#define KIND      "ED25519"

struct cm_key *
cm_key_free(struct cm_key *key)
{
    if (!key)
        return NULL;
    EVP_PKEY_free(key->pkey);
    free(key);
    return NULL;
}

void
cm_key_done(struct cm_key **key)
{
    *key = cm_key_free(*key);
}

/* ---- from and to PEM ---- */

static bool
wrap(EVP_PKEY **pkey, const char *path, struct cm_key **ret, struct cm_err *err)
{
    if (!EVP_PKEY_is_a(*pkey, KIND))
        return cm_fail(err, CM_E_UNSUPPORTED, "%s: a key, but not one of Ed25519", path);
    CM_CLEANUP(cm_key_done) struct cm_key *key = calloc(1, sizeof *key);
    if (!key || !cm_pkey_id(*pkey, key->id))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for the key", path);
    key->pkey = CM_TAKE(*pkey);
    *ret = CM_TAKE(key);
    return true;
}

static bool
read_secret(const struct cm_buf *pem, const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    return cm_pem_read_secret(pem, NULL, path, &pkey, err) && wrap(&pkey, path, ret, err);
}

static bool
read_public(const struct cm_buf *pem, const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = NULL;
    return cm_pem_read_public(pem, path, &pkey, err) && wrap(&pkey, path, ret, err);
}

bool
cm_key_public_pem(const struct cm_key *key, struct cm_buf *to)
{
    return cm_pem_put_public(key->pkey, to);
}

bool
cm_key_id(const struct cm_key *key, char ret[CM_KEY_ID_SIZE])
{
    memcpy(ret, key->id, sizeof key->id);
    return true;
}

/* ---- files ---- */

bool
cm_key_read_public(const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    pem.secret = true;
    if (!cm_file_read(path, &pem, err))
        return false;
    if (cm_pem_is_secret(&pem))
        return read_secret(&pem, path, ret, err);
    return read_public(&pem, path, ret, err);
}

static bool
load(const char *path, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    pem.secret = true;
    return cm_file_open_guarded(path, &fd, NULL, err) &&
           cm_secret_file_check(fd, path, "the evidence key", err) &&
           cm_fd_read_all(fd, path, &pem, err) && read_secret(&pem, path, ret, err);
}

static bool
make(const char *state, const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(CM_PEM_MOST);
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, KIND);
    pem.secret = true;
    if (!pkey || !cm_pem_put_secret(pkey, NULL, &pem))
        return cm_fail(err, CM_E_INTERNAL, "%s: no Ed25519 key can be made", path);
    if (cm_folder_make(state, err) && cm_file_create(path, 0600, pem.at, pem.size, err))
        return true;
    return cm_context(err,
                      "%s: the evidence key cannot be kept here (set `state` to a folder that "
                      "can be written)",
                      state);
}

/* The key that is there; none, and *ret stays as it is, if there is none yet. */
static bool
load_if_any(const char *path, struct cm_key **ret, struct cm_err *err)
{
    struct cm_err missing = CM_ERR_INIT;
    if (load(path, ret, &missing) || missing.class == CM_E_NOT_FOUND)
        return true;
    return cm_fail(err, missing.class, "%s", missing.text);
}

bool
cm_key_of_state(const char *state, struct cm_key **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_text_done) char *path = NULL;
    if (asprintf(&path, "%s/%s", state, FILE_NAME) < 0)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", state);
    if (!load_if_any(path, &key, err))
        return false;
    if (key == NULL && (!make(state, path, err) || !load(path, &key, err)))
        return false;
    *ret = CM_TAKE(key);
    return true;
}

bool
cm_key_may_be_had(const char *state, struct cm_err *err)
{
    CM_CLEANUP(cm_key_done) struct cm_key *key = NULL;
    CM_CLEANUP(cm_text_done) char *path = NULL;
    if (asprintf(&path, "%s/%s", state, FILE_NAME) < 0)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", state);
    if (!load_if_any(path, &key, err) || (key == NULL && !cm_folder_may_make(state, err)))
        return false;
    return key != NULL || access(state, F_OK) < 0 || cm_folder_is_guarded(state, err);
}
