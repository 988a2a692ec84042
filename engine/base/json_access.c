/* SPDX-License-Identifier: Apache-2.0
 *
 * Getting at members, and setting them.
 */
#include "base/json.h"

#include <string.h>

static json_t *
not_null(json_t *value)
{
    return json_is_null(value) ? NULL : value;
}

json_t *
cm_json_get(const json_t *object, const char *key)
{
    return not_null(json_object_get(object, key));
}

/* An index as it stands in a path: digits only, no leading zero. */
static json_t *
element(const json_t *array, const char *text, size_t size)
{
    size_t index = 0;
    if (size == 0 || size > 9 || (size > 1 && text[0] == '0'))
        return NULL;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return NULL;
        index = index * 10 + (size_t)(text[i] - '0');
    }
    return json_array_get(array, index);
}

json_t *
cm_json_path(const json_t *value, const char *path)
{
    /* jansson's own readers take const and give what is inside without it, and so do we */
    json_t *at = (json_t *)(uintptr_t)value;
    if (path[0] == '\0')
        return not_null(at);
    for (const char *step = path; at;) {
        size_t size = strcspn(step, ".");
        at = json_is_array(at) ? element(at, step, size) : json_object_getn(at, step, size);
        if (step[size] == '\0')
            break;
        step += size + 1;
    }
    return not_null(at);
}

const char *
cm_json_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

int64_t
cm_json_int(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
cm_json_bool(const json_t *object, const char *key, bool otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

void
cm_json_set(json_t *object, const char *key, json_t *owned_value, bool *ok)
{
    if (!*ok) {
        json_decref(owned_value);
        return;
    }
    *ok = json_object_set_new(object, key, owned_value) == 0; /* consumes it either way */
}

void
cm_json_set_text(json_t *object, const char *key, const char *text, bool *ok)
{
    if (text)
        cm_json_set(object, key, json_string(text), ok);
}

void
cm_json_set_int(json_t *object, const char *key, int64_t value, bool *ok)
{
    bool is_safe = value >= -CM_JSON_SAFE_INT && value <= CM_JSON_SAFE_INT;
    cm_json_set(object, key, is_safe ? json_integer(value) : NULL, ok);
}

void
cm_json_set_bool(json_t *object, const char *key, bool value, bool *ok)
{
    cm_json_set(object, key, json_boolean(value), ok);
}
