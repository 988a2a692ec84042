/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/hook_options.h: what hooks see as options: the configuration's and, beside them, the
 * submission's names. Collecting and judging take them from the same place, the evidence.
 */
#ifndef CM_PIPELINE_HOOK_OPTIONS_H
#define CM_PIPELINE_HOOK_OPTIONS_H

#include "base/compiler.h"

#include <jansson.h>

/* Owned; NULL without memory, or if the evidence has none. */
json_t *cm_hook_options(const json_t *evidence) CM_MUST;

#endif
