/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/options_said.h"

#include "base/json.h"
#include "base/text.h"
#include "plugin/option_value.h"
#include "plugin/options.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MOST  ((size_t)1 << 20)
#define MOST_WORDS 640 /* a table's, and the caller's */

static const struct cm_place nowhere; /* in no file */

struct saying {
    const struct cmk_option *table;
    const char *const *own;
    struct cm_options_said *to;
    struct cm_complaints *complaints;
    struct cm_setting *room[CMK_OF_PLUGIN + 1]; /* by scope: as many as there are words */
    bool of_plugin; /* only what is the plug-in's own to say; else, all but that */
    bool ok;
};

void
cm_options_said_done(struct cm_options_said *said)
{
    cm_json_done(&said->values);
    cm_json_done(&said->names);
    said->arena = cm_arena_free(said->arena);
}

static bool
is_meant(const struct saying *s, const struct cmk_option *option)
{
    return (option->of == CMK_OF_PLUGIN) == s->of_plugin;
}

static const struct cmk_option *
find(const struct saying *s, const char *word)
{
    for (const struct cmk_option *o = s->table; o != NULL && o->name != NULL; o++)
        if (strcmp(cm_option_word(o), word) == 0 && is_meant(s, o))
            return o;
    return NULL;
}

/* As one would type it. */
static const char *
dashed(struct cm_arena *arena, const char *word)
{
    char *copy = cm_arena_text(arena, word);
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        *c = *c == '_' ? '-' : *c;
    return copy;
}

/* Options are written out; whoever began one means it. */
static const char *
begun(const char *typed, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strncmp(*words, typed, strlen(typed)) == 0)
            return *words;
    return NULL;
}

/* Among the plug-in's words and the caller's own. */
static const char *
nearest(const struct saying *s, const char *word)
{
    const char *words[MOST_WORDS + 1];
    size_t count = 0;
    const char *typed = dashed(s->to->arena, word);
    for (const struct cmk_option *o = s->table; o != NULL && o->name != NULL; o++)
        if (count < MOST_WORDS && is_meant(s, o))
            words[count++] = cm_option_dashed(s->to->arena, o);
    for (const char *const *own = s->own; *own != NULL && count < MOST_WORDS; own++)
        words[count++] = *own;
    words[count] = NULL;
    for (size_t i = 0; i < count; i++)
        if (words[i] == NULL)
            return NULL;
    if (typed == NULL)
        return NULL;
    const char *whole = begun(typed, words);
    return whole != NULL ? whole : cm_nearest(typed, words);
}

static void
complain_unknown(struct saying *s, const char *word)
{
    char remedy[160] = "countermark plugin dump prints the plug-in's, --help the engine's";
    const char *near = nearest(s, word);
    if (near != NULL)
        (void)snprintf(remedy, sizeof remedy, "did you mean --%s?", near);
    s->ok = false;
    cm_complain(s->complaints, nowhere, word, remedy, "there is no such option");
}

static void
complain(struct saying *s, const struct cmk_option *option, const char *what)
{
    s->ok = false;
    cm_complain(s->complaints, nowhere, cm_option_word(option), option->help, "%s", what);
}

/* ---- values ---- */

/* One text, as it would stand in a file. NULL, and a complaint, if it cannot. */
static json_t *
as_written(struct saying *s, const struct cmk_option *option, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    struct cmk_option one = *option;
    json_t *value = NULL;
    one.type &= ~CMK_LIST;
    if (one.type != CMK_INTEGER && one.type != CMK_TRUTH)
        return json_string(text);
    if (cm_option_written(&one, text, &value, &err))
        return value;
    complain(s, option, err.text);
    return NULL;
}

static json_t *
as_list(struct saying *s, const struct cmk_option *option, const json_t *said)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    size_t count = json_is_array(said) ? json_array_size(said) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(said) ? json_array_get(said, i) : said;
        json_t *value = as_written(s, option, json_string_value(one));
        if (value == NULL || json_array_append_new(list, value) != 0)
            return NULL;
    }
    return CM_TAKE(list);
}

static struct cm_settings *
settings_of(struct cm_options_said *said, int32_t of)
{
    return of == CMK_OF_SYSTEM   ? &said->system
           : of == CMK_OF_LINK   ? &said->link
           : of == CMK_OF_PLUGIN ? &said->plugin
                                 : &said->policy;
}

static void
keep(struct saying *s, const struct cmk_option *option, json_t *value)
{
    struct cm_settings *settings = settings_of(s->to, option->of);
    const char *name = cm_arena_text(s->to->arena, option->name);
    if (value == NULL || name == NULL || json_array_append_new(s->to->values, value) != 0) {
        s->ok = false;
        return;
    }
    s->room[option->of][settings->count++] = (struct cm_setting){.name = name, .value = value};
}

