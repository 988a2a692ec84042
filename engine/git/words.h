/* SPDX-License-Identifier: Apache-2.0
 *
 * git/words.h: what servers say, made fit for a sentence of ours: pure.
 */
#ifndef CM_GIT_WORDS_H
#define CM_GIT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define CM_GIT_WORDS_MOST 300u

/* A server's words as they may stand in an error: escaped like there (a NUL, too), without blanks
 * and line ends behind, and CM_GIT_WORDS_MOST bytes at the most; longer ones are cut between two
 * characters and end in "...". "nothing" if there are none. Returns `ret`. */
const char *cm_git_words(const void *at, size_t size, char ret[CM_GIT_WORDS_MOST + 1]);

/* Is it the media type of a page for people, with or without parameters? */
bool cm_git_is_page(const char *media_type);

enum cm_git_move {
    CM_GIT_MOVE_NOWHERE, /* to no place that can be read */
    CM_GIT_MOVE_PLAIN,   /* from https to http, whatever is there */
    CM_GIT_MOVE_PAGE,    /* to something that is no repository: the way to sign in, at some hosts */
    CM_GIT_MOVE_NAME,    /* to another name at the same host */
    CM_GIT_MOVE_HOST,    /* to another host, or another port */
};

/* Where a redirect leads from `asked`, the URL of a request to a repository, to `location`, without
 * query; NULL is nowhere. The first *ret_size bytes of `location` are what to name: the repository
 * there, if it is one. */
enum cm_git_move cm_git_move_of(const char *asked, const char *location, size_t *ret_size);

#endif
