/* SPDX-License-Identifier: Apache-2.0
 *
 * Values. What a plug-in holds as a struct cmk_value is a json_t; the rules for what was withheld
 * are those of evidence/scrub.h.
 */
#include "base/json.h"
#include "evidence/scrub.h"
#include "plugin/call.h"

#include <string.h>

#define MOST_CANONICAL ((size_t)16 << 20)

/* After a reader: fails the call if the reader did. */
static bool
was_read(struct cmk_call *c, bool done, const struct cm_err *err)
{
    if (!done)
        cm_call_fail(cm_call_of(c), err);
    return done;
}

static const struct cmk_value *
parse(struct cmk_call *c, struct cmk_bytes text)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_err err = CM_ERR_INIT;
    json_t *value;
    if (cm_call_failed(c) || text.at == NULL)
        return NULL;
    if (text.size > CM_CALL_MOST - call->parsed) {
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s reads more JSON than a call may",
                      call->host->is.plugin->id);
        return NULL;
    }
    call->parsed += (size_t)text.size;
    bool done = cm_json_parse(text.at, (size_t)text.size, "JSON", &value, &err);
    return was_read(c, done, &err) ? cm_call_keep(call, value) : NULL;
}

static const struct cmk_value *
get(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    const json_t *found;
    if (cm_call_failed(c) || v == NULL || path == NULL)
        return NULL;
    bool done = cm_read_path(cm_json_of(v), path, &found, &err);
    return was_read(c, done, &err) ? cm_value_of(found) : NULL;
}

static const struct cmk_value *
member(struct cmk_call *c, const struct cmk_value *v, const char *key)
{
    struct cm_err err = CM_ERR_INIT;
    const json_t *found;
    if (cm_call_failed(c) || v == NULL || key == NULL)
        return NULL;
    bool done = cm_read_member(cm_json_of(v), key, &found, &err);
    return was_read(c, done, &err) ? cm_value_of(found) : NULL;
}

static uint64_t
count(struct cmk_call *c, const struct cmk_value *v)
{
    struct cm_err err = CM_ERR_INIT;
    uint64_t found;
    if (cm_call_failed(c) || v == NULL)
        return 0;
    bool done = cm_read_count(cm_json_of(v), &found, &err);
    return was_read(c, done, &err) ? found : 0;
}

static const struct cmk_value *
at(struct cmk_call *c, const struct cmk_value *v, uint64_t index)
{
    struct cm_err err = CM_ERR_INIT;
    const json_t *found;
    if (cm_call_failed(c) || v == NULL)
        return NULL;
    bool done = cm_walk_at(&cm_call_of(c)->walk, cm_json_of(v), index, &found, &err);
    return was_read(c, done, &err) ? cm_value_of(found) : NULL;
}

static const char *
key(struct cmk_call *c, const struct cmk_value *v, uint64_t index)
{
    struct cm_err err = CM_ERR_INIT;
    const char *found;
    if (cm_call_failed(c) || v == NULL)
        return NULL;
    bool done = cm_walk_key(&cm_call_of(c)->walk, cm_json_of(v), index, &found, &err);
    return was_read(c, done, &err) ? found : NULL;
}

static const char *
text_of(struct cmk_call *c, const struct cmk_value *v)
{
    struct cm_err err = CM_ERR_INIT;
    const char *found;
    if (cm_call_failed(c) || v == NULL)
        return NULL;
    bool done = cm_read_text(cm_json_of(v), &found, &err);
    return was_read(c, done, &err) ? found : NULL;
}

static int64_t
integer(struct cmk_call *c, const struct cmk_value *v, int64_t if_absent)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t found;
    if (cm_call_failed(c))
        return 0;
    bool done = cm_read_integer(cm_json_of(v), if_absent, &found, &err);
    return was_read(c, done, &err) ? found : 0;
}

static int32_t
truth(struct cmk_call *c, const struct cmk_value *v, int32_t if_absent)
{
    struct cm_err err = CM_ERR_INIT;
    bool found;
    if (cm_call_failed(c))
        return 0;
    if (v == NULL || json_is_null(cm_json_of(v)))
        return if_absent;
    bool done = cm_read_truth(cm_json_of(v), false, &found, &err);
    return was_read(c, done, &err) ? found : 0;
}

/* ---- written out ---- */

static struct cmk_bytes
write_out(struct cm_call *call, const json_t *json)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_CANONICAL);
    char *copy = cm_json_canonical(json, &text)
                     ? cm_arena_bytes(call->arena, cm_buf_text(&text), text.size)
                     : NULL;
    if (copy == NULL)
        cm_call_failf(call, CM_E_LIMIT, "a value that is too large to be written out");
    return (struct cmk_bytes){copy, copy != NULL ? text.size : 0};
}

static const char *
show(struct cmk_call *c, const struct cmk_value *v)
{
    struct cm_call *call = cm_call_of(c);
    const json_t *json = cm_json_of(v);
    if (cm_call_failed(c) || v == NULL || json_is_null(json))
        return NULL;
    if (json_is_string(json) || json_is_object(json) || json_is_array(json))
        return text_of(c, v); /* which refuses what is no leaf, and what was withheld */
    return write_out(call, json).at;
}

/* Whoever compares canonical forms reads everything in them, also what was withheld. Whoever
 * documents a build writes down what was kept, and that something was withheld. */
static struct cmk_bytes
canonical(struct cmk_call *c, const struct cmk_value *v)
{
    static const struct cmk_bytes none = {NULL, 0};
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || v == NULL || json_is_null(cm_json_of(v)))
        return none;
    if (call->work == NULL && cm_holds_withheld(cm_json_of(v))) {
        cm_call_failf(call, CM_E_UNSUPPORTED, "a part of the value was withheld from the evidence");
        return none;
    }
    return write_out(call, cm_json_of(v));
}

const struct cmk_json cm_host_json = {
    .size = sizeof(struct cmk_json),
    .parse = parse,
    .get = get,
    .member = member,
    .count = count,
    .at = at,
    .key = key,
    .text = text_of,
    .integer = integer,
    .truth = truth,
    .show = show,
    .canonical = canonical,
};
