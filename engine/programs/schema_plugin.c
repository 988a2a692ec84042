/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/schema_plugin.h"

#include "base/json.h"
#include "plugin/options.h"

#include <string.h>

#define DRAFT     "https://json-schema.org/draft/2020-12/schema"
#define DURATION  "^(0|[1-9][0-9]*)[smhd]$"
#define SIZE      "^(0|[1-9][0-9]*)[kMG]?$"
#define INTEGER   "^(0|-?[1-9][0-9]*)$"
#define URL       "^[Hh][Tt][Tt][Pp][Ss]?://[^?#]+$"
#define REFERENCE "^(file:/.*|env:[A-Za-z_][A-Za-z0-9_]*|credential:[A-Za-z0-9_-][A-Za-z0-9._-]*)$"
#define PATH      "^/"

static json_t *
pattern(const char *text)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", text);
}

/* ---- one value ---- */

static json_t *
text_schema(bool never_empty)
{
    return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", never_empty ? 1 : 0,
                     "maxLength", 4096);
}

static json_t *
integer_schema(const struct cmk_option *o)
{
    bool ok = true;
    json_t *schema = json_pack("{s:s}", "type", "integer");
    if (o->least != 0 || o->most != 0) {
        cm_json_set_int(schema, "minimum", o->least, &ok);
        cm_json_set_int(schema, "maximum", o->most, &ok);
    }
    return schema;
}

/* A number of bytes, or a text with a unit. */
static json_t *
size_schema(void)
{
    return json_pack("{s:[{s:s, s:i}, o]}", "anyOf", "type", "integer", "minimum", 0,
                     pattern(SIZE));
}

static json_t *
choice_schema(const struct cmk_option *o)
{
    json_t *words = json_array();
    for (const char *at = o->words; at != NULL && words != NULL;) {
        size_t size = strcspn(at, "|");
        if (json_array_append_new(words, json_stringn(at, size)) != 0)
            json_array_clear(words);
        at = at[size] == '|' ? at + size + 1 : NULL;
    }
    return json_pack("{s:o}", "enum", words);
}

static json_t *
item_schema(const struct cmk_option *o)
{
    switch (o->type & ~CMK_LIST) {
    case CMK_INTEGER:
        return integer_schema(o);
    case CMK_TRUTH:
        return json_pack("{s:s}", "type", "boolean");
    case CMK_DURATION:
        return pattern(DURATION);
    case CMK_SIZE:
        return size_schema();
    case CMK_URL:
        return pattern(URL);
    case CMK_SECRET:
        return pattern(REFERENCE);
    case CMK_CHOICE:
        return choice_schema(o);
    case CMK_FILE:
        return pattern(PATH);
    default:
        return text_schema((o->flags & CMK_REQUIRED) != 0 || o->of == CMK_OF_SUBMISSION);
    }
}

static json_t *
list_schema(const struct cmk_option *o)
{
    bool ok = true;
    json_t *schema =
        json_pack("{s:s, s:o, s:i}", "type", "array", "items", item_schema(o), "maxItems", 1000);
    if ((o->flags & CMK_REQUIRED) != 0)
        cm_json_set_int(schema, "minItems", 1, &ok);
    return schema;
}

/* On a command line everything is a text; a list is JSON. */
static json_t *
written_schema(const struct cmk_option *o)
{
    if ((o->type & CMK_LIST) != 0)
        return pattern("^[ \\t\\r\\n]*\\[");
    switch (o->type) {
    case CMK_INTEGER:
        return pattern(INTEGER);
    case CMK_TRUTH:
        return json_pack("{s:[s, s]}", "enum", "true", "false");
    case CMK_SIZE:
        return pattern(SIZE);
    default:
        return item_schema(o);
    }
}

/* The default as it would stand there: a text, or what it reads as. */
static json_t *
default_json(const struct cmk_option *o)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    bool is_text = (o->type & CMK_LIST) == 0 && o->type != CMK_INTEGER && o->type != CMK_TRUTH;
    if (is_text || o->of == CMK_OF_SUBMISSION)
        return json_string(o->otherwise);
    if (o->type == CMK_TRUTH)
        return json_boolean(strcmp(o->otherwise, "true") == 0);
    if (o->type == CMK_INTEGER) {
        CM_CLEANUP(cm_buf_done) struct cm_buf list = CM_BUF_INIT(64);
        CM_CLEANUP(cm_json_done) json_t *read = NULL;
        cm_buf_printf(&list, "[%s]", o->otherwise);
        return cm_json_parse(cm_buf_text(&list), list.size, o->name, &read, &err)
                   ? json_incref(json_array_get(read, 0))
                   : NULL;
    }
    return cm_json_parse(o->otherwise, strlen(o->otherwise), o->name, &value, &err) ? value : NULL;
}

static json_t *
option_schema(const struct cmk_option *o)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done)
    json_t *schema = o->of == CMK_OF_SUBMISSION  ? written_schema(o)
                     : (o->type & CMK_LIST) != 0 ? list_schema(o)
                                                 : item_schema(o);
    cm_json_set_text(schema, "description", o->help, &ok);
    if (o->otherwise != NULL)
        cm_json_set(schema, "default", default_json(o), &ok);
    return ok ? CM_TAKE(schema) : NULL;
}

/* ---- all of them ---- */

static json_t *
scope_schema(const struct cmk_option *table, int32_t of)
{
    bool ok = true;
    json_t *properties = json_object();
    json_t *required = json_array();
    CM_CLEANUP(cm_json_done) json_t *schema = json_object();
    cm_json_set_text(schema, "type", "object", &ok);
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++) {
        if (o->of != of)
            continue;
        cm_json_set(properties, o->name, option_schema(o), &ok);
        if ((o->flags & CMK_REQUIRED) != 0 && o->otherwise == NULL)
            ok = json_array_append_new(required, json_string(o->name)) == 0 && ok;
    }
    cm_json_set(schema, "properties", properties, &ok);
    cm_json_set(schema, "required", required, &ok);
    cm_json_set_bool(schema, "additionalProperties", false, &ok);
    return ok ? CM_TAKE(schema) : NULL;
}

json_t *
cm_plugin_schema(const struct cm_plugin *plugin)
{
    bool ok = true;
    json_t *scopes = json_object();
    CM_CLEANUP(cm_json_done) json_t *schema = json_object();
    cm_json_set_text(schema, "$schema", DRAFT, &ok);
    cm_json_set(schema, "$id", json_sprintf("urn:countermark:schema:plugin:%s", plugin->id), &ok);
    cm_json_set(schema, "title",
                json_sprintf("Options of the plug-in %s %s", plugin->id, plugin->table->version),
                &ok);
    cm_json_set_text(schema, "description", plugin->table->summary, &ok);
    cm_json_set_text(schema, "type", "object", &ok);
    for (int32_t of = CMK_OF_SYSTEM; of <= CMK_OF_PLUGIN; of++)
        cm_json_set(scopes, cm_option_scope_name(of), scope_schema(plugin->table->options, of),
                    &ok);
    cm_json_set(schema, "properties", scopes, &ok);
    cm_json_set_bool(schema, "additionalProperties", false, &ok);
    return ok ? CM_TAKE(schema) : NULL;
}
