/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h: the two halves of git-ask: what is asked, and what is said of the answers.
 */
#ifndef TEST_GIT_ASK_H
#define TEST_GIT_ASK_H

#include "net/outside.h"

#include <stdbool.h>
#include <stddef.h>

struct question {
    const char *ref, *id, *path; /* path NULL: no file is asked for */
    struct cm_git_answer *exists, *on_ref, *file;
};

struct asking {
    const char *module;
    struct cm_peer peer;
    struct cm_outside_settings settings;
    struct cm_git_ask ask;
    int64_t seconds, mirrors_most;
    bool json, only_refs;
    const struct cm_outside_table *table;
    struct cm_outside *outside;
    struct cm_git_answer *probe, *refs;
    struct question *questions;
    size_t count;
};

/* Waits for the answers in the order of the questions and writes their lines, see ask.c. */
bool ask_say_all(const struct asking *asking, struct cm_err *err) CM_MUST;

#endif
