/* SPDX-License-Identifier: Apache-2.0 */
#include "store/decision.h"

#include "base/fd.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "decisions"

/* ---- what makes two decisions one ---- */

static bool
add_plugins(const json_t *evidence, json_t *key, struct cm_err *err)
{
    bool ok = true;
    size_t index;
    const json_t *plugin, *recorded = cm_json_get(evidence, "plugins");
    CM_CLEANUP(cm_json_done) json_t *plugins = json_array();
    json_array_foreach(recorded, index, plugin)
    {
        const char *sha256 = cm_json_text(plugin, "sha256");
        if (sha256 == NULL)
            return cm_fail(err, CM_E_MALFORMED, "the evidence holds a plug-in without a digest");
        ok = ok && json_array_append_new(plugins, json_string(sha256)) == 0;
    }
    if (json_array_size(recorded) == 0)
        return cm_fail(err, CM_E_MALFORMED, "the evidence names no plug-in");
    cm_json_set(key, "plugins", CM_TAKE(plugins), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
add_text(json_t *key, const char *name, const char *text, struct cm_err *err)
{
    bool ok = true;
    if (text == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the evidence has no %s, or not one alone", name);
    cm_json_set_text(key, name, text, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

bool
cm_decision_key(const json_t *evidence, const char *artifact, const char *build, const char *job,
                json_t **ret, struct cm_err *err)
{
    bool ok = true;
    const json_t *request = cm_json_get(evidence, "request");
    CM_CLEANUP(cm_json_done) json_t *key = json_object();
    cm_json_set_text(key, "build", build, &ok);
    cm_json_set_text(key, "job", job, &ok);
    if (key == NULL || !ok)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!add_text(key, "organization", cm_json_text(request, "organization"), err) ||
        !add_text(key, "system", cm_json_text(request, "system"), err) ||
        !add_text(key, "artifact", artifact, err) ||
        !add_text(key, "policy", cm_json_text(evidence, "effective_sha256"), err) ||
        !add_text(key, "engine", cm_json_text(cm_json_get(evidence, "engine"), "sha256"), err) ||
        !add_plugins(evidence, key, err))
        return false;
    *ret = CM_TAKE(key);
    return true;
}

bool
cm_decision_name(const json_t *key, char ret[CM_SHA256_HEX])
{
    return cm_json_sha256(key, ret);
}

/* ---- files ---- */

static bool
path_of(const char *state, const json_t *key, char *ret, size_t room, struct cm_err *err)
{
    char name[CM_SHA256_HEX];
    if (!cm_decision_name(key, name))
        return cm_fail(err, CM_E_INTERNAL, "a decision cannot be named");
    int size = snprintf(ret, room, "%s/" FOLDER "/%s.json", state, name);
    return (size > 0 && (size_t)size < room) ||
           cm_fail(err, CM_E_LIMIT, "%s: the path is too long", state);
}

static bool
is_of(const json_t *file, const json_t *key)
{
    const char *format = cm_json_text(file, "format");
    return format != NULL && strcmp(format, CM_DECISION_FORMAT) == 0 &&
           json_equal(cm_json_get(file, "key"), key) &&
           json_is_object(cm_json_get(file, "decided"));
}

static bool
read_file(const char *path, const json_t *key, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_DECISION_MOST);
    CM_CLEANUP(cm_json_done) json_t *file = NULL;
    if (!cm_file_open_guarded(path, &fd, NULL, err) || !cm_fd_read_all(fd, path, &text, err) ||
        !cm_json_parse(cm_buf_text(&text), text.size, path, &file, err))
        return false;
    if (!is_of(file, key))
        return cm_fail(err, CM_E_MALFORMED, "%s: not the decision that its name says", path);
    *ret = json_incref(cm_json_get(file, "decided"));
    return true;
}

bool
cm_decision_find(const char *state, const json_t *key, json_t **ret, struct cm_err *err)
{
    char path[4096];
    json_t *decided = NULL;
    struct cm_err why = CM_ERR_INIT;
    if (!path_of(state, key, path, sizeof path, err))
        return false;
    if (!read_file(path, key, &decided, &why) && why.class != CM_E_NOT_FOUND) {
        *err = why;
        return false;
    }
    *ret = decided;
    return true;
}

bool
cm_decision_keep(const char *state, const json_t *key, const json_t *decided, json_t **ret_first,
                 bool *ret_ours, struct cm_err *err)
{
    char path[4096], folder[4096];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_DECISION_MOST);
    CM_CLEANUP(cm_json_done)
    json_t *file =
        json_pack("{s:s, s:O, s:O}", "format", CM_DECISION_FORMAT, "key", key, "decided", decided);
    if (!path_of(state, key, path, sizeof path, err))
        return false;
    (void)snprintf(folder, sizeof folder, "%s/" FOLDER, state);
    if (file == NULL || !cm_json_canonical(file, &text))
        return cm_fail(err, CM_E_LIMIT, "%s: the decision is too large to be kept", path);
    cm_buf_putc(&text, '\n');
    return cm_folder_make(folder, err) &&
           cm_file_create_first(path, 0600, text.at, text.size, ret_ours, err) &&
           read_file(path, key, ret_first, err);
}
