/* SPDX-License-Identifier: Apache-2.0
 *
 * A pattern, a line feed, a text. A pattern without wildcards matches itself alone; a pattern that
 * was checked matches only below its literal head.
 */
#include "../demand.h"
#include "base/arena.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 22);
    struct cm_err err = CM_ERR_INIT;
    char *pattern = cm_arena_bytes(arena, data, size);
    if (pattern == NULL)
        return 0;
    char *text = strchr(pattern, '\n');
    if (text != NULL)
        *text++ = 0;
    else
        text = pattern + strlen(pattern);
    bool matches = cm_pattern_matches(pattern, text);
    size_t head = cm_pattern_literal(pattern);
    if (pattern[head] == 0 && strlen(pattern) <= CM_PATTERN_MOST)
        demand(matches == (strcmp(pattern, text) == 0));
    demand(!matches || strncmp(pattern, text, head) == 0);
    if (cm_ref_pattern_check(pattern, &err))
        demand(head >= strlen("refs/tags/") && (pattern[head] != 0 || cm_ref_is_valid(pattern)));
    demand(!cm_ref_is_valid(text) || cm_ref_is_branch(text) != cm_ref_is_tag(text));
    return 0;
}
