/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/options.h: settings and names, checked against a plug-in's table.
 */
#ifndef CM_PLUGIN_OPTIONS_H
#define CM_PLUGIN_OPTIONS_H

#include "trust/config.h"
#include "trust/model.h"

#include <countermark/plugin.h>
#include <jansson.h>
#include <stdbool.h>

/* Where each option's word may come from. Any may be NULL/empty. */
struct cm_words_said {
    const struct cm_settings *system, *link, *policy, *plugin;
    const json_t *submission;                                             /* { option: text } */
    struct cm_place system_place, link_place, policy_place, plugin_place; /* for "missing" */
};

/* What hooks see as c->options: one object with every option of the table but secrets, typed,
 * defaults filled in (durations and sizes as integers, lists as arrays); and beside it the
 * references of the secrets { option: reference }. Unknown keys (with the nearest known one),
 * wrong types, out of range, missing ones, a system's option in a link etc. are complaints with
 * their place; true if there was none. Both owned. */
bool cm_options_resolve(const struct cmk_option *table, const struct cm_words_said *said,
                        json_t **ret_options, json_t **ret_secrets,
                        struct cm_complaints *complaints) CM_MUST;

/* Options that were resolved once, perhaps for an older table, with the defaults of what is not
 * there. False without memory. */
bool cm_options_complete(const struct cmk_option *table, json_t *options) CM_MUST;

/* What it is called on a command line without a configuration: `said_as`, else its name. */
const char *cm_option_word(const struct cmk_option *option);

/* The same as one types it, with '-' for '_'. NULL without memory. Arena. */
const char *cm_option_dashed(struct cm_arena *arena, const struct cmk_option *option);

/* The option of that name and scope; NULL if none. Borrowed. */
const struct cmk_option *cm_option_find(const struct cmk_option *table, const char *name,
                                        int32_t of);

/* The option of that name, whoever says it: names are unique in a table. NULL if none. Borrowed. */
const struct cmk_option *cm_option_named(const struct cmk_option *table, const char *name);

/* Is it a URL, or a list of them? Only where such an option leads is anybody asked. */
bool cm_option_is_url(const struct cmk_option *option);

/* "text", "list of text", "duration", ...: for dump and manual. Static or arena-free. */
const char *cm_option_type_name(int32_t type);
const char *cm_option_scope_name(int32_t of); /* "system", "link", "policy", ... */

#endif
