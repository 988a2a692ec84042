/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
append(struct wire *w, const void *at, size_t size)
{
    if (size == 0)
        return;
    w->at = realloc(w->at, w->size + size);
    assert_non_null(w->at);
    memcpy(w->at + w->size, at, size);
    w->size += size;
}

void
wire_put(struct wire *w, int64_t number)
{
    append(w, &number, sizeof number);
}

void
wire_put_bytes(struct wire *w, const void *at, size_t size)
{
    wire_put(w, at != NULL);
    if (at == NULL)
        return;
    wire_put(w, (int64_t)size);
    append(w, at, size);
}

void
wire_put_text(struct wire *w, const char *text)
{
    wire_put_bytes(w, text, text != NULL ? strlen(text) : 0);
}

void
wire_put_json(struct wire *w, const json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    assert_true(json == NULL || text != NULL);
    wire_put_text(w, text);
    free(text);
}

int64_t
wire_get(struct wire *w)
{
    int64_t number;
    assert_true(w->size - w->next >= sizeof number);
    memcpy(&number, w->at + w->next, sizeof number);
    w->next += sizeof number;
    return number;
}

void *
heap_new(struct heap *heap, size_t size)
{
    struct block *block = malloc(sizeof *block + size);
    assert_non_null(block);
    block->next = heap->blocks;
    block->size = size;
    heap->blocks = block;
    return block->at;
}

void
heap_done(struct heap *heap)
{
    while (heap->blocks != NULL) {
        struct block *block = heap->blocks;
        heap->blocks = block->next;
        memset(block->at, 0xdd, block->size);
        free(block);
    }
}

void *
wire_get_bytes(struct wire *w, struct heap *heap, size_t *ret_size)
{
    *ret_size = 0;
    if (wire_get(w) == 0)
        return NULL;
    size_t size = (size_t)wire_get(w);
    assert_true(w->size - w->next >= size);
    char *copy = heap_new(heap, size + 1);
    if (size > 0)
        memcpy(copy, w->at + w->next, size);
    copy[size] = '\0';
    w->next += size;
    *ret_size = size;
    return copy;
}

const char *
wire_get_text(struct wire *w, struct heap *heap)
{
    size_t size;
    const char *text = wire_get_bytes(w, heap, &size);
    assert_true(text == NULL || strlen(text) == size);
    return text;
}

json_t *
wire_get_json(struct wire *w)
{
    struct heap heap = {NULL};
    const char *text = wire_get_text(w, &heap);
    json_t *json = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    assert_true(text == NULL || json != NULL);
    heap_done(&heap);
    return json;
}

struct wire
wire_carry(struct wire *w)
{
    struct wire there = {malloc(w->size + 1), w->size, 0};
    assert_non_null(there.at);
    if (w->size > 0)
        memcpy(there.at, w->at, w->size);
    free(w->at);
    *w = (struct wire){NULL, 0, 0};
    return there;
}

void
wire_end(struct wire *w)
{
    assert_int_equal(w->next, w->size);
    free(w->at);
    *w = (struct wire){NULL, 0, 0};
}
