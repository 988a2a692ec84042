/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/reader.h"

#include "base/text.h"

#include <string.h>

bool
cm_take_checked(struct cm_reader *reader, const struct cm_node *node, const char *text,
                const struct cm_kind *kind)
{
    struct cm_err err = CM_ERR_INIT;
    if (text[0] == 0) {
        cm_node_complain(reader, node, kind != NULL ? kind->remedy : NULL, "is empty");
        return false;
    }
    if (kind == NULL || kind->check(text, &err))
        return true;
    if (kind->secret)
        cm_node_complain(reader, node, kind->remedy, "%s", err.text);
    else
        cm_node_complain(reader, node, kind->remedy, "%s: %s", cm_reader_show(reader, text),
                         err.text);
    return false;
}

static const char *
take_text(struct cm_reader *reader, const struct cm_node *node, const struct cm_kind *kind)
{
    const char *text = config_setting_get_string(node->at);
    if (text == NULL) {
        cm_node_complain(reader, node, "write a text in quotes", "is not a text");
        return NULL;
    }
    if (!cm_take_checked(reader, node, text, kind))
        return NULL;
    return cm_reader_text(reader, text);
}

const char *
cm_take_text(struct cm_reader *reader, const struct cm_node *group, const char *key,
             const struct cm_kind *kind, bool required)
{
    struct cm_node node;
    if (cm_node_member(reader, group, key, &node))
        return take_text(reader, &node, kind);
    if (required)
        cm_node_lacks(reader, group, key);
    return NULL;
}

bool
cm_take_truth(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    struct cm_node node;
    if (!cm_node_member(reader, group, key, &node))
        return false;
    if (config_setting_type(node.at) == CONFIG_TYPE_BOOL)
        return config_setting_get_bool(node.at);
    cm_node_complain(reader, &node, NULL, "is neither true nor false");
    return false;
}

/* ---- lists of texts ---- */

static bool
stands_before(const char *const *at, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(at[i], text) == 0)
            return true;
    }
    return false;
}

static void
take_words(struct cm_reader *reader, const struct cm_node *list, const struct cm_kind *kind,
           bool once, struct cm_words *ret)
{
    size_t length = (size_t)config_setting_length(list->at), count = 0;
    const char **at = cm_reader_alloc(reader, length + 1, sizeof *at);
    for (size_t i = 0; at != NULL && i < length; i++) {
        struct cm_node node = cm_node_element(reader, list, i);
        const char *text = take_text(reader, &node, kind);
        if (text != NULL && once && stands_before(at, count, text))
            cm_node_complain(reader, &node, "remove one", "%s stands twice in this list",
                             cm_reader_show(reader, text));
        else if (text != NULL)
            at[count++] = text;
    }
    *ret = (struct cm_words){at, at != NULL ? count : 0, cm_node_place(list)};
}

static struct cm_words
take_list(struct cm_reader *reader, const struct cm_node *group, const char *key,
          const struct cm_kind *kind, bool required, bool once)
{
    static const char *const none[] = {NULL};
    struct cm_words words = {none, 0, cm_node_place(group)};
    struct cm_node list;
    if (!cm_node_member(reader, group, key, &list)) {
        if (required)
            cm_node_lacks(reader, group, key);
        return words;
    }
    int type = config_setting_type(list.at);
    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        cm_node_complain(reader, &list, "write [ \"one\", \"two\" ]", "is not a list of texts");
        return words;
    }
    if (required && config_setting_length(list.at) == 0 && !cm_node_is_open(&list))
        cm_node_complain(reader, &list, NULL, "is empty");
    take_words(reader, &list, kind, once, &words);
    return words;
}

struct cm_words
cm_take_words(struct cm_reader *reader, const struct cm_node *group, const char *key,
              const struct cm_kind *kind, bool required)
{
    return take_list(reader, group, key, kind, required, true);
}

struct cm_words
cm_take_command(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    return take_list(reader, group, key, NULL, false, false);
}

/* ---- members that the engine does not know ---- */

static bool
is_among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0)
            return true;
    }
    return false;
}

static void
complain_unknown(struct cm_reader *reader, const struct cm_node *node, const char *const *keys)
{
    const char *name = config_setting_name(node->at);
    const char *near = cm_nearest(name, keys), *remedy = NULL;
    if (near != NULL)
        remedy = cm_arena_printf(reader->trust->arena, "did you mean \"%s\"?", near);
    cm_node_complain(reader, node, remedy, "there is no setting \"%s\" here", name);
}

void
cm_take_no_more(struct cm_reader *reader, const struct cm_node *group, const char *const *keys)
{
    size_t length = (size_t)config_setting_length(group->at);
    for (size_t i = 0; i < length; i++) {
        struct cm_node node = cm_node_element(reader, group, i);
        bool has_value = config_setting_type(node.at) != CONFIG_TYPE_NONE;
        if (has_value && !is_among(config_setting_name(node.at), keys))
            complain_unknown(reader, &node, keys);
    }
}

static json_t *
scalar_json(const config_setting_t *at)
{
    switch (config_setting_type(at)) {
    case CONFIG_TYPE_STRING:
        return json_string(config_setting_get_string(at));
    case CONFIG_TYPE_INT:
        return json_integer(config_setting_get_int(at));
    case CONFIG_TYPE_INT64:
        return json_integer(config_setting_get_int64(at));
    case CONFIG_TYPE_BOOL:
        return json_boolean(config_setting_get_bool(at));
    default:
        return NULL;
    }
}

