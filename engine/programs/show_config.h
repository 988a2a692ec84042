/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/show_config.h: the configuration as it was read, redacted.
 */
#ifndef CM_PROGRAMS_SHOW_CONFIG_H
#define CM_PROGRAMS_SHOW_CONFIG_H

#include "base/buf.h"
#include "trust/config.h"
#include "trust/model.h"

#include <jansson.h>

/* The configuration as one value: groups are objects, lists and arrays are arrays, and members have
 * the names of the settings. Every reference to a secret is shown by its kind and place, never
 * looked up. The value of a setting that somebody complains of is withheld: it may be a secret
 * under a misspelt name. Owned; NULL without memory. docs/schemas/configuration.json is its form.
 */
json_t *cm_config_json(const struct cm_trust *, const struct cm_complaints *) CM_MUST;

/* The same in the syntax of its files, their names in front. */
void cm_config_text(const struct cm_trust *, json_t *shown, struct cm_buf *to);

#endif
