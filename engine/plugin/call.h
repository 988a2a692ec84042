/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/call.h: one run of one hook, from the inside of the host.
 *
 * Private to this floor. A hook is handed &call->face; every function of the tables gets that back
 * and finds its call behind it.
 */
#ifndef CM_PLUGIN_CALL_H
#define CM_PLUGIN_CALL_H

#include "artifact/archive_write.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/scratch.h"
#include "evidence/evidence.h"
#include "evidence/scrub.h"
#include "plugin/host.h"

#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/plugin.h>
#include <countermark/signer.h>
#include <countermark/text.h>
#include <jansson.h>
#include <stdbool.h>

#define CM_CALL_MOST ((size_t)64 << 20) /* bytes of memory that one call may have */
#define CM_TEXT_MOST 4096               /* bytes of one text of a report */

/* A list of texts in an arena, in the order in which they came, each once. */
struct cm_text_list {
    struct cm_text_item {
        struct cm_text_item *next;
        const char *text;
    } * first, **end;
    size_t count;
};

struct cm_stated {
    struct cm_stated *next;
    struct cm_origin_field field;
};

struct cm_attached {
    struct cm_attached *next;
    struct cm_attachment attachment;
};

struct cm_call {
    struct cmk_call face; /* first: what the plug-in sees */
    struct cm_plugin_host *host;
    struct cm_arena *arena;
    json_t *values;             /* array: made during this call, gone after it */
    size_t parsed;              /* bytes of JSON that were read into it */
    struct cm_member_walk walk; /* where the plug-in last looked into an object by index */

    struct cm_err failure; /* the first; CM_OK: none */
    const char *cause;     /* the document whose lack made it fail; NULL: none */

    const char *observed, *expected; /* of a check */
    struct cm_text_list documents, assumed;
    struct cm_stated *stated, *parameters; /* of state_origin, last first */
    struct cm_attached *attached;
    json_t *names;            /* of read_names; borrowed */
    json_t *settings, *about; /* of start; borrowed */
    struct cm_working *work;  /* of rewriters and signers; borrowed */
};

/* ---- git, as this collection asks it ---- */

struct cm_asked_git {
    struct cm_git_repository *repository; /* NULL: not opened */
    const char *url;                      /* of the configuration */
    bool with_token;
    struct cm_err failed;         /* why no repository is asked; CM_OK: nothing stands against it */
    struct cm_git_commit *commit; /* NULL: the plug-in has not asked */
    const char *said_url, *ref, *id;
    struct cm_git_answer *on_branches; /* of a tag */
    struct cm_git_answer *submodules;  /* where the policy attests */
};

/* A name of the host's: of an artifact, or of what a plug-in said to be absent. */
struct cm_named {
    struct cm_named *next;
    const char *name;
    int fd;
};

struct cm_plugin_host {
    struct cm_host_settings is;
    struct cm_arena *arena;
    const struct cmk_check *table; /* verify's, or the examination's; NULL: none */
    struct cm_check *checks;       /* the same, as declared */
    size_t check_count;
    unsigned char key[32]; /* of this collection's HMACs; forgotten with the host */
    struct cm_named *artifacts, *absent;
    const char *missing; /* the first document that could not be had; NULL: all could */
    struct cm_err why_missing;
    struct cm_asked_git git;
};

/* ---- host_call.c: the life of a call ---- */

/* Begins a call; false without memory. Every hook gets a fresh one. */
bool cm_call_begin(struct cm_call *call, struct cm_plugin_host *host, struct cm_err *err) CM_MUST;
/* Takes what the hook returned into account, and gives the call's failure. */
bool cm_call_result(struct cm_call *call, const char *hook, int32_t status, struct cm_err *err)
    CM_MUST;
void cm_call_done(struct cm_call *call); /* for CM_CLEANUP: wipes its memory */

/* Guards of the services: has it failed? Then they do nothing. */
bool cm_call_failed(const struct cmk_call *c);
struct cm_call *cm_call_of(struct cmk_call *c);
/* Fails it with an err's class and text, unless it has failed. */
void cm_call_fail(struct cm_call *call, const struct cm_err *err);
void cm_call_failf(struct cm_call *call, enum cm_class class, const char *format, ...)
    CM_PRINTF(3, 4);
