/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/show_config.h: the configuration as it was read, in its own syntax, redacted.
 */
#ifndef CM_PROGRAMS_SHOW_CONFIG_H
#define CM_PROGRAMS_SHOW_CONFIG_H

#include "base/buf.h"
#include "trust/config.h"
#include "trust/model.h"

/* Every reference to a secret is shown by its kind and place, never looked up. The value of a
 * setting that somebody complains of is withheld: it may be a secret under a misspelt name. */
void cm_show_config(const struct cm_trust *, const struct cm_complaints *, struct cm_buf *to);

#endif
