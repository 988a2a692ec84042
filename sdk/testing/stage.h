/* SPDX-License-Identifier: Apache-2.0
 *
 * stage.h: what stands behind a struct cmk_test.
 */
#ifndef TESTING_STAGE_H
#define TESTING_STAGE_H

#include "fake_outside.h"
#include "plugin/host.h"
#include "trust/config.h"

#include <countermark/testing.h>

#define STAGE_MOST 32 /* options of a scope, files of a tree, words assumed */

struct stage_scope {
    struct cm_setting at[STAGE_MOST];
    size_t count;
};

struct cmk_test {
    struct cm_arena *arena; /* of texts */
    struct cm_plugins *plugins;
    const struct cm_plugin *plugin;
    struct cm_log *log;

    struct stage_scope system, link, policy, plugin_options;
    json_t *values; /* of the settings */
    json_t *names;  /* { option: text }: what the submission says */
    json_t *assumed;
    const char *submitted_name, *submitted;
    int64_t decided_at;

    struct fake_page pages[FAKE_MOST + 1];
    size_t page_count;
    struct fake_file files[STAGE_MOST + 1];
    size_t file_count;
    struct cm_outside out;

    struct cm_repository repository;
    const char *refs[1];
    struct cm_policy signing;
    struct cm_project project;
    struct cm_trust trust;
    struct cm_peer peer;

    json_t *origin, *attachments; /* of a rewriter */
    struct stage_entry {
        const char *name;
        struct cmk_bytes content;
    } entries[STAGE_MOST];
    size_t entry_count;
    struct cmk_bytes written; /* by the last rewrite */
    json_t *told;             /* of the last rewrite or inspect */

    json_t *evidence, *options, *secrets;
    struct cm_plugin_host *judging; /* NULL until a pure hook is run */
    struct cm_answer answer;        /* of the last check */
    struct cm_verdict verdict;      /* its origin */
    bool stated;
    struct cm_err err; /* of the last hook */
};

/* Ends the program: the test itself is wrong. */
_Noreturn void stage_wrong(const char *format, ...) CM_PRINTF(1, 2);

/* The same if there is no memory: gives what it was given. */
void *stage_need(void *pointer);

/* What the test has said so far, as hooks read it: options and secrets. */
void stage_resolve(struct cmk_test *);

/* A host for pure hooks, of the evidence that there is. */
struct cm_plugin_host *stage_judging(struct cmk_test *);

#endif
