/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/schema_plugin.h: the options of a plug-in as a JSON Schema.
 */
#ifndef CM_PROGRAMS_SCHEMA_PLUGIN_H
#define CM_PROGRAMS_SCHEMA_PLUGIN_H

#include "plugin/loader.h"

#include <jansson.h>

/* Draft 2020-12, of { "system": {}, "link": {}, "policy": {}, "submission": {}, "plug-in": {} }: in
 * each the options that it has the word on, as config show --format json prints them; those of a
 * submission are texts, as on a command line. What a schema cannot say (bytes of a URL, a path that
 * is there) it lets pass: config check decides. Owned; NULL without memory. */
json_t *cm_plugin_schema(const struct cm_plugin *plugin) CM_MUST;

#endif
