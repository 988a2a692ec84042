/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/dump_plugin.h"

#include "base/json.h"
#include "pipeline/pipeline.h"
#include "plugin/options.h"

static json_t *
level(uint32_t sdk)
{
    return json_sprintf("%u.%u", sdk >> 16, sdk & 0xffffu);
}

static json_t *
dump_option(const struct cmk_option *o)
{
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "name", o->name, &ok);
    cm_json_set_text(value, "said_as", o->said_as, &ok);
    cm_json_set_text(value, "type", cm_option_type_name(o->type), &ok);
    cm_json_set_text(value, "of", cm_option_scope_name(o->of), &ok);
    cm_json_set_bool(value, "required", (o->flags & CMK_REQUIRED) != 0, &ok);
    cm_json_set_text(value, "default", o->otherwise, &ok);
    cm_json_set_text(value, "words", o->words, &ok);
    if (o->least != 0 || o->most != 0) {
        cm_json_set_int(value, "least", o->least, &ok);
        cm_json_set_int(value, "most", o->most, &ok);
    }
    cm_json_set_text(value, "help", o->help, &ok);
    return value;
}

static json_t *
dump_options(const struct cmk_option *table)
{
    json_t *list = json_array();
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++)
        if (json_array_append_new(list, dump_option(o)) != 0)
            break;
    return list;
}

static json_t *
dump_check(const char *id, const struct cmk_check *check)
{
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set(value, "id", json_sprintf("%s.%s", id, check->id), &ok);
    cm_json_set_text(value, "question", check->question, &ok);
    cm_json_set_text(value, "expected", check->expected, &ok);
    cm_json_set_text(value, "remedy", check->remedy, &ok);
    cm_json_set_bool(value, "binding", (check->flags & CMK_BINDING) != 0, &ok);
    cm_json_set_bool(value, "gate", (check->flags & CMK_GATE) != 0, &ok);
    cm_json_set_bool(value, "advice", (check->flags & CMK_ADVICE) != 0, &ok);
    return value;
}

static json_t *
dump_checks(const char *id, const struct cmk_check *check)
{
    json_t *list = json_array();
    for (; check != NULL && check->id != NULL; check++)
        if (json_array_append_new(list, dump_check(id, check)) != 0)
            break;
    return list;
}

static json_t *
dump_assumptions(const struct cmk_connector *connector)
{
    json_t *list = json_array();
    const char *const *one = connector != NULL ? connector->assumptions : NULL;
    for (; one != NULL && *one != NULL; one++)
        if (json_array_append_new(list, json_string(*one)) != 0)
            break;
    return list;
}

static void
add_if(json_t *list, bool there, const char *word)
{
    if (there && json_array_append_new(list, json_string(word)) != 0)
        json_array_clear(list);
}

static json_t *
dump_classes(const struct cmk_plugin *table)
{
    json_t *list = json_array();
    add_if(list, table->connector != NULL, "connector");
    add_if(list, table->rewriter != NULL, "rewriter");
    add_if(list, table->signer != NULL, "signer");
    return list;
}

static json_t *
dump_hooks(const struct cmk_connector *connector)
{
    json_t *list = json_array();
    if (connector == NULL)
        return list;
    add_if(list, connector->configure != NULL, "configure");
    add_if(list, connector->read_names != NULL, "read_names");
    add_if(list, connector->authenticate != NULL, "authenticate");
    add_if(list, connector->collect_origin != NULL, "collect_origin");
    add_if(list, connector->state_origin != NULL, "state_origin");
    add_if(list, connector->examine != NULL, "examine");
    add_if(list, connector->start != NULL, "start");
    return list;
}

static void
add_rewriter_hooks(json_t *list, const struct cmk_rewriter *rewriter)
{
    if (rewriter == NULL)
        return;
    add_if(list, rewriter->configure != NULL, "configure");
    add_if(list, true, "rewrite");
    add_if(list, rewriter->inspect != NULL, "inspect");
}

