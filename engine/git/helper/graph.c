/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/graph.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/fd.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEAD        12u                 /* bytes before the first object */
#define COMMIT_MOST ((size_t)64 * 1024) /* larger ones are left out */
#define IDX_MOST    ((size_t)1 << 31)   /* bytes of an .idx */
#define FAN_OUT     ((size_t)4 * 256)   /* bytes of its first table */
#define IDX_HEAD    8u
#define FEW         UINT32_C(4096)
#define MANY        (FEW << 10) /* commits, or parents: beyond that the store is read */
#define ID          ((size_t)20)

enum stage { AT_HEAD, AT_SIZE, AT_BASE, AT_CONTENT, AT_END };
enum kind { COMMIT = 1, TREE = 2, BLOB = 3, OFFSET_DELTA = 6, ID_DELTA = 7 };

/* A commit, at its place in the pack. */
struct entry {
    uint64_t offset;
    git_oid id; /* by the index */
    uint32_t first, count, bytes;
};

struct cm_helper_graph {
    enum stage stage;
    uint64_t offset; /* of the next byte */
    uint32_t left;   /* objects that have not ended */
    unsigned char head[HEAD];
    size_t head_size;

    /* of the object at hand */
    uint64_t begins, size;
    unsigned shift, base_left;
    int kind;
    z_stream stream;
    bool inflates;
    unsigned char content[COMMIT_MOST + 1];

    struct entry *entries; /* by offset */
    uint32_t count, room;
    git_oid *parents;
    uint32_t parent_count, parent_room;
    uint32_t *table; /* open addressing, by id: index of an entry + 1 */
    uint32_t mask;
};

struct cm_helper_graph *
cm_helper_graph_new(void)
{
    struct cm_helper_graph *graph = calloc(1, sizeof *graph);
    if (!graph)
        return NULL;
    graph->inflates = inflateInit(&graph->stream) == Z_OK;
    if (!graph->inflates)
        graph->stage = AT_END;
    return graph;
}

void
cm_helper_graph_free(struct cm_helper_graph *graph)
{
    if (!graph)
        return;
    if (graph->inflates)
        (void)inflateEnd(&graph->stream);
    free(graph->entries);
    free(graph->parents);
    free(graph->table);
    free(graph);
}

/* ---- one object ---- */

/* Room for one more of `size` bytes; NULL: as before, and no memory. */
static void *
grown(void *at, uint32_t count, uint32_t more, uint32_t *room, size_t size)
{
    if (count + more <= *room)
        return at;
    uint32_t wider = *room ? *room * 2 : FEW;
    void *moved = count + more <= wider && wider <= MANY ? reallocarray(at, wider, size) : NULL;
    if (moved)
        *room = wider;
    return moved;
}

static bool
add_entry(struct cm_helper_graph *graph, const struct cm_git_commit_object *commit)
{
    uint32_t more = (uint32_t)commit->parent_count;
    struct entry *entries =
        grown(graph->entries, graph->count, 1, &graph->room, sizeof *graph->entries);
    if (!entries)
        return false;
    graph->entries = entries;
    git_oid *parents = grown(graph->parents, graph->parent_count, more, &graph->parent_room,
                             sizeof *graph->parents);
    if (!parents)
        return false;
    graph->parents = parents;
    for (uint32_t i = 0; i < more; i++) {
        if (git_oid_fromstr(&parents[graph->parent_count + i], commit->parents[i]) < 0)
            return true;
    }
    entries[graph->count++] = (struct entry){.offset = graph->begins,
                                             .first = graph->parent_count,
                                             .count = more,
                                             .bytes = (uint32_t)graph->size};
    graph->parent_count += more;
    return true;
}

static bool
is_wanted(const struct cm_helper_graph *graph)
{
    return graph->kind == COMMIT && graph->size <= COMMIT_MOST;
}

/* False: nothing more is read. */
static bool
end_object(struct cm_helper_graph *graph)
{
    struct cm_git_commit_object commit;
    struct cm_err ignored = CM_ERR_INIT;
    bool good = graph->stream.total_out == graph->size && inflateReset(&graph->stream) == Z_OK;
    if (good && is_wanted(graph) &&
        cm_git_commit_parse(graph->content, graph->size, &commit, &ignored))
        good = add_entry(graph, &commit);
    graph->left--;
    graph->stage = good && graph->left > 0 ? AT_SIZE : AT_END;
    graph->size = graph->shift = 0;
    return good;
}

/* ---- the stages: each takes some of what is there, and gives what is left ---- */

static void
read_head(struct cm_helper_graph *graph, struct cm_cursor *from)
{
    graph->head[graph->head_size++] = cm_cursor_u8(from);
    if (graph->head_size < HEAD)
        return;
    const unsigned char *count = graph->head + 8;
    graph->left =
        (uint32_t)count[0] << 24 | (uint32_t)count[1] << 16 | (uint32_t)count[2] << 8 | count[3];
    graph->stage = graph->left > 0 ? AT_SIZE : AT_END;
}

/* Commits come first; behind them there is nothing to look for. */
static enum stage
stage_of(int kind)
{
    if (kind == TREE || kind == BLOB)
        return AT_END;
    return kind == OFFSET_DELTA || kind == ID_DELTA ? AT_BASE : AT_CONTENT;
}

