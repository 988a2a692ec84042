/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/starter_text.h: the beginning of a configuration, as a person will read it.
 */
#ifndef CM_PROGRAMS_STARTER_TEXT_H
#define CM_PROGRAMS_STARTER_TEXT_H

#include "base/buf.h"
#include "plugin/loader.h"
#include "plugin/options_said.h"
#include "trust/spoken.h"

#include <stdbool.h>

struct cm_starting {
    const char *address; /* of the page, without what stands behind '?' */
    const char *file;    /* where it will be written; NULL: standard output */
    const struct cm_plugin *plugin;
    const struct cm_spoken *spoken; /* what is NULL or empty is not known */
    const struct cm_options_said *options;
    bool was_asked; /* the build system, too */
};

/* What begins a line that is to be filled in. */
#define CM_STARTING_MARK "#?"

/* In *ret_marked: how many lines are to be filled in. False if something cannot stand in a
 * configuration, or without memory. */
bool cm_starting_text(const struct cm_starting *, struct cm_buf *to, size_t *ret_marked) CM_MUST;

#endif
