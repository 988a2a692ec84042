/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/dump_plugin.h: a loaded plug-in, as one value and as text.
 */
#ifndef CM_PROGRAMS_DUMP_PLUGIN_H
#define CM_PROGRAMS_DUMP_PLUGIN_H

#include "base/buf.h"
#include "plugin/loader.h"

#include <jansson.h>
#include <stdbool.h>

/* { "id", "version", "summary", "path", "sha256", "sdk": { "target", "least" }, "struct_size",
 *   "isolation", "classes": [], "predefined": truth, "hooks": [], "options": [ ... ],
 *   "checks": [ ... ], "examination": [ ... ], "assumptions": [] }. Owned; NULL without memory. */
json_t *cm_dump_plugin(const struct cm_plugin *plugin) CM_MUST;

/* key=value lines, stable. */
bool cm_dump_text(const json_t *dump, struct cm_buf *to) CM_MUST;

#endif
