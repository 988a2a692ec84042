/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/rewrite.h: stage rewrite: an accepted artifact becomes one that says where it comes
 * from.
 *
 * Each rewriter whose patterns match the artifact's name gets what the one before left, each writes
 * a new file, and what is delivered was read again by the strict rules of artifact/archive.h. An
 * archive of packages that matches none itself has the packages in it rewritten, each by itself.
 */
#ifndef CM_PIPELINE_REWRITE_H
#define CM_PIPELINE_REWRITE_H

#include "base/fd.h"
#include "pipeline/pipeline.h"

/* ---- by whom ---- */

struct cm_rewriter {
    const struct cm_plugin *plugin;
    const json_t *options; /* borrowed of cm_rewriters.options */
};

struct cm_rewriters {
    struct cm_arena *arena;    /* owned */
    const char *configuration; /* slug of the artifact configuration; NULL: none says so */
    struct cm_rewriter *at;
    size_t count;
    struct cm_words packages;
    json_t *options; /* owned: one for each, an array */
};
void cm_rewriters_done(struct cm_rewriters *); /* for CM_CLEANUP; begin with {0} */

/* Those of the artifact configuration that the evidence records, with what they were told then; of
 * an evidence without one, none. */
bool cm_rewriters_of(const json_t *evidence, struct cm_plugins *, struct cm_rewriters *ret,
                     struct cm_err *err) CM_MUST;

/* One more, behind the others; its options are taken over. */
bool cm_rewriters_add(struct cm_rewriters *, const struct cm_plugin *, json_t *owned_options,
                      struct cm_err *err) CM_MUST;

/* Do what they are told, fit together, by each one's own word? */
bool cm_rewriters_check(const struct cm_rewriters *, struct cm_log *, struct cm_err *err) CM_MUST;

/* Is that rewriter for files of that name? */
bool cm_rewriter_matches(const struct cm_plugin *, const char *file_name);

/* Is an entry of that name one of the packages? */
bool cm_packages_match(const struct cm_words *packages, const char *entry);

/* ---- what is done ---- */

struct cm_rewriting {
    const json_t *evidence;
    const struct cm_verdict *verdict; /* of that evidence, and accepted */
    const struct cm_rewriters *rewriters;
    struct cm_log *log;
    int from;           /* the input; borrowed; its SHA-256 is held against the evidence's */
    const char *name;   /* of the artifact, if the origin tells none */
    const char *target; /* the file that it is for: it is written beside that; borrowed */
    bool skip_contents; /* entries that are not changed are not inflated */
};

enum cm_rewrite_outcome {
    CM_REWRITE_DOCUMENTED,
    CM_REWRITE_UNCHANGED, /* it says so already */
    CM_REWRITE_NONE,      /* no rewriter is for it */
    CM_REWRITE_REFUSED,   /* by a rewriter, by the strict reader, or as there is no origin */
    CM_REWRITE_OTHER,     /* the input is not the evidence's artifact */
    CM_REWRITE_UNWRITTEN, /* there is no room */
};

struct cm_rewritten {
    enum cm_rewrite_outcome outcome;
    struct cm_draft *draft; /* owned: of the first three, to be published; else NULL */
    struct cm_err why;      /* of the last three */
    json_t *documentation;  /* owned: what was done, for reports: docs/schemas/report-1.json */
};
void cm_rewritten_done(struct cm_rewritten *); /* for CM_CLEANUP; begin with {0} */

/* False only for faults of the program, of the configuration or of a plug-in; nothing is there
 * then. */
bool cm_rewrite(const struct cm_rewriting *, struct cm_rewritten *ret, struct cm_err *err) CM_MUST;

/* The artifact's name, without folders: the origin's, since a file of another name would be taken
 * for another kind of package; else `otherwise`, or "artifact" if that is NULL. Borrowed. */
const char *cm_artifact_name(const struct cm_verdict *, const char *otherwise);

/* What a rewriter's origin and attachments are: what the verdict states on the word of the system
 * or of the repository, and what was kept of the documents. Owned. */
bool cm_rewrite_facts(const json_t *evidence, const struct cm_verdict *, json_t **ret_origin,
                      json_t **ret_attachments, struct cm_err *err) CM_MUST;

/* ---- looking only ---- */

/* What rewriter by rewriter says of a package, or of each of the packages in an archive (owned):
 *   [ { "path": entry or null, "rewriter": { "id", "version", "sha256" },
 *       "notes": [ { "fact", "text" } ], "doubts": [ text ] } ]
 * CM_E_NOT_FOUND: no rewriter is for it. What is no package is CM_E_MALFORMED, CM_E_UNSUPPORTED or
 * CM_E_LIMIT. */
bool cm_inspect(const char *name, int from, const struct cm_rewriters *, struct cm_log *,
                json_t **ret, struct cm_err *err) CM_MUST;

#endif
