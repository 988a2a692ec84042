/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/reader.h"

#include "base/text.h"

#include <string.h>

void *
cm_reader_alloc(struct cm_reader *reader, size_t count, size_t size)
{
    size_t bytes;
    void *at = NULL;
    if (!__builtin_mul_overflow(count > 0 ? count : 1, size, &bytes))
        at = cm_arena_alloc(reader->trust->arena, bytes);
    if (at == NULL)
        reader->failed = true;
    return at;
}

const char *
cm_reader_text(struct cm_reader *reader, const char *text)
{
    const char *copy = cm_arena_text(reader->trust->arena, text);
    if (copy == NULL && text != NULL)
        reader->failed = true;
    return copy;
}

const char *
cm_reader_show(struct cm_reader *reader, const char *text)
{
    const char *escaped = cm_escape(reader->trust->arena, text != NULL ? text : "");
    if (escaped != NULL)
        escaped = cm_arena_printf(reader->trust->arena, "\"%s\"", escaped);
    if (escaped == NULL)
        reader->failed = true;
    return escaped != NULL ? escaped : "...";
}

struct cm_place
cm_node_place(const struct cm_node *node)
{
    return (struct cm_place){node->source->file, config_setting_source_line(node->at)};
}

void
cm_node_complain(struct cm_reader *reader, const struct cm_node *node, const char *remedy,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = cm_arena_vprintf(reader->trust->arena, format, args);
    va_end(args);
    cm_complain(reader->complaints, cm_node_place(node), node->path, remedy, "%s",
                what != NULL ? what : "is wrong");
}

bool
cm_node_is_open(const struct cm_node *node)
{
    const config_setting_t *at = node->at;
    if (!node->source->broken)
        return false;
    while (!config_setting_is_root(at)) {
        const config_setting_t *parent = config_setting_parent(at);
        if (config_setting_index(at) != config_setting_length(parent) - 1)
            return false;
        at = parent;
    }
    return true;
}

static const char *
join(struct cm_reader *reader, const char *path, const char *name)
{
    const char *dot = path[0] != 0 ? "." : "";
    const char *joined = cm_arena_printf(reader->trust->arena, "%s%s%s", path, dot, name);
    if (joined == NULL)
        reader->failed = true;
    return joined != NULL ? joined : path;
}

/* A name without a value is what a syntax error leaves behind. */
bool
cm_node_member(struct cm_reader *reader, const struct cm_node *group, const char *key,
               struct cm_node *ret)
{
    const config_setting_t *at = config_setting_get_member(group->at, key);
    if (at == NULL || config_setting_type(at) == CONFIG_TYPE_NONE)
        return false;
    *ret = (struct cm_node){group->source, at, join(reader, group->path, key)};
    return true;
}

struct cm_node
cm_node_element(struct cm_reader *reader, const struct cm_node *list, size_t index)
{
    const config_setting_t *at = config_setting_get_elem(list->at, (unsigned)index);
    const char *name = config_setting_name(at);
    char number[24];
    if (name == NULL) {
        (void)snprintf(number, sizeof number, "%zu", index);
        name = number;
    }
    return (struct cm_node){list->source, at, join(reader, list->path, name)};
}

void
cm_node_lacks(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    if (!cm_node_is_open(group))
        cm_node_complain(reader, group, NULL, "\"%s\" is missing", key);
}
