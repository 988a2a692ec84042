/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/show_config.h: the configuration as it was read, in its own syntax, redacted.
 */
#ifndef CM_PROGRAMS_SHOW_CONFIG_H
#define CM_PROGRAMS_SHOW_CONFIG_H

#include "base/buf.h"
#include "trust/model.h"

/* Every reference to a secret is shown by its kind and place, never looked up; a setting of a
 * plug-in that looks like no word of configuration is shown all the same: secrets are references.
 */
void cm_show_config(const struct cm_trust *, struct cm_buf *to);

#endif
