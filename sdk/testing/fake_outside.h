/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_outside.h: an outside that answers from a table. Nothing is answered before somebody waits
 * for it, so whoever reads too early reads nothing. The real host stands on it: in the unit tests
 * of the engine, and in those of authors (countermark/testing.h).
 */
#ifndef FAKE_OUTSIDE_H
#define FAKE_OUTSIDE_H

#include "net/outside.h"

#define FAKE_MOST 64
#define FAKE_TIME INT64_C(1767225600000000000) /* 2026-01-01T00:00:00Z */

struct fake_page {
    const char *url;               /* with "?name=value&..." if there is a query */
    int status;                    /* 0: 200 */
    const char *body;              /* NULL: "" */
    size_t size;                   /* of the body, which may have NULs in it; 0: to its end */
    enum cm_class err;             /* instead of an answer */
    const char *server;            /* a header */
    const char *date, *age;        /* two more */
    const struct cm_field *fields; /* instead of those three; names in lower case */
    size_t field_count;
    const char *from; /* where a redirect led; NULL: there was none */
    bool never;       /* the deadline comes first */
};

/* What was handed to http(), copied. */
struct fake_asked {
    char *url, *bearer, *basic, *header;
    const struct cm_peer *peer;
    unsigned flags;
    uint64_t most;
};

struct fake_file {
    const char *path, *text; /* NULL text: err */
    enum cm_class err;
};

struct cm_git_repository {
    struct cm_outside *out;
};

struct cm_git_commit {
    struct cm_outside *out;
};

struct cm_outside {
    const struct fake_page *pages; /* ends with .url NULL; one URL twice: one after the other */
    bool used[FAKE_MOST];
    struct fake_asked asked[FAKE_MOST];
    size_t asked_count;
    struct cm_exchange exchanges[FAKE_MOST];
    struct cm_field headers[FAKE_MOST][3];      /* that an answer has */
    const struct fake_page *answers[FAKE_MOST]; /* NULL: nothing is there, 404 */
    size_t waits;
    int64_t slept, patience; /* sleeping longer than the patience in all is cancelled; 0: any */

    bool through_proxy; /* everything */
    struct cm_git_repository repository;
    struct cm_git_commit commit;
    char *opened, *token, *prefixes, *ref, *id, *branches; /* NULL: not yet */
    const struct cm_peer *git_peer;
    unsigned opens, commits;
    unsigned submodule_asks;
    enum cm_class commit_err;     /* of exists and on_ref */
    enum cm_class submodules_err; /* CM_OK: it has none */
    const struct fake_file *files;
    struct cm_git_answer probe, refs, exists, on_ref, on_branches, submodules, file_answers[8];
    size_t file_count;
};

extern const struct cm_outside_table fake_outside;

void fake_begin(struct cm_outside *, const struct fake_page *pages, const struct fake_file *files);
void fake_done(struct cm_outside *);

#endif
