/* SPDX-License-Identifier: Apache-2.0
 *
 * git/object.h: raw git objects, read by ourselves: pure, for replay and for the client.
 */
#ifndef CM_GIT_OBJECT_H
#define CM_GIT_OBJECT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_GIT_ID 41 /* 40 digits and a NUL */

/* SHA-1 of "type size\0" and the content. */
bool cm_git_hash(const char *type, const void *at, size_t size, char ret_id[CM_GIT_ID]) CM_MUST;

#define CM_GIT_PARENTS 128 /* the widest merge known has 66 */

struct cm_git_commit_object {
    char tree[CM_GIT_ID];
    char parents[CM_GIT_PARENTS][CM_GIT_ID];
    size_t parent_count;
    int64_t committed; /* seconds since 1970; CM_NO_TIME if it cannot be read */
};

/* Strict: tree, parents, author, committer in this order; ids of 40 lower-case digits. */
bool cm_git_commit_parse(const void *at, size_t size, struct cm_git_commit_object *ret,
                         struct cm_err *err) CM_MUST;

/* The entry of exactly that name in a raw tree: its id and mode ("100644", "40000", "120000"...).
 * CM_E_NOT_FOUND if there is none, CM_E_MALFORMED if the tree cannot be read to its end. */
bool cm_git_tree_find(const void *at, size_t size, const char *name, char ret_id[CM_GIT_ID],
                      unsigned *ret_mode, struct cm_err *err) CM_MUST;

#endif
