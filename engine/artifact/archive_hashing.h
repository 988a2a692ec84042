/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_hashing.h: blocks of bytes that pass through, and their digests.
 *
 * What costs most while an archive is copied are digests of all its bytes. They are computed in
 * threads of their own, one for what is read and one for what is written: whoever copies fills a
 * block, gives it away, and may go on reading it (to write it) until it asks for the next one.
 */
#ifndef CM_ARTIFACT_ARCHIVE_HASHING_H
#define CM_ARTIFACT_ARCHIVE_HASHING_H

#include "artifact/archive_write.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_BLOCK_SIZE ((size_t)256 * 1024) /* long enough to be worth waking a thread for */

/* Whose bytes they are. */
#define CM_BLOCK_INPUT  1u
#define CM_BLOCK_OUTPUT 2u

struct cm_block {
    unsigned char *at; /* CM_BLOCK_SIZE bytes */
    size_t size;
    unsigned of;
    unsigned readers; /* threads that have not read it yet; of cm_hashing's own */
};

struct cm_hashing;

/* NULL without memory. Signals go to other threads. */
struct cm_hashing *cm_hashing_new(const struct cm_edits_digests *digests) CM_MUST;
void cm_hashing_done(struct cm_hashing **hashing); /* for CM_CLEANUP */

/* An empty block; waits until one is free. It is to be given back, at most three at a time. */
struct cm_block *cm_hashing_block(struct cm_hashing *hashing);
void cm_hashing_give(struct cm_hashing *hashing, struct cm_block *block);

/* Waits for the other threads. The digests that were asked for; the others stay as they are. */
bool cm_hashing_end(struct cm_hashing *hashing, struct cm_written *ret, struct cm_err *err) CM_MUST;

#endif
