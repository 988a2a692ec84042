/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"

#include <stddef.h>
#include <stdlib.h>

struct piece {
    struct piece *next;
    max_align_t at[];
};

struct kit {
    struct cmk_call call; /* first: a call is its kit */
    struct piece *pieces;
    long left;
};

static void *
take(struct cmk_call *c, uint64_t size)
{
    struct kit *kit = (struct kit *)(void *)c;
    struct piece *piece = kit->left-- > 0 ? calloc(1, sizeof *piece + size) : NULL;
    if (piece == NULL)
        return NULL;
    piece->next = kit->pieces;
    kit->pieces = piece;
    return piece->at;
}

static const struct cmk_base base = {.size = sizeof base, .alloc = take};

struct kit *
kit_new(void)
{
    struct kit *kit = calloc(1, sizeof *kit);
    if (kit == NULL)
        abort();
    kit->call = (struct cmk_call){.size = sizeof kit->call, .base = &base};
    kit->left = 1000000;
    return kit;
}

void
kit_free(struct kit *kit)
{
    while (kit->pieces != NULL) {
        struct piece *piece = kit->pieces;
        kit->pieces = piece->next;
        free(piece);
    }
    free(kit);
}

struct cmk_call *
kit_call(struct kit *kit)
{
    return &kit->call;
}

void
kit_allow(struct kit *kit, long count)
{
    kit->left = count;
}
