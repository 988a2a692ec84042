/* SPDX-License-Identifier: Apache-2.0
 *
 * git/refs.h: what the readers of a server's refs have in common, whatever the protocol's version.
 */
#ifndef CM_GIT_REFS_H
#define CM_GIT_REFS_H

#include "git/v2.h"

/* The refs that were found so far, as they came. */
struct cm_git_found {
    struct cm_arena *arena;      /* of their names */
    const char *const *prefixes; /* borrowed */
    size_t prefix_count;
    struct cm_git_ref *refs; /* CM_GIT_REFS of room at the most; owned */
    size_t count, room;
};

void cm_git_found_done(struct cm_git_found *found); /* for CM_CLEANUP */

/* The 40 digits that come next; false if there are none, and then ret_id is of no use. */
bool cm_git_take_id(struct cm_cursor *line, char ret_id[CM_GIT_ID]) CM_MUST;

/* Is a ref of that name to be kept? It begins with one of the prefixes, has at most CM_GIT_REF_MOST
 * bytes and is UTF-8. Only then *ret_name is touched. */
bool cm_git_is_wanted(const struct cm_git_found *found, const void *at, size_t size,
                      char ret_name[CM_GIT_REF_MOST + 1]) CM_MUST;

/* Keeps one more. A name that git does not allow is CM_E_MALFORMED. Borrowed until the next. */
bool cm_git_add_ref(struct cm_git_found *found, const char *name, const char *id,
                    struct cm_git_ref **ret, struct cm_err *err) CM_MUST;

/* All of them, in the order of their names; one that came twice is CM_E_MALFORMED. Arena. */
bool cm_git_found_all(struct cm_git_found *found, struct cm_git_ref **ret, size_t *ret_count,
                      struct cm_err *err) CM_MUST;

/* "ERR" and the server's own words may come instead of any line: CM_E_UNSUPPORTED with the words.
 * True if the line is none of that kind; then nothing of it is taken. */
bool cm_git_is_no_refusal(struct cm_cursor *line, struct cm_err *err) CM_MUST;

#endif
