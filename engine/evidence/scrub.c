/* SPDX-License-Identifier: Apache-2.0
 *
 * Two walks over a body: one that refuses marks that are there already, and one that makes the
 * copy. The copying walk carries along which paths of the list are alive where it stands: those
 * whose steps so far led here, each at its next step.
 */
#include "evidence/scrub.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <string.h>

#define MOST_PATH  1024
#define MOST_STEPS 64
#define MOST_TEXT  ((size_t)256 << 20) /* of one text, masked; what came is smaller */
#define MARK       "withheld"

/* The next step of a path; NULL: it ends here. Steps are names, patterns of names, EACH and ALL. */
typedef const char *const *steps;

static const char EACH[] = "[]";
static const char ALL[] = "**";

struct scrubber {
    steps *paths; /* the alive ones of each level, `width` a level */
    size_t width;
    bool withheld; /* was anything? */
    struct cm_err *err;
};

/* ---- the list ---- */

static bool
is_literal(const char *step)
{
    return step[cm_pattern_literal(step)] == '\0';
}

/* Cuts one segment off: its name, then each "[]" behind it. False if it is none. */
static bool
split_segment(char *segment, const char **ret_steps, size_t *count)
{
    char *bracket = strchr(segment, '[');
    size_t brackets = bracket ? strlen(bracket) : 0;
    if (brackets % 2 != 0 || *count + 1 + brackets / 2 > MOST_STEPS)
        return false;
    for (size_t i = 0; i < brackets; i += 2)
        if (bracket[i] != '[' || bracket[i + 1] != ']')
            return false;
    if (bracket)
        *bracket = '\0';
    if (segment[0] == '\0' && (!bracket || *count > 0))
        return false;
    if (bracket && strcmp(segment, ALL) == 0)
        return false;
    if (segment[0] != '\0')
        ret_steps[(*count)++] = segment;
    for (size_t i = 0; i < brackets; i += 2)
        ret_steps[(*count)++] = EACH;
    return true;
}

static bool
split_path(struct cm_arena *arena, const char *path, steps *ret, struct cm_err *err)
{
    char *rest = cm_arena_text(arena, path);
    const char **all = cm_arena_alloc(arena, (MOST_STEPS + 1) * sizeof *all);
    size_t count = 0;
    if (!rest || !all)
        return cm_fail(err, CM_E_LIMIT, "no memory to scrub");
    if (strlen(path) > MOST_PATH)
        return cm_fail(err, CM_E_INTERNAL, "a path to keep is longer than %d bytes", MOST_PATH);
    for (char *segment; (segment = strsep(&rest, "."));) {
        if (!split_segment(segment, all, &count))
            return cm_fail(err, CM_E_INTERNAL, "not a path to keep: \"%s\"", path);
        if (strcmp(all[count - 1], ALL) == 0) {
            if (rest)
                return cm_fail(err, CM_E_INTERNAL, "\"**\" is not the end of \"%s\"", path);
            all[count - 1] = ALL;
        }
    }
    *ret = all;
    return true;
}

static size_t
count_of(const char *const *keep)
{
    size_t count = 0;
    while (keep && keep[count])
        count++;
    return count;
}

/* ---- the walk that refuses ---- */

static bool
refuse_marks(const json_t *value, size_t depth, struct cm_err *err)
{
    size_t index = 0;
    const char *key = NULL;
    json_t *child = NULL;
    json_t *container = (json_t *)(uintptr_t)value;
    if (depth > CM_JSON_DEPTH)
        return cm_fail(err, CM_E_LIMIT, "the body is nested deeper than %d levels", CM_JSON_DEPTH);
    if (cm_is_withheld(value))
        return cm_fail(err, CM_E_MALFORMED,
                       "the body has a member \"" MARK "\", which is a mark of the evidence's own");
    json_object_foreach(container, key, child)
    {
        if (!refuse_marks(child, depth + 1, err))
            return false;
    }
    json_array_foreach(container, index, child)
    {
        if (!refuse_marks(child, depth + 1, err))
            return false;
    }
    return true;
}

/* ---- the walk that copies ---- */

static const char *
type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "array";
    case JSON_OBJECT:
        return "object";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    default:
        return "number";
    }
}

