/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading. Three passes: over the bytes (json_scan.c), jansson's, and one over the tree for members
 * that differ only in case. Writing is in json_canonical.c, members in json_access.c.
 */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

void
cm_json_done(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

static enum cm_class
class_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_out_of_memory:
    case json_error_stack_overflow:
    case json_error_numeric_overflow:
        return CM_E_LIMIT;
    default:
        return CM_E_MALFORMED;
    }
}

static bool
load(const void *at, size_t size, const char *name, json_t **ret, struct cm_err *err)
{
    json_error_t error = {0};
    json_t *json = json_loadb(at, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        return cm_fail(err, class_of(&error), "%s: line %d, column %d: %s", name, error.line,
                       error.column, error.text);
    *ret = json;
    return true;
}

static bool
has_capital(const char *key)
{
    for (; *key; key++)
        if (cm_ascii_lower(*key) != *key)
            return true;
    return false;
}

static int
compare_folded(const void *a, const void *b)
{
    const char *x = *(const char *const *)a;
    const char *y = *(const char *const *)b;
    for (;; x++, y++) {
        unsigned char p = (unsigned char)cm_ascii_lower(*x);
        unsigned char q = (unsigned char)cm_ascii_lower(*y);
        if (p != q || p == 0)
            return p - q;
    }
}

/* The later one, in the order of the text, of two that are equal but for case. */
static const char *
later_of(json_t *object, const char *a, const char *b)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        if (key == a || key == b)
            return key == a ? b : a;
    }
    return b;
}

/* Only capitals make variants, and most objects have none: those are not sorted. */
static bool
needs_sorting(json_t *object)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        if (has_capital(key))
            return json_object_size(object) > 1;
    }
    return false;
}

/* *ret_key becomes a member that has a variant before it, or stays. False without memory. */
static bool
find_variant(json_t *object, const char **ret_key)
{
    if (!needs_sorting(object))
        return true;
    size_t count = 0;
    const char **keys = calloc(json_object_size(object), sizeof *keys);
    if (!keys)
        return false;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value) keys[count++] = key;
    qsort(keys, count, sizeof *keys, compare_folded);
    for (size_t i = 1; i < count; i++)
        if (compare_folded(&keys[i - 1], &keys[i]) == 0) {
            *ret_key = later_of(object, keys[i - 1], keys[i]);
            break;
        }
    free(keys);
    return true;
}

static bool find_any_variant(json_t *json, const char **ret_key);

static bool
find_below(json_t *value, const char **ret_key)
{
    if (*ret_key || (!json_is_object(value) && !json_is_array(value)))
        return true;
    return find_any_variant(value, ret_key);
}

/* The whole tree, no deeper than the scan let through. */
static bool
find_any_variant(json_t *json, const char **ret_key)
{
    size_t index = 0;
    const char *key = NULL;
    json_t *value = NULL;
    if (json_is_object(json) && !find_variant(json, ret_key))
        return false;
    json_object_foreach(json, key, value)
    {
        if (!find_below(value, ret_key))
            return false;
    }
    json_array_foreach(json, index, value)
    {
        if (!find_below(value, ret_key))
            return false;
    }
    return true;
}

/* Counts the member names that stand before `wanted` (the pointer) in the text: jansson keeps the
 * order of the text and no positions. */
static bool
count_keys_before(json_t *json, const char *wanted, size_t *count)
{
    size_t index = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(json, key, value)
    {
        if (key == wanted)
            return true;
        ++*count;
        if (count_keys_before(value, wanted, count))
            return true;
    }
    json_array_foreach(json, index, value)
    {
        if (count_keys_before(value, wanted, count))
            return true;
    }
    return false;
}

static bool
check_variants(json_t *json, const void *at, size_t size, const char *name, struct cm_err *err)
{
    const char *key = NULL;
    size_t before = 0;
    if (!find_any_variant(json, &key))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to check it", name);
    if (!key)
        return true;
    (void)count_keys_before(json, key, &before);
    (void)cm_json_fail_at(at, cm_json_find_key(at, size, before), name, CM_E_MALFORMED,
                          "a member that differs from one before it only in case", err);
    return false;
}

static bool
parse(const void *at, size_t size, const char *name, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    if (!cm_json_scan(at, size, name, err) || !load(at, size, name, &json, err) ||
        !check_variants(json, at, size, name, err))
        return false;
    *ret = CM_TAKE(json);
    return true;
}

/* In the C locale, for this thread and this while: jansson translates the decimal point for strtod
 * and aborts in locales where that is more than one byte (ps_AF). */
bool
cm_json_parse(const void *at, size_t size, const char *name, json_t **ret, struct cm_err *err)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", name);
    locale_t before = uselocale(plain);
    bool done = parse(at ? at : "", size, name, ret, err);
    (void)uselocale(before);
    freelocale(plain);
    return done;
}