static json_t *
setting_json(const config_setting_t *at)
{
    int type = config_setting_type(at);
    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
        return scalar_json(at);
    json_t *array = json_array();
    int length = config_setting_length(at);
    for (int i = 0; i < length; i++) {
        json_t *value = scalar_json(config_setting_get_elem(at, (unsigned)i));
        if (value == NULL || json_array_append_new(array, value) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static bool
take_setting(struct cm_reader *reader, const struct cm_node *node, struct cm_setting *ret)
{
    if (config_setting_type(node->at) == CONFIG_TYPE_NONE)
        return false;
    json_t *value = setting_json(node->at);
    if (value == NULL) {
        cm_node_complain(reader, node, NULL,
                         "is neither a text, a whole number, true, false, nor a list of such");
        return false;
    }
    if (json_array_append_new(reader->trust->values, value) != 0) {
        reader->failed = true;
        return false;
    }
    ret->name = cm_reader_text(reader, config_setting_name(node->at));
    ret->value = value;
    ret->place = cm_node_place(node);
    return ret->name != NULL;
}

struct cm_settings
cm_take_settings(struct cm_reader *reader, const struct cm_node *group, const char *const *keys)
{
    size_t length = (size_t)config_setting_length(group->at), count = 0;
    struct cm_setting *at = cm_reader_alloc(reader, length, sizeof *at);
    for (size_t i = 0; at != NULL && i < length; i++) {
        struct cm_node node = cm_node_element(reader, group, i);
        if (!is_among(config_setting_name(node.at), keys))
            count += take_setting(reader, &node, &at[count]);
    }
    return (struct cm_settings){at, count};
}

/* ---- lists of groups ---- */

/* Where a list of groups is collected; the nodes are kept to say where something stood first. */
struct gathering {
    const struct cm_shape *shape;
    char *at;
    struct cm_node *nodes;
    size_t count;
};

static const char *
name_of(const struct gathering *all, size_t index)
{
    const char *name;
    memcpy(&name, all->at + index * all->shape->size + all->shape->name, sizeof name);
    return name;
}

static void
complain_of_twin(struct cm_reader *reader, const struct gathering *all, size_t last)
{
    const char *name = name_of(all, last);
    for (size_t i = 0; name != NULL && i < last; i++) {
        const char *other = name_of(all, i);
        if (other == NULL || strcmp(name, other) != 0)
            continue;
        struct cm_place first = cm_node_place(&all->nodes[i]);
        cm_node_complain(reader, &all->nodes[last], "rename or remove one of the two",
                         "the %s %s stands already at %s:%u", all->shape->noun,
                         cm_reader_show(reader, name), first.file, first.line);
        return;
    }
}

static void
take_group(struct cm_reader *reader, const struct cm_node *node, struct gathering *all)
{
    if (!config_setting_is_group(node->at)) {
        cm_node_complain(reader, node, "write { ... }", "is not a group");
        return;
    }
    all->nodes[all->count] = *node;
    all->shape->read(reader, node, all->at + all->count * all->shape->size);
    complain_of_twin(reader, all, all->count++);
}

/* The list `shape->key` of a group; false if there is none, or something else. */
static bool
find_groups(struct cm_reader *reader, const struct cm_node *group, const struct cm_shape *shape,
            struct cm_node *ret)
{
    return cm_node_member(reader, group, shape->key, ret) && config_setting_is_list(ret->at);
}

static void
take_groups(struct cm_reader *reader, const struct cm_node *group, struct gathering *all)
{
    struct cm_node list;
    if (find_groups(reader, group, all->shape, &list)) {
        size_t length = (size_t)config_setting_length(list.at);
        for (size_t i = 0; i < length; i++) {
            struct cm_node node = cm_node_element(reader, &list, i);
            take_group(reader, &node, all);
        }
    } else if (cm_node_member(reader, group, all->shape->key, &list)) {
        cm_node_complain(reader, &list, "write ( { ... }, { ... } )", "is not a list of groups");
    }
}

static const void *
gather(struct cm_reader *reader, const struct cm_node *groups, size_t group_count,
       const struct cm_shape *shape, size_t *ret_count)
{
    size_t most = 0;
    for (size_t i = 0; i < group_count; i++) {
        struct cm_node list;
        if (find_groups(reader, &groups[i], shape, &list))
            most += (size_t)config_setting_length(list.at);
    }
    struct gathering all = {.shape = shape};
    all.at = cm_reader_alloc(reader, most, shape->size);
    all.nodes = cm_reader_alloc(reader, most, sizeof *all.nodes);
    for (size_t i = 0; all.at != NULL && all.nodes != NULL && i < group_count; i++)
        take_groups(reader, &groups[i], &all);
    *ret_count = all.count;
    return all.at;
}

const void *
cm_take_groups(struct cm_reader *reader, const struct cm_node *group, const struct cm_shape *shape,
               size_t *ret_count)
{
    return gather(reader, group, 1, shape, ret_count);
}

const void *
cm_take_joined(struct cm_reader *reader, const struct cm_shape *shape, size_t *ret_count)
{
    struct cm_node *roots = cm_reader_alloc(reader, reader->source_count, sizeof *roots);
    for (size_t i = 0; roots != NULL && i < reader->source_count; i++) {
        const struct cm_source *source = &reader->sources[i];
        roots[i] = (struct cm_node){source, config_root_setting(&source->tree), ""};
    }
    return gather(reader, roots, roots != NULL ? reader->source_count : 0, shape, ret_count);
}
