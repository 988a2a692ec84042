/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/loader.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "plugin/negotiate.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE   ((size_t)64 << 20)
#define MOST_TEXTS  ((size_t)1 << 20)
#define SUFFIX      ".so"
#define SUFFIX_SIZE (sizeof SUFFIX - 1)
#define ENTRY       "cmk_plugin_entry_v1"

typedef const struct cmk_plugin *entry_function(void);

struct loaded {
    struct loaded *next;
    struct cm_plugin plugin;
};

struct cm_plugins {
    struct cm_arena *arena;
    const char *const *folders;
    struct cm_log *log;
    struct loaded *loaded;
};

/* A file that may be loaded: looked at, and not yet run. */
struct candidate {
    const char *name; /* as it was asked for */
    char *path;       /* resolved; owned, free() */
    struct cm_note note;
    char sha256[CM_SHA256_HEX];
};

static void
candidate_done(struct candidate *candidate)
{
    free(candidate->path);
}

struct cm_plugins *
cm_plugins_new(const char *const *folders, struct cm_log *log)
{
    struct cm_plugins *plugins = calloc(1, sizeof *plugins);
    struct cm_arena *arena = cm_arena_new(MOST_TEXTS);
    if (plugins == NULL || arena == NULL) {
        free(plugins);
        cm_arena_free(arena);
        return NULL;
    }
    *plugins = (struct cm_plugins){.arena = arena, .folders = folders, .log = log};
    return plugins;
}

struct cm_plugins *
cm_plugins_free(struct cm_plugins *plugins)
{
    if (plugins == NULL)
        return NULL;
    cm_arena_free(plugins->arena);
    free(plugins);
    return NULL;
}

/* ---- a look at the file, without running anything of it ---- */

static bool
is_named(const char *path, const char *id)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t size = strlen(id);
    return strncmp(base, id, size) == 0 && strcmp(base + size, SUFFIX) == 0;
}

/* Digest and note are those of one descriptor's bytes. Nobody but root and the engine's user can
 * have other bytes under that name afterwards: that is what guarded means. */
static bool
inspect(const char *path, struct candidate *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(MOST_FILE);
    CM_CLEANUP(candidate_done) struct candidate found = {.name = path};
    if (!cm_file_open_guarded(path, &fd, &found.path, err) ||
        !cm_fd_read_all(fd, path, &file, err) ||
        !cm_note_read(file.at, file.size, path, &found.note, err) ||
        !cm_note_accept(&found.note, path, err))
        return false;
    if (!cm_sha256(file.at, file.size, found.sha256))
        return cm_fail(err, CM_E_LIMIT, "%s: out of memory", path);
    if (!is_named(path, found.note.id))
        return cm_fail(err, CM_E_MALFORMED,
                       "%s says of itself that it is '%s': it must be named %s%s", path,
                       found.note.id, found.note.id, SUFFIX);
    *ret = found;
    found.path = NULL;
    return true;
}

/* ---- loading ---- */

/* The entry, if it is this file's own and not that of something that the file pulled in. */
static bool
find_entry(void *handle, const char *name, entry_function **ret, struct cm_err *err)
{
    struct link_map *file = NULL, *home = NULL;
    Dl_info info;
    void *symbol = dlsym(handle, ENTRY);
    if (symbol == NULL)
        return cm_fail(err, CM_E_MALFORMED, "%s does not export %s", name, ENTRY);
    if (dlinfo(handle, RTLD_DI_LINKMAP, &file) != 0 ||
        dladdr1(symbol, &info, (void **)&home, RTLD_DL_LINKMAP) == 0 || home != file)
        return cm_fail(err, CM_E_MALFORMED, "%s has its entry %s from another file", name, ENTRY);
    /* ISO C has no cast from an object's address to a function's; POSIX promises the same bytes */
    memcpy(ret, &symbol, sizeof *ret);
    return true;
}

static bool
open_table(const struct candidate *file, struct cm_arena *arena, const struct cmk_plugin **ret,
           struct cm_err *err)
{
    entry_function *entry = NULL;
    const struct cmk_plugin *table = NULL;
    void *handle = dlopen(file->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) {
        const char *why = dlerror();
        return cm_fail(err, CM_E_CONFIG, "%s cannot be loaded: %s", file->name,
                       why != NULL ? why : "for no stated reason");
    }
    if (!find_entry(handle, file->name, &entry, err) ||
        !cm_negotiate(arena, entry(), file->name, &table, err))
        return false;
    if (strcmp(table->id, file->note.id) != 0 || table->sdk_target != file->note.sdk_target ||
        table->sdk_least != file->note.sdk_least)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s is '%s' by its note and '%s' by its table, or of another SDK",
                       file->name, file->note.id, table->id);
    *ret = table;
    return true;
}

static bool
remember(struct cm_plugins *plugins, const struct cmk_plugin *table, const struct candidate *file,
         const struct cm_plugin **ret, struct cm_err *err)
{
    struct loaded *loaded = cm_arena_alloc(plugins->arena, sizeof *loaded);
    const char *path = cm_arena_text(plugins->arena, file->path);
    if (loaded == NULL || path == NULL)
        return cm_fail(err, CM_E_LIMIT, "%s: out of memory", file->name);
    loaded->plugin =
        (struct cm_plugin){.table = table, .id = table->id, .path = path, .note = file->note};
    memcpy(loaded->plugin.sha256, file->sha256, sizeof file->sha256);
    loaded->next = plugins->loaded;
    plugins->loaded = loaded;
    cm_log(plugins->log, CM_LOG_DEBUG, "plug-in %s %s (SDK %u.%u) from %s, sha256 %s", table->id,
           table->version, table->sdk_target >> 16, table->sdk_target & 0xffffu, path,
           file->sha256);
    *ret = &loaded->plugin;
    return true;
}

