/* SPDX-License-Identifier: Apache-2.0
 *
 * git/helper/graph.h: which parents the commits of a pack have, read while the pack comes.
 *
 * libgit2 inflates, hashes and indexes what a pack holds, but shows nothing of it meanwhile, and to
 * inflate it all once more afterwards takes half as long again. So the same bytes are read a second
 * time beside it, in another thread. What stands at an offset is then what libgit2's index names
 * for that offset: the very bytes that it has hashed.
 *
 * A graph saves time and decides nothing: what it does not understand (deltas, broken objects) it
 * leaves out, and whoever walks reads that from the store, where errors are found.
 */
#ifndef CM_GIT_HELPER_GRAPH_H
#define CM_GIT_HELPER_GRAPH_H

#include "git/helper/helper.h"

struct cm_helper_graph;

struct cm_helper_graph *cm_helper_graph_new(void) CM_MUST; /* NULL without memory. Owned. */
void cm_helper_graph_free(struct cm_helper_graph *graph);

/* The next bytes of the pack, from its first on. */
void cm_helper_graph_feed(struct cm_helper_graph *graph, const void *at, size_t size);

/* The pack has ended, and this is its .idx (version 2). Without this nothing is found. */
void cm_helper_graph_name(struct cm_helper_graph *graph, const char *idx);

struct cm_helper_parents {
    const git_oid *ids; /* the graph's */
    uint32_t count;
    uint32_t bytes; /* of the commit's object */
};
/* False: it does not know that commit. */
bool cm_helper_graph_find(const struct cm_helper_graph *graph, const git_oid *id,
                          struct cm_helper_parents *ret);
uint32_t cm_helper_graph_count(const struct cm_helper_graph *graph); /* commits */

/* ---- beside.c: the thread ---- */

/* One thread, begun before there is anything to read, because nobody may begin one later. */
struct cm_helper_beside;
struct cm_helper_beside *cm_helper_beside_new(void) CM_MUST; /* NULL: there is none */
void cm_helper_beside_free(struct cm_helper_beside *beside);

/* A pack begins: its graph (borrowed) is fed until the end. */
void cm_helper_beside_begin(struct cm_helper_beside *beside, struct cm_helper_graph *graph);
/* Room for the next piece: CM_HELPER_BLOCK bytes; waits until the thread has read what stood there.
 */
char *cm_helper_beside_room(struct cm_helper_beside *beside);
/* So many bytes stand there now. They may still be read, by whoever wants to, until the next room.
 */
void cm_helper_beside_give(struct cm_helper_beside *beside, size_t size);
/* Until all was read. */
void cm_helper_beside_end(struct cm_helper_beside *beside);

#define CM_HELPER_BLOCK ((size_t)64 * 1024)

#endif
