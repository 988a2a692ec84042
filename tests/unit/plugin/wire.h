/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h: a message as bytes: numbers, texts, bytes and JSON, one behind the other. What is read is
 * copied to memory of its own; whoever reads past the end or leaves something over fails the test.
 */
#ifndef WIRE_H
#define WIRE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
    unsigned char *at;
    size_t size, next;
};

void wire_put(struct wire *, int64_t number);
void wire_put_bytes(struct wire *, const void *at, size_t size); /* NULL stays NULL */
void wire_put_text(struct wire *, const char *text);
void wire_put_json(struct wire *, const json_t *json);

int64_t wire_get(struct wire *);
json_t *wire_get_json(struct wire *); /* owned; NULL */
/* Blocks of memory that end together, wiped first: the next one to look there finds nothing. */
struct heap {
    struct block {
        struct block *next;
        size_t size;
        _Alignas(16) unsigned char at[];
    } * blocks;
};
void *heap_new(struct heap *, size_t size);
void heap_done(struct heap *);
void *wire_get_bytes(struct wire *, struct heap *, size_t *ret_size); /* with a NUL behind */
const char *wire_get_text(struct wire *, struct heap *);

/* The same bytes at another place; the original is empty then. */
struct wire wire_carry(struct wire *);
void wire_end(struct wire *); /* everything was read */

#endif