/* Names of artifacts that its rewriter is for. */
static json_t *
dump_patterns(const struct cmk_rewriter *rewriter)
{
    json_t *list = json_array();
    const char *const *one = rewriter != NULL ? rewriter->patterns : NULL;
    for (; one != NULL && *one != NULL; one++)
        add_if(list, true, *one);
    return list;
}

json_t *
cm_dump_plugin(const struct cm_plugin *plugin)
{
    const struct cmk_plugin *table = plugin->table;
    const struct cmk_connector *connector = table->connector;
    bool predefined = connector != NULL && (connector->flags & CMK_PREDEFINED) != 0;
    json_t *dump = json_object();
    json_t *sdk = json_object(), *hooks = dump_hooks(connector);
    bool ok = dump != NULL && sdk != NULL;
    add_rewriter_hooks(hooks, table->rewriter);
    cm_json_set(sdk, "target", level(table->sdk_target), &ok);
    cm_json_set(sdk, "least", level(table->sdk_least), &ok);
    cm_json_set_text(dump, "id", plugin->id, &ok);
    cm_json_set_text(dump, "version", table->version, &ok);
    cm_json_set_text(dump, "summary", table->summary, &ok);
    cm_json_set_text(dump, "path", plugin->path, &ok);
    cm_json_set_text(dump, "sha256", plugin->sha256, &ok);
    cm_json_set(dump, "sdk", sdk, &ok);
    cm_json_set_int(dump, "struct_size", table->size, &ok);
    cm_json_set_text(dump, "isolation", "in-process: part of the trusted base", &ok);
    cm_json_set(dump, "classes", dump_classes(table), &ok);
    cm_json_set_bool(dump, "predefined", predefined, &ok);
    cm_json_set_bool(dump, "takes_peer", cm_takes_peer(plugin), &ok);
    cm_json_set(dump, "patterns", dump_patterns(table->rewriter), &ok);
    cm_json_set(dump, "hooks", hooks, &ok);
    cm_json_set(dump, "options", dump_options(table->options), &ok);
    cm_json_set(dump, "checks",
                dump_checks(table->id, connector != NULL ? connector->verify : NULL), &ok);
    cm_json_set(dump, "examination",
                dump_checks(table->id, connector != NULL ? connector->examination : NULL), &ok);
    cm_json_set(dump, "assumptions", dump_assumptions(table->connector), &ok);
    if (ok)
        return dump;
    json_decref(dump);
    return NULL;
}

/* ---- text ---- */

static void
print_value(const char *key, json_t *value, struct cm_buf *to)
{
    size_t index;
    json_t *one;
    const char *name;
    CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(1024);
    if (json_is_string(value)) {
        cm_buf_printf(to, "%s=%s\n", key, json_string_value(value));
        return;
    }
    if (json_is_array(value) || json_is_object(value)) {
        json_array_foreach(value, index, one)
        {
            cm_buf_clear(&path);
            cm_buf_printf(&path, "%s.%zu", key, index);
            print_value(cm_buf_text(&path), one, to);
        }
        json_object_foreach(value, name, one)
        {
            cm_buf_clear(&path);
            cm_buf_printf(&path, "%s.%s", key, name);
            print_value(cm_buf_text(&path), one, to);
        }
        return;
    }
    cm_buf_printf(to, "%s=", key);
    if (!cm_json_canonical(value, to))
        to->failed = true;
    cm_buf_putc(to, '\n');
}

bool
cm_dump_text(const json_t *dump, struct cm_buf *to)
{
    const char *const keys[] = {"id",          "version",     "summary",   "path",    "sha256",
                                "sdk",         "struct_size", "isolation", "classes", "predefined",
                                "takes_peer",  "patterns",    "hooks",     "options", "checks",
                                "examination", "assumptions"};
    for (size_t i = 0; i < CM_COUNT(keys); i++)
        print_value(keys[i], json_object_get(dump, keys[i]), to);
    return !to->failed;
}
