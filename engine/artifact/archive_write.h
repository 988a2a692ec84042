/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_write.h: an archive with some of its entries changed.
 *
 * Edits are collected and written at once. What is not changed is copied as it stands, byte for
 * byte and in its place; a changed entry stands where the old one stood, of which nothing is left;
 * added ones stand behind the last. The directory is written anew with the offsets that follow, its
 * records otherwise as they were; the comment is kept. The same edits give the same bytes.
 */
#ifndef CM_ARTIFACT_ARCHIVE_WRITE_H
#define CM_ARTIFACT_ARCHIVE_WRITE_H

#include "artifact/archive.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct cm_edits;

/* `archive` is borrowed for their life. NULL without memory. */
struct cm_edits *cm_edits_new(struct cm_archive *archive) CM_MUST;
void cm_edits_done(struct cm_edits **edits); /* for CM_CLEANUP */

/* A new content, packed at once, as the old one was (stored or deflated); name, time, attributes
 * and extra fields stay. What is said last of an entry counts. CM_E_LIMIT if the archive would grow
 * beyond what ZIP can say without ZIP64, or beyond what it was opened with. */
bool cm_edits_replace(struct cm_edits *edits, uint32_t entry, const void *at, size_t size,
                      struct cm_err *err) CM_MUST;
/* The same from a descriptor (offset 0 to its end), into a private file; CM_E_TRANSIENT if there
 * can be none. */
bool cm_edits_replace_from(struct cm_edits *edits, uint32_t entry, int from, struct cm_err *err)
    CM_MUST;

/* A new entry at the end: 1980-01-01, no attributes. cm_archive_may_add() holds for its name, also
 * beside all that was added before; what is removed counts as being there. At most 1,024. */
bool cm_edits_add(struct cm_edits *edits, const char *name, const void *at, size_t size,
                  bool stored, struct cm_err *err) CM_MUST;

bool cm_edits_remove(struct cm_edits *edits, uint32_t entry, struct cm_err *err) CM_MUST;

/* Is there anything to write? NULL: no edits. */
bool cm_edits_any(const struct cm_edits *edits);

/* What is to be computed on the way, each at the price of reading the bytes once. */
struct cm_edits_digests {
    bool of_input;  /* SHA-256 of the whole archive as it was read */
    bool of_output; /* SHA-256 of the whole archive as it was written */
    bool sha512;    /* and its SHA-512 */
};

struct cm_written {
    uint64_t size;
    char input_sha256[CM_SHA256_HEX]; /* "" if not asked for, as all digests */
    char sha256[CM_SHA256_HEX];
    char sha512[CM_SHA512_HEX];
};

/* Writes from offset 0 of `to`, which must be an empty file of ours that can be read, too: a
 * content that makes an archive of it with two ends is CM_E_MALFORMED. The input is read once,
 * front to back; with of_input, what the edits were made from is compared with what was read then,
 * so that a file that others can write to gives either an output made of the bytes that
 * input_sha256 is of, or CM_E_MALFORMED. Without digests nothing passes through this process's
 * memory that need not (copy_file_range). Digests run beside, in threads. */
bool cm_edits_write(struct cm_edits *edits, int to, const struct cm_edits_digests *digests,
                    struct cm_written *ret, struct cm_err *err) CM_MUST;

/* The digest alone of what would be written: "sha256" or "sha512", `ret_hex` of 2 * size + 1. */
bool cm_edits_digest(struct cm_edits *edits, const char *name, char *ret_hex, struct cm_err *err)
    CM_MUST;

#endif
