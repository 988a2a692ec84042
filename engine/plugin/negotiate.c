/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/negotiate.h"

#include <countermark/signer.h>
#include <string.h>

#define MAJOR(level) ((level) >> 16)
#define MINOR(level) ((level)&0xffffu)

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool
cm_is_plugin_id(const char *text)
{
    if (text == NULL || !is_lower(*text))
        return false;
    size_t size = 0;
    while (is_lower(text[size]) || (text[size] >= '0' && text[size] <= '9') || text[size] == '_')
        size++;
    return size <= 31 && text[size] == '\0';
}

bool
cm_sdk_accept(uint32_t engine, uint32_t target, uint32_t least, const char *name,
              struct cm_err *err)
{
    if (MAJOR(target) != MAJOR(engine))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s is written for SDK %u.%u, and this engine speaks SDK %u.%u: it needs an "
                       "engine of SDK %u",
                       name, MAJOR(target), MINOR(target), MAJOR(engine), MINOR(engine),
                       MAJOR(target));
    if (MAJOR(least) != MAJOR(target) || least > target)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s contradicts itself: written for SDK %u.%u, it wants SDK %u.%u at least",
                       name, MAJOR(target), MINOR(target), MAJOR(least), MINOR(least));
    if (least > engine)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s needs SDK %u.%u or newer, and this engine speaks SDK %u.%u: it needs a "
                       "newer engine",
                       name, MAJOR(least), MINOR(least), MAJOR(engine), MINOR(engine));
    return true;
}

bool
cm_table_copy(struct cm_arena *arena, const void *table, size_t least, size_t ours,
              const char *what, void **ret, struct cm_err *err)
{
    if ((uintptr_t)table % _Alignof(void *) != 0)
        return cm_fail(err, CM_E_MALFORMED, "%s: is not aligned", what);
    uint32_t size;
    memcpy(&size, table, sizeof size);
    if (size < least || size > CM_TABLE_MOST || size % _Alignof(void *) != 0)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: says that it has %u bytes; it must be %zu to %u, by eights", what, size,
                       least, CM_TABLE_MOST);
    unsigned char *copy = cm_arena_alloc(arena, ours);
    if (copy == NULL)
        return cm_fail(err, CM_E_LIMIT, "%s: out of memory", what);
    memcpy(copy, table, size < ours ? size : ours);
    uint32_t completed = (uint32_t)ours;
    memcpy(copy, &completed, sizeof completed);
    *ret = copy;
    return true;
}

/* The table of one class, if the plug-in has that class. */
static bool
copy_class(struct cm_arena *arena, const void **table, size_t least, size_t ours, const char *name,
           const char *class, struct cm_err *err)
{
    void *copy;
    if (*table == NULL)
        return true;
    if (!cm_table_copy(arena, *table, least, ours, class, &copy, err))
        return cm_context(err, "%s", name);
    *table = copy;
    return true;
}

bool
cm_negotiate(struct cm_arena *arena, const struct cmk_plugin *theirs, const char *name,
             const struct cmk_plugin **ret, struct cm_err *err)
{
    void *copy;
    if (theirs == NULL)
        return cm_fail(err, CM_E_MALFORMED, "%s gives no table", name);
    if (!cm_table_copy(arena, theirs, CM_PLUGIN_LEAST, sizeof *theirs, "table", &copy, err))
        return cm_context(err, "%s", name);
    struct cmk_plugin *plugin = copy;
    if (!cm_sdk_accept(CMK_SDK_NEWEST, plugin->sdk_target, plugin->sdk_least, name, err))
        return false;

    const void *connector = plugin->connector, *rewriter = plugin->rewriter;
    const void *signer = plugin->signer;
    if (!copy_class(arena, &connector, CM_CONNECTOR_LEAST, sizeof(struct cmk_connector), name,
                    "connector", err) ||
        !copy_class(arena, &rewriter, CM_REWRITER_LEAST, sizeof(struct cmk_rewriter), name,
                    "rewriter", err) ||
        !copy_class(arena, &signer, CM_SIGNER_LEAST, sizeof(struct cmk_signer), name, "signer",
                    err))
        return false;
    plugin->connector = connector;
    plugin->rewriter = rewriter;
    plugin->signer = signer;
    if (!cm_table_check(plugin, name, err))
        return false;
    *ret = plugin;
    return true;
}
