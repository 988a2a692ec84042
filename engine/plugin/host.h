/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/host.h: the host services, and how hooks are called.
 *
 * A struct cm_plugin_host binds one plug-in to one request: its options, its evidence, and, while
 * collecting, the outside. Every hook is run in a fresh call with an arena of its own.
 */
#ifndef CM_PLUGIN_HOST_H
#define CM_PLUGIN_HOST_H

#include "artifact/archive_write.h"
#include "attest/cms.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "net/outside.h"
#include "plugin/loader.h"
#include "verdict/verdict.h"

#include <jansson.h>
#include <stdbool.h>

struct cm_host_settings {
    const struct cm_plugin *plugin;
    const json_t *options; /* c->options; borrowed */
    json_t *evidence;      /* documents are read from and, while collecting, added to it */
    struct cm_log *log;
    int64_t deadline;       /* monotonic ns; 0: none (pure hooks) */
    const char *run_helper; /* of signers: countermark-run; NULL: they run nothing */
    bool examination;       /* the checks are those of the connector's examination */

    /* while collecting, and then all of them, evidence and log included; all NULL otherwise */
    const struct cm_outside_table *outside;
    struct cm_outside *out;
    const json_t *secrets;            /* { option: reference } */
    const struct cm_peer *peer;       /* the system's */
    const struct cm_trust *trust;     /* for hosts of repositories */
    const struct cm_project *project; /* its repositories, the only ones that git is asked at */
    const struct cm_policy *policy;   /* its refs tell which to list at once; NULL in an
                                         examination, which asks no repository */
};

struct cm_plugin_host;
bool cm_host_new(const struct cm_host_settings *, struct cm_plugin_host **ret, struct cm_err *err)
    CM_MUST;
struct cm_plugin_host *cm_host_free(struct cm_plugin_host *host);

/* ---- hooks; each false only for a failed call, with the class and the reason ---- */

/* Offline: do the options of that part of the plug-in fit together? */
enum cm_part { CM_CONNECTOR, CM_REWRITER, CM_SIGNER };
bool cm_host_configure(struct cm_plugin_host *, enum cm_part part, struct cm_err *err) CM_MUST;
/* Adds to `names` { option: text }. */
bool cm_host_read_names(struct cm_plugin_host *, const void *body, size_t size, json_t *names,
                        struct cm_err *err) CM_MUST;

/* What a connector makes of a page's address: options { name: text as one would write it }, each
 * sound by the table, and what the engine's part of a configuration says { "organization",
 * "project", "repository", "ref": text }. */
struct cm_start {
    json_t *settings, *about; /* owned */
};
void cm_start_done(struct cm_start *);
/* Pure. From the address alone, or, if it was asked, with the evidence, too. CM_E_NOT_FOUND: the
 * address is of no system that the connector knows. */
bool cm_host_start(struct cm_plugin_host *, const char *address, bool was_asked,
                   struct cm_start *ret, struct cm_err *err) CM_MUST;

/* Outside. Starts the repository's probe and list first if the project has one repository only. */
bool cm_host_begin(struct cm_plugin_host *, struct cm_err *err) CM_MUST;
bool cm_host_authenticate(struct cm_plugin_host *, struct cm_err *err) CM_MUST;
bool cm_host_collect(struct cm_plugin_host *, struct cm_err *err) CM_MUST;
/* CM_E_UNSUPPORTED if the connector has no examination. */
bool cm_host_examine(struct cm_plugin_host *, struct cm_err *err) CM_MUST;
/* Waits for and records what the engine asked itself: the repository-* documents. */
bool cm_host_finish(struct cm_plugin_host *, struct cm_err *err) CM_MUST;
/* The staged artifact of that document; -1 if none. Borrowed. */
int cm_host_artifact(const struct cm_plugin_host *, const char *document);

/* ---- rewriters ---- */

/* One artifact, as a rewriter is handed it. All borrowed. */
struct cm_host_work {
    const char *name;           /* of the file */
    struct cm_archive *archive; /* NULL: it is none */
    const json_t *origin;       /* { field: text }; NULL in an inspection, and so is */
    const json_t *attachments;  /* { file name: content } */
};