static void
read_size(struct cm_helper_graph *graph, struct cm_cursor *from)
{
    unsigned byte = cm_cursor_u8(from);
    if (graph->shift == 0) {
        graph->begins = graph->offset;
        graph->kind = (int)(byte >> 4 & 7);
        graph->size = byte & 15;
        graph->shift = 4;
    } else {
        graph->size |= (uint64_t)(byte & 127) << graph->shift;
        graph->shift += 7;
    }
    if (byte & 128) {
        if (graph->shift > 56)
            graph->stage = AT_END;
        return;
    }
    graph->stage = stage_of(graph->kind);
    graph->base_left = ID;
}

static void
read_base(struct cm_helper_graph *graph, struct cm_cursor *from)
{
    unsigned byte = cm_cursor_u8(from);
    bool ended = graph->kind == OFFSET_DELTA ? !(byte & 128) : --graph->base_left == 0;
    if (ended)
        graph->stage = AT_CONTENT;
}

/* Of what is not wanted only the end. */
static void
read_content(struct cm_helper_graph *graph, struct cm_cursor *from)
{
    z_stream *stream = &graph->stream;
    size_t there = cm_cursor_left(from), kept = is_wanted(graph) ? stream->total_out : 0;
    if (kept > COMMIT_MOST) {
        graph->stage = AT_END;
        return;
    }
    stream->next_in = (unsigned char *)(uintptr_t)from->at;
    stream->avail_in = (unsigned)there;
    stream->next_out = graph->content + kept;
    stream->avail_out = (unsigned)(sizeof graph->content - kept);
    int result = inflate(stream, Z_NO_FLUSH);
    (void)cm_cursor_take(from, there - stream->avail_in);
    if (result == Z_STREAM_END)
        (void)end_object(graph);
    else if (result != Z_OK)
        graph->stage = AT_END;
}

void
cm_helper_graph_feed(struct cm_helper_graph *graph, const void *at, size_t size)
{
    static void (*const stages[])(struct cm_helper_graph *, struct cm_cursor *) = {
        [AT_HEAD] = read_head,
        [AT_SIZE] = read_size,
        [AT_BASE] = read_base,
        [AT_CONTENT] = read_content,
    };
    struct cm_cursor from = cm_cursor(at, size);
    while (cm_cursor_left(&from) > 0 && graph->stage != AT_END) {
        size_t before = cm_cursor_left(&from);
        stages[graph->stage](graph, &from);
        graph->offset += before - cm_cursor_left(&from);
    }
}

/* ---- ids ---- */

static uint32_t *
slot_of(const struct cm_helper_graph *graph, const git_oid *id)
{
    uint32_t hash;
    memcpy(&hash, id->id, sizeof hash);
    for (uint32_t at = hash & graph->mask;; at = (at + 1) & graph->mask) {
        uint32_t *slot = &graph->table[at];
        if (*slot == 0 || git_oid_equal(&graph->entries[*slot - 1].id, id))
            return slot;
    }
}

static struct entry *
at_offset(const struct cm_helper_graph *graph, uint64_t offset)
{
    uint32_t low = 0, high = graph->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->entries[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < graph->count && graph->entries[low].offset == offset ? &graph->entries[low] : NULL;
}

static uint32_t
be32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* An offset from 2^31 on stands in a further table; such packs are read from the store. */
static void
name_entries(struct cm_helper_graph *graph, const struct cm_buf *idx)
{
    const unsigned char *bytes = (const unsigned char *)idx->at;
    uint32_t objects = be32(bytes + IDX_HEAD + FAN_OUT - 4);
    if (idx->size < IDX_HEAD + FAN_OUT + (size_t)objects * (ID + 8))
        return;
    const unsigned char *ids = bytes + IDX_HEAD + FAN_OUT;
    const unsigned char *offsets = ids + (size_t)objects * (ID + 4);
    for (uint32_t i = 0; i < objects; i++) {
        uint32_t offset = be32(offsets + (size_t)4 * i);
        struct entry *entry = offset >> 31 ? NULL : at_offset(graph, offset);
        if (!entry)
            continue;
        memcpy(entry->id.id, ids + ID * i, ID);
        uint32_t *slot = slot_of(graph, &entry->id);
        if (*slot == 0)
            *slot = (uint32_t)(entry - graph->entries) + 1;
    }
}

void
cm_helper_graph_name(struct cm_helper_graph *graph, const char *idx)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(IDX_MOST);
    uint32_t slots = 16;
    while (slots < graph->count * 2)
        slots *= 2;
    free(graph->table);
    graph->mask = slots - 1;
    graph->table = calloc(slots, sizeof *graph->table);
    if (graph->table && cm_file_read(idx, &bytes, &ignored) && bytes.size >= IDX_HEAD + FAN_OUT)
        name_entries(graph, &bytes);
}

bool
cm_helper_graph_find(const struct cm_helper_graph *graph, const git_oid *id,
                     struct cm_helper_parents *ret)
{
    uint32_t slot = graph->table ? *slot_of(graph, id) : 0;
    if (slot == 0)
        return false;
    const struct entry *entry = &graph->entries[slot - 1];
    *ret = (struct cm_helper_parents){
        .ids = graph->parents + entry->first, .count = entry->count, .bytes = entry->bytes};
    return true;
}

uint32_t
cm_helper_graph_count(const struct cm_helper_graph *graph)
{
    return graph->count;
}
