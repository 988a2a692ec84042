/* SPDX-License-Identifier: Apache-2.0
 *
 * base/arena.h: memory that is freed together.
 *
 * "arena" in a comment means: lives as long as the arena that was handed in.
 */
#ifndef CM_BASE_ARENA_H
#define CM_BASE_ARENA_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stddef.h>

struct cm_arena;

/* An arena that gives at most `most` bytes in all. NULL when there is no memory. Owned. */
struct cm_arena *cm_arena_new(size_t most) CM_MUST;

/* Wipes and frees everything in it. NULL is fine. Returns NULL. */
struct cm_arena *cm_arena_free(struct cm_arena *arena);
void cm_arena_done(struct cm_arena **arena); /* for CM_CLEANUP */

/* Zeroed and aligned for any type; NULL past the maximum or without memory. Arena. */
void *cm_arena_alloc(struct cm_arena *arena, size_t size) CM_MUST;

/* Copies of text; NULL if `text` is NULL or there is no room. Arena. */
char *cm_arena_text(struct cm_arena *arena, const char *text) CM_MUST;
char *cm_arena_bytes(struct cm_arena *arena, const void *at, size_t size) CM_MUST; /* adds a NUL */
char *cm_arena_printf(struct cm_arena *arena, const char *format, ...) CM_PRINTF(2, 3) CM_MUST;
char *cm_arena_vprintf(struct cm_arena *arena, const char *format, va_list args) CM_PRINTF(2, 0)
    CM_MUST;

#endif
