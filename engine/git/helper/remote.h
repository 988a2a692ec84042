/* SPDX-License-Identifier: Apache-2.0
 *
 * git/helper/remote.h: libgit2's own fetch, for servers that know neither version 2 nor filters.
 *
 * It happens in the process that has no network: whoever asked carries the HTTP. libgit2 must have
 * begun (store.c), without configuration and with its limits.
 */
#ifndef CM_GIT_HELPER_REMOTE_H
#define CM_GIT_HELPER_REMOTE_H

#include "base/err.h"

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

struct cm_helper_carrier {
    /* Sends a request: GET of "info/refs?service=git-upload-pack" (body NULL, 0), or POST to
     * "git-upload-pack". What was not read of the answer before is of no interest any more. */
    bool (*request)(void *data, const char *service_path, const void *body, size_t size,
                    struct cm_err *err);
    /* The next bytes of its answer; *ret_size 0: that was all. */
    bool (*read)(void *data, void *to, size_t room, size_t *ret_size, struct cm_err *err);
    void *data;
};

/* Fetches the whole history of the refs (of refs/heads/ and refs/tags/) with all files into
 * `folder`, which is empty; what stays in it, and that only on success, is one pack-NAME.pack and
 * its .idx, 0600, and the path of the .idx in *ret_idx; nothing, and "", if the tips of all refs
 * are known already.
 *
 * What is known: the objects of `packs` (paths of .idx). `haves` are commits in them whose history
 * is there whole; trees need not be. They are told in their order, twenty at a time, until the
 * server knows one: so the old tips of the refs come first. CM_E_NOT_FOUND if the server does not
 * list one of the refs, CM_E_UNSUPPORTED if it will not answer, with its words, or has no whole
 * history itself. What the carrier says comes out as it is. That the history is whole is for the
 * caller to find out. */
bool cm_helper_fetch(const struct cm_helper_carrier *carrier, const char *folder,
                     const char *const *packs, size_t pack_count, const git_oid *haves,
                     size_t have_count, const char *const *refs, size_t ref_count, char *ret_idx,
                     size_t idx_size, struct cm_err *err) CM_MUST;

#endif
