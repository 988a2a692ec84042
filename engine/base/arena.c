/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK 4096
#define MOST_CHUNK  65536

struct chunk {
    struct chunk *next;
    size_t size; /* of data */
    size_t used;
    max_align_t data[];
};

struct cm_arena {
    struct chunk *chunks; /* the one that is being filled comes first */
    size_t left;          /* of the maximum */
    size_t next_size;
};

struct cm_arena *
cm_arena_new(size_t most)
{
    struct cm_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->left = most;
    arena->next_size = FIRST_CHUNK;
    return arena;
}

struct cm_arena *
cm_arena_free(struct cm_arena *arena)
{
    if (!arena)
        return NULL;
    for (struct chunk *chunk = arena->chunks; chunk;) {
        struct chunk *next = chunk->next;
        explicit_bzero(chunk->data, chunk->used);
        free(chunk);
        chunk = next;
    }
    free(arena);
    return NULL;
}

void
cm_arena_done(struct cm_arena **arena)
{
    *arena = cm_arena_free(*arena);
}

/* A chunk for `size` bytes or more. One that is made for a single large piece goes behind the one
 * that is being filled, whose rest would be lost otherwise. */
static struct chunk *
add_chunk(struct cm_arena *arena, size_t size)
{
    size_t room = size > arena->next_size ? size : arena->next_size;
    if (room > SIZE_MAX - sizeof(struct chunk))
        return NULL;
    struct chunk *chunk = calloc(1, sizeof *chunk + room);
    if (!chunk)
        return NULL;
    chunk->size = room;
    if (size > arena->next_size && arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
        return chunk;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    if (arena->next_size < MOST_CHUNK)
        arena->next_size *= 2;
    return chunk;
}

void *
cm_arena_alloc(struct cm_arena *arena, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    if (size == 0)
        size = 1;
    if (!arena || size > arena->left || size > SIZE_MAX - unit)
        return NULL;
    size_t taken = (size + unit - 1) / unit * unit;

    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < taken)
        chunk = add_chunk(arena, taken);
    if (!chunk)
        return NULL;
    void *at = (char *)chunk->data + chunk->used;
    chunk->used += taken;
    arena->left -= taken < arena->left ? taken : arena->left;
    return at;
}

char *
cm_arena_bytes(struct cm_arena *arena, const void *at, size_t size)
{
    if (!at || size == SIZE_MAX)
        return NULL;
    char *copy = cm_arena_alloc(arena, size + 1);
    if (copy)
        memcpy(copy, at, size);
    return copy;
}

char *
cm_arena_text(struct cm_arena *arena, const char *text)
{
    return text ? cm_arena_bytes(arena, text, strlen(text)) : NULL;
}

char *
cm_arena_vprintf(struct cm_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0)
        return NULL;
    char *text = cm_arena_alloc(arena, (size_t)size + 1);
    if (text)
        (void)vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

char *
cm_arena_printf(struct cm_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cm_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
