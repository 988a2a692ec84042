/* SPDX-License-Identifier: Apache-2.0
 *
 * play.h: one conversation, from beginning to end, and all that came of it.
 */
#ifndef CONFORM_PLAY_H
#define CONFORM_PLAY_H

#include "conform.h"
#include "outside.h"
#include "plugin/host.h"
#include "probe.h"

/* No piece of it may be found again anywhere; a secret is the script's head and this. */
#define CF_MARKER       "q7Zk3vXw9TgB2mRd5HsJ8yNc4LpF6aEu"
#define CF_MARKER_PIECE ((size_t)8)

/* What is done to a run. All zero: nothing. */
struct cf_disturbance {
    struct cf_setting probe;
    const struct cf_fault *fault; /* NULL: none */
    enum cf_source source;        /* whom it is asked of, */
    size_t asked;                 /* and which question has it */
    enum cm_class peer;           /* why it is not known who delivered; CM_OK: it is */
    const char *without;          /* a document that judging does not find; NULL: finds all */
    enum cm_class why;     /* or finds with this reason instead of a content; CM_OK: not at all */
    bool backwards;        /* the checks are asked last first */
    const json_t *options; /* instead of the script's; NULL: the script's */
    const struct cf_entry *entries; /* instead of the script's package; NULL: the script's */
    size_t entry_count;
    enum cm_class refusal;      /* of those who hold the keys; CM_OK: they sign */
    size_t bad_run;             /* 1...: the program that is run then does not do well, */
    enum cm_class run_err;      /* and ends so; CM_OK: it ends well, and leaves no file */
    bool adds;                  /* something is added to what was signed, before it is looked at */
    const char *body, *address; /* of read_names and start, instead of the script's */
    size_t body_size;
};

struct cf_play {
    struct cf_trial *trial;
    const struct cf_script *script;
    struct cm_plugins *plugins;
    struct cm_plugin plugin; /* whose hooks are run under the probe */
    struct cm_arena *arena;
    json_t *secrets;          /* { option: reference } */
    char secret[200];         /* one of them, for echoes; "": there is none */
    size_t asked[CF_SOURCES]; /* questions of the last run */
    struct cf_link links[CF_LINKS_MOST];
    size_t link_count;
    bool applied; /* the fault of the last run */
    size_t runs;  /* of programs, in the last run */
};

/* Loads the plug-in, and puts the script's options together. */
bool cf_play_begin(struct cf_trial *, struct cf_play **ret, struct cm_err *err) CM_MUST;
void cf_play_done(struct cf_play **); /* for CM_CLEANUP */

/* All that came of it (owned):
 *   { "failed": { hook: { "class", "why" } },   hooks that ended so
 *     "names", "started",                        of read_names and start
 *     "evidence", "origin", "attachments", "answers": { check: { "word", "observed", "expected",
 *     "reason", "documents" } },
 *     "changes", "written", "again", "found",    of a package
 *     "changes", "written", "beside", "signed": { "key_id", "certificate", "signed_at" }
 *                                                of a signature; the last if it was found to hold
 *     "log", "asked": [ [ URL, header ] ], "unanswered": what the script does not answer }
 * False only if the stage itself breaks down. */
bool cf_play(struct cf_play *, const struct cf_disturbance *, json_t **ret, struct cm_err *err)
    CM_MUST;

/* What every line begins with: the plug-in on its stage, and the honest run. */
struct cf_honest {
    struct cf_play *play;
    json_t *out;
};
bool cf_honest_begin(struct cf_trial *, struct cf_honest *ret, struct cm_err *err) CM_MUST;
void cf_honest_done(struct cf_honest *); /* for CM_CLEANUP */

/* ---- reading it ---- */

const json_t *cf_document(const json_t *outcome, const char *name);
const char *cf_word(const json_t *outcome, const char *check); /* "pass", "fail", "unknown"; "" */
/* Canonical, for comparing; NULL without memory. Owned, free(). */
char *cf_written_out(const json_t *outcome);
/* Are they equal? False, and in words the first place where they are not. */
bool cf_same(const json_t *a, const json_t *b, struct cm_err *err) CM_MUST;
/* All classes of failures. */
#define CF_CLASSES ((size_t)10)
extern const enum cm_class cf_classes[CF_CLASSES];
/* Did that hook end with that class? False, and how it ended. */
bool cf_ends_with(const json_t *outcome, const char *hook, enum cm_class class, struct cm_err *err)
    CM_MUST;
/* Where the probe has failed a call: did that come out as what it was, and came nothing of it?
 * False, and what did. */
bool cf_tells_failure(const json_t *outcome, struct cm_err *err) CM_MUST;
/* Did no hook end with that class? False, and which one did. */
bool cf_none_ends_with(const json_t *outcome, enum cm_class class, struct cm_err *err) CM_MUST;

/* Does some check pass that did not in the honest run, or that has read there what now is not there
 * (`spoilt`: or not the same)? False and the reason then. `exceptions`: the member of the script
 * that declares some; NULL: there are none. */
bool cf_no_false_pass(const struct cf_play *, const json_t *honest, const json_t *now,
                      const char *during, bool spoilt, const char *exceptions, struct cm_err *err)
    CM_MUST;

/* ---- the stage: stage.c ---- */

/* c->options of a run: owned. */
bool cf_resolve(struct cf_play *, const json_t *said, json_t **ret, struct cm_err *err) CM_MUST;

/* ---- packages: package.c ---- */

bool cf_play_package(struct cf_play *, const struct cf_disturbance *, struct cm_plugin_host *,
                     json_t *outcome, struct cm_err *err) CM_MUST;
/* The artifact as the script has it, as a file. Owned. */
bool cf_pack(const struct cf_script *, const struct cf_disturbance *, int *ret, struct cm_err *err)
    CM_MUST;
/* NULL if it is no archive. A package that the engine would not read is none to hand in. */
bool cf_open_package(int fd, const char *name, struct cm_archive **ret, struct cm_err *err) CM_MUST;
/* Into a new file. Owned. */
bool cf_write_edits(struct cm_edits *, int *ret, struct cm_err *err) CM_MUST;
bool cf_note_digest(json_t *outcome, const char *member, int fd, struct cm_err *err) CM_MUST;

/* ---- signatures: signature.c ---- */

/* `host` runs programs. */
bool cf_play_signature(struct cf_play *, const struct cf_disturbance *, struct cm_plugin_host *,
                       struct cf_outside *, json_t *outcome, struct cm_err *err) CM_MUST;
/* Notes how a hook ended, unless it did well. */
void cf_note_failure(json_t *outcome, const char *hook, bool done, const struct cm_err *why);

#endif
