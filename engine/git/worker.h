/* SPDX-License-Identifier: Apache-2.0
 *
 * git/worker.h: the helper program while it runs, beside everything else that the loop does.
 *
 * A worker reads the objects of one store, and is asked one question at a time; others wait in
 * their order. Nothing here waits. Callbacks come from the loop, never from inside a call of this
 * header, and may do anything but free the worker while it is alive.
 */
#ifndef CM_GIT_WORKER_H
#define CM_GIT_WORKER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/scratch.h"
#include "git/reply.h"
#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CM_GIT_ITEM_MOST  ((size_t)64 * 1024 * 1024) /* bytes of one object that is told */
#define CM_GIT_PACKS_MOST 64u

/* ---- bytes that come from a server and go on to a helper ---- */

/* On disk in between, so that neither waits for the other; and the helper reads them while they
 * come. */
struct cm_git_spool {
    int fd; /* unlinked */
    uint64_t written, sent;
    bool ended;   /* no more will come, and that is all */
    bool stopped; /* no more will come, and it is not all */
    int wake;     /* of the worker that hands it on; -1 */
};

bool cm_git_spool_open(const char *folder, struct cm_git_spool *ret, struct cm_err *err) CM_MUST;
/* May be called from inside libcurl. */
bool cm_git_spool_write(struct cm_git_spool *spool, const void *at, size_t size, struct cm_err *err)
    CM_MUST;
/* No more will come. */
void cm_git_spool_end(struct cm_git_spool *spool, bool whole);
void cm_git_spool_done(struct cm_git_spool *spool);

/* ---- questions ---- */

struct cm_git_worker;

/* Kept by the asker until `done` was called, or the worker freed. */
struct cm_git_task {
    const char *line;           /* the question, without its line feed; borrowed */
    struct cm_git_spool *spool; /* what follows it in pieces; NULL: nothing does */
    cm_git_item_sink *item;     /* all that it answers but `end` and `error`; must not ask. False
                                   ends the worker. NULL: nothing is expected */
    void (*done)(void *data, const struct cm_err *err); /* err->class CM_OK: answered well */
    void *data;

    struct cm_git_task *next; /* from here on the worker's */
    struct cm_err err;
    bool begun;
};

struct cm_git_worker_ask {
    const char *const *packs; /* paths of .idx files that it begins with; copied */
    size_t pack_count;
    const char *folder; /* of its packs that are to come; NULL: one of its own, removed with it */
};

bool cm_git_worker_start(struct cm_net *net, const struct cm_git_worker_ask *ask,
                         struct cm_git_worker **ret, struct cm_err *err) CM_MUST;
/* Kills it. Tasks that it still has are forgotten, without a call. `net` NULL: the loop is gone
 * already. NULL is fine. */
void cm_git_worker_free(struct cm_net *net, struct cm_git_worker *worker);

bool cm_git_worker_is_alive(const struct cm_git_worker *worker);

/* How many packs it was given. */
size_t cm_git_worker_load(const struct cm_git_worker *worker);

/* One that is dead, or has enough, is kept for as long as somebody may still ask it. */
void cm_git_worker_bury(struct cm_git_worker **graves, struct cm_git_worker *worker);
void cm_git_worker_free_all(struct cm_git_worker **graves);

/* False if it is dead, with the reason why. */
bool cm_git_worker_ask(struct cm_git_worker *worker, struct cm_git_task *task, struct cm_err *err)
    CM_MUST;

/* The question at hand wants bytes (a `request`): they follow from this spool. From within `item`,
 * or later from the loop. */
void cm_git_worker_give(struct cm_git_worker *worker, struct cm_git_spool *spool);

/* ---- worker_process.c: the process itself ---- */

struct cm_git_process {
    pid_t pid;                 /* 0: none, or reaped */
    int pid_fd, input, output; /* `input` is what it reads; both do not wait */
};

bool cm_git_process_start(const char *program, const char *const *words, size_t count,
                          struct cm_git_process *ret, struct cm_err *err) CM_MUST;
/* Has it ended? *ret_how: why it should not have; class CM_OK if it ended well. */
bool cm_git_process_ended(struct cm_git_process *process, const char *program,
                          struct cm_err *ret_how);
void cm_git_process_kill(struct cm_git_process *process); /* and waits for its end; closes all */

#endif