/* What a plug-in says went wrong. Statuses are a contract: what is none is a fault of its own. */
enum cm_class cm_class_of_status(int32_t status);
/* Memory of the call; NULL fails it. */
void *cm_call_alloc(struct cm_call *call, size_t size);
/* Keeps a value until the call is over and gives it as the plug-in sees it; NULL fails the call. */
const struct cmk_value *cm_call_keep(struct cm_call *call, json_t *owned);

static inline const json_t *
cm_json_of(const struct cmk_value *value)
{
    return (const json_t *)(const void *)value;
}

static inline const struct cmk_value *
cm_value_of(const json_t *json)
{
    return (const struct cmk_value *)(const void *)json;
}

/* Text of a plug-in's as a report can carry it: UTF-8 (what is not comes out as '?'), cut at `most`
 * bytes. NULL without memory. Arena. */
const char *cm_clean_text(struct cm_arena *arena, const char *text, size_t size, size_t most);

/* Adds a text once; false without memory. */
bool cm_text_list_add(struct cm_text_list *list, struct cm_arena *arena, const char *text) CM_MUST;
/* Copies of them, NULL at the end; NULL without memory. Arena. */
const char *const *cm_text_list_copy(const struct cm_text_list *list, struct cm_arena *arena);

/* ---- artifacts: host_archive.c, host_rewrite.c, host_sign.c ---- */

#define CM_SPLICED_MOST                                                                            \
    ((size_t)1 << 20) /* old and new bytes of one call: all of it is reported                      \
                       */

/* Other bytes for a range of an entry. */
struct cm_splice {
    struct cm_splice *next;
    size_t offset, size;
    struct cmk_bytes instead; /* arena */
};

/* An entry that was read or is to be changed. */
struct cm_touched {
    struct cm_buf content;     /* as it is in the archive */
    struct cm_splice *splices; /* by offset; what is put in stands before what is replaced there */
    bool is_read, is_removed;
};

/* The artifact that a hook works on. A struct cmk_archive * is this. */
struct cm_working {
    struct cm_archive *archive;  /* borrowed; NULL: it is none */
    struct cm_edits *edits;      /* owned; NULL without an archive */
    struct cm_touched **touched; /* by entry; arena; NULL until one is */
    size_t read;                 /* bytes of contents that are in memory */
    size_t spliced;              /* bytes, old and new */
    json_t *notes, *doubts;      /* owned */
    json_t *added, *removed;     /* owned */
    bool inspects;
    const struct cm_host_signing *signing; /* of a signer; borrowed */
    struct cm_host_signed *made;           /* by its hook sign; borrowed */
    struct cm_cms_facts facts;             /* of the signature that was verified */
    bool is_verified;
    struct cm_scratch scratch; /* owned: where programs are run; none yet, if its path is empty */
};

/* What a hook is handed. False without memory. */
bool cm_working_begin(struct cm_working *work, const struct cm_host_work *of, bool inspects,
                      struct cm_err *err) CM_MUST;
struct cmk_work cm_working_face(struct cm_working *work, const struct cm_host_work *of);
/* What was done, for reports: see cm_host_rewrite(). Owned; NULL without memory. */
json_t *cm_working_changes(const struct cm_working *work) CM_MUST;

/* All splices so far become edits. False if the call has failed with that. */
bool cm_working_apply(struct cm_call *call) CM_MUST;
void cm_working_done(struct cm_working *work); /* for CM_CLEANUP */

/* A file of the folder where programs are run, opened for reading; -1 fails the call. host_run.c */
int cm_run_open(struct cm_call *call, const char *file);

/* ---- the tables ---- */
extern const struct cmk_base cm_host_base;            /* host_base.c */
extern const struct cmk_json cm_host_json;            /* host_json.c */
extern const struct cmk_crypto cm_host_crypto;        /* host_crypto.c */
extern const struct cmk_http cm_host_http;            /* host_http.c */
extern const struct cmk_git cm_host_git;              /* host_git.c */
extern const struct cmk_record cm_host_record;        /* host_record.c */
extern const struct cmk_collect cm_host_collecting;   /* host_collect.c */
extern const struct cmk_evidence cm_host_evidence;    /* host_evidence.c */
extern const struct cmk_statement cm_host_statement;  /* host_judge.c */
extern const struct cmk_naming cm_host_naming;        /* host_judge.c */
struct cmk_exam cm_host_exam(int64_t decided_at);     /* host_judge.c */
extern const struct cmk_archive_ops cm_host_archives; /* host_archive.c */

