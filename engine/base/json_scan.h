/* SPDX-License-Identifier: Apache-2.0
 *
 * base/json_scan.h: the pass over the bytes before jansson sees them. For json.c only.
 *
 * To be called in the C locale. It knows strings, numbers and brackets, no grammar: what it lets
 * through may still be no JSON, but it is UTF-8, nests no deeper than CM_JSON_DEPTH and holds no
 * number that would be misread.
 */
#ifndef CM_BASE_JSON_SCAN_H
#define CM_BASE_JSON_SCAN_H

#include "base/compiler.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

bool cm_json_scan(const void *at, size_t size, const char *name, struct cm_err *err) CM_MUST;

/* Records what is wrong at an offset, with its line and column (in characters, from 1). */
bool cm_json_fail_at(const void *at, size_t offset, const char *name, enum cm_class class,
                     const char *what, struct cm_err *err);

/* Where the n-th member name (from 0) of a text that is valid JSON begins; 0 if there is none. */
size_t cm_json_find_key(const void *at, size_t size, size_t n);

#endif
