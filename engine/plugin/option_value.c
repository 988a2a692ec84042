/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/option_value.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/secret.h"
#include "trust/url.h"

#include <inttypes.h>
#include <string.h>

static int32_t
item_type(const struct cmk_option *option)
{
    return option->type & ~CMK_LIST;
}

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- numbers ---- */

static void
describe_number(const struct cmk_option *option, int64_t number, char *to, size_t size)
{
    if (item_type(option) == CMK_DURATION)
        (void)snprintf(to, size, "%" PRId64 "s", number / CM_SECOND);
    else
        (void)snprintf(to, size, "%" PRId64, number);
}

static bool
in_range(const struct cmk_option *option, int64_t number, json_t **ret, struct cm_err *err)
{
    char least[24], most[24];
    if ((option->least != 0 || option->most != 0) &&
        (number < option->least || number > option->most)) {
        describe_number(option, option->least, least, sizeof least);
        describe_number(option, option->most, most, sizeof most);
        return cm_fail(err, CM_E_CONFIG, "is not between %s and %s", least, most);
    }
    /* the evidence is JSON, where whole numbers end at 2^53 - 1: 104 days in nanoseconds */
    if (number > CM_JSON_SAFE_INT || number < -CM_JSON_SAFE_INT)
        return cm_fail(err, CM_E_CONFIG, "is %s",
                       item_type(option) == CMK_DURATION ? "longer than 104 days"
                                                         : "beyond 9007199254740991");
    *ret = json_integer(number);
    return *ret != NULL || no_memory(err);
}

static bool
of_integer(const struct cmk_option *option, int64_t number, json_t **ret, struct cm_err *err)
{
    int32_t type = item_type(option);
    if (type == CMK_INTEGER || (type == CMK_SIZE && number >= 0))
        return in_range(option, number, ret, err);
    if (type == CMK_DURATION)
        return cm_fail(err, CM_E_CONFIG, "is not a duration: write it with its unit, \"90s\", %s",
                       "\"10m\", \"36h\" or \"30d\"");
    if (type == CMK_TRUTH)
        return cm_fail(err, CM_E_CONFIG, "is neither true nor false");
    return cm_fail(err, CM_E_CONFIG, "is not text: put it in quotation marks");
}

/* ---- texts ---- */

static bool
keep_text(const char *text, json_t **ret, struct cm_err *err)
{
    *ret = json_string(text);
    return *ret != NULL || cm_fail(err, CM_E_CONFIG, "is not valid UTF-8");
}

static bool
of_url(const char *text, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
    struct cm_url url;
    if (arena == NULL)
        return no_memory(err);
    if (!cm_url_parse(arena, text, &url, err))
        return false;
    if (url.query != NULL)
        return cm_fail(err, CM_E_CONFIG, "is a URL with a query: leave out all from '?' on");
    return keep_text(text, ret, err);
}

static bool
of_words(const struct cmk_option *option, const char *text, json_t **ret, struct cm_err *err)
{
    if (!cm_option_has_word(option->words, text))
        return cm_fail(err, CM_E_CONFIG, "is '%s', not one of %s", text, option->words);
    return keep_text(text, ret, err);
}

static bool
of_unit(const struct cmk_option *option, const char *text, json_t **ret, struct cm_err *err)
{
    int64_t number;
    if (item_type(option) == CMK_DURATION)
        return cm_parse_duration(text, &number)
                   ? in_range(option, number, ret, err)
                   : cm_fail(err, CM_E_CONFIG, "is '%s', not a duration like \"90s\", \"10m\", %s",
                             text, "\"36h\" or \"30d\"");
    return cm_parse_size(text, &number)
               ? in_range(option, number, ret, err)
               : cm_fail(err, CM_E_CONFIG, "is '%s', not a size like \"512\", \"64k\" or \"2G\"",
                         text);
}

