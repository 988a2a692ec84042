/* SPDX-License-Identifier: Apache-2.0
 *
 * git/helper/helper.h: the parts of countermark-git, the program that takes packs apart.
 *
 * It is the only one that is linked with libgit2. It has no network, no secrets, no environment and
 * few of everything else; what it is asked, and answers, is said in git/reply.h. Whoever called it
 * may kill it at any time and removes what it wrote.
 */
#ifndef CM_GIT_HELPER_H
#define CM_GIT_HELPER_H

#include "base/err.h"

#include <git2.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cm_helper_beside;
struct cm_helper_graph;

/* confine.c: limits on itself, before the first foreign byte is read; the second once all threads
 * have begun. */
bool cm_helper_confine(struct cm_err *err) CM_MUST;
bool cm_helper_confine_threads(struct cm_err *err) CM_MUST;

/* ---- input.c: what comes on the standard input ---- */

/* A line without its end, at most CM_GIT_LINE_MOST bytes; *ret NULL at the end of the input.
 * Borrowed until the next. */
bool cm_helper_line(FILE *from, char **ret, struct cm_err *err) CM_MUST;

/* Bytes in pieces. */
struct cm_helper_pieces {
    FILE *from;
    size_t left; /* of the piece at hand */
    bool ended;  /* by "0" or "stop" */
};
/* Up to `room` of the next bytes; *ret_size 0 once they have ended well. CM_E_CANCELLED if no more
 * will come. */
bool cm_helper_pieces_read(struct cm_helper_pieces *pieces, void *to, size_t room, size_t *ret_size,
                           struct cm_err *err) CM_MUST;
/* Reads what is left, so that the next question can be read. */
bool cm_helper_pieces_skip(struct cm_helper_pieces *pieces, struct cm_err *err) CM_MUST;

/* ---- store.c: libgit2 without any configuration, and its objects ---- */

/* `strict`: objects are hashed again when they are read. What was indexed just now was hashed then.
 */
bool cm_helper_store_begin(bool strict, git_odb **ret, struct cm_err *err) CM_MUST;
bool cm_helper_store_limit(size_t objects_most, struct cm_err *err) CM_MUST; /* of one pack */
/* A pack by its .idx. `now`: it is opened at once, and may be moved afterwards. */
bool cm_helper_store_add(git_odb *odb, const char *idx, bool now, struct cm_err *err) CM_MUST;
bool cm_helper_store_count(const char *idx, size_t *ret, struct cm_err *err) CM_MUST; /* objects */
/* The pack that comes, indexed in `folder`, and its graph read `beside` (NULL: it is not). */
bool cm_helper_index(struct cm_helper_pieces *pack, const char *folder,
                     struct cm_helper_beside *beside, struct cm_helper_graph *graph,
                     char ret_idx[PATH_MAX], size_t *ret_objects, struct cm_err *err) CM_MUST;
/* Why libgit2 could not do something. Returns false. */
bool cm_helper_fail(struct cm_err *err, const char *what);

/* ---- walk.c: from tips down, nearest commits first ---- */

#define CM_HELPER_COMMITS 10000000u
#define CM_HELPER_NONE    UINT32_MAX
#define CM_HELPER_GRAPHS  32u

/* A commit that was met. The nodes in the order in which they were met are the queue, too. */
struct cm_helper_node {
    git_oid id;
    uint32_t child;  /* the node that it was met from: one step nearer to a tip; NONE: a tip */
    uint32_t length; /* commits from there to the tip, both included */
    uint64_t bytes;  /* of their objects; known once it was read */
    bool there;      /* it was read */
    bool told;
};

/* Where commits are read: from a graph, if one knows them, else from the store. */
struct cm_helper_commits {
    git_odb *odb;
    struct cm_helper_graph *graphs[CM_HELPER_GRAPHS];
    size_t graph_count;
};

/* One walk serves any number of questions about its tips: it goes on where the one before needed no
 * more. */
struct cm_helper_walk {
    const struct cm_helper_commits *commits;
    struct cm_helper_node *nodes;
    uint32_t count, room;
    uint32_t *table; /* open addressing: index of a node + 1, 0 is free; twice `room`, at least */
    uint32_t mask;
    uint32_t next; /* node to be read next */
    uint32_t walked;
    uint32_t missing; /* a node that is not there; NONE */
    uint32_t tip_count;
};

/* Owned. The commits are borrowed for its life. */
bool cm_helper_walk_new(const struct cm_helper_commits *commits, const git_oid *tips, size_t count,
                        struct cm_helper_walk **ret, struct cm_err *err) CM_MUST;
void cm_helper_walk_free(struct cm_helper_walk *walk);
bool cm_helper_walk_is_of(const struct cm_helper_walk *walk, const git_oid *tips, size_t count);

/* Until the commit is met, or nothing is left; NULL: until nothing is left. *ret_found: its node,
 * or NONE. */
bool cm_helper_walk_to(struct cm_helper_walk *walk, const git_oid *commit, uint32_t *ret_found,
                       struct cm_err *err) CM_MUST;

/* ---- tell.c: answers ---- */

bool cm_helper_tell_object(git_odb *odb, const git_oid *id, size_t most, FILE *to,
                           struct cm_err *err) CM_MUST;
bool cm_helper_tell_path(struct cm_helper_walk *walk, uint32_t found, size_t most, FILE *to,
                         struct cm_err *err) CM_MUST;
/* That there is none. */
void cm_helper_tell_end(const struct cm_helper_walk *walk, FILE *to);

#endif