/* Pure. What the rewriter does to it, to be written by the caller: edits (owned; NULL if it is no
 * archive; none in them: it is documented already), and what it did, for reports (owned):
 *   { "notes":   [ { "fact", "before": text or null, "after": text or null } ],
 *     "spliced": [ { "entry", "offset", "size", "old", "new" } ],
 *     "added":   [ { "entry", "size", "sha256" } ],
 *     "removed": [ { "entry", "size" } ] }
 * Bytes that are no UTF-8 stand as base64 in "old_base64", "new_base64" instead. In the order of
 * entries and offsets, splices put back give the content that was there. */
bool cm_host_rewrite(struct cm_plugin_host *, const struct cm_host_work *,
                     struct cm_edits **ret_edits, json_t **ret_changes, struct cm_err *err) CM_MUST;

/* Pure. What it says of its origin (owned):
 *   { "notes": [ { "fact", "text": text or null } ], "doubts": [ text ] }
 * CM_E_UNSUPPORTED if the rewriter inspects nothing. */
bool cm_host_inspect(struct cm_plugin_host *, const struct cm_host_work *, json_t **ret,
                     struct cm_err *err) CM_MUST;

/* ---- signers ---- */

/* Has the artifact signed by the process with the keys, as it was handed in; DER, appended. */
typedef bool cm_cms_fn(void *data, const struct cm_cms_wish *wish, struct cm_buf *to,
                       struct cm_err *err);

struct cm_host_signing {
    struct cm_host_work work; /* without attachments */
    int file;                 /* the artifact as a whole; borrowed */
    cm_cms_fn *cms;           /* to be signed: who is asked */
    void *data;
    struct cmk_bytes beside; /* signed: what stands in a file of its own; borrowed */
    const char *made;        /* signed: SHA-256 of the content that a program made; "": none did */
};

struct cm_host_signed {
    struct cm_edits *edits;   /* owned; NULL: the artifact stays as it is, or is another file */
    struct cm_buf beside;     /* owned: what goes into a file of its own; empty: nothing */
    int instead;              /* owned: the file that the artifact becomes; -1: none */
    char made[CM_SHA256_HEX]; /* of the content that was signed, if a program made it */
    char extension[16];       /* of that file, ".p7s"; "" */
    json_t *changes;          /* owned: as of a rewriter */
};
#define CM_HOST_SIGNED_INIT                                                                        \
    {                                                                                              \
        .beside = CM_BUF_INIT(CM_CMS_MOST), .instead = -1                                          \
    }
void cm_host_signed_done(struct cm_host_signed *); /* for CM_CLEANUP */

/* One of the three is there, or the signer has failed. */
bool cm_host_sign(struct cm_plugin_host *, const struct cm_host_signing *,
                  struct cm_host_signed *ret, struct cm_err *err) CM_MUST;

/* The outcome, written and read again: does the signer say that it holds, and did it hold it
 * against the artifact? CM_E_INTERNAL if not. */
bool cm_host_check_signature(struct cm_plugin_host *, const struct cm_host_signing *,
                             struct cm_cms_facts *ret, struct cm_err *err) CM_MUST;

/* ---- the origin and checks ---- */

/* Pure. Fills origin and attachments of the verdict (arena: the verdict's). An origin of which the
 * hook then says that it does not hold is none; where only a document was missing, what was stated
 * before that holds, and false says that there may be more: why stands in the verdict, too. */
bool cm_host_state_origin(struct cm_plugin_host *, struct cm_verdict *, struct cm_err *err) CM_MUST;
/* Number of checks, and each as declared with the plug-in's id in front (arena: the host's). */
size_t cm_host_check_count(const struct cm_plugin_host *);
const struct cm_check *cm_host_check(const struct cm_plugin_host *, size_t index);
/* Asks one check; never fails: a failed call is an unknown with its reason. */
void cm_host_ask(struct cm_plugin_host *, size_t index, int64_t decided_at, struct cm_arena *arena,
                 struct cm_answer *ret);

#endif
