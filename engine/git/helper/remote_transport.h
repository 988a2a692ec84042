/* SPDX-License-Identifier: Apache-2.0
 *
 * git/helper/remote_transport.h: what stands between libgit2 and whoever carries the HTTP.
 *
 * The list of refs is asked for and read before libgit2 begins, by git/v0.h, with its limits;
 * libgit2 is then told only of the refs that are wanted, and of those abilities of the server that
 * it is to use. So what it sends is carried, and packs, but nothing else of the server's reaches it
 * unread.
 */
#ifndef CM_GIT_HELPER_REMOTE_TRANSPORT_H
#define CM_GIT_HELPER_REMOTE_TRANSPORT_H

#include "git/helper/remote.h"
#include "git/v0.h"

#include <git2/sys/transport.h>

struct cm_helper_transport {
    git_smart_subtransport base;          /* first: libgit2 hands it back */
    git_smart_subtransport_stream stream; /* there is one at a time */
    git_smart_subtransport_definition definition;
    const struct cm_helper_carrier *carrier;
    struct cm_buf list;           /* what libgit2 reads as the server's list of refs */
    struct cm_cursor unread;      /* of that */
    struct cm_buf body;           /* of the next request, or of the one that is under way */
    bool listing, asked;          /* the stream is one of the list; the request has been sent */
    struct cm_pkt_stream packets; /* of the answer */
    size_t lines;                 /* of all answers, outside of packs */
    bool deaf;                    /* what comes is no packets any more */
    struct cm_err err;            /* why libgit2 was told that it cannot be done; or CM_OK */
};

/* Not to be moved from here on. */
void cm_helper_transport_begin(struct cm_helper_transport *transport,
                               const struct cm_helper_carrier *carrier);
void cm_helper_transport_done(struct cm_helper_transport *transport); /* for CM_CLEANUP */

/* Asks for the list of refs; all that are wanted must be in it. They, in their order, and what the
 * server can do, both in the arena. */
bool cm_helper_transport_list(struct cm_helper_transport *transport, struct cm_arena *arena,
                              const char *const *refs, size_t ref_count,
                              const struct cm_git_ref ***ret,
                              struct cm_git_v0_capabilities *ret_capabilities, struct cm_err *err)
    CM_MUST;

/* For git_remote_callbacks: `transport`, with the struct as payload. */
int cm_helper_transport_new(git_transport **out, git_remote *owner, void *transport);

#endif
