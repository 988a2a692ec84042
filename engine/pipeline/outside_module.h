/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/outside_module.h: the module that collecting loads, and nothing else does.
 */
#ifndef CM_PIPELINE_OUTSIDE_MODULE_H
#define CM_PIPELINE_OUTSIDE_MODULE_H

#include "base/digest.h"
#include "base/err.h"
#include "net/outside.h"

#include <stdbool.h>

/* Loads countermark-outside.so of this very build. Static; never unloaded. */
bool cm_outside_load(const char *path, const struct cm_outside_table **ret,
                     char ret_sha256[CM_SHA256_HEX], struct cm_err *err) CM_MUST;

#endif
