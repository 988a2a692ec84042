/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_copy.h: from an archive to its successor, front to back.
 *
 * Each byte of the input goes through once, and in order: kept, skipped, or shown because whoever
 * copies has it at hand already. So the digest of the input is that of the very bytes that the
 * output was made of.
 */
#ifndef CM_ARTIFACT_ARCHIVE_COPY_H
#define CM_ARTIFACT_ARCHIVE_COPY_H

#include "artifact/archive_hashing.h"
#include "artifact/archive_inside.h"

/* ---- archive_follow.c: are the bytes of the input those that were read before? ---- */

struct cm_follower {
    const struct cm_archive *archive;
    uint64_t at;              /* offset of the next byte */
    uint32_t next;            /* of by_offset: the entry that it is in */
    size_t seen;              /* the next content that was handed out */
    struct cm_digest *locals; /* headers and descriptors */
    struct cm_digest *content;
    bool changed;
};

bool cm_follower_begin(struct cm_follower *follower, const struct cm_archive *archive,
                       struct cm_err *err) CM_MUST;
void cm_follower_done(struct cm_follower *follower);

/* The next bytes of what is in front of the directory. */
void cm_follow(struct cm_follower *follower, const unsigned char *at, size_t size);

/* After the last of them. */
bool cm_follower_end(struct cm_follower *follower, struct cm_err *err) CM_MUST;

/* CM_E_MALFORMED: the file is not what it was; returns false. */
bool cm_archive_changed(const struct cm_archive *archive, struct cm_err *err);

/* ---- archive_copy.c ---- */

struct cm_copy {
    const struct cm_archive *archive;
    int to;            /* from where it stands; or -1: digests only */
    uint64_t written;  /* bytes of the output */
    bool passes;       /* every byte is needed here, for a digest */
    bool of_input;     /* also those that are dropped */
    bool by_hand;      /* the kernel does not copy between these files */
    uint64_t input_at; /* how far the input has been looked at */
    struct cm_hashing *hashing;
    struct cm_block *input, *output; /* being filled, or NULL */
    struct cm_follower follower;     /* if of_input */
};

bool cm_copy_begin(struct cm_copy *copy, const struct cm_archive *archive, int to,
                   const struct cm_edits_digests *digests, struct cm_err *err) CM_MUST;
void cm_copy_done(struct cm_copy *copy);

/* The input up to `end`, into the output, or dropped. */
bool cm_copy_keep(struct cm_copy *copy, uint64_t end, struct cm_err *err) CM_MUST;
bool cm_copy_skip(struct cm_copy *copy, uint64_t end, struct cm_err *err) CM_MUST;

/* The next bytes of the input, dropped. */
void cm_copy_show(struct cm_copy *copy, const void *at, size_t size);

/* Bytes for the output; `size` bytes of a file of ours. */
bool cm_copy_put(struct cm_copy *copy, const void *at, size_t size, struct cm_err *err) CM_MUST;
bool cm_copy_put_from(struct cm_copy *copy, int from, uint64_t size, struct cm_err *err) CM_MUST;

bool cm_copy_end(struct cm_copy *copy, struct cm_written *ret, struct cm_err *err) CM_MUST;

#endif
