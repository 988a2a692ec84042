/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/options.h"

#include "base/json.h"
#include "base/text.h"
#include "plugin/option_value.h"

#include <stdio.h>
#include <string.h>

#define MOST_OPTIONS 513

static const char *const scope_names[] = {"?", "system", "link", "policy", "submission", "plug-in"};

static const char *const type_names[] = {"?",    "text", "integer", "truth",  "duration",
                                         "size", "URL",  "secret",  "choice", "file"};

static const char *const list_names[] = {"?",
                                         "list of text",
                                         "list of integers",
                                         "list of truths",
                                         "list of durations",
                                         "list of sizes",
                                         "list of URLs",
                                         "list of secrets",
                                         "list of choices",
                                         "list of files"};

const char *
cm_option_type_name(int32_t type)
{
    int32_t item = type & ~CMK_LIST;
    if (item < CMK_TEXT || item > CMK_FILE)
        item = 0;
    return (type & CMK_LIST) != 0 ? list_names[item] : type_names[item];
}

const char *
cm_option_scope_name(int32_t of)
{
    return scope_names[of >= CMK_OF_SYSTEM && of <= CMK_OF_PLUGIN ? of : 0];
}

const char *
cm_option_word(const struct cmk_option *option)
{
    return option->said_as != NULL ? option->said_as : option->name;
}

const char *
cm_option_dashed(struct cm_arena *arena, const struct cmk_option *option)
{
    char *copy = cm_arena_text(arena, cm_option_word(option));
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    return copy;
}

