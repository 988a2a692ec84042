/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/evidence_file.h"

#include "base/fd.h"
#include "base/json.h"
#include "evidence/evidence.h"

void
cm_keys_done(struct cm_keys *keys)
{
    while (keys->count > 0)
        cm_key_free(keys->at[--keys->count]);
}

bool
cm_keys_said(const struct cm_session *session, struct cm_keys *ret, struct cm_err *err)
{
    const char *path;
    for (size_t i = 0; (path = cm_said_at(session->said, "evidence-key", i)) != NULL; i++) {
        if (i == CM_KEYS_MOST)
            return cm_fail(err, CM_E_NOT_FOUND, "at most %d evidence keys", CM_KEYS_MOST);
        if (!cm_key_read_public(path, &ret->at[i], err))
            return cm_context(err, "--evidence-key");
        ret->count = i + 1;
    }
    return true;
}

void
cm_opened_done(struct cm_opened *opened)
{
    cm_json_done(&opened->evidence);
}

static bool
open_file(const char *path, const struct cm_keys *keys, struct cm_opened *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT((size_t)2 * CM_EVIDENCE_MOST);
    if (!cm_file_read(path, &bytes, err))
        return false;
    return (cm_seal_open(bytes.at, bytes.size, keys->at, keys->count, ret, err) &&
            (ret->seal == CM_SEAL_BROKEN || cm_evidence_check(ret->evidence, err))) ||
           cm_context(err, "%s", path);
}

int
cm_evidence_open(const struct cm_session *session, const char *path, const struct cm_keys *keys,
                 struct cm_opened *ret)
{
    struct cm_err err = CM_ERR_INIT;
    if (!open_file(path, keys, ret, &err)) {
        int status = cm_session_failed(session, &err);
        return err.class == CM_E_INTERNAL ? status
                                          : CM_EXIT_USAGE; /* of the file, whatever it is */
    }
    if (ret->seal != CM_SEAL_BROKEN)
        return 0;
    cm_log(session->log, CM_LOG_ERROR,
           "%s: broken seal: the file is not what the key %s sealed; get it anew from where it was "
           "kept",
           path, ret->key_id);
    return CM_EXIT_USAGE;
}

bool
cm_evidence_judge(struct cm_session *session, const struct cm_opened *opened,
                  struct cm_arena *arena, struct cm_verdict *ret, struct cm_err *err)
{
    if (cm_judge(opened->evidence, session->plugins, session->log, arena, ret, err))
        return true;
    if (err->class == CM_E_NOT_FOUND)
        err->class = CM_E_CONFIG;
    return false;
}

const char *
cm_seal_text(struct cm_arena *arena, const struct cm_opened *opened)
{
    switch (opened->seal) {
    case CM_SEALED:
        return cm_arena_printf(arena, "sealed by %s", opened->key_id);
    case CM_SEAL_UNKNOWN:
        return cm_arena_printf(arena, "sealed by %s, a key that was not given", opened->key_id);
    case CM_SEAL_BROKEN:
        return "broken seal";
    default:
        return "unsealed";
    }
}
