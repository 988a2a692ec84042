/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_write_inside.h: edits, collected (archive_write.c) and written (archive_emit.c).
 */
#ifndef CM_ARTIFACT_ARCHIVE_WRITE_INSIDE_H
#define CM_ARTIFACT_ARCHIVE_WRITE_INSIDE_H

#include "artifact/archive_inside.h"
#include "artifact/archive_pack.h"
#include "artifact/archive_write.h"

struct cm_change {
    uint32_t entry;
    uint32_t at; /* its offset in the archive as it was */
    bool removed;
    struct cm_packed packed;
};

struct cm_addition {
    char *name, *key; /* owned; the key has no NUL */
    size_t key_size;
    uint16_t name_size, method;
    struct cm_packed packed;
};

struct cm_edits {
    struct cm_archive *archive;
    struct cm_change *changes; /* by offset */
    size_t change_count, change_room;
    struct cm_addition *additions;
    size_t addition_count, addition_room;
    uint64_t size, inflated; /* of what would be written, and of its contents */
    uint32_t count;          /* of its entries */
};

/* Bytes of the record of an entry, as it is in the directory. */
uint32_t cm_archive_record_size(const struct cm_archive *archive, uint32_t entry);

/* The first change at that offset or behind it. */
size_t cm_edits_place(const struct cm_edits *edits, uint32_t at);

#endif
