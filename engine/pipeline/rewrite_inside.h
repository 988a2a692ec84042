/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/rewrite_inside.h: what the files of stage rewrite share. Private to it.
 */
#ifndef CM_PIPELINE_REWRITE_INSIDE_H
#define CM_PIPELINE_REWRITE_INSIDE_H

#include "pipeline/rewrite.h"

#include "artifact/archive_write.h"

/* Where a new file is written: beside its target, or, without one, nowhere that has a name. */
struct cm_outlet {
    const char *target;
    struct cm_draft *draft; /* owned */
    int fd;                 /* -1: nothing was written */
};
void cm_outlet_done(struct cm_outlet *); /* for CM_CLEANUP; begin with {.fd = -1} */
bool cm_outlet_open(struct cm_outlet *, struct cm_err *err) CM_MUST;

struct cm_rewrite_job {
    const struct cm_rewriters *rewriters;
    struct cm_log *log;
    const json_t *origin, *attachments;
    bool skip_contents;
    bool refused, unwritten; /* what failed is the package's; is the disk's */
};

/* Gives false: by its class, what failed is the package's to answer for, or the disk's, or
 * neither's; the first word counts. */
bool cm_rewrite_blame(struct cm_rewrite_job *, const struct cm_err *err);

/* The file as an archive; NULL if it does not begin like one. `contents`: all of them are inflated.
 */
bool cm_package_open(int fd, const char *name, bool contents, struct cm_archive **ret,
                     struct cm_err *err) CM_MUST;

struct cm_package {
    const char *name;    /* without folders */
    const char *path;    /* in the archive that it was taken out of; NULL: none */
    int from;            /* borrowed */
    struct cm_outlet to; /* the last that was written; not `changed`: a copy */
    bool changed;
    char input[CM_SHA256_HEX]; /* SHA-256 of what was read, if something was written; else "" */
    struct cm_written written; /* if something was */
    json_t *rewriters;         /* owned: what each did, for reports */
};
void cm_package_done(struct cm_package *); /* for CM_CLEANUP; begin with {.to.fd = -1} */

/* Writes edits of what it is now into a new file, which takes its place. One that others may write
 * to is written without edits, too: that nothing has to be changed was seen in what was read, and
 * what is written is of the same bytes. */
bool cm_package_write(struct cm_rewrite_job *, struct cm_package *, struct cm_edits *,
                      struct cm_err *err) CM_MUST;

/* Every rewriter that is for it, one behind the other. Without any it does nothing. */
bool cm_package_rewrite(struct cm_rewrite_job *, struct cm_package *, struct cm_err *err) CM_MUST;

/* For reports; "packages" has it. Owned; NULL without memory. */
json_t *cm_package_json(const struct cm_package *) CM_MUST;

/* Is there a rewriter for files of that name? */
bool cm_rewriters_match(const struct cm_rewriters *, const char *name);

/* ---- rewrite_inner.c ---- */

/* The packages in an archive, each by itself; *ret_count: how many there are. Each is appended to
 * `list`. */
bool cm_packages_rewrite(struct cm_rewrite_job *, struct cm_package *outer, json_t *list,
                         size_t *ret_count, struct cm_err *err) CM_MUST;

/* Entries that are packages, one by one, until one gives false; each unpacked into a file of its
 * own, which is gone afterwards. Refuses one that no rewriter is for, and too many. */
typedef bool cm_entry_fn(void *data, uint32_t entry, const char *path, const char *name, int fd,
                         struct cm_err *err);
bool cm_packages_each(struct cm_archive *, const struct cm_rewriters *, cm_entry_fn *call,
                      void *data, size_t *ret_count, struct cm_err *err) CM_MUST;

#endif
