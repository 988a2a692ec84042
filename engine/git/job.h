/* SPDX-License-Identifier: Apache-2.0
 *
 * git/job.h: one run of the helper program, beside everything else that the loop does.
 */
#ifndef CM_GIT_JOB_H
#define CM_GIT_JOB_H

#include "base/buf.h"
#include "base/err.h"
#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_GIT_JOB_WORDS 80

struct cm_git_job;

struct cm_git_job_ask {
    int pack; /* its standard input, read from the beginning; borrowed */
    size_t objects_most;
    const char *const *words; /* what follows OBJECTS_MOST in git/reply.h, and a NULL; copied */
    size_t output_most;
};

/* Starts the helper that the settings name, in a new folder in theirs. `call` is called from the
 * loop when it has ended: err.class CM_OK if it ended well and `output` is all that it said. Owned
 * by the caller, who frees it with cm_git_job_free, also from within `call`. */
bool cm_git_job_start(struct cm_net *net, const struct cm_git_job_ask *ask,
                      void (*call)(void *data, const struct cm_err *err,
                                   const struct cm_buf *output),
                      void *data, struct cm_git_job **ret, struct cm_err *err) CM_MUST;

/* Kills it if it still runs, removes its folder. `net` NULL: the loop is gone already. */
void cm_git_job_free(struct cm_net *net, struct cm_git_job *job);

#endif