static void
take(struct saying *s, const char *word, json_t *said)
{
    const struct cmk_option *option = find(s, word);
    if (option == NULL) {
        complain_unknown(s, word);
        return;
    }
    bool list = (option->type & CMK_LIST) != 0;
    if (!list && json_is_array(said))
        complain(s, option, "is said twice");
    else if (option->of == CMK_OF_SUBMISSION)
        cm_json_set(s->to->names, option->name, json_incref(said), &s->ok);
    else
        keep(s, option,
             list ? as_list(s, option, said) : as_written(s, option, json_string_value(said)));
}

static bool
begin(struct saying *s, size_t words)
{
    s->to->arena = cm_arena_new(TEXT_MOST);
    s->to->values = json_array();
    s->to->names = json_object();
    bool ok = s->to->arena != NULL && s->to->values != NULL && s->to->names != NULL;
    for (int32_t of = CMK_OF_SYSTEM; ok && of <= CMK_OF_PLUGIN; of++) {
        if (of == CMK_OF_SUBMISSION)
            continue;
        s->room[of] = cm_arena_alloc(s->to->arena, (words + 1) * sizeof *s->room[of]);
        settings_of(s->to, of)->at = s->room[of];
        ok = s->room[of] != NULL;
    }
    return ok;
}

static bool
say(const struct cmk_option *table, bool of_plugin, const json_t *words, const char *const *own,
    struct cm_options_said *ret, struct cm_complaints *complaints)
{
    CM_CLEANUP(cm_options_said_done) struct cm_options_said said = {0};
    struct saying s = {
        .table = table, .own = own, .to = &said, .complaints = complaints, .of_plugin = of_plugin};
    size_t before = complaints->count;
    const char *word;
    json_t *value;
    s.ok = begin(&s, json_object_size(words));
    json_object_foreach((json_t *)(uintptr_t)words, word, value)
    {
        if (s.ok || complaints->count > before)
            take(&s, word, value);
    }
    if (!s.ok && complaints->count == before)
        cm_complain(complaints, nowhere, "", NULL, "out of memory");
    if (!s.ok)
        return false;
    *ret = said;
    said = (struct cm_options_said){0};
    return true;
}

bool
cm_options_said(const struct cmk_option *table, const json_t *words, const char *const *own,
                struct cm_options_said *ret, struct cm_complaints *complaints)
{
    return say(table, false, words, own, ret, complaints);
}

bool
cm_options_said_of_plugin(const struct cmk_option *table, const json_t *words,
                          const char *const *own, struct cm_options_said *ret,
                          struct cm_complaints *complaints)
{
    return say(table, true, words, own, ret, complaints);
}

static void
look_at_value(const struct cmk_option *option, const json_t *said, struct cm_complaints *to)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    bool sound = option->of == CMK_OF_SUBMISSION
                     ? cm_option_written(option, json_string_value(said), &value, &err)
                     : cm_option_setting(option, said, &value, &err);
    if (!sound)
        cm_complain(to, nowhere, cm_option_word(option), option->help, "%s", err.text);
}

static void
look_at_settings(const struct cmk_option *table, int32_t of, const struct cm_settings *settings,
                 struct cm_complaints *to)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct cmk_option *option = cm_option_find(table, settings->at[i].name, of);
        if (option != NULL)
            look_at_value(option, settings->at[i].value, to);
    }
}

bool
cm_options_are_sound(const struct cmk_option *table, const struct cm_options_said *said,
                     struct cm_complaints *complaints)
{
    size_t before = complaints->count;
    const char *name;
    json_t *text;
    look_at_settings(table, CMK_OF_SYSTEM, &said->system, complaints);
    look_at_settings(table, CMK_OF_LINK, &said->link, complaints);
    look_at_settings(table, CMK_OF_POLICY, &said->policy, complaints);
    json_object_foreach(said->names, name, text)
    {
        const struct cmk_option *option = cm_option_find(table, name, CMK_OF_SUBMISSION);
        if (option != NULL && json_is_string(text))
            look_at_value(option, text, complaints);
    }
    return complaints->count == before;
}

json_t *
cm_options_heard(const struct cmk_option *table, const json_t *words)
{
    json_t *heard = json_object();
    bool ok = heard != NULL;
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++) {
        const char *text = cm_json_text(words, cm_option_word(o));
        struct cm_err ignored = CM_ERR_INIT;
        json_t *value = NULL;
        if (o->type != CMK_SECRET && text != NULL && cm_option_written(o, text, &value, &ignored))
            cm_json_set(heard, o->name, value, &ok);
    }
    if (ok)
        return heard;
    json_decref(heard);
    return NULL;
}
