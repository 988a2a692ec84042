/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/members.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* Letters that Unicode folds to ASCII ones: U+017F to s, U+212A to k. Gives how many bytes the next
 * letter has. */
static size_t
next_folded(const char *at, char *ret)
{
    if (at[0] == '\xc5' && at[1] == '\xbf') {
        *ret = 's';
        return 2;
    }
    if (at[0] == '\xe2' && at[1] == '\x84' && at[2] == '\xaa') {
        *ret = 'k';
        return 3;
    }
    *ret = cm_ascii_lower(*at);
    return 1;
}

static bool
looks_like(const char *name, const char *known)
{
    char folded = '\0';
    while (*name != '\0' && *known != '\0') {
        name += next_folded(name, &folded);
        if (folded != cm_ascii_lower(*known++))
            return false;
    }
    return *name == *known;
}

static bool
check_name(const char *name, const char *const *known, const char *where, struct cm_err *err)
{
    for (; *known != NULL; known++)
        if (looks_like(name, *known) && strcmp(name, *known) != 0)
            return cm_fail(err, CM_E_MALFORMED,
                           "%s: the member '%s' is none, and some readers take it for '%s'", where,
                           name, *known);
    return true;
}

bool
cm_members_check(const json_t *object, const char *const *known, const char *where,
                 struct cm_err *err)
{
    const char *name;
    json_t *value, *plain = (json_t *)(uintptr_t)object;
    if (!json_is_object(object))
        return cm_fail(err, CM_E_MALFORMED, "%s is no object", where);
    json_object_foreach(plain, name, value)
    {
        if (!check_name(name, known, where, err))
            return false;
    }
    return true;
}

static bool
get(const json_t *object, const char *key, const char *where, json_type type, const char *kind,
    const json_t **ret, struct cm_err *err)
{
    const json_t *value = cm_json_get(object, key);
    if (value != NULL && json_typeof(value) != type)
        return cm_fail(err, CM_E_MALFORMED, "%s: %s is no %s", where, key, kind);
    *ret = value;
    return true;
}

static bool
needed(bool there, const char *key, const char *where, struct cm_err *err)
{
    return there || cm_fail(err, CM_E_MALFORMED, "%s: there is no %s", where, key);
}

bool
cm_member_text(const json_t *object, const char *key, const char *where, const char **ret,
               struct cm_err *err)
{
    const json_t *value = NULL;
    if (!get(object, key, where, JSON_STRING, "text", &value, err))
        return false;
    const char *text = json_string_value(value);
    *ret = text != NULL && *text != '\0' ? text : NULL;
    return true;
}

bool
cm_member_object(const json_t *object, const char *key, const char *where, const json_t **ret,
                 struct cm_err *err)
{
    return get(object, key, where, JSON_OBJECT, "object", ret, err);
}

bool
cm_member_array(const json_t *object, const char *key, const char *where, const json_t **ret,
                struct cm_err *err)
{
    return get(object, key, where, JSON_ARRAY, "list", ret, err);
}

bool
cm_member_text_needed(const json_t *object, const char *key, const char *where, const char **ret,
                      struct cm_err *err)
{
    const char *text = NULL;
    if (!cm_member_text(object, key, where, &text, err) || !needed(text != NULL, key, where, err))
        return false;
    *ret = text;
    return true;
}

bool
cm_member_object_needed(const json_t *object, const char *key, const char *where,
                        const json_t **ret, struct cm_err *err)
{
    const json_t *value = NULL;
    if (!cm_member_object(object, key, where, &value, err) ||
        !needed(value != NULL, key, where, err))
        return false;
    *ret = value;
    return true;
}

bool
cm_member_array_needed(const json_t *object, const char *key, const char *where, const json_t **ret,
                       struct cm_err *err)
{
    const json_t *value = NULL;
    if (!cm_member_array(object, key, where, &value, err) ||
        !needed(value != NULL, key, where, err))
        return false;
    *ret = value;
    return true;
}
