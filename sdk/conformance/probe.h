/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.h: what stands between host and plug-in.
 *
 * A hook gets a call and tables of ours. Every service is handed on to the engine's, and on the way
 * it is counted, failed, cancelled or looked at. A hook is a bare function, so there is one probe
 * in a process, and it is the only thing of this program that is global; a process asks one line.
 */
#ifndef CONFORM_PROBE_H
#define CONFORM_PROBE_H

#include "conform.h"
#include "outside.h"
#include "plugin/loader.h"

#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/signer.h>
#include <countermark/text.h>

enum cf_hook {
    CF_CONFIGURE,
    CF_READ_NAMES,
    CF_AUTHENTICATE,
    CF_COLLECT_ORIGIN,
    CF_STATE_ORIGIN,
    CF_VERIFY,
    CF_EXAMINE,
    CF_CHECK_OF_EXAMINATION,
    CF_START,
    CF_CONFIGURE_REWRITER,
    CF_REWRITE,
    CF_INSPECT,
    CF_CONFIGURE_SIGNER,
    CF_SIGN,
    CF_CHECK_SIGNATURE,
    CF_HOOK_COUNT
};

const char *cf_hook_name(enum cf_hook hook);

/* What the probe does to the run that follows. All zero: nothing. */
struct cf_setting {
    uint64_t fail_step; /* 1...: the service that fails the call with `status` */
    int32_t status;
    uint64_t fail_alloc;   /* 1...: the alloc() that gives NULL */
    uint64_t fail_malloc;  /* 1...: the malloc() in the plug-in's own code that gives NULL */
    uint64_t cancel_step;  /* 1...: from this service on no time is left */
    bool tight_tables;     /* tables end where memory ends */
    bool later_tables;     /* tables of an engine to come: longer than ours */
    bool least_tables;     /* query() gives no more of a table than what is asked for */
    bool lacks_interfaces; /* query() gives NULL */
    bool watches_state;    /* of the process, before and after each hook */
};

#define CF_LINKS_MOST  FAKE_MOST
#define CF_FIRSTS_MOST 256

/* The first call of a service in a hook, and which of all calls it was. */
struct cf_first {
    const char *service;
    enum cf_hook hook;
    uint64_t step;
};

struct cf_probe {
    struct cf_setting is;
    struct cf_shared *shared;
    const struct cmk_plugin *real; /* the plug-in's own table */
    const char *code, *code_end;   /* where its file is loaded */
    struct cm_outside *out;        /* of the run; NULL: none */
    size_t check;                  /* that is asked next, by its number */
    bool examines;                 /* of which table */

    /* of the run */
    uint64_t steps, allocs, mallocs, steps_after;
    struct cf_first firsts[CF_FIRSTS_MOST]; /* where no service is failed */
    size_t first_count;
    int32_t failed_as; /* what the call was failed with that had not failed yet; CMK_OK: none */
    enum cf_hook failed_hook; /* whose call that was */
    bool answered_failed;     /* a check, by a call that had been failed */
    bool cancelled;
    unsigned secret_heads; /* asked of one secret or another, "" not counted */
    struct cf_link {
        const struct cmk_exchange *exchange;
        enum cf_source source; /* whom it is asked of, */
        size_t asked;          /* and number of the question */
        bool is_text;          /* read by the plug-in itself */
        char document[65];     /* "": not recorded */
    } links[CF_LINKS_MOST];
    size_t link_count;
    int32_t strange_answer; /* of a check: neither pass, fail, unknown nor a failed call's */
    size_t strange_check;
    bool answered_strangely;
    char changed[400]; /* of the process's state; "" : nothing */

    /* of the hook that runs */
    enum cf_hook hook;
    struct cmk_call *engine; /* the engine's call; NULL: none runs */
    struct cmk_call *face;   /* the plug-in's */
    const struct cmk_base *base;
    const struct cmk_json *json;
    const struct cmk_crypto *crypto;
    const struct cmk_collect *collect;
    const struct cmk_evidence *evidence;
    const struct cmk_statement *statement;
    const struct cmk_exam *exam;
    const struct cmk_naming *naming;
    const struct cmk_starter *starter;
    const struct cmk_work *work;
    const struct cmk_keys *keys;
    const struct cmk_signature *signature;
    const struct cmk_run *run;
    const struct cmk_text_answers *text;
    const struct cmk_files *files;
    const struct cmk_certificates *certificates;
    bool inside; /* the plug-in's own code runs, not a service */
};

extern struct cf_probe cf_now;

/* A table that looks like the plug-in's, whose hooks are run under the probe. Lives on. */
const struct cmk_plugin *cf_probe_wrap(const struct cmk_plugin *real, struct cm_arena *arena,
                                       struct cm_err *err);

/* Forgets the last run; the next is like that. */
void cf_probe_begin(const struct cf_setting *, struct cm_outside *out);

/* ---- services.c, services_signing.c ---- */

/* Contexts for a hook, of tables of ours; `like` is what the engine handed in. */
struct cmk_call *cf_face(struct cmk_call *engine);
const struct cmk_collect *cf_face_collect(const struct cmk_collect *like);
const struct cmk_statement *cf_face_statement(const struct cmk_statement *like);
const struct cmk_exam *cf_face_exam(const struct cmk_exam *like);
const struct cmk_naming *cf_face_naming(const struct cmk_naming *like);
const struct cmk_starter *cf_face_starter(const struct cmk_starter *like);
const struct cmk_work *cf_face_work(const struct cmk_work *like);
const struct cmk_keys *cf_face_keys(const struct cmk_keys *like);
const struct cmk_signature *cf_face_signature(const struct cmk_signature *like);

/* ---- memory.c: malloc() and its kind, for all of the process ---- */

/* Each block on pages of its own from now on; what is freed can never be touched again. False where
 * a sanitizer has them, which sees that by itself. */
bool cf_memory_guard(void);
bool cf_memory_is_ours(void);
uint64_t cf_memory_live(void); /* bytes that were handed out and not freed; 0: not known */
/* At the end of a page behind which nothing is; never freed. `size` bytes are copied. */
void *cf_memory_tight(const void *at, size_t size);

/* ---- process.c: what a process has that everybody shares ---- */

struct cf_state;
struct cf_state *cf_state_take(void);
/* "" if nothing differs; else what does */
void cf_state_compare(const struct cf_state *, char *to, size_t size);
void cf_state_free(struct cf_state *);
unsigned cf_count_entries(const char *folder); /* /proc/self/fd, /proc/self/task */

/* The wall clock of the plug-in's own calls is that many seconds off from now on. */
void cf_clock_shift(int64_t seconds);

#endif