static json_t *
mark_of(struct scrubber *scrubber, const json_t *value)
{
    bool ok = true;
    bool is_container = json_is_array(value) || json_is_object(value);
    size_t count = json_is_array(value) ? json_array_size(value) : json_object_size(value);
    bool is_empty =
        is_container ? count == 0 : json_is_string(value) && json_string_length(value) == 0;
    CM_CLEANUP(cm_json_done) json_t *mark = json_object();
    cm_json_set_text(mark, MARK, type_name(value), &ok);
    cm_json_set_bool(mark, "empty", is_empty, &ok);
    if (is_container)
        cm_json_set_int(mark, "count", (int64_t)count, &ok);
    scrubber->withheld = true;
    return ok ? CM_TAKE(mark) : NULL;
}

/* Does any of the alive paths go on with this kind of step? A step that is a name is NULL here. */
static bool
goes_on(const steps *alive, size_t count, const char *step)
{
    for (size_t i = 0; i < count; i++)
        if (*alive[i] && (step ? *alive[i] == step : *alive[i] != EACH && *alive[i] != ALL))
            return true;
    return false;
}

/* ---- what is kept: all but passwords in addresses ---- */

#define WITHHELD "[withheld]"

/* How much of the text behind "://" is userinfo, with its '@'; 0: there is none. A password may
 * hold another '@', so the last one counts. */
static size_t
userinfo_size(const char *authority)
{
    size_t size = strcspn(authority, "/?# \t\r\n");
    const char *at = memrchr(authority, '@', size);
    return at ? (size_t)(at - authority) + 1 : 0;
}

static bool
has_userinfo(const char *text)
{
    for (; (text = strstr(text, "://")); text += 3)
        if (userinfo_size(text + 3) > 0)
            return true;
    return false;
}

static json_t *
mask_text(struct scrubber *scrubber, const json_t *value)
{
    const char *text = json_string_value(value);
    const char *authority;
    CM_CLEANUP(cm_buf_done) struct cm_buf masked = CM_BUF_INIT(MOST_TEXT);
    if (!has_userinfo(text))
        return json_incref((json_t *)(uintptr_t)value);
    while ((authority = strstr(text, "://"))) {
        authority += 3;
        size_t size = userinfo_size(authority);
        cm_buf_add(&masked, text, (size_t)(authority - text));
        cm_buf_puts(&masked, size > 0 ? WITHHELD "@" : "");
        text = authority + size;
    }
    cm_buf_puts(&masked, text);
    if (strcmp(cm_buf_text(&masked), json_string_value(value)) != 0)
        scrubber->withheld = true;
    return masked.failed ? NULL : json_stringn(cm_buf_text(&masked), masked.size);
}

static json_t *copy_kept(struct scrubber *scrubber, const json_t *value);

static json_t *
copy_kept_object(struct scrubber *scrubber, const json_t *value)
{
    const char *key = NULL;
    json_t *child = NULL;
    CM_CLEANUP(cm_json_done) json_t *kept = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, child)
    {
        json_t *member = copy_kept(scrubber, child);
        if (!member || json_object_set_new(kept, key, member) < 0)
            return NULL;
    }
    return CM_TAKE(kept);
}

static json_t *
copy_kept_array(struct scrubber *scrubber, const json_t *value)
{
    CM_CLEANUP(cm_json_done) json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = copy_kept(scrubber, json_array_get(value, i));
        if (!element || json_array_append_new(kept, element) < 0)
            return NULL;
    }
    return CM_TAKE(kept);
}

static json_t *
copy_kept(struct scrubber *scrubber, const json_t *value)
{
    if (json_is_string(value))
        return mask_text(scrubber, value);
    if (json_is_object(value))
        return copy_kept_object(scrubber, value);
    return json_is_array(value) ? copy_kept_array(scrubber, value) : json_deep_copy(value);
}

/* A path that ends here keeps a leaf; "**" keeps everything. */
static bool
is_kept_whole(const json_t *value, const steps *alive, size_t count)
{
    if (json_is_null(value) || goes_on(alive, count, ALL))
        return true;
    for (size_t i = 0; i < count; i++)
        if (!*alive[i])
            return !json_is_object(value) && !json_is_array(value);
    return false;
}