const struct cmk_option *
cm_option_find(const struct cmk_option *table, const char *name, int32_t of)
{
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++)
        if (o->of == of && strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

const struct cmk_option *
cm_option_named(const struct cmk_option *table, const char *name)
{
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

bool
cm_option_is_url(const struct cmk_option *option)
{
    return (option->type & ~CMK_LIST) == CMK_URL;
}

/* ---- one resolution ---- */

struct resolving {
    const struct cmk_option *table;
    const struct cm_words_said *said;
    struct cm_complaints *complaints;
    json_t *options, *secrets;
    bool ok;
};

static const struct cm_settings *
settings_of(const struct cm_words_said *said, int32_t of)
{
    switch (of) {
    case CMK_OF_SYSTEM:
        return said->system;
    case CMK_OF_LINK:
        return said->link;
    case CMK_OF_POLICY:
        return said->policy;
    case CMK_OF_PLUGIN:
        return said->plugin;
    default:
        return NULL;
    }
}

static struct cm_place
place_of(const struct cm_words_said *said, int32_t of)
{
    switch (of) {
    case CMK_OF_SYSTEM:
        return said->system_place;
    case CMK_OF_LINK:
        return said->link_place;
    case CMK_OF_POLICY:
        return said->policy_place;
    case CMK_OF_PLUGIN:
        return said->plugin_place;
    default:
        return (struct cm_place){.file = NULL};
    }
}

static const struct cm_setting *
find_setting(const struct cm_settings *settings, const char *name)
{
    for (size_t i = 0; settings != NULL && i < settings->count; i++)
        if (strcmp(settings->at[i].name, name) == 0)
            return &settings->at[i];
    return NULL;
}

/* ---- what nobody asked for ---- */

static const char *
nearest_of(const struct cmk_option *table, const char *name, int32_t of)
{
    const char *names[MOST_OPTIONS];
    size_t count = 0;
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++)
        if (o->of == of && count + 1 < MOST_OPTIONS)
            names[count++] = o->name;
    names[count] = NULL;
    return cm_nearest(name, names);
}

static void
complain_unknown(struct resolving *r, const char *name, int32_t of, struct cm_place place)
{
    const struct cmk_option *elsewhere = cm_option_named(r->table, name);
    const char *near = nearest_of(r->table, name, of);
    char remedy[160] = "remove it";
    r->ok = false;
    if (elsewhere != NULL) {
        (void)snprintf(remedy, sizeof remedy, "say it in the %s",
                       cm_option_scope_name(elsewhere->of));
        cm_complain(r->complaints, place, name, remedy, "'%s' is the %s's to say, not the %s's",
                    name, cm_option_scope_name(elsewhere->of), cm_option_scope_name(of));
        return;
    }
    if (near != NULL)
        (void)snprintf(remedy, sizeof remedy, "did you mean '%s'?", near);
    cm_complain(r->complaints, place, name, remedy, "the %s has no option '%s'",
                cm_option_scope_name(of), name);
}

static void
look_for_unknown(struct resolving *r)
{
    for (int32_t of = CMK_OF_SYSTEM; of <= CMK_OF_PLUGIN; of++) {
        const struct cm_settings *settings = settings_of(r->said, of);
        for (size_t i = 0; settings != NULL && i < settings->count; i++)
            if (cm_option_find(r->table, settings->at[i].name, of) == NULL)
                complain_unknown(r, settings->at[i].name, of, settings->at[i].place);
    }
    const char *name;
    json_t *text;
    json_object_foreach((json_t *)(uintptr_t)r->said->submission, name, text)
    {
        if (cm_option_find(r->table, name, CMK_OF_SUBMISSION) == NULL)
            complain_unknown(r, name, CMK_OF_SUBMISSION, (struct cm_place){.file = NULL});
    }
}

/* ---- what was asked for ---- */

static bool
was_asked(const struct resolving *r, const struct cmk_option *option)
{
    if (option->of == CMK_OF_SUBMISSION)
        return r->said->submission != NULL;
    return settings_of(r->said, option->of) != NULL;
}

static void
complain_missing(struct resolving *r, const struct cmk_option *option)
{
    char remedy[1200];
    struct cm_place place = place_of(r->said, option->of);
    r->ok = false;
    if (place.file == NULL) {
        cm_complain(r->complaints, place, cm_option_word(option), option->help, "is missing");
        return;
    }
    (void)snprintf(remedy, sizeof remedy, "set %s: %s", option->name, option->help);
    cm_complain(r->complaints, place, option->name, remedy, "the %s's option '%s' is missing",
                cm_option_scope_name(option->of), option->name);
}

/* What stands in no file was said on the command line, which all users of the machine can read. */
static void
complain_wrong(struct resolving *r, const struct cmk_option *option, struct cm_place place,
               const char *what)
{
    static const char secret[] = "write file:/path, env:NAME or credential:NAME; if a secret stood "
                                 "here, it is known to others: replace it";
    r->ok = false;
    if (place.file != NULL)
        cm_complain(r->complaints, place, option->name, option->help, "'%s' %s", option->name,
                    what);
    else
        cm_complain(r->complaints, place, cm_option_word(option),
                    option->type == CMK_SECRET ? secret : option->help, "%s", what);
}

/* The value as it was said, or by default; NULL without complaint if there is none. */
static json_t *
value_of(struct resolving *r, const struct cmk_option *option)
{
    const struct cm_setting *setting = find_setting(settings_of(r->said, option->of), option->name);
    const char *submitted =
        option->of == CMK_OF_SUBMISSION ? cm_json_text(r->said->submission, option->name) : NULL;
    struct cm_place place = setting != NULL ? setting->place : place_of(r->said, option->of);
    struct cm_err why = CM_ERR_INIT;
    json_t *value = NULL;
    bool done = true;
    if (setting != NULL)
        done = cm_option_setting(option, setting->value, &value, &why);
    else if (submitted != NULL)
        done = *submitted != '\0' ? cm_option_written(option, submitted, &value, &why)
                                  : cm_fail(&why, CM_E_CONFIG, "is empty");
    else if (option->otherwise != NULL)
        done = cm_option_written(option, option->otherwise, &value, &why);
    else if ((option->flags & CMK_REQUIRED) != 0 && was_asked(r, option))
        complain_missing(r, option);
    if (done)
        return value;
    complain_wrong(r, option, place, why.text);
    return NULL;
}

bool
cm_options_resolve(const struct cmk_option *table, const struct cm_words_said *said,
                   json_t **ret_options, json_t **ret_secrets, struct cm_complaints *complaints)
{
    CM_CLEANUP(cm_json_done) json_t *options = json_object();
    CM_CLEANUP(cm_json_done) json_t *secrets = json_object();
    struct resolving r = {.table = table,
                          .said = said,
                          .complaints = complaints,
                          .options = options,
                          .secrets = secrets,
                          .ok = true};
    look_for_unknown(&r);
    bool stored = options != NULL && secrets != NULL;
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++) {
        json_t *value = value_of(&r, o);
        if (value != NULL)
            cm_json_set(o->type == CMK_SECRET ? secrets : options, o->name, value, &stored);
    }
    if (!stored)
        cm_complain(complaints, (struct cm_place){.file = NULL}, "", NULL, "out of memory");
    if (!r.ok || !stored)
        return false;
    *ret_options = CM_TAKE(options);
    *ret_secrets = CM_TAKE(secrets);
    return true;
}

/* A table's defaults hold (check_table.c): one that does not is out of memory. */
bool
cm_options_complete(const struct cmk_option *table, json_t *options)
{
    bool ok = true;
    for (const struct cmk_option *o = table; ok && o != NULL && o->name != NULL; o++) {
        struct cm_err ignored = CM_ERR_INIT;
        json_t *value = NULL;
        if (o->otherwise == NULL || json_object_get(options, o->name) != NULL)
            continue;
        ok = cm_option_written(o, o->otherwise, &value, &ignored);
        cm_json_set(options, o->name, value, &ok);
    }
    return ok;
}
