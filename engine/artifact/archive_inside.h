/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_inside.h: what the files of the archive module share.
 */
#ifndef CM_ARTIFACT_ARCHIVE_INSIDE_H
#define CM_ARTIFACT_ARCHIVE_INSIDE_H

#include "artifact/archive.h"
#include "artifact/archive_name.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_ZIP_ENTRIES_MOST 65533u /* 65,535 means ZIP64, and a signature wants to be added */
#define CM_ZIP_LOCAL_SIZE   30u    /* of a local header, without name and extra fields */
#define CM_ZIP_RECORD_SIZE  46u    /* of a record of the directory, the same */
#define CM_ZIP_END_SIZE     22u    /* of the end record, without its comment */
#define CM_ZIP_STORED       0u
#define CM_ZIP_DEFLATED     8u
#define CM_ZIP_BEHIND       0x0008u /* flag: CRC and sizes stand in a descriptor behind the content */
#define CM_ZIP_UTF8         0x0800u /* flag: the name is UTF-8 */
#define CM_ZIP_NEEDED       20u     /* 2.0: deflate and folders; above comes what we do not take */

/* ---- archive_window.c: a file, seen through a window that moves along ---- */

#define CM_WINDOW_SIZE ((size_t)256 * 1024) /* more than a record of the directory can have */

struct cm_window {
    int fd;           /* borrowed */
    const char *name; /* borrowed; for messages */
    unsigned char *at;
    size_t size; /* bytes in it */
    uint64_t offset;
};

void cm_window_done(struct cm_window *window);
void cm_window_forget(struct cm_window *window); /* what is in it: the file may have changed */

/* `size` (at most CM_WINDOW_SIZE) bytes of the file, borrowed until the next call; NULL if they
 * are not there (CM_E_MALFORMED) or cannot be read. More bytes from where the last ones began:
 * these are not read again. */
const unsigned char *cm_window_get(struct cm_window *window, uint64_t offset, size_t size,
                                   struct cm_err *err) CM_MUST;

/* At least one byte and at most `size`, as many as are at hand. */
const unsigned char *cm_window_some(struct cm_window *window, uint64_t offset, uint64_t size,
                                    size_t *ret_size, struct cm_err *err) CM_MUST;

/* ---- archive_names.c: the keys of all names ---- */

struct cm_archive_slot {
    uint32_t hash;
    uint32_t entry; /* and one; 0: free */
};

struct cm_archive_names {
    struct cm_archive_slot *slots; /* a power of two, at least half of them free */
    uint32_t mask;
    uint64_t multiplier; /* by chance: nobody can choose names of one hash */
    struct cm_name_key *key, *other;
};

void cm_archive_names_done(struct cm_archive_names *names);

/* Takes in the names of all entries; refuses those that are none, and those that are alike. */
bool cm_archive_names_fill(struct cm_archive *archive, struct cm_err *err) CM_MUST;

/* ---- the archive ---- */

struct cm_archive_seen {
    uint32_t content; /* where it begins */
    uint32_t entry;
    unsigned char sha256[CM_SHA256_SIZE]; /* of the packed bytes */
};

struct cm_archive {
    char *name; /* for messages */
    struct cm_archive_limits limits;
    struct cm_window window;
    uint64_t size;
    uint32_t directory, end; /* offsets */
    uint32_t count;
    uint64_t inflated; /* bytes of all contents */
    struct cm_archive_entry *entries;
    uint32_t *by_offset; /* numbers of the entries, as they lie in the file */
    char *text;          /* the names */
    unsigned char *last; /* the end record with its comment: from `end` to the end of the file */
    struct cm_archive_names names;

    /* What was read, so that a file that changed meanwhile is found out. */
    char locals_sha256[CM_SHA256_HEX];    /* headers and descriptors, as they lie */
    char directory_sha256[CM_SHA256_HEX]; /* without the end record */
    char whole_sha256[CM_SHA256_HEX];     /* if cm_archive_check_contents() has read it, or "" */
    struct cm_archive_seen *seen;         /* contents that were handed out, as they lie */
    size_t seen_count, seen_room;
};

/* Puts archive, entry and offset in front of a reason; returns false. */
bool cm_archive_context(const struct cm_archive *archive, const char *name, size_t name_size,
                        uint64_t at, struct cm_err *err);
bool cm_archive_entry_context(const struct cm_archive *archive, uint32_t entry, struct cm_err *err);
bool cm_archive_no_memory(const struct cm_archive *archive, struct cm_err *err);

/* Ends a SHA-256. */
bool cm_archive_end_digest(const struct cm_archive *archive, struct cm_digest **digest,
                           char ret[CM_SHA256_HEX], struct cm_err *err) CM_MUST;

/* Is there one end record in the file, and nothing behind it? */
bool cm_archive_check_end(int fd, const char *name, const struct cm_archive_limits *limits,
                          struct cm_err *err) CM_MUST;

/* ---- archive_end.c: where the directory is ---- */

/* Sets directory, end, count and last. */
bool cm_archive_find_end(struct cm_archive *archive, struct cm_err *err) CM_MUST;

/* ---- archive_directory.c, archive_locals.c: the entries ---- */

/* Everything of the entries that the directory tells. */
bool cm_archive_read_directory(struct cm_archive *archive, struct cm_err *err) CM_MUST;

/* Their order and where they lie; each header is held against the directory. */
bool cm_archive_read_locals(struct cm_archive *archive, struct cm_err *err) CM_MUST;

/* ---- archive_record.c: what stands in headers ---- */

/* A record of the directory, or a local header, where what follows `extra_size` is 0. */
struct cm_zip_header {
    uint32_t modified, crc32, packed, size;
    uint16_t needed, flags, method;
    uint16_t name_size, extra_size;
    uint16_t comment_size, made_by, disk;
    uint32_t attributes, at;
    const unsigned char *name, *extra, *comment; /* set by whoever has them */
};

/* From the CM_ZIP_RECORD_SIZE or CM_ZIP_LOCAL_SIZE bytes in front. */
bool cm_zip_read_record(const unsigned char *at, struct cm_zip_header *ret, struct cm_err *err)
    CM_MUST;
bool cm_zip_read_local(const unsigned char *at, struct cm_zip_header *ret, struct cm_err *err)
    CM_MUST;

/* Is that an entry that all readers understand the same way? Not looked at: the name, but that it
 * is flagged rightly. */
bool cm_zip_check_record(const struct cm_zip_header *record, struct cm_err *err) CM_MUST;

/* Does a local header say what the directory says? */
bool cm_zip_check_local(const struct cm_zip_header *local, const struct cm_archive_entry *entry,
                        struct cm_err *err) CM_MUST;

/* `size` bytes between an entry's content and what follows: nothing but its descriptor? */
bool cm_zip_check_behind(const unsigned char *at, size_t size, const struct cm_archive_entry *entry,
                         struct cm_err *err) CM_MUST;

#endif
