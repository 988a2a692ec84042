/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/config.h: configuration files into a struct cm_trust.
 */
#ifndef CM_TRUST_CONFIG_H
#define CM_TRUST_CONFIG_H

#include "base/err.h"
#include "trust/model.h"

#include <stdbool.h>

#define CM_CONFIG_MOST ((size_t)1 << 20) /* bytes of one file */

/* What is wrong, one by one: file, line (0: none), path of the setting ("" for a whole file, else
 * like "projects.0.links.1.system"), what, and what to do about it (NULL: evident). */
struct cm_complaint {
    struct cm_place place;
    const char *path, *what, *remedy;
};

struct cm_complaints {
    struct cm_arena *arena; /* owns the texts */
    struct cm_complaint *at;
    size_t count, room;
    bool cut; /* there were more than 1000, or there was no memory for all */
};

/* Copies everything. */
void cm_complain(struct cm_complaints *, struct cm_place, const char *path, const char *remedy,
                 const char *format, ...) CM_PRINTF(5, 6);
void cm_complaints_done(struct cm_complaints *);

/* Reads `path`, and what ends in ".conf" in the folder "conf.d" beside it, in byte order; each file
 * alone; lists of one name are joined, a slug that stands twice names both places. Every file and
 * its parent chain must be guarded (base/fd.h). Finds everything wrong in one run but what stands
 * behind the first syntax error of a file: true and *ret only if there is no complaint; then *ret
 * is owned (cm_trust_free). `complaints` is begun by the caller ({0}) and ended with
 * cm_complaints_done. */
bool cm_config_read(const char *path, struct cm_trust **ret, struct cm_complaints *complaints)
    CM_MUST;

/* The same for whoever looks for what else is wrong: what could be read, also where there are
 * complaints. Any text of it may be NULL and any list shorter than it stands there; never to be
 * decided by. NULL only without memory. Owned. */
struct cm_trust *cm_config_read_incomplete(const char *path, struct cm_complaints *complaints)
    CM_MUST;

/* The same of bytes in memory, as if they were one file of that name without a conf.d. */
bool cm_config_read_text(const char *name, const void *at, size_t size, struct cm_trust **ret,
                         struct cm_complaints *complaints) CM_MUST;

/* The pass before libconfig over the bytes of one file: refuses what libconfig 1.5 would misread
 * (integers that do not fit, unclosed comments, NUL, invalid UTF-8, @include, ...). Adds
 * complaints; true if there was nothing to complain of. */
bool cm_config_guard(const char *file, const void *at, size_t size,
                     struct cm_complaints *complaints) CM_MUST;

#endif
