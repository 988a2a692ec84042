/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"

#include "base/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

/* To hexadecimal and from base64 only: nothing else is asked for. What does not decode would fail a
 * call; here it is the end of the test. */
static const char *
encode(struct cmk_call *c, const char *name, struct cmk_bytes bytes)
{
    char *text = strcmp(name, "hex") == 0 ? take(c, 2 * bytes.size + 1) : NULL;
    if (text != NULL)
        cm_hex(bytes.at, bytes.size, text);
    return text;
}

static struct cmk_bytes
decode(struct cmk_call *c, const char *name, const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(64);
    if (strcmp(name, "base64") != 0 || (*text != '\0' && !cm_unbase64(text, strlen(text), &raw)))
        abort();
    char *copy = raw.size > 0 ? take(c, raw.size) : NULL;
    if (copy != NULL)
        memcpy(copy, raw.at, raw.size);
    return (struct cmk_bytes){copy, copy != NULL ? raw.size : 0};
}

static const struct cmk_crypto crypto = {.size = sizeof crypto, .encode = encode, .decode = decode};

struct kit *
kit_new(void)
{
    struct kit *kit = calloc(1, sizeof *kit);
    if (kit == NULL)
        abort();
    kit->call = (struct cmk_call){.size = sizeof kit->call, .base = &base, .crypto = &crypto};
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
