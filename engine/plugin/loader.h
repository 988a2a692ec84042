/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/loader.h: plug-ins, found by id and loaded once.
 */
#ifndef CM_PLUGIN_LOADER_H
#define CM_PLUGIN_LOADER_H

#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "plugin/note.h"

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>

struct cm_plugin {
    const struct cmk_plugin *table; /* copied and completed to this engine's size; arena */
    const char *id;
    const char *path; /* resolved */
    char sha256[CM_SHA256_HEX];
    struct cm_note note;
};

struct cm_plugins; /* those of one process: loaded never to be unloaded */

/* `folders` NULL-terminated, looked through in order; borrowed. Nothing is loaded yet. */
struct cm_plugins *cm_plugins_new(const char *const *folders, struct cm_log *log) CM_MUST;
struct cm_plugins *cm_plugins_free(struct cm_plugins *plugins); /* leaves the code mapped */

/* The plug-in of that id: FOLDER/ID.so, guarded parent chain, note read and accepted, dlopen
 * (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), table checked. A second call gives the same. Borrowed.
 * CM_E_NOT_FOUND names the folders; CM_E_DENIED the component at fault. */
bool cm_plugins_load(struct cm_plugins *plugins, const char *id, const struct cm_plugin **ret,
                     struct cm_err *err) CM_MUST;

/* The same for a file by path (plugin dump FILE). */
bool cm_plugins_load_file(struct cm_plugins *plugins, const char *path,
                          const struct cm_plugin **ret, struct cm_err *err) CM_MUST;

/* One that is linked in, for tests: negotiated on its struct just the same. */
bool cm_plugins_add(struct cm_plugins *plugins, const struct cmk_plugin *table,
                    const struct cm_plugin **ret, struct cm_err *err) CM_MUST;

/* The files "*.so" of the folders, sorted, without loading anything: `call` gets path and note, or
 * the reason why it would be refused. */
void cm_plugins_each(const struct cm_plugins *plugins,
                     void (*call)(void *data, const char *path, const struct cm_note *note,
                                  const struct cm_err *refused),
                     void *data);

#endif
