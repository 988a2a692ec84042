/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/pattern.h: patterns of refs and other names, byte for byte; refs, commit ids and slugs.
 *
 *   *    any bytes but '/', also none
 *   **   any bytes, '/' included, also none
 *   ?    one byte but '/'
 *   all else stands for itself; there is no escape and no bracket
 */
#ifndef CM_TRUST_PATTERN_H
#define CM_TRUST_PATTERN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_PATTERN_MOST 1024 /* bytes of pattern, and of text */

/* Does the pattern match the whole text? In time |pattern| * |text| at the most. False for NULL and
 * for anything longer than CM_PATTERN_MOST. */
bool cm_pattern_matches(const char *pattern, const char *text);

/* The bytes in front of the first wildcard. */
size_t cm_pattern_literal(const char *pattern);

/* A full ref name: refs/heads/... or refs/tags/..., by git's own rules (no "..", "@{", "//", no
 * component that begins with '.' or ends in ".lock", no control characters, space, ~^:?*[\, no
 * trailing '.' or '/'), valid UTF-8, at most 512 bytes. */
bool cm_ref_is_valid(const char *ref);
bool cm_ref_is_branch(const char *ref);
bool cm_ref_is_tag(const char *ref);

/* A pattern of the configuration: begins with refs/heads/ or refs/tags/, and would be a valid ref
 * with its wildcards filled in. */
bool cm_ref_pattern_check(const char *pattern, struct cm_err *err) CM_MUST;

/* 40 lower-case hexadecimal digits. */
bool cm_is_commit_id(const char *text);

/* A slug: [a-z0-9][a-z0-9._-]{0,62}. */
bool cm_is_slug(const char *text);

#endif
