/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading scrubbed values: what was withheld is there, and cannot be read.
 */
#include "evidence/scrub.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define MOST_PATH 1024
#define MARK      "withheld"

bool
cm_is_withheld(const json_t *value)
{
    return json_object_get(value, MARK) != NULL;
}

bool
cm_holds_withheld(const json_t *value)
{
    const char *name;
    json_t *child;
    size_t index;
    if (cm_is_withheld(value))
        return true;
    json_object_foreach((json_t *)(uintptr_t)value, name, child)
    {
        if (cm_holds_withheld(child))
            return true;
    }
    json_array_foreach(value, index, child)
    {
        if (cm_holds_withheld(child))
            return true;
    }
    return false;
}

static bool
is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

static bool
withheld(const char *what, struct cm_err *err)
{
    return cm_fail(err, CM_E_UNSUPPORTED, "%s was withheld from the evidence", what);
}

static bool
other_type(const char *what, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED, "a value is not %s", what);
}

bool
cm_read_member(const json_t *value, const char *key, const json_t **ret, struct cm_err *err)
{
    const json_t *member = NULL;
    if (cm_is_withheld(value))
        return withheld(key, err);
    if (!is_absent(value) && !json_is_object(value))
        return cm_fail(err, CM_E_MALFORMED, "what should hold %s is not an object", key);
    if (json_is_object(value))
        member = json_object_get(value, key);
    *ret = is_absent(member) ? NULL : member;
    return true;
}

/* The member of that index. From the start for each of 100,000 members would take minutes. */
static void *
walk_to(struct cm_member_walk *walk, const json_t *object, uint64_t index)
{
    json_t *from = (json_t *)(uintptr_t)object;
    if (walk->object != object || index < walk->index || !walk->at)
        *walk = (struct cm_member_walk){.object = object, .at = json_object_iter(from)};
    for (; walk->at && walk->index < index; walk->index++)
        walk->at = json_object_iter_next(from, walk->at);
    return walk->at;
}

bool
cm_walk_at(struct cm_member_walk *walk, const json_t *value, uint64_t index, const json_t **ret,
           struct cm_err *err)
{
    const json_t *found = NULL;
    if (cm_is_withheld(value))
        return withheld("a list", err);
    if (!is_absent(value) && !json_is_array(value) && !json_is_object(value))
        return other_type("a list", err);
    if (json_is_array(value))
        found = json_array_get(value, index);
    if (json_is_object(value))
        found = json_object_iter_value(walk_to(walk, value, index));
    *ret = is_absent(found) ? NULL : found;
    return true;
}

bool
cm_walk_key(struct cm_member_walk *walk, const json_t *value, uint64_t index, const char **ret,
            struct cm_err *err)
{
    if (cm_is_withheld(value))
        return withheld("an object", err);
    if (!is_absent(value) && !json_is_object(value))
        return other_type("an object", err);
    void *at = json_is_object(value) ? walk_to(walk, value, index) : NULL;
    *ret = at ? json_object_iter_key(at) : NULL;
    return true;
}

bool
cm_read_at(const json_t *value, uint64_t index, const json_t **ret, struct cm_err *err)
{
    struct cm_member_walk walk = {.object = NULL};
    return cm_walk_at(&walk, value, index, ret, err);
}

bool
cm_read_key(const json_t *value, uint64_t index, const char **ret, struct cm_err *err)
{
    struct cm_member_walk walk = {.object = NULL};
    return cm_walk_key(&walk, value, index, ret, err);
}

/* One step of a path: an index below an array, else a member's name. */
static bool
step(const json_t *value, const char *name, const json_t **ret, struct cm_err *err)
{
    int64_t index = 0;
    if (!json_is_array(value))
        return cm_read_member(value, name, ret, err);
    if (!cm_parse_int(name, 0, CM_JSON_SAFE_INT, &index))
        return cm_fail(err, CM_E_MALFORMED, "%s: not the index of a list", name);
    return cm_read_at(value, (uint64_t)index, ret, err);
}

bool
cm_read_path(const json_t *value, const char *path, const json_t **ret, struct cm_err *err)
{
    char names[MOST_PATH];
    size_t size = strlen(path);
    const json_t *at = is_absent(value) ? NULL : value;
    if (size >= sizeof names)
        return cm_fail(err, CM_E_INTERNAL, "a path of %zu bytes is too long to read", size);
    memcpy(names, path, size + 1);
    char *rest = size > 0 ? names : NULL;
    for (char *name; (name = strsep(&rest, "."));)
        if (!step(at, name, &at, err))
            return cm_context(err, "%s", path);
    *ret = at;
    return true;
}

/* A mark counts only if it stands for an array or an object: a withheld text would count as none.
 */
static bool
count_withheld(const json_t *mark, uint64_t *ret, struct cm_err *err)
{
    const char *type = cm_json_text(mark, MARK);
    int64_t count = cm_json_int(mark, "count", -1);
    if (!type || (strcmp(type, "array") != 0 && strcmp(type, "object") != 0) || count < 0)
        return withheld("a value that cannot be counted", err);
    *ret = (uint64_t)count;
    return true;
}

bool
cm_read_count(const json_t *value, uint64_t *ret, struct cm_err *err)
{
    if (cm_is_withheld(value))
        return count_withheld(value, ret, err);
    if (!is_absent(value) && !json_is_array(value) && !json_is_object(value))
        return other_type("something that can be counted", err);
    *ret = json_is_array(value) ? json_array_size(value) : json_object_size(value);
    return true;
}

bool
cm_read_text(const json_t *value, const char **ret, struct cm_err *err)
{
    if (cm_is_withheld(value))
        return withheld("a text", err);
    if (!is_absent(value) && !json_is_string(value))
        return other_type("a text", err);
    *ret = json_string_value(value);
    return true;
}

bool
cm_read_integer(const json_t *value, int64_t if_absent, int64_t *ret, struct cm_err *err)
{
    if (cm_is_withheld(value))
        return withheld("a number", err);
    if (!is_absent(value) && !json_is_integer(value))
        return other_type("a whole number", err);
    *ret = is_absent(value) ? if_absent : json_integer_value(value);
    return true;
}

bool
cm_read_truth(const json_t *value, bool if_absent, bool *ret, struct cm_err *err)
{
    if (cm_is_withheld(value))
        return withheld("a truth", err);
    if (!is_absent(value) && !json_is_boolean(value))
        return other_type("true or false", err);
    *ret = is_absent(value) ? if_absent : json_is_true(value);
    return true;
}