static const struct cm_plugin *
find_loaded(const struct cm_plugins *plugins, const char *id)
{
    for (const struct loaded *l = plugins->loaded; l != NULL; l = l->next)
        if (strcmp(l->plugin.id, id) == 0)
            return &l->plugin;
    return NULL;
}

bool
cm_plugins_load_file(struct cm_plugins *plugins, const char *path, const struct cm_plugin **ret,
                     struct cm_err *err)
{
    CM_CLEANUP(candidate_done) struct candidate file = {.path = NULL};
    const struct cmk_plugin *table = NULL;
    if (!inspect(path, &file, err))
        return false;
    const struct cm_plugin *known = find_loaded(plugins, file.note.id);
    if (known != NULL && strcmp(known->path, file.path) != 0)
        return cm_fail(err, CM_E_CONFIG, "%s: plug-in %s is already loaded from %s", path,
                       known->id, known->path);
    if (known != NULL) {
        *ret = known;
        return true;
    }
    return open_table(&file, plugins->arena, &table, err) &&
           remember(plugins, table, &file, ret, err);
}

static bool
not_found(const struct cm_plugins *plugins, const char *id, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf folders = CM_BUF_INIT(512);
    for (const char *const *f = plugins->folders; f != NULL && *f != NULL; f++)
        cm_buf_printf(&folders, "%s%s", folders.size > 0 ? ", " : "", *f);
    return cm_fail(err, CM_E_NOT_FOUND, "there is no plug-in '%s' (looked for %s%s in %s)", id, id,
                   SUFFIX, folders.size > 0 ? cm_buf_text(&folders) : "no folder");
}

bool
cm_plugins_load(struct cm_plugins *plugins, const char *id, const struct cm_plugin **ret,
                struct cm_err *err)
{
    if (!cm_is_plugin_id(id))
        return cm_fail(err, CM_E_NOT_FOUND, "'%s' cannot be the id of a plug-in: %s",
                       id != NULL ? id : "", "it is a letter, then letters, digits and '_'");
    const struct cm_plugin *known = find_loaded(plugins, id);
    if (known != NULL) {
        *ret = known;
        return true;
    }
    for (const char *const *f = plugins->folders; f != NULL && *f != NULL; f++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(8192);
        struct cm_err why = CM_ERR_INIT;
        cm_buf_printf(&path, "%s/%s%s", *f, id, SUFFIX);
        if (!path.failed && cm_plugins_load_file(plugins, cm_buf_text(&path), ret, &why))
            return true;
        if (why.class != CM_E_NOT_FOUND)
            return cm_fail(err, why.class, "%s", why.text);
    }
    return not_found(plugins, id, err);
}

bool
cm_plugins_add(struct cm_plugins *plugins, const struct cmk_plugin *table,
               const struct cm_plugin **ret, struct cm_err *err)
{
    char nowhere[] = "";
    struct candidate file = {.name = "linked-in plug-in", .path = nowhere};
    const struct cmk_plugin *ours = NULL;
    if (!cm_negotiate(plugins->arena, table, file.name, &ours, err))
        return false;
    if (find_loaded(plugins, ours->id) != NULL)
        return cm_fail(err, CM_E_CONFIG, "plug-in %s is already there", ours->id);
    file.note.sdk_target = ours->sdk_target;
    file.note.sdk_least = ours->sdk_least;
    memcpy(file.note.id, ours->id, strlen(ours->id) + 1); /* cm_is_plugin_id: it fits */
    return remember(plugins, ours, &file, ret, err);
}

/* ---- what lies in the folders ---- */

static int
is_library(const struct dirent *entry)
{
    return *entry->d_name != '.' && cm_ends_with(entry->d_name, SUFFIX);
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

typedef void each_call(void *data, const char *path, const struct cm_note *note,
                       const struct cm_err *refused);

static void
show_file(const char *folder, const char *name, each_call *call, void *data)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(8192);
    CM_CLEANUP(candidate_done) struct candidate file = {.path = NULL};
    struct cm_err why = CM_ERR_INIT;
    cm_buf_printf(&path, "%s/%s", folder, name);
    if (inspect(cm_buf_text(&path), &file, &why))
        call(data, file.path, &file.note, NULL);
    else
        call(data, cm_buf_text(&path), NULL, &why);
}

static void
show_folder(const char *folder, each_call *call, void *data)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_library, by_bytes);
    if (count < 0 && errno != ENOENT) {
        struct cm_err why = CM_ERR_INIT;
        (void)cm_fail_errno(&why, errno, "%s", folder);
        call(data, folder, NULL, &why);
    }
    for (int i = 0; i < count; i++) {
        show_file(folder, entries[i]->d_name, call, data);
        free(entries[i]);
    }
    free(entries);
}

void
cm_plugins_each(const struct cm_plugins *plugins, each_call *call, void *data)
{
    for (const char *const *f = plugins->folders; f != NULL && *f != NULL; f++)
        show_folder(*f, call, data);
}
