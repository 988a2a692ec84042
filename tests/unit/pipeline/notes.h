/* SPDX-License-Identifier: Apache-2.0
 *
 * notes.h: an accepted artifact, the evidence that it is of, and fixture_notes to rewrite it.
 */
#ifndef NOTES_H
#define NOTES_H

#include "../artifact/zip.h"
#include "artifact/archive.h"
#include "base/json.h"
#include "pipeline/rewrite.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

struct notes {
    struct cm_plugins *plugins;
    const struct cm_plugin *plugin;
    struct cm_rewriters rewriters;
    json_t *evidence;
    struct cm_origin_field origin[4];
    struct cm_attachment attachment;
    struct cm_verdict verdict;
    int fd;                 /* the artifact */
    char folder[64];        /* of its own */
    char target[96];        /* in it */
    struct cm_rewritten is; /* the last outcome */
    struct cm_err err;
};

/* Accepted, named "a.note", with one attached document; rewritten by fixture_notes. */
void notes_begin(struct notes *);
void notes_done(struct notes *); /* for CM_CLEANUP */

/* The artifact, and that the evidence is about it. */
void notes_artifact(struct notes *, const void *at, size_t size);
void notes_zip(struct notes *, const struct zip *);

/* One more rewriter, with these options. */
void notes_add(struct notes *, const char *options);

/* Rewrites; on the way, nothing has a name yet. */
bool notes_rewrite(struct notes *, bool skip_contents);
/* It is that; and, if it is to be delivered, published. `reason`: a part of it; NULL: none. */
void notes_expect(struct notes *, enum cm_rewrite_outcome outcome, const char *reason);
void notes_expect_told(const struct notes *, const char *path, const char *canonical);
/* The published file, an archive: the content of that entry; NULL: there is none. malloc'ed. */
char *notes_entry(struct notes *, const char *name);
/* The published file as it is. malloc'ed. */
char *notes_bytes(struct notes *, size_t *ret_size);
size_t notes_files(const struct notes *); /* in the folder */

#endif