extern const struct cmk_run cm_host_run; /* host_run.c */

/* The optional ones, and who gets them: host_interface.c */
extern const struct cmk_files cm_host_files;               /* host_files.c */
extern const struct cmk_text_answers cm_host_text_answers; /* host_text.c */
extern const struct cmk_certificates cm_host_certificates; /* host_certificates.c */

/* ---- exchanges ---- */

enum cm_asked {
    CM_ASKED_NOTHING,
    CM_ASKED_HTTP,
    CM_ASKED_COMMIT,
    CM_ASKED_FILE, /* of the repository */
    CM_ASKED_OWN,  /* a file of the operator's */
};

/* A file that the operator names; it was read when it was asked for. */
struct cm_own_file {
    const char *path;           /* of the options; NULL: no such option is set */
    int64_t at, size;           /* wall clock; -1: not read */
    json_t *text;               /* base64; borrowed from the call's values; NULL: not read */
    char sha256[CM_SHA256_HEX]; /* of the bytes */
};

struct cmk_exchange {
    enum cm_asked kind;
    struct cm_err why; /* of CM_ASKED_NOTHING: why nothing was asked; of what was told and of a file
                        * of the operator's: why not */
    const char *cause; /* then: the document whose lack led to it; NULL: none */
    bool blank;        /* then: because a NULL was handed in */

    struct cm_exchange *http;
    const char *asked, *secret; /* the URL; the option whose secret went along */
    bool artifact, find;
    bool told;    /* it is the plug-in that says what is read there */
    json_t *json; /* of the answer, once it was read; borrowed from the call's values */

    struct cm_git_commit *commit;
    struct cm_git_answer *file;

    struct cm_own_file own;
};

/* An exchange that asks nothing because of `why`; or, without one, because a document is missing.
 * NULL only if the call has failed. */
struct cmk_exchange *cm_ask_nothing(struct cm_call *call, const struct cm_err *why);

/* Waits for the answer; true if there is one (of any status). host_http.c */
bool cm_http_wait(struct cm_call *call, const struct cmk_exchange *exchange);

/* Reads the body as JSON, once; it is exchange->json then. host_http.c */
bool cm_http_read(struct cm_call *call, struct cmk_exchange *exchange, const char *name,
                  struct cm_err *err) CM_MUST;

/* An optional interface of that name and at least that size, or NULL.
 * host_interface.c */
const void *cm_host_interface(const struct cm_plugin_host *host, const char *name,
                              uint32_t least_size);

/* ---- git: host_git.c ---- */

/* Opens the project's repository number `index`; what goes wrong is remembered in the host's git.
 */
void cm_git_begin(struct cm_plugin_host *host, size_t index);

/* Waits for an answer of the repository; true if it has content, else *err says why not. */
bool cm_git_wait(struct cm_plugin_host *host, const struct cm_git_answer *answer,
                 struct cm_err *err) CM_MUST;

/* Was anything asked of the repository through a proxy, until now? */
bool cm_git_went_through_proxy(const struct cm_plugin_host *host);

/* ---- secrets: host_collect.c ---- */

/* Is that an option of the plug-in's, and a secret? */
bool cm_host_has_secret(const struct cm_plugin_host *host, const char *option);

/* The secret of an option, registered with the log. CM_E_CONFIG if none is configured. */
bool cm_host_secret(struct cm_plugin_host *host, const char *option, struct cm_buf *ret,
                    struct cm_err *err) CM_MUST;

/* ---- documents: host_record.c ---- */

/* Records it, and remembers the first that could not be had. False only when the evidence refuses
 * it or a call's bounds are reached; then *err says why. */
bool cm_host_add(struct cm_plugin_host *host, const char *name, const struct cm_document *facts,
                 json_t *content, const struct cm_err *error, const char *cause, struct cm_err *err)
    CM_MUST;

#endif