/* One more step of a path below the member `key`: true if the path stays alive. A name that is
 * meant but written in another case would be read by nobody, and is no accident. */
static bool
step_into(steps path, const char *key, bool *ret_alive, struct cm_err *err)
{
    const char *step = *path;
    *ret_alive = false;
    if (!step || step == EACH || step == ALL)
        return true;
    if (!is_literal(step)) {
        *ret_alive = cm_pattern_matches(step, key);
        return true;
    }
    *ret_alive = strcmp(step, key) == 0;
    if (!*ret_alive && cm_ascii_equal_fold(step, key))
        return cm_fail(err, CM_E_MALFORMED, "the body has a member \"%s\" where \"%s\" is meant",
                       key, step);
    return true;
}

static json_t *copy(struct scrubber *scrubber, const json_t *value, size_t level, size_t count);

static json_t *
copy_member(struct scrubber *scrubber, const char *key, const json_t *value, size_t level,
            size_t count)
{
    const steps *alive = scrubber->paths + level * scrubber->width;
    steps *next = scrubber->paths + (level + 1) * scrubber->width;
    size_t next_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_alive = false;
        if (!step_into(alive[i], key, &is_alive, scrubber->err))
            return NULL;
        if (is_alive)
            next[next_count++] = alive[i] + 1;
    }
    return copy(scrubber, value, level + 1, next_count);
}

static json_t *
copy_object(struct scrubber *scrubber, const json_t *value, size_t level, size_t count)
{
    const char *key = NULL;
    json_t *child = NULL;
    CM_CLEANUP(cm_json_done) json_t *kept = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, child)
    {
        json_t *member = copy_member(scrubber, key, child, level, count);
        if (!member || json_object_set_new(kept, key, member) < 0)
            return NULL;
    }
    return CM_TAKE(kept);
}

static json_t *
copy_array(struct scrubber *scrubber, const json_t *value, size_t level, size_t count)
{
    const steps *alive = scrubber->paths + level * scrubber->width;
    steps *next = scrubber->paths + (level + 1) * scrubber->width;
    size_t next_count = 0;
    for (size_t i = 0; i < count; i++)
        if (*alive[i] == EACH)
            next[next_count++] = alive[i] + 1;
    CM_CLEANUP(cm_json_done) json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = copy(scrubber, json_array_get(value, i), level + 1, next_count);
        if (!element || json_array_append_new(kept, element) < 0)
            return NULL;
    }
    return CM_TAKE(kept);
}

static json_t *
copy(struct scrubber *scrubber, const json_t *value, size_t level, size_t count)
{
    const steps *alive = scrubber->paths + level * scrubber->width;
    if (is_kept_whole(value, alive, count))
        return copy_kept(scrubber, value);
    if (json_is_object(value) && goes_on(alive, count, NULL))
        return copy_object(scrubber, value, level, count);
    if (json_is_array(value) && goes_on(alive, count, EACH))
        return copy_array(scrubber, value, level, count);
    return mark_of(scrubber, value);
}

bool
cm_scrub(const json_t *body, const char *const *keep, json_t **ret, bool *ret_withheld,
         struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    struct scrubber scrubber = {.width = count_of(keep), .err = &why};
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new((size_t)16 << 20);
    /* a value at depth d hands its paths to level d + 1 */
    size_t levels = CM_JSON_DEPTH + 2;
    scrubber.paths = cm_arena_alloc(arena, levels * (scrubber.width + 1) * sizeof(steps));
    if (!scrubber.paths)
        return cm_fail(err, CM_E_LIMIT, "no memory to scrub");
    if (!body || !refuse_marks(body, 0, err))
        return body ? false : cm_fail(err, CM_E_INTERNAL, "nothing to scrub");
    for (size_t i = 0; i < scrubber.width; i++)
        if (!split_path(arena, keep[i], &scrubber.paths[i], err))
            return false;

    json_t *kept = copy(&scrubber, body, 0, scrubber.width);
    if (!kept)
        return why.class == CM_OK ? cm_fail(err, CM_E_LIMIT, "no memory to scrub")
                                  : cm_fail(err, why.class, "%s", why.text);
    *ret = kept;
    *ret_withheld = scrubber.withheld;
    return true;
}
