/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.h: countermark-conform, a hostile host for any plug-in.
 *
 * The host is the engine's own (engine/plugin), linked in: what it scrubs, refuses and reads is
 * what the engine does. Two things are made up. Below the host is an outside that answers from the
 * author's script, and as badly as it is told to (outside.c). Between host and plug-in stand tables
 * of our own that hand every service on, and count, fail, cancel or look at what passes (probe.c,
 * services.c).
 *
 * Each line of the report is one question, asked in a process of its own (isolate.c), which loads
 * the plug-in anew. Whatever the plug-in does there, crash, hang, exit, is that line's answer.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include "base/err.h"
#include "script.h"

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- what is asked ---- */

struct cf_request {
    const char *plugin; /* path */
    const char *const *scripts;
    size_t script_count;
    const char *junit; /* NULL: none */
    const char *line;  /* only those whose id begins so; NULL: all */
    bool static_only;
    unsigned seconds; /* of one line */
    unsigned runs;    /* of the line `repeated` */
};

/* Where a line's process leaves its answer, also if it ends badly: shared memory. */
struct cf_shared {
    bool done, ok, skipped;
    char why[2000];
    char doing[400]; /* what was under way, for a process that did not end itself */
    int hook;        /* that runs; -1: none */
    unsigned hooks;  /* those that were run, by enum cf_hook */
};

struct cf_keys;

struct cf_trial {
    const struct cf_request *request;
    const struct cf_script *script; /* NULL in static lines */
    const struct cf_keys *keys;     /* NULL: no script is about a signature */
    struct cf_shared *shared;
};

/* One line. Run in its own process; false with the reason if the plug-in does not hold up. */
struct cf_line {
    const char *id;
    unsigned kinds; /* CF_BUILD | ...: of which scripts; 0: static, without one */
    bool (*run)(struct cf_trial *, struct cm_err *why);
    int detail;       /* for run: which of several */
    const void *with; /* or that */
};

/* Each ends with .id NULL. */
extern const struct cf_line cf_static_lines[], cf_loaded_lines[], cf_judging_lines[];
extern const struct cf_line cf_fault_lines[], cf_failing_lines[], cf_lasting_lines[];
extern const struct cf_line cf_package_lines[], cf_signing_lines[];

/* The line that is being asked: for run(), which has one function for several. */
const struct cf_line *cf_line_now(void);

/* For run(): it cannot be asked here, for that reason. Gives true. */
bool cf_skip(struct cf_trial *, const char *why);
/* What is under way now. */
void cf_doing(struct cf_trial *, const char *format, ...) CM_PRINTF(2, 3);

/* ---- the report: report.c ---- */

struct cf_report;
struct cf_report *cf_report_new(const struct cf_request *) CM_MUST;
/* `script` may be NULL. */
void cf_report_line(struct cf_report *, const struct cf_line *, const char *script,
                    const struct cf_shared *);
/* Prints the plan and writes the JUnit file. False if that cannot be written. */
bool cf_report_end(struct cf_report *, struct cm_err *err) CM_MUST;
size_t cf_report_count(const struct cf_report *); /* lines that were asked */
size_t cf_report_bad(const struct cf_report *);
void cf_report_free(struct cf_report *);

/* ---- a process for each line: isolate.c ---- */

/* Asks it; the answer is in trial->shared. */
void cf_ask_apart(const struct cf_line *, struct cf_trial *);

#endif