static bool
of_text(const struct cmk_option *option, const char *text, json_t **ret, struct cm_err *err)
{
    int32_t type = item_type(option);
    if (type == CMK_SECRET)
        return cm_secret_check(text, err) && keep_text(text, ret, err);
    if (strlen(text) > CM_OPTION_MOST_TEXT)
        return cm_fail(err, CM_E_CONFIG, "is longer than %d bytes", CM_OPTION_MOST_TEXT);
    if (*text == '\0' && ((option->flags & CMK_REQUIRED) != 0 || type != CMK_TEXT))
        return cm_fail(err, CM_E_CONFIG, "is empty");
    if (type == CMK_DURATION || type == CMK_SIZE)
        return of_unit(option, text, ret, err);
    if (type == CMK_URL)
        return of_url(text, ret, err);
    if (type == CMK_CHOICE)
        return of_words(option, text, ret, err);
    if (type == CMK_FILE && *text != '/')
        return cm_fail(err, CM_E_CONFIG, "is '%s', not an absolute path", text);
    if (type == CMK_INTEGER)
        return cm_fail(err, CM_E_CONFIG, "is not a whole number without quotation marks");
    if (type == CMK_TRUTH)
        return cm_fail(err, CM_E_CONFIG, "is neither true nor false (without quotation marks)");
    return keep_text(text, ret, err);
}

bool
cm_option_has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; at != NULL && size > 0;) {
        if (strncmp(at, word, size) == 0 && (at[size] == '|' || at[size] == '\0'))
            return strchr(word, '|') == NULL;
        at = strchr(at, '|');
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

/* ---- one, or a list ---- */

static bool
of_item(const struct cmk_option *option, const json_t *said, json_t **ret, struct cm_err *err)
{
    if (json_is_string(said))
        return of_text(option, json_string_value(said), ret, err);
    if (json_is_integer(said))
        return of_integer(option, json_integer_value(said), ret, err);
    if (!json_is_boolean(said))
        return cm_fail(err, CM_E_CONFIG, "is neither text, a whole number, true nor false");
    if (item_type(option) != CMK_TRUTH)
        return cm_fail(err, CM_E_CONFIG, "is true or false where that says nothing");
    *ret = json_boolean(json_is_true(said));
    return true;
}

static bool
of_list(const struct cmk_option *option, const json_t *said, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    if (!json_is_array(said))
        return cm_fail(err, CM_E_CONFIG, "is not a list: write [ ... ]");
    if (json_array_size(said) > CM_OPTION_MOST_ITEMS)
        return cm_fail(err, CM_E_LIMIT, "has more than %d entries", CM_OPTION_MOST_ITEMS);
    if (json_array_size(said) == 0 && (option->flags & CMK_REQUIRED) != 0)
        return cm_fail(err, CM_E_CONFIG, "is empty");
    for (size_t i = 0; i < json_array_size(said); i++) {
        json_t *item;
        if (!of_item(option, json_array_get(said, i), &item, err))
            return cm_context(err, "entry %zu", i + 1);
        if (json_array_append_new(list, item) != 0)
            return no_memory(err);
    }
    *ret = CM_TAKE(list);
    return *ret != NULL || no_memory(err);
}

bool
cm_option_setting(const struct cmk_option *option, const json_t *said, json_t **ret,
                  struct cm_err *err)
{
    if ((option->type & CMK_LIST) != 0)
        return of_list(option, said, ret, err);
    if (json_is_array(said))
        return cm_fail(err, CM_E_CONFIG, "is a list where one value is wanted");
    return of_item(option, said, ret, err);
}

bool
cm_option_written(const struct cmk_option *option, const char *text, json_t **ret,
                  struct cm_err *err)
{
    int64_t number;
    if ((option->type & CMK_LIST) != 0) {
        CM_CLEANUP(cm_json_done) json_t *list = NULL;
        return cm_json_parse(text, strlen(text), "list", &list, err) &&
               of_list(option, list, ret, err);
    }
    if (option->type == CMK_INTEGER)
        return cm_parse_int(text, INT64_MIN, INT64_MAX, &number)
                   ? in_range(option, number, ret, err)
                   : cm_fail(err, CM_E_CONFIG, "is '%s', not a whole number", text);
    if (option->type == CMK_TRUTH) {
        bool is_true = strcmp(text, "true") == 0;
        *ret = json_boolean(is_true);
        return is_true || strcmp(text, "false") == 0 ||
               cm_fail(err, CM_E_CONFIG, "is '%s', neither true nor false", text);
    }
    return of_text(option, text, ret, err);
}
