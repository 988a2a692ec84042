/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive.h: a ZIP archive, read strictly.
 *
 * Readers of ZIP disagree: about where the directory is, which of two headers of an entry counts,
 * what a name means. So an archive is accepted only if it leaves nothing to disagree about, and
 * refused with the offset and the reason otherwise:
 *
 * - one end record, which ends with the file, none behind, and none in front that anybody could
 *   take for it; one disk; no ZIP64; the directory ends where the end record begins;
 * - local entries begin at 0, follow one another without a gap, and end where the directory begins;
 *   each has exactly one record there, and header, descriptor and record agree in every field that
 *   both have;
 * - methods 0 and 8; no encryption, no patches, no links or devices, no extra field that renames,
 *   resizes or links;
 * - names are UTF-8, flagged as such unless ASCII, and no two of them are one name to anybody: to
 *   readers that decode %41, that fold case or normalise, that take \ for /, that drop what Windows
 *   drops (archive_name.h). What leaves the folder that it is unpacked in, or is a file and a
 *   folder, is refused.
 *
 * What the entries hold is looked at by cm_archive_read() and cm_archive_check_contents() only.
 */
#ifndef CM_ARTIFACT_ARCHIVE_H
#define CM_ARTIFACT_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_archive_limits {
    uint32_t entries;  /* 65,533 at most: one may yet be added, and 65,535 means ZIP64 */
    uint32_t name;     /* bytes of a name */
    uint32_t ratio;    /* inflated to packed, of entries above 1 MiB */
    uint64_t inflated; /* bytes of all entries together */
};
/* 65,533 entries, names of 260 bytes, 1:1,000, 16 GiB. */
extern const struct cm_archive_limits cm_archive_usual;

struct cm_archive_entry {
    const char *name; /* UTF-8, NUL-terminated; ends in / if it is a folder; the archive's */
    uint32_t crc32;
    uint32_t packed, size; /* bytes, as stored and inflated */
    uint32_t at;           /* offset of the local header */
    uint32_t span;         /* bytes from there to the next one: header, content, descriptor */
    uint32_t content;      /* offset of the content */
    uint32_t record;       /* offset of its record in the directory */
    uint32_t modified;     /* as ZIP says it: date << 16 | time */
    uint16_t name_size;
    uint16_t method, flags;
    uint8_t needed; /* version of ZIP, 20 for 2.0 */
    bool is_folder;
};

struct cm_archive; /* of one thread at a time, also where it is const */

/* Does it begin like an archive ("PK\3\4", or "PK\5\6" of an empty one)? Says nothing more. */
bool cm_archive_looks_like_one(int fd);

/* Reads the directory and every local header. `fd` is borrowed for the archive's life and must be
 * a file that nobody writes to, or whoever uses the archive finds out afterwards (archive_write.h).
 * `name` is for messages; limits NULL: cm_archive_usual. CM_E_MALFORMED: not an archive, or one
 * that readers disagree about; CM_E_UNSUPPORTED: a clear one that we do not take (ZIP64,
 * encryption, other methods, several disks); CM_E_LIMIT. */
bool cm_archive_open(int fd, const char *name, const struct cm_archive_limits *limits,
                     struct cm_archive **ret, struct cm_err *err) CM_MUST;
struct cm_archive *cm_archive_free(struct cm_archive *archive); /* gives NULL */
void cm_archive_done(struct cm_archive **archive);              /* for CM_CLEANUP */

/* In the order of the directory. */
uint32_t cm_archive_count(const struct cm_archive *archive);
const struct cm_archive_entry *cm_archive_entry(const struct cm_archive *archive, uint32_t entry);

/* By exact name; false if there is none. */
bool cm_archive_find(const struct cm_archive *archive, const char *name, uint32_t *ret_entry);
/* By what some reader might take for that name; false if there is none. A name that could not stand
 * in an archive is none. */
bool cm_archive_find_alike(const struct cm_archive *archive, const char *name, uint32_t *ret_entry);

/* Could an entry of that name be added? CM_E_MALFORMED with the reason, or with the entry that some
 * reader would take for the same. */
bool cm_archive_may_add(const struct cm_archive *archive, const char *name, struct cm_err *err)
    CM_MUST;

/* An entry's content, inflated, appended to `to` (its maximum is the limit: CM_E_LIMIT). Size and
 * CRC are checked, and that the packed data end where they must: CM_E_MALFORMED. */
bool cm_archive_read(struct cm_archive *archive, uint32_t entry, struct cm_buf *to,
                     struct cm_err *err) CM_MUST;

/* The same into a descriptor, from where it stands, at most `most` bytes. */
bool cm_archive_unpack(struct cm_archive *archive, uint32_t entry, int to, uint64_t most,
                       struct cm_err *err) CM_MUST;

/* Inflates everything and looks at sizes and CRCs, so that no reader finds another length than its
 * neighbour. 0.4 GB/s. */
bool cm_archive_check_contents(struct cm_archive *archive, struct cm_err *err) CM_MUST;

#endif
